//! The bridge: from the encoder's width and tokens to the LLM's.
//!
//! One bridge per file: what a spec says of it (`NAMESpec`), what is designed (`NAME`), and its
//! wiring. To add one, write its file and its `mod` line, and add it to the list
//! of `bridges!`.

mod attention_pool;
mod avg_pool;
mod c_abstractor;
mod d_abstractor;
mod flow;
mod fold;
mod kind;
mod ldp;
mod ldpv2;
mod linear;
mod merger;
mod mlp;
mod pixel_shuffle;
mod pool;
mod projector;
mod qformer;
mod resampler;
mod rounding;
mod steps;
mod token_packer;
mod visual_vocabulary;

pub use attention_pool::{AttentionPool, AttentionPoolSpec};
pub use avg_pool::{AvgPool, AvgPoolSpec};
pub use c_abstractor::{CAbstractor, CAbstractorSpec};
pub use d_abstractor::{DAbstractor, DAbstractorSpec};
pub use kind::{BridgeKind, Draw, Practice, Typical};
pub use ldp::{Ldp, LdpSpec};
pub use ldpv2::{LdpV2, LdpV2Spec};
pub use linear::{Linear, LinearSpec};
pub use merger::{Merger, MergerSpec};
pub use mlp::{Layers, Mlp, MlpSpec};
pub use pixel_shuffle::{PixelShuffle, PixelShuffleSpec};
pub use projector::{Projector, ProjectorSpec};
pub use qformer::{QFormer, QFormerSpec};
pub use resampler::{Resampler, ResamplerSpec};
pub use steps::{Steps, StepsSpec};
pub use token_packer::{TokenPacker, TokenPackerSpec};
pub use visual_vocabulary::{VisualVocabulary, VisualVocabularySpec};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::Grid;
use crate::stages::faults::{Faults, Problem};
use crate::units::Size;

