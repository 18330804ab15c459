//! Attention within windows that all have one size: those that reach beyond the grid are padded (SAM).

use super::attention::Attention;
use super::beside::Beside;
use super::block::Mixes;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{FromWindows, PaddedWindows, ToWindows};

/// Tokens cut into windows, which see each other there, zeros beyond the grid among them, and joined
/// again.
#[derive(Clone, Debug)]
pub struct PaddedAttention {
    /// The attention of a window.
    pub attention: Attention,
    /// The windows.
    pub windows: PaddedWindows,
}

impl Mixes for PaddedAttention {
    fn part(&self) -> (&'static str, Role) {
        self.attention.part()
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let tokens = b.axis(x, 1);
        let cut = b.push("to_windows", ToWindows(self.windows.clone()), &[x]);
        let mixed = self.attention.wire(b, cut, beside);
        let joined = b.push("from_windows", FromWindows(self.windows.clone()), &[mixed]);
        b.rename_axis(joined, 1, &tokens);
        joined
    }
}
