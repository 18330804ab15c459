//! Canvas: the grid of tiles that a picture is enlarged to least.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::least_scale::LeastScale;
use crate::media::rounding::truncated;
use crate::media::{
    Cells, Grid, Layout, Markers, Padding, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::Size;

/// Of all grids of square tiles the one that the picture fills with the least enlargement, or the
/// least shrinking if it is larger than all of them.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Canvas {
    /// Side of a tile in pixels.
    pub tile: Size,
    /// The most tiles, without the view of the whole picture.
    pub max_tiles: Size,
    /// How the picture comes onto its canvas.
    pub fit: Fit,
    /// In what numbers scales are compared: single precision rounds some to the same number.
    pub precision: Precision,
    /// Whether the whole picture follows, where there is more than one tile.
    pub thumbnail: bool,
    /// Whether empty tiles are added up to the most: the encoder runs on them, nothing reads them.
    pub pad_tiles: bool,
    /// LLM-side tokens of each view; they follow from the encoder where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

/// How a picture comes onto its canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// It is stretched to the whole canvas (Command A Vision).
    Stretch,
    /// It keeps its ratio and is padded; it is enlarged to a tile's side at most (Llama 3.2 Vision,
    /// Llama 4).
    Pad,
}

/// In what numbers scales are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Of 32 bits (Llama 4).
    Single,
    /// Of 64 bits (Command A Vision, Llama 3.2 Vision).
    Double,
}

impl Default for Canvas {
    fn default() -> Canvas {
        // The class defaults of Cohere2VisionImageProcessor.
        Canvas {
            tile: Size::of(512),
            max_tiles: Size::of(12),
            fit: Fit::Stretch,
            precision: Precision::Double,
            thumbnail: true,
            pad_tiles: false,
            tokens: None,
            markers: Markers::default(),
        }
    }
}

impl Settings for Canvas {
    const KIND: RuleKind = RuleKind {
        name: "canvas",
        title: "canvas of least scale",
        in_words: "Of all grids of square tiles that one is taken which the picture is enlarged to \
                   least, or shrunk to least if it is larger than all of them; of equal ones the \
                   smallest. The picture is stretched to it or padded, and cut.",
        source: "transformers 5.23: models/cohere2_vision/image_processing_cohere2_vision.py and \
                 models/mllama/image_processing_mllama.py, get_optimal_tiled_canvas; \
                 models/llama4/image_processing_llama4.py, get_best_fit",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_tiles", self.max_tiles, Problems::TILES);
        problems.tokens(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        let choice = LeastScale::of(self.tile.get(), self.max_tiles.get());
        Box::new(Tiles { settings: self.clone(), choice })
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Cells::of_each(self.tokens)
    }
}

/// The rule with its grids.
#[derive(Debug)]
struct Tiles {
    settings: Canvas,
    choice: LeastScale,
}

impl Tiles {
    /// The grid of tiles.
    fn grid(&self, picture: Pixels) -> Grid {
        let (height, width) = (picture.height as i64, picture.width as i64);
        match self.settings.precision {
            Precision::Single => self.choice.choose::<f32>(height, width),
            Precision::Double => self.choice.choose::<f64>(height, width),
        }
    }
}

/// What a picture is resized to on a canvas that it is padded to: its longer side in proportion is
/// between a tile's side and the canvas's, the other follows, rounded down.
fn padded(picture: Pixels, canvas: Pixels, tile: u64) -> Pixels {
    let within = |side: u64, most: u64| side.max(tile).min(most);
    let target = Pixels {
        height: within(picture.height, canvas.height),
        width: within(picture.width, canvas.width),
    };
    let high = target.height as f64 / picture.height as f64;
    let wide = target.width as f64 / picture.width as f64;
    if wide < high {
        let height = truncated(picture.height as f64 * wide).max(1).min(target.height);
        Pixels { height, ..target }
    } else {
        let width = truncated(picture.width as f64 * high).max(1).min(target.width);
        Pixels { width, ..target }
    }
}

impl Views for Tiles {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let settings = &self.settings;
        let (tile, grid) = (settings.tile.get(), self.grid(picture));
        let mut layout = Layout::filled(tile, grid.rows, grid.columns);
        if settings.fit == Fit::Pad {
            layout.resized = padded(picture, layout.canvas, tile);
        }
        if settings.thumbnail {
            layout = layout.with_thumbnail(Pixels::square(tile));
        }
        if settings.pad_tiles {
            layout.padding = Padding::Views(settings.max_tiles.get());
        }
        Ok(layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_padded_picture_is_not_enlarged_beyond_a_tile() {
        let views = Canvas { tile: Size::of(560), fit: Fit::Pad, ..Canvas::default() }.views();
        let layout = |height, width| views.layout(Pixels::new(height, width)).unwrap();
        assert_eq!(layout(100, 50).resized, Pixels::new(560, 280));
        assert_eq!(layout(600, 700).resized, Pixels::new(600, 700));
        assert_eq!(layout(600, 700).canvas, Pixels::new(1120, 1120));
    }
}
