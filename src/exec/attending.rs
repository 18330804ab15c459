//! The core of attention on the CPU: who sees what, and the kernel for it.

use super::cpu::Cpu;
use crate::kernels::{attention, windows};
use crate::ops::{Attention, Reach, Valid, Value};

impl Cpu<'_> {
    /// The core of attention.
    pub(super) fn attend(&self, op: &Attention, q: &Value, k: &Value, v: &Value) -> Value {
        let [batch, queries, _] = q.shape[..] else { return Value::default() };
        let keys = k.shape.get(1).copied().unwrap_or(0);
        let mask = match &op.reach {
            Reach::Causal { window } => Some(attention::Mask {
                past: keys - queries,
                window: window.as_ref().map(|window| self.size(&window.tokens)),
                chunk: window.as_ref().and_then(|window| {
                    let before = self.size(window.chunked_after.as_ref()?);
                    let first = before + queries - keys;
                    Some(attention::Chunk { tokens: self.size(&window.tokens), first })
                }),
            }),
            Reach::All | Reach::Valid(_) | Reach::Windows(_) => None,
        };
        let padding = match &op.reach {
            Reach::Valid(valid) => Some(self.padding(valid, keys)),
            Reach::All | Reach::Causal { .. } | Reach::Windows(_) => None,
        };
        let sizes = attention::Attention {
            batch,
            queries,
            keys,
            heads: self.size(&op.heads),
            kv_heads: self.size(&op.kv_heads),
            head_dim: self.size(&op.head_dim),
            mask,
            padding: padding.as_ref(),
        };
        let mut data = vec![0.0; q.data.len()];
        let (q_data, k, v) = (&q.data, &k.data, &v.data);
        match &op.reach {
            Reach::Windows(windows) => {
                let (grid, side) = (self.grid(&windows.grid), self.size(&windows.side));
                windows::attention(q_data, k, v, &sizes, (grid, side), &self.counter, &mut data);
            }
            Reach::All | Reach::Valid(_) | Reach::Causal { .. } => {
                attention::attention(q_data, k, v, &sizes, &self.counter, &mut data);
            }
        }
        Value { shape: q.shape.clone(), data }
    }

    /// Which of so many tokens are padding.
    fn padding(&self, valid: &Valid, tokens: usize) -> attention::Padding {
        let Valid { before, tokens: valid_tokens, stretch, stretches, after, is_seen } = valid;
        let [before, valid, stretch, stretches, after] =
            [before, valid_tokens, stretch, stretches, after].map(|dim| self.size(dim));
        let is_padding = |at: usize| {
            let place = at.checked_sub(before).filter(|_| at + after < tokens);
            place.is_some_and(|place| {
                place / stretch.max(1) >= stretches || place % stretch.max(1) >= valid
            })
        };
        attention::Padding { keys: (0..tokens).map(is_padding).collect(), is_seen: *is_seen }
    }
}
