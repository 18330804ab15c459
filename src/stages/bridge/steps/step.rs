//! The steps that a bridge can be composed of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::{NotSuited, Reduction, Target};
use super::attend::{CrossAttentionSpec, SelfAttentionSpec};
use super::attention::AttentionSpec;
use super::branches::BranchesSpec;
use super::conv::ConvSpec;
use super::deformable::DeformableSpec;
use super::excite::ExcitationSpec;
use super::grid::{FoldSpec, InterpolateSpec, PoolSpec, Square};
use super::images::JoinImagesSpec;
use super::latents::{LatentsSpec, QueriesSpec};
use super::nested::{GateSpec, ResidualSpec};
use super::rounds::{EverySpec, RepeatSpec};
use super::short::Short;
use super::tables::{PositionsSpec, RelativeSpec, Softmax};
use super::tokens::{AppendSpec, DropSpec, Newlines};
use super::tokenwise::{GatedMlpSpec, LinearSpec};
use crate::graph::{Builder, Role};
use crate::ops::{ActivationKind, NormKind};
use crate::stages::faults::Faults;
use crate::stages::mlp::activate;
use crate::units::Size;

/// A step.
pub trait StepStage {
    /// The name and role of the part that it makes, alone or with those of its kind around it.
    fn part(&self) -> (&'static str, Role);

    /// The step with its size, in a few words.
    fn in_brief(&self) -> String;

    /// What it does, for someone who meets it for the first time.
    fn in_words(&self) -> Vec<&'static str>;

    /// What becomes of the number of tokens.
    fn reduction(&self) -> Reduction {
        Reduction::Kept
    }

    /// Wires it: `[B, N, D] → [B, M, D']`.
    ///
    /// # Errors
    /// The tokens do not suit it.
    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited>;
}

/// What a spec says of a step.
pub trait Written: Sized {
    /// The step as it is designed.
    type Step: StepStage;

    /// The step that is described.
    fn design(&self, faults: &mut Faults) -> Self::Step;

