//! The largest picture of an aspect ratio that stays within a number of visual tokens.

use super::Model;
use crate::media::{Costed, Pixels, fit};
use crate::units::ImageSize;

/// The largest picture of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Largest {
    /// The model's name.
    pub name: String,
    /// The visual tokens that it has to stay within.
    pub within: u64,
    /// The picture, or why there is none.
    pub found: Result<Costed, String>,
    /// Whether it is the largest that was looked at, so that larger ones may do too.
    pub is_limit: bool,
}

impl Largest {
    /// The largest picture of a ratio, no side longer than `longest`.
    pub fn of(model: &Model, within: u64, aspect: Pixels, longest: u64) -> Largest {
        let largest = |tokens, charge: &super::model::Charge| fit(tokens, aspect, longest, charge);
        let mut is_limit = false;
        let found = model.charge().and_then(|charge| {
            let found = largest(within, &charge);
            is_limit = found.is_some() && found == largest(u64::MAX, &charge);
            found.ok_or_else(|| format!("no image of this shape costs {within} tokens or less"))
        });
        Largest { name: model.name().to_owned(), within, found, is_limit }
    }
}

/// The largest part of a ratio.
const LARGEST_PART: u64 = Pixels::LONGEST;

/// A ratio as screens are named, width to height: `16:9`; or that of a size, height x width:
/// `1080x1920`. As a picture that has it.
pub fn aspect(text: &str) -> Option<Pixels> {
    let part = |text: &str| {
        text.trim().parse().ok().filter(|part: &u64| (1..=LARGEST_PART).contains(part))
    };
    match text.split_once(':') {
        Some((width, height)) => Some(Pixels { height: part(height)?, width: part(width)? }),
        None => ImageSize::read(text).and_then(|size| Pixels::from(size).checked().ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios() {
        assert_eq!(aspect("16:9"), Some(Pixels::new(9, 16)));
        assert_eq!(aspect("1080x1920"), Some(Pixels::new(1080, 1920)));
        assert_eq!(aspect("16"), Some(Pixels::square(16)));
        for text in ["", "0:1", "1:0", "a:b", "1:2:3", "16:9x", "99999999:1", "16777217", "-1:2"] {
            assert_eq!(aspect(text), None, "{text}");
        }
    }
}
