//! The bridge and everything that it stores.

use super::super::step::{Line, Step};
use super::super::story::{Story, product};
use crate::cost::{Measure, Row};
use crate::dim::Dim;
use crate::graph::{Component, Node, Param};
use crate::ops::Op;
use crate::stages::deepstack::DeepStack;
use crate::units::{counted, exact};

/// A bridge of at most so many operations is told in full in any case.
pub const FEW: usize = 4;

/// What the bridge does, and its matrices.
pub fn step(story: &Story) -> Step {
    let name = story.report.design.bridge.kind().name;
    let mut step = Step { title: format!("The bridge: {name}"), ..Step::default() };
    step.text =
        story.report.design.bridge.stage().in_words().into_iter().map(str::to_owned).collect();
    let stored: Vec<(&Row, &Node)> =
        story.operations(Component::Bridge).filter(|(_, node)| !node.reads.is_empty()).collect();
    step.text.extend(story.report.design.deepstack.as_ref().map(deepstack));
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

/// What else goes from the encoder to the LLM.
fn deepstack(deepstack: &DeepStack) -> String {
    let numbers = deepstack.layers.iter().map(|layer| exact(i128::from(*layer)));
    let numbers = numbers.collect::<Vec<_>>().join(", ");
    let first = counted(deepstack.layers.len() as i128, "block");
    format!(
        "Beside it the features after the encoder's blocks {numbers} (counted from 0) go each \
         through a bridge of their own. They are added to the visual tokens within the LLM, one \
         after each of its first {first}: no token more, only sums."
    )
}

fn is_linear(node: &Node) -> bool {
    matches!(node.op, Op::Linear(_))
}

/// What an operation of the bridge is called there: `linear.proj`.
pub fn name(row: &Row) -> &str {
    row.path.split_once('.').map_or(row.path.as_str(), |(_, name)| name)
}

/// The name of what is stored once and read for views of every size, `mlp.linear` of
/// `views_1.mlp.linear`.
fn of_every_size(name: &str) -> &str {
    name.strip_prefix("views_1.").unwrap_or(name)
}

/// Every stored matrix, and every vector or all of them in one line.
fn tensors(story: &Story, stored: &[(&Row, &Node)], each_vector: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut vectors = Dim::zero();
    for (row, node) in stored {
        for param in story.report.prefill.graph.stored(node) {
            if param.shape.0.len() > 1 || each_vector {
                lines.push(tensor(story, (row, node), param));
            } else {
                vectors += param.elements();
            }
        }
    }
    if !vectors.is_zero() {
        lines.push(story.count("biases and norms", &story.figure(&vectors)));
    }
    lines
}

/// One stored tensor, in all of its rounds: `12 × 768 × 768`.
fn tensor(story: &Story, (row, node): (&Row, &Node), param: &Param) -> Line {
    let is_vector = param.shape.0.len() == 1;
    let label = match (is_linear(node), is_vector) {
        (true, false) => "W",
        (true, true) => "b",
        (false, true) if node.reads.len() > 1 => {
            param.path.rsplit_once('.').map_or("", |(_, name)| name)
        }
        (false, _) => "",
    };
    let shape = story.report.prefill.graph.as_multiplied(node, param);
    let factors =
        [&param.copies].into_iter().chain(shape.0.iter()).filter(|factor| !factor.is_one());
    let numbers: Vec<String> = factors.clone().map(|dim| story.said(&story.figure(dim))).collect();
    let all = story.figure(&param.elements());
    let what = format!("{} {label}", of_every_size(name(row)));
    let line = story.worked(what.trim_end(), &all, product(&numbers));
    // The symbols stand in the order of the numbers.
    let factors: Vec<&Dim> = factors.collect();
    let is_twice = (1..factors.len()).any(|at| factors[..at].contains(&factors[at]));
    let whole: Dim = factors.iter().copied().cloned().product();
    if is_twice || line.formula != story.symbols().show(&whole) {
        return line;
    }
    Line { formula: in_order(story, &factors), ..line }
}

/// `F_i·D`, a sum in brackets.
fn in_order(story: &Story, factors: &[&Dim]) -> String {
    let factor = |dim: &&Dim| {
        let text = story.symbols().show(dim);
        if text.contains(' ') { format!("({text})") } else { text }
    };
    factors.iter().map(factor).collect::<Vec<_>>().join("·")
}

/// The parts of the bridge that store something.
fn stages(story: &Story) -> Vec<Line> {
    let stored = |row: &&Row| row.costs.get(Measure::Params) != Some(0);
    let line = |row: &Row| {
        let mut line = story.row_cost(&row.name, row, Measure::Params);
        if !row.times.is_one() {
            line.what = format!("{}, × {}", row.name, story.said(&story.figure(&row.times)));
        }
        line
    };
    story.bridge_stages().filter(stored).map(line).collect()
}

/// All of it, in matrices and vectors.
fn total(story: &Story) -> Option<Line> {
    let row = story.report.prefill.component(Component::Bridge)?;
    let mut line = story.row_cost("parameters of the bridge", row, Measure::Params);
    let parts = story.report.matrices_and_vectors(Component::Bridge);
    if let Some((matrices, vectors)) = parts.filter(|(_, vectors)| *vectors > 0) {
        line.numbers = format!("{} in matrices + {} in vectors", exact(matrices), exact(vectors));
    }
    Some(line)
}