    /// Says a step, with every choice in it.
    fn say(step: &Self::Step) -> Self;
}

/// Every step with settings: its name, its variant, and what a spec says of it. Then the steps without
/// settings, and the activations.
macro_rules! steps {
    (
        $($(#[$doc:meta])* $name:literal $variant:ident: $written:ty;)*
        bare: $($(#[$about:meta])* $bare_name:literal $bare:ident;)*
        activations: $($(#[$attribute:meta])* $kind:ident;)*
    ) => {
        /// A step: its bare name, `gelu`, or with its settings, `{fold: 2}`.
        #[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[schemars(rename = "BridgeStep")]
        pub enum StepSpec {
            $($(#[$doc])* #[serde(rename = $name)] $variant($written),)*
            $($(#[$about])* #[serde(rename = $bare_name)] $bare,)*
            $($(#[$attribute])* $kind,)*
        }

        /// A step, every choice made.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Step {
            $($(#[$doc])* $variant(<$written as Written>::Step),)*
            $($(#[$about])* $bare,)*
            /// An activation.
            Activation(ActivationKind),
        }

        impl StepSpec {
            /// The step that is described.
            pub fn design(&self, faults: &mut Faults) -> Step {
                match self {
                    $(StepSpec::$variant(step) => {
                        Step::$variant(faults.within($name, |faults| step.design(faults)))
                    })*
                    $(StepSpec::$bare => Step::$bare,)*
                    $(StepSpec::$kind => Step::Activation(ActivationKind::$kind),)*
                }
            }
        }

        impl From<&Step> for StepSpec {
            /// The choice that says a step, with every choice in it.
            fn from(step: &Step) -> StepSpec {
                match step {
                    $(Step::$variant(step) => StepSpec::$variant(Written::say(step)),)*
                    $(Step::$bare => StepSpec::$bare,)*
                    Step::Activation(kind) => match kind {
                        $(ActivationKind::$kind => StepSpec::$kind,)*
                    },
                }
            }
        }

        impl Step {
            /// The step as a stage.
            pub fn stage(&self) -> &dyn StepStage {
                match self {
                    $(Step::$variant(step) => step,)*
                    $(Step::$bare => &$bare,)*
                    Step::Activation(kind) => kind,
                }
            }
        }
    };
}

steps! {
    /// A normalisation of each token, `{norm: rmsnorm}`; LayerNorm if its kind is not given.
    "norm" Norm: Option<NormKind>;
    /// One matrix on every token, to the LLM's width if no other is given.
    "linear" Linear: Short<LinearSpec>;
    /// Three matrices on every token: up twice, one times the activation of the other, down.
    "gated-mlp" GatedMlp: Short<GatedMlpSpec>;
    /// The first half of each token's values times an activation of the second, `{glu: silu}`; silu
    /// if it is not given.
    "glu" Glu: Option<ActivationKind>;
    /// A mixture of the rows of a table of so many rows, each as wide as the LLM's tokens: a value of
    /// a token weighs a row. Rows beyond its values are not weighed, but multiplied.
    "table" Table: Size;
    /// A learned table of so many positions, added; fitted to another number of tokens.
    "positions" Positions: Short<PositionsSpec>;
    /// Blocks of r × r tokens folded into one that is r² times as wide.
    "fold" Fold: Short<FoldSpec>;
    /// A convolution over the grid: dense, in groups, or depthwise.
    "conv" Conv: Short<ConvSpec>;
    /// Blocks of tokens averaged into one, or the grid averaged to so many tokens.
    "pool" Pool: Short<PoolSpec>;
    /// The grid of tokens read at the places of another, bilinear.
    "interpolate" Interpolate: Short<InterpolateSpec>;
    /// Blocks of k × k tokens made one by attention, which their mean asks.
    "attention-pool" AttentionPool: AttentionSpec;
    /// Steps on the tokens, added to them.
    "residual" Residual: ResidualSpec;
    /// Steps on the tokens, multiplied with them; if they make one token, with all.
    "gate" Gate: GateSpec;
    /// Lists of steps side by side, each on the same tokens, whose results are joined.
    "branches" Branches: BranchesSpec;
    /// Steps that are run several times, each time with tensors of their own.
    "repeat" Repeat: RepeatSpec;
    /// In a `repeat`: steps that are run in every n-th round only.
    "every" Every: EverySpec;
    /// A factor for each channel that the mean of all tokens decides (squeeze-excitation).
    "squeeze-excitation" SqueezeExcitation: Short<ExcitationSpec>;
    /// The first tokens dropped, such as a class token; what is left may be the patch grid.
    "drop" Drop: Short<DropSpec>;
    /// Learned tokens put after those of an image.
    "append" Append: Short<AppendSpec>;
    /// The tokens of so many images or frames, one after the other, as those of one.
    "join-images" JoinImages: Short<JoinImagesSpec>;
    /// Learned tokens take the place of the tokens at hand, which `cross-attention` asks.
    "latents" Latents: Short<LatentsSpec>;
    /// What steps make of the tokens takes their place, and `cross-attention` asks the tokens.
    "queries" Queries: QueriesSpec;
    /// The tokens attend to each other.
    "self-attention" SelfAttention: Short<SelfAttentionSpec>;
    /// A learned table of biases by distance, for each `self-attention` with `relative: true`.
    "relative-positions" Relative: RelativeSpec;
    /// The tokens attend to those that `latents` or `queries` replaced.
    "cross-attention" CrossAttention: Short<CrossAttentionSpec>;
    /// The tokens read those that `latents` or `queries` replaced, at a few places of their grid.
    "deformable-attention" Deformable: DeformableSpec;
    bare:
    /// Each token's values as shares of 1.
    "softmax" Softmax;
    /// Nothing, but an error unless the grid has as many rows as columns.
    "square" Square;
    /// A learned token put after each row of the grid.
    "newlines" Newlines;
    activations:
    /// An activation of each value, `x·Φ(x)`.
    Gelu;
    /// GELU's `tanh` approximation.
    #[serde(alias = "gelu_pytorch_tanh", alias = "gelu_new")]
    #[schemars(extend("x-other-names" = ["gelu_pytorch_tanh", "gelu_new"]))]
    GeluTanh;
    /// `x·σ(1.702·x)`.
    QuickGelu;
    /// `x·σ(x)`.
    #[serde(alias = "swish")]
    #[schemars(extend("x-other-names" = ["swish"]))]
    Silu;
    /// `max(x, 0)`.
    Relu;
    /// `max(x, 0)²`.
    #[serde(alias = "relu_squared")]
    #[schemars(extend("x-other-names" = ["relu_squared"]))]
    Relu2;
    /// `σ(x)`.
    Sigmoid;
    /// The hyperbolic tangent.
    Tanh;
    /// `max(0, min(1, x/6 + 1/2))`.
    #[serde(alias = "hardsigmoid")]
    #[schemars(extend("x-other-names" = ["hardsigmoid"]))]
    HardSigmoid;
    /// `x` times its hard sigmoid.
    #[serde(alias = "hardswish")]
    #[schemars(extend("x-other-names" = ["hardswish"]))]
    HardSwish;
}

impl StepStage for ActivationKind {
    fn part(&self) -> (&'static str, Role) {
        EACH_TOKEN_PART
    }

    fn in_brief(&self) -> String {
        self.name().to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![EACH_TOKEN]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, _: &At<'_>) -> Result<Flow, NotSuited> {
        let node = activate(b, x.node, *self);
        Ok(x.of_same_width(node))
    }
}

/// What works on each token alone, as many of them stand one after the other.
pub(super) const EACH_TOKEN: &str =
    "Layers are applied to every token by itself: no token sees another.";

/// The part that such steps make together.
pub(super) const EACH_TOKEN_PART: (&str, Role) = ("projection", Role::Projection);

impl Step {
    /// Whether it works on each token alone, in one part with others of its kind.
    pub fn is_tokenwise(&self) -> bool {
        matches!(self.stage().part().1, Role::Norm | Role::Projection)
    }
}
