//! Smart resize: both sides to multiples of a number, the area within limits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::{ceiling, half_even, truncated};
use crate::media::{
    Cells, Joined, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::{Amount, Size};

/// Each side is rounded to a multiple of `factor`; a picture that is too large or too small is
/// scaled to the limits instead, both sides alike.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmartResize {
    /// What both sides become multiples of, in pixels: the patch's side times the side of a block
    /// that the bridge merges into one token. One square of this side is one LLM-side token.
    pub factor: Size,
    /// The smallest area in pixels; a smaller picture is enlarged.
    pub min_pixels: Size,
    /// The largest area in pixels; a larger picture is shrunk.
    pub max_pixels: Size,
    /// How often the area counts against the limits: 2 where a picture is a clip of two equal
    /// frames (GLM-4.1V).
    pub frames: Size,
    /// What happens to a picture with a side shorter than `factor`.
    pub small_sides: SmallSides,
    /// How many times longer one side may be than the other; a picture beyond is refused.
    pub max_ratio: Size,
    /// Learned tokens after each row of tokens, visual ones as these (Emu3, HunYuan-VL).
    pub after_row: Amount,
    /// Learned tokens of each picture beside those of its rows, visual ones as these (HunYuan-VL).
    pub around: Amount,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

/// What happens to a picture with a side shorter than `factor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmallSides {
    /// Nothing: such a side may be rounded to 0, and is enlarged with the picture (Qwen2-VL).
    Keep,
    /// The picture is enlarged first, until both sides are that long (GLM-4.1V).
    Enlarge,
    /// The height is made that long, the width with it, then the width if it is still shorter
    /// (PaddleOCR-VL).
    EnlargeInTurn,
    /// A rounded side is at least that long (LFM2-VL).
    RoundUp,
}

impl Default for SmartResize {
    fn default() -> SmartResize {
        // The class defaults of Qwen2VLImageProcessor; published models set their own limits.
        SmartResize {
            factor: Size::of(28),
            min_pixels: Size::of(56 * 56),
            max_pixels: Size::of(28 * 28 * 1280),
            frames: Size::of(1),
            small_sides: SmallSides::Keep,
            max_ratio: Size::of(200),
            after_row: Amount::default(),
            around: Amount::default(),
            markers: Markers::default(),
        }
    }
}

impl SmartResize {
    /// What a picture is resized to.
    ///
    /// # Errors
    /// One side is more than `max_ratio` times the other.
    pub fn resized(&self, picture: Pixels) -> Result<Pixels, Refusal> {
        self.resized_in_clip(picture, self.frames.get(), self.frames.get())
    }

    /// What the frames of a clip are resized to, if the limits are those of the whole clip: so many
    /// `counted` frames are compared with them, and so many `real` ones are scaled to them.
    ///
    /// # Errors
    /// One side is more than `max_ratio` times the other.
    pub fn resized_in_clip(
        &self,
        picture: Pixels,
        counted: u64,
        real: u64,
    ) -> Result<Pixels, Refusal> {
        let factor = self.factor.get();
        let Pixels { height, width } = self.grown(picture);
        let ratio = height.max(width) as f64 / height.min(width) as f64;
        if ratio > self.max_ratio.get() as f64 {
            return Err(Refusal::Ratio { limit: self.max_ratio.get() });
        }
        let least = if self.small_sides == SmallSides::RoundUp { factor } else { 0 };
        let rounded = |side: u64| (half_even(side as f64 / factor as f64) * factor).max(least);
        let (high, wide) = (rounded(height), rounded(width));
        let (min, max) = (self.min_pixels.get(), self.max_pixels.get());
        let area = counted * high * wide;
        let real = (real * height * width) as f64;
        let sides = |f: &dyn Fn(f64) -> u64| Pixels::new(f(height as f64), f(width as f64));
        Ok(if area > max {
            let by = (real / max as f64).sqrt();
            sides(&|side| (truncated(side / by / factor as f64) * factor).max(factor))
        } else if area < min {
            let by = (min as f64 / real).sqrt();
            sides(&|side| ceiling(side * by / factor as f64) * factor)
        } else {
            Pixels::new(high, wide)
        })
    }

    /// The picture with sides that are not too short, where the rule sees to that first.
    fn grown(&self, picture: Pixels) -> Pixels {
        let factor = self.factor.get();
        let Pixels { mut height, mut width } = picture;
        match self.small_sides {
            SmallSides::Enlarge if picture.shorter() < factor => {
                let scale = (factor as f64 / height as f64).max(factor as f64 / width as f64);
                height = truncated(height as f64 * scale);
                width = truncated(width as f64 * scale);
            }
            SmallSides::EnlargeInTurn => {
                if height < factor {
                    width = half_even((width * factor) as f64 / height as f64);
                    height = factor;
                }
                if width < factor {
                    height = half_even((height * factor) as f64 / width as f64);
                    width = factor;
                }
            }
            _ => {}
        }
        Pixels { height, width }
    }
}

impl Settings for SmartResize {
    const KIND: RuleKind = RuleKind {
        name: "smart-resize",
        title: "smart resize",
        in_words: "Each side is rounded to the nearest multiple of a number, halves to the even \
                   multiple. If the area is then above the largest or below the smallest, the \
                   picture is scaled to that limit instead, its sides rounded down or up.",
        source: "transformers 5.23: models/qwen2_vl/image_processing_qwen2_vl.py and \
                 models/glm4v/image_processing_glm4v.py, smart_resize",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("factor", self.factor, Problems::SIDE);
        problems.at_most("max_pixels", self.max_pixels, Problems::PIXELS);
        problems.at_most("frames", self.frames, 1 << 10);
        for (field, amount) in [("after_row", self.after_row), ("around", self.around)] {
            problems.at_most(field, Size::of(amount.get().max(1)), 1 << 10);
        }
        problems.at_most("max_ratio", self.max_ratio, 1 << 10);
        problems.ordered(("min_pixels", self.min_pixels), ("max_pixels", self.max_pixels));
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Some(Cells::Squares(self.factor.get()))
    }
}

impl Views for SmartResize {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        self.resized(picture).map(Layout::whole)
    }

    fn join(&self, _: Pixels, layout: &Layout, cells: Cells) -> Joined {
        let in_turn = Joined::in_turn(layout, cells);
        let learned = in_turn.lines * self.after_row.get() + self.around.get();
        Joined { tokens: in_turn.tokens + learned, ..in_turn }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_the_factor_go_to_the_even_multiple() {
        let rule = SmartResize::default();
        let resized = |height, width| rule.resized(Pixels::new(height, width)).unwrap();
        assert_eq!(resized(70, 98), Pixels::new(56, 112));
        assert_eq!(resized(480, 640), Pixels::new(476, 644));
    }

    #[test]
    fn a_ratio_beyond_the_limit_is_refused() {
        let rule = SmartResize::default();
        assert_eq!(rule.resized(Pixels::new(10, 2001)), Err(Refusal::Ratio { limit: 200 }));
        assert!(rule.resized(Pixels::new(10, 2000)).is_ok());
    }
}
