//! An image is scaled down to the largest size that a tier takes, and each patch is a token.

use super::{Counted, Pixels, Refusal};
use crate::units::exact;

/// The limits of a tier.
#[derive(Debug)]
pub struct Fitted {
    /// The longest side in pixels, whole patches counted.
    pub longest: u64,
    /// The most tokens.
    pub tokens: u64,
}

/// The side of a patch in pixels.
const PATCH: u64 = 28;

/// The longest side of an image that the interface takes, in pixels.
const LONGEST_TAKEN: u64 = 8000;

impl Fitted {
    /// What an image is resized to and its tokens, by the steps of the provider's own example: the
    /// long side is searched by halves, and the other one follows from the ratio as a double,
    /// rounded half to even.
    ///
    /// # Errors
    /// The longest side that is taken.
    pub fn count(&self, image: Pixels) -> Result<Counted, Refusal> {
        let Pixels { height, width } = image;
        if height.max(width) > LONGEST_TAKEN {
            return Err(Refusal::Long { limit: LONGEST_TAKEN });
        }
        let is_upright = height > width;
        let (long, short) = if is_upright { (height, width) } else { (width, height) };
        let (long, short) = self.resized(long, short);
        let (height, width) = if is_upright { (long, short) } else { (short, long) };
        let patches = covering(height, width);
        Ok(Counted {
            resized: Some(Pixels { height, width }),
            tiles: None,
            patches: Some(patches),
            visual: patches,
        })
    }

    fn resized(&self, long: u64, short: u64) -> (u64, u64) {
        if self.fits(long, short) {
            return (long, short);
        }
        let ratio = long as f64 / short as f64;
        let other = |long: u64| ((long as f64 / ratio).round_ties_even() as u64).max(1);
        let (mut fitting, mut too_long) = (1, long);
        while fitting + 1 < too_long {
            let middle = (fitting + too_long) / 2;
            match self.fits(middle, other(middle)) {
                true => fitting = middle,
                false => too_long = middle,
            }
        }
        (fitting, other(fitting))
    }

    fn fits(&self, long: u64, short: u64) -> bool {
        let is_short_enough = |side: u64| side.div_ceil(PATCH) * PATCH <= self.longest;
        is_short_enough(long) && is_short_enough(short) && covering(long, short) <= self.tokens
    }

    pub(super) fn in_words(&self) -> String {
        let [longest, tokens] = [self.longest, self.tokens].map(|number| exact(number.into()));
        format!(
            "the largest size of at most {longest} pixels a side and {tokens} tokens, a token for \
             each patch of {PATCH}x{PATCH}"
        )
    }
}

fn covering(height: u64, width: u64) -> u64 {
    height.div_ceil(PATCH) * width.div_ceil(PATCH)
}
