//! The primitive operations. Every cost of the tool is the sum of what these say of themselves.
//!
//! One operation per file. An operation knows which stored tensors it reads, its output shape and
//! what it costs; a stage only wires operations together and holds no formula of its own. No method
//! of [`Operation`] has a default, so an operation without a cost does not compile. [`Op`] is the
//! closed set of them: code that must treat some apart matches on it.

mod activation;
mod adaptive_pool;
mod add;
mod add_first;
mod add_rows;
mod add_table;
mod add_to_others;
mod attention;
mod avg_pool;
mod block_attention;
mod blocks;
mod causal_conv;
mod channel_attention;
mod concat;
mod correct_streams;
mod deformable;
mod delta_rule;
mod embedding;
mod experts;
mod gate;
mod grid_attention;
mod grid_conv;
mod hold;
mod input;
mod interpolate;
mod join_tiles;
mod keep;
mod kv_cache;
mod latent_attention;
mod learned;
mod linear;
mod machine;
mod mask_product;
mod mix_streams;
mod multiply;
mod multiply_each;
mod norm;
mod of_round;
mod pad;
mod pad_ids;
mod patch_conv;
mod pick;
mod recall;
mod relative_attention;
mod reshape;
mod rope;
mod same_size;
mod scale;
mod side_by_side;
mod slice;
mod slot;
mod softmax;
mod space_to_depth;
mod split;
mod stored;
mod tile_table;
mod times;
mod to_windows;
mod widen;

pub use activation::{Activation, ActivationKind};
pub use adaptive_pool::AdaptivePool;
pub use add::Add;
pub use add_first::AddFirst;
pub use add_rows::AddRows;
pub use add_table::{AddTable, TableRows};
pub use add_to_others::AddToOthers;
pub use attention::{Attention, Reach, SlidingWindow, Valid, Windows};
pub use avg_pool::{AvgPool, PoolProduct, PoolTarget};
pub use block_attention::BlockAttention;
pub use blocks::Blocks;
pub use causal_conv::CausalConv;
pub use channel_attention::ChannelAttention;
pub use concat::Concat;
pub use correct_streams::CorrectStreams;
pub use deformable::Deformable;
#[cfg(feature = "forward")]
pub use delta_rule::CHUNK;
pub use delta_rule::DeltaRule;
pub use embedding::Embedding;
pub use experts::{Experts, Weights};
pub use gate::Gate;
pub use grid_attention::GridAttention;
pub use grid_conv::GridConv;
pub use hold::Hold;
pub use input::Input;
pub use interpolate::Interpolate;
pub use join_tiles::JoinTiles;
pub use keep::Keep;
pub use kv_cache::KvCache;
pub use latent_attention::LatentAttention;
pub use learned::Learned;
pub use linear::{Layout, Linear};
pub use machine::{Machine, Shared, Value};
pub use mask_product::MaskProduct;
pub use mix_streams::MixStreams;
pub use multiply::Multiply;
pub use multiply_each::MultiplyEach;
pub use norm::{Norm, NormKind};
pub use of_round::OfRound;
pub use pad::Pad;
pub use pad_ids::PadIds;
pub use patch_conv::{KernelStorage, PatchConv};
pub use pick::Pick;
pub use recall::Recall;
pub use relative_attention::RelativeAttention;
pub use reshape::Reshape;
pub use rope::{Places, Rope};
pub use same_size::SameSize;
pub use scale::Scale;
pub use side_by_side::SideBySide;
pub use slice::Slice;
pub use slot::{ParamRole, Slot, Slots};
pub use softmax::Softmax;
pub use space_to_depth::SpaceToDepth;
pub use split::Split;
pub use stored::Stored;
pub use tile_table::TileTable;
pub use times::Times;
pub use to_windows::{FromWindows, PaddedWindows, ToWindows};
pub use widen::Widen;

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use machine::first;

use crate::dim::{Dim, EvalError, Symbols};

/// A tensor shape: one expression per axis, outermost first, e.g. `[B, N, D]`.
///
/// Copies share their axes: a graph has many of the same shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape(pub Arc<[Dim]>);

impl Shape {
    /// The shape with these axes.
    pub fn new<const N: usize>(axes: [Dim; N]) -> Shape {
        Shape(axes.into())
    }

