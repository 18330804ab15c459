//! A stack of blocks with what stands before and after it: positions, blocks of several kinds, norm.

use super::beside::{Beside, Relative};
use super::block::{Block, norm};
use super::llm::layer::Layer;
use super::llm::{Llm, Window};
use super::mixer::{Around, Cross, Mixer, MixerStage};
use super::names;
use super::options::NormsPerBlock;
use super::reader::Reader;
use super::stack::SizeNames;
use crate::dim::{Dim, Field};
use crate::graph::{Builder, NodeId, Role, When};
use crate::ops::{AddFirst, AddTable, NormKind, ParamRole, Shape, TableRows};
use crate::units::Size;

/// Names of the LLM's sizes.
pub const SIZES: SizeNames = SizeNames {
    section: Field::Borrowed("llm"),
    inherited: None,
    suffix: Field::Borrowed(""),
    of: Field::Borrowed("LLM"),
    width: Field::Borrowed("llm.width"),
    depth: Field::Borrowed("llm.depth"),
    mlp_width: Field::Borrowed("llm.mlp_width"),
    heads: Field::Borrowed("llm.heads"),
    kv_heads: Field::Borrowed("llm.kv_heads"),
    head_dim: Some(Field::Borrowed("llm.head_dim")),
    turned: 2,
};

/// A stack of blocks of an LLM, its sizes declared.
pub struct Trunk {
    /// The module in a state dict.
    module: &'static str,
    width: Dim,
    /// Number of blocks.
    pub depth: Dim,
    /// Rows of the learned position table.
    pub positions: Option<Dim>,
    /// Buckets of a table of biases by distance, and heads that it has them for.
    relative: Option<(Dim, Dim)>,
    embedding_norm: bool,
    final_norm: bool,
    norm: NormKind,
    kinds: Vec<KindOfBlock>,
}

/// Blocks of one kind.
struct KindOfBlock {
    name: String,
    role: Role,
    /// In which rounds one runs; in all if nothing is said.
    when: Option<When>,
    block: Block,
    /// Whether it asks the visual tokens.
    asks: bool,
}

impl Trunk {
    /// The blocks of an LLM.
    pub fn of_llm(b: &mut Builder, llm: &Llm, width: &Dim, positions: Option<Dim>) -> Trunk {
        let depth = llm.stack().depth(b, &SIZES);
        let mut kinds = kinds(b, llm, width, &depth);
        if llm.encoder.is_some() {
            for kind in &mut kinds {
                let around = Around {
                    layer: &llm.layer,
                    width,
                    sizes: &SIZES,
                    names: &names::ENCODER_ATTENTION,
                };
                kind.block.between = Some(Cross::OF_ENCODER.declare(b, &around));
            }
        }
        let relative = relative(b, llm, &llm.layer, &SIZES);
        Trunk {
            module: if llm.encoder.is_some() { "model.language_model.decoder" } else { LLM },
            width: width.clone(),
            depth,
            positions,
            relative,
            embedding_norm: llm.embedding_norm,
            final_norm: llm.final_norm,
            norm: llm.stack().norm,
            kinds,
        }
    }

    /// The blocks of the encoder of an LLM.
    pub fn of_reader(
        b: &mut Builder,
        llm: &Llm,
        reader: &Reader,
        width: &Dim,
        positions: Option<Dim>,
    ) -> Trunk {
        let sizes = SIZES.of_encoder(&reader.layer, &llm.layer);
        let same = reader.depth == llm.stack().depth;
        let depth = if same { &SIZES } else { &sizes };
        let depth = super::stack::depth(b, depth, reader.depth);
        let block = block(b, &reader.layer, width, [&sizes, &sizes]);
        let name = String::new();
        let kind = KindOfBlock { name, role: Role::Blocks, when: None, block, asks: false };
        let relative = relative(b, llm, &reader.layer, &sizes);
        Trunk {
            module: "model.language_model.encoder",
            width: width.clone(),
            depth,
            positions,
            relative,
            embedding_norm: llm.embedding_norm,
            final_norm: reader.final_norm,
            norm: reader.layer.stack.norm,
            kinds: vec![kind],
        }
    }

