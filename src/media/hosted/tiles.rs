//! An image is resized to a shorter side, cut into tiles, and each tile has its price.

use super::{Counted, Pixels, scaled, within};
use crate::units::exact;

/// Tiles at a price.
#[derive(Debug)]
pub struct Tiles {
    /// Tokens of an image whatever its size.
    pub base: u64,
    /// Tokens of each tile; none where the image is seen as a whole only.
    pub each: Option<u64>,
    /// The side of the square, in pixels, into which the image is scaled down first.
    pub fit: u64,
    /// What the shorter side is scaled down to after that, in pixels.
    pub shorter: u64,
    /// The side of a tile in pixels.
    pub side: u64,
}

impl Tiles {
    /// The usual sizes: into 2048 × 2048, the shorter side to 768, tiles of 512 × 512.
    pub const fn of(base: u64, each: u64) -> Tiles {
        Tiles { base, each: Some(each), fit: 2048, shorter: 768, side: 512 }
    }

    /// At low detail: the base alone.
    pub const fn low(base: u64) -> Tiles {
        Tiles { base, each: None, fit: 512, shorter: 512, side: 512 }
    }

    /// What an image is resized to, its tiles and tokens. Sides are rounded to the nearest pixel, as
    /// charges show: 2049 × 513 (width × height) costs 8 tiles, 2050 × 513 costs 4.
    pub fn count(&self, image: Pixels) -> Counted {
        let Some(each) = self.each else {
            return Counted { resized: None, tiles: None, patches: None, visual: self.base };
        };
        let fit = within(image, self.fit);
        let shorter = fit.height.min(fit.width);
        let side = |side| scaled(side, self.shorter, shorter);
        let resized = match shorter > self.shorter {
            true => Pixels { height: side(fit.height), width: side(fit.width) },
            false => fit,
        };
        let tiles = resized.height.div_ceil(self.side) * resized.width.div_ceil(self.side);
        let visual = self.base + tiles * each;
        Counted { resized: Some(resized), tiles: Some(tiles), patches: None, visual }
    }

    pub(super) fn in_words(&self) -> String {
        let Tiles { base, each, fit, shorter, side } = self;
        match each {
            None => format!("{} tokens for an image of any size", exact((*base).into())),
            Some(each) => format!(
                "scaled down into {fit}x{fit}, then to a shorter side of {shorter}; {} tokens, and \
                 {} for each tile of {side}x{side}",
                exact((*base).into()),
                exact((*each).into()),
            ),
        }
    }
}
