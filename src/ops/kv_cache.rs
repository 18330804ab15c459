//! The key-value cache of a decoder layer.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first, only,
};
use crate::dim::{Dim, Symbols};

/// Puts the new keys (or values) after the cached ones: `[B, N, w] → [B, past + N, w]`.
///
/// A layer with a sliding window of W tokens keeps the last W − 1 of them for the next step, as
/// transformers' cache does; a full layer keeps all.
#[derive(Clone, Debug)]
pub struct KvCache {
    /// Tokens that attention sees: the cached ones and the new ones.
    pub visible: Dim,
    /// Tokens that stay for the next step.
    pub kept: Dim,
    /// Tokens of the sliding window, if the layer has one.
    window: Option<Dim>,
}

impl KvCache {
    /// The cache of a layer that has seen `past` tokens and now reads `new` more.
    pub fn new(symbols: &mut Symbols, past: &Dim, new: &Dim, window: Option<&Dim>) -> KvCache {
        let all = past + new;
        match window {
            None => KvCache { visible: all.clone(), kept: all, window: None },
            Some(window) => {
                let reach = window - Dim::one();
                // A window reaches over 0 tokens or more: of none it sees none.
                let seen = if past.is_zero() { Dim::zero() } else { symbols.min(past, &reach) };
                let kept = symbols.min(&all, &reach);
                KvCache { visible: seen + new, kept, window: Some(window.clone()) }
            }
        }
    }

    /// Tokens that the layer keeps of so many that it has seen.
    pub fn kept_of(&self, symbols: &mut Symbols, seen: &Dim) -> Dim {
        KvCache::new(symbols, seen, &Dim::zero(), self.window.as_ref()).kept
    }
}

impl Operation for KvCache {
    fn kind(&self) -> &'static str {
        "kv cache"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        Ok(only(inputs)?.with(1, self.visible.clone()))
    }

    fn work(&self, _: &[&Shape], _: &Shape) -> Work {
        Work::none()
    }

    fn storage(&self, _: &[&Shape], output: &Shape) -> Storage {
        Storage::Cached(output.with(1, self.kept.clone()).elements())
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.kv_cache(self, first(&mut inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_before_the_first_token_is_no_minimum() {
        let mut t = Symbols::default();
        let [n, w] = ["n", "W"].map(|name| Dim::from(t.free(name, "")));
        let first = KvCache::new(&mut t, &Dim::zero(), &n, Some(&w));
        assert_eq!(
            (t.show(&first.visible), t.show(&first.kept)),
            ("n".into(), "min(n, W − 1)".into())
        );
        let next = KvCache::new(&mut t, &n, &Dim::one(), Some(&w));
        assert_eq!(t.show(&next.visible), "min(n, W − 1) + 1");
    }
}
