//! Choices that several stages offer in the spec.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::units::{ImageSize, Size};

/// Which linear layers have a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Biases {
    /// Query, key and value projections.
    pub qkv: bool,
    /// The key projection, where the other two have one (EVA has none there).
    pub key: bool,
    /// The attention's output projection.
    pub out: bool,
    /// The MLP's layers.
    pub mlp: bool,
}

impl Biases {
    /// The same answer for all.
    pub const fn all(bias: bool) -> Biases {
        Biases { qkv: bias, key: bias, out: bias, mlp: bias }
    }
}

/// [`Biases`] as a spec says them: `bias: true`, `bias: false`, or one answer for each kind,
/// `bias: {qkv: true, out: false, mlp: false}`. A kind that is not named stays as the stage has it
/// without a `bias`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BiasSpec {
    /// Query, key and value projections.
    pub qkv: Option<bool>,
    /// The key projection.
    pub key: Option<bool>,
    /// The attention's output projection.
    pub out: Option<bool>,
    /// The MLP's layers.
    pub mlp: Option<bool>,
}

impl BiasSpec {
    /// What is said, and the stage's own answer where nothing is.
    pub fn or(self, own: Biases) -> Biases {
        Biases {
            qkv: self.qkv.unwrap_or(own.qkv),
            key: self.key.or(self.qkv).unwrap_or(own.key),
            out: self.out.unwrap_or(own.out),
            mlp: self.mlp.unwrap_or(own.mlp),
        }
    }
}

/// One answer for each kind of linear layer.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Each {
    /// Query, key and value projections; as the stage has it without a `bias` if not given.
    #[serde(default)]
    qkv: Option<bool>,
    /// The key projection; as `qkv` if not given. `{key: false}` is EVA's attention, whose queries
    /// and values alone have biases.
    #[serde(default)]
    key: Option<bool>,
    /// The attention's output projection; as the stage has it without a `bias` if not given.
    #[serde(default)]
    out: Option<bool>,
    /// The MLP's layers; as the stage has it without a `bias` if not given.
    #[serde(default)]
    mlp: Option<bool>,
}

impl JsonSchema for BiasSpec {
    fn schema_name() -> Cow<'static, str> {
        "Bias".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let each = Each::json_schema(generator);
        let all = json_schema!({"type": "boolean", "description": "The same answer for all."});
        json_schema!({
            "description": "Which linear layers have a bias: `true`, `false`, or one answer for \
                            each kind, `{qkv: true, out: false, mlp: false}`.",
            "anyOf": [all, each],
        })
    }
}

impl From<Biases> for BiasSpec {
    fn from(biases: Biases) -> BiasSpec {
        let Biases { qkv, key, out, mlp } = biases;
        BiasSpec { qkv: Some(qkv), key: Some(key), out: Some(out), mlp: Some(mlp) }
    }
}

impl<'de> Deserialize<'de> for BiasSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BiasSpec, D::Error> {
        struct BoolOrEach;

        impl<'de> Visitor<'de> for BoolOrEach {
            type Value = BiasSpec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("true, false, or a map of `qkv`, `key`, `out` and `mlp`")
            }

            fn visit_bool<E>(self, bias: bool) -> Result<BiasSpec, E> {
                Ok(Biases::all(bias).into())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<BiasSpec, A::Error> {
                let each = Each::deserialize(MapAccessDeserializer::new(map))?;
                let Each { qkv, key, out, mlp } = each;
                Ok(BiasSpec { qkv, key, out, mlp })
            }
        }

        deserializer.deserialize_any(BoolOrEach)
    }
}

/// The shape of an MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MlpKind {
    /// Up, activation, down: 2 matrices.
    Plain,
    /// Gate and up, activation of the gate, product, down: 3 matrices (SwiGLU, GeGLU).
    Gated,
}

/// How the query, key and value projections are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QkvStorage {
    /// Three matrices.
    #[default]
    Separate,
    /// One matrix for all three.
    Fused,
    /// One matrix for queries, one for keys and values.
    Kv,
}

/// Normalisation of queries and keys before their product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QkNorm {
    /// None.
    #[default]
    None,
    /// Over each head, with one weight `[head_dim]` for all heads (Qwen3, Gemma 3).
    Head,
    /// Over all heads together, weight `[heads·head_dim]` (InternViT-6B).
    Full,
    /// LayerNorm over each head, with weight and bias of its own for every head, `[heads, head_dim]`
    /// (Chameleon).
    Heads,
    /// RMSNorm over each head that stores nothing (Llama 4).
    L2,
}

/// How a stage knows the order of its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Position {
    /// A learned table added once, at the start.
    Learned(PositionTable),
    /// Rotary embedding of queries and keys; nothing is stored. In an encoder by rows and columns of
    /// the patch grid, without class and register tokens.
    Rotary,
    /// A learned table added at the start, and rotary embedding of queries and keys in every block
    /// (Qwen3-VL, GLM-4.1V, Perception Encoder).
    #[serde(rename = "learned-and-rotary")]
    LearnedAndRotary(PositionTable),
    /// None, or one that neither stores nor computes anything (ALiBi).
    None,
}

