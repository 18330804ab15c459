//! A stack of transformer blocks as it is designed, and what its blocks are built of.

use std::sync::Arc;

use super::attention::{Attention, AttentionLayer};
use super::block::{After, Block, Feeds, Mixes, Wiring};
use super::llm::layer::Layer;
use super::mlp::{GateUpStorage, Mlp, MlpLayer};
use super::names::{AttentionNames, BlockNames};
use super::options::{Biases, MlpKind, Position, PositionTable, QkNorm, QkvStorage};
use crate::dim::{Dim, Field};
use crate::graph::Builder;
use crate::ops::{ActivationKind, NormKind};
use crate::units::Size;

/// A stack of transformer blocks. A size that is not known stays a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stack {
    /// Width of a token between blocks.
    pub width: Option<Size>,
    /// Number of blocks.
    pub depth: Option<Size>,
    /// The attention of a block.
    pub attention: AttentionLayer,
    /// The MLP of a block.
    pub mlp: MlpLayer,
    /// Normalisation of the blocks.
    pub norm: NormKind,
    /// Which linear layers of the blocks have biases.
    pub bias: Biases,
    /// How it knows the order of its tokens.
    pub position: Position,
}

/// A ViT, where nothing is said of it: LayerNorm, a plain GELU MLP, biases, a learned position table.
pub const VIT: Stack = Stack {
    width: None,
    depth: None,
    attention: AttentionLayer {
        heads: None,
        kv_heads: None,
        head_dim: None,
        qkv: QkvStorage::Separate,
        qk_norm: QkNorm::None,
        inner_norm: false,
    },
    mlp: MlpLayer {
        width: None,
        kind: MlpKind::Plain,
        activation: ActivationKind::Gelu,
        gate_up: GateUpStorage::Separate,
        inner_norm: None,
    },
    norm: NormKind::LayerNorm,
    bias: Biases::all(true),
    position: Position::Learned(PositionTable::OPEN),
};

/// A Llama, where nothing is said of it: RMSNorm, a gated SiLU MLP, no biases, rotary positions.
pub const LLAMA: Stack = Stack {
    mlp: MlpLayer { kind: MlpKind::Gated, activation: ActivationKind::Silu, ..VIT.mlp },
    norm: NormKind::RmsNorm,
    bias: Biases::all(false),
    position: Position::Rotary,
    ..VIT
};

/// A Perceiver, where nothing is said of it: a Llama's blocks (Idefics2), without positions.
pub const PERCEIVER: Stack = Stack { position: Position::None, ..LLAMA };

/// BERT: a ViT's blocks, without positions.
pub const BERT: Stack = Stack { position: Position::None, ..VIT };

/// The stack that a section of a spec describes, which has these fields; what it leaves open is as
/// in stacks of a kind, such as [`VIT`]. The shape of its MLP is said apart.
macro_rules! stack_of {
    ($section:expr, $kind:expr, $mlp:expr) => {
        $crate::stages::stack::Stack {
            width: $section.width,
            depth: $section.depth,
            attention: $crate::stages::attention::AttentionLayer {
                heads: $section.heads,
                kv_heads: $section.kv_heads,
                head_dim: $section.head_dim,
                qkv: $section.qkv.unwrap_or($kind.attention.qkv),
                qk_norm: $section.qk_norm.unwrap_or($kind.attention.qk_norm),
                inner_norm: $kind.attention.inner_norm,
            },
            mlp: $crate::stages::mlp::MlpLayer {
                width: $section.mlp_width,
                kind: $mlp,
                activation: $section.activation.unwrap_or($kind.mlp.activation),
                gate_up: $kind.mlp.gate_up,
                inner_norm: $kind.mlp.inner_norm,
            },
            norm: $section.norm.unwrap_or($kind.norm),
            bias: $section.bias.or($kind.bias),
            position: $kind.position,
        }
    };
}

