//! The frames of a clip: what the encoder runs on.

use std::sync::Arc;

use super::{MOST_SIZES, Picture, Source as Origin, VIEWS, View, ViewSize, say, written};
use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Function};
use crate::graph::{Builder, Same};
use crate::media::clip::{
    Clip, ClipRule, Pool, Refusal, Source, Temporal, VideoProcessor, Written,
};
use crate::media::{Cells, Grid, Kind, Pixels, View as Sized};
use crate::stages::faults::Problem;
use crate::units::Size;

/// A clip that a video processor samples, resizes and tells apart.
#[derive(Debug)]
pub struct Processed {
    rule: Arc<ClipRule>,
    clip: Clip,
    frames: Frames,
}

/// Frames of a clip: on disk, and those that are kept, with the text between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Frames {
    /// Frames on disk.
    pub source: u64,
    /// Frames that are kept.
    pub kept: u64,
    /// Frames per second on disk.
    pub fps: f64,
    /// The text between the frames, whose tokens are not counted.
    pub text: Written,
}

/// Where the spec says a clip.
const FIELD: &str = "prompt.video";

/// The frames of a clip as the encoder sees them, without a processor.
pub fn as_said(b: &mut Builder, clip: &Clip, patch: Option<Size>) -> Picture {
    let [frames, height, width] = sizes(b, clip, "_f");
    let patch = Dim::from(i128::from(patch.unwrap_or(Size::of(1))));
    let count = b.symbols().ceil_div(&frames, &patch);
    let size = ViewSize::Made([height.clone(), width.clone()], FIELD.into());
    of_clip((height, width), vec![View { size, count, padded: None }], Origin::Said)
}

/// The frames of a clip that a video processor samples and resizes.
///
/// # Errors
/// The processor refuses the clip, or does not suit the encoder.
pub fn processed(
    b: &mut Builder,
    rule: ClipRule,
    clip: &Clip,
    patch: Option<Size>,
) -> Result<Picture, Vec<Problem>> {
    let problem = |field: &str, problem: Diagnostic| vec![(field.to_owned(), problem)];
    let settings = rule.settings();
    suits(settings, patch).map_err(|diagnostic| problem("video_processor.temporal", diagnostic))?;
    let refused = |refusal: Refusal| problem(FIELD, refusal.diagnostic());
    let kept = rule.kept(clip).map_err(refused)?;
    let layout = rule.layout(clip.size, &kept).map_err(refused)?;
    let padding = layout.frame().padding;
    let text = rule.text(clip, &kept, &layout);
    let Source { frames: source, fps } = clip.source;
    let told = Frames { source, kept: kept.count(), fps, text };
    let settings = format!("{settings:?} {fps} {}", clip.is_sampled);
    let processed = Processed { rule: Arc::new(rule), clip: *clip, frames: told };
    let function = processed.function(settings);
    let inputs = sizes(b, clip, "_disk");
    let meaning = ("views of the clip", "video_processor");
    let views = written(b, &function, &inputs, MOST_SIZES, padding, meaning);
    let [_, height, width] = inputs;
    Ok(of_clip((height, width), views, Origin::Clip(processed)))
}

/// Frames, height and width of a clip as symbols.
fn sizes(b: &mut Builder, clip: &Clip, end: &str) -> [Dim; 3] {
    let sizes = [
        ("F_disk".to_owned(), "frames of the clip", clip.source.frames),
        (format!("H{end}"), "height of a frame in pixels", clip.size.height),
        (format!("W{end}"), "width of a frame in pixels", clip.size.width),
    ];
    sizes.map(|(name, meaning, value)| b.size(&name, meaning, FIELD, Some(value)).into())
}

/// The frames of a clip, of which a prompt has one.
fn of_clip(disk: (Dim, Dim), views: Vec<View>, source: Origin) -> Picture {
    Picture { count: Dim::one(), disk: Some(disk), views, source }
}

