//! MobileVLM's lightweight downsampling projector: two linear layers, then convolutions (LDP).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Flow};
use super::projector::Projector;
use super::steps::{
    Conv, Excitation, LinearStep, NormStep, Residual, Square, Step, Width, compose,
};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::dim::Dim;
use crate::graph::{Builder, Multiple, NodeId};
use crate::ops::{ActivationKind, NormKind};
use crate::stages::faults::Faults;
use crate::units::Size;

/// It has no settings: everything follows from the widths. Its code takes grids that are square, and
/// an LLM whose width is a multiple of 8.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Ldp")]
pub struct LdpSpec {}

/// LDP.
#[derive(Clone, Debug, PartialEq)]
pub struct Ldp;

const SECTION: &str = "bridge.ldp";

impl LdpSpec {
    /// The bridge that is described.
    pub fn design(&self, _: &mut Faults) -> Ldp {
        Ldp
    }
}

impl From<&Ldp> for LdpSpec {
    fn from(_: &Ldp) -> LdpSpec {
        LdpSpec {}
    }
}

impl Ldp {
    /// What is known of LDP by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "ldp",
        title: "LDP",
        typical: |_| Typical::new("ldp", "as MobileVLM has it (arXiv 2312.16886)"),
        practice: Practice {
            place: 12,
            words: &["ldp"],
            usual: None,
            sized: |_| LdpSpec::default().into(),
            drawn: |draw| {
                let suits = draw.side.is_multiple_of(2) && draw.llm.get().is_multiple_of(8);
                suits.then(|| LdpSpec::default().into())
            },
            choices: |_| Vec::new(),
        },
    };
}

/// The linear layers of both versions.
pub(super) fn linears() -> [Step; 3] {
    let linear = || Step::Linear(LinearStep::to(Width::Llm));
    [linear(), Step::Activation(ActivationKind::Gelu), linear()]
}

/// An inverted residual of MobileNetV3 without its expansion, and without the sum.
fn inverted(stride: u64, squeezed: &Dim) -> Vec<Step> {
    let norm = || Step::Norm(NormStep(NormKind::LayerNorm));
    let excite = Excitation {
        factor: ActivationKind::HardSigmoid,
        ..Excitation::of(Width::Made(squeezed.clone()), ActivationKind::Relu)
    };
    vec![
        Step::Conv(Conv::depthwise(Size::of(3), Size::of(stride))),
        norm(),
        Step::Activation(ActivationKind::HardSwish),
        Step::SqueezeExcitation(excite),
        Step::Conv(Conv::pointwise(Width::SAME, false)),
        norm(),
    ]
}

/// A quarter of a width, to the nearest multiple of 8, but never below nine tenths of it (MobileNet's
/// `make_divisible`, torchvision).
fn squeezed(b: &mut Builder, width: &Dim) -> Dim {
    let [four, eight] = [4, 8].map(Dim::from);
    let quarter = width.over(&four);
    let symbols = b.symbols();
    let near = symbols.floor_div(&(&quarter + &four), &eight);
    let near = 8 * symbols.max(&near, &Dim::one());
    // 1 where it is too small, else 0.
    let lacks = 9 * quarter - 10 * &near;
    let lacks = symbols.max(&lacks, &Dim::zero());
    let one_more = symbols.min(&lacks, &Dim::one());
    b.named("s_e", "width between the layers of squeeze-excitation", near + 8 * one_more).into()
}

impl BridgeStage for Ldp {
    fn in_brief(&self) -> String {
        "two linear layers, then convolutions that halve the sides of the grid (LDP)".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Two linear layers bring each token to the LLM's width.",
            "Depthwise convolutions then let each token see its neighbours, and the last of them \
             takes every second row and column.",
            Excitation::WORDS,
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Regrouped
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let x = Flow::of(x);
        Square::require(b, &x, "ldp", &At::named("", SECTION))?;
        b.require(Multiple {
            dividend: to.width.clone(),
            divisor: Dim::from(8),
            names: ("width of the LLM", "number that LDP rounds widths to"),
            fields: [SECTION.into(), "llm.width".into()],
            pixels: None,
            squared: None,
            way_out: None,
        });
        let squeezed = squeezed(b, &to.width);
        let mut steps = linears().to_vec();
        steps.push(Step::Residual(Residual(inverted(1, &squeezed))));
        steps.extend(inverted(2, &squeezed));
        compose(b, &steps, x, to, SECTION)
    }
}
