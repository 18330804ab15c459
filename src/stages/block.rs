//! The transformer block that vision encoders and LLMs share: tokens look at each other, then each
//! goes through a network of its own.

use std::fmt::Debug;
use std::sync::Arc;

use super::beside::Beside;
use super::faults::Faults;
use super::llm::laurel::Laurel;
use super::names::BlockNames;
use super::options::{NormAt, NormsPerBlock};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, Name, NodeId, Role};
use crate::ops::{Add, Gate, Norm, NormKind, Scale, Times};

/// How tokens of a block look at each other, or at others.
pub trait Mixes: Debug {
    /// What it is called in a block, and what it is for.
    fn part(&self) -> (&'static str, Role);

    /// Wires it: `[B, N, D] → [B, N, D]`.
    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId;
}

/// What a block does with each token by itself.
pub trait Feeds: Debug {
    /// What it is for.
    fn role(&self) -> Role;

    /// Wires it: `[B, N, D] → [B, N, D]`.
    fn wire(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId;
}

/// What happens to a branch before it is added back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Nothing.
    Nothing,
    /// A norm: a second one (4 norms per block: Gemma 2 and 3), or the only one (OLMo 2).
    Norm,
    /// A learned factor per channel (LayerScale: InternViT).
    LayerScale,
    /// One learned number for the whole branch, through `tanh` (Flamingo, Llama 3.2 Vision).
    Gate,
}

/// Where a block has its norms, and how its branches stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// `x + branch(norm(x))`, one branch after the other.
    PreNorm,
    /// `x + norm(branch(x))`: the norm is what follows the branch (OLMo 2).
    BranchNorm,
    /// `norm(x + branch(x))` (BERT).
    PostNorm,
    /// `x + mixer(norm(x)) + feed(norm(x))` with one norm for both (Cohere, Phi-2, Falcon-7B).
    Parallel,
    /// The same with a norm for each (GPT-NeoX, Falcon-40B).
    ParallelNorms,
}

/// A block of two branches.
#[derive(Clone, Debug)]
pub struct Block {
    /// Width of the tokens.
    pub width: Dim,
    /// Kind of the norms.
    pub norm: NormKind,
    /// How tokens look at each other.
    pub mixer: Arc<dyn Mixes>,
    /// A path beside the first branch.
    pub laurel: Option<Laurel>,
    /// A branch between the two others in which tokens ask those of an encoder.
    pub between: Option<Arc<dyn Mixes>>,
    /// What is done with each token; nothing in a block of one branch.
    pub feed: Option<Arc<dyn Feeds>>,
    /// Where the norms stand.
    pub wiring: Wiring,
    /// What follows each branch.
    pub after: After,
    /// What its parts are called in a state dict.
    pub names: &'static BlockNames,
}

impl Block {
    /// Wires one block: `[B, N, D] → [B, N, D]`.
    pub fn build(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        match self.wiring {
            Wiring::Parallel | Wiring::ParallelNorms => self.parallel(b, x, beside),
            Wiring::PreNorm | Wiring::BranchNorm | Wiring::PostNorm => {
                let (name, role) = self.mixer.part();
                let x = b.scope((name, ""), role, |b| match &self.laurel {
                    Some(laurel) => self.beside_laurel(b, x, laurel, beside),
                    None => self.branch(b, 0, x, |b, x| self.mixer.wire(b, x, beside)),
                });
                let x = match &self.between {
                    Some(mixer) => {
                        let (name, role) = mixer.part();
                        b.scope((name, "encoder_attn"), role, |b| {
                            self.branch(b, 2, x, |b, x| mixer.wire(b, x, beside))
                        })
                    }
                    None => x,
                };
                let Some(feed) = &self.feed else { return x };
                let beside = beside.in_branch(x);
                b.scope(("mlp", ""), feed.role(), |b| {
                    self.branch(b, 1, x, |b, x| b.module("mlp", |b| feed.wire(b, x, &beside)))
                })
            }
        }
    }

    /// One branch and what it is added to.
    fn branch(
        &self,
        b: &mut Builder,
        at: usize,
        x: NodeId,
        body: impl FnOnce(&mut Builder, NodeId) -> NodeId,
    ) -> NodeId {
        match self.wiring {
            Wiring::PostNorm => {
                let x = b.residual(x, body);
                self.norm(b, at, x)
            }
            Wiring::BranchNorm => b.residual(x, |b, x| {
                let y = body(b, x);
                self.after(b, at, y)
            }),
            Wiring::PreNorm | Wiring::Parallel | Wiring::ParallelNorms => b.residual(x, |b, x| {
                let y = self.norm(b, at, x);
                let y = body(b, y);
                self.after(b, at, y)
            }),
        }
    }

