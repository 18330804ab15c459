//! The tiles of a picture joined to one grid (any resolution: LLaVA-NeXT, LLaVA-OneVision; crops that
//! overlap: Molmo2).

use super::{
    Grid, Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first,
};
use crate::dim::Dim;

/// `[B, views·n, D] → [B, n + A·C, D]`, or with a learned newline `[B, 1, D]` after each row of the
/// grid `[B, n + A·C + A, D]`.
///
/// The first view shows the whole picture: its n tokens stay as they are. Those of the others form
/// one grid, without what two neighbours both show. Of it the rows or columns that only show padding are cut off, as many on both sides.
/// What is left is resized to A rows and C columns, bilinearly, where it has others. Moving values
/// and interpolating are not counted.
#[derive(Clone, Debug)]
pub struct JoinTiles {
    /// n, the tokens of a view.
    pub tokens: Dim,
    /// The grid that they form.
    pub view: Grid,
    /// Rows and columns of tiles.
    pub tiles: (Dim, Dim),
    /// Rows and columns of a tile, at both ends together, that its neighbours show too.
    pub overlap: Dim,
    /// Rows and columns of the joined grid without padding.
    pub unpadded: (Dim, Dim),
    /// A rows and C columns, which stay of it.
    pub kept: (Dim, Dim),
    /// Whether a newline is put after each row.
    pub newline: bool,
}

impl Operation for JoinTiles {
    fn kind(&self) -> &'static str {
        "joint of tiles"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let is_complete = inputs.len() == 1 + usize::from(self.newline);
        let x = inputs.first().filter(|x| x.0.len() == 3 && is_complete);
        let x = x.ok_or_else(|| Mismatch("expects tokens [B, N, D], and a newline".into()))?;
        let (rows, columns) = &self.kept;
        let newlines = if self.newline { rows.clone() } else { Dim::zero() };
        Ok(x.with(1, &self.tokens + rows * columns + newlines))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let x = first(&mut inputs);
        let newline = self.newline.then(|| first(&mut inputs));
        machine.join_tiles(self, x, newline)
    }
}
