//! What a topic needs of a pipeline, so that it can be said why one cannot be asked about.

use super::{
    active_params, cross_attention, hybrid_cache, latent_cache, smart_resize, tile_grid, windows,
};
use crate::cost::Measure;
use crate::drill::products::Products;
use crate::drill::subject::Subject;
use crate::graph::Component;
use crate::stages::bridge::{Bridge, Reduction};

/// Something that a topic needs.
#[derive(Clone, Copy, Debug)]
pub enum Need {
    /// A size of the spec, at this path.
    Size(&'static str, fn(&Subject) -> bool),
    /// Something that holds; else what is said of the pipeline: `has no pixel shuffle`.
    Fact(&'static str, fn(&Subject) -> bool),
}

/// The size of the image.
pub const IMAGE: Need = Need::Size("image", |one| {
    one.made().image.height.is_some() && one.made().image.width.is_some()
});
/// An image that the pipeline sees.
pub const SEEN: Need = Need::Fact("has no image", |one| {
    !one.report.tokens.views.is_empty() && one.report.tokens.encodings.value != Some(0)
});
/// Images of one size, which no processor changes.
pub const AS_SEEN: Need =
    Need::Fact("has images that a processor resizes, or of several sizes", |one| {
        one.made().processor.is_none()
            && one.made().prompt.images.distinct().is_empty()
            && one.made().prompt.video.is_none()
    });
/// One picture on disk, however many views it becomes.
pub const ONE_PICTURE: Need = Need::Fact("has more than one image in a prompt", |one| {
    one.is_one_prompt() && one.is_one_picture()
});
/// A smart resize, of which one square is one token.
pub const SMART_RESIZE: Need =
    Need::Fact("has no smart resize", |one| smart_resize::rule(one).is_some());
/// A grid of tiles by aspect ratio.
pub const ASPECT_GRID: Need =
    Need::Fact("has no grid of tiles by aspect ratio", |one| tile_grid::rule(one).is_some());
/// An encoder with windows.
pub const WINDOWS: Need =
    Need::Fact("has no windows in its encoder", |one| windows::pairs(one).is_some());
/// An encoder without windows, of which each size has products of its own.
const NO_WINDOWS: Need =
    Need::Fact("has windows in its encoder", |one| windows::pairs(one).is_none());
/// A clip alone, which a video processor samples.
pub const CLIP: Need = Need::Fact("has no clip with a video processor", |one| {
    let frames = one.report.tokens.pictures.first().and_then(|clip| clip.frames.as_ref());
    frames.is_some() && one.is_one_picture() && one.report.tokens.views.len() == 1
});
/// The side of a patch.
pub const PATCH: Need = Need::Size("encoder.patch", |one| one.made().encoder().patch.is_some());
/// The encoder's width.
pub const ENCODER_WIDTH: Need =
    Need::Size("encoder.width", |one| one.made().encoder().stack.width.is_some());
/// The encoder's blocks.
const ENCODER_DEPTH: Need =
    Need::Size("encoder.depth", |one| one.made().encoder().stack.depth.is_some());
/// The encoder's heads.
const ENCODER_HEADS: Need =
    Need::Size("encoder.heads", |one| one.made().encoder().stack.attention.heads.is_some());
/// The width of the encoder's MLPs.
const ENCODER_MLP: Need =
    Need::Size("encoder.mlp_width", |one| one.made().encoder().stack.mlp.width.is_some());
/// The LLM's width.
pub const LLM_WIDTH: Need = Need::Size("llm.width", |one| one.made().llm.stack().width.is_some());
/// The LLM's blocks.
pub const LLM_DEPTH: Need = Need::Size("llm.depth", |one| one.made().llm.stack().depth.is_some());
/// The LLM's heads.
pub const LLM_HEADS: Need =
    Need::Size("llm.heads", |one| one.made().llm.stack().attention.heads.is_some());
/// The width of the LLM's MLPs.
pub const LLM_MLP: Need =
    Need::Size("llm.mlp_width", |one| one.made().llm.stack().mlp.width.is_some());
/// The rows of the LLM's embedding.
const LLM_VOCAB: Need = Need::Size("llm.vocab", |one| one.made().llm.vocab.is_some());
/// The text of the prompt.
pub const TEXT: Need =
    Need::Size("prompt.text_tokens", |one| one.made().prompt.text_tokens.is_some());

/// One prompt, not a batch of several.
pub const ONE_PROMPT: Need = Need::Fact("is a batch of several prompts", Subject::is_one_prompt);
/// One prompt with one image that is not cut.
pub const ONE_IMAGE: Need =
    Need::Fact("has more than one image or tile in a prompt", Subject::is_one_encoding);
/// A known number of visual tokens.
pub const VISUAL: Need = Need::Fact("leaves the number of its visual tokens open", |one| {
    one.report.tokens.visual.value.is_some()
});
/// A bridge whose sizes are known.
pub const BRIDGE: Need = Need::Fact("leaves sizes of its bridge open", |one| {
    let bridge = one.report.prefill.component(Component::Bridge);
    bridge.is_some_and(|row| row.costs.get(Measure::Params).is_some())
});
/// A bridge of nothing but linear layers.
pub const PROJECTOR: Need =
    Need::Fact("has a bridge that is more than a projector", |one| one.projection().is_some());
/// A bridge that folds neighbours.
pub const PIXEL_SHUFFLE: Need =
    Need::Fact("has no pixel shuffle", |one| matches!(one.reduction(), Reduction::Folded(_)));
/// A bridge that changes the number of tokens.
pub const OTHER_COUNT: Need = Need::Fact("has as many visual tokens as patches", |one| {
    one.report.tokens.visual.value != one.report.tokens.patches.value
});
/// No newline token: where newlines stand among tiles (LLaVA-NeXT: after each row) a spec of one
/// tile cannot say.
pub const NO_NEWLINE: Need = Need::Fact(
    "has a newline token, which tiles would share",
    |one| !matches!(&one.made().bridge, Bridge::Mlp(mlp) if mlp.image_newline),
);
/// An LLM in which every layer sees everything.
pub const NO_WINDOW: Need =
    Need::Fact("has a sliding window", |one| one.made().llm.window.is_none());
/// An LLM of blocks with softmax attention and an MLP, all alike.
pub const PLAIN_LLM: Need =
    Need::Fact("has an LLM of more than plain blocks", |one| one.made().llm.is_plain());
/// A sequence of known length.
pub const SEQUENCE: Need = Need::Fact("leaves the length of its sequence open", |one| {
    one.report.tokens.sequence.value.is_some()
});
/// A mixture of experts.
pub const EXPERTS: Need =
    Need::Fact("has no mixture of experts, or leaves its sizes open", |one| {
        active_params::mixture(one).is_some()
    });
/// Latent attention, of which latents are kept.
pub const LATENTS: Need =
    Need::Fact("has no latents in its cache, or leaves their sizes open", |one| {
        latent_cache::latents(one).is_some()
    });
/// Layers of which some keep more than others.
pub const HYBRID: Need =
    Need::Fact("has layers that all keep alike, or leaves their sizes open", |one| {
        hybrid_cache::kinds(one).is_some()
    });
/// Layers that ask tokens beside the sequence.
pub const CROSS: Need =
    Need::Fact("has no layers that ask the image, or leaves their sizes open", |one| {
        cross_attention::asking(one).is_some()
    });
/// Products of linear layers and attentions, and no others.
const PLAIN_PRODUCTS: Need = Need::Fact("has other products than layers and attentions", |one| {
    let pass = &one.report.prefill;
    let products = Products::of(pass, pass.components());
    let flops = pass.total.get(Measure::MatmulFlops);
    // What is not known yet may be told.
    flops.is_none() || products.and_then(|all| all.flops()) == flops
});
/// How it begins that sizes are missing.
pub const LACKS_SIZES: &str = "does not give";

/// What the costs of a whole pass need.
pub const EVERYTHING: &[Need] = &ALL;

/// All sizes of a pipeline whose attention is a few products.
pub const FEW_PRODUCTS: &[Need] = &{
    let mut needs = [NO_WINDOWS; ALL.len() + 2];
    let mut at = 0;
    while at < ALL.len() {
        needs[at] = ALL[at];
        at += 1;
    }
    needs[at] = PLAIN_PRODUCTS;
    needs
};

const ALL: [Need; 15] = [
    PLAIN_LLM,
    ONE_PROMPT,
    IMAGE,
    PATCH,
    ENCODER_WIDTH,
    ENCODER_DEPTH,
    ENCODER_HEADS,
    ENCODER_MLP,
    LLM_WIDTH,
    LLM_DEPTH,
    LLM_HEADS,
    LLM_MLP,
    LLM_VOCAB,
    TEXT,
    BRIDGE,
];

/// What is missing, said of the pipeline: `does not give llm.depth and llm.heads`, `has no pixel
/// shuffle`; nothing if nothing is. Facts come first: no size would help there.
pub fn missing(subject: &Subject, needs: &[Need]) -> Option<String> {
    let sizes: Vec<&str> = needs
        .iter()
        .filter_map(|need| match need {
            Need::Size(path, given) if !given(subject) => Some(*path),
            _ => None,
        })
        .collect();
    let fact = needs.iter().find_map(|need| match need {
        Need::Fact(words, holds) if !holds(subject) => Some((*words).to_owned()),
        _ => None,
    });
    match (&sizes[..], fact) {
        // What is open may follow from sizes that are not given.
        ([], fact) => fact,
        (_, Some(fact)) if !fact.contains("open") => Some(fact),
        ([one], _) => Some(format!("{LACKS_SIZES} `{one}`")),
        ([first @ .., last], _) => {
            Some(format!("{LACKS_SIZES} `{}` and `{last}`", first.join("`, `")))
        }
    }
}