    /// Positions, blocks and the final norm: `[B, N, D] → [B, N, D]`. The values of `deepstack`,
    /// `[B, n_vis, D]` each, are added to the first tokens after the first blocks.
    pub fn run(
        &self,
        b: &mut Builder,
        x: NodeId,
        mut beside: Beside,
        deepstack: &[NodeId],
    ) -> NodeId {
        b.module(self.module, |b| {
            let x = self.placed(b, x, &beside);
            if let Some((buckets, heads)) = &self.relative {
                let shape = Shape::new([buckets.clone(), heads.clone()]);
                let name = ("relative_bias", "relative_attention_bias.weight");
                let table = b.store(name, shape, ParamRole::Positions);
                beside.relative = Some(Relative { table, buckets: buckets.clone() });
            }
            let name = ("blocks", "layers");
            let x = b.repeat(name, Role::Blocks, self.depth.clone(), x, |b, x| {
                let x = self.round(b, x, &beside);
                deepstack.iter().enumerate().fold(x, |x, (at, features)| {
                    let name = format!("deepstack_{at}");
                    let after = When::Among([at as u64].into());
                    b.when((&*name, ""), Role::DeepStack, after, x, |b, x| {
                        b.push("add_visual", AddFirst, &[x, *features])
                    })
                })
            });
            if !self.final_norm {
                return x;
            }
            b.scope(("final_norm", ""), Role::Norm, |b| norm(b, "norm", x, self.norm, &self.width))
        })
    }

    /// Tokens with their positions, and normalised if they are.
    fn placed(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let x = match &self.positions {
            Some(rows) => {
                let table = Shape::new([rows.clone(), self.width.clone()]);
                let name = ("embed_positions", "embed_positions");
                // Without a past, the first token stands in the first row too.
                let past = beside.past.clone().unwrap_or_default();
                b.scope(name, Role::PositionEmbedding, |b| {
                    b.push(("position", ""), AddTable { table, rows: TableRows::After(past) }, &[x])
                })
            }
            None => x,
        };
        if !self.embedding_norm {
            return x;
        }
        b.scope(("embedding_norm", ""), Role::Norm, |b| {
            norm(b, ("norm", "layernorm_embedding"), x, self.norm, &self.width)
        })
    }

    /// One block: of the kind that stands in a round.
    fn round(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let built = |b: &mut Builder, x: NodeId, kind: &KindOfBlock| {
            let is_idle = kind.asks && beside.asked.as_ref().is_some_and(|asked| asked.is_none(b));
            match is_idle {
                // Without an image, the reference leaves out the layers that would ask it.
                true => b.idle(("unasked", ""), Role::KindOfBlocks, x, |b, x| {
                    kind.block.build(b, x, beside)
                }),
                false => kind.block.build(b, x, beside),
            }
        };
        self.kinds.iter().fold(x, |x, kind| match &kind.when {
            None => built(b, x, kind),
            Some(when) => {
                b.when((&*kind.name, ""), kind.role, when.clone(), x, |b, x| built(b, x, kind))
            }
        })
    }
}

/// The blocks of an LLM in a state dict.
const LLM: &str = "model.language_model";

/// The table of biases by distance that a stack has, if it has one.
fn relative(b: &mut Builder, llm: &Llm, layer: &Layer, sizes: &SizeNames) -> Option<(Dim, Dim)> {
    let what = "buckets of distances between tokens";
    let buckets = b.size("b_r", what, "llm.relative_bias", Some(llm.relative_bias?)).into();
    let heads = layer.stack.attention.heads;
    Some((buckets, sizes.size(b, ("h", "attention heads"), &sizes.heads, heads)))
}

