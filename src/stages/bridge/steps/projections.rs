//! Heads and projections of an attention that a bridge is composed of.

use super::super::flow::At;
use crate::dim::Dim;
use crate::graph::{Builder, Multiple};
use crate::ops::NormKind;
use crate::stages::attention::Attention;
use crate::stages::gates::Gate;
use crate::stages::heads::Heads;
use crate::stages::names;
use crate::stages::options::{Biases, QkNorm, QkvStorage};
use crate::units::Size;

/// Heads and projections of an attention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projections {
    /// Query heads.
    pub heads: Size,
    /// Heads of keys and values, if they are fewer.
    pub kv_heads: Option<Size>,
    /// Values of one in a head; width / `heads` if it is none.
    pub head_dim: Option<Size>,
    /// Which projections have biases.
    pub bias: Biases,
    /// How they are stored.
    pub qkv: QkvStorage,
    /// Norms of queries and keys.
    pub qk_norm: QkNorm,
}

impl Projections {
    /// The attention of tokens of a width that ask tokens of a width.
    pub fn declare(&self, b: &mut Builder, widths: [&Dim; 2], at: &At<'_>) -> Attention {
        let [width, context] = widths;
        let query = at.size(b, ("h", "attention heads"), self.heads);
        let (size, query_width) = match self.head_dim {
            Some(size) => {
                let size = at.size(b, ("d", "head size"), size);
                (size.clone(), &query * size)
            }
            None => {
                multiple(b, (width, &query), ("width", "number of heads"), at);
                (width.over(&query), width.clone())
            }
        };
        let (kv, kv_width) = match self.kv_heads {
            None => (query.clone(), query_width.clone()),
            Some(kv) => {
                let kv = at.size(b, ("g", "KV heads"), kv);
                multiple(b, (&query, &kv), ("number of heads", "number of KV heads"), at);
                (kv.clone(), kv * &size)
            }
        };
        Attention {
            width: width.clone(),
            context_width: context.clone(),
            heads: Heads { query, kv, size, query_width, kv_width },
            qkv_bias: self.bias.qkv,
            out_bias: self.bias.out,
            storage: self.qkv,
            qk_norm: self.qk_norm,
            norm: NormKind::LayerNorm,
            rotary: false,
            grid: None,
            windows: None,
            causal: false,
            valid: None,
            mask: None,
            window: None,
            gate: Gate::None,
            turned: None,
            chunk: None,
            key_bias: true,
            inner_norm: false,
            relative: None,
            borrows: false,
            keys_as_values: false,
            value_norm: false,
            names: &names::STEPS,
        }
    }
}

fn multiple(
    b: &mut Builder,
    (dividend, divisor): (&Dim, &Dim),
    names: (&'static str, &'static str),
    at: &At<'_>,
) {
    b.require(Multiple {
        dividend: dividend.clone(),
        divisor: divisor.clone(),
        names,
        fields: [at.here(), at.here()],
        pixels: None,
        squared: None,
        way_out: None,
    });
}
