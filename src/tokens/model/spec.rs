//! A spec: its pipeline is built for the pictures, and asked for its tokens.

use super::Charge;
use crate::dim::{Dim, Symbols};
use crate::media::clip::ClipSpec;
use crate::media::{Cells, Count, Pixels, Rule};
use crate::pictures::Clip;
use crate::pipeline::Pipeline;
use crate::planned;
use crate::spec::{Images, Loaded, Spec};
use crate::stages::decoder::Logits;
use crate::tokens::{Answer, Media};
use crate::units::{Amount, Fraction, ImageSize, Rate, Size};

/// A spec.
#[derive(Debug)]
pub struct OfSpec {
    /// The spec and its texts.
    pub loaded: Loaded,
}

/// Pictures at which a rule alone is compared with the whole pipeline.
const SAMPLES: [Pixels; 6] = [
    Pixels::new(480, 640),
    Pixels::new(1080, 1920),
    Pixels::new(1333, 517),
    Pixels::new(2000, 800),
    Pixels::new(224, 224),
    Pixels::new(3024, 4032),
];

impl OfSpec {
    /// A spec that has been read.
    pub fn new(loaded: Loaded) -> OfSpec {
        OfSpec { loaded }
    }

    pub(super) fn answer(&self, media: &Media) -> Result<Answer, String> {
        let spec = &self.loaded.spec;
        match media {
            Media::Own => Ok(of_prompt(spec)?.0),
            Media::Images(sizes) => Ok(of_prompt(&showing(spec, sizes))?.0),
            Media::Clip(clip) => Ok(of_prompt(&playing(spec, clip)?)?.0),
        }
    }

    /// What its processor charges: the rule alone, of which the pipeline says how many tokens a view
    /// becomes.
    pub(super) fn charge(&self) -> Result<Charge<'_>, String> {
        let spec = &self.loaded.spec;
        let none =
            "the spec says no processor, so that a size is one that the encoder takes as it is";
        let rule = rule_of(spec)?.ok_or(none)?;
        let cells = match rule.cells() {
            Some(cells) => cells,
            None => of_a_view(spec)?,
        };
        let own = spec.prompt.structural_tokens.get().map_or(0, |count| count.get());
        let charge = move |size: Pixels| {
            let Count { visual, structural } = rule.count(size, cells)?;
            Ok(Count { visual, structural: structural + own })
        };
        // What the pipeline makes of it in other ways (tokens that are said outright, views of other
        // shapes) would be counted wrongly: such a rule does not stand for the pipeline.
        for size in SAMPLES {
            let counted = charge(size).ok();
            let built = of_prompt(&showing(spec, &[size])).ok();
            let same = match (counted, &built) {
                (Some(count), Some((answer, _))) => {
                    answer.visual == Some(count.visual.into())
                        && answer.structural == i128::from(count.structural)
                }
                (None, None) => true,
                _ => false,
            };
            if !same {
                return Err(format!("its processor alone does not tell its tokens, as at {size}"));
            }
        }
        Ok(Box::new(charge))
    }
}

/// The rule of a spec's processor, if it has one.
fn rule_of(spec: &Spec) -> Result<Option<Rule>, String> {
    let Some(processor) = &spec.processor else { return Ok(None) };
    let first = |problems: Vec<crate::media::Problem>| {
        problems.into_iter().next().map_or_else(String::new, |(_, problem)| problem.message)
    };
    processor.rule().map(Some).map_err(first)
}

/// What encoder and bridge make of a view, whose size is the same for every picture.
fn of_a_view(spec: &Spec) -> Result<Cells, String> {
    let unknown = || "it is not known how many tokens a view becomes".to_owned();
    let mut built = SAMPLES.iter().map(|size| of_prompt(&showing(spec, &[*size])));
    let (_, pipeline) = built.find(Result::is_ok).ok_or_else(unknown)??;
    let view = pipeline.tokens.seen.views.first().ok_or_else(unknown)?;
    let visual = view.visual.as_ref().ok_or_else(unknown)?;
    let tokens = value(&pipeline.prefill.symbols, visual)?;
    let tokens = tokens.and_then(|tokens| Size::new(u64::try_from(tokens).ok()?));
    Cells::of_each(Some(tokens.ok_or_else(unknown)?)).ok_or_else(unknown)
}

