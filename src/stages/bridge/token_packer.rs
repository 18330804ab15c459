//! TokenPacker: each place of a coarser grid asks the block of tokens below it, of several layers of
//! the tower.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flow::Flow;
use super::projector::Projector;
use super::rounding::{Divisor, Rounding, cut};
use super::{BridgeKind, BridgeStage, NotSuited, Practice, Reduction, Target, Typical, Visual};
use crate::dim::{Dim, Field};
use crate::graph::{Builder, Multiple, NodeId, Role};
use crate::ops::{
    ActivationKind, BlockAttention, Interpolate, NormKind, Reshape, Shape, SpaceToDepth, Split,
};
use crate::stages::attention::AttentionLayer;
use crate::stages::block::norm;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::stages::mlp::{activate, linear};
use crate::stages::names;
use crate::stages::options::{Biases, QkvStorage};
use crate::stages::stack::{BERT, SizeNames};
use crate::units::Size;

/// TokenPacker's is `bridge: token-packer`, after an encoder with `feature_layer: [12, 16, 22, 23]`:
/// the last of these layers asks, and all of them are asked.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TokenPacker")]
pub struct TokenPackerSpec {
    /// Side of a block in tokens, which becomes one; 2 if not given. Rows and columns of patches must
    /// be multiples of it.
    #[schemars(extend("default" = FACTOR))]
    pub factor: Choice<Size>,
    /// Layers of the tower side by side in what comes in, of which the last one asks; 4 if not given.
    #[schemars(extend("default" = LEVELS))]
    pub levels: Choice<Size>,
    /// Width within; 1024 if not given.
    #[schemars(extend("default" = WIDTH))]
    pub width: Choice<Size>,
    /// Attention heads; 8 if not given. They must divide `width`.
    #[schemars(extend("default" = HEADS))]
    pub heads: Choice<Size>,
}

/// TokenPacker, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenPacker {
    factor: Size,
    levels: Size,
    width: Size,
    heads: Size,
}

/// TokenPacker's `scale_factor`.
const FACTOR: Size = Size::of(2);
/// TokenPacker's layers of CLIP: 12, 16, 22 and 23.
const LEVELS: Size = Size::of(4);
/// TokenPacker's `embed_dim`.
const WIDTH: Size = Size::of(1024);
/// TokenPacker's heads of 128.
const HEADS: Size = Size::of(8);

/// Names of the attention's sizes.
const SIZES: SizeNames = SizeNames {
    section: Field::Borrowed("bridge.token-packer"),
    inherited: None,
    suffix: Field::Borrowed("_p"),
    of: Field::Borrowed("TokenPacker"),
    width: Field::Borrowed("bridge.token-packer.width"),
    depth: Field::Borrowed("bridge.token-packer"),
    mlp_width: Field::Borrowed("bridge.token-packer"),
    heads: Field::Borrowed("bridge.token-packer.heads"),
    kv_heads: Field::Borrowed("bridge.token-packer.heads"),
    head_dim: None,
    turned: 2,
};

impl TokenPackerSpec {
    fn of(factor: Size) -> TokenPackerSpec {
        TokenPackerSpec { factor: factor.into(), ..TokenPackerSpec::default() }
    }

    /// Of one layer of the tower, as any encoder hands it over.
    fn of_one_level(factor: Size) -> TokenPackerSpec {
        TokenPackerSpec { levels: Size::of(1).into(), ..TokenPackerSpec::of(factor) }
    }

    /// The bridge that is described.
    pub fn design(&self, _: &mut Faults) -> TokenPacker {
        TokenPacker {
            factor: self.factor.unwrap_or(FACTOR),
            levels: self.levels.unwrap_or(LEVELS),
            width: self.width.unwrap_or(WIDTH),
            heads: self.heads.unwrap_or(HEADS),
        }
    }
}

impl From<&TokenPacker> for TokenPackerSpec {
    /// The fields that say a bridge, every choice written.
    fn from(bridge: &TokenPacker) -> TokenPackerSpec {
        let TokenPacker { factor, levels, width, heads } = *bridge;
        let (factor, levels) = (factor.into(), levels.into());
        TokenPackerSpec { factor, levels, width: width.into(), heads: heads.into() }
    }
}

impl TokenPacker {
    /// What is known of TokenPacker by its name.
    pub const KIND: BridgeKind = BridgeKind {
        name: "token-packer",
        title: "TokenPacker",
        typical: |_| {
            Typical::new(
                "token-packer: {factor: 2, levels: 1}",
                "as TokenPacker has it, there of four layers' features side by side \
                 (arXiv 2407.02392)",
            )
        },
        practice: Practice {
            place: 15,
            words: &["token-packer", "tokenpacker"],
            usual: Some("2"),
            sized: |factor| TokenPackerSpec::of_one_level(factor).into(),
            drawn: |draw| Some(TokenPackerSpec::of_one_level(draw.block()?).into()),
            choices: |_| Vec::new(),
        },
    };
}

