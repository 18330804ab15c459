//! Blocks of a tower whose tokens see each other within windows of the patch grid.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::faults::Faults;
use crate::diag::{Code, Diagnostic};
use crate::graph::When;
use crate::units::{Amount, Size};

/// Windows as they are designed.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowedBlocks {
    /// Rows and columns of patches of a window.
    pub side: Size,
    /// What stands at the edges of the grid.
    pub edges: WindowEdges,
    /// The blocks that have none.
    pub full: FullBlocks,
}

/// What stands at the edges of a grid that windows do not fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowEdges {
    /// Smaller windows (Qwen2.5-VL).
    #[default]
    Smaller,
    /// Windows of one size, filled with zeros (SAM).
    Padded,
}

/// Blocks in which every token sees all, among blocks with windows.
#[derive(Clone, Debug, PartialEq)]
pub enum FullBlocks {
    /// No block.
    None,
    /// Every n-th.
    Every(Size),
    /// The blocks of these numbers, counted from 0.
    Listed(Vec<Amount>),
}

/// What a spec says of windows.
pub struct Said<'a> {
    /// The side of a window.
    pub side: Option<Size>,
    /// What stands at the edges.
    pub edges: Choice<WindowEdges>,
    /// Numbers of the blocks without windows.
    pub full: Option<&'a [Amount]>,
    /// Their period.
    pub full_every: Option<Size>,
    /// Number of blocks.
    pub depth: Option<Size>,
}

impl Said<'_> {
    /// The windows that are described, if there are any.
    pub fn design(&self, faults: &mut Faults) -> Option<WindowedBlocks> {
        let mut mismatch = |field: &'static str, text: &str, help: &str| {
            faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
        };
        let full = match (self.full, self.full_every) {
            (Some(_), Some(_)) => {
                let text = "`full_attention` and `full_attention_every` say the same";
                mismatch("full_attention_every", text, "keep one of them");
                return None;
            }
            (Some(numbers), None) => FullBlocks::Listed(numbers.to_vec()),
            (None, Some(period)) => FullBlocks::Every(period),
            (None, None) => FullBlocks::None,
        };
        let Some(side) = self.side else {
            let help = "write the side of the other blocks' windows in patches, `window: 8`, or \
                        take it out: without windows every block sees all";
            if !self.edges.is_open() {
                let text = "`window_edges` means nothing without `window`";
                mismatch("window_edges", text, help);
            }
            match full {
                FullBlocks::None => {}
                FullBlocks::Every(_) => {
                    let text = "`full_attention_every` means nothing without `window`";
                    mismatch("full_attention_every", text, help);
                }
                FullBlocks::Listed(_) => {
                    let text = "`full_attention` means nothing without `window`";
                    mismatch("full_attention", text, help);
                }
            }
            return None;
        };
        if let (FullBlocks::Listed(numbers), Some(depth)) = (&full, self.depth) {
            let beyond = numbers.iter().find(|number| number.get() >= depth.get());
            if let Some(number) = beyond {
                let text = format!("an encoder of {depth} blocks has no block {number}");
                let help =
                    format!("blocks are counted from 0: the last one is {}", depth.get() - 1);
                faults.add("full_attention", Diagnostic::error(Code::OutOfRange, text).help(help));
            }
        }
        Some(WindowedBlocks { side, edges: self.edges.unwrap_or_default(), full })
    }
}

impl FullBlocks {
    /// Among the blocks from a number on, which have windows and which see everything; none if all
    /// have windows.
    pub fn conditions(&self, first: u64) -> Option<[When; 2]> {
        match self {
            FullBlocks::None => None,
            FullBlocks::Every(period) => {
                let period = period.get();
                let offset = period - 1 - first % period;
                Some([When::Except { period, offset }, When::Every { period, offset }])
            }
            FullBlocks::Listed(numbers) => {
                let later = numbers.iter().filter_map(|number| number.get().checked_sub(first));
                let later: Arc<[u64]> = later.collect();
                Some([When::NotAmong(later.clone()), When::Among(later)])
            }
        }
    }

    /// The number of the last block that is listed.
    pub fn last(&self) -> Option<u64> {
        match self {
            FullBlocks::None | FullBlocks::Every(_) => None,
            FullBlocks::Listed(numbers) => numbers.iter().map(|number| number.get()).max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_blocks_are_counted_from_their_own_first() {
        let listed = [3, 7, 11].map(Amount::of).to_vec();
        for full in [FullBlocks::Every(Size::of(4)), FullBlocks::Listed(listed)] {
            for first in 0..9 {
                let [windowed, all] = full.conditions(first).unwrap();
                for block in first..12 {
                    let is_full = block % 4 == 3;
                    assert_eq!(all.runs_in(block - first), is_full, "{full:?} {first} {block}");
                    assert_eq!(windowed.runs_in(block - first), !is_full);
                }
            }
        }
        assert_eq!(FullBlocks::None.conditions(3), None);
    }
}
