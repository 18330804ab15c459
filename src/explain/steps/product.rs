//! The bridge at work: its products, with their shapes.

use super::super::step::{Line, Step};
use super::super::story::Story;
use super::bridge;
use crate::cost::{Measure, Row, ViewFigures};
use crate::graph::Component;
use crate::graph::Node;
use crate::ops::{Op, Shape};

/// Every product of the bridge and what it costs; in short, every stage.
pub fn step(story: &Story) -> Step {
    let products: Vec<(&Row, &Node)> = story
        .operations(Component::Bridge)
        .filter(|(row, _)| row.costs.get(Measure::MatmulFlops) != Some(0))
        .collect();
    let title = if products.len() == 1 { "The product" } else { "The products" };
    let mut step = Step { title: title.into(), ..Step::default() };
    if let [(_, only)] = products[..]
        && let Some(equation) = equation(story, only)
    {
        step.text.push(equation);
    }
    step.text.push(
        "Each value that a product makes is a row of what comes in times a column of the matrix; a \
         multiplication and an addition are 2 FLOPs."
            .to_owned(),
    );
    step.text.extend(encodings(story));
    step.text.push("`vlmcalc explain --toy` does one such product by hand.".to_owned());
    if story.is_full() || products.len() <= bridge::FEW {
        let line = |row: &Row, shapes: String| Line {
            shapes,
            ..story.row_cost(bridge::name(row), row, Measure::MatmulFlops)
        };
        step.lines.extend(folded(story).map(|(row, shapes)| line(row, shapes)));
        step.lines.extend(products.iter().map(|(row, node)| line(row, shapes(story, node))));
    }
    if let Some(row) = story.report.prefill.component(Component::Bridge) {
        step.lines.push(story.row_cost("matmul FLOPs of the bridge", row, Measure::MatmulFlops));
    }
    step
}

/// `V = E·W + b: [196 × 1024] · [1024 × 4096] + [4096] = [196 × 4096]`, where the bridge is this
/// one product of what it reads.
fn equation(story: &Story, node: &Node) -> Option<String> {
    let bridge = story.report.prefill.component(Component::Bridge)?;
    let reads_e = node.inputs.iter().all(|input| input.index() < bridge.nodes.start);
    // This product and the view of its result as the tokens of a prompt.
    let is_all = bridge.nodes.len() == 2;
    if !matches!(node.op, Op::Linear(_)) || !reads_e || !is_all {
        return None;
    }
    let matrix = matrix(story, node);
    let (plus_b, bias) = match story.report.prefill.graph.reads(node).nth(1) {
        Some(bias) => (" + b", format!(" + {}", story.matrix(&bias.shape))),
        None => ("", String::new()),
    };
    let (e, v) = (story.matrix(&bridge.input), story.matrix(&node.shape));
    Some(format!("V = E·W{plus_b}: {e} · {matrix}{bias} = {v}."))
}

/// A linear layer's matrix as it multiplies, `[in × out]`; it may be stored as part of another.
fn matrix(story: &Story, node: &Node) -> String {
    let input = story.report.prefill.graph.input_shapes(node).first().map(|shape| shape.last());
    story.matrix(&Shape(input.into_iter().chain([node.shape.last()]).collect()))
}

/// What is multiplied, and what comes out.
fn shapes(story: &Story, node: &Node) -> String {
    let inputs = story.report.prefill.graph.input_shapes(node);
    let input = |at: usize| inputs.get(at).map_or_else(String::new, |shape| story.matrix(shape));
    let out = story.matrix(&node.shape);
    let rounds = story.figure(&story.report.prefill.graph.scope(node.scope).total);
    let times = match rounds.value {
        Some(1) => String::new(),
        _ => format!(", × {}", story.said(&rounds)),
    };
    match node.op {
        Op::Linear(_) => format!("{} · {} → {out}{times}", input(0), matrix(story, node)),
        _ => format!("queries {}, keys {} → {out}{times}", input(0), input(1)),
    }
}

/// The stages that change the shape of the tokens without a product: they fold or average them.
fn folded<'s>(story: &'s Story) -> impl Iterator<Item = (&'s Row, String)> {
    let is_free = |row: &&Row| {
        let free = |measure| row.costs.get(measure) == Some(0);
        free(Measure::Params) && free(Measure::MatmulFlops)
    };
    let stages = story.bridge_stages().filter(is_free);
    stages
        .filter(|row| row.kind.is_none() && row.input != row.output)
        .map(|row| (row, format!("{} → {}", story.matrix(&row.input), story.matrix(&row.output))))
}

/// The remark that shapes are of one image and costs of all.
fn encodings(story: &Story) -> Option<String> {
    let tokens = &story.report.tokens;
    if tokens.views.len() > 1 {
        let size = |(at, view): (usize, &ViewFigures)| {
            format!("views_{} of {}", at + 1, story.size(&view.image))
        };
        let sizes: Vec<String> = tokens.views.iter().enumerate().map(size).collect();
        return Some(format!(
            "The same matrices multiply views of every size: {}. Shapes are for one view of a size, \
             FLOPs for all of that size.",
            sizes.join(", ")
        ));
    }
    let all = story.figure(&(&tokens.batch.dim * &tokens.encodings.dim));
    let one = story.one_encoding();
    (all.value != Some(1)).then(|| {
        format!("The shapes are for one {one}; the FLOPs are for all {}.", story.said(&all))
    })
}
