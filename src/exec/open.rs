//! What a run needs to know and does not.

use std::collections::HashSet;

use super::options::Options;
use crate::dim::{Definition, Dim, Sym, Symbol};
use crate::graph::Graph;

/// The sizes without a number that a run needs: those of all values, and those of the weights and
/// rounds of what is run.
pub fn open_sizes<'g>(graph: &'g Graph, options: &Options) -> Vec<&'g Symbol> {
    let symbols = &graph.symbols;
    let scope = options.stage.scope(graph);
    let mut needed: HashSet<Sym> = HashSet::new();
    let mut need = |dim: &Dim| needed.extend(symbols.expand(dim).symbols());
    for (_, node) in graph.nodes() {
        node.shape.0.iter().for_each(&mut need);
        if graph.is_within(node.scope, scope) {
            let work = node.op.work(&graph.input_shapes(node), &node.shape);
            [&work.matmul, &work.other].into_iter().for_each(&mut need);
            graph.reads(node).flat_map(|param| param.shape.0.iter()).for_each(&mut need);
            need(&graph.scope(node.scope).total);
        }
    }
    let all = symbols.iter().filter(|(sym, _)| needed.contains(sym));
    all.map(|(_, symbol)| symbol).filter(|symbol| symbol.definition == Definition::Free).collect()
}
