//! The steps that a bridge can be composed of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::fold::Fold;
use super::super::pool::Pool;
use super::super::rounding::Rounding;
use super::super::{NotSuited, Reduction, Target};
use super::attention::{Attention, AttentionSpec, Fields};
use super::grid::{Conv, ConvSpec, FoldSpec, InterpolateSpec, Interpolation, PoolSpec};
use super::short::Short;
use super::tokenwise::{self, GatedMlp, GatedMlpSpec, LinearSpec, LinearStep};
use crate::graph::{Builder, Role};
use crate::ops::{ActivationKind, NormKind};
use crate::stages::block::norm;
use crate::stages::faults::Faults;
use crate::stages::mlp::activate;
use crate::units::Size;

/// A step: its bare name, `gelu`, or with its settings, `{fold: 2}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "BridgeStep")]
pub enum StepSpec {
    /// A normalisation of each token, `{norm: rmsnorm}`; LayerNorm if its kind is not given.
    Norm(Option<NormKind>),
    /// Blocks of r × r tokens folded into one that is r² times as wide.
    Fold(Short<FoldSpec>),
    /// Blocks of k × k tokens made one by a matrix that is stored as a convolution's kernel.
    Conv(ConvSpec),
    /// Blocks of tokens averaged into one.
    Pool(Short<PoolSpec>),
    /// The grid of tokens read at the places of a coarser one, bilinear.
    Interpolate(Short<InterpolateSpec>),
    /// Blocks of k × k tokens made one by attention, which their mean asks.
    AttentionPool(AttentionSpec),
    /// One matrix on every token, to the LLM's width if no other is given.
    Linear(Short<LinearSpec>),
    /// Three matrices on every token: up twice, one times the activation of the other, down.
    GatedMlp(Short<GatedMlpSpec>),
    /// The first half of each token's values times an activation of the second, `{glu: silu}`; silu
    /// if it is not given.
    Glu(Option<ActivationKind>),
    /// Each token's values as shares of 1.
    Softmax,
    /// A mixture of the rows of a table of so many rows, each as wide as the LLM's tokens: a value of
    /// a token weighs a row. Rows beyond its values are not weighed, but multiplied.
    Table(Size),
    /// A learned table of so many positions, added; fitted to another number of tokens.
    Positions(Size),
    /// An activation of each value, `x·Φ(x)`.
    #[serde(rename = "gelu")]
    Gelu,
    /// GELU's `tanh` approximation.
    #[serde(rename = "gelu_tanh", alias = "gelu_pytorch_tanh", alias = "gelu_new")]
    #[schemars(extend("x-other-names" = ["gelu_pytorch_tanh", "gelu_new"]))]
    GeluTanh,
    /// `x·σ(1.702·x)`.
    #[serde(rename = "quick_gelu")]
    QuickGelu,
    /// `x·σ(x)`.
    #[serde(alias = "swish")]
    #[schemars(extend("x-other-names" = ["swish"]))]
    Silu,
    /// `max(x, 0)`.
    Relu,
    /// `max(x, 0)²`.
    #[serde(alias = "relu_squared")]
    #[schemars(extend("x-other-names" = ["relu_squared"]))]
    Relu2,
    /// `σ(x)`.
    Sigmoid,
    /// `tanh(x)`.
    Tanh,
}

/// A step, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A normalisation.
    Norm(NormKind),
    /// Blocks folded.
    Fold(Fold),
    /// Blocks convolved.
    Conv(Conv),
    /// Blocks averaged.
    Pool(Pool),
    /// Another grid.
    Interpolate(Interpolation),
    /// Blocks pooled by attention.
    AttentionPool(Attention),
    /// One matrix.
    Linear(LinearStep),
    /// Three matrices.
    GatedMlp(GatedMlp),
    /// One half times an activation of the other.
    Glu(ActivationKind),
    /// Shares.
    Softmax,
    /// A mixture of a table's rows.
    Table(Size),
    /// Positions.
    Positions(Size),
    /// An activation.
    Activation(ActivationKind),
}

