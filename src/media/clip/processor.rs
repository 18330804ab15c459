//! The video processor of a spec: how frames are sampled, resized, joined and told apart.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Budget, Clip, ClipLayout, Kept, Pictures, Pool, Refusal, Sample, Temporal, Text, Written,
};
use crate::media::{Cells, Kind, Layout, Pixels, Places, Problem, Problems, Processor, Rule};
use crate::units::{Amount, Size};

/// What a processor makes of a clip: `{sample: {spread: {fps: 2}}, frame: {smart-resize: {factor:
/// 32}}, budget: clip, temporal: {patch: 2}, text: {before: "<{s.s} seconds>", time: mean}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VideoProcessor {
    /// Which frames of a clip on disk are kept; all if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
    /// What each frame is resized to and cut into: one of the rules of `processor`.
    pub frame: Processor,
    /// Whose the limits of a smart resize are; each frame's if not given.
    #[serde(default, skip_serializing_if = "is_default")]
    pub budget: Budget,
    /// Which frames share one set of visual tokens; each frame has its own if not given.
    #[serde(default, skip_serializing_if = "is_default")]
    pub temporal: Temporal,
    /// How the visual tokens of a frame are pooled after the bridge; not if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<Pool>,
    /// Learned newlines after the last frame, which are visual tokens: 1 in LLaVA-OneVision.
    #[serde(default, skip_serializing_if = "is_default")]
    pub newlines: Amount,
    /// The fewest visual tokens of a frame that resembles the one before it, where tokens that do
    /// not differ are dropped: 1 in VideoLLaMA3. How many stay depends on the content. If not given,
    /// none are dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compressed_to: Option<Size>,
    /// Text around the frames; none if not given.
    #[serde(default, skip_serializing_if = "is_default")]
    pub text: Text,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// LLM-side visual tokens of a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visual {
    /// All of them.
    pub most: u64,
    /// Those that stay of a clip in which nothing moves; fewer only where tokens are dropped.
    pub least: u64,
}

/// A video processor, ready to be asked.
#[derive(Debug)]
pub struct ClipRule {
    settings: VideoProcessor,
    rule: Rule,
}

impl VideoProcessor {
    /// Pixels between the frames of a composite picture (transformers 5.24:
    /// models/minicpmv4_6/video_processing_minicpmv4_6.py, concat_frames_as_image).
    const LINE: u64 = 6;

    /// The processor, ready to be asked.
    ///
    /// # Errors
    /// What is wrong with settings taken together.
    pub fn rule(&self) -> Result<ClipRule, Vec<Problem>> {
        let rule = self.frame.rule()?;
        let mut problems = Problems::default();
        if let Some(sample) = &self.sample {
            sample.check(&mut problems);
        }
        self.budget.check(&mut problems);
        if self.budget.depends_on_frames() && !matches!(self.frame, Processor::SmartResize(_)) {
            let text = format!("`{}` has no limits on pixels to share", rule.kind.name);
            problems.add("budget", text, "leave `budget` out, or write `frame: smart-resize`");
        }
        problems.at_most("temporal", Size::new(self.temporal.frames()).unwrap_or(Size::of(1)), 64);
        if let Some(pool) = self.pool {
            problems.at_most("pool", pool.side, Problems::SIDE);
        }
        let is_stacked =
            matches!(&self.sample, Some(Sample::PerSecond(s)) if s.stack_frames.get() > 1);
        if is_stacked && (self.temporal != Temporal::default() || self.text.is_of_frames()) {
            let text = "composite pictures of several frames have no time and no number";
            problems.add("sample", text, "write `stack_frames: 1`, or no `temporal` and `text`");
        }
        let problems = problems.found();
        if problems.is_empty() {
            Ok(ClipRule { settings: self.clone(), rule })
        } else {
            Err(problems)
        }
    }
}

impl ClipRule {
    /// The settings.
    pub fn settings(&self) -> &VideoProcessor {
        &self.settings
    }

    /// The rule by which each frame is resized and cut.
    pub fn frame(&self) -> &Rule {
        &self.rule
    }

    /// LLM-side tokens of a frame before they are pooled, as far as the settings say them.
    pub fn cells(&self) -> Option<Cells> {
        self.rule.cells()
    }

    /// The frames that are kept of a clip.
    ///
    /// # Errors
    /// The processor refuses the clip.
    pub fn kept(&self, clip: &Clip) -> Result<Kept, Refusal> {
        match &self.settings.sample {
            Some(sample) if clip.is_sampled => sample.kept(clip.source),
            Some(Sample::PerSecond(sample)) if sample.stack_frames.get() > 1 => {
                Err(Refusal::Stacked)
            }
            _ => Ok(Kept::every(clip.source.frames)),
        }
    }

