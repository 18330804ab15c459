//! The attention core over keys and values that come from a latent vector (MLA).

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first,
};
use crate::dim::Dim;

/// `softmax(Q·Kᵀ/√d)·V` over heads, where a query has two parts: one meets a key of its own head,
/// `[B, N, h·n]`, the other, turned by its position, one key that all heads share: `[B, N, h·r]`.
///
/// Expanded, keys and values of each head were made of the latents before: the third input is
/// `[B, M, h·(n + v)]`. Absorbed, it is the latents themselves, `[B, M, l]`, and the matrix that would
/// expand them, `[h·(n + v), l]`, is multiplied into queries and results. The fourth input are the
/// shared keys, `[B, M, r]`; the output is `[B, N, h·v]`.
///
/// Matmul FLOPs: expanded `2·B·N·M·h·(n + r + v)`, dense; absorbed `2·B·N·M·h·(2·l + r)` and
/// `2·B·N·h·l·(n + v)`. Other FLOPs: 6 per score, as attention has.
#[derive(Clone, Debug)]
pub struct LatentAttention {
    /// h.
    pub heads: Dim,
    /// n, the part of a query that meets its own head's key.
    pub own: Dim,
    /// r, the part that meets the shared key.
    pub shared: Dim,
    /// v, size of a value.
    pub value: Dim,
    /// l, size of a latent, where they are not expanded.
    pub absorbed: Option<Dim>,
}

impl Operation for LatentAttention {
    fn kind(&self) -> &'static str {
        match self.absorbed {
            Some(_) => "latent attention, absorbed",
            None => "latent attention",
        }
    }

    fn slots(&self) -> Slots {
        let matrix = |latent: &Dim| {
            Slot::matrix(Shape::new([&self.heads * (&self.own + &self.value), latent.clone()]))
        };
        self.absorbed.iter().map(matrix).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [own, turned, expanded, shared] = inputs else {
            return Err(Mismatch("takes two parts of queries, latents and shared keys".into()));
        };
        let width = match &self.absorbed {
            Some(latent) => latent.clone(),
            None => &self.heads * (&self.own + &self.value),
        };
        let fits = own.last() == &self.heads * &self.own
            && turned.last() == &self.heads * &self.shared
            && expanded.last() == width
            && shared.last() == self.shared;
        if fits {
            Ok(own.with_last(&self.heads * &self.value))
        } else {
            Err(Mismatch("queries, latents and shared keys do not match the heads".into()))
        }
    }

    fn work(&self, inputs: &[&Shape], output: &Shape) -> Work {
        let rows = output.rows();
        let keys = inputs.get(2).and_then(|x| x.0.get(1)).cloned().unwrap_or_default();
        let pairs = &rows * keys;
        let Self { heads, own, shared, value, .. } = self;
        let matmul = match &self.absorbed {
            Some(latent) => {
                2 * &pairs * heads * (2 * latent + shared)
                    + 2 * rows * heads * latent * (own + value)
            }
            None => 2 * &pairs * heads * (own + shared + value),
        };
        Work::products(matmul, 6 * pairs * heads)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let [own, turned, expanded, shared] = std::array::from_fn(|_| first(&mut inputs));
        machine.latent_attention(self, [own, turned, expanded, shared])
    }
}