/// The kinds of blocks of an LLM, their sizes declared.
fn kinds(b: &mut Builder, llm: &Llm, width: &Dim, depth: &Dim) -> Vec<KindOfBlock> {
    let of = |b: &mut Builder, layer: &Layer, sizes: [&SizeNames; 2]| block(b, layer, width, sizes);
    let alone = |block: Block| KindOfBlock {
        name: String::new(),
        role: Role::Blocks,
        when: None,
        block,
        asks: asks(&llm.layer),
    };
    match (&llm.layers, &llm.window) {
        (Some(layers), _) => {
            let mut kinds = Vec::new();
            if let Some(listed) = layers.listed() {
                // The numbers of the rounds are those of this depth.
                b.is(depth, i128::from(listed));
            }
            for kind in &layers.kinds {
                let sizes = SIZES.of_kind(&kind.name, &kind.layer, &llm.layer);
                let inherits = kind.layer.feed == llm.layer.feed;
                let feed = if inherits { &SIZES } else { &sizes };
                let block = of(b, &kind.layer, [&sizes, feed]);
                let (name, when) = (kind.name.clone(), Some(kind.when.clone()));
                kinds.push(KindOfBlock {
                    name,
                    role: Role::KindOfBlocks,
                    when,
                    block,
                    asks: asks(&kind.layer),
                });
            }
            kinds
        }
        (None, Some(Window { tokens, full_every })) => {
            let windowed = Layer { window: Some(*tokens), ..llm.layer.clone() };
            let sliding = of(b, &windowed, [&SIZES, &SIZES]);
            let Some(period) = full_every.map(Size::get) else { return vec![alone(sliding)] };
            let full = of(b, &llm.layer, [&SIZES, &SIZES]);
            let offset = period - 1;
            let kind = |name: &str, role, when, block| KindOfBlock {
                name: name.to_owned(),
                role,
                when: Some(when),
                block,
                asks: asks(&llm.layer),
            };
            vec![
                kind("sliding", Role::SlidingBlocks, When::Except { period, offset }, sliding),
                kind("full", Role::FullBlocks, When::Every { period, offset }, full),
            ]
        }
        (None, None) => vec![alone(of(b, &llm.layer, [&SIZES, &SIZES]))],
    }
}

/// A block of a layer, whose sizes are called by the first names, and those of what it does with each
/// token by the second.
fn block(b: &mut Builder, layer: &Layer, width: &Dim, [sizes, feed]: [&SizeNames; 2]) -> Block {
    let names = match layer.norms_per_block {
        NormsPerBlock::One | NormsPerBlock::Two => &names::LLM,
        NormsPerBlock::Four => &names::LLM_OF_FOUR_NORMS,
    };
    let around = Around { layer, width, sizes, names: &names.attention };
    let mixer = layer.mixer.stage().declare(b, &around);
    let feed = layer.feed.declare(b, layer, width, feed);
    let wiring = layer.wiring();
    Block { wiring, ..layer.stack.block_of(width, mixer, feed, layer.after(), names) }
}

/// Whether a layer asks the visual tokens.
fn asks(layer: &Layer) -> bool {
    matches!(layer.mixer, Mixer::Cross(_))
}

/// Width of the tokens that layers with cross-attention ask, if there are any.
pub fn asked_width(b: &mut Builder, llm: &Llm, width: &Dim) -> Option<Dim> {
    let of_kinds = llm.layers.iter().flat_map(|layers| &layers.kinds);
    let kinds =
        of_kinds.map(|kind| (SIZES.of_kind(&kind.name, &kind.layer, &llm.layer), &kind.layer));
    let all = match llm.layers {
        Some(_) => kinds.collect::<Vec<_>>(),
        None => vec![(SIZES.clone(), &llm.layer)],
    };
    all.into_iter().find_map(|(sizes, layer)| match &layer.mixer {
        Mixer::Cross(cross) => {
            let names = &names::LLM.attention;
            Some(cross.context_width(b, &Around { layer, width, sizes: &sizes, names }))
        }
        _ => None,
    })
}
