//! A convolution of each channel along the sequence.

use super::matmul::Counter;

/// Sizes of a convolution along the sequence.
#[derive(Clone, Copy, Debug)]
pub struct CausalConv {
    /// N, tokens of a sample.
    pub tokens: usize,
    /// C.
    pub channels: usize,
    /// K, places that a token sees: its own and those before it.
    pub kernel: usize,
}

/// `x [B, N, C]` convolved with `weight [C, K]` after the `K` values of each channel in `kept [B, K,
/// C]`, zeros at the start; these become the last ones.
///
/// Counts what the reference executes: `2·B·C·K` for each place that it makes, `N + K − 1` of a
/// sequence and 2 of a step, those included that it drops.
pub fn causal_conv(
    x: &[f32],
    weight: &[f32],
    kept: &mut [f32],
    sizes: &CausalConv,
    continues: bool,
    counter: &Counter,
    out: &mut [f32],
) {
    let CausalConv { tokens, channels, kernel } = *sizes;
    let places = if continues { 2 } else { tokens + kernel - 1 };
    let samples = x.chunks_exact(tokens * channels).zip(out.chunks_exact_mut(tokens * channels));
    for ((x, out), kept) in samples.zip(kept.chunks_exact_mut(kernel * channels)) {
        counter.add_product(channels, kernel, places);
        let all: Vec<f32> = kept.iter().chain(x).copied().collect();
        for (token, out) in out.chunks_exact_mut(channels).enumerate() {
            for (channel, out) in out.iter_mut().enumerate() {
                let weight = &weight[channel * kernel..][..kernel];
                // The token stands `kernel` places after the first one kept.
                let seen =
                    (token + 1..=token + kernel).map(|place| all[place * channels + channel]);
                *out = seen.zip(weight).map(|(x, weight)| x * weight).sum();
            }
        }
        kept.copy_from_slice(&all[all.len() - kernel * channels..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_in_one_go_or_token_by_token() {
        let (x, weight) = ([1.0, 2.0, 3.0, 4.0], [10.0, 1.0]);
        let sizes = CausalConv { tokens: 4, channels: 1, kernel: 2 };
        let (counter, mut kept, mut out) = (Counter::default(), [0.0; 2], [0.0; 4]);
        causal_conv(&x, &weight, &mut kept, &sizes, false, &counter, &mut out);
        assert_eq!((out, kept), ([1.0, 12.0, 23.0, 34.0], [3.0, 4.0]));
        assert_eq!(counter.flops(), 2 * 2 * 5);
        let (mut kept, one) = ([0.0; 2], CausalConv { tokens: 1, ..sizes });
        for (x, expected) in x.iter().zip(out) {
            let mut out = [0.0];
            causal_conv(&[*x], &weight, &mut kept, &one, true, &Counter::default(), &mut out);
            assert_eq!(out, [expected]);
        }
    }
}
