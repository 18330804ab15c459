//! A small image is one tile; a larger one is covered by tiles.

use super::{Counted, Pixels};

/// Tiles over an image as it is.
#[derive(Debug)]
pub struct Grid {
    /// The longest side, in pixels, of an image that is one tile.
    pub small: u64,
    /// How large a tile is.
    pub tile: Tile,
    /// Tokens of a tile, and of a frame of a video.
    pub tokens: u64,
}

/// How large a tile is.
#[derive(Debug)]
pub enum Tile {
    /// Its side in pixels.
    Side(u64),
    /// Two thirds of the image's shorter side, in whole pixels.
    OfShorterSide,
}

impl Grid {
    /// Tiles and tokens of an image.
    pub fn count(&self, image: Pixels) -> Counted {
        let Pixels { height, width } = image;
        let side = match self.tile {
            Tile::Side(side) => side,
            Tile::OfShorterSide => (height.min(width) * 2 / 3).max(1),
        };
        let is_small = height.max(width) <= self.small;
        let tiles = if is_small { 1 } else { height.div_ceil(side) * width.div_ceil(side) };
        Counted { resized: None, tiles: Some(tiles), patches: None, visual: tiles * self.tokens }
    }

    pub(super) fn in_words(&self) -> String {
        let Grid { small, tile, tokens } = self;
        let tile = match tile {
            Tile::Side(side) => format!("tiles of {side}x{side}"),
            Tile::OfShorterSide => "tiles of two thirds of its shorter side".to_owned(),
        };
        format!(
            "{tokens} tokens up to {small}x{small}; a larger image is covered by {tile}, {tokens} \
             tokens each"
        )
    }
}
