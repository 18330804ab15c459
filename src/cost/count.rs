//! Counting a graph: every operation, then the rows that hold them.

use std::ops::Range;

use super::costs::{Costs, product, too_large};
use super::pass::Row;
use crate::diag::Diagnostic;
use crate::dim::{Dim, EvalError, Symbols};
use crate::graph::{Component, Graph, Node, NodeId, Role, ScopeId};
use crate::ops::{Storage, Work};

/// What one run of an operation counts, but for its parameters, which are stored once.
#[derive(Debug)]
pub(super) struct Once {
    pub work: Work,
    /// Elements that stay in the KV cache.
    pub cached: Dim,
    /// Whether the result depends on it.
    pub is_used: bool,
}

/// Counting under way.
pub(super) struct Counter<'a> {
    graph: &'a Graph,
    pub once: Vec<Once>,
    pub costs: Vec<Costs>,
}

impl Once {
    fn new(graph: &Graph, node: &Node, is_used: bool) -> Once {
        let inputs = graph.input_shapes(node);
        let cached = match node.op.storage(&inputs, &node.shape) {
            Storage::Cached(elements) => elements,
            Storage::Fresh | Storage::View | Storage::State { .. } => Dim::zero(),
        };
        Once { work: node.op.work(&inputs, &node.shape), cached, is_used }
    }

    /// The matmul FLOPs that the result needs.
    pub fn needed(&self, symbols: &Symbols) -> Dim {
        match &self.work.needed {
            _ if !self.is_used => Dim::zero(),
            fewer => symbols.needed(fewer.as_ref().unwrap_or(&self.work.matmul)),
        }
    }
}

impl<'a> Counter<'a> {
    pub fn new(graph: &'a Graph) -> Result<Counter<'a>, Diagnostic> {
        let used = graph.needed().into_iter();
        let once: Vec<Once> =
            graph.nodes().zip(used).map(|((_, node), used)| Once::new(graph, node, used)).collect();
        let costs = Vec::with_capacity(once.len());
        let mut counter = Counter { graph, once, costs };
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
        let once = &self.once[id.index()];
        let Once { work, cached, is_used } = once;
        let all_rounds = |once: &Dim| -> Result<Option<i128>, EvalError> {
            match self.graph.symbols.eval(once)? {
                Some(0) => Ok(Some(0)),
                once => product(once, times),
            }
        };
        let [matmul, other, cached] = [&work.matmul, &work.other, cached].map(all_rounds);
        let symbols = &self.graph.symbols;
        let matmul = matmul?;
        let needed = match work.needed {
            _ if !is_used => Some(0),
            None if !symbols.has_padding(&work.matmul) => matmul,
            _ => all_rounds(&once.needed(symbols))?,
        };
        Ok(Costs([self.params(self.graph.node(id))?, matmul, other?, cached?, needed]))
    }

    /// The stored parameters that are counted at an operation.
    fn params(&self, node: &Node) -> Result<Option<i128>, EvalError> {
        let mut sum = Some(0i128);
        for param in self.graph.stored(node) {
            let each = param.shape.count(&self.graph.symbols)?;
            let all = product(each, self.graph.symbols.eval(&param.copies)?)?;
            sum = match sum.zip(all) {
                Some((sum, all)) => Some(sum.checked_add(all).ok_or(EvalError::Overflow)?),
                None => None,
            };
        }
        Ok(sum)
    }

    pub fn sum(
        &self,
        nodes: Range<usize>,
        pick: impl Fn(usize) -> bool,
    ) -> Result<Costs, Diagnostic> {
        nodes
            .filter(|at| pick(*at))
            .try_fold(Costs::ZERO, |sum, at| sum.plus(&self.costs[at]))
            .map_err(|error| too_large("total", error))
    }

    /// Rows in preorder: a scope, then what stands in it.
    pub fn rows(&self) -> Result<Vec<Row>, Diagnostic> {
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
                component: self.component(node.scope),
                role: None,
                kind: Some(node.op.kind()),
                times: Dim::one(),
                of: None,
                scope: node.scope,
                nodes: id.index()..id.index() + 1,
                input: inputs.clone(),
                output: node.shape.clone(),
                costs: self.costs[id.index()],
                unused: !self.once[id.index()].is_used,
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
        // A head that no one reads may stand after what is handed on.
        let handed_on =
            range.clone().rev().find(|at| self.once[*at].is_used).unwrap_or(range.end - 1);
        let last = self.graph.nodes().nth(handed_on).map_or(first, |(id, _)| id);
        let made = scope.carry.map_or(last, |(_, made)| made);
        Ok(Row {
            depth,
            name: scope.name.clone(),
            path,
            component: self.component(id),
            role: Some(scope.role),
            kind: None,
            times: scope.times.clone(),
            of: scope.of.clone(),
            scope: id,
            input: self.graph.node(*read.unwrap_or(&first)).shape.clone(),
            output: self.graph.node(made).shape.clone(),
            costs: self.sum(range.clone(), |_| true)?,
            unused: self.once[range.clone()].iter().all(|once| !once.is_used),
            nodes: range,
        })
    }

    /// The component that a scope is or stands in; everything that stands in none is the LLM's.
    fn component(&self, scope: ScopeId) -> Component {
        let roles = self.ancestors(scope).map(|id| self.graph.scope(id).role);
        let components = roles.filter_map(|role| match role {
            Role::Component(component) => Some(component),
            _ => None,
        });
        components.last().unwrap_or(Component::Llm)
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
    parent.map_or_else(|| name.to_owned(), |(_, path)| [path, ".", name].concat())
}
