//! The D-Abstractor: queries that read a few places of the grid each, in Deformable DETR's decoder
//! layers (Honeybee).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Called, Flow, rounds};
use super::pool::{Pool, Pooled, no_square, side_of};
use super::projector::Projector;
use super::rounding::Rounding;
use super::steps::{
    Append, Deformable, LinearStep, Positions, Square, Step, VectorStorage, Width, Within, compose,
    list, places,
};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::dim::{Dim, Field};
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, Add, Learned, NormKind, Shape};
use crate::stages::attention::Attention;
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{Mlp, MlpLayer};
use crate::stages::names;
use crate::stages::options::Biases;
use crate::stages::stack::{BERT, SizeNames};
use crate::units::{Amount, Size};

/// Honeybee's is `bridge: {d-abstractor: {queries: 144, width: 1024, depth: 6, heads: 8, mlp_width:
/// 1024}}`. Its code takes grids that are square.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DAbstractor")]
pub struct DAbstractorSpec {
    /// Visual tokens of an image: queries, a square number where they are pooled.
    #[schemars(example = 144)]
    pub queries: Size,
    /// Width of the layers; the encoder's if not given.
    #[serde(default)]
    #[schemars(example = 1024)]
    pub width: Option<Size>,
    /// Number of layers; 6 if not given.
    #[serde(default)]
    #[schemars(extend("default" = DEPTH))]
    pub depth: Choice<Size>,
    /// Attention heads; 8 if not given. They must divide the width.
    #[serde(default)]
    #[schemars(extend("default" = HEADS))]
    pub heads: Choice<Size>,
    /// Width inside the MLP of a layer; a symbol if not given.
    #[serde(default)]
    #[schemars(example = 1024)]
    pub mlp_width: Option<Size>,
    /// Places that each head reads; 4 if not given.
    #[serde(default)]
    #[schemars(extend("default" = POINTS))]
    pub points: Choice<Size>,
    /// What the average of the image is to a query; its position if not given.
    #[serde(default)]
    #[schemars(extend("default" = Pooling::Position))]
    pub pooled: Choice<Pooling>,
    /// Learned tokens after those of an image; 0 if not given.
    #[serde(default)]
    #[schemars(extend("default" = 0))]
    pub end_tokens: Choice<Amount>,
    /// Whether a learned table with a position for each patch is added first; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub position: Choice<bool>,
}

/// What the pooled tokens of the image are to the queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pooling {
    /// The position of a query, which begins as a learned one.
    Position,
    /// What a query begins as, at a learned position.
    Query,
    /// Nothing: both are learned.
    None,
}

/// A D-Abstractor, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct DAbstractor {
    queries: Size,
    width: Option<Size>,
    depth: Size,
    heads: Size,
    mlp_width: Option<Size>,
    points: Size,
    pooled: Pooling,
    end_tokens: Amount,
    position: bool,
}

/// Honeybee's layers.
const DEPTH: Size = Size::of(6);
/// Deformable DETR's heads.
const HEADS: Size = Size::of(8);
/// Deformable DETR's points.
const POINTS: Size = Size::of(4);

const SECTION: &str = "bridge.d-abstractor";

static SIDE: Called =
    Called { name: "s_a", meaning: "pooled tokens per side", field: "bridge.d-abstractor.queries" };
static POINT: Called = Called {
    name: "p_a",
    meaning: "places that a head of the abstractor reads",
    field: "bridge.d-abstractor.points",
};
static HEAD: Called = Called {
    name: "h_a",
    meaning: "attention heads of the abstractor",
    field: "bridge.d-abstractor.heads",
};
static END: Called = Called {
    name: "E_a",
    meaning: "learned tokens after those of an image",
    field: "bridge.d-abstractor.end_tokens",
};

/// Names of the sizes of a layer.
const SIZES: SizeNames = SizeNames {
    section: Field::Borrowed("bridge.d-abstractor"),
    inherited: None,
    suffix: Field::Borrowed("_a"),
    of: Field::Borrowed("abstractor"),
    width: Field::Borrowed("bridge.d-abstractor.width"),
    depth: Field::Borrowed("bridge.d-abstractor.depth"),
    mlp_width: Field::Borrowed("bridge.d-abstractor.mlp_width"),
    heads: Field::Borrowed("bridge.d-abstractor.heads"),
    kv_heads: Field::Borrowed("bridge.d-abstractor.heads"),
    head_dim: None,
    turned: 2,
};

