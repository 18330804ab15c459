//! The Q-Former bridge: learned queries in a BERT stack that asks the image (BLIP-2,
//! InstructBLIP, MiniGPT-4).

mod blocks;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::projector::{self, Projector, ProjectorSpec};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::dim::Field;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::NormKind;
use crate::stages::attention::AttentionLayer;
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::MlpLayer;
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
    /// A norm over the encoder's tokens first (LAVIS's `ln_vision`); none if not given.
    #[serde(default)]
    pub norm: Option<NormKind>,
    /// Whether a query sees itself and those before it only (SEED); false if not given. It changes no
    /// count.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub causal: Choice<bool>,
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
    /// A norm over the encoder's tokens first.
    pub norm: Option<NormKind>,
    /// Whether a query sees itself and those before it only.
    pub causal: bool,
    /// The text branch.
    pub text: Option<QFormerText>,
    /// The projection to the LLM's width.
    pub then: Projector,
}

/// BLIP-2's `cross_attention_frequency`.
const EVERY_SECOND: Size = Size::of(2);

/// Names of the Q-Former's sizes.
const SIZES: SizeNames = SizeNames {
    section: Field::Borrowed("bridge.qformer"),
    inherited: None,
    suffix: Field::Borrowed("_q"),
    of: Field::Borrowed("Q-Former"),
    width: Field::Borrowed("bridge.qformer.width"),
    depth: Field::Borrowed("bridge.qformer.depth"),
    mlp_width: Field::Borrowed("bridge.qformer.mlp_width"),
    heads: Field::Borrowed("bridge.qformer.heads"),
    kv_heads: Field::Borrowed("bridge.qformer.heads"),
    head_dim: None,
    turned: 2,
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
            norm: None,
            causal: Choice::default(),
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
            norm: self.norm,
            causal: self.causal.unwrap_or(false),
            text: self.text.clone(),
            then: self.then.design(faults),
        }
    }
}

impl From<&QFormer> for QFormerSpec {
    /// The fields that say a bridge, every choice written.
    fn from(qformer: &QFormer) -> QFormerSpec {
        let QFormer { queries, stack, cross_attention_every, norm, causal, text, then } = qformer;
        QFormerSpec {
            queries: *queries,
            width: stack.width,
            depth: stack.depth,
            heads: stack.attention.heads,
            mlp_width: stack.mlp.width,
            cross_attention_every: (*cross_attention_every).into(),
            norm: *norm,
            causal: (*causal).into(),
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

impl BridgeStage for QFormer {
    fn in_brief(&self) -> String {
        format!("a Q-Former of {} queries per image", self.queries)
    }

    fn in_words(&self) -> Vec<&'static str> {
        let instruction = "The instruction is read in the same blocks, beside the queries.";
        let mut words = vec![
            "Learned queries ask the image: in a stack of BERT blocks they attend to each other \
             and, in some blocks, to the encoder's tokens.",
            "As many tokens come out as there are queries, whatever the image's size.",
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
        let normed = self.norm.map(|kind| {
            b.scope(("norm", ""), Role::Norm, |b| {
                norm(b, ("norm", "ln_vision"), x.node, kind, &x.width)
            })
        });
        let x = &Visual { node: normed.unwrap_or(x.node), ..x.clone() };
        let (queries, width) = blocks::build(self, b, x, to);
        let queries = Flow::of(x).with(queries, width);
        self.then.wire(b, queries, to, "bridge.qformer.then")
    }
}
