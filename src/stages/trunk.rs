//! A stack of blocks with what stands before and after it: positions, blocks of several kinds, norm.

use super::beside::{Beside, Relative};
use super::block::norm;
use super::kinds::{Kinds, SIZES};
use super::llm::layer::Layer;
use super::llm::{Llm, altup, per_layer};
use super::reader::Reader;
use super::stack::SizeNames;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role, When};
use crate::ops::{AddFirst, AddTable, NormKind, ParamRole, Shape, TableRows};

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
    kinds: Kinds,
    per_layer: Option<per_layer::Wired>,
    altup: Option<altup::Wired>,
}

impl Trunk {
    /// The blocks of an LLM.
    pub fn of_llm(
        b: &mut Builder,
        llm: &Llm,
        [width, vocab]: [&Dim; 2],
        positions: Option<Dim>,
    ) -> Trunk {
        let depth = llm.stack().depth(b, &SIZES);
        let kinds = Kinds::of_llm(b, llm, [width, &depth]);
        let relative = relative(b, llm, &llm.layer, &SIZES);
        let per_layer = llm.per_layer.as_ref();
        let per_layer =
            per_layer.map(|inputs| inputs.declare(b, llm.stack(), [width, &depth, vocab]));
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
            per_layer,
            altup: llm.altup.map(|altup| altup.declare(width, llm.stack().norm)),
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
        let kinds = Kinds::of_reader(b, reader, width, &sizes);
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
            kinds,
            per_layer: None,
            altup: None,
        }
    }

    /// Width of the tokens that layers with cross-attention ask, if there are any.
    pub fn asked_width(&self) -> Option<&Dim> {
        self.kinds.asked_width.as_ref()
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
            let inputs = self.per_layer.as_ref().zip(beside.ids);
            let inputs = inputs.map(|(wired, ids)| (wired, wired.inputs(b, x, ids)));
            let x = self.placed(b, x, &beside);
            if let Some((buckets, heads)) = &self.relative {
                let shape = Shape::new([buckets.clone(), heads.clone()]);
                let name = ("relative_bias", "relative_attention_bias.weight");
                let table = b.store(name, shape, ParamRole::Positions);
                beside.relative = Some(Relative { table, buckets: buckets.clone() });
            }
            let x = match &self.altup {
                Some(streams) => streams.begin(b, x),
                None => x,
            };
            let name = ("blocks", "layers");
            let x = b.repeat(name, Role::Blocks, self.depth.clone(), x, |b, x| {
                let x = self.layer(b, x, &beside, inputs);
                deepstack.iter().enumerate().fold(x, |x, (at, features)| {
                    let name = format!("deepstack_{at}");
                    let after = When::Among([at as u64].into());
                    b.when((&*name, ""), Role::DeepStack, after, x, |b, x| {
                        b.push("add_visual", AddFirst, &[x, *features])
                    })
                })
            });
            let x = match &self.altup {
                Some(streams) => streams.end(b, x),
                None => x,
            };
            if !self.final_norm {
                return x;
            }
            b.scope(("final_norm", ""), Role::Norm, |b| norm(b, "norm", x, self.norm, &self.width))
        })
    }

    /// A block, and what the layer has for itself of the tokens, of the inputs of all layers.
    fn layer(
        &self,
        b: &mut Builder,
        x: NodeId,
        beside: &Beside,
        inputs: Option<(&per_layer::Wired, NodeId)>,
    ) -> NodeId {
        let own = inputs
            .map(|(wired, inputs)| move |b: &mut Builder, x: NodeId| wired.branch(b, x, inputs));
        let block = |b: &mut Builder, x: NodeId| self.kinds.round(b, x, beside);
        if let Some(streams) = &self.altup {
            return streams.layer(b, x, block, own);
        }
        let x = block(b, x);
        match own {
            Some(own) => b.scope(("per_layer", ""), Role::PerLayer, |b| b.residual(x, own)),
            None => x,
        }
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