/// The way back of [`stack_of`]: says a stack in the fields of a section, but for the shape of its MLP.
macro_rules! say_stack {
    ($section:expr, $stack:expr) => {
        $section.width = $stack.width;
        $section.depth = $stack.depth;
        $section.heads = $stack.attention.heads;
        $section.kv_heads = $stack.attention.kv_heads;
        $section.head_dim = $stack.attention.head_dim;
        $section.qkv = $stack.attention.qkv.into();
        $section.qk_norm = $stack.attention.qk_norm.into();
        $section.mlp_width = $stack.mlp.width;
        $section.activation = $stack.mlp.activation.into();
        $section.norm = $stack.norm.into();
        $section.bias = $stack.bias.into();
    };
}

pub(in crate::stages) use {say_stack, stack_of};

/// What the symbols of a stack are called, and the fields of the spec that say its sizes.
#[derive(Clone, Debug)]
pub struct SizeNames {
    /// Section of the spec that says it.
    pub section: Field,
    /// What the sizes are called that this stack has from another one, by their fields.
    pub inherited: Option<Box<SizeNames>>,
    /// Suffix of the symbols, e.g. `_v`.
    pub suffix: Field,
    /// Whose sizes they are, for the legend.
    pub of: Field,
    /// Field of the width.
    pub width: Field,
    /// Field of the number of blocks.
    pub depth: Field,
    /// Field of the width inside the MLP.
    pub mlp_width: Field,
    /// Field of the number of heads.
    pub heads: Field,
    /// Field of the number of KV heads.
    pub kv_heads: Field,
    /// Field of the head size; none if it always follows from the width.
    pub head_dim: Option<Field>,
    /// Values of a head that rotary positions turn together: 2 along a sequence, 4 in a grid.
    pub turned: u64,
}

impl SizeNames {
    /// A size of the stack as a symbol: `width of the LLM`, called `D`.
    pub fn size(
        &self,
        b: &mut Builder,
        (letter, what): (&str, &str),
        field: &Field,
        size: Option<Size>,
    ) -> Dim {
        let SizeNames { suffix, of, .. } = self.of_field(field);
        let (name, meaning) = (format!("{letter}{suffix}"), format!("{what} of the {of}"));
        b.size(&name, &meaning, field.clone(), size).into()
    }

    /// An abbreviation of a size that follows from others, called as [`size`](Self::size) does.
    pub fn named(&self, b: &mut Builder, (letter, what): (&str, &str), size: Dim) -> Dim {
        let SizeNames { suffix, of, .. } = self.of_field(&self.heads);
        let (name, meaning) = (format!("{letter}{suffix}"), format!("{what} of the {of}"));
        let sym = b.named(&name, &meaning, size);
        b.symbols().size(sym);
        sym.into()
    }
}

impl SizeNames {
    /// A size that a field below the section says, `mlp.moe.experts`: `experts of the LLM`.
    pub fn nested(
        &self,
        b: &mut Builder,
        (letter, what): (&str, &str),
        key: &str,
        size: Option<Size>,
    ) -> Dim {
        let field = format!("{}.{key}", self.section);
        self.size(b, (letter, what), &field.into(), size)
    }

    /// The names of a kind of layer, which has what it does not say itself from another, called by
    /// these names.
    pub fn of_kind(&self, name: &str, layer: &Layer, base: (&SizeNames, &Layer)) -> SizeNames {
        let section = format!("{}.layers.kinds.{name}", self.section);
        let names = (format!("_{name}"), format!("{name} layers"));
        SizeNames { depth: self.depth.clone(), ..self.own(section, names, layer, base) }
    }

    /// The names of the encoder of an encoder-decoder LLM, in the same way.
    pub fn of_encoder(&self, layer: &Layer, base: &Layer) -> SizeNames {
        let names = ("_e".to_owned(), "LLM's encoder".to_owned());
        let own = self.own(format!("{}.encoder.layer", self.section), names, layer, (self, base));
        SizeNames { depth: format!("{}.encoder.depth", self.section).into(), ..own }
    }

