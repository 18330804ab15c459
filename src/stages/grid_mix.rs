//! Blocks of a tower whose tokens see their neighbours by a gated convolution (LFM3-VL).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::faults::Faults;
use super::windows::FullBlocks;
use crate::diag::{Code, Diagnostic};
use crate::units::{Amount, Size};

/// In some blocks, a convolution of each channel over the patch grid, between two gates, takes the place
/// of attention: `convolution: {blocks: [0, 1, 3]}` (LFM3-VL).
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Convolution")]
pub struct GridMixSpec {
    /// The blocks, counted from 0. They must be given.
    #[schemars(example = [0, 1, 3])]
    pub blocks: Vec<Amount>,
    /// Side of the convolution in tokens, an odd number; 3 if not given.
    #[serde(default)]
    #[schemars(extend("default" = KERNEL))]
    pub kernel: Choice<Size>,
}

/// Side of the convolution.
const KERNEL: Size = Size::of(3);

/// Blocks with a convolution, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct GridMix {
    /// The blocks, counted from 0.
    pub blocks: Vec<Amount>,
    /// Side of the convolution in tokens.
    pub kernel: Size,
}

impl GridMixSpec {
    /// The blocks that are described, in an encoder of so many.
    pub fn design(&self, depth: Option<Size>, faults: &mut Faults) -> GridMix {
        let kernel = self.kernel.unwrap_or(KERNEL);
        if kernel.get().is_multiple_of(2) {
            let text = format!("a convolution of {kernel} × {kernel} tokens has no middle");
            let help = format!("write an odd number, `kernel: {}`", kernel.get() + 1);
            faults.add("kernel", Diagnostic::error(Code::OutOfRange, text).help(help));
        }
        let beyond = depth.and_then(|depth| {
            let number = self.blocks.iter().find(|number| number.get() >= depth.get())?;
            Some((depth, number))
        });
        if let Some((depth, number)) = beyond {
            let text = format!("an encoder of {depth} blocks has no block {number}");
            let help = format!("blocks are counted from 0: the last one is {}", depth.get() - 1);
            faults.add("blocks", Diagnostic::error(Code::OutOfRange, text).help(help));
        }
        GridMix { blocks: self.blocks.clone(), kernel }
    }
}

impl From<&GridMix> for GridMixSpec {
    /// The section that says them, every choice written.
    fn from(mix: &GridMix) -> GridMixSpec {
        GridMixSpec { blocks: mix.blocks.clone(), kernel: mix.kernel.into() }
    }
}

impl GridMix {
    /// The other blocks of an encoder, in which every token sees all.
    pub fn full(&self, depth: Option<Size>) -> FullBlocks {
        let all = (0..depth.map_or(0, Size::get)).map(Amount::of);
        FullBlocks::Listed(all.filter(|number| !self.blocks.contains(number)).collect())
    }
}
