//! The cost of one pass over a graph, operation by operation.

use std::ops::Range;
use std::sync::OnceLock;

use super::costs::OfEach;
use super::count::{Counter, Once};
use super::{Costs, Figure, MEASURES, Measure};
use crate::diag::Diagnostic;
use crate::dim::Dim;
use crate::graph::{Component, Graph, Node, NodeId, Param, Role, ScopeId};
use crate::ops::{Op, Shape};

/// A row of the cost table: a scope or a single operation.
#[derive(Clone, Debug)]
pub struct Row {
    /// How deep it stands; components are 0.
    pub depth: usize,
    /// Name within its parent.
    pub name: String,
    /// Path from the component down, e.g. `llm.blocks.attention`.
    pub path: String,
    /// The component that it is or stands in.
    pub component: Component,
    /// What it is for; none for an operation.
    pub role: Option<Role>,
    /// The operation's kind; none for a scope.
    pub kind: Option<&'static str>,
    /// How many times it runs for each run of its parent, or in how many rounds of it.
    pub times: Dim,
    /// The rounds of its parent, if it runs in some of them only.
    pub of: Option<Dim>,
    /// The scope that it is, or stands in.
    pub scope: ScopeId,
    /// The operations.
    pub nodes: Range<usize>,
    /// Shape of the first value that it reads, or makes if it reads none.
    pub input: Shape,
    /// Shape of the value that it makes.
    pub output: Shape,
    /// The cost over the whole pass.
    pub costs: Costs,
    /// Whether the pass's result does not depend on it.
    pub unused: bool,
}

impl Row {
    /// Whether two rows of a pass are one. A scope and an operation may have the same path.
    fn is_same(&self, other: &Row) -> bool {
        (self.depth, self.kind, &self.nodes) == (other.depth, other.kind, &other.nodes)
            && self.path == other.path
    }
}

/// The cost of a pass.
#[derive(Debug)]
pub struct Pass {
    /// The graph that was counted.
    pub graph: Graph,
    /// Rows in execution order, parents before children.
    pub rows: Vec<Row>,
    /// The sum of all operations.
    pub total: Costs,
    /// The sum of those that the result does not depend on.
    pub unused: Costs,
    /// What one run of each operation counts.
    once: Vec<Once>,
    /// The closed forms of what each counts in the whole pass, worked out when one is asked for.
    forms: OnceLock<Vec<OfEach<Dim>>>,
    /// The closed form of each measure of the whole pass, once it was asked for.
    whole: OfEach<OnceLock<Dim>>,
}

impl Pass {
    /// Counts every operation of a graph.
    ///
    /// # Errors
    /// A diagnostic if a number does not fit 128 bits.
    pub fn new(graph: Graph) -> Result<Pass, Diagnostic> {
        let counter = Counter::new(&graph)?;
        let total = counter.sum(0..counter.costs.len(), |_| true)?;
        let unused = counter.sum(0..counter.costs.len(), |at| !counter.once[at].is_used)?;
        let rows = counter.rows()?;
        let once = counter.once;
        Ok(Pass {
            graph,
            rows,
            total,
            unused,
            once,
            forms: OnceLock::new(),
            whole: Default::default(),
        })
    }

    /// The closed form of a measure over some operations, times their repetitions.
    pub fn formula(&self, measure: Measure, nodes: Range<usize>) -> Dim {
        let forms = self
            .forms
            .get_or_init(|| self.graph.nodes().map(|(id, _)| self.forms_of(id)).collect());
        forms[nodes].iter().map(|forms| &forms[measure as usize]).sum()
    }

    /// The closed form of each measure of an operation in the whole pass.
    fn forms_of(&self, id: NodeId) -> OfEach<Dim> {
        let node = self.graph.node(id);
        let times = &self.graph.scope(node.scope).total;
        MEASURES.map(|measure| match measure {
            Measure::Params => self.graph.stored(node).map(Param::elements).sum(),
            _ => self.once(id, measure) * times,
        })
    }

    /// The closed form of a measure over the operations that the result does not depend on.
    pub fn unused_formula(&self, measure: Measure) -> Dim {
        let unused = self.rows.iter().filter(|row| row.kind.is_some() && row.unused);
        unused.map(|row| self.formula(measure, row.nodes.clone())).sum()
    }

