//! Attention of channels: each asks those of its group, by its values in all tokens.

use super::{Machine, Mismatch, Operation, Shape, Shared, Slots, Storage, Value, Work, first};
use crate::dim::Dim;

/// `softmax(Qᵀ·K/√N)·Vᵀ` in groups of c channels (DaViT): the scores are as many as pairs of channels
/// of a group, whatever the number of tokens.
///
/// Inputs `q`, `k` and `v` `[B, N, g·c]`, output alike. Matmul FLOPs `4·B·N·g·c·c`. Other FLOPs: 6 per
/// score, as in other attention.
#[derive(Clone, Debug)]
pub struct ChannelAttention {
    /// g.
    pub groups: Dim,
    /// c, channels of a group.
    pub channels: Dim,
}

impl Operation for ChannelAttention {
    fn kind(&self) -> &'static str {
        "channel attention"
    }

    fn slots(&self) -> Slots {
        Slots::new()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let [q, k, v] = inputs else {
            return Err(Mismatch("takes q, k and v".into()));
        };
        match &q.0[..] {
            [_, _, width] if q == k && k == v && *width == &self.groups * &self.channels => {
                Ok((*q).clone())
            }
            _ => Err(Mismatch("q, k and v differ, or do not match the groups".into())),
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let batch = output.0.first().cloned().unwrap_or_default();
        let scores = batch * &self.groups * self.channels.pow(2);
        Work::products(4 * output.elements() * &self.channels, 6 * scores)
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.channel_attention(self, std::array::from_fn(|_| first(&mut inputs)))
    }
}
