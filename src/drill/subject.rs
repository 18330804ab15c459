//! A pipeline to ask about: its spec, its counts, and what a question tells of it.

use crate::cost::Report;
use crate::dim::Dim;
use crate::graph::{Component, Role};
use crate::ops::Shape;
use crate::planned::{Planned, count};
use crate::spec::{self, Dtype, Spec};
use crate::stages::bridge::{Layers, Projector, Reduction};
use crate::stages::decoder::Logits;
use crate::stages::image::Remainder;
use crate::units::{Amount, Size, counted, exact};

/// A pipeline to ask about.
#[derive(Debug)]
pub struct Subject {
    /// What a question calls it.
    pub name: String,
    /// What it is made of.
    pub spec: Spec,
    /// What was counted.
    pub report: Report,
}

impl Subject {
    /// A spec under a name; nothing if it cannot be planned.
    pub fn new(name: &str, spec: Spec) -> Option<Subject> {
        let report = count(name, &spec, Logits::All).ok()?;
        Some(Subject { name: name.to_owned(), spec, report })
    }

    /// The same design with a changed spec, counted again; nothing if that cannot be planned.
    pub fn with(&self, change: impl FnOnce(&mut Spec)) -> Option<Subject> {
        let mut spec = self.spec.clone();
        change(&mut spec);
        Subject::new(&self.name, spec)
    }

    /// What is made of the spec: every choice.
    pub fn made(&self) -> &spec::Design {
        &self.report.design
    }

    /// A question about the design: its name, what it is asked with, and the question.
    pub fn asks<const N: usize>(&self, facts: [Option<String>; N], question: &str) -> String {
        let facts: Vec<String> =
            facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
        format!("{}: {}. {question}", self.name, facts.join(", "))
    }

    /// `image 336×336, patch 14`; with tiles and images if there are several.
    pub fn image(&self) -> Option<String> {
        let (height, width) = (self.made().image.height?, self.made().image.width?);
        let patch = self.made().encoder().patch?;
        let order = if height == width { "" } else { " (height × width)" };
        let mut text = format!("image {height}×{width}{order}, patch {patch}");
        let (tiles, images) = (self.made().image.tiles.get(), self.made().prompt.images.count());
        if tiles > 1 {
            text.push_str(&format!(", {tiles} tiles of that size, the thumbnail included"));
        }
        if images > 1 {
            text.push_str(&format!(", {images} images"));
        }
        let fits =
            height.get().is_multiple_of(patch.get()) && width.get().is_multiple_of(patch.get());
        text.push_str(match self.made().image.remainder {
            _ if fits => "",
            Remainder::Error => "",
            Remainder::Drop => ", pixels that fill no patch are dropped",
            Remainder::Pad => ", padded to whole patches",
        });
        Some(text)
    }

    /// Height and width of the only picture on disk in pixels.
    pub fn on_disk(&self) -> Option<(u64, u64)> {
        let image = &self.made().image;
        self.is_one_picture().then_some((image.height?.get(), image.width?.get()))
    }

    /// `picture of 480×640 on disk (height × width)`.
    pub fn picture(&self) -> Option<String> {
        let (height, width) = self.on_disk()?;
        let order = if height == width { "" } else { " (height × width)" };
        Some(format!("picture of {height}×{width} on disk{order}"))
    }

    /// Whether a prompt has one picture, or one clip.
    pub fn is_one_picture(&self) -> bool {
        matches!(&self.report.tokens.pictures[..], [only] if only.count.value == Some(1))
    }

