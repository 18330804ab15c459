//! Activations of the CPU.

use super::cpu::Cpu;
use crate::kernels::{activation, elementwise};
use crate::ops::ActivationKind;

impl Cpu<'_> {
    /// What comes between two matrices of an MLP: rows of `hidden` values activated, or of twice as
    /// many, of which the first half is the gate of the other.
    pub fn gated(
        &self,
        kind: ActivationKind,
        mut x: Vec<f32>,
        hidden: usize,
        gated: bool,
    ) -> Vec<f32> {
        if !gated {
            activation::activation(&mut x, kernel_of(kind));
            return x;
        }
        let rows = x.chunks_exact(2 * hidden.max(1));
        let [mut gate, mut up] = [Vec::new(), Vec::new()];
        for (first, second) in rows.map(|row| row.split_at(hidden)) {
            gate.extend_from_slice(first);
            up.extend_from_slice(second);
        }
        activation::activation(&mut gate, kernel_of(kind));
        elementwise::multiply(&mut gate, &up);
        gate
    }
}

/// The kernel of an activation.
pub fn kernel_of(kind: ActivationKind) -> activation::Activation {
    match kind {
        ActivationKind::Gelu => activation::Activation::Gelu,
        ActivationKind::GeluTanh => activation::Activation::GeluTanh,
        ActivationKind::QuickGelu => activation::Activation::QuickGelu,
        ActivationKind::Silu => activation::Activation::Silu,
        ActivationKind::Relu => activation::Activation::Relu,
        ActivationKind::Relu2 => activation::Activation::Relu2,
        ActivationKind::Sigmoid => activation::Activation::Sigmoid,
        ActivationKind::Tanh => activation::Activation::Tanh,
        ActivationKind::HardSigmoid => activation::Activation::HardSigmoid,
        ActivationKind::HardSwish => activation::Activation::HardSwish,
    }
}
