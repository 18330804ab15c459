//! CPU kernels of the real forward pass.
//!
//! All values are `f32` (linear layers may round their operands to bf16), all tensors contiguous
//! and row-major (innermost axis last). A kernel runs on the rayon pool that the caller has
//! installed and cuts its work into tasks whose shapes do not depend on the number of threads, so a
//! result is bit-identical on any number of them.
//!
//! Only matrix products count as FLOPs here: each adds its own `2·m·k·n` to a
//! [`Counter`] where it is executed.

pub mod activation;
pub mod attention;
mod bf16;
pub mod block_attention;
pub mod causal_conv;
pub mod convolution;
pub mod deformable;
pub mod delta_rule;
pub mod elementwise;
pub mod embedding;
pub mod exp;
pub mod grid_attention;
pub mod latent_attention;
pub mod linear;
pub mod matmul;
pub mod norm;
pub mod pool;
pub mod relative_attention;
pub mod rope;
mod scratch;
pub mod shares;
pub mod simd;
pub mod softmax;
pub mod streams;
#[cfg(test)]
mod testing;
pub mod tiles;
pub mod weights;
pub mod windows;

pub use linear::Precision;
pub use matmul::Counter;
pub use weights::{Order, Random, Source, Stored, Tensor, TensorId};
