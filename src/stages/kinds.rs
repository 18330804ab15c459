//! The blocks of an LLM, wired: of one kind, or of several that take turns.

use super::beside::Beside;
use super::block::Block;
use super::feed::Feed;
use super::llm::laurel::Laurel;
use super::llm::layer::Layer;
use super::llm::layers::{self, Layers};
use super::llm::{Llm, Window};
use super::mixer::{Around, Mixer};
use super::names;
use super::options::NormsPerBlock;
use super::stack::SizeNames;
use crate::dim::{Dim, Field};
use crate::graph::{Builder, NodeId, Role, When};
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

/// The kinds of blocks of an LLM, their sizes declared.
pub struct Kinds<'a> {
    list: Vec<Kind<'a>>,
    /// Width of the tokens that layers with cross-attention ask; none if no layer does.
    pub asked_width: Option<Dim>,
}

/// Blocks of one kind.
struct Kind<'a> {
    name: &'a str,
    role: Role,
    /// In which rounds one runs; in all if nothing is said.
    when: Option<When>,
    layer: &'a Layer,
    block: Block,
}

impl<'a> Kinds<'a> {
    /// The kinds of an LLM of a width and a depth.
    pub fn declare(b: &mut Builder, llm: &'a Llm, [width, depth]: [&Dim; 2]) -> Kinds<'a> {
        if let Some(layers) = &llm.layers {
            return Kinds::of_layers(b, llm, layers, [width, depth]);
        }
        let kind = |name, role, when, block| Kind { name, role, when, layer: &llm.layer, block };
        let of = |b: &mut Builder, layer: &Layer| block(b, layer, width, [&SIZES, &SIZES]);
        let list = match llm.window {
            Some(Window { tokens, full_every }) => {
                let sliding = of(b, &Layer { window: Some(tokens), ..llm.layer.clone() });
                match full_every.map(Size::get) {
                    None => vec![kind("", Role::Blocks, None, sliding)],
                    Some(period) => {
                        let full = of(b, &llm.layer);
                        let offset = period - 1;
                        let few = When::Every { period, offset };
                        let most = When::Except { period, offset };
                        vec![
                            kind("sliding", Role::SlidingBlocks, Some(most), sliding),
                            kind("full", Role::FullBlocks, Some(few), full),
                        ]
                    }
                }
            }
            None => vec![kind("", Role::Blocks, None, of(b, &llm.layer))],
        };
        Kinds { list, asked_width: asked_width(b, &llm.layer, width, &SIZES) }
    }

    /// Kinds that a spec names.
    fn of_layers(
        b: &mut Builder,
        llm: &'a Llm,
        layers: &'a Layers,
        [width, depth]: [&Dim; 2],
    ) -> Kinds<'a> {
        if let Some(listed) = layers.listed() {
            // The numbers of the rounds are those of this depth.
            b.is(depth, i128::from(listed));
        }
        let mut list = Vec::new();
        let mut asked = None;
        let mut known: Vec<(&layers::Kind, SizeNames)> = Vec::new();
        for kind in &layers.kinds {
            let layer = &kind.layer;
            let lender = layer.mixer.keys_of();
            let lender = known.iter().find(|(other, _)| Some(&*other.name) == lender);
            let others = match lender {
                Some((lender, sizes)) => (sizes, &lender.layer),
                None => (&SIZES, &llm.layer),
            };
            let sizes = SIZES.of_kind(&kind.name, layer, others);
            let is_inherited = matches!(layer.feed, Feed::Moe(_)) && layer.feed == llm.layer.feed;
            let feed = if is_inherited { &SIZES } else { &sizes };
            let block = block(b, layer, width, [&sizes, feed]);
            if asked.is_none() {
                asked = asked_width(b, layer, width, &sizes);
            }
            let (name, when) = (&*kind.name, Some(kind.when.clone()));
            list.push(Kind { name, role: Role::KindOfBlocks, when, layer, block });
            known.push((kind, sizes));
        }
        Kinds { list, asked_width: asked }
    }

    /// One block, of the kind that stands in a round: `[B, N, D] → [B, N, D]`.
    pub fn round(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let mut made: Vec<(&str, Option<[NodeId; 2]>)> = Vec::new();
        self.list.iter().fold(x, |x, kind| {
            let lender = kind.layer.mixer.keys_of();
            let lent = made.iter().find(|(name, _)| Some(*name) == lender);
            let beside = beside.lending(lent.and_then(|(_, made)| *made));
            let x = match &kind.when {
                None => kind.build(b, x, &beside),
                Some(when) => b.when((kind.name, ""), kind.role, when.clone(), x, |b, x| {
                    kind.build(b, x, &beside)
                }),
            };
            made.push((kind.name, beside.made.get()));
            x
        })
    }
}

impl Kind<'_> {
    /// A block of it. Without an image, the reference leaves out the layers that would ask it.
    fn build(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let asks = matches!(self.layer.mixer, Mixer::Cross(_));
        if asks && beside.asked.as_ref().is_some_and(|asked| asked.is_none(b)) {
            return b.idle(("unasked", ""), Role::KindOfBlocks, x, |b, x| {
                self.block.build(b, x, beside)
            });
        }
        self.block.build(b, x, beside)
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
    let laurel = layer.laurel.map(|rank| Laurel::declare(b, rank, width, layer.stack.norm));
    Block { wiring, laurel, ..layer.stack.block_of(width, mixer, feed, layer.after(), names) }
}

/// Width of the tokens that a layer asks, if it has cross-attention.
fn asked_width(b: &mut Builder, layer: &Layer, width: &Dim, sizes: &SizeNames) -> Option<Dim> {
    let Mixer::Cross(cross) = &layer.mixer else { return None };
    let names = &names::LLM.attention;
    Some(cross.context_width(b, &Around { layer, width, sizes, names }))
}
