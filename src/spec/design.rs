//! From what is written to what is designed.

use std::collections::BTreeMap;

use super::{Prompt, PromptSpec, Spec};
use crate::diag::{Code, Diagnostic};
use crate::media::Processor;
use crate::media::clip::VideoProcessor;
use crate::stages::audio::AudioSpec;
use crate::stages::bridge::{Bridge, BridgeSpec, LinearSpec};
use crate::stages::deepstack::{DeepStack, DeepStackSpec};
use crate::stages::encoder::{Encoder, EncoderSpec};
use crate::stages::faults::{Faults, Problem};
use crate::stages::image::{Image, ImageSpec};
use crate::stages::llm::{Llm, LlmSpec};
use crate::stages::towers::Towers;
use crate::units::Size;

/// A pipeline, every choice made. Sizes that are not known stay symbols, or follow from others.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// The image that the encoder sees.
    pub image: Image,
    /// What the processor does to a picture; without one, the image is what the encoder sees.
    pub processor: Option<Processor>,
    /// What the processor does to a clip.
    pub video_processor: Option<VideoProcessor>,
    /// The vision encoder: one tower, or several.
    pub towers: Towers,
    /// What turns encoder-side tokens into visual tokens.
    pub bridge: Bridge,
    /// What of inner layers of the encoder is added within the LLM.
    pub deepstack: Option<DeepStack>,
    /// The LLM.
    pub llm: Llm,
    /// What is stored for audio.
    pub audio: Option<AudioSpec>,
    /// What the model is asked.
    pub prompt: Prompt,
    /// Where the visual tokens come from.
    pub visual: VisualTokens,
}

/// Where the LLM's visual tokens come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisualTokens {
    /// The bridge makes them.
    Made,
    /// The bridge makes some, and the LLM reads so many of an image.
    Picked(Size),
    /// So many of an image are said outright: image, encoder and bridge are stand-ins, which are
    /// not built.
    Said(Size),
}

impl Spec {
    /// The design that is described, and what is wrong with fields taken together. Where something
    /// is, the design has a stand-in for it, so that the remainder can still be checked.
    pub fn design(&self) -> (Design, Vec<Problem>) {
        let mut faults = Faults::default();
        let visual = match (self.visual_tokens, self.bridge.is_none()) {
            (None, _) => VisualTokens::Made,
            (Some(count), false) => VisualTokens::Picked(count),
            (Some(count), true) => VisualTokens::Said(count),
        };
        let bridge = self.bridge.clone().unwrap_or_else(|| {
            if visual == VisualTokens::Made {
                faults.add("bridge", missing_bridge());
            }
            BridgeSpec::from(LinearSpec::default())
        });
        let design = Design {
            image: self.image.design(),
            processor: self.processor.clone(),
            video_processor: self.video_processor.clone(),
            bridge: faults.within("bridge", |faults| bridge.design(faults)),
            deepstack: self.deepstack.as_ref().and_then(|deepstack| {
                faults.within("deepstack", |faults| match visual {
                    VisualTokens::Said(_) => {
                        faults.add("layers", deepstack_of_nothing());
                        None
                    }
                    VisualTokens::Made | VisualTokens::Picked(_) => Some(deepstack.design(faults)),
                })
            }),
            towers: faults.within("encoder", |faults| self.encoder.design_towers(faults)),
            llm: faults.within("llm", |faults| self.llm.design(faults)),
            audio: self.audio.clone(),
            prompt: self.prompt.design(),
            visual,
        };
        newline_of_tiles(&design, &mut faults);
        if design.deepstack.is_some() && design.llm.altup.is_some() {
            faults.add("deepstack", deepstack_in_streams());
        }
        if design.deepstack.is_some() && design.towers.all().any(|tower| tower.merge.is_some()) {
            faults.add("deepstack", deepstack_around_merge());
        }
        if design.deepstack.is_some() && !design.towers.is_one() {
            faults.add("deepstack", deepstack_of_several());
        }
        processor_faults(self, &mut faults);
        (design, faults.into_problems())
    }
}

impl Spec {
    /// The same spec with every choice written, its expectations left out.
    #[must_use]
    pub fn completed(&self) -> Spec {
        self.design().0.said(self.name.clone())
    }
}

impl Design {
    /// The vision encoder; of several towers the first one.
    pub fn encoder(&self) -> &Encoder {
        &self.towers.first
    }

