//! Streams of tokens corrected by what became of the first.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first};
use crate::dim::Dim;

/// Tokens of n streams, side by side `[.., n·D]`, what became of the first of them, `[.., D]`, and coefficients
/// `[.., n]`: to each stream the change of the first is added, times 1 + its coefficient (AltUp's
/// correction). Other FLOPs of a token: `(2·n + 1)·D + n`.
#[derive(Clone, Debug)]
pub struct CorrectStreams {
    /// n.
    pub streams: Dim,
    /// D.
    pub width: Dim,
}

impl Operation for CorrectStreams {
    fn kind(&self) -> &'static str {
        "streams corrected"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [x, made, factors] = inputs else {
            return Err(Mismatch("takes streams, one of them, and coefficients".into()));
        };
        let fits = x.last() == &self.streams * &self.width
            && made.last() == self.width
            && factors.last() == self.streams;
        if fits {
            Ok((*x).clone())
        } else {
            Err(Mismatch("coefficients do not fit streams".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let each = (2 * &self.streams + Dim::one()) * &self.width + &self.streams;
        Work::other(output.rows() * each)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let [x, made, factors] = std::array::from_fn(|_| first(&mut inputs));
        machine.correct_streams(self, [x, made, factors])
    }
}