/// A size with its symbol and field.
fn size(b: &mut Builder, (name, meaning): (&str, &str), field: &'static str, size: Size) -> Dim {
    b.size(name, meaning, field, Some(size)).into()
}

fn multiple(
    b: &mut Builder,
    (dividend, divisor): (&Dim, &Dim),
    names: (&'static str, &'static str),
    field: &'static str,
) {
    b.require(Multiple {
        dividend: dividend.clone(),
        divisor: divisor.clone(),
        names,
        fields: [field.into(), "encoder.feature_layer".into()],
        pixels: None,
        squared: None,
        way_out: None,
    });
}

impl BridgeStage for TokenPacker {
    fn in_brief(&self) -> String {
        let TokenPacker { factor, heads, .. } = self;
        format!("TokenPacker in blocks of {factor}×{factor} with {heads} heads")
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "The grid is read at the places of a coarser one, and each of these tokens asks the \
             block of tokens that it stands for.",
            "An MLP then brings each of them to the LLM's width.",
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Pooled(Some(self.factor))
    }

    fn projection(&self) -> Option<Projector> {
        None
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let all = Flow::of(x);
        let from = all.grid("token-packer", &super::flow::At::named("", "bridge.token-packer"))?;
        let at = |field| super::flow::At::named("", field);
        let factor_at = at("bridge.token-packer.factor");
        let factor = factor_at.size(b, ("r", "side of a packed block in tokens"), self.factor);
        let meaning = "width within TokenPacker";
        let width = size(b, ("W_p", meaning), "bridge.token-packer.width", self.width);
        let layer =
            AttentionLayer { heads: Some(self.heads), qkv: QkvStorage::Fused, ..BERT.attention };
        let (kind, bias) = (NormKind::LayerNorm, Biases::all(true));
        let attention = layer.declare(b, &width, &SIZES, &names::PACKER, kind, bias);
        let divisor = Divisor {
            name: "side of a block",
            field: factor_at.field,
            squared: None,
            rounds: false,
        };
        let (tokens, side) = (b.axis(x.node, 1), (factor.clone(), factor));
        let blocks = cut(b, from.clone(), &side, &tokens, Rounding::Exact, divisor);

        let (top, top_width) = self.top(b, &all);
        let node = b.scope(("packing", ""), Role::CrossAttention, |b| {
            let coarse = Interpolate { from, to: blocks.as_grid() };
            let q = b.push("coarse", coarse, &[top]);
            let count = blocks.count.clone();
            b.rename_axis(q, 1, &count);
            let q = linear(b, ("q_proj_1", "q_proj_1"), q, &top_width, &width, false);
            let q = norm(b, ("q_norm", "ln_q_1"), q, NormKind::LayerNorm, &width);
            let [k, v] = [("k_proj_1", "ln_k_1"), ("v_proj_1", "ln_v_1")].map(|(name, ln)| {
                let (first, second) = (format!("{name}.0"), format!("{name}.2"));
                let x = linear(b, &*first, x.node, &x.width, &width, true);
                let x = activate(b, x, ActivationKind::Gelu);
                let x = linear(b, &*second, x, &width, &width, true);
                norm(b, (ln, ln), x, NormKind::LayerNorm, &width)
            });
            let [q, k, v] = attention.project_in_parts(b, [q, k, v]);
            let in_blocks = |b: &mut Builder, name: &str, node: NodeId| {
                let fold = SpaceToDepth { blocks: blocks.clone() };
                let folded = b.push(name, fold, &[node]);
                let all = &blocks.count * blocks.tokens();
                let shape = Shape::new([b.axis(node, 0), all, width.clone()]);
                b.push(&*format!("{name}_tokens"), Reshape { shape }, &[folded])
            };
            let (k, v) = (in_blocks(b, "key_blocks", k), in_blocks(b, "value_blocks", v));
            let heads = attention.heads.query.clone();
            let head_dim = width.over(&heads);
            let core = BlockAttention { blocks: blocks.clone(), heads, head_dim };
            let mixed = b.push("attention", core, &[q, k, v]);
            linear(b, ("out_proj", "clip_attn.out_proj"), mixed, &width, &width, true)
        });
        Ok(b.scope(("projection", ""), Role::Projection, |b| {
            let x = linear(b, ("linear_1", "mlp.0"), node, &width, &to.width, true);
            let x = activate(b, x, ActivationKind::Gelu);
            linear(b, ("linear_2", "mlp.2"), x, &to.width, &to.width, true)
        }))
    }
}

impl TokenPacker {
    /// The last layer of what comes in, and its width.
    fn top(&self, b: &mut Builder, x: &Flow) -> (NodeId, Dim) {
        if self.levels.get() == 1 {
            return (x.node, x.width.clone());
        }
        let field = "bridge.token-packer.levels";
        let levels = size(b, ("v_p", "layers of the tower side by side"), field, self.levels);
        multiple(b, (&x.width, &levels), ("width of a token", "layers side by side"), field);
        let width = x.width.over(&levels);
        let split = Split { offset: &x.width - &width, width: width.clone() };
        (b.push("last_layer", split, &[x.node]), width)
    }
}
