//! Random draws that are the same on every machine.

use serde::{Deserialize, Serialize};

/// SplitMix64 (Steele, Lea, Flood 2014) read as a function of seed, stream and counter: no state
/// but the counter, whole numbers only. Question `n` of a drill draws from stream `n`, so it does
/// not depend on what the questions before it drew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rng {
    key: u64,
    counter: u64,
}

impl Rng {
    /// The draws of one stream.
    pub fn new(seed: u64, stream: u64) -> Rng {
        Rng { key: mixed(seed ^ mixed(stream)), counter: 0 }
    }

    /// A number below `bound`; 0 if that is 0. The slight bias of the remainder does not matter.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.counter += 1;
        mixed(self.key.wrapping_add(self.counter)).checked_rem(bound).unwrap_or(0)
    }

    /// True once in `n` draws.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of the items of a table.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        items.get(self.below(items.len() as u64) as usize).copied()
    }

    /// Puts the items into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at as u64 + 1) as usize);
        }
    }

    /// The index of an item, drawn by these weights; none if all are 0.
    pub fn weighted(&mut self, weights: &[u64]) -> Option<usize> {
        let mut left = match weights.iter().sum() {
            0 => return None,
            sum => self.below(sum),
        };
        weights.iter().position(|weight| match left.checked_sub(*weight) {
            Some(less) => {
                left = less;
                false
            }
            None => true,
        })
    }
}

/// SplitMix64's output of one step.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_on_every_machine() {
        // SplitMix64 with seed 0 begins with this number.
        assert_eq!(mixed(0), 0xe220_a839_7b1d_cdaf);
        let draws = |seed, stream| {
            let mut rng = Rng::new(seed, stream);
            [0; 4].map(|_| rng.below(1000))
        };
        assert_eq!(draws(1, 0), draws(1, 0));
        assert_ne!(draws(1, 0), draws(1, 1));
        assert_ne!(draws(1, 0), draws(2, 0));
    }

    #[test]
    fn draws_stay_in_range() {
        let mut rng = Rng::new(7, 0);
        let mut items: Vec<u64> = (0..10).collect();
        rng.shuffle(&mut items);
        assert_ne!(items, (0..10).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..10).collect::<Vec<_>>());
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.pick::<u8>(&[]), None);
        assert_eq!(rng.weighted(&[0, 0]), None);
        let mut counts = [0; 3];
        for _ in 0..1000 {
            counts[rng.weighted(&[1, 0, 3]).unwrap()] += 1;
        }
        assert!(counts[1] == 0 && counts[0] > 150 && counts[2] > 600, "{counts:?}");
    }
}
