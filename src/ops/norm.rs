//! Layer normalisation and RMS normalisation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Which normalisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NormKind {
    /// Mean and variance, weight and bias (`torch.nn.LayerNorm`).
    #[serde(alias = "layer_norm", alias = "LayerNorm")]
    #[schemars(extend("x-other-names" = ["layer_norm", "LayerNorm"]))]
    LayerNorm,
    /// Root mean square, weight only (Llama's RMSNorm).
    #[serde(alias = "rms_norm", alias = "RMSNorm")]
    #[schemars(extend("x-other-names" = ["rms_norm", "RMSNorm"]))]
    RmsNorm,
    /// Mean and variance, weight only (Cohere, MPT).
    #[serde(rename = "layernorm-no-bias")]
    LayerNormNoBias,
    /// Root mean square and nothing stored (Llama 4's queries and keys, Gemma 4's values).
    #[serde(rename = "rmsnorm-no-weight")]
    RmsNormNoWeight,
}

impl NormKind {
    /// The name in prose.
    pub fn title(self) -> &'static str {
        match self {
            NormKind::LayerNorm => "LayerNorm",
            NormKind::LayerNormNoBias => "LayerNorm without bias",
            NormKind::RmsNorm => "RMSNorm",
            NormKind::RmsNormNoWeight => "RMSNorm without weight",
        }
    }
}

/// Normalises groups of `width` values of the innermost axis; the shape stays.
///
/// A norm over the whole axis has `width` = that axis; a per-head norm has `width` = head size and
/// shares its weight among the heads. Other FLOPs per element: LayerNorm 7 (sum, subtract, square,
/// sum, scale, weight, bias), RMSNorm 4 (square, sum, scale, weight), and one fewer for each of
/// weight and bias that is not there.
#[derive(Clone, Debug)]
pub struct Norm {
    /// Which one.
    pub kind: NormKind,
    /// Size of a group, and of the weight.
    pub width: Dim,
    /// Groups that have weights of their own; if there are none, all have the same.
    pub groups: Option<Dim>,
}

impl Norm {
    /// A norm whose weights are the same for all groups.
    pub fn new(kind: NormKind, width: Dim) -> Norm {
        Norm { kind, width, groups: None }
    }
}

impl Operation for Norm {
    fn kind(&self) -> &'static str {
        self.kind.title()
    }

    fn slots(&self) -> Slots {
        let shape = match &self.groups {
            None => Shape::new([self.width.clone()]),
            Some(groups) => Shape::new([groups.clone(), self.width.clone()]),
        };
        let names: &[&str] = match self.kind {
            NormKind::LayerNorm => &["weight", "bias"],
            NormKind::LayerNormNoBias | NormKind::RmsNorm => &["weight"],
            NormKind::RmsNormNoWeight => &[],
        };
        names.iter().map(|name| Slot::norm(name, shape.clone())).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        only(inputs).cloned()
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let per_element = match self.kind {
            NormKind::LayerNorm => 7,
            NormKind::LayerNormNoBias => 6,
            NormKind::RmsNorm => 4,
            NormKind::RmsNormNoWeight => 3,
        };
        Work::other(per_element * output.elements())
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.norm(self, first(&mut inputs))
    }
}
