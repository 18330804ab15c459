//! The largest picture within a number of tokens.

use rayon::prelude::*;

use super::extremes::Costed;
use super::{Count, Pixels, Refusal};

/// The largest picture of the ratio of `aspect`, no side longer than `longest`, that costs at most
/// so many visual tokens; nothing if none does. Counts need not grow with the picture: every size
/// is asked, the largest first, that is a whole multiple of the ratio in lowest terms.
pub fn fit<F>(tokens: u64, aspect: Pixels, longest: u64, count: F) -> Option<Costed>
where
    F: Fn(Pixels) -> Result<Count, Refusal> + Sync,
{
    let divisor = gcd(aspect.height, aspect.width).max(1);
    let lowest = Pixels::new(aspect.height / divisor, aspect.width / divisor);
    let most = longest / lowest.longer().max(1);
    let costed = |times: u64| {
        let picture = lowest.times(times, times);
        let count = count(picture).ok().filter(|count| count.visual <= tokens)?;
        Some(Costed { picture, count })
    };
    (1..=most).into_par_iter().map(costed).find_last(Option::is_some).flatten()
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_picture_may_cost_less() {
        // 1, 2, 3, then fewer again from 40 × 30 on, and far too many from 80 × 60 on.
        let count = |picture: Pixels| {
            let visual = match picture.height {
                ..40 => picture.height / 4,
                40..80 => 5,
                _ => 100,
            };
            Ok(Count { visual, structural: 0 })
        };
        let found = |tokens| fit(tokens, Pixels::new(4, 3), 4096, count).map(|f| f.picture);
        assert_eq!(found(5), Some(Pixels::new(76, 57)));
        assert_eq!(found(4), Some(Pixels::new(16, 12)));
        assert_eq!(found(0), None);
        assert_eq!(found(100), Some(Pixels::new(4096, 3072)));
    }

    #[test]
    fn the_ratio_is_taken_in_lowest_terms() {
        let count = |_| Ok(Count::default());
        let found = fit(0, Pixels::new(1080, 1920), 100, count).unwrap();
        assert_eq!(found.picture, Pixels::new(54, 96));
    }
}
