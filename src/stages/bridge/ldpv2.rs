//! MobileVLM V2's projector: two linear layers, pooling, and positions by a convolution (LDPv2).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Called, Flow};
use super::ldp::linears;
use super::pool::{Pool, Pooled, no_square, side_of};
use super::projector::Projector;
use super::rounding::Rounding;
use super::steps::{Conv, Residual, Square, Step, compose};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::graph::{Builder, NodeId};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// MobileVLM V2's is `bridge: ldpv2`. Its code takes grids that are square.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "LdpV2")]
pub struct LdpV2Spec {
    /// Visual tokens of an image, a square number; 144 if not given.
    #[schemars(extend("default" = TOKENS))]
    pub tokens: Choice<Size>,
}

/// LDPv2, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct LdpV2 {
    tokens: Size,
    side: Size,
}

/// MobileVLM V2's 12 × 12.
const TOKENS: Size = Size::of(144);

const SECTION: &str = "bridge.ldpv2";

/// The side of the square of pooled tokens.
static SIDE: Called =
    Called { name: "s_p", meaning: "pooled tokens per side", field: "bridge.ldpv2.tokens" };

impl LdpV2Spec {
    fn of(tokens: Size) -> LdpV2Spec {
        LdpV2Spec { tokens: tokens.into() }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> LdpV2 {
        let tokens = self.tokens.unwrap_or(TOKENS);
        let side = side_of(tokens).unwrap_or_else(|| {
            faults.add("tokens", no_square(tokens, "pooled tokens"));
            Size::of(1)
        });
        LdpV2 { tokens, side }
    }
}

impl From<&LdpV2> for LdpV2Spec {
    /// The fields that say a bridge, every choice written.
    fn from(bridge: &LdpV2) -> LdpV2Spec {
        LdpV2Spec::of(bridge.tokens)
    }
}

impl LdpV2 {
    /// What is known of LDPv2 by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "ldpv2",
        title: "LDPv2",
        typical: |_| Typical::new("ldpv2", "as MobileVLM V2 has it (arXiv 2402.03766)"),
        practice: Practice {
            place: 13,
            words: &["ldpv2", "ldp-v2"],
            usual: None,
            sized: |_| LdpV2Spec::default().into(),
            drawn: |_| Some(LdpV2Spec::default().into()),
            choices: |_| Vec::new(),
        },
    };
}

impl BridgeStage for LdpV2 {
    fn in_brief(&self) -> String {
        format!("two linear layers, pooled to {} tokens per image (LDPv2)", self.tokens)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Two linear layers bring each token to the LLM's width.",
            "The grid is then averaged to a smaller one, whatever its size.",
            "A depthwise convolution, added to the tokens, tells each of them where it stands.",
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Pooled(None)
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let x = Flow::of(x);
        Square::require(b, &x, "ldpv2", &At::named("", SECTION))?;
        let pool = Pool {
            pooled: Pooled::Adaptive(SIDE.of(self.side)),
            rounding: Rounding::Exact,
            as_product: false,
        };
        let positions = Conv { bias: true, ..Conv::depthwise(Size::of(3), Size::of(1)) };
        let mut steps = linears().to_vec();
        steps.push(Step::Pool(pool));
        steps.push(Step::Residual(Residual(vec![Step::Conv(positions)])));
        compose(b, &steps, x, to, SECTION)
    }
}