impl DAbstractorSpec {
    /// So many tokens, the remainder as in Honeybee.
    fn of(queries: Size, mlp_width: Option<Size>) -> DAbstractorSpec {
        DAbstractorSpec {
            queries,
            width: None,
            depth: Choice::default(),
            heads: Choice::default(),
            mlp_width,
            points: Choice::default(),
            pooled: Choice::default(),
            end_tokens: Choice::default(),
            position: Choice::default(),
        }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> DAbstractor {
        let pooled = self.pooled.unwrap_or(Pooling::Position);
        if pooled != Pooling::None && side_of(self.queries).is_none() {
            faults.add("queries", no_square(self.queries, "pooled queries"));
        }
        DAbstractor {
            queries: self.queries,
            width: self.width,
            depth: self.depth.unwrap_or(DEPTH),
            heads: self.heads.unwrap_or(HEADS),
            mlp_width: self.mlp_width,
            points: self.points.unwrap_or(POINTS),
            pooled,
            end_tokens: self.end_tokens.unwrap_or_default(),
            position: self.position.unwrap_or(true),
        }
    }
}

impl From<&DAbstractor> for DAbstractorSpec {
    /// The fields that say a bridge, every choice written.
    fn from(bridge: &DAbstractor) -> DAbstractorSpec {
        DAbstractorSpec {
            queries: bridge.queries,
            width: bridge.width,
            depth: bridge.depth.into(),
            heads: bridge.heads.into(),
            mlp_width: bridge.mlp_width,
            points: bridge.points.into(),
            pooled: bridge.pooled.into(),
            end_tokens: bridge.end_tokens.into(),
            position: bridge.position.into(),
        }
    }
}

impl DAbstractor {
    /// What is known of a D-Abstractor by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "d-abstractor",
        title: "D-Abstractor",
        typical: |_| {
            Typical::new(
                "d-abstractor: {queries: 144, width: 1024, mlp_width: 1024}",
                "as Honeybee has it (arXiv 2312.06742)",
            )
        },
        practice: Practice {
            place: 14,
            words: &["d-abstractor"],
            usual: Some("144"),
            sized: |queries| DAbstractorSpec::of(queries, None).into(),
            drawn: |draw| {
                let queries = draw.one_of(&[64, 144, 256])?;
                Some(DAbstractorSpec::of(queries, Some(Size::of(1024))).into())
            },
            choices: |_| Vec::new(),
        },
    };

    /// What queries begin as and their positions, `[B, Q, C]` each.
    fn queries(
        &self,
        b: &mut Builder,
        x: &Flow,
        width: &Dim,
    ) -> Result<([NodeId; 2], Dim), NotSuited> {
        let table = |b: &mut Builder, rows: Dim, parts: i128| {
            let (batch, width) = (b.axis(x.node, 0), width * parts);
            let weight = Shape::new([rows.clone(), width.clone()]);
            let learned = Learned { weight, batch, rows, width };
            b.push(("query_embeddings", "query_position_embeddings"), learned, &[])
        };
        let at = At::named("", SECTION);
        if self.pooled == Pooling::None {
            let name = ("Q", "learned queries", "bridge.d-abstractor.queries");
            let rows: Dim = b.size(name.0, name.1, name.2, Some(self.queries)).into();
            let both = table(b, rows.clone(), 2);
            let mut half = |name, offset| {
                b.push(name, crate::ops::Split { offset, width: width.clone() }, &[both])
            };
            return Ok(([half("begin", width.clone()), half("position", Dim::zero())], rows));
        }
        let side = side_of(self.queries).unwrap_or(Size::of(1));
        let pool = Pool {
            pooled: Pooled::Adaptive(SIDE.of(side)),
            rounding: Rounding::Exact,
            as_product: false,
        };
        let pooled = pool.merge(b, x.clone(), (&at, &at), "d-abstractor")?.node;
        let rows = b.axis(pooled, 1);
        let learned = table(b, rows.clone(), 1);
        Ok(match self.pooled {
            Pooling::Query => ([pooled, learned], rows),
            _ => ([learned, pooled], rows),
        })
    }
}

/// A decoder layer, its sizes declared.
struct Layer {
    width: Dim,
    attention: Attention,
    mlp: Mlp,
    read: Deformable,
}

