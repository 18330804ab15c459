//! How a picture is resized and cut.

use super::Pixels;

/// How a picture is resized and cut into the views that an encoder sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What the picture itself is resized to.
    pub resized: Pixels,
    /// What it is padded to, from which the tiles are cut.
    pub canvas: Pixels,
    /// Rows of tiles; 1 where it is not cut.
    pub rows: u64,
    /// Columns of tiles; 1 where it is not cut.
    pub columns: u64,
    /// Height and width of each tile, as the encoder sees it.
    pub tile: Pixels,
    /// Another view of the whole picture beside the tiles: thumbnail, global view, source picture.
    pub overview: Option<Pixels>,
    /// What the reference adds to the views before its encoder runs.
    pub padding: Padding,
}

/// What the reference adds before its encoder runs: computed, and used for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Nothing: what runs is what is needed.
    None,
    /// Each view is padded to this size in pixels (Idefics2).
    Pixels(Pixels),
    /// Each view is padded to so many patches (Gemma 4, LFM2-VL).
    Patches(u64),
    /// Empty views are added until there are so many (Llama 3.2 Vision).
    Views(u64),
}

/// Views of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// How many there are.
    pub count: u64,
    /// Height and width of each.
    pub size: Pixels,
}

impl Layout {
    /// One view: the picture, resized.
    pub const fn whole(resized: Pixels) -> Layout {
        Layout {
            resized,
            canvas: resized,
            rows: 1,
            columns: 1,
            tile: resized,
            overview: None,
            padding: Padding::None,
        }
    }

    /// A picture that fills a grid of square tiles.
    pub fn filled(tile: u64, rows: u64, columns: u64) -> Layout {
        let tile = Pixels::square(tile);
        let canvas = tile.times(rows, columns);
        Layout { rows, columns, tile, ..Layout::whole(canvas) }
    }

    /// The same with a view of the whole picture of this size, if there is more than one tile.
    #[must_use]
    pub fn with_thumbnail(self, size: Pixels) -> Layout {
        Layout { overview: (self.tiles() > 1).then_some(size), ..self }
    }

    /// Views that are cut from the canvas: 1 where it is not cut.
    pub const fn tiles(&self) -> u64 {
        self.rows * self.columns
    }

    /// Whether the picture is cut, or shown beside an overview.
    pub const fn is_cut(&self) -> bool {
        self.tiles() > 1 || self.overview.is_some()
    }

    /// Views that hold something of the picture.
    pub const fn views(&self) -> u64 {
        self.tiles() + self.overview.is_some() as u64
    }

    /// Views that the reference's encoder runs on, empty ones among them.
    pub fn views_run(&self) -> u64 {
        match self.padding {
            Padding::Views(least) => self.views().max(least),
            _ => self.views(),
        }
    }
}