    /// The first branch and the path beside it, which reads the same.
    fn beside_laurel(
        &self,
        b: &mut Builder,
        x: NodeId,
        laurel: &Laurel,
        beside: &Beside,
    ) -> NodeId {
        let normed = self.norm(b, 0, x);
        let side = b.scope("laurel", Role::SidePath, |b| laurel.wire(b, normed));
        let mixed = self.mixer.wire(b, normed, beside);
        let mixed = self.after(b, 0, mixed);
        let sum = b.push("residual", Add, &[x, mixed]);
        let sum = b.push("residual_laurel", Add, &[sum, side]);
        b.push("over_root_2", Times { factor: std::f32::consts::FRAC_1_SQRT_2 }, &[sum])
    }

    /// Both branches on the same tokens, added to them together.
    fn parallel(&self, b: &mut Builder, x: NodeId, beside: &Beside) -> NodeId {
        let shared = (self.wiring == Wiring::Parallel)
            .then(|| b.scope(("norm", ""), Role::Norm, |b| self.norm(b, 0, x)));
        let (name, role) = self.mixer.part();
        let mixed = b.scope((name, ""), role, |b| {
            let y = shared.unwrap_or_else(|| self.norm(b, 0, x));
            let y = self.mixer.wire(b, y, beside);
            self.after(b, 0, y)
        });
        let Some(feed) = &self.feed else { return b.push("residual", Add, &[x, mixed]) };
        let fed = b.scope(("mlp", ""), feed.role(), |b| {
            let y = shared.unwrap_or_else(|| self.norm(b, 1, x));
            let beside = beside.in_branch(x);
            let y = b.module("mlp", |b| feed.wire(b, y, &beside));
            self.after(b, 1, y)
        });
        let sum = b.push("residual", Add, &[x, mixed]);
        b.push("residual_mlp", Add, &[sum, fed])
    }

    /// The norm of the first or the second branch.
    fn norm(&self, b: &mut Builder, branch: usize, x: NodeId) -> NodeId {
        norm(b, ("norm", self.names.norms[branch]), x, self.norm, &self.width)
    }

    /// What follows the first or the second branch.
    fn after(&self, b: &mut Builder, branch: usize, x: NodeId) -> NodeId {
        match self.after {
            After::Nothing => x,
            After::Norm => {
                let name = ("post_norm", self.names.post_norms[branch]);
                norm(b, name, x, self.norm, &self.width)
            }
            After::LayerScale => {
                let name = ("layer_scale", self.names.scales[branch]);
                b.push(name, Scale { width: self.width.clone() }, &[x])
            }
            After::Gate => b.push(("gate", self.names.gates[branch]), Gate { tanh: true }, &[x]),
        }
    }
}

impl Wiring {
    /// The wiring of a block with so many norms, whose branches are parallel or not.
    pub fn of(parallel: bool, norms: NormsPerBlock, at: NormAt) -> Wiring {
        match (parallel, norms, at) {
            (true, NormsPerBlock::One, _) => Wiring::Parallel,
            (true, _, _) => Wiring::ParallelNorms,
            (false, _, NormAt::Before) => Wiring::PreNorm,
            (false, _, NormAt::Branch) => Wiring::BranchNorm,
            (false, _, NormAt::Sum) => Wiring::PostNorm,
        }
    }
}

impl After {
    /// What follows a branch of a block with so many norms.
    pub fn of(norms: NormsPerBlock, at: NormAt) -> After {
        let is_after = norms == NormsPerBlock::Four || at == NormAt::Branch;
        if is_after { After::Norm } else { After::Nothing }
    }
}

/// Whether so many norms suit a block, whose branches are parallel or not.
pub fn check_norms(norms: NormsPerBlock, parallel: bool, is_moved: bool, faults: &mut Faults) {
    let mut refuse = |field: &str, text: &str, help: &str| {
        faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
    };
    match (parallel, norms) {
        (true, NormsPerBlock::Four) => refuse(
            "norms_per_block",
            "4 norms per block stand before and after two branches, one after the other",
            "a parallel block has `norms_per_block: 1`, one norm for both branches, or 2",
        ),
        (false, NormsPerBlock::One) => refuse(
            "norms_per_block",
            "1 norm per block is for two branches that read the same tokens",
            "write `parallel: true` beside it, or `norms_per_block: 2`",
        ),
        _ => {}
    }
    if is_moved && (parallel || norms == NormsPerBlock::Four) {
        refuse(
            "norm_at",
            "`norm_at` moves the only norm of each branch, which a parallel block, or one of 4 norms, \
             does not have",
            "take `norm_at` out, or `parallel` and `norms_per_block`",
        );
    }
}

/// A normalisation over the whole width.
pub fn norm<'a>(
    b: &mut Builder,
    name: impl Into<Name<'a>>,
    x: NodeId,
    kind: NormKind,
    width: &Dim,
) -> NodeId {
    b.push(name, Norm::new(kind, width.clone()), &[x])
}
