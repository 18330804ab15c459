//! The C-Abstractor: blocks of convolutions around an adaptive pooling, then an MLP (Honeybee).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::{At, Called, Flow, rounds};
use super::pool::{Pool, Pooled, no_square, side_of};
use super::projector::Projector;
use super::rounding::Rounding;
use super::steps::{
    Append, Branches, Conv, Excitation, Join, LinearStep, NormStep, Positions, Square, Step,
    VectorStorage, Width, Within, compose, list,
};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{ActivationKind, NormKind};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::{Amount, Size};

/// Honeybee's is `bridge: {c-abstractor: {queries: 144}}`. Its code takes grids that are square.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CAbstractor")]
pub struct CAbstractorSpec {
    /// Visual tokens of an image, a square number.
    #[schemars(example = 144)]
    pub queries: Size,
    /// Width of the blocks; the encoder's if not given.
    #[serde(default)]
    #[schemars(example = 1024)]
    pub width: Option<Size>,
    /// Blocks before pooling, and as many after it; 3 if not given.
    #[serde(default)]
    #[schemars(extend("default" = DEPTH))]
    pub depth: Choice<Amount>,
    /// Linear layers at the end, with silu between them; 2 if not given.
    #[serde(default)]
    #[schemars(extend("default" = MLP_DEPTH))]
    pub mlp_depth: Choice<Size>,
    /// Learned tokens after those of an image; 0 if not given.
    #[serde(default)]
    #[schemars(extend("default" = 0))]
    pub end_tokens: Choice<Amount>,
    /// Whether a learned table with a position for each patch is added first; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub position: Choice<bool>,
    /// Whether a LayerNorm stands before the blocks; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub prenorm: Choice<bool>,
}

/// A C-Abstractor, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct CAbstractor {
    queries: Size,
    side: Size,
    width: Option<Size>,
    depth: Amount,
    mlp_depth: Size,
    end_tokens: Amount,
    position: bool,
    prenorm: bool,
}

/// Honeybee's `depth`.
const DEPTH: Amount = Amount::of(3);
/// Honeybee's `mlp_depth`.
const MLP_DEPTH: Size = Size::of(2);
/// More linear layers than this are surely a mistake.
const MOST_LAYERS: u64 = 32;

const SECTION: &str = "bridge.c-abstractor";

/// The side of the square of pooled tokens.
static SIDE: Called = Called {
    name: "s_a",
    meaning: "tokens per side after the abstractor",
    field: "bridge.c-abstractor.queries",
};

impl CAbstractorSpec {
    /// So many tokens, the remainder as in Honeybee.
    fn of(queries: Size) -> CAbstractorSpec {
        CAbstractorSpec {
            queries,
            width: None,
            depth: Choice::default(),
            mlp_depth: Choice::default(),
            end_tokens: Choice::default(),
            position: Choice::default(),
            prenorm: Choice::default(),
        }
    }

    /// The bridge that is described.
    pub fn design(&self, faults: &mut Faults) -> CAbstractor {
        let side = side_of(self.queries).unwrap_or_else(|| {
            faults.add("queries", no_square(self.queries, "queries"));
            Size::of(1)
        });
        CAbstractor {
            queries: self.queries,
            side,
            width: self.width,
            depth: self.depth.unwrap_or(DEPTH),
            mlp_depth: self.mlp_depth.unwrap_or(MLP_DEPTH).min(Size::of(MOST_LAYERS)),
            end_tokens: self.end_tokens.unwrap_or_default(),
            position: self.position.unwrap_or(true),
            prenorm: self.prenorm.unwrap_or(false),
        }
    }
}

impl From<&CAbstractor> for CAbstractorSpec {
    /// The fields that say a bridge, every choice written.
    fn from(bridge: &CAbstractor) -> CAbstractorSpec {
        CAbstractorSpec {
            queries: bridge.queries,
            width: bridge.width,
            depth: bridge.depth.into(),
            mlp_depth: bridge.mlp_depth.into(),
            end_tokens: bridge.end_tokens.into(),
            position: bridge.position.into(),
            prenorm: bridge.prenorm.into(),
        }
    }
}

impl CAbstractor {
    /// What is known of a C-Abstractor by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "c-abstractor",
        title: "C-Abstractor",
        typical: |_| {
            Typical::new(
                "c-abstractor: {queries: 144, width: 1024}",
                "as Honeybee has it (arXiv 2312.06742)",
            )
        },
        practice: Practice {
            place: 11,
            words: &["c-abstractor", "abstractor"],
            usual: Some("144"),
            sized: |queries| CAbstractorSpec::of(queries).into(),
            drawn: |draw| Some(CAbstractorSpec::of(draw.one_of(&[64, 144, 256])?).into()),
            choices: |_| Vec::new(),
        },
    };

    /// Blocks one after the other: the first one from the width at hand, the others from their own.
    fn blocks(
        &self,
        b: &mut Builder,
        x: Flow,
        (name, width, depth): (&str, &Dim, &Dim),
        to: &Target,
    ) -> Result<Flow, NotSuited> {
        if self.depth.get() == 0 {
            return Ok(x);
        }
        let mut left = depth.clone();
        let mut x = x;
        if x.width != *width {
            left = left - Dim::one();
            let first = format!("{name}_first");
            x = b.scope(&*first, Role::Merge, |b| block(b, x, width, to))?;
        }
        rounds(b, name, left, x, |b, x| block(b, x, width, to))
    }
}

