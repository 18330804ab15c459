//! The Q-Former bridge: learned queries in a BERT stack that asks the image (BLIP-2,
//! InstructBLIP, MiniGPT-4).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::projector::{self, Projector, ProjectorSpec};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, NodeId, Role, When};
use crate::ops::{AddTable, Concat, Embedding, Input, Learned, Shape, Slice};
use crate::stages::attention::{Attention, AttentionLayer};
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{Mlp, MlpLayer};
use crate::stages::names;
use crate::stages::stack::{BERT, SizeNames, Stack};
use crate::units::{Amount, Size};

/// BLIP-2 has 12 blocks of width 768 with 12 heads, and 32 queries.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QFormer")]
pub struct QFormerSpec {
    /// Learned queries: the visual tokens of an image. It must be given.
    #[schemars(example = 32)]
    pub queries: Size,
    /// Width of the stack; a symbol if not given.
    #[schemars(example = 768)]
    #[serde(default)]
    pub width: Option<Size>,
    /// Number of blocks; a symbol if not given.
    #[schemars(example = 12)]
    #[serde(default)]
    pub depth: Option<Size>,
    /// Attention heads of a block; a symbol if not given. They must divide `width`.
    #[schemars(example = 12)]
    #[serde(default)]
    pub heads: Option<Size>,
    /// Width inside the MLPs of a block; a symbol if not given.
    #[schemars(example = 3072)]
    #[serde(default)]
    pub mlp_width: Option<Size>,
    /// Among the blocks, the first asks the image, and every n-th after it
    /// (`cross_attention_frequency`); 2 if not given.
    #[schemars(example = 2, extend("default" = EVERY_SECOND))]
    #[serde(default)]
    pub cross_attention_every: Choice<Size>,
    /// A text branch in the same stack, which reads the instruction (InstructBLIP); none if not
    /// given.
    #[serde(default)]
    pub text: Option<QFormerText>,
    /// The projection to the LLM's width; linear if not given.
    #[serde(default, skip_serializing_if = "Choice::is_open")]
    #[schemars(extend("default" = ProjectorSpec::from(&projector::PLAIN)))]
    pub then: Choice<ProjectorSpec>,
}

/// The instruction that InstructBLIP's Q-Former reads beside its queries.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QFormerText {
    /// Rows of the word table. It must be given.
    #[schemars(example = 30523)]
    pub vocab: Size,
    /// Rows of the position table. It must be given.
    #[schemars(example = 512)]
    pub positions: Size,
    /// Tokens of the instruction in the Q-Former's own tokenizer; as many as the prompt's text
    /// tokens if not given.
    #[serde(default)]
    #[schemars(example = 32)]
    pub tokens: Option<Amount>,
}

/// A Q-Former, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct QFormer {
    /// Learned queries.
    pub queries: Size,
    /// The blocks, which are BERT's.
    pub stack: Stack,
    /// The first block asks the image, and every n-th after it.
    pub cross_attention_every: Size,
    /// The text branch.
    pub text: Option<QFormerText>,
    /// The projection to the LLM's width.
    pub then: Projector,
}

/// BLIP-2's `cross_attention_frequency`.
const EVERY_SECOND: Size = Size::of(2);

/// Names of the Q-Former's sizes.
const SIZES: SizeNames = SizeNames {
    suffix: "_q",
    of: "Q-Former",
    width: "bridge.qformer.width",
    heads: "bridge.qformer.heads",
    kv_heads: "bridge.qformer.heads",
    head_dim: None,
};

impl QFormerSpec {
    /// A Q-Former of which nothing is said but its queries.
    fn of(queries: Size) -> QFormerSpec {
        QFormerSpec {
            queries,
            width: None,
            depth: None,
            heads: None,
            mlp_width: None,
            cross_attention_every: Choice::default(),
            text: None,
            then: Choice::default(),
        }
    }