    /// What is encoded several times for a prompt: `tiles`, `images`, or tiles of several images.
    pub fn encoded(&self) -> &'static str {
        match (self.made().image.tiles.get(), self.made().prompt.images.count()) {
            (1, _) => "images",
            (_, 1) => "tiles",
            _ => "tiles of all images",
        }
    }

    /// One of these.
    pub fn one_encoded(&self) -> &'static str {
        match self.encoded() {
            "images" => "one image",
            "tiles" => "one tile",
            _ => "one tile of one image",
        }
    }

    /// `a class token`, `a class token, 4 register tokens`, `no class token`; and where the bridge
    /// gets them too, that it does.
    pub fn prefix(&self) -> String {
        let encoder = self.made().encoder();
        let class = if encoder.class_token { "a class token" } else { "no class token" };
        let tokens = match encoder.registers.get() {
            0 => class.to_owned(),
            registers => format!("{class}, {}", counted(registers.into(), "register token")),
        };
        if self.keeps_prefix() { format!("{tokens}, handed to the bridge too") } else { tokens }
    }

    /// The tokens before the patches as [`Subject::prefix`] tells them, if there are any.
    pub fn prefix_if_any(&self) -> Option<String> {
        self.has_prefix().then(|| self.prefix())
    }

    /// Whether there are class or register tokens.
    pub fn has_prefix(&self) -> bool {
        let tokens = &self.report.tokens;
        tokens.class_token || tokens.registers > 0
    }

    /// What the tokens before the patches are called, where there are any.
    pub fn before_patches(&self) -> &'static str {
        let tokens = &self.report.tokens;
        match (tokens.class_token, tokens.registers) {
            (_, 0) => "the class token",
            (false, _) => "the register tokens",
            (true, _) => "the class and register tokens",
        }
    }

    /// Whether there are class or register tokens and the bridge gets them too.
    pub fn keeps_prefix(&self) -> bool {
        self.has_prefix()
            && self.report.prefill.part(Component::VisionEncoder, Role::Selection).is_none()
    }

    /// Encoder-side tokens of the design with a class token, which it may have.
    pub fn with_class_token(&self) -> Option<i128> {
        self.with(|spec| spec.encoder.class_token = true.into())?.report.tokens.encoder.value
    }

    /// What is wrong with the patches as an answer to how many visual tokens there are.
    pub fn why_not_patches(&self) -> &'static str {
        match self.reduction() {
            Reduction::Kept if self.keeps_prefix() => {
                "those are the patches: this bridge hands over what stands before them too"
            }
            Reduction::Kept => "those are the patches: the newline is a visual token too",
            _ => "those are the patches: the bridge changes the number of tokens",
        }
    }

    /// What is wrong with the encoder-side tokens as an answer to that.
    pub fn why_not_encoder(&self) -> String {
        match self.reduction() {
            Reduction::Kept => {
                format!("that counts {} too: only patches get to the bridge", self.before_patches())
            }
            _ => "those are encoder-side tokens: the bridge changes their number".to_owned(),
        }
    }

    /// `encoder width 1024`.
    pub fn encoder_width(&self) -> Option<String> {
        Some(format!("encoder width {}", self.made().encoder().stack.width?))
    }

    /// `LLM width 4096`.
    pub fn llm_width(&self) -> Option<String> {
        Some(format!("LLM width {}", self.made().llm.stack().width?))
    }

    /// The bridge in words: `bridge: pixel shuffle by 2 per side, then an MLP`.
    pub fn bridge(&self) -> String {
        format!("bridge: {}", self.made().bridge.stage().in_brief())
    }

    /// What becomes of the number of tokens in the bridge.
    pub fn reduction(&self) -> Reduction {
        self.made().bridge.stage().reduction()
    }

    /// What maps each token to the LLM's width, of a bridge that has no other parameters.
    pub fn projection(&self) -> Option<Projector> {
        self.made().bridge.stage().projection()
    }

    /// The layers that project: how many, how wide between, with what.
    pub fn layers(&self) -> Option<String> {
        let (bias, norm, layers) = match self.projection()? {
            Projector::None => return None,
            Projector::Linear(linear) => (linear.bias, linear.norm.is_some(), String::new()),
            Projector::Mlp(mlp) => {
                let layers = match &mlp.layers {
                    Layers::Through(widths) => {
                        let between: Vec<String> = widths.iter().map(Size::to_string).collect();
                        format!(
                            "{} layers with widths of {} between, ",
                            widths.len() + 1,
                            between.join(", ")
                        )
                    }
                    Layers::AsWideAsLlm(count) => {
                        format!("{count} layers, the LLM's width between them, ")
                    }
                };
                (mlp.bias, mlp.norm.is_some(), layers)
            }
        };
        let bias = if bias { "with biases" } else { "without biases" };
        let norm = if norm { ", a norm before" } else { "" };
        Some(format!("{layers}{bias}{norm}"))
    }

    /// `64 text tokens`, with the structural ones if there are any.
    pub fn text(&self) -> Option<String> {
        let text = self.made().prompt.text_tokens?.get();
        let structural = self.structural();
        Some(match structural {
            0 => counted(text.into(), "text token"),
            _ => format!(
                "{} and {} around the image",
                counted(text.into(), "text token"),
                counted(structural, "structural token")
            ),
        })
    }

    /// Structural tokens of the prompt; 0 if they are not known.
    pub fn structural(&self) -> i128 {
        self.report.tokens.structural.value.unwrap_or(0)
    }

    /// Whether images and text are one prompt, not a batch of several.
    pub fn is_one_prompt(&self) -> bool {
        self.made().prompt.batch == Size::of(1)
    }

    /// Whether the encoder runs once for a prompt.
    pub fn is_one_encoding(&self) -> bool {
        self.is_one_prompt() && self.report.tokens.encodings.value == Some(1)
    }

    /// The grid of patches: rows and columns.
    pub fn grid(&self) -> Option<(i128, i128)> {
        let (rows, columns) = &self.report.tokens.only_view()?.grid;
        Some((rows.value?, columns.value?))
    }

    /// The number of a size of the prefill, if it is known.
    pub fn value(&self, dim: &Dim) -> Option<i128> {
        self.report.prefill.graph.symbols.eval(dim).ok().flatten()
    }

    /// The numbers of a shape; nothing where one is not known.
    pub fn shape(&self, shape: &Shape) -> Option<Vec<i128>> {
        shape.0.iter().map(|axis| self.value(axis)).collect()
    }
}

