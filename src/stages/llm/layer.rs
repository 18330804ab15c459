//! A layer of the LLM: what a spec says of it, and what is designed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diag::{Code, Diagnostic};
use crate::ops::{ActivationKind, NormKind};
use crate::stages::block::{After, Wiring, check_norms};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::feed::{Feed, FeedSpec};
use crate::stages::mixer::{Mixer, MixerSpec};
use crate::stages::mlp::GateUpStorage;
use crate::stages::options::{BiasSpec, MlpKind, NormAt, NormsPerBlock, QkNorm, QkvStorage};
use crate::stages::stack::Stack;
use crate::units::Size;

/// A kind of layer. What it does not say is as in `llm`, but for the window: it has one only if it
/// says so itself. One that reads the keys of another kind is as that one in all that it does not say.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Layer", title = "Layer")]
pub struct LayerSpec {
    /// Attention heads.
    #[schemars(example = 32)]
    pub heads: Option<Size>,
    /// Heads of keys and values, each shared by a group of query heads.
    #[schemars(example = 8)]
    pub kv_heads: Option<Size>,
    /// Values of a query, key or value in one head.
    #[schemars(example = 128)]
    pub head_dim: Option<Size>,
    /// Width inside the MLP.
    #[schemars(example = 11008)]
    pub mlp_width: Option<Size>,
    /// How tokens look at each other.
    pub attention: Choice<MixerSpec>,
    /// What is done with each token: an MLP, plain or gated, or a mixture of experts.
    pub mlp: Choice<FeedSpec>,
    /// Whether gate and up of a gated MLP are stored as two matrices or as one.
    pub gate_up: Choice<GateUpStorage>,
    /// Activation of the MLP.
    pub activation: Choice<ActivationKind>,
    /// Normalisation.
    pub norm: Choice<NormKind>,
    /// Which linear layers have biases.
    pub bias: BiasSpec,
    /// Whether the query, key and value projections are stored as three matrices or as one.
    pub qkv: Choice<QkvStorage>,
    /// Normalisation of queries and keys before their product.
    pub qk_norm: Choice<QkNorm>,
    /// Norms of the layer.
    pub norms_per_block: Choice<NormsPerBlock>,
    /// Where a branch has its norm.
    pub norm_at: Choice<NormAt>,
    /// Whether attention and MLP read the same tokens and are added together.
    pub parallel: Choice<bool>,
    /// Whether what each branch makes is multiplied with `tanh` of one learned number.
    pub gates: Choice<bool>,
    /// Whether queries and keys are turned by their positions.
    pub rotary: Choice<bool>,
    /// Window of the layer in tokens; none if not given.
    #[schemars(example = 4096)]
    pub sliding_window: Option<Size>,
}

/// A layer, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The sizes and choices that every stack of blocks has. Width and depth are the LLM's.
    pub stack: Stack,
    /// How tokens look at each other.
    pub mixer: Mixer,
    /// What is done with each token.
    pub feed: Feed,
    /// Norms of the layer.
    pub norms_per_block: NormsPerBlock,
    /// Where a branch has its norm.
    pub norm_at: NormAt,
    /// Whether both branches read the same tokens.
    pub parallel: bool,
    /// Whether each branch has a gate.
    pub gates: bool,
    /// Whether queries and keys are turned by their positions.
    pub rotary: bool,
    /// Window of the layer in tokens.
    pub window: Option<Size>,
    /// Rank of a path beside the attention. It is the LLM's.
    pub laurel: Option<Size>,
}

impl LayerSpec {
    /// The kind of layers whose keys and values it reads, if it has none of its own.
    pub fn keys_of(&self) -> Option<&str> {
        self.attention.get()?.keys_of()
    }

    /// The layer that is described, with keys of its own, of which what is not said is as in another.
    pub fn design(&self, base: &Layer, faults: &mut Faults) -> Layer {
        if self.keys_of().is_some() {
            let text = "no earlier layer of another kind has keys that it could read";
            let help = "say in which kind of the LLM's layers it is so: `layers: {kinds: {full: {}, \
                        shared: {attention: {softmax: {keys_of: full}}}}, pattern: [full, shared]}`";
            let fault = Diagnostic::error(Code::Mismatch, text).help(help);
            faults.add("attention.softmax.keys_of", fault);
        }
        self.design_as(base, faults)
    }