    /// Parameters that a token touches; nothing where sizes are unknown.
    pub fn active(&self) -> Option<i128> {
        let untouched = self.graph.symbols.eval(&self.untouched()).ok().flatten()?;
        self.total.get(Measure::Params)?.checked_sub(untouched)
    }

    /// Parameters that it does not touch: those of the experts that it is not sent to.
    pub fn untouched(&self) -> Dim {
        let stored = self.graph.nodes().flat_map(|(_, node)| self.graph.stored(node));
        let partly = stored.filter(|param| param.touched.is_some());
        partly.map(|param| param.elements() - param.active()).sum()
    }

    /// Why fewer FLOPs are needed than are executed: what the others are spent on, each once.
    pub fn spent_on(&self) -> Vec<&'static str> {
        let mut reasons = Vec::new();
        for ((_, node), once) in self.graph.nodes().zip(&self.once) {
            let reason = match (&once.work.needed, &node.op) {
                _ if once.work.matmul.is_zero() => continue,
                _ if !once.is_used => "unused blocks",
                (Some(_), Op::Attention(_)) => "keys beyond the window",
                (Some(_), Op::AvgPool(_)) => "averages made as products",
                (Some(_), Op::MaskProduct(_)) => "masks made as products",
                (Some(_), _) => "experts that no token picks",
                (None, _) if self.graph.symbols.has_padding(&once.work.matmul) => "padding",
                (None, _) => continue,
            };
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    }

    /// What one run of an operation counts.
    pub fn once(&self, id: NodeId, measure: Measure) -> Dim {
        let once = &self.once[id.index()];
        match measure {
            Measure::Params => {
                let stored = self.graph.stored(self.graph.node(id));
                stored.map(|param| param.shape.elements()).sum()
            }
            Measure::MatmulFlops => once.work.matmul.clone(),
            Measure::OtherFlops => once.work.other.clone(),
            Measure::Cache => once.cached.clone(),
            Measure::NeededFlops => once.needed(&self.graph.symbols),
        }
    }

    /// A measure over the whole pass.
    pub fn figure(&self, measure: Measure) -> Figure {
        let all = || self.formula(measure, 0..self.graph.nodes().count());
        let dim = self.whole[measure as usize].get_or_init(all).clone();
        Figure { value: self.total.get(measure), dim }
    }

