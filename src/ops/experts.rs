//! A mixture of experts: MLPs of which each token goes through some.

use super::{
    ActivationKind, Machine, Mismatch, Operation, Shape, Shared, Slot, Slots, Storage, Value, Work,
    first, pair,
};
use crate::dim::Dim;

/// Tokens `[B, N, D]` and what the router says of them, `[B, N, E]`, become `[B, N, D]`: the sum of
/// the chosen experts' results, each times its weight.
///
/// Stored are all experts as one tensor for each matrix: `gate_up_proj [E, 2F, D]` (`up_proj [E, F,
/// D]` of plain ones) and `down_proj [E, D, F]`, or transposed. Matmul FLOPs are `2·rows·D·F` for each
/// matrix and each expert that runs on a token. Other FLOPs of such a token and expert: those of the
/// activation (4 per value, as silu has), one product for a gate, one addition for a bias, and two per
/// output for weight and sum; of each score of the router 5, as softmax has. Factors of the experts, `[E]`,
/// are stored before the matrices, and are one product for each token and chosen expert.
#[derive(Clone, Debug)]
pub struct Experts {
    /// E, how many there are.
    pub experts: Dim,
    /// How many a token is sent to.
    pub chosen: Dim,
    /// How many the reference runs on each token: those, or all.
    pub runs: Dim,
    /// D, width of a token.
    pub width: Dim,
    /// F, width inside an expert.
    pub hidden: Dim,
    /// Whether they are gated.
    pub gated: bool,
    /// On the gate, or between the matrices.
    pub activation: ActivationKind,
    /// Whether their layers have biases.
    pub bias: bool,
    /// Whether matrices are stored `[E, in, out]`, not `[E, out, in]`.
    pub transposed: bool,
    /// How the router's scores become weights.
    pub weights: Weights,
}

/// How the scores of a router become the weights of the chosen experts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// Whether each score is a share of all (softmax), or stands for itself (sigmoid).
    pub softmax: bool,
    /// Whether the weights of the chosen ones are made to sum to 1.
    pub normalized: bool,
    /// Whether each expert has a learned factor, which its weights are multiplied with.
    pub factors: bool,
    /// Whether a weight scales what goes into the expert, not what comes out (Llama 4).
    pub of_inputs: bool,
}

impl Experts {
    /// F, or 2F where gate and up are one matrix.
    fn first_width(&self) -> Dim {
        if self.gated { 2 * &self.hidden } else { self.hidden.clone() }
    }

    /// A matrix of every expert, of which a token touches those of the chosen ones.
    fn matrices(&self, name: &'static str, [output, input]: [&Dim; 2]) -> Slot {
        let [output, input] = [output.clone(), input.clone()];
        let active = &self.chosen * &output * &input;
        let axes = if self.transposed { [input, output] } else { [output, input] };
        let [rows, columns] = axes;
        let shape = Shape::new([self.experts.clone(), rows, columns]);
        Slot { name, active: Some(active), ..Slot::matrix(shape) }
    }

    fn biases(&self, name: &'static str, width: &Dim) -> Slot {
        let shape = Shape::new([self.experts.clone(), width.clone()]);
        Slot { name, active: Some(&self.chosen * width), ..Slot::bias(shape) }
    }
}

impl Operation for Experts {
    fn kind(&self) -> &'static str {
        "experts"
    }

    fn slots(&self) -> Slots {
        let first = self.first_width();
        let names = match self.gated {
            true => ["gate_up_proj", "gate_up_proj_bias"],
            false => ["up_proj", "up_proj_bias"],
        };
        let mut slots = Slots::new();
        if self.weights.factors {
            slots.push(Slot::vector("factors", Shape::new([self.experts.clone()])));
        }
        slots.push(self.matrices(names[0], [&first, &self.width]));
        if self.bias {
            slots.push(self.biases(names[1], &first));
        }
        slots.push(self.matrices("down_proj", [&self.width, &self.hidden]));
        if self.bias {
            slots.push(self.biases("down_proj_bias", &self.width));
        }
        slots
    }

    fn shape(&self, inputs: &[&Shape]) -> Result<Shape, Mismatch> {
        let (x, scores) = pair(inputs)?;
        if x.last() == self.width && scores.last() == self.experts {
            Ok(x.clone())
        } else {
            Err(Mismatch("the router's scores, or the tokens, do not fit the experts".into()))
        }
    }

    fn work(&self, _: &[&Shape], output: &Shape) -> Work {
        let rows = output.rows();
        let first = self.first_width();
        let each = 2 * &self.width * &first + 2 * &self.hidden * &self.width;
        let gate = if self.gated { 5 } else { 4 };
        let mut other = gate * &self.hidden + 2 * &self.width;
        if self.bias {
            other += first + &self.width;
        }
        let factors = if self.weights.factors { self.chosen.clone() } else { Dim::zero() };
        let needed = &rows * &self.chosen * &each;
        Work {
            matmul: &rows * &self.runs * each,
            needed: (self.runs != self.chosen).then_some(needed),
            other: &rows * &self.runs * other + 5 * &rows * &self.experts + factors * rows,
        }
    }

    fn storage(&self, _: &[&Shape], _: &Shape) -> Storage {
        Storage::Fresh
    }

    fn run(&self, machine: &mut dyn Machine, mut inputs: Vec<Shared>) -> Value {
        let x = first(&mut inputs);
        machine.experts(self, x, first(&mut inputs))
    }
}