    /// The same, whoever has the keys.
    pub fn design_as(&self, base: &Layer, faults: &mut Faults) -> Layer {
        let feed = match self.mlp.get() {
            Some(feed) => faults.within("mlp", |faults| feed.design(faults)),
            None => base.feed.clone(),
        };
        let mixer = match self.attention.get() {
            Some(mixer) => faults.within("attention", |faults| mixer.design(faults)),
            None => base.mixer.clone(),
        };
        let mut stack = base.stack;
        let attention = &mut stack.attention;
        attention.heads = self.heads.or(attention.heads);
        attention.kv_heads = self.kv_heads.or(attention.kv_heads);
        attention.head_dim = self.head_dim.or(attention.head_dim);
        attention.qkv = self.qkv.unwrap_or(attention.qkv);
        attention.qk_norm = self.qk_norm.unwrap_or(attention.qk_norm);
        let mlp = &mut stack.mlp;
        mlp.width = self.mlp_width.or(mlp.width);
        mlp.kind = feed.mlp_kind();
        mlp.activation = self.activation.unwrap_or(mlp.activation);
        mlp.gate_up = self.gate_up.unwrap_or(mlp.gate_up);
        stack.norm = self.norm.unwrap_or(stack.norm);
        stack.bias = self.bias.or(stack.bias);
        let parallel = self.parallel.unwrap_or(base.parallel);
        let layer = Layer {
            stack,
            mixer,
            feed,
            norms_per_block: self.norms_per_block.unwrap_or(match parallel == base.parallel {
                true => base.norms_per_block,
                false => NormsPerBlock::usual(parallel),
            }),
            norm_at: self.norm_at.unwrap_or(base.norm_at),
            parallel,
            gates: self.gates.unwrap_or(base.gates),
            rotary: self.rotary.unwrap_or(base.rotary),
            window: self.sliding_window.or(base.window),
            laurel: base.laurel,
        };
        layer.check(faults);
        layer
    }
}

impl From<&Layer> for LayerSpec {
    /// The fields that say a layer, every choice written.
    fn from(layer: &Layer) -> LayerSpec {
        let Layer { stack, mixer, feed, .. } = layer;
        LayerSpec {
            heads: stack.attention.heads,
            kv_heads: stack.attention.kv_heads,
            head_dim: stack.attention.head_dim,
            mlp_width: stack.mlp.width,
            attention: MixerSpec::from(mixer).into(),
            mlp: FeedSpec::from(feed).into(),
            gate_up: stack.mlp.gate_up.into(),
            activation: stack.mlp.activation.into(),
            norm: stack.norm.into(),
            bias: stack.bias.into(),
            qkv: stack.attention.qkv.into(),
            qk_norm: stack.attention.qk_norm.into(),
            norms_per_block: layer.norms_per_block.into(),
            norm_at: layer.norm_at.into(),
            parallel: layer.parallel.into(),
            gates: layer.gates.into(),
            rotary: layer.rotary.into(),
            sliding_window: layer.window,
        }
    }
}

impl Layer {
    /// Where the norms stand.
    pub fn wiring(&self) -> Wiring {
        Wiring::of(self.parallel, self.norms_per_block, self.norm_at)
    }

    /// What follows a branch before it is added.
    pub fn after(&self) -> After {
        match After::of(self.norms_per_block, self.norm_at) {
            After::Nothing if self.gates => After::Gate,
            after => after,
        }
    }

    /// The MLP of each token, where it is no mixture.
    pub fn mlp_kind(&self) -> MlpKind {
        self.stack.mlp.kind
    }

    fn check(&self, faults: &mut Faults) {
        let is_moved = self.norm_at != NormAt::Before;
        check_norms(self.norms_per_block, self.parallel, is_moved, faults);
        if self.laurel.is_none() {
            return;
        }
        let mut refuse = |field: &str, text: &str, help: &str| {
            faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
        };
        if self.parallel {
            refuse(
                "parallel",
                "`laurel` is a path beside the attention of a block that is not parallel",
                "take `parallel` out, or `laurel` of the LLM",
            );
        }
        if is_moved {
            refuse(
                "norm_at",
                "`laurel` reads what the norm before the attention makes",
                "take `norm_at` out, or `laurel` of the LLM",
            );
        }
    }
}
