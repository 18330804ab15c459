//! Choices that several stages offer in the spec.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::yaml::Size;

/// Which linear layers have a bias: `bias: true`, `bias: false`, or one answer for each kind,
/// `bias: {qkv: true, out: false, mlp: false}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Biases {
    /// Query, key and value projections.
    pub qkv: bool,
    /// The attention's output projection.
    pub out: bool,
    /// The MLP's layers.
    pub mlp: bool,
}

impl Biases {
    /// The same answer for all.
    pub const fn all(bias: bool) -> Biases {
        Biases { qkv: bias, out: bias, mlp: bias }
    }
}

impl<'de> Deserialize<'de> for Biases {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Biases, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Each {
            #[serde(default)]
            qkv: bool,
            #[serde(default)]
            out: bool,
            #[serde(default)]
            mlp: bool,
        }

        struct BoolOrEach;

        impl<'de> Visitor<'de> for BoolOrEach {
            type Value = Biases;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("true, false, or a map of `qkv`, `out` and `mlp`")
            }

            fn visit_bool<E>(self, bias: bool) -> Result<Biases, E> {
                Ok(Biases::all(bias))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Biases, A::Error> {
                let Each { qkv, out, mlp } = Each::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Biases { qkv, out, mlp })
            }
        }

        deserializer.deserialize_any(BoolOrEach)
    }
}

/// The shape of an MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MlpKind {
    /// Up, activation, down: 2 matrices.
    Plain,
    /// Gate and up, activation of the gate, product, down: 3 matrices (SwiGLU, GeGLU).
    Gated,
}

/// How the query, key and value projections are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QkvStorage {
    /// Three matrices.
    #[default]
    Separate,
    /// One matrix for all three.
    Fused,
}

/// Normalisation of queries and keys before their product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QkNorm {
    /// None.
    #[default]
    None,
    /// Over each head, with one weight `[head_dim]` for all heads (Qwen3, Gemma 3).
    Head,
    /// Over all heads together, weight `[heads·head_dim]` (InternViT-6B).
    Full,
}

/// How a stage knows the order of its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// A learned table added once, at the start.
    Learned(PositionTable),
    /// Rotary embedding of queries and keys; nothing is stored.
    Rotary,
    /// None, or one that neither stores nor computes anything (ALiBi).
    None,
}

/// A learned position table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PositionTable {
    /// Rows of the table. If it is not given: one per token of this spec's image (encoder), or
    /// the context length (LLM). A model run at another image size keeps its table and
    /// interpolates it.
    #[serde(default)]
    pub rows: Option<Size>,
}

/// How single vectors and tables are stored; it changes no count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TableStorage {
    /// `[D]` and `[N, D]` (transformers' CLIP and SigLIP).
    #[default]
    Flat,
    /// With a batch axis: `[1, 1, D]` and `[1, N, D]` (timm, EVA, InternViT).
    Batched,
}