impl From<Planned> for Subject {
    fn from(planned: Planned) -> Subject {
        let Planned { report, loaded } = planned;
        Subject { name: loaded.name, spec: loaded.spec, report }
    }
}

/// `bf16 (2 bytes each)`.
pub fn dtype(dtype: Dtype) -> String {
    let bits = dtype.bits();
    let each = if bits.is_multiple_of(8) {
        counted((bits / 8).into(), "byte")
    } else {
        counted(bits.into(), "bit")
    };
    format!("{} ({each} each)", dtype.name())
}

/// `576 + 1 = 577`, without terms that are 0.
pub fn sum(terms: &[i128], total: i128) -> String {
    let terms: Vec<String> = terms.iter().filter(|t| **t != 0).map(|t| exact(*t)).collect();
    match terms.len() {
        0 | 1 => exact(total),
        _ => format!("{} = {}", terms.join(" + "), exact(total)),
    }
}

/// A size of a spec, from a number that is one: a small constant.
pub fn size(number: u64) -> Size {
    Size::new(number).unwrap_or(Size::of(1))
}

/// A number of tokens of a spec.
pub fn amount(number: u64) -> Option<Amount> {
    Amount::new(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, load};
    use crate::stages::encoder::FeatureSelect;

    fn design(name: &str) -> Subject {
        Subject::new(name, load(name, &Overrides::default()).unwrap().spec).unwrap()
    }

    #[test]
    fn a_kept_class_token_is_told() {
        let dropped = design("llava-1.5-7b");
        assert_eq!((dropped.prefix().as_str(), dropped.keeps_prefix()), ("a class token", false));
        let kept =
            dropped.with(|spec| spec.encoder.feature_select = FeatureSelect::All.into()).unwrap();
        assert_eq!(kept.prefix(), "a class token, handed to the bridge too");
        assert_eq!(kept.report.tokens.visual.value, Some(577));
        assert!(kept.why_not_patches().contains("before them"));
        assert!(design("internvl3-8b").why_not_patches().contains("changes the number"));
        assert!(!design("gemma-3-4b").keeps_prefix());
        assert_eq!(design("gemma-3-4b").with_class_token(), Some(4097));
    }
}
