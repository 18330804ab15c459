//! Numbers at even distances, as the libraries of the samplers make them: numpy's `linspace` in
//! doubles, and torch's `arange` in single precision.

/// `numpy.linspace(first, last, count)`: both ends among so many numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linspace {
    first: f64,
    last: f64,
    count: u64,
}

impl Linspace {
    /// So many numbers, at least one.
    pub fn new(first: f64, last: f64, count: u64) -> Linspace {
        Linspace { first, last, count }
    }

    /// The number at a place. The last is exact, the others are multiples of a step.
    pub fn at(self, place: u64) -> f64 {
        let steps = self.count.saturating_sub(1);
        if steps == 0 {
            return self.first;
        }
        if place == steps {
            return self.last;
        }
        let (span, steps) = (self.last - self.first, steps as f64);
        place as f64 * (span / steps) + self.first
    }
}

/// `torch.arange(first, end, step)` in single precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arange {
    first: f64,
    step: f64,
    count: u64,
}

/// Numbers that torch makes at once; the last one or two blocks of them may be incomplete, and their
/// numbers are made one by one (torch 2.15 on x86-64 with AVX2).
const LANES: u64 = 8;

impl Arange {
    /// The numbers from the first one up to the end, which is not among them unless the quotient is
    /// rounded up: their count is the quotient in doubles, rounded up.
    pub fn new(first: f64, end: f64, step: f64) -> Arange {
        Arange { first, step, count: ((end - first) / step).ceil() as u64 }
    }

    /// How many numbers there are.
    pub fn count(self) -> u64 {
        self.count
    }

    /// The number at a place. In a whole block, the first number is rounded to single precision and
    /// the others are counted from it. With fused products, as torch is compiled.
    pub fn at(self, place: u64) -> f32 {
        let number = |place: u64| self.step.mul_add(place as f64, self.first) as f32;
        let in_blocks = self.count / (2 * LANES) * (2 * LANES);
        if place >= in_blocks {
            return number(place);
        }
        let lane = place % LANES;
        self.step.mul_add(lane as f64, f64::from(number(place - lane))) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linspace_has_both_ends() {
        let all = |first, last, count| {
            (0..count).map(|place| Linspace::new(first, last, count).at(place)).collect::<Vec<_>>()
        };
        assert_eq!(all(0.0, 4.0, 3), [0.0, 2.0, 4.0]);
        assert_eq!(all(0.0, 29.0, 1), [0.0]);
        assert_eq!(all(0.0, 0.0, 3), [0.0; 3]);
        assert_eq!(all(0.0, 299.0, 24).last(), Some(&299.0));
    }

    #[test]
    fn arange_is_one_longer_where_the_quotient_is_rounded_up() {
        let count = |frames: f64, kept: f64| Arange::new(0.0, frames, frames / kept).count();
        assert_eq!((count(30.0, 26.0), count(34.0, 14.0), count(34.0, 12.0)), (27, 15, 12));
    }

    #[test]
    fn arange_is_single() {
        // torch.arange(16346.6…, 3247685, 3247685 / 760)[409] is 1749903.875: exactly it would be
        // 1749903.957, which is nearer to 1749904.
        let step = 3_247_685.0 / 760.0;
        let line = Arange::new(step / 2.0, 3_247_685.0, step);
        assert_eq!(line.at(409), 1_749_903.9);
        assert_eq!((line.count(), line.at(0) as u64), (760, 2136));
    }
}