    /// BLIP-2's, whose stack is BERT base.
    fn bert_base(queries: Size) -> QFormerSpec {
        QFormerSpec {
            width: Some(Size::of(768)),
            depth: Some(Size::of(12)),
            heads: Some(Size::of(12)),
            mlp_width: Some(Size::of(3072)),
            ..QFormerSpec::of(queries)
        }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> QFormer {
        QFormer {
            queries: self.queries,
            stack: Stack {
                width: self.width,
                depth: self.depth,
                attention: AttentionLayer { heads: self.heads, ..BERT.attention },
                mlp: MlpLayer { width: self.mlp_width, ..BERT.mlp },
                ..BERT
            },
            cross_attention_every: self.cross_attention_every.unwrap_or(EVERY_SECOND),
            text: self.text.clone(),
            then: self.then.design(faults),
        }
    }
}

impl From<&QFormer> for QFormerSpec {
    /// The fields that say a bridge, every choice written.
    fn from(qformer: &QFormer) -> QFormerSpec {
        let QFormer { queries, stack, cross_attention_every, text, then } = qformer;
        QFormerSpec {
            queries: *queries,
            width: stack.width,
            depth: stack.depth,
            heads: stack.attention.heads,
            mlp_width: stack.mlp.width,
            cross_attention_every: (*cross_attention_every).into(),
            text: text.clone(),
            then: ProjectorSpec::from(then).into(),
        }
    }
}

impl QFormer {
    /// What is known of a Q-Former by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "qformer",
        title: "Q-Former",
        typical: |_| {
            Typical::new(
                "qformer: {queries: 32, width: 768, depth: 12, heads: 12, mlp_width: 3072}",
                "as BLIP-2 has it (arXiv 2301.12597)",
            )
        },
        practice: Practice {
            place: 6,
            words: &["qformer", "q-former", "queries"],
            usual: Some("32"),
            sized: |queries| QFormerSpec::of(queries).into(),
            drawn: |draw| Some(QFormerSpec::bert_base(draw.one_of(&[32, 64])?).into()),
            choices: |_| {
                vec![("a Q-Former of 32 queries", QFormerSpec::bert_base(Size::of(32)).into())]
            },
        },
    };
}

/// The stack with its symbols declared.
struct Declared<'a> {
    qformer: &'a QFormer,
    queries: Dim,
    width: Dim,
    depth: Dim,
    mlp: Mlp,
    attention: Attention,
}

impl BridgeStage for QFormer {
    fn in_brief(&self) -> String {
        format!("a Q-Former of {} queries per image", self.queries)
    }

    fn in_words(&self) -> Vec<&'static str> {
        let instruction = "The instruction is read in the same blocks, beside the queries.";
        let mut words = vec![
            "Learned queries ask the image: in a stack of BERT blocks they attend to each other \
             and, in some blocks, to the encoder's tokens.",
            "What comes out are as many tokens as there are queries, whatever the image's size.",
        ];
        words.extend(self.text.as_ref().map(|_| instruction));
        words.push(self.then.in_words());
        words
    }

    fn reduction(&self) -> Reduction {
        Reduction::Learned
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let stack = Declared::new(b, self);
        let tokens = b.scope(("queries", ""), Role::Learned, |b| stack.embed(b, x, to));
        let name = ("blocks", "qformer.encoder.layer");
        let tokens = b.repeat(name, Role::Blocks, stack.depth.clone(), tokens, |b, tokens| {
            stack.block(b, tokens, x)
        });
        let queries = stack.queries_of(b, tokens);
        Ok(b.scope(("projection", ""), Role::Projection, |b| {
            self.then.project(b, queries, &stack.width, &to.width)
        }))
    }
}

