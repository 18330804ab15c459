//! Holding canvas: of the grids that hold the picture the one that enlarges it most.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::{
    Cells, Grid, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::Size;

/// Of all grids of tiles that hold the picture as it is, the one on which its shorter side would be
/// longest; of none holds it, the one of the closest ratio. The picture is stretched to it and cut,
/// after the whole picture as one more tile.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoldingCanvas {
    /// Side of a tile in pixels.
    pub tile: Size,
    /// The most tiles, without the view of the whole picture.
    pub max_tiles: Size,
    /// LLM-side tokens of each view; they follow from the encoder where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for HoldingCanvas {
    fn default() -> HoldingCanvas {
        // The class defaults of PerceptionLMImageProcessor.
        HoldingCanvas {
            tile: Size::of(448),
            max_tiles: Size::of(36),
            tokens: None,
            markers: Markers::default(),
        }
    }
}

/// The grids of one ratio of columns to rows, those of more tiles first.
type SameRatio = (f64, Vec<Grid>);

impl HoldingCanvas {
    /// All grids by their ratio, in the order in which the reference meets the ratios: grids of
    /// more tiles first, and of those the ones of fewer columns.
    fn ratios(&self) -> Vec<SameRatio> {
        let mut ratios: Vec<SameRatio> = Vec::new();
        for tiles in (1..=self.max_tiles.get()).rev() {
            for columns in (1..=tiles).filter(|columns| tiles.is_multiple_of(*columns)) {
                let grid = Grid::new(tiles / columns, columns);
                let ratio = columns as f64 / grid.rows as f64;
                match ratios.iter_mut().find(|(other, _)| *other == ratio) {
                    Some((_, grids)) => grids.push(grid),
                    None => ratios.push((ratio, vec![grid])),
                }
            }
        }
        ratios
    }
}

impl Settings for HoldingCanvas {
    const KIND: RuleKind = RuleKind {
        name: "holding-canvas",
        title: "holding canvas",
        in_words: "Of the grids of tiles that hold the picture as it is, that one is taken on \
                   which its shorter side would be longest, so that small pictures are much \
                   enlarged; if none holds it, the one of the closest ratio with the most tiles. \
                   The picture is stretched to it and cut, after the whole picture as one more \
                   tile.",
        source: "transformers 5.23: models/perception_lm/image_processing_perception_lm.py, \
                 _fit_image_to_canvas and _find_closest_aspect_ratio",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_tiles", self.max_tiles, Problems::TILES);
        problems.tokens(self.tokens);
    }

    fn views(&self) -> Box<dyn Views> {
        let ratios = self.ratios();
        let grids = ratios.iter().flat_map(|(_, grids)| grids).copied().collect();
        Box::new(Tiles { tile: self.tile.get(), ratios, grids })
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
    tile: u64,
    ratios: Vec<SameRatio>,
    grids: Vec<Grid>,
}

impl Tiles {
    /// The grid that holds the picture and enlarges it most; of equal ones the last.
    fn holding(&self, picture: Pixels) -> Option<Grid> {
        let (height, width) = (picture.height as f64, picture.width as f64);
        let ratio = width / height;
        let mut best: Option<(f64, Grid)> = None;
        for &grid in &self.grids {
            let canvas = Pixels::square(self.tile).times(grid.rows, grid.columns);
            if canvas.width < picture.width || canvas.height < picture.height {
                continue;
            }
            let scale = (canvas.width as f64 / width).min(canvas.height as f64 / height);
            let shorter = if ratio > 1.0 {
                (scale * width / ratio).floor()
            } else if ratio < 1.0 {
                (scale * height * ratio).floor()
            } else {
                scale * height
            };
            if best.is_none_or(|(most, _)| shorter >= most) {
                best = Some((shorter, grid));
            }
        }
        best.map(|(_, grid)| grid)
    }

    /// The grid of the closest ratio that is not more elongated than the picture.
    fn closest(&self, picture: Pixels) -> Grid {
        let ratio = picture.width as f64 / picture.height as f64;
        let away = |other: f64| {
            if ratio >= 1.0 {
                (other <= ratio).then(|| (other - ratio).abs())
            } else {
                (other > ratio).then(|| (1.0 / other - 1.0 / ratio).abs())
            }
        };
        let mut best = (f64::INFINITY, Grid::new(1, 1));
        for (other, grids) in &self.ratios {
            if let Some(away) = away(*other).filter(|away| *away < best.0) {
                best = (away, grids[0]);
            }
        }
        best.1
    }
}

impl Views for Tiles {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let grid = self.holding(picture).unwrap_or_else(|| self.closest(picture));
        let layout = Layout::filled(self.tile, grid.rows, grid.columns);
        Ok(Layout { overview: Some(layout.tile), ..layout })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_enlarged_and_huge_ones_keep_their_ratio() {
        let views = HoldingCanvas::default().views();
        let tiles = |height, width| views.layout(Pixels::new(height, width)).unwrap().tiles();
        assert_eq!(tiles(37, 53), 35);
        assert_eq!(tiles(16, 300), 19);
        assert_eq!(tiles(3024, 4032), 12);
    }
}
