//! The bridge and everything that it stores.

use super::super::step::{Line, Step};
use super::super::story::{Story, product};
use crate::cost::{Measure, Row};
use crate::dim::Dim;
use crate::graph::Node;
use crate::ops::Weight;
use crate::pipeline::COMPONENTS;
use crate::units::exact;

/// A bridge of at most so many operations is told in full in any case.
pub const FEW: usize = 4;

/// What the bridge does, and its matrices.
pub fn step(story: &Story) -> Step {
    let name = story.design.bridge.name();
    let mut step = Step { title: format!("The bridge: {name}"), ..Step::default() };
    step.text = story.design.bridge.stage().in_words().into_iter().map(str::to_owned).collect();
    let stored: Vec<(&Row, &Node)> =
        story.operations(COMPONENTS[1]).filter(|(_, node)| !node.op.weights().is_empty()).collect();
    if stored.iter().any(|(_, node)| is_linear(node)) {
        step.text.push("A matrix W is written [in × out]; b is its bias.".to_owned());
    }
    step.lines = match stored.len() {
        ..=FEW => tensors(story, &stored, true),
        _ if story.is_full() => tensors(story, &stored, false),
        _ => stages(story),
    };
    step.lines.extend(total(story));
    step
}

fn is_linear(node: &Node) -> bool {
    node.op.kind() == "linear"
}

/// What an operation of the bridge is called there: `linear.proj`.
pub fn name(row: &Row) -> &str {
    row.path.strip_prefix(COMPONENTS[1]).map_or(row.path.as_str(), |path| &path[1..])
}

/// Every stored matrix, and every vector or all of them in one line.
fn tensors(story: &Story, stored: &[(&Row, &Node)], each_vector: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut vectors = Dim::zero();
    for (row, node) in stored {
        let times = &story.report.prefill.graph.scope(node.scope).total;
        for weight in node.op.weights() {
            let all = weight.shape.elements() * times;
            if weight.shape.0.len() > 1 || each_vector {
                lines.push(tensor(story, (row, node), &weight, times));
            } else {
                vectors += all;
            }
        }
    }
    if !vectors.is_zero() {
        lines.push(story.count("biases and norms", &story.figure(&vectors)));
    }
    lines
}

/// One stored tensor, in all of its rounds: `12 × 768 × 768`.
fn tensor(story: &Story, (row, node): (&Row, &Node), weight: &Weight, times: &Dim) -> Line {
    let is_vector = weight.shape.0.len() == 1;
    let label = match (is_linear(node), is_vector) {
        (true, false) => "W",
        (true, true) => "b",
        (false, true) if node.op.weights().len() > 1 => weight.name,
        (false, _) => "",
    };
    let shape = story.report.prefill.graph.as_multiplied(node, weight);
    let factors = [times].into_iter().chain(shape.0.iter()).filter(|factor| !factor.is_one());
    let factors: Vec<String> = factors.map(|dim| story.said(&story.figure(dim))).collect();
    let all = story.figure(&(weight.shape.elements() * times));
    let what = format!("{} {label}", name(row));
    story.worked(what.trim_end(), &all, product(&factors))
}

/// The parts of the bridge that store something.
fn stages(story: &Story) -> Vec<Line> {
    let pass = &story.report.prefill;
    let inside = |row: &&Row| row.depth == 1 && row.path.starts_with("bridge.");
    let stored = |row: &&Row| row.costs.get(Measure::Params) != Some(0);
    let line = |row: &Row| {
        let mut line = story.row_cost(&row.name, row, Measure::Params);
        if !row.times.is_one() {
            line.what = format!("{}, × {}", row.name, story.said(&story.figure(&row.times)));
        }
        line
    };
    pass.rows.iter().filter(inside).filter(stored).map(line).collect()
}

/// All of it, in matrices and vectors.
fn total(story: &Story) -> Option<Line> {
    let row = story.report.prefill.row(COMPONENTS[1])?;
    let mut line = story.row_cost("parameters of the bridge", row, Measure::Params);
    let parts = story.report.matrices_and_vectors(COMPONENTS[1]);
    if let Some((matrices, vectors)) = parts.filter(|(_, vectors)| *vectors > 0) {
        line.numbers = format!("{} in matrices + {} in vectors", exact(matrices), exact(vectors));
    }
    Some(line)
}