    /// The names of layers that a section says.
    fn own(
        &self,
        section: String,
        (suffix, of): (String, String),
        layer: &Layer,
        (others, base): (&SizeNames, &Layer),
    ) -> SizeNames {
        let own = |is_inherited: bool, field: &Field, key: &str| {
            if is_inherited { field.clone() } else { format!("{section}.{key}").into() }
        };
        let (of_layer, from) = (&layer.stack.attention, &base.stack.attention);
        let mlp_width = layer.stack.mlp.width == base.stack.mlp.width;
        let head_dim = others.head_dim.as_ref();
        SizeNames {
            suffix: suffix.into(),
            of: of.into(),
            width: self.width.clone(),
            depth: self.depth.clone(),
            mlp_width: own(mlp_width, &others.mlp_width, "mlp_width"),
            heads: own(of_layer.heads == from.heads, &others.heads, "heads"),
            kv_heads: own(of_layer.kv_heads == from.kv_heads, &others.kv_heads, "kv_heads"),
            head_dim: head_dim
                .map(|field| own(of_layer.head_dim == from.head_dim, field, "head_dim")),
            turned: self.turned,
            inherited: Some(Box::new(others.clone())),
            section: section.into(),
        }
    }

    /// The names of the stack whose size a field says.
    fn of_field(&self, field: &Field) -> &SizeNames {
        let says = |names: &&SizeNames| {
            [&names.heads, &names.kv_heads, &names.mlp_width].contains(&field)
                || names.head_dim.as_ref() == Some(field)
        };
        match self.inherited.as_deref().filter(says) {
            Some(other) => other.of_field(field),
            None => self,
        }
    }
}

/// A number of blocks as a symbol.
pub fn depth(b: &mut Builder, sizes: &SizeNames, size: Option<Size>) -> Dim {
    let SizeNames { suffix, of, depth, .. } = sizes;
    let (name, meaning) = (format!("L{suffix}"), format!("blocks of the {of}"));
    b.count(&name, &meaning, depth.clone(), size).into()
}

impl Stack {
    /// The width as a symbol.
    pub fn width(&self, b: &mut Builder, sizes: &SizeNames) -> Dim {
        sizes.size(b, ("D", "width"), &sizes.width, self.width)
    }

    /// The number of blocks as a symbol.
    pub fn depth(&self, b: &mut Builder, sizes: &SizeNames) -> Dim {
        depth(b, sizes, self.depth)
    }

    /// The self-attention of a block, its heads declared.
    pub fn attention(
        &self,
        b: &mut Builder,
        width: &Dim,
        sizes: &SizeNames,
        names: &'static AttentionNames,
    ) -> Attention {
        self.attention_turned(b, width, sizes, names, self.position.is_rotary())
    }

    /// The self-attention of a block whose queries and keys are turned by their positions, or not.
    pub fn attention_turned(
        &self,
        b: &mut Builder,
        width: &Dim,
        sizes: &SizeNames,
        names: &'static AttentionNames,
        is_turned: bool,
    ) -> Attention {
        let (norm, bias) = (self.norm, self.bias);
        let attention = self.attention.declare(b, width, sizes, names, norm, bias);
        if is_turned {
            return self.attention.rotary(b, attention, sizes, sizes.turned);
        }
        attention
    }

    /// The MLP of a block, its width declared.
    pub fn mlp(&self, b: &mut Builder, width: &Dim, sizes: &SizeNames) -> Mlp {
        let hidden = sizes.size(b, ("F", "MLP width"), &sizes.mlp_width, self.mlp.width);
        self.mlp.between(width.clone(), hidden, width.clone(), self.bias.mlp)
    }

    /// A pre-norm block, its sizes declared.
    pub fn block(
        &self,
        b: &mut Builder,
        width: &Dim,
        sizes: &SizeNames,
        after: After,
        names: &'static BlockNames,
    ) -> Block {
        let attention = self.attention(b, width, sizes, &names.attention);
        let mlp = self.mlp(b, width, sizes);
        self.block_of(width, Arc::new(attention), Some(Arc::new(mlp)), after, names)
    }

    /// A pre-norm block of these parts.
    pub fn block_of(
        &self,
        width: &Dim,
        mixer: Arc<dyn Mixes>,
        feed: Option<Arc<dyn Feeds>>,
        after: After,
        names: &'static BlockNames,
    ) -> Block {
        let (width, norm, wiring) = (width.clone(), self.norm, Wiring::PreNorm);
        Block { width, norm, mixer, laurel: None, between: None, feed, wiring, after, names }
    }
}
