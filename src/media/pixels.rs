//! The size of a picture in pixels.

use std::fmt;

use crate::units::ImageSize;

use super::Refusal;

/// Height and width of a picture in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pixels {
    /// Height in pixels.
    pub height: u64,
    /// Width in pixels.
    pub width: u64,
}

impl Pixels {
    /// The longest side that a rule is asked for: products of two sides and a few factors are exact
    /// in a double.
    pub const LONGEST: u64 = 1 << 24;

    /// Height × width.
    pub const fn new(height: u64, width: u64) -> Pixels {
        Pixels { height, width }
    }

    /// A square.
    pub const fn square(side: u64) -> Pixels {
        Pixels { height: side, width: side }
    }

    /// Height × width in pixels.
    pub const fn area(self) -> u64 {
        self.height * self.width
    }

    /// The longer side.
    pub fn longer(self) -> u64 {
        self.height.max(self.width)
    }

    /// The shorter side.
    pub fn shorter(self) -> u64 {
        self.height.min(self.width)
    }

    /// So many times the height and the width.
    pub const fn times(self, rows: u64, columns: u64) -> Pixels {
        Pixels { height: self.height * rows, width: self.width * columns }
    }

    /// The same picture, if its sides are ones that a rule can be asked for.
    ///
    /// # Errors
    /// A side is 0 or longer than [`Pixels::LONGEST`].
    pub fn checked(self) -> Result<Pixels, Refusal> {
        let is_fit = |side: u64| (1..=Pixels::LONGEST).contains(&side);
        if is_fit(self.height) && is_fit(self.width) { Ok(self) } else { Err(Refusal::Side) }
    }
}

impl From<ImageSize> for Pixels {
    fn from(size: ImageSize) -> Pixels {
        Pixels { height: size.height.get(), width: size.width.get() }
    }
}

impl fmt::Display for Pixels {
    /// Height × width: `480x640`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}
