//! Several streams of the same tokens, of which the blocks see one (AltUp).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role, Stored};
use crate::ops::{
    Activation, ActivationKind, Add, AddToOthers, CorrectStreams, Layout, Linear, MixStreams, Norm,
    NormKind, Operation, SameSize, Scale, SideBySide, Split, Times,
};
use crate::stages::faults::Faults;
use crate::stages::mlp::linear;
use crate::units::Size;

/// Alternating updates (Gemma 3n): each token has several streams as wide as the LLM. A layer predicts
/// all of them from all, its block runs on the first, and the others follow what the block changed. The
/// others begin and end with a projection of their own.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AltUp", title = "AltUp")]
pub struct AltUpSpec {
    /// Streams of a token, 2 to 64.
    #[schemars(example = 4)]
    pub streams: Size,
}

/// Alternating updates, every choice made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AltUp {
    /// Streams of a token.
    pub streams: Size,
}

/// Streams that there can be.
const STREAMS: std::ops::RangeInclusive<u64> = 2..=64;

impl AltUpSpec {
    /// What is described.
    pub fn design(&self, faults: &mut Faults) -> Option<AltUp> {
        let AltUpSpec { streams } = *self;
        if !STREAMS.contains(&streams.get()) {
            let text = format!("a token has {streams} streams");
            let help = "write 2 to 64 streams; leave `altup` out for one";
            faults.add("streams", Diagnostic::error(Code::OutOfRange, text).help(help));
            return None;
        }
        Some(AltUp { streams })
    }
}

impl AltUp {
    /// The streams of an LLM of a width with such norms. There is an operation for each of them, so their
    /// number is no symbol.
    pub fn declare(self, width: &Dim, norm: NormKind) -> Wired {
        let count = self.streams.get();
        Wired { count, streams: count.into(), width: width.clone(), norm }
    }
}

/// The streams of an LLM.
#[derive(Debug)]
pub struct Wired {
    count: u64,
    streams: Dim,
    width: Dim,
    norm: NormKind,
}

/// The stored tensors of a layer's router, which it reads twice.
struct Router {
    norm: Vec<Stored>,
    matrix: Vec<Stored>,
}

impl Wired {
    /// The streams that the first block reads: `[B, N, D] → [B, N, n·D]`.
    pub fn begin(&self, b: &mut Builder, x: NodeId) -> NodeId {
        b.scope(("streams", ""), Role::Streams, |b| {
            let others = (1..self.count)
                .map(|at| self.projected(b, ["altup_projections", "stream"], at, x, x));
            let all: Vec<NodeId> = std::iter::once(x).chain(others.collect::<Vec<_>>()).collect();
            b.push("side_by_side", SideBySide, &all)
        })
    }

    /// The mean of the streams that the last block makes: `[B, N, n·D] → [B, N, D]`.
    pub fn end(&self, b: &mut Builder, all: NodeId) -> NodeId {
        b.scope(("mean_of_streams", ""), Role::Streams, |b| {
            let first = self.stream(b, "first", all, 0);
            let sum = (1..self.count).fold(first, |sum, at| {
                let own = self.stream(b, &format!("stream_{at}_of_all"), all, at);
                let own =
                    self.projected(b, ["altup_unembed_projections", "stream"], at, own, first);
                b.push(&*format!("sum_{at}"), Add, &[sum, own])
            });
            #[expect(clippy::cast_precision_loss, reason = "64 streams at most")]
            let factor = 1.0 / self.count as f32;
            b.push("mean", Times { factor }, &[sum])
        })
    }

    /// A layer of the streams, whose block is `body`, and which adds the `input` that it has for itself, if
    /// it has one, to all streams but the first: `[B, N, n·D] → [B, N, n·D]`.
    pub fn layer(
        &self,
        b: &mut Builder,
        all: NodeId,
        body: impl FnOnce(&mut Builder, NodeId) -> NodeId,
        input: Option<impl FnOnce(&mut Builder, NodeId) -> NodeId>,
    ) -> NodeId {
        let Wired { streams, width, .. } = self;
        let squared = streams * streams;
        let (predicted, router) = b.scope(("predict", "altup"), Role::Streams, |b| {
            let first = self.stream(b, "first", all, 0);
            let (routed, router) = self.routed(b, first, None);
            let mix = linear(b, "prediction_coefs", routed, streams, &squared, false);
            let op = MixStreams { streams: streams.clone(), width: width.clone() };
            (b.push("predicted", op, &[all, mix]), router)
        });
        let first = self.stream(b, "active", predicted, 0);
        let made = body(b, first);
        let corrected = b.scope(("correct", "altup"), Role::Streams, |b| {
            let (routed, _) = self.routed(b, made, Some(router));
            let factors = linear(b, "correction_coefs", routed, streams, streams, false);
            let op = CorrectStreams { streams: streams.clone(), width: width.clone() };
            b.push("corrected", op, &[predicted, made, factors])
        });
        let Some(input) = input else { return corrected };
        b.scope(("per_layer", ""), Role::PerLayer, |b| {
            let first = self.stream(b, "first", corrected, 0);
            let scale = Scale { width: width.clone() };
            let scaled = b.push(("scale", "altup.correct_output_scale"), scale, &[first]);
            let added = input(b, scaled);
            b.push("added", AddToOthers { width: width.clone() }, &[corrected, added])
        })
    }

    /// One stream of all.
    fn stream(&self, b: &mut Builder, name: &str, all: NodeId, at: u64) -> NodeId {
        b.push(name, Split { offset: &self.width * at, width: self.width.clone() }, &[all])
    }

    /// The projection of a stream, as large as the first one.
    fn projected(
        &self,
        b: &mut Builder,
        [module, name]: [&str; 2],
        at: u64,
        x: NodeId,
        first: NodeId,
    ) -> NodeId {
        let (name, module) = (format!("{name}_{at}"), format!("{module}.{}", at - 1));
        let y = linear(b, (&*name, &*module), x, &self.width, &self.width, false);
        b.push(&*format!("{name}_as_large"), SameSize, &[y, first])
    }

    /// What the router says of tokens, `[B, N, D] → [B, N, n]`, and its tensors.
    fn routed(&self, b: &mut Builder, x: NodeId, router: Option<Router>) -> (NodeId, Router) {
        let norm = Norm::new(self.norm, self.width.clone());
        let matrix = Linear {
            input: self.width.clone(),
            output: self.streams.clone(),
            bias: false,
            layout: Layout::OutIn,
        };
        let slots = norm.slots().len();
        let [of_norm, of_matrix] = match &router {
            Some(router) => [&router.norm[..], &router.matrix[..]],
            None => [&[][..], &[]],
        };
        let normed = b.push_on("router_norm", norm, &[x], of_norm);
        let scores = b.push_on("modality_router", matrix, &[normed], of_matrix);
        let stored = Router {
            norm: (0..slots).map(|slot| b.param(normed, slot).into()).collect(),
            matrix: vec![b.param(scores, 0).into()],
        };
        let tanh = Activation { kind: ActivationKind::Tanh };
        (b.push("routed", tanh, &[scores]), stored)
    }
}
