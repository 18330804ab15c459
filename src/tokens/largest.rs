//! The largest picture of an aspect ratio that stays within a number of visual tokens.

use super::{Model, Peak};
use crate::media::Pixels;
use crate::units::ImageSize;

/// Width to height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aspect {
    /// Its part of the width.
    width: u64,
    /// Its part of the height.
    height: u64,
}

/// The largest part of a ratio.
const LARGEST_PART: u64 = 1 << 24;

impl Aspect {
    /// A square.
    pub const SQUARE: Aspect = Aspect { width: 1, height: 1 };

    /// A ratio as screens are named, width to height: `16:9`; or that of a size, height x width:
    /// `1080x1920`.
    pub fn read(text: &str) -> Option<Aspect> {
        let part = |text: &str| {
            text.trim().parse().ok().filter(|part: &u64| (1..=LARGEST_PART).contains(part))
        };
        match text.split_once(':') {
            Some((width, height)) => Some(Aspect { width: part(width)?, height: part(height)? }),
            None => {
                let size = ImageSize::read(text)?;
                let [width, height] = [size.width, size.height].map(|side| side.get());
                (width.max(height) <= LARGEST_PART).then_some(Aspect { width, height })
            }
        }
    }

    /// The sizes of this ratio up to a limit, the largest first: the longer side takes every length,
    /// and the shorter one is rounded to the nearest pixel.
    fn sizes(self, limit: Pixels) -> impl Iterator<Item = Pixels> {
        let Aspect { width, height } = self;
        let (long, short) = (width.max(height), width.min(height));
        let is_wide = width >= height;
        let most = if is_wide { limit.width } else { limit.height };
        let size = move |longer: u64| {
            let shorter = ((2 * longer * short + long) / (2 * long)).max(1);
            match is_wide {
                true => Pixels { height: shorter, width: longer },
                false => Pixels { height: longer, width: shorter },
            }
        };
        let fits = move |size: &Pixels| size.height <= limit.height && size.width <= limit.width;
        (1..=most).rev().map(size).filter(fits)
    }
}

/// The largest picture of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Largest {
    /// The model's name.
    pub name: String,
    /// The visual tokens that it has to stay within.
    pub within: u64,
    /// The picture, or why there is none.
    pub found: Result<Peak, String>,
    /// Whether it is the largest that was looked at, so that larger ones may do too.
    pub is_limit: bool,
}

impl Largest {
    /// The largest picture of a model up to a limit. What a rule charges need not grow with the
    /// size: every size is asked for, from the largest down.
    pub fn of(model: &Model, within: u64, aspect: Aspect, limit: Pixels) -> Largest {
        let mut is_limit = false;
        let found = model.rule().and_then(|rule| {
            let mut sizes = aspect.sizes(limit).enumerate();
            let found = sizes.find_map(|(at, image)| {
                let count = rule(image).filter(|count| count.visual <= within)?;
                is_limit = at == 0;
                Some(Peak { count, image })
            });
            found.ok_or_else(|| format!("no picture of this shape costs {within} tokens or less"))
        });
        Largest { name: model.name().to_owned(), within, found, is_limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_and_their_sizes() {
        assert_eq!(Aspect::read("16:9"), Some(Aspect { width: 16, height: 9 }));
        assert_eq!(Aspect::read("1080x1920"), Some(Aspect { width: 1920, height: 1080 }));
        assert_eq!(Aspect::read("336"), Some(Aspect { width: 336, height: 336 }));
        for text in ["", "16", "0:1", "1:0", "a:b", "1:2:3", "16:9x", "99999999:1", "16777217"] {
            let is_square = text == "16";
            assert_eq!(Aspect::read(text).is_some(), is_square, "{text}");
        }
        let limit = Pixels { height: 4, width: 4 };
        let sizes = |text: &str| -> Vec<String> {
            let sizes = Aspect::read(text).unwrap().sizes(limit);
            sizes.map(|size| size.to_string()).collect()
        };
        assert_eq!(sizes("2:1"), ["2x4", "2x3", "1x2", "1x1"]);
        assert_eq!(sizes("1:2"), ["4x2", "3x2", "2x1", "1x1"]);
        assert_eq!(sizes("1:1"), ["4x4", "3x3", "2x2", "1x1"]);
    }
}