    /// What becomes of the frames that are kept, whose height and width are these.
    ///
    /// # Errors
    /// The processor refuses the frames.
    pub fn layout(&self, size: Pixels, kept: &Kept) -> Result<ClipLayout, Refusal> {
        let mut layout = self.layout_of(size, kept.count())?;
        if kept.singles() < kept.count() {
            layout.pictures[0].groups = kept.singles();
            layout.pictures[0].seen = kept.singles();
        }
        for stacked in kept.stacked() {
            let size = composite(size, stacked.frames);
            let composite = self.picture(size, kept.count())?;
            let stacked = Pictures {
                groups: stacked.pictures,
                seen: stacked.pictures,
                stacked: stacked.frames,
                size,
                layout: composite,
            };
            layout.pictures.push(stacked);
        }
        Ok(layout)
    }

    /// What becomes of so many frames, none of which are stacked.
    ///
    /// # Errors
    /// The processor refuses the frames.
    pub fn layout_of(&self, size: Pixels, frames: u64) -> Result<ClipLayout, Refusal> {
        if frames == 0 {
            return Err(Refusal::NoFrame);
        }
        let temporal = self.settings.temporal;
        let groups = frames.div_ceil(temporal.frames());
        let layout = self.picture(size, frames)?;
        let seen = temporal.seen(frames);
        let pictures = vec![Pictures { groups, seen, stacked: 1, size, layout }];
        Ok(ClipLayout { frames, temporal, pictures })
    }

    /// How one of so many pictures of a size is resized and cut.
    fn picture(&self, size: Pixels, frames: u64) -> Result<Layout, Refusal> {
        let refused = |refusal| Refusal::Frame { size, refusal };
        let (budget, temporal) = (self.settings.budget, self.settings.temporal);
        match &self.settings.frame {
            Processor::SmartResize(rule) if budget.depends_on_frames() => {
                let size = size.checked().map_err(refused)?;
                budget.resized(rule, size, frames, temporal).map(Layout::whole)
            }
            _ => self.rule.layout(size).map_err(refused),
        }
    }

    /// LLM-side tokens of a view after they are pooled, if the encoder and the bridge make `cells`
    /// of it.
    fn pooled(&self, layout: &Layout, cells: Cells) -> Result<Cells, Refusal> {
        let Some(pool) = self.settings.pool else { return Ok(cells) };
        if let Cells::Latents(_) = cells {
            return Err(Refusal::NoGrid);
        }
        Ok(Cells::Same(pool.pooled(cells.of(layout.tile))))
    }

    /// LLM-side visual tokens of a clip, if the encoder and the bridge make `cells` of a view.
    ///
    /// # Errors
    /// They do not fit 64 bits, or cannot be pooled.
    pub fn visual(&self, layout: &ClipLayout, cells: Cells) -> Result<Visual, Refusal> {
        let newlines = self.settings.newlines.get();
        let (mut most, mut least) = (newlines, newlines);
        for (at, pictures) in layout.pictures.iter().enumerate() {
            let cells = self.pooled(&pictures.layout, cells)?;
            let tokens = self.rule.join(pictures.size, &pictures.layout, cells).tokens;
            let kept = self.settings.compressed_to.map_or(tokens, |kept| kept.get().min(tokens));
            // The first frame of a clip has none before it.
            let whole = if at == 0 { 1.min(pictures.groups) } else { 0 };
            let sum = |each: u64, times: u64, more: u64| {
                each.checked_mul(times)
                    .and_then(|sum| sum.checked_add(more))
                    .ok_or(Refusal::TooMany)
            };
            most = sum(tokens, pictures.groups, most)?;
            least = sum(kept, pictures.groups - whole, sum(tokens, whole, least)?)?;
        }
        Ok(Visual { most, least })
    }

    /// Structural tokens of each kind around the frames of a clip.
    ///
    /// # Errors
    /// They do not fit 64 bits, or cannot be pooled.
    pub fn structural(
        &self,
        layout: &ClipLayout,
        cells: Cells,
    ) -> Result<Vec<(Kind, u64)>, Refusal> {
        let mut sums = self.rule.structural(&Places { run: 1, ..Places::default() });
        for pictures in &layout.pictures {
            let cells = self.pooled(&pictures.layout, cells)?;
            let joined = self.rule.join(pictures.size, &pictures.layout, cells);
            for (kind, each) in self.rule.structural(&Rule::places(&pictures.layout, &joined)) {
                let count = each.checked_mul(pictures.groups).ok_or(Refusal::TooMany)?;
                match sums.iter_mut().find(|sum| sum.0 == kind) {
                    Some(sum) => sum.1 = sum.1.checked_add(count).ok_or(Refusal::TooMany)?,
                    None => sums.push((kind, count)),
                }
            }
        }
        sums.sort_unstable();
        Ok(sums)
    }

