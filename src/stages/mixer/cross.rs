//! Attention of text over other tokens: those of the image, or what an encoder read.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Around, MixerStage};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Hold, Recall, Shape};
use crate::stages::attention::Attention;
use crate::stages::beside::Beside;
use crate::stages::block::Mixes;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::options::QkvStorage;
use crate::units::Size;

/// Cross-attention: `attention: {cross: {}}`. Its heads are those of the layer. With it the visual
/// tokens do not stand in the sequence: these layers ask them.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "CrossAttention")]
pub struct CrossSpec {
    /// Width of the tokens that are asked, to which the bridge projects; the LLM's if not given.
    #[schemars(example = 1280)]
    pub context_width: Option<Size>,
    /// Whether keys and values are kept from the prefill on (Llama 3.2 Vision), if not given, or
    /// made anew in every decode step (Flamingo, IDEFICS).
    #[schemars(extend("default" = true))]
    pub cached: Choice<bool>,
}

/// Cross-attention, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Cross {
    /// Width of the tokens that are asked, if it is not the LLM's.
    pub context_width: Option<Size>,
    /// Whether keys and values are kept.
    pub cached: bool,
}

impl CrossSpec {
    /// What is described.
    pub fn design(&self, _: &mut Faults) -> Cross {
        Cross { context_width: self.context_width, cached: self.cached.unwrap_or(true) }
    }
}

impl From<&Cross> for CrossSpec {
    fn from(cross: &Cross) -> CrossSpec {
        CrossSpec { context_width: cross.context_width, cached: cross.cached.into() }
    }
}

impl Cross {
    /// The name in a spec.
    pub const NAME: &'static str = "cross";

    /// Of an encoder-decoder LLM: what the encoder made is asked, as wide as the decoder's tokens.
    pub const OF_ENCODER: Cross = Cross { context_width: None, cached: true };

    /// Width of the tokens that are asked.
    pub fn context_width(&self, b: &mut Builder, around: &Around<'_>) -> Dim {
        let what = ("D_x", "width of the tokens that cross-attention asks");
        match self.context_width {
            Some(_) => {
                let key = "attention.cross.context_width";
                around.sizes.nested(b, what, key, self.context_width)
            }
            None => around.width.clone(),
        }
    }
}

impl MixerStage for Cross {
    fn in_brief(&self) -> String {
        "cross-attention".to_owned()
    }

    fn declare(&self, b: &mut Builder, around: &Around<'_>) -> Arc<dyn Mixes> {
        let Around { layer, width, sizes, names } = *around;
        let attention = layer.stack.attention_turned(b, width, sizes, names, false);
        let context_width = self.context_width(b, around);
        // One matrix of keys and values has no room for queries, which read other tokens.
        let attention = Attention { context_width, ..attention };
        Arc::new(Wired { attention, cached: self.cached })
    }
}

/// Cross-attention in a block.
#[derive(Debug)]
struct Wired {
    attention: Attention,
    cached: bool,
}

impl Mixes for Wired {
    fn part(&self) -> (&'static str, Role) {
        ("cross_attention", Role::CrossAttention)
    }

    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let Wired { attention, cached } = self;
        let nothing = "there is nothing to ask";
        let Some(asked) = &beside.asked else {
            b.problem("cross_attention", nothing);
            return x;
        };
        let is_fused = attention.storage == QkvStorage::Fused;
        let [k, v] = if *cached && beside.continues() {
            let width = attention.heads.kv_width.clone();
            let shape = Shape::new([asked.batch.clone(), asked.tokens.clone(), width]);
            ["k_cache", "v_cache"].map(|name| b.push(name, Recall { shape: shape.clone() }, &[]))
        } else {
            let Some(node) = asked.node else {
                b.problem("cross_attention", nothing);
                return x;
            };
            let made = attention.keys_and_values(b, node, is_fused);
            match cached {
                true => {
                    let [k, v] = made;
                    [b.push("k_cache", Hold, &[k]), b.push("v_cache", Hold, &[v])]
                }
                false => made,
            }
        };
        attention.ask(b, x, [k, v])
    }
}
