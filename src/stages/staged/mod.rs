//! A tower of stages, each on a smaller grid and wider than the one before: what a spec says of it, and
//! what is designed.

mod convnext;
mod wiring;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use convnext::{ConvNext, ConvNextSpec};
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
}

impl StageBlockSpec {
    /// The name in a spec.
    fn name(&self) -> &'static str {
        match self {
            StageBlockSpec::Convnext(_) => "convnext",
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
    /// Its blocks.
    pub block: StageBlock,
}

/// The blocks of a stage, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StageBlock {
    /// ConvNeXt's.
    ConvNext(ConvNext),
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
            let StageSpec { width, depth, block } = *stage;
            let block =
                faults.within(
                    &format!("stages.{at}.block.{}", block.name()),
                    |faults| match block {
                        StageBlockSpec::Convnext(block) => {
                            StageBlock::ConvNext(block.design(faults))
                        }
                    },
                );
            Stage { width, depth, block }
        };
        Some(Staged { stages: stages.iter().enumerate().map(design).collect() })
    }

    /// The list that says them.
    pub fn said(&self) -> Vec<StageSpec> {
        let say = |stage: &Stage| {
            let Stage { width, depth, block } = *stage;
            let block = match block {
                StageBlock::ConvNext(block) => StageBlockSpec::Convnext(block.into()),
            };
            StageSpec { width, depth, block }
        };
        self.stages.iter().map(say).collect()
    }
}