    /// The text around the frames of a clip.
    pub fn text(&self, clip: &Clip, kept: &Kept, layout: &ClipLayout) -> Written {
        self.settings.text.written(clip.source, kept, layout)
    }
}

/// The size of so many frames as one picture, with lines between them: two by two; two or three in a
/// row or a column, whichever is nearer to a square; otherwise in a row.
fn composite(size: Pixels, frames: u64) -> Pixels {
    let side = |side: u64, count: u64| count * side + (count - 1) * VideoProcessor::LINE;
    let of =
        |rows: u64, columns: u64| Pixels::new(side(size.height, rows), side(size.width, columns));
    let (row, column) = (of(1, frames), of(frames, 1));
    let error = |picture: Pixels| (picture.width as f64 / picture.height as f64 - 1.0).abs();
    match frames {
        4 => of(2, 2),
        2 if error(row) == error(column) && size.width < size.height => column,
        2 | 3 if error(column) < error(row) => column,
        _ => row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Markers;
    use crate::media::clip::sample::PerSecond;
    use crate::media::clip::{Rounding, Source};
    use crate::media::rules::{Fixed, Slices};
    use crate::units::ImageSize;

    fn processor(frame: impl Into<Processor>) -> VideoProcessor {
        VideoProcessor {
            sample: None,
            frame: frame.into(),
            budget: Budget::default(),
            temporal: Temporal::default(),
            pool: None,
            newlines: Amount::default(),
            compressed_to: None,
            text: Text::default(),
        }
    }

    fn problem(processor: &VideoProcessor) -> &'static str {
        processor.rule().unwrap_err()[0].0
    }

    #[test]
    fn composite_pictures_follow_frames_while_there_are_some() {
        let stacks = PerSecond { stack_frames: Size::of(3), ..PerSecond::default() };
        let processor =
            VideoProcessor { sample: Some(stacks.into()), ..processor(Slices::default()) };
        let (rule, size) = (processor.rule().unwrap(), Pixels::new(480, 640));
        let source = Source { frames: 3600 * 30, fps: 30.0 };
        let clip = Clip { size, source, is_sampled: true };
        let layout = rule.layout(size, &rule.kept(&clip).unwrap()).unwrap();
        let counts: Vec<_> = layout.pictures.iter().map(|p| (p.stacked, p.groups)).collect();
        assert_eq!((counts, layout.frames), (vec![(1, 128), (1, 10)], 128 + 256));
        let given = rule.kept(&Clip { is_sampled: false, ..clip });
        assert_eq!(given, Err(Refusal::Stacked));
        let chunks = VideoProcessor { temporal: Temporal::Average(Size::of(4)), ..processor };
        assert_eq!(problem(&chunks), "sample");
    }

    #[test]
    fn tokens_that_form_no_grid_are_not_pooled() {
        let frame = Fixed {
            size: ImageSize::square(Size::of(448)),
            tokens: Some(Size::of(200)),
            markers: Markers::default(),
        };
        let pool = Pool { side: Size::of(2), rounding: Rounding::Floor };
        let processor = VideoProcessor { pool: Some(pool), ..processor(frame) };
        let rule = processor.rule().unwrap();
        let layout = rule.layout_of(Pixels::new(480, 640), 3).unwrap();
        assert_eq!(rule.visual(&layout, rule.cells().unwrap()), Err(Refusal::NoGrid));
        assert_eq!(rule.layout_of(Pixels::new(480, 640), 0), Err(Refusal::NoFrame));
        let shared = VideoProcessor { budget: Budget::Shared, ..processor };
        assert_eq!(problem(&shared), "budget");
    }

    #[test]
    fn frames_are_composed_towards_a_square() {
        let of = |height, width, frames| composite(Pixels::new(height, width), frames);
        assert_eq!(of(480, 640, 4), Pixels::new(966, 1286));
        assert_eq!(of(480, 640, 3), Pixels::new(1452, 640));
        assert_eq!(of(640, 480, 2), Pixels::new(640, 966));
        assert_eq!(of(480, 640, 2), Pixels::new(966, 640));
        assert_eq!(of(100, 100, 2), Pixels::new(206, 100));
        assert_eq!(of(480, 640, 5), Pixels::new(480, 3224));
        assert_eq!(of(480, 640, 1), Pixels::new(480, 640));
    }
}
