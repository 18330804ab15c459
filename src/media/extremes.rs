//! The most and the least that a picture can cost, over all sizes.

use rayon::prelude::*;

use super::{Count, Pixels, Refusal};

/// A picture and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costed {
    /// The picture.
    pub picture: Pixels,
    /// What it costs.
    pub count: Count,
}

/// The most and the least visual tokens over all sizes. Of several sizes the one of the smallest
/// height is told, and of these the one of the smallest width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extremes {
    /// A picture of the fewest visual tokens.
    pub least: Costed,
    /// A picture of the most visual tokens.
    pub most: Costed,
    /// Sizes that were counted.
    pub counted: u64,
    /// Sizes that the processor refuses.
    pub refused: u64,
}

impl Extremes {
    /// Those of sizes before and after: of equal counts the picture before stays.
    fn then(self, after: Extremes) -> Extremes {
        let visual = |costed: Costed| costed.count.visual;
        Extremes {
            least: if visual(after.least) < visual(self.least) { after.least } else { self.least },
            most: if visual(after.most) > visual(self.most) { after.most } else { self.most },
            counted: self.counted + after.counted,
            refused: self.refused + after.refused,
        }
    }
}

/// The extremes of a count over all sizes from 1 × 1 to `within`, each of which is counted; nothing
/// if all are refused.
pub fn extremes<F>(within: Pixels, count: F) -> Option<Extremes>
where
    F: Fn(Pixels) -> Result<Count, Refusal> + Sync,
{
    let row = |height: u64| {
        let (mut found, mut refused): (Option<Extremes>, u64) = (None, 0);
        for picture in (1..=within.width).map(|width| Pixels { height, width }) {
            let Ok(count) = count(picture) else {
                refused += 1;
                continue;
            };
            let one = Costed { picture, count };
            let alone = Extremes { least: one, most: one, counted: 1, refused: 0 };
            found = Some(found.map_or(alone, |before| before.then(alone)));
        }
        (found, refused)
    };
    let both = |before: (Option<Extremes>, u64), after: (Option<Extremes>, u64)| {
        let found = match (before.0, after.0) {
            (Some(before), Some(after)) => Some(before.then(after)),
            (before, after) => before.or(after),
        };
        (found, before.1 + after.1)
    };
    // Parts are joined in the order of their heights, on however many threads they are counted.
    let (found, refused) = (1..=within.height).into_par_iter().map(row).reduce(|| (None, 0), both);
    found.map(|found| Extremes { refused, ..found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_equal_sizes_the_first_is_told() {
        let count = |picture: Pixels| match picture.area() % 7 {
            0 => Err(Refusal::Side),
            visual => Ok(Count { visual, structural: picture.height }),
        };
        let found = extremes(Pixels::new(9, 30), count).unwrap();
        assert_eq!(found.least.picture, Pixels::new(1, 1));
        assert_eq!(found.most.picture, Pixels::new(1, 6));
        assert_eq!(found.most.count, Count { visual: 6, structural: 1 });
        // 8 heights without a factor of 7, each with 4 such widths, and 30 widths of height 7.
        assert_eq!((found.counted, found.refused), (270 - 62, 62));
    }

    #[test]
    fn nothing_is_found_where_all_is_refused() {
        assert_eq!(extremes(Pixels::square(3), |_| Err(Refusal::Side)), None);
    }
}
