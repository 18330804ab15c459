//! The cost of one pass over a graph, operation by operation.

use std::ops::Range;

use super::Figure;
use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, EvalError};
use crate::graph::{Graph, NodeId, ScopeId};
use crate::ops::{Shape, Storage};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Stored parameters.
    Params,
    /// FLOPs of matrix products and convolutions.
    MatmulFlops,
    /// All other FLOPs.
    OtherFlops,
    /// Elements that stay in the KV cache.
    Cache,
}

impl Measure {
    /// Its key in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Measure::Params => "params",
            Measure::MatmulFlops => "matmul_flops",
            Measure::OtherFlops => "other_flops",
            Measure::Cache => "kv_cache_elements",
        }
    }
}

/// Every measure, in the order of [`Costs`].
pub const MEASURES: [Measure; 4] =
    [Measure::Params, Measure::MatmulFlops, Measure::OtherFlops, Measure::Cache];

/// One number for each measure; none where it is still symbolic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs([Option<i128>; 4]);

impl Costs {
    const ZERO: Costs = Costs([Some(0); 4]);

    /// The number for one measure.
    pub fn get(&self, measure: Measure) -> Option<i128> {
        self.0[measure as usize]
    }

    /// The sum; symbolic where one of them is.
    fn plus(&self, other: &Costs) -> Result<Costs, EvalError> {
        let mut sum = Costs::ZERO;
        for (at, slot) in sum.0.iter_mut().enumerate() {
            *slot = match (self.0[at], other.0[at]) {
                (Some(a), Some(b)) => Some(a.checked_add(b).ok_or(EvalError::Overflow)?),
                _ => None,
            };
        }
        Ok(sum)
    }
}

/// A row of the cost table: a scope or a single operation.
#[derive(Clone, Debug)]
pub struct Row {
    /// How deep it stands; components are 0.
    pub depth: usize,
    /// Name within its parent.
    pub name: String,
    /// Path from the component down, e.g. `llm.blocks.attention`.
    pub path: String,
    /// The operation's kind; none for a scope.
    pub kind: Option<&'static str>,
    /// How often it runs for each run of its parent, or in how many rounds of it.
    pub times: Dim,
    /// The rounds of its parent, if it runs in some of them only.
    pub of: Option<Dim>,
    /// Its operations.
    pub nodes: Range<usize>,
    /// Shape of the first value that it reads, or makes if it reads none.
    pub input: Shape,
    /// Shape of the value that it makes.
    pub output: Shape,
    /// Its cost over the whole pass.
    pub costs: Costs,
    /// Whether the pass's result does not depend on it.
    pub unused: bool,
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
}

impl Pass {
    /// Counts every operation of a graph.
    ///
    /// # Errors
    /// A diagnostic if a number does not fit 128 bits.
    pub fn new(graph: Graph) -> Result<Pass, Diagnostic> {
        let counter = Counter::new(&graph)?;
        let total = counter.sum(0..counter.costs.len(), |_| true)?;
        let unused = counter.sum(0..counter.costs.len(), |at| !counter.needed[at])?;
        let rows = counter.rows()?;
        Ok(Pass { graph, rows, total, unused })
    }

    /// The closed form of a measure over some operations, times their repetitions.
    pub fn formula(&self, measure: Measure, nodes: Range<usize>) -> Dim {
        let in_range = self.graph.nodes().skip(nodes.start).take(nodes.len());
        in_range.map(|(id, _)| count(&self.graph, id, measure) * self.repetitions(id)).sum()
    }

    /// The closed form of a measure over the operations that the result does not depend on.
    pub fn unused_formula(&self, measure: Measure) -> Dim {
        let unused = self.rows.iter().filter(|row| row.kind.is_some() && row.unused);
        unused.map(|row| self.formula(measure, row.nodes.clone())).sum()
    }

    /// What one run of an operation counts.
    pub fn once(&self, id: NodeId, measure: Measure) -> Dim {
        count(&self.graph, id, measure)
    }

    /// A measure over the whole pass.
    pub fn figure(&self, measure: Measure) -> Figure {
        let dim = self.formula(measure, 0..self.graph.nodes().count());
        Figure { value: self.total.get(measure), dim }
    }

