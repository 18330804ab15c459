//! Which values are alive while an operation runs, and when they die: the basis of peak activation
//! memory, and of freeing in the real forward pass.

use super::{Graph, NodeId, ScopeId};
use crate::ops::Storage;

/// How views are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Views {
    /// A view is no memory of its own: it keeps its source alive.
    Free,
    /// Every operation makes a tensor of its own.
    Copied,
}

/// For every operation that makes a value, the values alive while it runs: its inputs, its output
/// and what a later operation still reads.
///
/// The body of a repeated block is walked once, since a round frees what the last one made; what a
/// body reads from outside stays until the last round. Entries of a KV cache are counted apart,
/// scores of the attention core are never whole in memory.
pub fn alive(graph: &Graph, views: Views) -> Vec<Vec<NodeId>> {
    let source = sources(graph, views);
    let reads = last_reads(graph, &source);
    let mut moments = Vec::new();
    let mut alive: Vec<usize> = Vec::new();
    for (at, own) in source.into_iter().enumerate() {
        let runs = !graph.scope(graph.nodes[at].scope).total.is_zero();
        if own == at && runs {
            alive.push(at);
            moments.push(alive.iter().copied().map(NodeId).collect());
        }
        alive.retain(|value| reads[*value].at > at);
    }
    moments
}

/// When each value can be let go of in a real run.
#[cfg(feature = "forward")]
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// For each operation, the values that it is the last to read.
    pub after_node: Vec<Vec<NodeId>>,
    /// For each scope, the values that its rounds read or hand on, or that nothing reads, and that
    /// nothing reads later.
    pub after_scope: Vec<Vec<NodeId>>,
}

#[cfg(feature = "forward")]
impl Lifetimes {
    /// The lifetimes of all values but the result's.
    pub fn new(graph: &Graph) -> Lifetimes {
        let ends = scope_ends(graph);
        let mut after_node = vec![Vec::new(); graph.nodes.len()];
        let mut after_scope = vec![Vec::new(); graph.scopes.len()];
        for (at, read) in last_reads(graph, &sources(graph, Views::Copied)).iter().enumerate() {
            let id = NodeId(at);
            if id == graph.output {
                continue;
            }
            // What a repetition hands from round to round lives until its last round.
            let mut handing = graph.scopes.iter().enumerate().filter(|(scope, s)| {
                s.carry.is_some_and(|(_, made)| made == id) && read.at <= ends[*scope]
            });
            match (handing.next(), read.rounds) {
                (Some((scope, _)), _) => after_scope[scope].push(id),
                (None, Some(scope)) => after_scope[scope.0].push(id),
                // What nothing reads can still be looked at when its scope is done.
                (None, None) if read.at == at => after_scope[graph.node(id).scope.0].push(id),
                (None, None) => after_node[read.at].push(id),
            }
        }
        Lifetimes { after_node, after_scope }
    }
}

/// When a value is read for the last time.
#[derive(Clone, Copy)]
struct LastRead {
    /// The operation that reads it, or the last one of the repetition that does; the value's own
    /// if nothing reads it.
    at: usize,
    /// That repetition, if every round of it reads the value.
    #[cfg_attr(not(feature = "forward"), expect(dead_code, reason = "only a run asks for it"))]
    rounds: Option<ScopeId>,
}

/// The last operation of each scope, its inner scopes included.
pub fn scope_ends(graph: &Graph) -> Vec<usize> {
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

/// For each value, the one whose memory it is.
fn sources(graph: &Graph, views: Views) -> Vec<usize> {
    let mut source: Vec<usize> = Vec::with_capacity(graph.nodes.len());
    for (at, node) in graph.nodes.iter().enumerate() {
        let shapes = graph.input_shapes(node);
        let is_view =
            views == Views::Free && node.op.storage(&shapes, &node.shape) == Storage::View;
        source.push(match node.inputs.first() {
            Some(first) if is_view => source[first.0],
            _ => at,
        });
    }
    source
}

fn last_reads(graph: &Graph, source: &[usize]) -> Vec<LastRead> {
    let ends = scope_ends(graph);
    let mut reads: Vec<LastRead> =
        (0..graph.nodes.len()).map(|at| LastRead { at, rounds: None }).collect();
    for (at, node) in graph.nodes.iter().enumerate() {
        for input in &node.inputs {
            let rounds = rounds_that_read(graph, node.scope, *input);
            let until = LastRead { at: rounds.map_or(at, |scope| ends[scope.0]), rounds };
            let read = &mut reads[source[input.0]];
            if until.at >= read.at {
                *read = until;
            }
        }
    }
    reads
}

/// The outermost repetition around `reader` that `input` stands outside of and that does not replace
/// it from round to round: all of its rounds read the value. Or the repetition in which another part,
/// that runs in other rounds, made it: its last value stays for the rounds after it.
fn rounds_that_read(graph: &Graph, reader: ScopeId, input: NodeId) -> Option<ScopeId> {
    let mut found = None;
    let mut scope = Some(reader);
    while let Some(id) = scope {
        let at = graph.scope(id);
        if let Some((carried, _)) = at.carry {
            let inside = graph.is_within(graph.node(input).scope, id);
            if !inside && carried != input && (at.of.is_some() || !at.times.is_one()) {
                found = Some(id);
            }
            if inside && at.is_repeated && is_of_other_rounds(graph, reader, input) {
                found = Some(id);
            }
        }
        scope = at.parent;
    }
    found
}

/// Whether a part that runs in some rounds, and in which the reader does not stand, made a value for
/// itself: what it hands on is there in each round.
fn is_of_other_rounds(graph: &Graph, reader: ScopeId, input: NodeId) -> bool {
    let mut scope = Some(graph.node(input).scope);
    while let Some(id) = scope {
        let at = graph.scope(id);
        if at.is_repeated {
            return false;
        }
        if at.of.is_some() {
            let is_handed_on = at.carry.is_some_and(|(_, made)| made == input);
            return !is_handed_on && !graph.is_within(reader, id);
        }
        scope = at.parent;
    }
    false
}
