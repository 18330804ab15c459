//! From patches to encoder-side tokens.

use super::super::step::Step;
use super::super::story::{Story, product};
use super::blocks;
use crate::cost::{Measure, ViewFigures};
use crate::dim::Dim;
use crate::graph::{Component, Role};
use crate::ops::Shape;
use crate::stages::encoder::End;
use crate::stages::features::{FeatureJoin, FeatureLayers};
use crate::units::{counted, exact};

/// What the vision encoder makes of the patches, and what that costs.
pub fn step(story: &Story) -> Step {
    let tokens = &story.report.tokens;
    let mut step = Step { title: "The vision encoder".into(), ..Step::default() };
    let width = story.counted(&story.figure(&embedded(story)), "value");
    step.text.push(format!(
        "One matrix turns the pixels of each patch into {width}: an encoder-side token. {}",
        blocks::told(story)
    ));
    step.text.extend(prefix(story));
    step.text.extend(selected(story));
    step.text.push(goes_on(story));
    if has_prefix(story) {
        let all = if tokens.is_padded() { String::new() } else { with_prefix(story) };
        step.lines.push(story.worked("encoder-side tokens", &tokens.encoder_valid, all));
    }
    if tokens.is_padded() {
        let what = "tokens that run, padding included";
        step.lines.push(story.worked(what, &tokens.encoder, String::new()));
    }
    let shape = product(&[story.said(&tokens.kept), story.said(&tokens.encoder_width)]);
    step.lines.push(story.worked("values of E", &tokens.encoder_values, shape));
    if let Some(row) = story.report.prefill.component(Component::VisionEncoder) {
        step.lines.push(story.row_cost("parameters", row, Measure::Params));
        step.lines.push(story.row_cost("matmul FLOPs", row, Measure::MatmulFlops));
    }
    step
}

/// The width of a token between the blocks; features of several layers may be wider.
fn embedded(story: &Story) -> Dim {
    let embedding = story.report.prefill.part(Component::VisionEncoder, Role::PatchEmbedding);
    embedding.map_or_else(Dim::one, |row| row.output.last())
}

/// What the bridge reads: a matrix, or one for each size of view.
fn goes_on(story: &Story) -> String {
    let tokens = &story.report.tokens;
    let matrix = |view: &ViewFigures| {
        let width = tokens.encoder_width.dim.clone();
        story.matrix(&Shape::new([story.report.read_of(view), width]))
    };
    let matrices: Vec<String> = tokens.views.iter().map(matrix).collect();
    let (e, and) = match story.report.are_patches_only() {
        true => ("E, ", String::new()),
        false => {
            ("", format!(": E, the patches, and what stands {} them", place(story).to_lowercase()))
        }
    };
    match &matrices[..] {
        [only] if story.is_one_encoding() => {
            format!("What goes to the bridge is {e}a matrix of {only}{and}.")
        }
        [only] => format!(
            "What goes to the bridge is {e}a matrix of {only} for each {}{and}.",
            story.one_encoding()
        ),
        all => format!(
            "What goes to the bridge is {e}a matrix for each view, whose rows follow from its size: \
             {}{and}.",
            all.join(", ")
        ),
    }
}

/// Whether class or register tokens stand before the patches.
fn has_prefix(story: &Story) -> bool {
    story.report.tokens.class_token || story.report.tokens.registers > 0
}

/// Where class and register tokens stand.
fn place(story: &Story) -> &'static str {
    match story.report.design.encoder().class_token_at {
        End::Start => "Before",
        End::End => "After",
    }
}

/// `1 class token and 4 register tokens stand before the patches`, and whether they stay.
fn prefix(story: &Story) -> Option<String> {
    let tokens = &story.report.tokens;
    let class = tokens.class_token.then(|| counted(1, "class token"));
    let registers = (tokens.registers > 0).then(|| counted(tokens.registers, "register token"));
    let names: Vec<String> = class.into_iter().chain(registers).collect();
    if names.is_empty() {
        return None;
    }
    let dropped = story.report.are_patches_only();
    let (stand, they) =
        if names.len() == 1 && tokens.registers < 2 { ("stands", "it") } else { ("stand", "they") };
    let fate = match (dropped, they) {
        (true, "it") => "it is dropped before the bridge",
        (true, _) => "they are dropped before the bridge",
        (false, "it") => "the bridge gets it too",
        (false, _) => "the bridge gets them too",
    };
    let place = place(story);
    Some(format!("{place} the patches {stand} {}; {fate}.", names.join(" and ")))
}

/// `576 + 1 class token`, of all images.
fn with_prefix(story: &Story) -> String {
    let tokens = &story.report.tokens;
    let each = i128::from(tokens.class_token) + tokens.registers;
    let encodings = story.said(&tokens.encodings);
    let prefix =
        if story.is_one_encoding() { each.to_string() } else { format!("{encodings} × {each}") };
    format!("{} + {prefix}", story.said(&tokens.patches))
}

/// After which block the features are taken.
fn selected(story: &Story) -> Option<String> {
    let layers = story.report.design.encoder().feature_layer.as_ref()?;
    let Some(layer) = layers.single() else { return Some(several(story, layers)) };
    let layer = exact(layer.into());
    let pass = &story.report.prefill;
    let times = |role| {
        let blocks = pass.part(Component::VisionEncoder, role);
        blocks.map(|row| story.figure(&row.times))
    };
    let used = times(Role::Blocks);
    let used = used.map_or_else(|| "0".to_owned(), |used| story.said(&used));
    let after = times(Role::LaterBlocks).map(|left| {
        let runs = if left.value == Some(1) { "runs" } else { "run" };
        format!("{} after it {runs}", story.counted(&left, "block"))
    });
    Some(match after {
        None => {
            format!("The features are taken after block {used}, the last (feature layer {layer}).")
        }
        Some(after) => format!(
            "The features are taken after block {used} (feature layer {layer}): {after} in the \
             reference all the same, though nothing reads the result."
        ),
    })
}

/// The layers whose features are joined.
fn several(story: &Story, layers: &FeatureLayers) -> String {
    let count = counted(layers.all().len() as i128, "layer");
    let how = match story.report.design.encoder().feature_join {
        FeatureJoin::Concat => "stand side by side in each token",
        FeatureJoin::Add => "are added",
    };
    format!("The features of {count} are taken (feature layers {layers}) and {how}.")
}
