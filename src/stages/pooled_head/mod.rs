//! Heads of a tower that no bridge reads: they pool its tokens into one vector, or a few.
//!
//! A head is stored, and runs unless it is said not to: what a checkpoint holds, and what the code
//! around it calls.

mod wiring;

pub use wiring::{Tokens, build};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::options::QkvStorage;
use crate::ops::Layout;
use crate::units::Size;

/// A head of the encoder beside the tokens that the bridge gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Head")]
pub enum HeadSpec {
    /// None.
    #[default]
    None,
    /// A learned vector asks the tokens, and an MLP follows (SigLIP with `vision_use_head`, timm's
    /// `map`).
    AttentionPool(AttentionPoolHeadSpec),
    /// The mean of the patches, then a norm (timm's `avg` with its `fc_norm`).
    AveragePool(PlainHeadSpec),
    /// Learned queries ask the tokens in one attention, then a norm (CoCa).
    QueryPool(QueryPoolSpec),
    /// The class token alone (CLIP).
    ClassToken(PlainHeadSpec),
}

/// SigLIP's is `head: attention-pool`; timm's `head: {attention-pool: {qkv: kv}}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AttentionPoolHead")]
pub struct AttentionPoolHeadSpec {
    /// How its projections are stored: as one matrix if not given (PyTorch's attention), with
    /// `kv` queries apart from keys and values (timm); it changes no count.
    #[schemars(extend("default" = QkvStorage::Fused))]
    pub qkv: Choice<QkvStorage>,
    /// What the pooled vector goes through; nothing if not given.
    pub projection: Option<ProjectionSpec>,
    /// Whether it runs, or is only stored; true if not given.
    #[schemars(extend("default" = true))]
    pub run: Choice<bool>,
}

/// `head: {class-token: {projection: {width: 768}}}` is CLIP's.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PlainHead")]
pub struct PlainHeadSpec {
    /// What the vector goes through; nothing if not given.
    pub projection: Option<ProjectionSpec>,
    /// Whether it runs, or is only stored; true if not given.
    #[schemars(extend("default" = true))]
    pub run: Choice<bool>,
}

/// CoCa's of ViT-L/14 is `head: {query-pool: {queries: 256, width: 768, heads: 8, projection: {width:
/// 768}}}`.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QueryPool")]
pub struct QueryPoolSpec {
    /// Learned queries.
    #[schemars(example = 256)]
    pub queries: Size,
    /// Width of a query.
    #[schemars(example = 768)]
    pub width: Size,
    /// Attention heads.
    #[schemars(example = 8)]
    pub heads: Size,
    /// What the first of them goes through; nothing if not given.
    #[serde(default)]
    pub projection: Option<ProjectionSpec>,
    /// Whether it runs, or is only stored; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub run: Choice<bool>,
}

/// A projection of one vector: a matrix, or an MLP of two layers.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "HeadProjection")]
pub struct ProjectionSpec {
    /// Width that goes out.
    #[schemars(example = 768)]
    pub width: Size,
    /// Width inside an MLP, whose first layer has a bias; one matrix if not given.
    #[serde(default)]
    #[schemars(example = 1536)]
    pub hidden: Option<Size>,
    /// Whether the last layer has a bias; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub bias: Choice<bool>,
    /// Whether the matrix is stored `[in, out]` (a bare parameter, CLIP's) or, as if not given, `[out,
    /// in]`; it changes no count.
    #[serde(default)]
    #[schemars(extend("default" = MatrixStorage::OutIn))]
    pub stored: Choice<MatrixStorage>,
}

/// How a matrix is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatrixStorage {
    /// As `torch.nn.Linear` has it.
    OutIn,
    /// As it is multiplied.
    InOut,
}

impl From<MatrixStorage> for Layout {
    fn from(stored: MatrixStorage) -> Layout {
        match stored {
            MatrixStorage::OutIn => Layout::OutIn,
            MatrixStorage::InOut => Layout::InOut,
        }
    }
}

/// A head, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PooledHead {
    /// How it pools.
    pub pool: Pool,
    /// What its vector goes through.
    pub projection: Option<Projection>,
    /// Whether it runs.
    pub runs: bool,
}

/// How a head pools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// A learned vector asks the tokens; its projections are stored so.
    Attention(QkvStorage),
    /// The mean of the patches, normed.
    Average,
    /// Learned queries ask the tokens.
    Queries {
        /// How many.
        count: Size,
        /// Width of each.
        width: Size,
        /// Attention heads.
        heads: Size,
    },
    /// The class token.
    ClassToken,
}

/// A projection, every choice made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projection {
    /// Width that goes out.
    pub width: Size,
    /// Width inside an MLP.
    pub hidden: Option<Size>,
    /// Whether the last layer has a bias.
    pub bias: bool,
    /// How its matrix is stored.
    pub stored: MatrixStorage,
}

impl HeadSpec {
    /// The head that is described, if there is one.
    pub fn design(&self) -> Option<PooledHead> {
        let (pool, projection, run) = match *self {
            HeadSpec::None => return None,
            HeadSpec::AttentionPool(AttentionPoolHeadSpec { qkv, projection, run }) => {
                (Pool::Attention(qkv.unwrap_or(QkvStorage::Fused)), projection, run)
            }
            HeadSpec::AveragePool(PlainHeadSpec { projection, run }) => {
                (Pool::Average, projection, run)
            }
            HeadSpec::QueryPool(QueryPoolSpec { queries, width, heads, projection, run }) => {
                (Pool::Queries { count: queries, width, heads }, projection, run)
            }
            HeadSpec::ClassToken(PlainHeadSpec { projection, run }) => {
                (Pool::ClassToken, projection, run)
            }
        };
        let projection = projection.map(|said| Projection {
            width: said.width,
            hidden: said.hidden,
            bias: said.bias.unwrap_or(false),
            stored: said.stored.unwrap_or(MatrixStorage::OutIn),
        });
        Some(PooledHead { pool, projection, runs: run.unwrap_or(true) })
    }
}

impl From<Option<PooledHead>> for HeadSpec {
    /// The choice that says a head, every choice in it.
    fn from(head: Option<PooledHead>) -> HeadSpec {
        let Some(PooledHead { pool, projection, runs }) = head else { return HeadSpec::None };
        let projection = projection.map(|Projection { width, hidden, bias, stored }| {
            ProjectionSpec { width, hidden, bias: bias.into(), stored: stored.into() }
        });
        let run = runs.into();
        match pool {
            Pool::Attention(qkv) => {
                let qkv = qkv.into();
                HeadSpec::AttentionPool(AttentionPoolHeadSpec { qkv, projection, run })
            }
            Pool::Average => HeadSpec::AveragePool(PlainHeadSpec { projection, run }),
            Pool::Queries { count: queries, width, heads } => {
                HeadSpec::QueryPool(QueryPoolSpec { queries, width, heads, projection, run })
            }
            Pool::ClassToken => HeadSpec::ClassToken(PlainHeadSpec { projection, run }),
        }
    }
}

impl PooledHead {
    /// What it is called in a sentence.
    pub fn in_words(&self) -> &'static str {
        match self.pool {
            Pool::Attention(_) => "the attention-pool head",
            Pool::Average => "the average-pool head",
            Pool::Queries { .. } => "the query-pool head",
            Pool::ClassToken => "the head of the class token",
        }
    }
}
