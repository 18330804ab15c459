//! Token budget: as large as a number of tokens allows, whatever the picture's size.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::truncated;
use crate::media::{
    Cells, Layout, Markers, Padding, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::Size;

/// Every picture is scaled, up or down, to just fit a number of tokens; its sides are rounded down
/// to whole blocks of patches, and its patches padded to the most that there may be.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenBudget {
    /// The most LLM-side tokens of a picture.
    pub max_tokens: Size,
    /// Side of a patch in pixels.
    pub patch: Size,
    /// Side of a block of patches that the bridge pools into one token.
    pub pool: Size,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for TokenBudget {
    fn default() -> TokenBudget {
        // The class defaults of Gemma4ImageProcessor.
        TokenBudget {
            max_tokens: Size::of(280),
            patch: Size::of(16),
            pool: Size::of(3),
            markers: Markers::default(),
        }
    }
}

impl TokenBudget {
    /// Side of a square that becomes one LLM-side token, in pixels.
    fn cell(&self) -> u64 {
        self.patch.get() * self.pool.get()
    }

    /// What a picture is resized to.
    ///
    /// # Errors
    /// Both sides vanish, or a side that vanishes alone would make the other too long.
    pub fn resized(&self, picture: Pixels) -> Result<Pixels, Refusal> {
        let (cell, most) = (self.cell(), self.max_tokens.get());
        let limit = most * cell * cell;
        let Pixels { height, width } = picture;
        let scale = (limit as f64 / picture.area() as f64).sqrt();
        let down = |side: u64| truncated(scale * side as f64 / cell as f64) * cell;
        let beside = |long: u64, short: u64| (long / short).min(most) * cell;
        let resized = match (down(height), down(width)) {
            (0, 0) => return Err(Refusal::Vanishes { step: cell }),
            (0, _) => Pixels::new(cell, beside(width, height)),
            (_, 0) => Pixels::new(beside(height, width), cell),
            (height, width) => Pixels::new(height, width),
        };
        if resized.area() > limit { Err(Refusal::Budget { limit }) } else { Ok(resized) }
    }
}

impl Settings for TokenBudget {
    const KIND: RuleKind = RuleKind {
        name: "token-budget",
        title: "token budget",
        in_words: "Every picture is scaled, up or down, until it has just the pixels of the most \
                   tokens that there may be; then its sides are rounded down to whole tokens. The \
                   encoder runs on patches padded to the most.",
        source: "transformers 5.23: models/gemma4/image_processing_gemma4.py, \
                 get_aspect_ratio_preserving_size",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("max_tokens", self.max_tokens, 1 << 20);
        problems.at_most("patch", self.patch, 1 << 10);
        problems.at_most("pool", self.pool, 1 << 4);
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Some(Cells::Squares(self.cell()))
    }
}

impl Views for TokenBudget {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let padding = Padding::Patches(self.max_tokens.get() * self.pool.get().pow(2));
        Ok(Layout { padding, ..Layout::whole(self.resized(picture)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_enlarged() {
        let rule = TokenBudget::default();
        assert_eq!(rule.resized(Pixels::new(37, 53)), Ok(Pixels::new(624, 960)));
        assert_eq!(rule.resized(Pixels::new(16, 300)), Ok(Pixels::new(144, 3456)));
    }

    #[test]
    fn an_elongated_picture_is_one_row() {
        let rule = TokenBudget::default();
        assert_eq!(rule.resized(Pixels::new(1, 1000)), Ok(Pixels::new(48, 280 * 48)));
        assert_eq!(rule.resized(Pixels::new(1000, 2)), Ok(Pixels::new(280 * 48, 48)));
    }
}
