//! Several streams of the same tokens, side by side in each token (AltUp).

use super::Counter;

/// How many streams, and how wide each is.
#[derive(Clone, Copy, Debug)]
pub struct Streams {
    /// n.
    pub count: usize,
    /// D.
    pub width: usize,
}

/// To each stream j of `x [.., n·D]` the sum of all is added, stream i times the coefficient `j·n + i` of
/// `mix [.., n²]`.
pub fn mix(x: &[f32], mix: &[f32], sizes: Streams, counter: &Counter, out: &mut [f32]) {
    let Streams { count, width } = sizes;
    counter.add_product(x.len() / count.max(1), count, count);
    out.copy_from_slice(x);
    let tokens = x.chunks_exact(count * width).zip(mix.chunks_exact(count * count));
    for (out, (x, mix)) in out.chunks_exact_mut(count * width).zip(tokens) {
        for (out, row) in out.chunks_exact_mut(width).zip(mix.chunks_exact(count)) {
            for (x, factor) in x.chunks_exact(width).zip(row) {
                out.iter_mut().zip(x).for_each(|(out, x)| *out += x * factor);
            }
        }
    }
}

/// To each stream of `x [.., n·D]` the change of the first, `made [.., D]`, is added, times 1 + its
/// coefficient of `factors [.., n]`.
pub fn correct(x: &mut [f32], made: &[f32], factors: &[f32], sizes: Streams) {
    let Streams { count, width } = sizes;
    let tokens = made.chunks_exact(width).zip(factors.chunks_exact(count));
    for (x, (made, factors)) in x.chunks_exact_mut(count * width).zip(tokens) {
        let change: Vec<f32> = made.iter().zip(&*x).map(|(made, x)| made - x).collect();
        for (x, factor) in x.chunks_exact_mut(width).zip(factors) {
            x.iter_mut().zip(&change).for_each(|(x, change)| *x += change * (1.0 + factor));
        }
    }
}

/// Adds `y [.., D]` to all streams of `x [.., n·D]` but the first.
pub fn add_to_others(x: &mut [f32], y: &[f32], sizes: Streams) {
    let Streams { count, width } = sizes;
    for (x, y) in x.chunks_exact_mut(count * width).zip(y.chunks_exact(width)) {
        for stream in x.chunks_exact_mut(width).skip(1) {
            stream.iter_mut().zip(y).for_each(|(x, y)| *x += y);
        }
    }
}

/// Scales each token of `x [.., D]` until the mean of its squares is that of `like [.., D]`; that of its own
/// counts as 10⁻⁵ where it is smaller.
pub fn same_size(x: &mut [f32], like: &[f32], width: usize) {
    let mean = |x: &[f32]| x.iter().map(|x| x * x).sum::<f32>() / x.len() as f32;
    for (x, like) in x.chunks_exact_mut(width).zip(like.chunks_exact(width)) {
        let factor = mean(like).sqrt() / mean(x).max(1e-5).sqrt();
        x.iter_mut().for_each(|x| *x *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Streams = Streams { count: 2, width: 2 };

    #[test]
    fn each_stream_gets_a_sum_of_all() {
        let counter = Counter::default();
        let mut out = [0.0; 4];
        mix(&[1.0, 2.0, 3.0, 4.0], &[1.0, 10.0, 0.0, -1.0], TWO, &counter, &mut out);
        assert_eq!(out, [1.0 + 1.0 + 30.0, 2.0 + 2.0 + 40.0, 0.0, 0.0]);
        assert_eq!(counter.flops(), 2 * 2 * 4);
    }

    #[test]
    fn all_streams_follow_the_first() {
        let mut x = [1.0, 2.0, 3.0, 4.0];
        correct(&mut x, &[2.0, 4.0], &[0.0, 1.0], TWO);
        assert_eq!(x, [2.0, 4.0, 5.0, 8.0]);
        add_to_others(&mut x, &[1.0, -1.0], TWO);
        assert_eq!(x, [2.0, 4.0, 6.0, 7.0]);
        same_size(&mut x, &[3.0, 4.0, 0.0, 0.0], 2);
        assert_eq!(x[2..], [0.0, 0.0]);
        assert!((x[0] * x[0] + x[1] * x[1] - 25.0).abs() < 1e-4);
    }
}