impl<'a> Declared<'a> {
    fn new(b: &mut Builder, qformer: &'a QFormer) -> Declared<'a> {
        let queries = b.size("Q", "learned queries", Some(qformer.queries)).into();
        let width = qformer.stack.width(b, &SIZES);
        let depth = qformer.stack.depth(b, &SIZES);
        let mlp = qformer.stack.mlp(b, &width, &SIZES);
        let attention = qformer.stack.attention(b, &width, &SIZES, &names::BERT);
        Declared { qformer, queries, width, depth, mlp, attention }
    }

    /// The queries, with the embedded instruction behind them if there is one:
    /// `[B·images, Q, D_q]` or `[B·images, Q + T_q, D_q]`.
    fn embed(&self, b: &mut Builder, x: &Visual, to: &Target) -> NodeId {
        let (batch, rows, width) = (x.images.clone(), self.queries.clone(), self.width.clone());
        let weight = Shape::new([Dim::one(), rows.clone(), width.clone()]);
        let mut tokens = b.push("query_tokens", Learned { weight, batch, rows, width }, &[]);
        if let Some(text) = &self.qformer.text {
            let words = self.embed_text(b, text, x, to);
            tokens = b.push("concat", Concat, &[tokens, words]);
            b.name_axis(tokens, 1, "N_q", "tokens in the Q-Former's self-attention");
        }
        norm(b, ("norm", "qformer.layernorm"), tokens, self.qformer.stack.norm, &self.width)
    }

    /// Words and positions: `[B·images, T_q, D_q]`.
    fn embed_text(&self, b: &mut Builder, text: &QFormerText, x: &Visual, to: &Target) -> NodeId {
        let length: Dim = match text.tokens {
            None => to.text.clone(),
            Some(count) => {
                b.symbols().given("T_q", "instruction tokens of the Q-Former", count.into()).into()
            }
        };
        let vocab = b.size("vocab_q", "rows of the Q-Former's word table", Some(text.vocab)).into();
        let rows: Dim =
            b.size("R_q", "rows of the Q-Former's position table", Some(text.positions)).into();
        let ids = Input { shape: Shape::new([x.images.clone(), length.clone()]) };
        let ids = b.push("text_ids", ids, &[]);
        b.require(AtMost {
            needed: length.clone(),
            most: rows.clone(),
            names: ("tokens of the Q-Former's text", "rows of its position table"),
            field: "bridge.qformer.text.positions",
            why: "only a vision encoder interpolates its table",
        });
        let words = Embedding { rows: vocab, width: self.width.clone() };
        let words =
            b.push(("word_embeddings", "qformer.embeddings.word_embeddings"), words, &[ids]);
        let table = Shape::new([rows, self.width.clone()]);
        let name = ("position_embeddings", "qformer.embeddings.position_embeddings");
        b.push(name, AddTable { table, past: Some(Dim::zero()) }, &[words])
    }

    /// A BERT block: each branch is added back and then normed.
    fn block(&self, b: &mut Builder, tokens: NodeId, x: &Visual) -> NodeId {
        let tokens = b.scope("attention", Role::Attention, |b| {
            self.post_norm(b, "output.LayerNorm", tokens, |b, tokens| {
                self.attention.over_itself(b, tokens, None)
            })
        });
        let period = self.qformer.cross_attention_every.get();
        let asks = When::Every { period, offset: 0 };
        let tokens = b.when(
            ("cross_attention", "crossattention"),
            Role::CrossAttention,
            asks,
            tokens,
            |b, tokens| {
                let across = Attention { context_width: x.width.clone(), ..self.attention.clone() };
                self.on_queries(b, tokens, |b, queries| {
                    self.post_norm(b, "output.LayerNorm", queries, |b, queries| {
                        across.over(b, queries, x.node, x.node)
                    })
                })
            },
        );
        b.scope(("mlp", ""), Role::Mlp, |b| self.mlps(b, tokens))
    }

    /// One MLP for the queries, another for the text.
    fn mlps(&self, b: &mut Builder, tokens: NodeId) -> NodeId {
        let mlp = |names| Mlp { names, ..self.mlp.clone() };
        let queries = self.queries_of(b, tokens);
        let of_queries = mlp(["intermediate_query.dense", "output_query.dense"]);
        let norm = "output_query.LayerNorm";
        let queries = self.post_norm(b, norm, queries, |b, queries| of_queries.build(b, queries));
        let Some(text) = self.text_of(b, tokens) else {
            return queries;
        };
        let of_text = mlp(["intermediate.dense", "output.dense"]);
        let text = b.scope(("text", ""), Role::Mlp, |b| {
            self.post_norm(b, "output.LayerNorm", text, |b, text| of_text.build(b, text))
        });
        self.rejoin(b, queries, text, tokens)
    }

    /// Changes the queries and leaves the text as it is.
    fn on_queries(
        &self,
        b: &mut Builder,
        tokens: NodeId,
        change: impl FnOnce(&mut Builder, NodeId) -> NodeId,
    ) -> NodeId {
        let queries = self.queries_of(b, tokens);
        let changed = change(b, queries);
        match self.text_of(b, tokens) {
            None => changed,
            Some(text) => self.rejoin(b, changed, text, tokens),
        }
    }

    fn queries_of(&self, b: &mut Builder, tokens: NodeId) -> NodeId {
        if self.qformer.text.is_none() {
            return tokens;
        }
        let slice = Slice { length: self.queries.clone(), from_end: false };
        b.push("queries", slice, &[tokens])
    }

    fn text_of(&self, b: &mut Builder, tokens: NodeId) -> Option<NodeId> {
        self.qformer.text.as_ref()?;
        let all = b.axis(tokens, 1);
        let length = b.symbols().expand(&all) - &self.queries;
        Some(b.push("text", Slice { length, from_end: true }, &[tokens]))
    }

    /// Queries and text as one sequence again, as long as `before`.
    fn rejoin(&self, b: &mut Builder, queries: NodeId, text: NodeId, before: NodeId) -> NodeId {
        let tokens = b.push("concat", Concat, &[queries, text]);
        let length = b.axis(before, 1);
        b.rename_axis(tokens, 1, &length);
        tokens
    }

    fn post_norm(
        &self,
        b: &mut Builder,
        module: &str,
        x: NodeId,
        branch: impl FnOnce(&mut Builder, NodeId) -> NodeId,
    ) -> NodeId {
        let x = b.residual(x, branch);
        norm(b, ("norm", module), x, self.qformer.stack.norm, &self.width)
    }
}
