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
        let query = sizes.size(b, ("h", "attention heads"), sizes.heads, layer.heads);
        let size = match layer.head_dim {
            Some(_) => {
                let field = sizes.head_dim.unwrap_or(sizes.width);
                sizes.size(b, ("d", "head size"), field, layer.head_dim)
            }
            None => {
                b.require(Multiple {
                    dividend: width.clone(),
                    divisor: query.clone(),
                    names: ("width", "number of heads"),
                    fields: [sizes.heads, sizes.width],
                    pixels: None,
                    squared: None,
                    way_out: sizes.head_dim.is_some().then_some(own_size),
                });
                width.over(&query)
            }
        };
        let kv = match layer.kv_heads {
            None => query.clone(),
            Some(_) => {
                let kv = sizes.size(b, ("g", "KV heads"), sizes.kv_heads, layer.kv_heads);
                b.require(Multiple {
                    dividend: query.clone(),
                    divisor: kv.clone(),
                    names: ("number of heads", "number of KV heads"),
                    fields: [sizes.kv_heads, sizes.heads],
                    pixels: None,
                    squared: None,
                    way_out: None,
                });
                kv
            }
        };
        Heads { query, kv, size }
    }

    /// Width of all queries.
    pub fn query_width(&self) -> Dim {
        &self.query * &self.size
    }

    /// Width of all keys, and of all values.
    pub fn kv_width(&self) -> Dim {
        &self.kv * &self.size
    }

    /// Requires that the values of a head come in pairs, which rotary positions turn together.
    pub fn require_pairs(&self, b: &mut Builder, sizes: &SizeNames, layer: &AttentionLayer) {
        let (field, way_out) = match sizes.head_dim.filter(|_| layer.head_dim.is_some()) {
            Some(field) => (field, None),
            None => (sizes.heads, Some("it is `width` / `heads`, unless `head_dim` says it")),
        };
        b.require(Multiple {
            dividend: self.size.clone(),
            divisor: Dim::from(2),
            names: ("head size", "values that rotary positions turn together"),
            fields: [field, sizes.width],
            pixels: None,
            squared: None,
            way_out,
        });
    }
}
