//! Projections of queries, keys and values of which some are stored as one tensor, and each is a product
//! of its own.

use super::attention::Attention;
use super::names::AttentionNames;
use super::options::QkvStorage;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId, Stored};
use crate::ops::{Layout, Linear, ParamRole, Shape};

impl Attention {
    /// Three products, each with a matrix of its own or some rows of one that is stored for several.
    pub(super) fn project_in_parts(&self, b: &mut Builder, from: [NodeId; 3]) -> [NodeId; 3] {
        let (q, kv) = (self.heads.query_width.clone(), self.heads.kv_width.clone());
        let widths = [q.clone(), kv.clone(), kv.clone()];
        let inputs = [&self.width, &self.context_width, &self.context_width];
        let is_one_matrix = self.context_width == self.width;
        let (all, both) = (&q + &kv + &kv, &kv + &kv);
        let mut shared = Shared { names: self.names, whole: None, both: None };
        let weights: [Stored; 3] = std::array::from_fn(|at| {
            let input = inputs[at].clone();
            let shape = |rows: &Dim| Shape::new([rows.clone(), input.clone()]);
            match (self.storage, at) {
                (QkvStorage::Fused, _) if is_one_matrix => {
                    shared.whole(b, at, (&q, &kv), shape(&all), ParamRole::Matrix)
                }
                (QkvStorage::Kv, 1 | 2) => shared.both(b, at, &kv, shape(&both), ParamRole::Matrix),
                _ => shared.own(b, at, shape(&widths[at]), ParamRole::Matrix),
            }
        });
        let has_bias = [self.qkv_bias, self.qkv_bias && self.key_bias, self.qkv_bias];
        (shared.whole, shared.both) = (None, None);
        std::array::from_fn(|at| {
            let shape = |rows: &Dim| Shape::new([rows.clone()]);
            let mut stored = vec![weights[at].clone()];
            if has_bias[at] {
                stored.push(match (self.storage, at) {
                    (QkvStorage::Fused, _) if self.key_bias => {
                        shared.whole(b, at, (&q, &kv), shape(&all), ParamRole::Bias)
                    }
                    (QkvStorage::Kv, 1 | 2) if self.key_bias => {
                        shared.both(b, at, &kv, shape(&both), ParamRole::Bias)
                    }
                    _ => shared.own(b, at, shape(&widths[at]), ParamRole::Bias),
                });
            }
            let (input, output) = (inputs[at].clone(), widths[at].clone());
            let layer = Linear { input, output, bias: has_bias[at], layout: Layout::OutIn };
            b.push_on(PARTS[at], layer, &[from[at]], &stored)
        })
    }
}

/// The parts of an attention layer's projections.
const PARTS: [&str; 3] = ["q_proj", "k_proj", "v_proj"];

/// Tensors of queries, keys and values, some of them stored as one.
struct Shared {
    names: &'static AttentionNames,
    /// Of all three.
    whole: Option<ParamId>,
    /// Of keys and values.
    both: Option<ParamId>,
}

impl Shared {
    /// The rows of a part, `q` before two of `kv`, in the tensor of all three.
    fn whole(
        &mut self,
        b: &mut Builder,
        at: usize,
        (q, kv): (&Dim, &Dim),
        shape: Shape,
        role: ParamRole,
    ) -> Stored {
        let end = ending(role);
        let name = format!("{}_{end}", self.names.fused);
        let store = || b.store((&*format!("in_proj.{end}"), &*name), shape, role);
        let param = *self.whole.get_or_insert_with(store);
        let offset = [Dim::zero(), q.clone(), q + kv][at].clone();
        Stored { param, offset: Some(offset) }
    }

    /// The rows of keys or values, `kv` of each, in the tensor of both.
    fn both(
        &mut self,
        b: &mut Builder,
        at: usize,
        kv: &Dim,
        shape: Shape,
        role: ParamRole,
    ) -> Stored {
        let end = ending(role);
        let name = format!("{}.{end}", self.names.both);
        let store = || b.store((&*format!("kv_proj.{end}"), &*name), shape, role);
        let param = *self.both.get_or_insert_with(store);
        Stored { param, offset: Some(if at == 1 { Dim::zero() } else { kv.clone() }) }
    }

    /// A tensor of a part's own.
    fn own(&self, b: &mut Builder, at: usize, shape: Shape, role: ParamRole) -> Stored {
        let end = ending(role);
        let (path, name) =
            (format!("{}.{end}", PARTS[at]), format!("{}.{end}", self.names.projections[at]));
        b.store((&*path, &*name), shape, role).into()
    }
}

/// What the name of a tensor ends with.
fn ending(role: ParamRole) -> &'static str {
    if role == ParamRole::Bias { "bias" } else { "weight" }
}
