//! The instructions of [`multiply`](super::multiply) on processors that cannot have them.

use super::{Line, Tile};

/// Never there.
#[derive(Clone, Copy, Debug)]
pub enum Instructions {}

impl Instructions {
    pub fn find() -> Option<Instructions> {
        None
    }

    pub fn pack_strip(self, _: &[f32], _: usize, _: &mut [u32]) {
        match self {}
    }

    pub fn pack_rows(self, _: (&[f32], &[f32]), _: usize, _: usize, _: &mut [Line]) {
        match self {}
    }

    pub fn block(self, _: &mut Tile, _: (usize, usize), _: usize, _: &[u32], _: &[Line]) {
        match self {}
    }
}
