//! Which values are alive while an operation runs: the basis of peak activation memory.

use super::{Graph, NodeId, ScopeId};
use crate::ops::Storage;

/// For every operation that makes a value, the values alive while it runs: its inputs, its output
/// and what a later operation still reads.
///
/// A view is no memory of its own: it keeps its source alive. The body of a repeated block is
/// walked once, since a round frees what the last one made; what a body reads from outside stays
/// until the last round. Entries of a KV cache are counted apart, scores of the attention core are
/// never whole in memory.
pub fn alive(graph: &Graph) -> Vec<Vec<NodeId>> {
    let count = graph.nodes.len();
    let ends = scope_ends(graph);
    let mut source: Vec<usize> = Vec::with_capacity(count);
    let mut last_read: Vec<usize> = (0..count).collect();
    for (at, node) in graph.nodes.iter().enumerate() {
        let shapes = graph.input_shapes(node);
        let view = node.op.storage(&shapes, &node.shape) == Storage::View;
        let own = match node.inputs.first() {
            Some(first) if view => source[first.0],
            _ => at,
        };
        source.push(own);
        for input in &node.inputs {
            let until = read_until(graph, &ends, node.scope, *input).unwrap_or(at);
            let read = &mut last_read[source[input.0]];
            *read = (*read).max(until);
        }
    }
    let mut moments = Vec::new();
    let mut alive: Vec<usize> = Vec::new();
    for (at, own) in source.into_iter().enumerate() {
        if own == at {
            alive.push(at);
            moments.push(alive.iter().copied().map(NodeId).collect());
        }
        alive.retain(|value| last_read[*value] > at);
    }
    moments
}

/// The last node of each scope, its inner scopes included.
fn scope_ends(graph: &Graph) -> Vec<usize> {
    let mut ends = vec![0; graph.scopes.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        let mut scope = Some(node.scope);
        while let Some(id) = scope {
            ends[id.0] = at;
            scope = graph.scope(id).parent;
        }
    }
    ends
}

/// Where the last round ends of the outermost repetition around `reader` that `input` stands
/// outside of; none if there is no such repetition, or if its rounds replace `input`.
fn read_until(graph: &Graph, ends: &[usize], reader: ScopeId, input: NodeId) -> Option<usize> {
    let mut until = None;
    let mut scope = Some(reader);
    while let Some(id) = scope {
        let at = graph.scope(id);
        if let Some((carried, _)) = at.carry {
            let inside = within(graph, graph.node(input).scope, id);
            if !inside && carried != input && !at.times.is_one() {
                until = Some(ends[id.0]);
            }
        }
        scope = at.parent;
    }
    until
}

/// Whether `scope` is `outer` or stands in it.
fn within(graph: &Graph, scope: ScopeId, outer: ScopeId) -> bool {
    let mut at = Some(scope);
    while let Some(id) = at {
        if id == outer {
            return true;
        }
        at = graph.scope(id).parent;
    }
    false
}