/// The spec with these pictures in its prompt.
fn showing(spec: &Spec, sizes: &[Pixels]) -> Spec {
    let mut spec = spec.clone();
    match sizes {
        [size] => {
            spec.prompt.images = Images::Alike(Amount::of(1)).into();
            (spec.image.height, spec.image.width) = (Size::new(size.height), Size::new(size.width));
        }
        sizes => {
            let size = |size: &Pixels| {
                let (height, width) = (Size::new(size.height)?, Size::new(size.width)?);
                Some(ImageSize { height, width })
            };
            spec.prompt.images = Images::Sizes(sizes.iter().filter_map(size).collect()).into();
        }
    }
    spec
}

/// The spec with this clip in its prompt, and no picture.
fn playing(spec: &Spec, clip: &Clip) -> Result<Spec, String> {
    let size = Size::new(clip.size.height).zip(Size::new(clip.size.width));
    let (height, width) = size.ok_or("a frame has no pixel")?;
    let rate = |rate: Fraction| {
        Rate::new(rate.numerator() as f64 / rate.denominator() as f64)
            .ok_or_else(|| "the clip has no frames per second".to_owned())
    };
    let video = ClipSpec {
        size: ImageSize { height, width },
        frames: Some(Size::new(clip.frames).ok_or("the clip has no frame")?),
        seconds: None,
        fps: clip.rate.map(rate).transpose()?,
        sample: None,
    };
    let mut spec = spec.clone();
    spec.prompt.images = Images::Alike(Amount::of(0)).into();
    spec.prompt.video = Some(video);
    Ok(spec)
}

fn value(symbols: &Symbols, dim: &Dim) -> Result<Option<i128>, String> {
    symbols.eval(dim).map_err(|_| "a number is too large".to_owned())
}

/// The tokens of a spec's prompt, and its pipeline.
fn of_prompt(spec: &Spec) -> Result<(Answer, Pipeline), String> {
    let (design, pipeline) = planned::build(spec, Logits::Last, &[]).map_err(|problems| {
        let first = problems.into_iter().next().map(|(_, problem)| problem.message);
        first.unwrap_or_default()
    })?;
    let value = |dim: &Dim| value(&pipeline.prefill.symbols, dim);
    let tokens = &pipeline.tokens;
    let seen = &tokens.seen;
    let side = |dim: &Dim| value(dim).map(|side| u64::try_from(side?).ok());
    let size = |(height, width): &(Dim, Dim)| {
        let sides = side(height)?.zip(side(width)?);
        Ok::<_, String>(sides.map(|(height, width)| Pixels { height, width }))
    };
    let mut resized = Vec::new();
    let is_clip = design.prompt.video.is_some();
    match (rule_of(spec)?.filter(|_| !is_clip), &design.prompt.images) {
        (None, _) => {
            for view in &seen.views {
                resized.extend(size(&view.image)?);
            }
        }
        (Some(rule), images) => {
            let own =
                seen.views.first().and_then(|view| view.disk.as_ref()).map(size).transpose()?;
            let disk = match images {
                Images::Alike(_) => own.flatten().into_iter().collect(),
                Images::Sizes(sizes) => sizes.iter().copied().map(Pixels::from).collect::<Vec<_>>(),
            };
            let layouts = disk.iter().map(|size| rule.layout_among(*size, images.count()));
            resized.extend(layouts.filter_map(|layout| Some(layout.ok()?.resized)));
        }
    }
    let of_encoder = |dim| if seen.views.is_empty() { Ok(None) } else { value(dim) };
    let mut kinds = Vec::new();
    for (kind, count) in seen.structural() {
        if let Some(count) = value(&count)?.filter(|count| *count > 0) {
            kinds.push((kind, count));
        }
    }
    let answer = Answer {
        resized,
        tiles: of_encoder(&seen.encodings)?,
        patches: of_encoder(&seen.patches)?,
        encoder: of_encoder(&seen.encoder)?,
        visual: value(&tokens.visual)?,
        structural: value(&tokens.structural)?.unwrap_or(0),
        kinds,
        context: value(&tokens.context)?,
    };
    Ok((answer, pipeline))
}