impl Layer {
    fn declare(b: &mut Builder, bridge: &DAbstractor, width: &Dim) -> Layer {
        let layer = crate::stages::attention::AttentionLayer {
            heads: Some(bridge.heads),
            ..BERT.attention
        };
        let (norm, bias) = (NormKind::LayerNorm, Biases::all(true));
        let attention = layer.declare(b, width, &SIZES, &names::PERCEIVER, norm, bias);
        let hidden = SIZES.size(b, ("F", "MLP width"), &SIZES.mlp_width, bridge.mlp_width);
        let mlp = MlpLayer { width: None, activation: ActivationKind::Relu, ..BERT.mlp };
        let mlp = mlp.between(width.clone(), hidden, width.clone(), true);
        let read = Deformable { heads: HEAD.of(bridge.heads), points: POINT.of(bridge.points) };
        Layer { width: width.clone(), attention, mlp, read }
    }

    /// Each branch is added back and then normed.
    fn wire(
        &self,
        b: &mut Builder,
        x: &Flow,
        image: &Flow,
        [position, places]: [NodeId; 2],
    ) -> Result<NodeId, NotSuited> {
        let seen = |b: &mut Builder, node| b.push("placed", Add, &[node, position]);
        let after = |b: &mut Builder, module, node| {
            norm(b, ("norm", module), node, NormKind::LayerNorm, &self.width)
        };
        let node = b.scope(("attention", ""), Role::Attention, |b| {
            let node = b.residual(x.node, |b, node| {
                let asking = seen(b, node);
                self.attention.over(b, asking, asking, node)
            });
            after(b, "self_attn_layer_norm", node)
        });
        let node = b.scope(("reading", ""), Role::CrossAttention, |b| {
            let asking = seen(b, node);
            let at = At::named("encoder_attn", SECTION);
            let read = self.read.attend(b, (x, asking), (image, places), &at)?;
            let node = b.push("residual", Add, &[node, read]);
            Ok::<NodeId, NotSuited>(after(b, "encoder_attn_layer_norm", node))
        })?;
        Ok(b.scope(("mlp", ""), Role::Mlp, |b| {
            let node = b.residual(node, |b, node| b.module("mlp", |b| self.mlp.build(b, node)));
            after(b, "final_layer_norm", node)
        }))
    }
}

impl BridgeStage for DAbstractor {
    fn in_brief(&self) -> String {
        format!("a D-Abstractor of {} queries per image", self.queries)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Queries, which begin with an average of the image or as learned ones, attend to each \
             other.",
            Deformable::WORDS,
            "As many tokens come out as there are queries, whatever the image's size.",
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Learned
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let x = Flow::of(x);
        Square::require(b, &x, "d-abstractor", &At::named("", SECTION))?;
        let mut before = Vec::new();
        let width = match self.width {
            Some(size) if !b.is(&x.width, size) => {
                SIZES.size(b, ("D", "width"), &SIZES.width, self.width)
            }
            _ => x.width.clone(),
        };
        if width != x.width {
            before.push(Step::Linear(LinearStep::to(Width::Made(width.clone()))));
        }
        if self.position {
            let storage = VectorStorage::Batched;
            before.push(Step::Positions(Positions { rows: None, storage, halves: false }));
        }
        let input = Within { number: "input", ..Within::named(SECTION) };
        let image = b.module("input", |b| list::wire(b, &before, x, to, &input))?;
        let ([begin, position], places) = b.scope(("queries", ""), Role::Learned, |b| {
            let (both, rows) = self.queries(b, &image, &width)?;
            let batch = b.axis(image.node, 0);
            let places = places(b, [&batch, &rows], &At::named("", SECTION));
            Ok::<_, NotSuited>((both, places))
        })?;
        let layer = Layer::declare(b, self, &width);
        let depth =
            b.count("L_a", "layers of the abstractor", SIZES.depth.clone(), Some(self.depth));
        let x = image.clone().in_a_row(begin);
        let x = rounds(b, ("blocks", "layers"), depth.into(), x, |b, x| {
            let node = layer.wire(b, &x, &image, [position, places])?;
            Ok(x.of_same_width(node))
        })?;
        let is_wide_enough = width == to.width || b.call_axis(x.node, 2, &to.width);
        let x = if is_wide_enough { x.clone().with(x.node, to.width.clone()) } else { x };
        let mut after = Vec::new();
        if let Some(tokens) = Size::new(self.end_tokens.get()) {
            after.push(Step::Append(Append::of(END.of(tokens))));
        }
        after.extend((!is_wide_enough).then_some(Step::Linear(LinearStep::to(Width::Llm))));
        b.module("output", |b| compose(b, &after, x, to, SECTION))
    }
}
