//! The core of attention on the CPU: who sees what, and the kernel for it.

use super::cpu::Cpu;
use crate::kernels::{attention, windows};
use crate::ops::{Attention, ChannelAttention, Reach, Shared, Valid, Value};

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

    /// Attention of channels: each is a query, its values in all tokens that of a head.
    pub(super) fn attend_channels(&self, op: &ChannelAttention, read: &[Shared; 3]) -> Value {
        let [batch, tokens, width] = read[0].shape[..] else { return Value::default() };
        let [q, k, v] = [0, 1, 2].map(|at| turned(&read[at].data, tokens, width));
        let (groups, channels) = (self.size(&op.groups), self.size(&op.channels));
        let sizes = attention::Attention {
            batch: batch * groups,
            queries: channels,
            keys: channels,
            heads: 1,
            kv_heads: 1,
            head_dim: tokens,
            mask: None,
            padding: None,
        };
        let mut mixed = vec![0.0; q.len()];
        attention::attention(&q, &k, &v, &sizes, &self.counter, &mut mixed);
        Value { shape: read[0].shape.clone(), data: turned(&mixed, width, tokens) }
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

/// Rows and columns of each matrix `[rows, columns]` exchanged.
fn turned(x: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let of_matrix = |x: &[f32]| -> Vec<f32> {
        let value = |i: usize| x[i % rows * columns + i / rows];
        (0..x.len()).map(value).collect()
    };
    x.chunks(rows * columns).flat_map(of_matrix).collect()
}
