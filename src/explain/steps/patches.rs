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
    let (height, width) = (story.said(&view.image.0), story.said(&view.image.1));
    let kernel = kernel(story);
    let side = kernel.last().map_or_else(String::new, |side| story.said(&story.figure(side)));
    step.text.push(format!(
        "The image, {height} × {width} pixels (height × width), is cut into squares of {side} × \
         {side} pixels, the patches."
    ));
    step.text.extend(remainder(story.report.design.image.remainder).map(str::to_owned));
    step.text.extend(encodings(story));
    step.lines = sides(story, view);
    let each = each(story);
    let grid = product(&[story.said(&view.grid.0), story.said(&view.grid.1)]);
    if story.is_one_encoding() {
        step.lines.push(story.worked("patches", &tokens.patches, grid));
    } else {
        let of_one = story.figure(&each);
        step.lines.push(story.worked("patches of each", &of_one, grid));
        let all = product(&[story.said(&tokens.encodings), story.said(&of_one)]);
        step.lines.push(story.worked("patches of a prompt", &tokens.patches, all));
    }
    if story.is_full() {
        let values: Dim = kernel.into_iter().product();
        step.lines.push(story.count("pixel values in a patch", &story.figure(&values)));
    }
    step
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
    let (images, tiles) =
        (story.report.design.prompt.images.count(), story.report.design.image.tiles.get());
    let all = story.said(story.encodings());
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
