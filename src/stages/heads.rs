//! Attention heads: how many there are, and how large each is.

use super::attention::AttentionLayer;
use super::stack::SizeNames;
use crate::dim::Dim;
use crate::graph::{Builder, Multiple};

/// Heads and their size.
#[derive(Clone, Debug)]
pub struct Heads {
    /// Query heads.
    pub query: Dim,
    /// Key and value heads; fewer than query heads in grouped-query attention.
    pub kv: Dim,
    /// Size of one head.
    pub size: Dim,
    /// Width of all queries.
    pub query_width: Dim,
    /// Width of all keys, and of all values.
    pub kv_width: Dim,
}

impl Heads {
    /// Declares the symbols, and that heads must divide the width where the head size follows
    /// from it, and KV heads the heads.
    pub fn declare(
        b: &mut Builder,
        width: &Dim,
        sizes: &SizeNames,
        layer: &AttentionLayer,
    ) -> Heads {
        let own_size = "or give `head_dim`, if the heads do not share the width evenly";
        let query = sizes.size(b, ("h", "attention heads"), &sizes.heads, layer.heads);
        let (size, query_width) = match layer.head_dim {
            Some(_) => {
                let field = sizes.head_dim.as_ref().unwrap_or(&sizes.width);
                let size = sizes.size(b, ("d", "head size"), field, layer.head_dim);
                (size.clone(), &query * size)
            }
            None => {
                b.require(Multiple {
                    dividend: width.clone(),
                    divisor: query.clone(),
                    names: ("width", "number of heads"),
                    fields: [sizes.heads.clone(), sizes.width.clone()],
                    pixels: None,
                    squared: None,
                    way_out: sizes.head_dim.is_some().then_some(own_size),
                });
                let size = sizes.named(b, ("d", "head size"), width.over(&query));
                (size, width.clone())
            }
        };
        let (kv, kv_width) = match layer.kv_heads {
            None => (query.clone(), query_width.clone()),
            Some(_) => {
                let kv = sizes.size(b, ("g", "KV heads"), &sizes.kv_heads, layer.kv_heads);
                b.require(Multiple {
                    dividend: query.clone(),
                    divisor: kv.clone(),
                    names: ("number of heads", "number of KV heads"),
                    fields: [sizes.kv_heads.clone(), sizes.heads.clone()],
                    pixels: None,
                    squared: None,
                    way_out: None,
                });
                let width = &kv * &size;
                (kv, width)
            }
        };
        Heads { query, kv, size, query_width, kv_width }
    }

    /// Requires that the values of a head come in groups of so many, which rotary positions turn
    /// together.
    pub fn require_turned(
        &self,
        b: &mut Builder,
        sizes: &SizeNames,
        layer: &AttentionLayer,
        together: u64,
    ) {
        let (field, way_out) = match sizes.head_dim.as_ref().filter(|_| layer.head_dim.is_some()) {
            Some(field) => (field, None),
            None => (&sizes.heads, Some("it is `width` / `heads`, unless `head_dim` says it")),
        };
        b.require(Multiple {
            dividend: self.size.clone(),
            divisor: Dim::from(together),
            names: ("head size", "values that rotary positions turn together"),
            fields: [field.clone(), sizes.width.clone()],
            pixels: None,
            squared: None,
            way_out,
        });
    }
}
