//! A convolution of each channel along the sequence.

use super::{
    Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work, first, only,
};
use crate::dim::Dim;

/// Each channel of `[B, N, C]` convolved with its own K weights over the token and the K − 1 before
/// it (PyTorch's `Conv1d` with as many groups as channels).
///
/// Stored `[C, 1, K]`, and a bias `[C]`. The reference pads K − 1 places on both sides and drops what
/// it makes beyond the tokens: matmul FLOPs `2·B·C·K·(N + K − 1)`. A decode step convolves the K
/// places that are kept and the new one, two results of which one is dropped: `2·B·C·K·2`. The last K
/// values of each channel stay for the next step.
#[derive(Clone, Debug)]
pub struct CausalConv {
    /// C.
    pub channels: Dim,
    /// K.
    pub kernel: Dim,
    /// Whether a bias is read.
    pub bias: bool,
    /// Whether tokens came before, whose last places are kept.
    pub continues: bool,
}

impl Operation for CausalConv {
    fn kind(&self) -> &'static str {
        "causal convolution"
    }

    fn slots(&self) -> Slots {
        let [channels, kernel] = [&self.channels, &self.kernel].map(Dim::clone);
        let weight = Slot::matrix(Shape::new([channels.clone(), Dim::one(), kernel]));
        let bias = self.bias.then(|| Slot::bias(Shape::new([channels])));
        [weight].into_iter().chain(bias).collect()
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let x = only(inputs)?;
        if x.last() == self.channels && x.0.len() == 3 {
            Ok(x.clone())
        } else {
            Err(Mismatch("the input's width is not the number of channels".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let (batch, tokens) = (&output.0[0], &output.0[1]);
        let places = if self.continues { 2.into() } else { tokens + &self.kernel - Dim::one() };
        let bias = if self.bias { output.elements() } else { Dim::zero() };
        Work::products(2 * batch * &self.channels * &self.kernel * places, bias)
    }

    fn storage(&self, _: &[&Shape], output: &Shape) -> Storage {
        let elements = &output.0[0] * &self.channels * &self.kernel;
        Storage::State { elements, wide: false }
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        machine.causal_conv(self, first(&mut inputs))
    }
}
