//! Averages over blocks of a grid, made as a product with a matrix of shares.

use rayon::prelude::*;

use super::matmul::{Counter, Tile, View, matmul};
use super::pool::Blocks;

/// `x [B, N, D] → out [B, M, D]`, as [`pool::average`](super::pool::average): a product of shares
/// `[M_p, N_p]` with tokens that zeros pad to N_p, of whose rows the first M are kept.
///
/// Counts and executes `2·B·M_p·N_p·D` FLOPs.
pub fn average(
    x: &[f32],
    width: usize,
    blocks: &Blocks,
    (tokens, rows): (usize, usize),
    counter: &Counter,
    out: &mut [f32],
) {
    let (own, kept) = (blocks.grid.0 * blocks.grid.1, blocks.count.0 * blocks.count.1);
    assert!(own <= tokens && kept <= rows, "tokens and blocks are no more than padded ones");
    let mut shares = vec![0.0; rows * tokens];
    for (block, shares) in shares.chunks_exact_mut(tokens).take(kept).enumerate() {
        let all: Vec<usize> = blocks.block(block).flatten().collect();
        let share = 1.0 / all.len().max(1) as f32;
        all.iter().for_each(|token| shares[*token] = share);
    }
    let samples = x.par_chunks_exact(own * width).zip(out.par_chunks_exact_mut(kept * width));
    samples.for_each(|(x, out)| {
        let mut padded = x.to_vec();
        padded.resize(tokens * width, 0.0);
        let mut made = vec![0.0; rows * width];
        let (lhs, rhs) =
            (View::new(&shares, rows, tokens, tokens), View::new(&padded, tokens, width, width));
        matmul(&mut Tile::whole(&mut made, width), lhs, rhs, 1.0, false, counter);
        out.copy_from_slice(&made[..kept * width]);
    });
}

#[cfg(test)]
mod tests {
    use super::super::pool;
    use super::*;
    use crate::kernels::testing::{Numbers, assert_close};

    #[test]
    fn agrees_with_the_average() {
        let blocks = Blocks { grid: (6, 4), side: (2, 2), count: (3, 2) };
        let x = Numbers::new(5).values(2 * 24 * 3);
        let (mut plain, mut made) = (vec![0.0; 2 * 6 * 3], vec![0.0; 2 * 6 * 3]);
        pool::average(&x, 3, &blocks, &mut plain);
        let counter = Counter::default();
        average(&x, 3, &blocks, (32, 8), &counter, &mut made);
        let plain: Vec<f64> = plain.into_iter().map(f64::from).collect();
        assert_close(&made, &plain, 1e-6);
        assert_eq!(counter.flops(), 2 * 2 * 32 * 8 * 3);
    }
}
