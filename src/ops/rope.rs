//! Rotary position embedding.

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Rotates pairs of channels of queries or keys by their position (θ = 10000, `rotate_half`); the
/// shape stays and nothing is stored. Other FLOPs: 3 per element that is turned (two products and a
/// sum).
#[derive(Clone, Debug)]
pub struct Rope {
    /// Size of a head.
    pub head_dim: Dim,
    /// Values of a head that are turned, the first ones; all if nothing is said.
    pub turned: Option<Dim>,
    /// What turns the pairs.
    pub places: Places,
}

/// The positions that rotary embedding reads.
#[derive(Clone, Debug)]
pub enum Places {
    /// Along the sequence.
    Sequence {
        /// Tokens before the first one: its position.
        past: Dim,
    },
    /// In a grid: the row turns the first half of the pairs, the column the second half, both by
    /// the same frequencies unless they alternate. Tokens beside the grid are not turned.
    Grid {
        /// The grid of the patches, row by row.
        grid: Box<Grid>,
        /// Tokens before it.
        first: Dim,
        /// Whether rows have the frequencies of even number, columns those between them.
        alternating: bool,
    },
}

impl Operation for Rope {
    fn kind(&self) -> &'static str {
        "rotary"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let turned = match &self.turned {
            Some(turned) => output.elements().over(&self.head_dim) * turned,
            None => output.elements(),
        };
        Work::other(3 * turned)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.rope(self, first(&mut inputs))
    }
}
