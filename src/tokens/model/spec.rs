//! A spec: its pipeline is built for each size, and asked for its tokens.

use super::Rule;
use crate::dim::Dim;
use crate::media::Pixels;
use crate::planned;
use crate::spec::{Loaded, Spec};
use crate::stages::decoder::Logits;
use crate::tokens::{Answer, Media};
use crate::units::{Amount, Size};

/// A spec.
#[derive(Debug)]
pub struct OfSpec {
    /// The spec and its texts.
    pub loaded: Loaded,
}

impl OfSpec {
    /// A spec that has been read.
    pub fn new(loaded: Loaded) -> OfSpec {
        OfSpec { loaded }
    }

    pub(super) fn answer(&self, media: &Media) -> Result<Answer, String> {
        let spec = &self.loaded.spec;
        match media {
            Media::Own => of_prompt(spec),
            Media::Images(sizes) => {
                let answers = sizes.iter().map(|size| of_prompt(&showing(spec, *size)));
                let sum = answers.reduce(|sum, next| Ok(sum?.and(next?)));
                sum.unwrap_or_else(|| of_prompt(&with_images(spec, Amount::of(0))))
            }
            Media::Clip(_) => Err("the spec says nothing of videos".to_owned()),
        }
    }

    pub(super) fn rule(&self) -> Result<Rule<'_>, String> {
        Err("the spec says no processor, so that a size is one that the encoder takes as it is"
            .to_owned())
    }
}

/// The spec with one picture of a size.
fn showing(spec: &Spec, size: Pixels) -> Spec {
    let mut spec = with_images(spec, Amount::of(1));
    (spec.image.height, spec.image.width) = (Size::new(size.height), Size::new(size.width));
    spec
}

/// The spec with so many pictures in its prompt.
fn with_images(spec: &Spec, count: Amount) -> Spec {
    let mut spec = spec.clone();
    spec.prompt.images = count.into();
    spec
}

/// The tokens of a spec's prompt.
fn of_prompt(spec: &Spec) -> Result<Answer, String> {
    let (_, pipeline) = planned::build(spec, Logits::Last, &[]).map_err(|problems| {
        let first = problems.into_iter().next().map(|(_, problem)| problem.message);
        first.unwrap_or_default()
    })?;
    let symbols = &pipeline.prefill.symbols;
    let value = |dim: &Dim| symbols.eval(dim).map_err(|_| "a number is too large".to_owned());
    let tokens = &pipeline.tokens;
    let seen = &tokens.seen;
    let side = |dim: &Dim| value(dim).map(|side| u64::try_from(side?).ok());
    let resized = match &seen.image {
        Some((height, width)) => side(height)?.zip(side(width)?),
        None => None,
    };
    let of_encoder = |dim| if seen.image.is_some() { value(dim) } else { Ok(None) };
    Ok(Answer {
        resized: resized.map(|(height, width)| Pixels { height, width }).into_iter().collect(),
        tiles: of_encoder(&seen.encodings)?,
        patches: of_encoder(&seen.patches)?,
        encoder: of_encoder(&seen.encoder)?,
        visual: value(&tokens.visual)?,
        structural: value(&tokens.structural)?.unwrap_or(0),
        kinds: Vec::new(),
        context: value(&tokens.context)?,
    })
}