/// Whether frames share tokens in a way that the encoder can take.
fn suits(processor: &VideoProcessor, patch: Option<Size>) -> Result<(), Diagnostic> {
    let own = patch.map_or(1, Size::get);
    match processor.temporal {
        Temporal::Patch(frames) if frames.get() == own => Ok(()),
        Temporal::Patch(frames) => {
            let text = format!(
                "the video processor makes patches of {frames} frames, but those of the encoder \
                 have {own}"
            );
            let help = format!(
                "write `temporal: {{patch: {own}}}`, or `temporal_patch: {frames}` \
                                in `encoder`"
            );
            Err(Diagnostic::error(Code::Mismatch, text).help(help))
        }
        Temporal::Average(_) => {
            let text = "frames whose tokens are averaged cannot be planned";
            let help = "`vlmcalc tokens` counts their tokens; a plan takes `temporal: {patch: …}`";
            Err(Diagnostic::error(Code::Mismatch, text).help(help))
        }
    }
}

impl Processed {
    /// The frames, for tables and notes.
    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// How the visual tokens of a frame are pooled after the bridge.
    pub fn pool(&self) -> Option<Pool> {
        self.rule.settings().pool
    }

    /// Learned newlines after the last frame.
    pub fn newlines(&self) -> u64 {
        self.rule.settings().newlines.get()
    }

    /// Structural tokens by kind, if each view becomes a grid of so many rows and columns; the
    /// visual tokens that are made of the clip must be those that the processor reserves for it.
    ///
    /// # Errors
    /// The processor refuses the frames.
    pub fn joint(
        &self,
        b: &mut Builder,
        cells: (&Dim, &Dim),
        made: Dim,
    ) -> Result<Vec<(Kind, Dim)>, Diagnostic> {
        let mut side = |side: &Dim| u64::try_from(b.symbols().eval(side).ok()??).ok();
        let grid = side(cells.0).zip(side(cells.1)).map(|(rows, columns)| Grid::new(rows, columns));
        let Some(cells) = self.rule.cells().or(grid.map(Cells::Same)) else {
            return Ok(Vec::new());
        };
        let refused = |refusal: Refusal| refusal.diagnostic();
        let kept = self.rule.kept(&self.clip).map_err(refused)?;
        let layout = self.rule.layout(self.clip.size, &kept).map_err(refused)?;
        let reserved = self.rule.visual(&layout, cells).map_err(refused)?;
        b.require(Same {
            made,
            reserved: Dim::from(i128::from(reserved.most)),
            names: (
                "tokens that encoder and bridge make of the clip",
                "tokens that the video processor reserves for it",
            ),
            field: "video_processor".into(),
            help: "the settings of `video_processor` must suit the encoder's patch and the bridge",
        });
        let structural = self.rule.structural(&layout, cells).map_err(refused)?;
        let dim = |(kind, count): (Kind, u64)| (kind, Dim::from(i128::from(count)));
        Ok(structural.into_iter().map(dim).collect())
    }

    /// From the frames on disk and their size to views by size.
    fn function(&self, settings: String) -> Arc<Function> {
        let (rule, fps, is_sampled) =
            (self.rule.clone(), self.clip.source.fps, self.clip.is_sampled);
        let eval = move |inputs: &[i128], outputs: &mut [i128]| {
            let of = |at: usize| u64::try_from(inputs[at]).map_err(|_| REFUSED);
            let (frames, size) = (of(0)?, Pixels::new(of(1)?, of(2)?));
            let clip = Clip { size, source: Source { frames, fps }, is_sampled };
            let kept = rule.kept(&clip).map_err(|_| REFUSED)?;
            let layout = rule.layout(size, &kept).map_err(|_| REFUSED)?;
            let of_pictures = layout.pictures.iter().flat_map(|pictures| {
                let views = rule.frame().sizes(pictures.size, &pictures.layout).into_iter();
                views.map(|view| Sized { count: view.count * pictures.seen, ..view })
            });
            say(&of_pictures.collect::<Vec<_>>(), layout.frame().padding, outputs)
        };
        Arc::new(Function {
            name: "clip".to_owned(),
            settings,
            inputs: &["frames", "height", "width"],
            outputs: &VIEWS,
            eval: Box::new(eval),
            source: self.rule.frame().kind.source,
        })
    }
}

/// The reason of a size that has no value, since the processor refuses the clip.
const REFUSED: &str = "the video processor refuses the clip";
