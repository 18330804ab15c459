//! Activations and normalisations of the CPU.

use super::cpu::Cpu;
use crate::kernels::{activation, elementwise, norm};
use crate::ops::{ActivationKind, Norm, NormKind, Value};

/// ε of LayerNorm, `torch.nn.LayerNorm`'s default.
const LAYER_NORM_EPSILON: f32 = 1e-5;
/// ε of RMSNorm, the default of most Llama-like models.
const RMS_NORM_EPSILON: f32 = 1e-6;

impl Cpu<'_> {
    /// A normalisation.
    pub(super) fn normed(&self, op: &Norm, x: &Value) -> Value {
        let width = self.size(&op.width);
        let stored = |slot, usual| match slot < self.held.len() {
            true => self.values(slot, usual),
            false => vec![usual; width],
        };
        let (mut weight, mut bias) = (stored(0, 1.0), stored(1, 0.0));
        let of_groups = op.groups.is_some().then(|| {
            let own = (std::mem::replace(&mut weight, vec![1.0; width]), bias.clone());
            bias = vec![0.0; width];
            own
        });
        let (kind, epsilon) = match op.kind {
            NormKind::LayerNorm | NormKind::LayerNormNoBias => {
                (norm::Norm::Layer { weight: &weight, bias: &bias }, LAYER_NORM_EPSILON)
            }
            NormKind::RmsNorm | NormKind::RmsNormNoWeight => {
                (norm::Norm::Rms { weight: &weight }, RMS_NORM_EPSILON)
            }
        };
        let mut data = vec![0.0; x.data.len()];
        norm::norm(&x.data, &kind, epsilon, &mut data);
        if let Some((weight, bias)) = of_groups {
            elementwise::weigh(&mut data, &weight, &bias);
        }
        Value { shape: x.shape.clone(), data }
    }

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
