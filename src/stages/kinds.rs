//! The blocks of an LLM, wired: of one kind, or of several that take turns.

use super::beside::Beside;
use super::block::Block;
use super::feed::Feed;
use super::llm::laurel::Laurel;
use super::llm::layer::Layer;
use super::llm::layers::{self, Layers};
use super::llm::{Llm, Window};
use super::mixer::{Around, Cross, Mixer, MixerStage};
use super::names;
use super::options::NormsPerBlock;
use super::reader::Reader;
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
pub struct Kinds {
    list: Vec<Kind>,
    /// Width of the tokens that layers with cross-attention ask; none if no layer does.
    pub asked_width: Option<Dim>,
}

/// Blocks of one kind.
struct Kind {
    name: String,
    role: Role,
    /// In which rounds one runs; in all if nothing is said.
    when: Option<When>,
    block: Block,
    /// Whether it asks the visual tokens.
    asks: bool,
    /// The kind whose keys and values it reads, if it has none of its own.
    keys_of: Option<String>,
}

impl Kinds {
    /// The kinds of an LLM of a width and a depth.
    pub fn of_llm(b: &mut Builder, llm: &Llm, [width, depth]: [&Dim; 2]) -> Kinds {
        let mut kinds = match &llm.layers {
            Some(layers) => Kinds::of_layers(b, llm, layers, [width, depth]),
            None => Kinds::alike(b, llm, width),
        };
        if llm.encoder.is_some() {
            let (layer, names) = (&llm.layer, &names::ENCODER_ATTENTION);
            for kind in &mut kinds.list {
                let around = Around { layer, width, sizes: &SIZES, names };
                kind.block.between = Some(Cross::OF_ENCODER.declare(b, &around));
            }
        }
        kinds
    }

    /// The blocks of the encoder of an LLM.
    pub fn of_reader(b: &mut Builder, reader: &Reader, width: &Dim, sizes: &SizeNames) -> Kinds {
        let block = block(b, &reader.layer, width, [sizes, sizes]);
        Kinds { list: vec![Kind::alone(&reader.layer, block)], asked_width: None }
    }

    /// Layers that are alike, but for the window of some.
    fn alike(b: &mut Builder, llm: &Llm, width: &Dim) -> Kinds {
        let of = |b: &mut Builder, layer: &Layer| block(b, layer, width, [&SIZES, &SIZES]);
        let list = match llm.window {
            None => vec![Kind::alone(&llm.layer, of(b, &llm.layer))],
            Some(Window { tokens, full_every }) => {
                let sliding = of(b, &Layer { window: Some(tokens), ..llm.layer.clone() });
                let sliding = Kind::alone(&llm.layer, sliding);
                match full_every.map(Size::get) {
                    None => vec![sliding],
                    Some(period) => {
                        let full = Kind::alone(&llm.layer, of(b, &llm.layer));
                        let offset = period - 1;
                        let (most, one) =
                            (When::Except { period, offset }, When::Every { period, offset });
                        vec![
                            sliding.called("sliding", Role::SlidingBlocks, most),
                            full.called("full", Role::FullBlocks, one),
                        ]
                    }
                }
            }
        };
        Kinds { list, asked_width: asked_width(b, &llm.layer, width, &SIZES) }
    }

    /// Kinds that a spec names.
    fn of_layers(b: &mut Builder, llm: &Llm, layers: &Layers, [width, depth]: [&Dim; 2]) -> Kinds {
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
            let of_kind = Kind::alone(layer, block);
            list.push(of_kind.called(&kind.name, Role::KindOfBlocks, kind.when.clone()));
            known.push((kind, sizes));
        }
        Kinds { list, asked_width: asked }
    }

    /// One block, of the kind that stands in a round: `[B, N, D] → [B, N, D]`.
    pub fn round(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let mut made: Vec<(&str, Option<[NodeId; 2]>)> = Vec::new();
        let x = self.list.iter().fold(x, |x, kind| {
            let lent = made.iter().find(|(name, _)| Some(*name) == kind.keys_of.as_deref());
            let beside = beside.lending(lent.and_then(|(_, made)| *made));
            let x = match &kind.when {
                None => kind.build(b, x, &beside),
                Some(when) => b.when((&*kind.name, ""), kind.role, when.clone(), x, |b, x| {
                    kind.build(b, x, &beside)
                }),
            };
            made.push((&*kind.name, beside.made.get()));
            x
        });
        b.all_kinds();
        x
    }
}

impl Kind {
    /// The only kind of a stack.
    fn alone(layer: &Layer, block: Block) -> Kind {
        Kind {
            name: String::new(),
            role: Role::Blocks,
            when: None,
            block,
            asks: matches!(layer.mixer, Mixer::Cross(_)),
            keys_of: layer.mixer.keys_of().map(str::to_owned),
        }
    }

    /// The same as one of several, which stands in some rounds.
    fn called(self, name: &str, role: Role, when: When) -> Kind {
        Kind { name: name.to_owned(), role, when: Some(when), ..self }
    }

    /// A block of it. Without an image, the reference leaves out the layers that would ask it.
    fn build(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        if self.asks && beside.asked.as_ref().is_some_and(|asked| asked.is_none(b)) {
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
    let feed = layer.feed.declare(b, &layer.stack, width, feed);
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