    /// The spec that says the design under a name, every choice written. Sizes that follow from
    /// others are left to follow. Read again, it gives the same design.
    pub fn said(&self, name: Option<String>) -> Spec {
        let whole = Spec {
            name,
            image: ImageSpec::from(&self.image),
            processor: self.processor.clone(),
            video_processor: self.video_processor.clone(),
            encoder: EncoderSpec::from(&self.towers),
            bridge: BridgeSpec::from(&self.bridge).into(),
            deepstack: self.deepstack.as_ref().map(DeepStackSpec::from),
            visual_tokens: None,
            llm: LlmSpec::from(&self.llm),
            audio: self.audio.clone(),
            prompt: PromptSpec::from(&self.prompt),
            expect: BTreeMap::new(),
        };
        let whole = match self.processor {
            // It says itself how a picture is cut.
            Some(_) => Spec { image: ImageSpec { tiles: None, ..whole.image }, ..whole },
            None => whole,
        };
        match self.visual {
            VisualTokens::Made => whole,
            VisualTokens::Picked(count) => Spec { visual_tokens: Some(count), ..whole },
            VisualTokens::Said(count) => Spec {
                image: ImageSpec::default(),
                processor: None,
                video_processor: None,
                encoder: EncoderSpec::default(),
                bridge: None,
                visual_tokens: Some(count),
                ..whole
            },
        }
    }
}

/// Neither a bridge nor visual tokens are given.
pub(super) fn missing_bridge() -> Diagnostic {
    Diagnostic::error(Code::MissingField, "missing `bridge` at the top level").help(
        "add `bridge: …` at the top level, or say the LLM's visual tokens: `visual_tokens: 576`",
    )
}

/// Layers of an encoder that has more tokens in some than in others.
fn deepstack_around_merge() -> Diagnostic {
    let text = "`deepstack` takes as many tokens of each layer, and a tower with `merge` has fewer in \
                some";
    let help = "take `deepstack` out, or `merge` of the encoder";
    Diagnostic::error(Code::Mismatch, text).help(help)
}

/// Layers of one encoder among several.
fn deepstack_of_several() -> Diagnostic {
    let text =
        "`deepstack` takes features of the layers of one encoder, and there are several `towers`";
    let help = "take `deepstack` out, or keep one tower";
    Diagnostic::error(Code::Mismatch, text).help(help)
}

/// Features for an LLM whose tokens have several streams.
fn deepstack_in_streams() -> Diagnostic {
    let text = "`deepstack` adds features to tokens of one stream, and `altup` has several";
    let help = "take `deepstack` out, or `altup` of the LLM";
    Diagnostic::error(Code::Mismatch, text).help(help)
}

/// Layers of an encoder that is not there.
fn deepstack_of_nothing() -> Diagnostic {
    let text =
        "`deepstack` means nothing where `visual_tokens` stand for image, encoder and bridge";
    let help = "say the `bridge` too, or take `deepstack` out";
    Diagnostic::error(Code::Mismatch, text).help(help)
}

/// The models that have newlines put one after each row of the joined grid of an image's tiles, not
/// one after each tile.
fn newline_of_tiles(design: &Design, faults: &mut Faults) {
    let Bridge::Mlp(mlp) = &design.bridge else { return };
    if !mlp.image_newline || design.image.tiles.get() == 1 {
        return;
    }
    let text = "`image_newline` of an image that is cut into tiles cannot be counted";
    let help = "the models that have it (LLaVA-NeXT, LLaVA-OneVision) join the tiles to one grid \
                and put a newline after each of its rows, as `image.tiles` does not say: write \
                `tiles: 1`, or take `image_newline` out";
    let problem = Diagnostic::error(Code::Mismatch, text).help(help);
    faults.within("bridge.mlp", |faults| faults.add("image_newline", problem));
}

/// What is wrong with the processors, and with what stands beside them.
fn processor_faults(spec: &Spec, faults: &mut Faults) {
    if spec.processor.is_some() && spec.image.tiles.is_some() {
        let text = "`image.tiles` means nothing beside `processor`, which cuts the picture itself";
        let help = "take `tiles` out; `image` is the size on disk here, before it is cut";
        let problem = Diagnostic::error(Code::Mismatch, text).help(help);
        faults.within("image", |faults| faults.add("tiles", problem));
    }
    let mut all = |section: &str, problems: Vec<(&'static str, Diagnostic)>| {
        faults.within(section, |faults| {
            problems.into_iter().for_each(|(field, problem)| faults.add(field, problem));
        });
    };
    if let Some(processor) = &spec.processor
        && let Err(problems) = processor.rule()
    {
        all(&format!("processor.{}", processor.kind().name), problems);
    }
    if let Some(processor) = &spec.video_processor
        && let Err(problems) = processor.rule()
    {
        all("video_processor", problems);
    }
    if spec.prompt.video.is_some() && spec.processor.is_some() && spec.video_processor.is_none() {
        let text = "the spec has a processor of pictures, but none of clips";
        let help = "say how frames are kept and resized, as `video_processor: {sample: {stepped: \
                    {fps: 2}}, frame: smart-resize}`, or give the frames as images";
        let problem = Diagnostic::error(Code::MissingField, text).help(help);
        all("prompt", vec![("video", problem)]);
    }
    if let Some(video) = &spec.prompt.video
        && let Err(problem) = video.clip()
    {
        all("prompt.video", vec![problem]);
    }
}