    /// Number of elements: the product of the axes.
    pub fn elements(&self) -> Dim {
        self.0.iter().product()
    }

    /// The value of [`elements`](Shape::elements), found without its formula where that is possible;
    /// none where an axis is still symbolic.
    ///
    /// # Errors
    /// As for [`Symbols::eval`].
    pub fn count(&self, symbols: &Symbols) -> Result<Option<i128>, EvalError> {
        let mut product = 1i128;
        for axis in self.0.iter() {
            match symbols.eval(axis) {
                Ok(Some(value)) => match product.checked_mul(value) {
                    Some(next) => product = next,
                    None => return symbols.eval(&self.elements()),
                },
                // A fraction, or an unknown size that cancels another.
                Ok(None) | Err(_) => return symbols.eval(&self.elements()),
            }
        }
        Ok(Some(product))
    }

    /// The innermost axis; 1 for a scalar.
    pub fn last(&self) -> Dim {
        self.0.last().cloned().unwrap_or_else(Dim::one)
    }

    /// Product of all axes but the innermost: the rows that a linear layer sees.
    pub fn rows(&self) -> Dim {
        let outer = self.0.len().saturating_sub(1);
        self.0[..outer].iter().product()
    }

    /// The same shape with one axis replaced.
    pub fn with(&self, axis_index: usize, dim: Dim) -> Shape {
        let axes = self.0.iter().enumerate();
        Shape(axes.map(|(at, axis)| if at == axis_index { &dim } else { axis }).cloned().collect())
    }

    /// The same shape with another innermost axis.
    pub fn with_last(&self, dim: Dim) -> Shape {
        self.with(self.0.len().saturating_sub(1), dim)
    }
}

/// The grid of patches that an image was cut into.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Rows.
    pub rows: Dim,
    /// Columns.
    pub columns: Dim,
    /// Side of a patch in pixels.
    pub patch: Dim,
}

/// What an operation's output does to memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storage {
    /// A new tensor that lives until its last reader is done.
    Fresh,
    /// Another reading of its first input: no memory of its own.
    View,
    /// A new tensor, of which this many elements stay in the KV cache after the step.
    Cached(Dim),
    /// A new tensor, beside which so many elements of a state stay after the step, however long the
    /// sequence is.
    State {
        /// How many.
        elements: Dim,
        /// Whether the reference keeps them in 32 bits, whatever the activations are in.
        wide: bool,
    },
}

/// The inputs of an operation do not fit together; the text says how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(pub String);

/// Floating-point operations of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// FLOPs of matrix products and convolutions as the reference executes them, 2 per
    /// multiply-add, dense: equal to PyTorch's `FlopCounterMode`.
    pub matmul: Dim,
    /// Those of them that the result needs, where the operation itself knows of fewer: keys beyond a
    /// window, experts that no token picks. None if it needs all. That a size is padded
    /// ([`Symbols::padded`]) is no matter of the operation.
    pub needed: Option<Dim>,
    /// All others, by the rule in the operation's own documentation. An exponential, a square root,
    /// a `tanh` and an `erf` count as one each.
    pub other: Dim,
}

impl Work {
    /// Values are moved about at most.
    pub fn none() -> Work {
        Work::other(Dim::zero())
    }

    /// Everything but matrix products.
    pub fn other(other: Dim) -> Work {
        Work::products(Dim::zero(), other)
    }

    /// Matrix products, all of which are needed, and other FLOPs beside them.
    pub fn products(matmul: Dim, other: Dim) -> Work {
        Work { matmul, needed: None, other }
    }
}

/// A primitive operation. Shapes come in as the shapes of its inputs, in order.
pub trait Operation: fmt::Debug + Send + Sync {
    /// The operation's name, for tables.
    fn kind(&self) -> &'static str;

    /// The stored tensors that it reads, as it reads them.
    fn slots(&self) -> Slots;

    /// The output shape.
    ///
    /// # Errors
    /// [`Mismatch`] where the inputs do not fit together or do not fit the operation.
    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch>;

    /// What it computes.
    fn work(&self, inputs: &[&Shape], output: &Shape) -> Work;

    /// Where the output lives.
    fn storage(&self, inputs: &[&Shape], output: &Shape) -> Storage;

