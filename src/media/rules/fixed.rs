//! One size for every picture.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::{ImageSize, Size};

/// Every picture becomes one view of one size, resized, padded or cropped.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// Height × width of the view in pixels: `336`, `480x640`.
    #[schemars(example = 336)]
    pub size: ImageSize,
    /// LLM-side tokens of the view; they follow from the encoder where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    #[serde(default)]
    pub markers: Markers,
}

impl Settings for Fixed {
    const KIND: RuleKind = RuleKind {
        name: "fixed",
        title: "fixed size",
        in_words: "Every picture becomes one view of the same size, whatever its own: resized, or \
                   resized by its shorter side and cropped, or padded to a square.",
        source: "transformers 5.23: CLIPImageProcessor, SiglipImageProcessor, BlipImageProcessor",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("size", self.size.height.max(self.size.width), Problems::SIDE);
        problems.tokens(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Cells::of_each(self.tokens)
    }
}

impl Views for Fixed {
    fn layout(&self, _: Pixels) -> Result<Layout, Refusal> {
        Ok(Layout::whole(self.size.into()))
    }
}
