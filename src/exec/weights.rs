//! Names and values of weights, and of the tensors that come from outside.

use std::collections::HashMap;
use std::ops::Range;

use crate::kernels::{Order, Random, Source, Stored, Tensor, TensorId};
use crate::ops::Value;

/// Where the values of weights come from.
pub trait WeightSource: Sync {
    /// The values, by tensor id.
    fn source(&self) -> &dyn Source;

    /// Whether a weight and its shape are known; random weights know all.
    fn knows(&self, path: &str) -> bool;
}

impl WeightSource for Random {
    fn source(&self) -> &dyn Source {
        self
    }

    fn knows(&self, _: &str) -> bool {
        true
    }
}

/// Given weights, by path: `llm.blocks.0.attention.q_proj.weight`.
#[derive(Debug, Default)]
pub struct Given(HashMap<TensorId, Vec<f32>>);

impl Given {
    /// Adds a weight, its values row by row.
    pub fn insert(&mut self, path: &str, values: Vec<f32>) {
        self.0.insert(tensor_id(path), values);
    }
}

impl WeightSource for Given {
    fn source(&self) -> &dyn Source {
        self
    }

    fn knows(&self, path: &str) -> bool {
        self.0.contains_key(&tensor_id(path))
    }
}

impl Source for Given {
    fn fill(
        &self,
        tensor: &Tensor,
        rows: Range<usize>,
        columns: Range<usize>,
        order: Order,
        out: &mut [f32],
    ) {
        match self.0.get(&tensor.id) {
            Some(values) => Stored(values).fill(tensor, rows, columns, order, out),
            // Reported beforehand, from `knows`.
            None => out.fill(f32::NAN),
        }
    }
}

/// The id of the tensor at a path: FNV-1a, which is stable across platforms and versions.
pub fn tensor_id(path: &str) -> TensorId {
    let hash = path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    TensorId(hash)
}

/// Tensors from outside: pixels, token ids, and where a stage runs alone what it reads.
#[derive(Debug)]
pub enum Inputs {
    /// Random ones, the same for the same seed.
    Random {
        /// The seed.
        seed: u64,
    },
    /// Given ones by path, e.g. `vision_encoder.patch_embed.pixels`; others are zero.
    Given(HashMap<String, Value>),
}

impl Inputs {
    /// The input at a path. Ids are below `ids`; other values are roughly normal.
    pub fn value(&self, path: &str, shape: &[usize], ids: Option<usize>) -> Value {
        let count = shape.iter().product();
        let data = match self {
            Inputs::Given(values) => {
                return values
                    .get(path)
                    .cloned()
                    .unwrap_or_else(|| Value { shape: shape.to_vec(), data: vec![0.0; count] });
            }
            Inputs::Random { seed } => {
                let tensor =
                    Tensor { id: tensor_id(path), rows: 1, columns: count, mean: 0.0, std: 1.0 };
                let random = Random { seed: *seed }.values(&tensor);
                match ids {
                    None => random,
                    Some(rows) => random.into_iter().map(|x| id(x, rows)).collect(),
                }
            }
        };
        Value { shape: shape.to_vec(), data }
    }
}

/// A token id below `rows` from a random number; ids beyond 2²⁴ have no exact f32.
fn id(random: f32, rows: usize) -> f32 {
    let rows = rows.clamp(1, 1 << 24);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^24")]
    let index = (f64::from(random.abs()) * 1_000_003.0) as usize % rows;
    #[expect(clippy::cast_precision_loss, reason = "below 2^24")]
    let id = index as f32;
    id
}