impl Position {
    /// The learned table, if there is one.
    pub fn table(self) -> Option<PositionTable> {
        match self {
            Position::Learned(table) | Position::LearnedAndRotary(table) => Some(table),
            Position::Rotary | Position::None => None,
        }
    }

    /// Whether queries and keys are turned.
    pub fn is_rotary(self) -> bool {
        matches!(self, Position::Rotary | Position::LearnedAndRotary(_))
    }
}

/// A learned position table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PositionTable {
    /// Rows of the table. If it is not given: one per patch and class token of this spec's image
    /// (encoder), or the context length (LLM). An encoder run at another image size keeps its table
    /// and interpolates it; an LLM has no position beyond it.
    #[serde(default)]
    #[schemars(example = 577)]
    pub rows: Option<Size>,
    /// Rows and columns of the grid that the table was made for, in place of `rows`: `64`, or
    /// `32x48`. It has a row for each, and one for a class token that has a position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = 64)]
    pub grid: Option<ImageSize>,
    /// Whether an image of another number of patches is refused (open_clip, timm), where others
    /// interpolate the table; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub fixed: bool,
    /// Whether an encoder has two tables of so many rows in one, `[2, rows, D]`, of which a patch
    /// reads the first by its column and the second by its row (Gemma 4); false if not given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_axis: bool,
}

impl PositionTable {
    /// One row for each token.
    pub const OPEN: PositionTable =
        PositionTable { rows: None, grid: None, fixed: false, by_axis: false };
}

/// Frequencies of rotary positions in a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RotaryFrequencies {
    /// The same for rows and columns (Qwen-VL, GLM-4.1V).
    Shared,
    /// In turns, each for a row or a column (Pixtral).
    Alternating,
}

/// How single vectors and tables are stored; it changes no count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableStorage {
    /// `[D]` and `[N, D]` (transformers' CLIP and SigLIP).
    #[default]
    Flat,
    /// With a batch axis: `[1, 1, D]` and `[1, N, D]` (timm, EVA, InternViT).
    Batched,
    /// The table alone has a batch axis, `[1, N, D]`, and tokens have none, `[D]` (RADIO).
    BatchedTable,
    /// The table by rows and columns of the grid, `[1, R, C, D]` (SAM).
    Grid,
    /// The same without a batch axis, `[R, C, D]` (MoonViT).
    Plane,
}

/// Norms in a block: a number in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "u64", into = "u64")]
pub enum NormsPerBlock {
    /// Before both branches of a parallel block.
    One,
    /// Before each branch.
    Two,
    /// Before and after each branch.
    Four,
}

impl JsonSchema for NormsPerBlock {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NormsPerBlock".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        use NormsPerBlock::{Four, One, Two};
        json_schema!({"enum": [u64::from(One), u64::from(Two), u64::from(Four)]})
    }
}

impl TryFrom<u64> for NormsPerBlock {
    type Error = &'static str;

    fn try_from(count: u64) -> Result<NormsPerBlock, Self::Error> {
        match count {
            1 => Ok(NormsPerBlock::One),
            2 => Ok(NormsPerBlock::Two),
            4 => Ok(NormsPerBlock::Four),
            _ => Err(
                "a block has 1, 2 or 4 norms; help: write 1 (of a parallel block: Cohere), 2 (Llama, \
                    Qwen) or 4 (Gemma 2 and 3)",
            ),
        }
    }
}

impl From<NormsPerBlock> for u64 {
    fn from(norms: NormsPerBlock) -> u64 {
        match norms {
            NormsPerBlock::One => 1,
            NormsPerBlock::Two => 2,
            NormsPerBlock::Four => 4,
        }
    }
}

impl NormsPerBlock {
    /// The usual number, of a block whose branches are parallel or not.
    pub fn usual(parallel: bool) -> NormsPerBlock {
        if parallel { NormsPerBlock::One } else { NormsPerBlock::Two }
    }
}

/// Where a branch of a block has its norm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NormAt {
    /// Before the branch: `x + branch(norm(x))`.
    #[default]
    Before,
    /// After the branch, before it is added: `x + norm(branch(x))` (OLMo 2).
    Branch,
    /// After the addition: `norm(x + branch(x))` (BERT, BART).
    Sum,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_are_not_named_keep_the_stages_own_biases() {
        let said: BiasSpec = serde_json::from_str(r#"{"qkv": false}"#).unwrap();
        assert_eq!(
            said.or(Biases::all(true)),
            Biases { qkv: false, key: false, ..Biases::all(true) }
        );
        assert_eq!(said.or(Biases::all(false)), Biases::all(false));
        let said: BiasSpec = serde_json::from_str(r#"{"mlp": true, "out": null}"#).unwrap();
        assert_eq!(said.or(Biases::all(false)), Biases { mlp: true, ..Biases::all(false) });
        for bias in [true, false] {
            let said: BiasSpec = serde_json::from_str(&bias.to_string()).unwrap();
            assert_eq!(said.or(Biases::all(!bias)), Biases::all(bias));
            assert_eq!(BiasSpec::default().or(Biases::all(bias)), Biases::all(bias));
        }
    }
}