impl StepSpec {
    /// The step that is described.
    pub fn design(&self, faults: &mut Faults) -> Step {
        let activation = Step::Activation;
        match self {
            StepSpec::Norm(kind) => Step::Norm(kind.unwrap_or(NormKind::LayerNorm)),
            StepSpec::Fold(Short(fold)) => Step::Fold(fold.design()),
            StepSpec::Conv(conv) => Step::Conv(conv.design()),
            StepSpec::Pool(Short(pool)) => {
                Step::Pool(faults.within("pool", |faults| pool.design(faults)))
            }
            StepSpec::Interpolate(Short(step)) => Step::Interpolate(step.design()),
            StepSpec::AttentionPool(attention) => Step::AttentionPool(attention.design()),
            StepSpec::Linear(Short(linear)) => Step::Linear(linear.design()),
            StepSpec::GatedMlp(Short(mlp)) => Step::GatedMlp(mlp.design()),
            StepSpec::Glu(kind) => Step::Glu(kind.unwrap_or(ActivationKind::Silu)),
            StepSpec::Softmax => Step::Softmax,
            StepSpec::Table(rows) => Step::Table(*rows),
            StepSpec::Positions(rows) => Step::Positions(*rows),
            StepSpec::Gelu => activation(ActivationKind::Gelu),
            StepSpec::GeluTanh => activation(ActivationKind::GeluTanh),
            StepSpec::QuickGelu => activation(ActivationKind::QuickGelu),
            StepSpec::Silu => activation(ActivationKind::Silu),
            StepSpec::Relu => activation(ActivationKind::Relu),
            StepSpec::Relu2 => activation(ActivationKind::Relu2),
            StepSpec::Sigmoid => activation(ActivationKind::Sigmoid),
            StepSpec::Tanh => activation(ActivationKind::Tanh),
        }
    }
}

impl From<&Step> for StepSpec {
    /// The choice that says a step, with every choice in it.
    fn from(step: &Step) -> StepSpec {
        match step {
            Step::Norm(kind) => StepSpec::Norm(Some(*kind)),
            Step::Fold(fold) => StepSpec::Fold(Short(fold.into())),
            Step::Conv(conv) => StepSpec::Conv(conv.into()),
            Step::Pool(pool) => StepSpec::Pool(Short(pool.into())),
            Step::Interpolate(step) => StepSpec::Interpolate(Short(step.into())),
            Step::AttentionPool(attention) => StepSpec::AttentionPool(attention.into()),
            Step::Linear(linear) => StepSpec::Linear(Short(linear.into())),
            Step::GatedMlp(mlp) => StepSpec::GatedMlp(Short(mlp.into())),
            Step::Glu(kind) => StepSpec::Glu(Some(*kind)),
            Step::Softmax => StepSpec::Softmax,
            Step::Table(rows) => StepSpec::Table(*rows),
            Step::Positions(rows) => StepSpec::Positions(*rows),
            Step::Activation(kind) => match kind {
                ActivationKind::Gelu => StepSpec::Gelu,
                ActivationKind::GeluTanh => StepSpec::GeluTanh,
                ActivationKind::QuickGelu => StepSpec::QuickGelu,
                ActivationKind::Silu => StepSpec::Silu,
                ActivationKind::Relu => StepSpec::Relu,
                ActivationKind::Relu2 => StepSpec::Relu2,
                ActivationKind::Sigmoid => StepSpec::Sigmoid,
                ActivationKind::Tanh => StepSpec::Tanh,
            },
        }
    }
}

/// What works on each token alone, as many of them stand one after the other.
const EACH_TOKEN: &str = "Layers are applied to every token by itself: no token sees another.";

impl Step {
    /// The name and role of the part that it makes, alone or with those of its kind around it.
    pub fn part(&self) -> (&'static str, Role) {
        match self {
            Step::Norm(_) => ("norm", Role::Norm),
            Step::Fold(_) => ("fold", Role::Merge),
            Step::Conv(_) => ("conv", Role::Merge),
            Step::Pool(_) => ("pool", Role::Merge),
            Step::Interpolate(_) => ("interpolate", Role::Merge),
            Step::AttentionPool(_) => ("attention_pool", Role::Merge),
            _ => ("projection", Role::Projection),
        }
    }

    /// Whether it works on each token alone.
    pub fn is_tokenwise(&self) -> bool {
        self.part().1 != Role::Merge
    }