    /// The row of a component, or of any path.
    pub fn row(&self, path: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.path == path)
    }

    fn repetitions(&self, id: NodeId) -> &Dim {
        &self.graph.scope(self.graph.node(id).scope).total
    }
}

/// What one run of an operation counts.
fn count(graph: &Graph, id: NodeId, measure: Measure) -> Dim {
    let node = graph.node(id);
    let inputs = graph.input_shapes(node);
    match measure {
        Measure::Params => node.op.weights().iter().map(|weight| weight.shape.elements()).sum(),
        Measure::MatmulFlops => node.op.matmul_flops(&inputs, &node.shape),
        Measure::OtherFlops => node.op.other_flops(&inputs, &node.shape),
        Measure::Cache => match node.op.storage(&inputs, &node.shape) {
            Storage::Cached(elements) => elements,
            Storage::Fresh | Storage::View => Dim::zero(),
        },
    }
}

/// Counting under way.
struct Counter<'a> {
    graph: &'a Graph,
    costs: Vec<Costs>,
    needed: Vec<bool>,
}

impl<'a> Counter<'a> {
    fn new(graph: &'a Graph) -> Result<Counter<'a>, Diagnostic> {
        let needed = graph.needed();
        let mut counter = Counter { graph, costs: Vec::new(), needed };
        let repetitions: Vec<Option<i128>> = graph
            .scopes()
            .map(|(_, scope)| graph.symbols.eval(&scope.total))
            .collect::<Result<_, _>>()
            .map_err(|error| too_large("repetitions", error))?;
        for (id, node) in graph.nodes() {
            let times = repetitions[node.scope.index()];
            let costs = counter
                .node(id, times)
                .map_err(|error| too_large(&counter.path(node.scope, &node.name), error))?;
            counter.costs.push(costs);
        }
        Ok(counter)
    }

    fn node(&self, id: NodeId, times: Option<i128>) -> Result<Costs, EvalError> {
        let mut costs = Costs::ZERO;
        for measure in MEASURES {
            let once = match measure {
                Measure::Params => self.params(id)?,
                _ => self.graph.symbols.eval(&count(self.graph, id, measure))?,
            };
            if once == Some(0) {
                continue;
            }
            costs.0[measure as usize] = match once.zip(times) {
                Some((once, times)) => Some(once.checked_mul(times).ok_or(EvalError::Overflow)?),
                None => None,
            };
        }
        Ok(costs)
    }

    /// The stored parameters of an operation.
    fn params(&self, id: NodeId) -> Result<Option<i128>, EvalError> {
        let mut sum = 0i128;
        for weight in self.graph.node(id).op.weights() {
            let Some(count) = weight.shape.count(&self.graph.symbols)? else { return Ok(None) };
            sum = sum.checked_add(count).ok_or(EvalError::Overflow)?;
        }
        Ok(Some(sum))
    }

    fn sum(&self, nodes: Range<usize>, pick: impl Fn(usize) -> bool) -> Result<Costs, Diagnostic> {
        nodes
            .filter(|at| pick(*at))
            .try_fold(Costs::ZERO, |sum, at| sum.plus(&self.costs[at]))
            .map_err(|error| too_large("total", error))
    }

    /// Rows in preorder: a scope, then what stands in it.
    fn rows(&self) -> Result<Vec<Row>, Diagnostic> {
        let ranges = self.ranges();
        let mut rows = Vec::with_capacity(ranges.len() + self.costs.len());
        // Scopes around the current node, from the root's children down, with their paths.
        let mut open: Vec<(ScopeId, String)> = Vec::new();
        for (id, node) in self.graph.nodes() {
            let mut around: Vec<ScopeId> = self.ancestors(node.scope).collect();
            around.pop(); // the root
            around.reverse();
            let shared = open.iter().zip(&around).take_while(|((a, _), b)| a == *b).count();
            open.truncate(shared);
            for &scope in &around[shared..] {
                let path = joined(open.last(), &self.graph.scope(scope).name);
                let range = ranges[scope.index()].clone();
                rows.push(self.scope_row(scope, id, range, open.len(), path.clone())?);
                open.push((scope, path));
            }
            let inputs = node.inputs.first().map_or(&node.shape, |id| &self.graph.node(*id).shape);
            rows.push(Row {
                depth: open.len(),
                name: node.name.clone(),
                path: joined(open.last(), &node.name),
                kind: Some(node.op.kind()),
                times: Dim::one(),
                of: None,
                nodes: id.index()..id.index() + 1,
                input: inputs.clone(),
                output: node.shape.clone(),
                costs: self.costs[id.index()],
                unused: !self.needed[id.index()],
            });
        }
        Ok(rows)
    }

    /// The nodes of each scope, which stand together.
    fn ranges(&self) -> Vec<Range<usize>> {
        let mut ranges = vec![0..0; self.graph.scopes().count()];
        for (id, node) in self.graph.nodes() {
            for scope in self.ancestors(node.scope) {
                let range = &mut ranges[scope.index()];
                let start = if range.end == 0 { id.index() } else { range.start };
                *range = start..id.index() + 1;
            }
        }
        ranges
    }

    fn scope_row(
        &self,
        id: ScopeId,
        first: NodeId,
        range: Range<usize>,
        depth: usize,
        path: String,
    ) -> Result<Row, Diagnostic> {
        let scope = self.graph.scope(id);
        let mut nodes = self.graph.nodes().skip(range.start).take(range.len());
        let outside = |input: &&NodeId| !range.contains(&input.index());
        let read = nodes.find_map(|(_, node)| node.inputs.iter().find(outside));
        let last = self.graph.nodes().nth(range.end - 1).map_or(first, |(id, _)| id);
        let made = scope.carry.map_or(last, |(_, made)| made);
        let of = scope.of.clone().filter(|_| !scope.times.is_one());
        Ok(Row {
            depth,
            name: scope.name.clone(),
            path,
            kind: None,
            times: of.as_ref().map_or_else(|| scope.times.clone(), |of| &scope.times * of),
            of,
            input: self.graph.node(*read.unwrap_or(&first)).shape.clone(),
            output: self.graph.node(made).shape.clone(),
            costs: self.sum(range.clone(), |_| true)?,
            unused: range.clone().all(|at| !self.needed[at]),
            nodes: range,
        })
    }

    /// A scope and those around it, the root last.
    fn ancestors(&self, scope: ScopeId) -> impl Iterator<Item = ScopeId> {
        std::iter::successors(Some(scope), |id| self.graph.scope(*id).parent)
    }

    /// Where an operation stands: `llm.blocks.attention.q_proj`.
    fn path(&self, scope: ScopeId, name: &str) -> String {
        let mut names: Vec<&str> = vec![name];
        names.extend(self.ancestors(scope).map(|id| self.graph.scope(id).name.as_str()));
        names.pop(); // the root's
        names.reverse();
        names.join(".")
    }
}

/// The path of a child of a scope, or of the root.
fn joined(parent: Option<&(ScopeId, String)>, name: &str) -> String {
    parent.map_or_else(|| name.to_owned(), |(_, path)| format!("{path}.{name}"))
}

/// A number that cannot be computed.
pub(super) fn too_large(what: &str, error: EvalError) -> Diagnostic {
    Diagnostic::error(Code::Overflow, format!("cannot count `{what}`: {error}"))
        .help("the sizes of the spec multiply to an absurd number; check them for stray digits")
}

#[cfg(test)]
mod tests {
    use super::super::testing::report;

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
        for (layer, before, behind) in [
            (0, false, true),
            (-4, false, true),
            (1, true, true),
            (3, true, false),
            (-1, true, false),
        ] {
            let paths = paths("depth: 3", &format!("feature_layer: {layer}"));
            assert_eq!(has(&paths, "vision_encoder.blocks"), before, "{layer}");
            assert_eq!(has(&paths, "vision_encoder.later_blocks"), behind, "{layer}");
        }
        let shallow = paths("vocab: 10", "sliding_window: 4, full_attention_every: 8");
        assert!(has(&shallow, "llm.blocks.sliding") && !has(&shallow, "llm.blocks.full"));
    }
}