    /// The row at a path that a user names.
    pub fn row(&self, path: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.path == path)
    }

    /// The rows of the components, in the order of the pipeline.
    pub fn components(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.role == Some(Role::Component(row.component)))
    }

    /// The row of a component.
    pub fn component(&self, component: Component) -> Option<&Row> {
        self.components().find(|row| row.component == component)
    }

    /// The parts of a component with this role.
    pub fn parts(&self, component: Component, role: Role) -> impl Iterator<Item = &Row> {
        let of_role = move |row: &&Row| row.component == component && row.role == Some(role);
        self.rows.iter().filter(of_role)
    }

    /// The first part of a component with this role.
    pub fn part(&self, component: Component, role: Role) -> Option<&Row> {
        self.parts(component, role).next()
    }

    /// A row and everything in it, in order.
    pub fn within<'a>(&'a self, outer: &'a Row) -> impl Iterator<Item = &'a Row> {
        let at = self.rows.iter().position(|row| row.is_same(outer)).unwrap_or(0);
        let inside = move |row: &&Row| row.depth > outer.depth;
        std::iter::once(outer).chain(self.rows[at + 1..].iter().take_while(inside))
    }

    /// The operations in a row, each with its own row and node.
    pub fn operations<'a>(&'a self, outer: &'a Row) -> impl Iterator<Item = (&'a Row, &'a Node)> {
        let nodes = self.graph.nodes().skip(outer.nodes.start);
        let rows = self.within(outer).filter(|row| row.kind.is_some());
        rows.zip(nodes).map(|(row, (_, node))| (row, node))
    }

    /// What an attention holds within itself, if a row is one; the scores are never stored whole.
    pub fn inside(&self, row: &Row) -> Vec<(&'static str, Shape)> {
        let node = row.kind.and_then(|_| self.graph.nodes().nth(row.nodes.start));
        match node {
            Some((_, node)) => match &node.op {
                Op::Attention(attention) => attention.inside(&self.graph.input_shapes(node)).into(),
                _ => Vec::new(),
            },
            None => Vec::new(),
        }
    }

    /// How many times a row runs in the whole pass.
    pub fn runs(&self, row: &Row) -> &Dim {
        &self.graph.scope(row.scope).total
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::report;
    use super::Measure;

    const SPEC: &str = "image: 4\nencoder: {patch: 2, width: 2, heads: 1, mlp_width: 16, post_norm: \
                        false, depth: 3}\nbridge: linear\nllm: {width: 3, depth: 7, heads: 1, position: none, \
                        mlp_width: 4, vocab: 10}\nprompt: {text_tokens: 1}\n";

    /// The paths of all rows with another line in the encoder or LLM.
    fn paths(field: &str, with: &str) -> Vec<String> {
        let report = report(&SPEC.replace(field, &format!("{field}, {with}")));
        report.prefill.rows.into_iter().map(|row| row.path).collect()
    }

    #[test]
    fn a_conditional_row_says_in_how_many_rounds_it_runs() {
        let windows = "vocab: 10, sliding_window: 4, full_attention_every: 3";
        let report = report(&SPEC.replace("vocab: 10", windows));
        let symbols = &report.prefill.graph.symbols;
        let runs = |path| {
            let row = report.prefill.row(path).unwrap();
            let of = row.of.as_ref().map(|of| symbols.eval(of).unwrap().unwrap());
            (symbols.show(&row.times), symbols.eval(&row.times).unwrap().unwrap(), of)
        };
        assert_eq!(runs("llm.blocks"), ("L".into(), 7, None));
        assert_eq!(runs("llm.blocks.sliding"), ("L − ⌊L/3⌋".into(), 5, Some(7)));
        assert_eq!(runs("llm.blocks.full"), ("⌊L/3⌋".into(), 2, Some(7)));
        assert_eq!(runs("llm.blocks.full.mlp"), ("1".into(), 1, None));
    }

    #[test]
    fn what_is_needed_leaves_out_unused_blocks_and_keys_beyond_a_window() {
        let plan = |window: &str, layer: &str| {
            let spec = SPEC
                .replace("vocab: 10", &format!("vocab: 10{window}"))
                .replace("depth: 3", &format!("depth: 3{layer}"));
            report(&spec).prefill
        };
        let [all, windowed, early] =
            [plan("", ""), plan(", sliding_window: 3", ""), plan("", ", feature_layer: -2")];
        // 5 tokens of width 3 see 3 keys each in place of 5, in each of 7 layers.
        let fewer = 7 * 4 * 3 * 5 * (5 - 3);
        for (pass, fewer, why) in [
            (&all, 0, vec![]),
            (&windowed, fewer, vec!["keys beyond the window"]),
            (&early, early.unused.get(Measure::MatmulFlops).unwrap(), vec!["unused blocks"]),
        ] {
            let get = |measure| pass.total.get(measure).unwrap();
            let needed = get(Measure::NeededFlops);
            assert_eq!(get(Measure::MatmulFlops), all.total.get(Measure::MatmulFlops).unwrap());
            assert_eq!(get(Measure::MatmulFlops) - needed, fewer);
            let formula = pass.figure(Measure::NeededFlops).dim;
            assert_eq!(pass.graph.symbols.eval(&formula), Ok(Some(needed)));
            assert_eq!(pass.spent_on(), why);
        }
    }

    #[test]
    fn what_runs_in_every_round_is_not_conditional() {
        let windows = "vocab: 10, sliding_window: 4, full_attention_every: 1";
        let report = report(&SPEC.replace("vocab: 10", windows));
        let full = report.prefill.row("llm.blocks.full").unwrap();
        assert!(full.of.is_none() && full.times.is_one());
        assert!(report.prefill.row("llm.blocks.sliding").is_none());
    }

    #[test]
    fn blocks_that_run_0_times_are_no_rows() {
        let has = |paths: &[String], path: &str| paths.iter().any(|row| row == path);
        for (layer, before, after) in [
            (0, false, true),
            (-4, false, true),
            (1, true, true),
            (3, true, false),
            (-1, true, false),
        ] {
            let paths = paths("depth: 3", &format!("feature_layer: {layer}"));
            assert_eq!(has(&paths, "vision_encoder.blocks"), before, "{layer}");
            assert_eq!(has(&paths, "vision_encoder.later_blocks"), after, "{layer}");
        }
        let shallow = paths("vocab: 10", "sliding_window: 4, full_attention_every: 8");
        assert!(has(&shallow, "llm.blocks.sliding") && !has(&shallow, "llm.blocks.full"));
    }
}
