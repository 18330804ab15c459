//! Which box reads which: read off the graph, not off the order of the boxes.

use std::collections::BTreeSet;
use std::ops::Range;

use super::picture::{Flow, Lane, Role, Stage};
use crate::graph::Graph;

/// Finds the boxes that each box reads, and from them its role. A box has the operations that
/// `boxes` says at its number.
pub fn connect(lanes: &mut [Lane], boxes: &[Range<usize>], graph: &Graph) {
    let reader = Reader { graph, boxes, owners: owners(boxes, graph) };
    let mut stages = lanes.iter_mut().flat_map(|lane| &mut lane.stages);
    if let Some(first) = stages.next() {
        reader.connect(first);
        // It reads no box, but the pixels.
        first.role = Role::Trunk;
    }
    stages.for_each(|stage| reader.connect(stage));
    let made = lanes.iter().flat_map(|lane| &lane.stages).flat_map(Stage::boxes);
    let made: Vec<(Option<usize>, Flow)> = made.map(|one| (one.id, one.makes.clone())).collect();
    for stage in lanes.iter_mut().flat_map(|lane| &mut lane.stages) {
        join(stage, &made);
    }
}

/// Finds what the boxes of a frame read from outside of it. The first one reads what enters it.
fn join(stage: &mut Stage, made: &[(Option<usize>, Flow)]) {
    let own: Vec<Option<usize>> = stage.boxes().iter().map(|part| part.id).collect();
    for part in stage.inside.iter_mut().skip(1) {
        let read = part.reads.iter().map(|id| Some(*id)).filter(|id| !own.contains(id));
        let flows = read.filter_map(|id| made.iter().find(|(of, _)| *of == id));
        part.joins = flows.map(|(_, flow)| flow.clone()).collect();
    }
}

/// For each operation the boxes whose value it hands on: its own, or where it is in none, those of
/// its inputs.
fn owners(boxes: &[Range<usize>], graph: &Graph) -> Vec<Vec<usize>> {
    let mut owners: Vec<Vec<usize>> = Vec::new();
    for (id, node) in graph.nodes() {
        let own = boxes.iter().position(|nodes| nodes.contains(&id.index()));
        let inputs = || node.inputs.iter().flat_map(|input| owners[input.index()].clone());
        owners.push(own.map_or_else(|| sorted(inputs()), |own| vec![own]));
    }
    owners
}

fn sorted(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    numbers.collect::<BTreeSet<_>>().into_iter().collect()
}

struct Reader<'a> {
    graph: &'a Graph,
    boxes: &'a [Range<usize>],
    owners: Vec<Vec<usize>>,
}

impl Reader<'_> {
    fn connect(&self, stage: &mut Stage) {
        stage.inside.iter_mut().for_each(|part| self.connect(part));
        let own: Vec<usize> = stage.boxes().iter().filter_map(|part| part.id).collect();
        let read = match stage.id {
            None => sorted(stage.inside.iter().flat_map(|part| part.reads.clone())),
            Some(id) => self.inputs(self.boxes[id].clone()),
        };
        stage.reads = read.into_iter().filter(|read| !own.contains(read)).collect();
        if stage.reads.is_empty() && stage.role == Role::Trunk {
            stage.role = Role::Source;
        }
    }

    /// The boxes whose values these operations read.
    fn inputs(&self, nodes: Range<usize>) -> Vec<usize> {
        let nodes = self.graph.nodes().skip(nodes.start).take(nodes.len());
        let inputs = nodes.flat_map(|(_, node)| &node.inputs);
        sorted(inputs.flat_map(|input| self.owners[input.index()].clone()))
    }
}