/// Every bridge: what it is, its variant, and its types as it is written and as it is designed.
macro_rules! bridges {
    ($($(#[$doc:meta])* $variant:ident $written:ty => $designed:ty;)*) => {
        /// A bridge stands as its bare name, `bridge: linear`, or with its settings,
        /// `bridge: {mlp: {depth: 3}}`.
        #[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[schemars(rename = "Bridge", title = "Bridge")]
        pub enum BridgeSpec {
            $($(#[$doc])* $variant($written),)*
        }

        /// A bridge, every choice made.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Bridge {
            $($(#[$doc])* $variant($designed),)*
        }

        /// The kinds of bridges.
        pub const BRIDGES: &[&BridgeKind] = &[$(&<$designed>::KIND,)*];

        impl BridgeSpec {
            /// The name in a spec.
            pub fn name(&self) -> &'static str {
                match self { $(BridgeSpec::$variant(_) => <$designed>::KIND.name,)* }
            }

            /// The bridge that is described.
            pub fn design(&self, faults: &mut Faults) -> Bridge {
                faults.within(self.name(), |faults| match self {
                    $(BridgeSpec::$variant(bridge) => Bridge::$variant(bridge.design(faults)),)*
                })
            }
        }

        impl From<&Bridge> for BridgeSpec {
            /// The choice that says a bridge, with every choice in it.
            fn from(bridge: &Bridge) -> BridgeSpec {
                match bridge { $(Bridge::$variant(bridge) => BridgeSpec::$variant(bridge.into()),)* }
            }
        }

        $(impl From<$written> for BridgeSpec {
            fn from(bridge: $written) -> BridgeSpec {
                BridgeSpec::$variant(bridge)
            }
        })*

        impl Bridge {
            /// What is known of it by its name.
            pub fn kind(&self) -> &'static BridgeKind {
                match self { $(Bridge::$variant(_) => &<$designed>::KIND,)* }
            }

            /// The bridge as a stage.
            pub fn stage(&self) -> &dyn BridgeStage {
                match self { $(Bridge::$variant(stage) => stage,)* }
            }
        }
    };
}

bridges! {
    /// One matrix on every token (LLaVA v0, PaliGemma). As many visual tokens as come in.
    Linear LinearSpec => Linear;
    /// Several layers on every token (LLaVA-1.5). As many visual tokens as come in.
    Mlp MlpSpec => Mlp;
    /// Learned queries that ask the image in a BERT-like stack (BLIP-2, InstructBLIP): as many visual
    /// tokens as queries, whatever the image's size.
    Qformer QFormerSpec => QFormer;
    /// Learned latents that ask the image, as a Perceiver or in one cross-attention (Flamingo,
    /// Idefics2, Qwen-VL): as many visual tokens as latents, whatever the image's size.
    Resampler ResamplerSpec => Resampler;
    /// Blocks of r × r tokens folded into one that is r² times as wide, then projected (InternVL,
    /// SmolVLM).
    PixelShuffle PixelShuffleSpec => PixelShuffle;
    /// Blocks of tokens averaged into one, then projected (Gemma 3).
    AvgPool AvgPoolSpec => AvgPool;
    /// A norm, blocks of r × r tokens folded into one, and an MLP of two layers (Qwen2-VL and its
    /// kin).
    Merger MergerSpec => Merger;
    /// Blocks of tokens made one by attention, which their mean asks, then a gated MLP (Molmo).
    AttentionPool AttentionPoolSpec => AttentionPool;
    /// Blocks of r × r tokens folded into one, which becomes a mixture of the rows of a table
    /// (Ovis2).
    VisualVocabulary VisualVocabularySpec => VisualVocabulary;
    /// Blocks of convolutions around an adaptive pooling, then an MLP (Honeybee): as many visual tokens
    /// as queries, whatever the image's size.
    CAbstractor CAbstractorSpec => CAbstractor;
    /// Queries that read a few places of the image each (Honeybee): as many visual tokens as queries,
    /// whatever the image's size.
    DAbstractor DAbstractorSpec => DAbstractor;
    /// Two linear layers, then convolutions that halve the sides of the grid (MobileVLM).
    Ldp LdpSpec => Ldp;
    /// Two linear layers, pooling, and positions by a convolution (MobileVLM V2).
    Ldpv2 LdpV2Spec => LdpV2;
    /// Blocks of tokens of several layers, which the token of a coarser grid asks (TokenPacker).
    TokenPacker TokenPackerSpec => TokenPacker;
    /// Steps of one's own, one after the other: what no other bridge says.
    Steps StepsSpec => Steps;
}

impl Bridge {
    /// Whether a learned vector, the newline, is put after the tokens of each image, or after each
    /// row of the grid that its tiles form.
    pub fn has_newline(&self) -> bool {
        matches!(self, Bridge::Mlp(mlp) if mlp.image_newline)
    }
}

/// Encoder-side tokens as a bridge gets them.
#[derive(Clone, Debug)]
pub struct Visual {
    /// The tokens, `[B·images, N, D_v]`.
    pub node: NodeId,
    /// The patch grid that they come from.
    pub grid: Grid,
    /// Whether they are the patches and nothing else.
    pub patches_only: bool,
    /// N_p, patches to which the reference padded them before the encoder; none if it did not.
    pub padded: Option<Dim>,
    /// D_v.
    pub width: Dim,
    /// B·images: how many images (or tiles) are encoded.
    pub images: Dim,
}

/// What a bridge must know of the LLM.
#[derive(Clone, Debug)]
pub struct Target {
    /// D, the LLM's width.
    pub width: Dim,
    /// Text tokens of a prompt (InstructBLIP's Q-Former reads them too).
    pub text: Dim,
    /// B, prompts in a batch.
    pub batch: Dim,
}

/// A bridge.
pub trait BridgeStage {
    /// The bridge with its sizes, in a few words: `pixel shuffle by 2 per side, then an MLP`.
    fn in_brief(&self) -> String;

    /// What it does with the encoder's tokens, in sentences without numbers, for someone who meets
    /// it for the first time.
    fn in_words(&self) -> Vec<&'static str>;

    /// What becomes of the number of tokens.
    fn reduction(&self) -> Reduction;

    /// What maps each token to the LLM's width, of a bridge that has no other parameters.
    fn projection(&self) -> Option<Projector>;

    /// Wires it: `[B·images, N, D_v] → [B·images, V, D]`.
    ///
    /// # Errors
    /// A diagnostic and the spec path to point at, where the encoder's tokens do not suit it.
    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited>;
}

/// What becomes of the number of tokens in a bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Each token stays one.
    Kept,
    /// Blocks of this side are folded into one token, their values side by side.
    Folded(Size),
    /// Blocks are pooled into one token as wide as before; of this side, if that is said.
    Pooled(Option<Size>),
    /// Neighbours become one in a way that no side of a block says alone.
    Regrouped,
    /// There are as many tokens as learned vectors, whatever the image's size.
    Learned,
}

/// The encoder's tokens do not suit the bridge: what, and at which field.
pub type NotSuited = Problem;
