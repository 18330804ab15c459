//! What the layers of an LLM keep of a prompt for the steps after it, kind by kind.

use super::subject::{Subject, dtype};
use crate::dim::Dim;
use crate::graph::{Graph, Node, ScopeId};
use crate::ops::{Attention, Op, Storage};
use crate::units::{Unit, counted, exact, human};

/// Layers of one kind, and what each of them keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Layers of the kind.
    pub layers: i128,
    /// Tokens of which they keep something.
    pub tokens: i128,
    /// Values of a token that stay together: of its keys and of its values, or of its latent and of
    /// what stands beside that.
    pub widths: Vec<i128>,
    /// Heads of keys and values, and the size of one, where attention has them.
    pub heads: Option<(i128, i128)>,
    /// Whether the tokens are others than those of the sequence.
    pub asks: bool,
}

impl Kept {
    /// Values of a token in one layer.
    pub fn width(&self) -> i128 {
        self.widths.iter().sum()
    }

    /// Values in one layer.
    pub fn each(&self) -> Option<i128> {
        self.tokens.checked_mul(self.width())
    }

    /// Values in all layers of the kind.
    pub fn all(&self) -> Option<i128> {
        self.each()?.checked_mul(self.layers)
    }

    /// `8 layers × 228 tokens × 2 (keys and values) × 4 × 128 = 1,867,776 values`.
    pub fn worked(&self) -> Option<String> {
        let (heads, size) = self.heads?;
        let (layers, tokens) = (counted(self.layers, "layer"), counted(self.tokens, "token"));
        let all = exact(self.all()?);
        Some(format!("{layers} × {tokens} × 2 (keys and values) × {heads} × {size} = {all} values"))
    }

    /// `8 KV heads of 128`.
    pub fn told(&self) -> Option<String> {
        let (heads, size) = self.heads?;
        let heads = counted(heads, "KV head");
        Some(format!("{heads} of {size}"))
    }
}

/// What the kinds of layers keep after the prefill of one prompt; nothing where a size is unknown.
pub fn kept(subject: &Subject) -> Option<Vec<Kept>> {
    let graph = &subject.report.prefill.graph;
    let value = |dim: &Dim| subject.value(dim);
    let mut kinds: Vec<(ScopeId, Kept)> = Vec::new();
    for (_, node) in graph.nodes() {
        let storage = node.op.storage(&graph.input_shapes(node), &node.shape);
        let Storage::Cached(elements) = storage else { continue };
        let width = value(&node.shape.last())?;
        let tokens = value(&elements)?.checked_div(width)?;
        match kinds.iter_mut().find(|(scope, _)| *scope == node.scope) {
            Some((_, kind)) => kind.widths.push(width),
            None => {
                let layers = value(&graph.scope(node.scope).total)?;
                let heads = match attention_in(graph, node.scope) {
                    Some((_, core)) => Some((value(&core.kv_heads)?, value(&core.head_dim)?)),
                    None => None,
                };
                let asks = matches!(node.op, Op::Hold(_));
                let kind = Kept { layers, tokens, widths: vec![width], heads, asks };
                kinds.push((node.scope, kind));
            }
        }
    }
    Some(kinds.into_iter().map(|(_, kind)| kind).collect())
}

/// `keys and values as bf16 (2 bytes each)`.
pub fn format(subject: &Subject, what: &str) -> String {
    format!("{what} as {}", dtype(subject.made().prompt.formats.kv))
}

/// The last step to the size of a cache: `× 2 bytes = 335,544,320 B = 320 MiB`.
pub fn in_bytes(subject: &Subject, bytes: i128) -> String {
    let bits = subject.made().prompt.formats.kv.bits();
    let each = match bits % 8 {
        0 => format!("× {}", counted((bits / 8).into(), "byte")),
        _ => format!("× {bits} bits / 8"),
    };
    format!("{each} = {} B = {}", exact(bytes), human(bytes, Unit::Byte))
}

/// Bytes of so many values of a cache.
pub fn bytes_of(subject: &Subject, values: Option<i128>) -> Option<i128> {
    let bits = i128::from(subject.made().prompt.formats.kv.bits());
    values?.checked_mul(bits).map(|bits| bits / 8)
}

/// The attention that stands in a scope itself.
pub fn attention_in(graph: &Graph, scope: ScopeId) -> Option<(&Node, &Attention)> {
    graph.nodes().find_map(|(_, node)| match &node.op {
        Op::Attention(core) if node.scope == scope => Some((node, core)),
        _ => None,
    })
}
