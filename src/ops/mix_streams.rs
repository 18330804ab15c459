//! Streams of tokens mixed with each other.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, pair,
};
use crate::dim::Dim;

/// Tokens of n streams, side by side `[.., n·D]`, and coefficients `[.., n²]`: to each stream j the sum of all
/// is added, stream i times the coefficient `j·n + i` (AltUp's prediction).
///
/// Matmul FLOPs: 2·n² per token and channel. Other FLOPs: 1 per element.
#[derive(Clone, Debug)]
pub struct MixStreams {
    /// n.
    pub streams: Dim,
    /// D.
    pub width: Dim,
}

impl Operation for MixStreams {
    fn kind(&self) -> &'static str {
        "streams mixed"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let (x, mix) = pair(inputs)?;
        let fits = x.last() == &self.streams * &self.width
            && mix.last() == &self.streams * &self.streams
            && x.rows() == mix.rows();
        if fits { Ok(x.clone()) } else { Err(Mismatch("coefficients do not fit streams".into())) }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let matmul = 2 * output.elements() * &self.streams;
        Work::products(matmul, output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let x = first(&mut inputs);
        machine.mix_streams(self, x, first(&mut inputs))
    }
}
