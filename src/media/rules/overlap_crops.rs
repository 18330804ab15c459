//! Overlapping crops, whose outer patches only give context.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::least_scale::LeastScale;
use crate::media::{
    Cells, Grid, Joined, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views,
};
use crate::units::Size;

/// The whole picture as one view, then crops that overlap: of each only the window counts, and the
/// outermost patches of the picture. The tokens of all crops are pooled as one grid.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OverlapCrops {
    /// Side of a crop, and of the view of the whole picture, in pixels.
    pub tile: Size,
    /// Side of a patch in pixels.
    pub patch: Size,
    /// Patches of a crop that only give context, on the left and the right together.
    pub overlap: Size,
    /// Side of a block of patches that the bridge pools into one token; ragged ones count as whole.
    pub pool: Size,
    /// The most crops, without the view of the whole picture.
    pub max_crops: Size,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for OverlapCrops {
    fn default() -> OverlapCrops {
        // The class defaults of Molmo2ImageProcessor; its margins are 4 patches on each side.
        OverlapCrops {
            tile: Size::of(378),
            patch: Size::of(14),
            overlap: Size::of(8),
            pool: Size::of(2),
            max_crops: Size::of(8),
            markers: Markers::default(),
        }
    }
}

impl OverlapCrops {
    /// Patches on a side of a crop.
    fn patches(&self) -> u64 {
        self.tile.get() / self.patch.get()
    }

    /// Patches on a side of a crop's window.
    fn window(&self) -> u64 {
        self.patches().saturating_sub(self.overlap.get()).max(1)
    }

    /// Patches of the canvas.
    fn canvas(&self, grid: Grid) -> Grid {
        let side = |tiles: u64| tiles * self.window() + self.overlap.get();
        Grid::new(side(grid.rows), side(grid.columns))
    }
}

impl Settings for OverlapCrops {
    const KIND: RuleKind = RuleKind {
        name: "overlap-crops",
        title: "overlapping crops",
        in_words: "The picture is stretched to a canvas of crops that overlap, the one that it is \
                   enlarged to least, compared in single precision without the margins. The view \
                   of the whole picture comes first; the patches of all crops, without what \
                   overlaps, are pooled as one grid.",
        source: "transformers 5.23: models/molmo2/image_processing_molmo2.py, \
                 compute_crop_geometry and select_tiling",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("tile", self.tile, Problems::SIDE);
        problems.at_most("max_crops", self.max_crops, Problems::TILES);
        problems.at_most("pool", self.pool, self.patches().max(1));
        if self.overlap.get() >= self.patches() {
            let text = format!("crops of {} patches a side have no window", self.patches());
            problems.add("overlap", text, "write fewer patches than a crop has on a side");
        }
    }

    fn views(&self) -> Box<dyn Views> {
        let choice = LeastScale::of(self.window() * self.patch.get(), self.max_crops.get());
        Box::new(Crops { settings: self.clone(), choice })
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        let side = self.patches().div_ceil(self.pool.get());
        Some(Cells::Same(Grid::new(side, side)))
    }
}

/// The rule with its grids.
#[derive(Debug)]
struct Crops {
    settings: OverlapCrops,
    choice: LeastScale,
}

impl Views for Crops {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let settings = &self.settings;
        let margin = (settings.overlap.get() * settings.patch.get()) as i64;
        let inner = |side: u64| side as i64 - margin;
        let grid = self.choice.choose::<f32>(inner(picture.height), inner(picture.width));
        let canvas = settings.canvas(grid);
        let patch = Pixels::square(settings.patch.get());
        Ok(Layout {
            rows: grid.rows,
            columns: grid.columns,
            tile: Pixels::square(settings.tile.get()),
            overview: Some(Pixels::square(settings.tile.get())),
            ..Layout::whole(patch.times(canvas.rows, canvas.columns))
        })
    }

    fn overlap(&self) -> u64 {
        self.settings.overlap.get()
    }

    fn join(&self, _: Pixels, layout: &Layout, cells: Cells) -> Joined {
        let whole = layout.overview.map(|view| cells.of(view)).unwrap_or_default();
        let unpadded = self.settings.canvas(Grid::new(layout.rows, layout.columns));
        let pooled = |patches: u64| patches.div_ceil(self.settings.pool.get());
        let kept = Grid::new(pooled(unpadded.rows), pooled(unpadded.columns));
        Joined {
            tokens: whole.count() + kept.count(),
            lines: whole.rows + kept.rows,
            unpadded: Some(unpadded),
            kept: Some(kept),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_pixels_may_be_fewer_tokens() {
        let rule = OverlapCrops::default();
        let (views, cells) = (rule.views(), rule.cells().unwrap());
        let tokens = |height, width| {
            let picture = Pixels::new(height, width);
            let layout = views.layout(picture).unwrap();
            views.join(picture, &layout, cells).tokens
        };
        assert_eq!(tokens(16, 300), 392);
        assert_eq!(tokens(1087, 528), 1162);
        assert_eq!(tokens(3024, 4032), 955);
    }

    #[test]
    fn a_picture_of_the_margins_alone_is_one_crop() {
        let layout = OverlapCrops::default().views().layout(Pixels::square(112)).unwrap();
        assert_eq!((layout.tiles(), layout.canvas), (1, Pixels::square(378)));
    }
}
