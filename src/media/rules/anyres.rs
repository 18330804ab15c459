//! Any resolution: the best of a list of canvases, unpadded, with a newline after each row.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::{ceiling, floor_divided, truncated, truncated_at_7_decimals};
use crate::media::{
    Cells, Grid, Joined, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::{ImageSize, Size};

/// Of a list of canvases the one that keeps most of the picture; the picture is fitted into it,
/// padded and cut into tiles. The tokens of the tiles are joined as one grid, without the rows or
/// columns of the padding, with a learned newline after each row, after those of the whole picture.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Anyres {
    /// Side of a tile in pixels.
    pub tile: Size,
    /// The canvases, each height × width in pixels, multiples of a tile's side: `[336x672,
    /// 672x336]`. The order decides between equally good ones.
    pub pinpoints: Vec<ImageSize>,
    /// The most tokens that the joined grid may have, in tiles: a larger grid is resized to them
    /// (`anyres_max_9`). No limit if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tiles: Option<Size>,
    /// What several pictures of one prompt become.
    pub several: Several,
    /// LLM-side tokens of each view, a square number; they follow from the encoder where there is
    /// one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Size>,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

/// What several pictures of one prompt become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Several {
    /// Each is cut as if it were alone.
    Cut,
    /// Each is padded to a square and becomes one view, with one newline (LLaVA-OneVision, if they
    /// are given as the pictures of one prompt).
    Whole,
}

impl Default for Anyres {
    fn default() -> Anyres {
        // The class defaults of LlavaNextImageProcessor, with LLaVA-NeXT's tiles.
        let size = |(height, width)| ImageSize { height: Size::of(height), width: Size::of(width) };
        let pinpoints = [(336, 672), (672, 336), (672, 672), (1008, 336), (336, 1008)];
        Anyres {
            tile: Size::of(336),
            pinpoints: pinpoints.map(size).to_vec(),
            max_tiles: None,
            several: Several::Cut,
            tokens: None,
            markers: Markers::default(),
        }
    }
}

/// How many times more tokens on a side than the limit allows are still kept as they are.
const TOLERANCE: f64 = 1.1;

impl Anyres {
    /// The canvas of a picture: of all the one on which most of its pixels stay, then the one with
    /// the least that is empty, then the first.
    fn canvas(&self, picture: Pixels) -> Pixels {
        let (height, width, area) = (picture.height as f64, picture.width as f64, picture.area());
        let mut best = (0, u64::MAX, Pixels::square(self.tile.get()));
        for &canvas in &self.pinpoints {
            let canvas = Pixels::from(canvas);
            let scale = (canvas.width as f64 / width).min(canvas.height as f64 / height);
            let kept = truncated(width * scale) * truncated(height * scale);
            let kept = kept.min(area);
            let empty = canvas.area() - kept;
            if kept > best.0 || (kept == best.0 && empty < best.1) {
                best = (kept, empty, canvas);
            }
        }
        best.2
    }

    /// A grid of tokens without the rows or columns that only show padding.
    fn unpadded(picture: Pixels, grid: Grid) -> Grid {
        let Grid { rows, columns } = grid;
        let (height, width) = (picture.height as f64, picture.width as f64);
        let less =
            |all: u64, used: f64| all - all.saturating_sub(truncated_at_7_decimals(used)) / 2 * 2;
        if width / height > columns as f64 / rows as f64 {
            Grid { rows: less(rows, height * (columns as f64 / width)), ..grid }
        } else {
            Grid { columns: less(columns, width * (rows as f64 / height)), ..grid }
        }
    }

    /// A grid within the limit.
    fn limited(&self, grid: Grid, tile: Grid) -> Grid {
        let Some(most) = self.max_tiles else { return grid };
        let by = (grid.count() as f64 / (most.get() * tile.rows * tile.rows) as f64).sqrt();
        if by <= TOLERANCE {
            return grid;
        }
        Grid::new(floor_divided(grid.rows as f64, by), floor_divided(grid.columns as f64, by))
    }
}