    /// Executes it on real tensors.
    fn run(&self, machine: &mut dyn Machine, inputs: Vec<Shared>) -> Value;
}

macro_rules! operations {
    ($($name:ident: $words:literal,)*) => {
        /// Every operation that there is.
        #[derive(Clone, Debug)]
        pub enum Op {
            $(#[doc = $words] $name($name),)*
        }

        impl Deref for Op {
            type Target = dyn Operation;

            fn deref(&self) -> &Self::Target {
                match self {
                    $(Op::$name(operation) => operation,)*
                }
            }
        }

        $(impl From<$name> for Op {
            fn from(operation: $name) -> Op {
                Op::$name(operation)
            }
        })*
    };
}

operations! {
    Activation: "An activation function.",
    AdaptivePool: "An average for each place of another grid.",
    Add: "A sum.",
    AddFirst: "A sum with the first tokens.",
    AddRows: "A table with a row for each frame, added.",
    AddTable: "A table of positions, added.",
    AddToOthers: "A sum with all streams but the first.",
    Attention: "The core of attention.",
    AvgPool: "An average over blocks of tokens.",
    BlockAttention: "The core of attention within blocks.",
    CausalConv: "A convolution along the sequence.",
    ChannelAttention: "The core of attention of channels.",
    Concat: "Sequences joined.",
    CorrectStreams: "Streams corrected by the first.",
    Deformable: "Attention to chosen places of a grid.",
    DeltaRule: "The gated delta rule.",
    Embedding: "A look-up.",
    Experts: "A mixture of experts.",
    FromWindows: "Windows as one grid again.",
    Gate: "A learned gate of a branch.",
    GridConv: "A convolution over a grid of tokens.",
    Hold: "What later steps read again.",
    Input: "What comes from outside.",
    Interpolate: "A grid of tokens read at other places.",
    JoinTiles: "The tiles of a picture as one grid.",
    Keep: "A value put aside.",
    KvCache: "Keys or values, after the cached ones of earlier tokens.",
    LatentAttention: "The core of attention over latents.",
    Learned: "A learned value.",
    Linear: "A linear layer.",
    MaskProduct: "A mask of attention, made as a product.",
    MixStreams: "Streams mixed with each other.",
    Multiply: "A product, element by element.",
    MultiplyEach: "A factor for each token.",
    Norm: "A normalisation.",
    OfRound: "The part of a round.",
    Pad: "Empty tokens after others.",
    PadIds: "Ids of words among other tokens.",
    PatchConv: "The convolution of patches.",
    Pick: "Tokens that something else chooses.",
    GridAttention: "The core of attention with relative positions on a grid.",
    Recall: "What the prefill kept.",
    RelativeAttention: "The core of attention with biases by distance.",
    Reshape: "The same values in another shape.",
    Rope: "Rotary positions.",
    SameSize: "Tokens made as large as others.",
    Scale: "A factor per channel.",
    SideBySide: "Values of the same tokens, side by side.",
    Slice: "A part of a sequence.",
    Softmax: "Values turned into shares.",
    SpaceToDepth: "Blocks of tokens folded into one.",
    Split: "A part of the channels.",
    Stored: "A stored tensor of what does not run.",
    TileTable: "Learned vectors of tiles, by the layout of their picture.",
    Times: "A fixed factor.",
    ToWindows: "A grid cut into windows.",
    Widen: "Zeros after the values of a token.",
}

/// The only input of a one-input operation.
fn only<'a>(inputs: &[&'a Shape]) -> Result<&'a Shape, Mismatch> {
    match inputs {
        [one] => Ok(one),
        _ => Err(Mismatch(format!("takes 1 input, got {}", inputs.len()))),
    }
}

/// The two inputs of a two-input operation.
fn pair<'a>(inputs: &[&'a Shape]) -> Result<(&'a Shape, &'a Shape), Mismatch> {
    match inputs {
        [a, b] => Ok((a, b)),
        _ => Err(Mismatch(format!("takes 2 inputs, got {}", inputs.len()))),
    }
}

/// The common shape of two inputs.
fn same(inputs: &[&Shape]) -> Result<Shape, Mismatch> {
    let (a, b) = pair(inputs)?;
    if a == b { Ok(a.clone()) } else { Err(Mismatch("the two inputs differ in shape".into())) }
}