/// A RegNet bottleneck: 1 × 1, depthwise 3 × 3, squeeze-excitation to a quarter of what comes in, 1 × 1,
/// and a shortcut.
fn block(b: &mut Builder, x: Flow, width: &Dim, to: &Target) -> Result<Flow, NotSuited> {
    let own = x.width == *width;
    let squeezed = b.symbols().round_even_div(&x.width, &Dim::from(4));
    let made = || Width::Made(width.clone());
    let norm = || Step::Norm(NormStep(NormKind::LayerNorm));
    let silu = || Step::Activation(ActivationKind::Silu);
    let pointwise = || Step::Conv(Conv::pointwise(made(), false));
    let excite = Excitation::of(Width::Made(squeezed), ActivationKind::Silu);
    let branch = vec![
        pointwise(),
        norm(),
        silu(),
        Step::Conv(Conv::depthwise(Size::of(3), Size::of(1))),
        norm(),
        silu(),
        Step::SqueezeExcitation(excite),
        pointwise(),
        norm(),
    ];
    let shortcut = if own { Vec::new() } else { vec![pointwise(), norm()] };
    let sum = Branches { of: vec![shortcut, branch], join: Join::Add, split: None };
    let x = list::wire(b, &[Step::Branches(sum), silu()], x, to, &Within::named(SECTION))?;
    Ok(x)
}

impl BridgeStage for CAbstractor {
    fn in_brief(&self) -> String {
        format!("a C-Abstractor to {} tokens per image", self.queries)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Blocks of convolutions let each token see its neighbours.",
            "The grid is then averaged to a smaller one, whatever its size, and more such blocks \
             follow.",
            "An MLP then brings each token to the LLM's width.",
        ]
    }

    fn reduction(&self) -> Reduction {
        match self.end_tokens.get() {
            0 => Reduction::Pooled(None),
            _ => Reduction::Regrouped,
        }
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let x = Flow::of(x);
        Square::require(b, &x, "c-abstractor", &At::named("", SECTION))?;
        let mut before = Vec::new();
        if self.position {
            let storage = VectorStorage::Batched;
            before.push(Step::Positions(Positions { rows: None, storage, halves: false }));
        }
        before.extend(self.prenorm.then_some(Step::Norm(NormStep(NormKind::LayerNorm))));
        let width = match self.width {
            Some(size) if self.depth.get() > 0 && !b.is(&x.width, size) => {
                let meaning = "width within the abstractor";
                b.size("C_a", meaning, "bridge.c-abstractor.width", Some(size)).into()
            }
            _ => x.width.clone(),
        };
        let meaning = "blocks of the abstractor before pooling, and after it";
        let field = "bridge.c-abstractor.depth";
        let depth: Dim = match Size::new(self.depth.get()) {
            Some(depth) => b.count("L_a", meaning, field, Some(depth)).into(),
            None => Dim::zero(),
        };
        let input = Within { number: "input", ..Within::named(SECTION) };
        let x = b.module("input", |b| list::wire(b, &before, x, to, &input))?;
        let x = self.blocks(b, x, ("blocks", &width, &depth), to)?;
        let pool = Pool {
            pooled: Pooled::Adaptive(SIDE.of(self.side)),
            rounding: Rounding::Exact,
            as_product: false,
        };
        let at = At::named("", SECTION);
        let x = b.scope("pool", Role::Merge, |b| pool.merge(b, x, (&at, &at), "c-abstractor"))?;
        let x = self.blocks(b, x, ("later_blocks", &width, &depth), to)?;
        let mut after = vec![Step::Linear(LinearStep::to(Width::Llm))];
        for _ in 1..self.mlp_depth.get() {
            after.push(Step::Activation(ActivationKind::Silu));
            after.push(Step::Linear(LinearStep::to(Width::Llm)));
        }
        if let Some(tokens) = Size::new(self.end_tokens.get()) {
            after.push(Step::Append(Append::of(END.of(tokens))));
        }
        b.module("readout", |b| compose(b, &after, x, to, SECTION))
    }
}

/// The learned tokens at the end.
static END: Called = Called {
    name: "E_a",
    meaning: "learned tokens after those of an image",
    field: "bridge.c-abstractor.end_tokens",
};
