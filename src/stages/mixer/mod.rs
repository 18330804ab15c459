//! How tokens of a layer of the LLM look at each other.
//!
//! One kind per file: what a spec says of it (`NAMESpec`), what is designed (`NAME`), and its wiring.
//! To add one, write its file and its `mod` line, and add it to the list of `mixers!`.

mod cross;
mod delta_net;
mod mla;
mod short_conv;
mod softmax;

pub use cross::{Cross, CrossSpec};
pub use delta_net::{DeltaNet, DeltaNetSpec};
pub use mla::{Mla, MlaSpec};
pub use short_conv::{ShortConv, ShortConvSpec};
pub use softmax::{Softmax, SoftmaxSpec};

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::block::Mixes;
use super::faults::Faults;
use super::llm::layer::Layer;
use super::names::AttentionNames;
use super::stack::SizeNames;
use crate::dim::Dim;
use crate::graph::Builder;

/// Every kind: what it is, its variant, and its types as it is written and as it is designed.
macro_rules! mixers {
    ($($(#[$doc:meta])* $variant:ident $written:ty => $designed:ty;)*) => {
        /// How tokens look at each other: a bare name, `attention: softmax`, or with settings.
        #[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
        #[serde(rename_all = "kebab-case")]
        #[schemars(rename = "Attention", title = "Attention")]
        pub enum MixerSpec {
            $($(#[$doc])* $variant($written),)*
        }

        /// How tokens look at each other, every choice made.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Mixer {
            $($(#[$doc])* $variant($designed),)*
        }

        impl MixerSpec {
            /// The same as [`Mixer::keys_of`].
            pub fn keys_of(&self) -> Option<&str> {
                match self {
                    MixerSpec::Softmax(softmax) => softmax.keys_of.as_deref(),
                    _ => None,
                }
            }

            /// What is described.
            pub fn design(&self, faults: &mut Faults) -> Mixer {
                match self {
                    $(MixerSpec::$variant(mixer) => Mixer::$variant(
                        faults.within(<$designed>::NAME, |faults| mixer.design(faults)),
                    ),)*
                }
            }
        }

        impl From<&Mixer> for MixerSpec {
            /// The choice that says it, with every choice in it.
            fn from(mixer: &Mixer) -> MixerSpec {
                match mixer { $(Mixer::$variant(mixer) => MixerSpec::$variant(mixer.into()),)* }
            }
        }

        impl Mixer {
            /// The kind as a stage.
            pub fn stage(&self) -> &dyn MixerStage {
                match self { $(Mixer::$variant(stage) => stage,)* }
            }
        }
    };
}

mixers! {
    /// Queries weigh values by a softmax over their products with keys: multi-head attention, full
    /// or in a window.
    Softmax SoftmaxSpec => Softmax;
    /// All keys and values of a token are made of one small vector, which is cached in their place
    /// (DeepSeek-V3, Kimi K2).
    Mla MlaSpec => Mla;
    /// Linear attention by the gated delta rule: a state in place of a cache (Qwen3-Next, Qwen3.5).
    DeltaNet DeltaNetSpec => DeltaNet;
    /// Text asks other tokens: those of the image, which then do not stand in the sequence (Flamingo,
    /// Llama 3.2 Vision).
    Cross CrossSpec => Cross;
    /// A short convolution between two gates (LFM2).
    ShortConv ShortConvSpec => ShortConv;
}

impl Mixer {
    /// Multi-head attention: what a layer has of which nothing is said.
    pub const PLAIN: Mixer = Mixer::Softmax(Softmax::PLAIN);

    /// The kind of layers whose keys and values it reads, if it has none of its own.
    pub fn keys_of(&self) -> Option<&str> {
        match self {
            Mixer::Softmax(softmax) => softmax.keys_of.as_deref(),
            _ => None,
        }
    }
}

/// The layer around a mixer.
pub struct Around<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// D, its width.
    pub width: &'a Dim,
    /// What its sizes are called.
    pub sizes: &'a SizeNames,
    /// What its modules are called in a state dict.
    pub names: &'static AttentionNames,
}

/// A way in which tokens look at each other.
pub trait MixerStage {
    /// The kind in a few words.
    fn in_brief(&self) -> String;

    /// The part of a block, its sizes declared.
    fn declare(&self, b: &mut Builder, around: &Around<'_>) -> Arc<dyn Mixes>;
}
