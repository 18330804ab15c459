//! A tower of stages, each on a smaller grid and wider than the one before: what a spec says of it, and
//! what is designed.

mod convnext;
mod davit;
mod wiring;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use convnext::{ConvNext, ConvNextSpec};
pub use davit::{DaVit, DaVitSpec};
pub use wiring::Map;

use super::faults::Faults;
use crate::diag::{Code, Diagnostic};
use crate::units::Size;

/// A stage of a tower: so many blocks on one grid. From the second one on, a norm and a convolution
/// make a token of each block of 2 × 2 before it; rows and columns left over are dropped.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Stage")]
pub struct StageSpec {
    /// Width of a token.
    #[schemars(example = 128)]
    pub width: Size,
    /// Number of blocks.
    #[schemars(example = 3)]
    pub depth: Size,
    /// Side of the convolution that makes its tokens, an odd number, if they overlap (DaViT): of the
    /// first stage in pixels, 7 for patches of 4; of later ones in tokens, 3. The side of a patch, or 2,
    /// if not given.
    #[serde(default)]
    #[schemars(example = 3)]
    pub kernel: Option<Size>,
    /// What its blocks are.
    pub block: StageBlockSpec,
}

/// The blocks of a stage.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "StageBlock")]
pub enum StageBlockSpec {
    /// A convolution of each channel by itself, a norm and an MLP, added to what came in (ConvNeXt).
    Convnext(ConvNextSpec),
    /// Attention of tokens within windows, then attention of channels, each with an MLP after it and
    /// convolutions of 3 × 3 tokens before both (DaViT, Florence-2).
    Davit(DaVitSpec),
}

impl StageBlockSpec {
    /// The name in a spec.
    fn name(&self) -> &'static str {
        match self {
            StageBlockSpec::Convnext(_) => "convnext",
            StageBlockSpec::Davit(_) => "davit",
        }
    }
}

/// A stage, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Width of a token.
    pub width: Size,
    /// Number of blocks.
    pub depth: Size,
    /// Side of the convolution that makes its tokens, if they overlap.
    pub kernel: Option<Size>,
    /// Its blocks.
    pub block: StageBlock,
}

/// The blocks of a stage, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StageBlock {
    /// ConvNeXt's.
    ConvNext(ConvNext),
    /// DaViT's.
    DaVit(DaVit),
}

/// A tower of stages, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// The stages in order; at least one.
    pub stages: Vec<Stage>,
}

impl Staged {
    /// The stages that are described.
    pub fn of(stages: &[StageSpec], faults: &mut Faults) -> Option<Staged> {
        if stages.is_empty() {
            let text = "`stages` lists none";
            let help =
                "list them, `stages: [{width: 128, depth: 3, block: convnext}, …]`, or take it out";
            faults.add("stages", Diagnostic::error(Code::Mismatch, text).help(help));
            return None;
        }
        let design = |(at, stage): (usize, &StageSpec)| {
            let StageSpec { width, depth, kernel, block } = *stage;
            let place = format!("stages.{at}");
            if let Some(kernel) = kernel.filter(|kernel| kernel.get().is_multiple_of(2)) {
                let text = format!("windows of {kernel} that overlap have no middle");
                let help = format!(
                    "write an odd number, `kernel: {}`, or take it out: patches, or \
                                    blocks of 2 × 2 tokens, then stand side by side",
                    kernel.get() + 1
                );
                let problem = Diagnostic::error(Code::OutOfRange, text).help(help);
                faults.within(&place, |faults| faults.add("kernel", problem));
            }
            let block =
                faults.within(&format!("{place}.block.{}", block.name()), |faults| match block {
                    StageBlockSpec::Convnext(block) => StageBlock::ConvNext(block.design(faults)),
                    StageBlockSpec::Davit(block) => StageBlock::DaVit(block.design()),
                });
            Stage { width, depth, kernel, block }
        };
        Some(Staged { stages: stages.iter().enumerate().map(design).collect() })
    }

    /// Side of the square of pixels that a token of the first stage is made of, if these overlap.
    pub fn window(&self) -> Option<Size> {
        self.stages.first()?.kernel
    }

    /// The list that says them.
    pub fn said(&self) -> Vec<StageSpec> {
        let say = |stage: &Stage| {
            let Stage { width, depth, kernel, block } = *stage;
            let block = match block {
                StageBlock::ConvNext(block) => StageBlockSpec::Convnext(block.into()),
                StageBlock::DaVit(block) => StageBlockSpec::Davit(block.into()),
            };
            StageSpec { width, depth, kernel, block }
        };
        self.stages.iter().map(say).collect()
    }
}