impl Settings for Anyres {
    const KIND: RuleKind = RuleKind {
        name: "anyres",
        title: "any resolution",
        in_words: "The picture is fitted into the canvas of a list that keeps most of its pixels, \
                   padded on both sides and cut into tiles; the whole picture comes first as one \
                   more view. The tokens of the tiles are joined as one grid without the \
                   padding's, resized if there are too many, and a newline follows each row.",
        source: "transformers 5.23: image_processing_utils.py, select_best_resolution; \
                 models/llava_next/processing_llava_next.py and \
                 models/llava_onevision/processing_llava_onevision.py, _get_unpadded_features",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.square(self.tokens);
        if self.pinpoints.is_empty() || self.pinpoints.len() as u64 > Problems::TILES {
            let help = format!("write 1 to {} of them, such as `[336x672]`", Problems::TILES);
            problems.add("pinpoints", "there must be canvases to choose from", help);
        }
        for &canvas in &self.pinpoints {
            problems.at_most("pinpoints", canvas.height.max(canvas.width), Pixels::LONGEST);
            let tile = self.tile.get();
            let is_whole = |side: Size| side.get().is_multiple_of(tile);
            if !is_whole(canvas.height) || !is_whole(canvas.width) {
                let text =
                    format!("a canvas of {canvas} does not consist of tiles of {tile} pixels");
                problems.add("pinpoints", text, format!("write multiples of {tile}"));
            }
        }
        if let Some(tiles) = self.max_tiles {
            problems.at_most("max_tiles", tiles, Problems::TILES);
        }
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

impl Views for Anyres {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let (tile, canvas) = (self.tile.get(), self.canvas(picture));
        let layout = Layout::filled(tile, canvas.height / tile, canvas.width / tile);
        let wide = canvas.width as f64 / picture.width as f64;
        let high = canvas.height as f64 / picture.height as f64;
        let fitted = |side: u64, scale: f64, most: u64| ceiling(side as f64 * scale).min(most);
        let resized = if wide < high {
            Pixels { height: fitted(picture.height, wide, canvas.height), ..canvas }
        } else {
            Pixels { width: fitted(picture.width, high, canvas.width), ..canvas }
        };
        Ok(Layout { resized, overview: Some(layout.tile), ..layout })
    }

    fn layout_among_several(&self, picture: Pixels) -> Result<Layout, Refusal> {
        match self.several {
            Several::Cut => self.layout(picture),
            Several::Whole => Ok(Layout::whole(Pixels::square(self.tile.get()))),
        }
    }

    fn join(&self, picture: Pixels, layout: &Layout, cells: Cells) -> Joined {
        let tile = cells.of(layout.tile);
        if layout.overview.is_none() {
            return Joined { tokens: tile.count() + 1, ..Joined::in_turn(layout, cells) };
        }
        let all = Grid::new(layout.rows * tile.rows, layout.columns * tile.columns);
        let unpadded = Anyres::unpadded(picture, all);
        let kept = self.limited(unpadded, tile);
        Joined {
            tokens: tile.count() + kept.count() + kept.rows,
            lines: tile.rows + kept.rows,
            unpadded: Some(unpadded),
            kept: Some(kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(rule: &Anyres, height: u64, width: u64) -> u64 {
        let (views, picture) = (rule.views(), Pixels::new(height, width));
        let layout = views.layout(picture).unwrap();
        views.join(picture, &layout, rule.cells().unwrap()).tokens
    }

    #[test]
    fn a_picture_of_one_tile_is_cut_too() {
        let rule = Anyres { tokens: Some(Size::of(576)), ..Anyres::default() };
        assert_eq!(tokens(&rule, 336, 336), 1176);
        assert_eq!(tokens(&rule, 17, 500), 674);
        assert_eq!(tokens(&rule, 1080, 1920), 1948);
    }

    #[test]
    fn several_pictures_may_be_whole() {
        let rule = Anyres { several: Several::Whole, ..Anyres::default() };
        let layout = rule.layout_among_several(Pixels::new(480, 640)).unwrap();
        assert_eq!((layout.views(), layout.tile), (1, Pixels::square(336)));
    }
}
