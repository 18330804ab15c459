//! The image, cut into patches.

use super::super::step::{Line, Step};
use super::super::story::{Story, product};
use crate::cost::{Row, ViewFigures};
use crate::dim::Dim;
use crate::graph::{Component, Node};
use crate::ops::Op;
use crate::stages::image::Remainder;

/// Patches per side, of an image, of a prompt.
pub fn step(story: &Story) -> Step {
    let tokens = &story.report.tokens;
    let mut step = Step { title: "Patches".into(), ..Step::default() };
    let Some(view) = tokens.views.first() else { return step };
    let kernel = kernel(story);
    let side = kernel.last().map_or_else(String::new, |side| story.said(&story.figure(side)));
    let squares = format!("squares of {side} × {side} pixels, the patches");
    let is_only = tokens.views.len() == 1;
    step.text.push(if is_only {
        let sides = product(&[story.said(&view.image.0), story.said(&view.image.1)]);
        let what = if story.one_encoding() == "view" { "A view" } else { "The image" };
        format!("{what}, {sides} pixels (height × width), is cut into {squares}.")
    } else {
        format!("Each view is cut into {squares}: a larger one into more of them.")
    });
    step.text.extend(frames(story));
    step.text.extend(remainder(story.report.design.image.remainder).map(str::to_owned));
    step.text.extend(encodings(story));
    step.lines = if is_only { of_one_size(story, view) } else { of_sizes(story) };
    if story.is_full() {
        let values: Dim = kernel.into_iter().product();
        step.lines.push(story.count("pixel values in a patch", &story.figure(&values)));
    }
    step
}

/// Patches where all views have one size.
fn of_one_size(story: &Story, view: &ViewFigures) -> Vec<Line> {
    let tokens = &story.report.tokens;
    let mut lines = sides(story, view);
    let grid = product(&[story.said(&view.grid.0), story.said(&view.grid.1)]);
    if story.is_one_encoding() {
        lines.push(story.worked("patches", &tokens.patches, grid));
    } else {
        let of_one = story.figure(&each(story));
        lines.push(story.worked("patches of each", &of_one, grid));
        let all = product(&[story.said(&tokens.encodings), story.said(&of_one)]);
        lines.push(story.worked("patches of a prompt", &tokens.patches, all));
    }
    lines
}

/// Patches where views have several sizes: of each size, and their sum.
fn of_sizes(story: &Story) -> Vec<Line> {
    let tokens = &story.report.tokens;
    let mut terms = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    for view in &tokens.views {
        let grid = product(&[story.said(&view.grid.0), story.said(&view.grid.1)]);
        let what = format!("patches of a view of {}", story.size(&view.image));
        lines.push(story.worked(&what, &view.patches, grid));
        let times = story.figure(&(&view.pictures.dim * &view.count.dim));
        terms.push(product(&[story.said(&times), story.said(&view.patches)]));
    }
    lines.push(story.worked("patches of a prompt", &tokens.patches, terms.join(" + ")));
    lines
}

/// Whether a patch takes in several frames.
fn frames(story: &Story) -> Option<String> {
    let frames = story.report.design.encoder().temporal_patch.filter(|frames| frames.get() > 1)?;
    let has_video = story.report.design.prompt.video.is_some();
    let still = format!("a still picture is shown to it {frames} times");
    Some(match (has_video, story.report.design.prompt.images.count()) {
        (true, 0) => format!("A patch takes in {frames} frames that follow each other."),
        (true, _) => format!("A patch takes in {frames} frames of the clip; {still}."),
        (false, _) => format!("A patch takes in {frames} frames: {still}."),
    })
}

/// Channels, height and width of the patch convolution's kernel.
fn kernel(story: &Story) -> Vec<Dim> {
    let conv =
        convolution(story).and_then(|(_, node)| story.report.prefill.graph.reads(node).next());
    conv.map_or_else(Vec::new, |kernel| kernel.shape.0.iter().skip(1).cloned().collect())
}

/// The operation that cuts the image into patches.
fn convolution<'a>(story: &Story<'a>) -> Option<(&'a Row, &'a Node)> {
    let mut operations = story.operations(Component::VisionEncoder);
    operations.find(|(_, node)| matches!(node.op, Op::PatchConv(_)))
}

/// Patches of one image or tile.
fn each(story: &Story) -> Dim {
    let tokens = &story.report.tokens;
    let axis = convolution(story).and_then(|(row, _)| row.output.0.get(1).cloned());
    axis.unwrap_or_else(|| tokens.patches.dim.clone())
}

/// One line where both sides are alike, else rows and columns.
fn sides(story: &Story, view: &ViewFigures) -> Vec<Line> {
    let (rows, columns) = &view.grid;
    if rows.value.is_some() && rows.value == columns.value {
        return vec![story.count("patches per side", rows)];
    }
    vec![
        story.count("patches from top to bottom", rows),
        story.count("from left to right", columns),
    ]
}

fn remainder(remainder: Remainder) -> Option<&'static str> {
    match remainder {
        Remainder::Error => None,
        Remainder::Drop => Some("Pixels that fill no whole patch are dropped: ⌊ ⌋ rounds down."),
        Remainder::Pad => Some("The image is padded to whole patches: ⌈ ⌉ rounds up."),
    }
}

/// How many images and tiles there are, where there are several.
fn encodings(story: &Story) -> Option<String> {
    let design = &story.report.design;
    let (images, tiles) = (design.prompt.images.count(), design.image.tiles.get());
    let all = story.said(story.encodings());
    if story.one_encoding() == "view" || story.report.tokens.views.len() > 1 {
        return (!story.is_one_encoding())
            .then(|| format!("The encoder runs on {all} views, on each by itself."));
    }
    let of_images =
        if images == 1 { "The image".into() } else { format!("Each of {images} images") };
    match (images, tiles) {
        (1, 1) => None,
        (_, 1) => Some(format!("The prompt has {images} such images; each is encoded by itself.")),
        _ => Some(format!(
            "{of_images} comes as {tiles} tiles of this size, its thumbnail included: {all} pictures, \
             each encoded by itself."
        )),
    }
}
