//! An image is covered by patches; one that needs too many is scaled down.

use super::{Counted, Pixels, within};
use crate::units::exact;

/// Patches at a price.
#[derive(Debug)]
pub struct Patches {
    /// What an image is scaled down to; none where it is taken as it is.
    pub limits: Option<Limits>,
    /// Tokens of 100 patches.
    pub of_hundred: u64,
}

/// How large an image may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest side in pixels.
    pub longest: u64,
    /// The most patches.
    pub budget: u64,
}

/// The side of a patch in pixels.
const PATCH: u64 = 32;

impl Patches {
    /// What an image is resized to, its patches and tokens. A fraction of a token goes to the
    /// nearest, halves up: how it is rounded is not published, and charges agree with that.
    pub fn count(&self, image: Pixels) -> Counted {
        let resized = self.limits.map_or(image, |limits| limits.resized(image));
        let budget = self.limits.map_or(u64::MAX, |limits| limits.budget);
        let patches = covering(resized).min(budget);
        let visual = (patches * self.of_hundred + 50) / 100;
        Counted { resized: Some(resized), tiles: None, patches: Some(patches), visual }
    }

    pub(super) fn in_words(&self) -> String {
        let first = self.limits.map_or_else(String::new, |Limits { longest, budget }| {
            let [longest, budget] = [longest, budget].map(|number| exact(number.into()));
            format!("scaled down to at most {longest} pixels a side and {budget} patches; ")
        });
        let price = match self.of_hundred {
            100 => "a token".to_owned(),
            hundredths => format!("{}.{:02} tokens", hundredths / 100, hundredths % 100),
        };
        format!("{first}{price} for each patch of {PATCH}x{PATCH}")
    }
}

impl Limits {
    /// An image scaled down to the longest side, then until whole patches within the budget cover it.
    fn resized(self, image: Pixels) -> Pixels {
        let fit = within(image, self.longest);
        if covering(fit) <= self.budget { fit } else { shrunk(fit, self.budget) }
    }
}

fn covering(image: Pixels) -> u64 {
    image.height.div_ceil(PATCH) * image.width.div_ceil(PATCH)
}

/// An image scaled down so that whole patches within the budget cover it. With the factor
/// √(32²·budget / (height·width)) a side has √(budget·side/other) patches; the factor is made smaller
/// until that of one side, the one that loses more by it, is whole. All of it in whole numbers.
fn shrunk(image: Pixels, budget: u64) -> Pixels {
    let Pixels { height, width } = image;
    let whole = |side: u64, other: u64| (budget * side / other).isqrt().max(1);
    let (rows, columns) = (whole(height, width), whole(width, height));
    // Rows per height are fewer than columns per width, or not.
    match rows * width <= columns * height {
        true => {
            let side = rows * PATCH;
            Pixels { height: side, width: (width * side / height).max(1) }
        }
        false => {
            let side = columns * PATCH;
            Pixels { height: (height * side / width).max(1), width: side }
        }
    }
}