    /// The step with its size, in a few words.
    pub fn in_brief(&self) -> String {
        match self {
            Step::Norm(kind) => kind.title().to_owned(),
            Step::Fold(fold) => format!("blocks of {0}×{0} folded", fold.factor),
            Step::Conv(conv) => format!("a convolution of {0}×{0}", conv.kernel),
            Step::Pool(pool) => format!("average pooling {}", pool.in_brief()),
            Step::Interpolate(step) => format!("interpolation by {}", step.factor),
            Step::AttentionPool(pool) => format!("attention in blocks of {0}×{0}", pool.kernel),
            Step::Linear(LinearStep { width: Some(width), .. }) => {
                format!("a linear layer to {width}")
            }
            Step::Linear(_) => "a linear layer".to_owned(),
            Step::GatedMlp(mlp) => format!("a gated MLP of {}", mlp.hidden),
            Step::Glu(kind) => format!("{} of one half times the other", name(*kind)),
            Step::Softmax => "softmax".to_owned(),
            Step::Table(rows) => format!("a mixture of {rows} rows"),
            Step::Positions(_) => "positions".to_owned(),
            Step::Activation(kind) => name(*kind).to_owned(),
        }
    }

    /// What it does, for someone who meets it for the first time.
    pub fn in_words(&self) -> &'static str {
        match self {
            Step::Norm(_) => "The values of each token are normalised.",
            Step::Fold(_) => Fold::WORDS,
            Step::Conv(_) => {
                "Each block of neighbouring tokens becomes one by a matrix that reads all of it: a \
                 convolution whose stride is its kernel."
            }
            Step::Pool(_) => Pool::WORDS,
            Step::Interpolate(_) => {
                "The grid of tokens is read at the places of a coarser one, between neighbours: \
                 fewer tokens, as wide as before."
            }
            Step::AttentionPool(_) => Attention::WORDS,
            Step::Table(_) => {
                "Each value of a token then weighs a row of a stored table: a visual token is a \
                 mixture of its rows, as a word is one row."
            }
            Step::Positions(_) => "Each token gets a learned vector for its place.",
            _ => EACH_TOKEN,
        }
    }

    /// What becomes of the number of tokens.
    pub fn reduction(&self) -> Reduction {
        let pooled = |side, rounding| match rounding {
            Rounding::Exact => Reduction::Pooled(Some(side)),
            Rounding::Floor | Rounding::Ceil => Reduction::Regrouped,
        };
        match self {
            Step::Fold(fold) => fold.reduction(),
            Step::Pool(pool) => pool.reduction(),
            Step::Conv(conv) => pooled(conv.kernel, conv.rounding),
            Step::AttentionPool(pool) => pooled(pool.kernel, pool.rounding),
            Step::Interpolate(_) => Reduction::Regrouped,
            _ => Reduction::Kept,
        }
    }

    /// Wires it.
    pub fn wire(
        &self,
        b: &mut Builder,
        x: Flow,
        to: &Target,
        at: &At<'_>,
    ) -> Result<Flow, NotSuited> {
        Ok(match self {
            Step::Norm(kind) => {
                let name = (&*at.name("norm"), at.module);
                let (node, width) = (norm(b, name, x.node, *kind, &x.width), x.width.clone());
                x.with(node, width)
            }
            Step::Activation(kind) => {
                let (node, width) = (activate(b, x.node, *kind), x.width.clone());
                x.with(node, width)
            }
            Step::Fold(fold) => fold.wire(b, x, at, "fold")?,
            Step::Conv(conv) => conv.wire(b, x, to, at)?,
            Step::Pool(pool) => pool.wire(b, x, (at, at), "pool")?,
            Step::Interpolate(step) => step.wire(b, x, at)?,
            Step::AttentionPool(pool) => pool.wire(b, x, &Fields::all(*at), "attention-pool")?,
            Step::Linear(linear) => linear.wire(b, x, to, at),
            Step::GatedMlp(mlp) => mlp.wire(b, x, to, at),
            Step::Glu(kind) => tokenwise::glu(b, x, *kind, at),
            Step::Softmax => tokenwise::softmax(b, x, at),
            Step::Table(rows) => {
                let rows = tokenwise::table_rows(b, *rows, at);
                tokenwise::table(b, x, rows, to, at)
            }
            Step::Positions(rows) => tokenwise::positions(b, x, *rows, at),
        })
    }
}

fn name(kind: ActivationKind) -> &'static str {
    match kind {
        ActivationKind::Gelu => "gelu",
        ActivationKind::GeluTanh => "gelu_tanh",
        ActivationKind::QuickGelu => "quick_gelu",
        ActivationKind::Silu => "silu",
        ActivationKind::Relu => "relu",
        ActivationKind::Relu2 => "relu2",
        ActivationKind::Sigmoid => "sigmoid",
        ActivationKind::Tanh => "tanh",
    }
}
