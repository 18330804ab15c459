//! The gated delta rule, token by token and in chunks.

use super::matmul::{Counter, Tile, View, matmul};

/// Sizes of a gated delta rule.
#[derive(Clone, Copy, Debug)]
pub struct DeltaRule {
    /// h, value heads: each has a state.
    pub heads: usize,
    /// g, query and key heads.
    pub key_heads: usize,
    /// d, size of a query and a key.
    pub key_dim: usize,
    /// e, size of a value.
    pub value_dim: usize,
    /// Tokens that are read together; none where they are read one by one.
    pub chunk: Option<usize>,
}

/// What the tokens of one sample say.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Queries, `[N, g·d]`.
    pub q: &'a [f32],
    /// Keys, `[N, g·d]`.
    pub k: &'a [f32],
    /// Values, `[N, h·e]`.
    pub v: &'a [f32],
    /// The logarithm of what is left of the state, `[N, h]`, at most 0.
    pub decay: &'a [f32],
    /// How far a value corrects the state, `[N, h]`, between 0 and 1.
    pub rate: &'a [f32],
}

/// The values that queries read from the states `[h, d, e]`, `[N, h·e]`; the states go on.
///
/// Read token by token, a state decays, each key reads what the state knows of it, and the difference
/// to the token's value, times its rate, is added; no matrices are multiplied. Chunks of c tokens, the
/// last one padded, give the same by products of matrices and a triangular system (the chunked delta
/// rule of transformers): they count `4·c²·d + 2·c²·e + 6·c·d·e` for each head and chunk.
pub fn delta_rule(
    said: &Said<'_>,
    sizes: &DeltaRule,
    states: &mut [f32],
    counter: &Counter,
    out: &mut [f32],
) {
    let DeltaRule { heads, key_dim, value_dim, chunk, .. } = *sizes;
    let tokens = said.rate.len() / heads.max(1);
    for (head, state) in states.chunks_exact_mut(key_dim * value_dim).enumerate() {
        let mut done = 0;
        while done < tokens {
            let count = chunk.unwrap_or(1).min(tokens - done);
            let read = Head::of(said, sizes, head, done, chunk.map_or(1, |chunk| chunk.max(count)));
            let made = match chunk {
                None => read.step(state, value_dim),
                Some(_) => read.chunk(state, value_dim, counter),
            };
            for (token, made) in made.chunks_exact(value_dim).take(count).enumerate() {
                let at = ((done + token) * heads + head) * value_dim;
                out[at..at + value_dim].copy_from_slice(made);
            }
            done += count;
        }
    }
}

/// What some tokens say to one head; zeros beyond the last token.
struct Head {
    count: usize,
    d: usize,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    decay: Vec<f32>,
    rate: Vec<f32>,
}

impl Head {
    fn of(said: &Said<'_>, sizes: &DeltaRule, head: usize, first: usize, count: usize) -> Head {
        let DeltaRule { heads, key_heads, key_dim: d, value_dim: e, .. } = *sizes;
        let tokens = said.rate.len() / heads;
        let shared = head * key_heads / heads;
        let normalized = |x: &[f32], scale: f32| -> Vec<f32> {
            let square: f32 = x.iter().map(|x| x * x).sum();
            let factor = scale / (square + 1e-6).sqrt();
            x.iter().map(|x| x * factor).collect()
        };
        let scale = 1.0 / (d as f32).sqrt();
        let mut read = Head {
            count,
            d,
            q: Vec::new(),
            k: Vec::new(),
            v: Vec::new(),
            decay: Vec::new(),
            rate: Vec::new(),
        };
        for token in first..(first + count).min(tokens) {
            let of_key = (token * key_heads + shared) * d;
            let own = token * heads + head;
            read.q.extend(normalized(&said.q[of_key..][..d], scale));
            read.k.extend(normalized(&said.k[of_key..][..d], 1.0));
            read.v.extend(&said.v[own * e..][..e]);
            read.decay.push(said.decay[own]);
            read.rate.push(said.rate[own]);
        }
        read.q.resize(count * d, 0.0);
        read.k.resize(count * d, 0.0);
        read.v.resize(count * e, 0.0);
        read.decay.resize(count, 0.0);
        read.rate.resize(count, 0.0);
        read
    }

    /// One token.
    fn step(&self, state: &mut [f32], e: usize) -> Vec<f32> {
        let left = self.decay[0].exp();
        state.iter_mut().for_each(|state| *state *= left);
        let read = |state: &[f32], by: &[f32]| -> Vec<f32> {
            let mut read = vec![0.0; e];
            for (row, by) in state.chunks_exact(e).zip(by) {
                read.iter_mut().zip(row).for_each(|(read, state)| *read += by * state);
            }
            read
        };
        let known = read(state, &self.k);
        for (row, k) in state.chunks_exact_mut(e).zip(&self.k) {
            for ((state, v), known) in row.iter_mut().zip(&self.v).zip(&known) {
                *state += k * (v - known) * self.rate[0];
            }
        }
        read(state, &self.q)
    }

    /// All tokens of a chunk.
    fn chunk(&self, state: &mut [f32], e: usize, counter: &Counter) -> Vec<f32> {
        let Head { count: c, d, q, k, v, decay, rate } = self;
        let (c, d) = (*c, *d);
        let product = |lhs: View<'_>, rhs: View<'_>, columns: usize, rows: usize| -> Vec<f32> {
            let mut made = vec![0.0; rows * columns];
            matmul(&mut Tile::whole(&mut made, columns), lhs, rhs, 1.0, false, counter);
            made
        };
        let scaled = |x: &[f32], width: usize, by: &dyn Fn(usize) -> f32| -> Vec<f32> {
            let rows = x.chunks_exact(width).enumerate();
            rows.flat_map(|(at, row)| row.iter().map(move |x| x * by(at))).collect()
        };
        let sums = decay.iter().scan(0.0, |sum, decay| {
            *sum += decay;
            Some(*sum)
        });
        let sums: Vec<f32> = sums.collect();
        let end = sums[c - 1];
        let k_rate = scaled(k, d, &|at| rate[at]);
        let keys = View::new(k, c, d, d);
        let mut system = product(View::new(&k_rate, c, d, d), keys.transposed(), c, c);
        let mut within = product(View::new(q, c, d, d), keys.transposed(), c, c);
        for at in 0..c * c {
            let (row, column) = (at / c, at % c);
            let left = if column <= row { (sums[row] - sums[column]).exp() } else { 0.0 };
            system[at] *= left;
            within[at] *= left;
        }
        // Row by row, what earlier rows have told already is taken away.
        let solved = |mut x: Vec<f32>, width: usize| -> Vec<f32> {
            for row in 1..c {
                let (before, own) = x.split_at_mut(row * width);
                for (earlier, by) in before.chunks_exact(width).zip(&system[row * c..]) {
                    own.iter_mut().zip(earlier).for_each(|(own, x)| *own -= by * x);
                }
            }
            x
        };
        let values = solved(scaled(v, e, &|at| rate[at]), e);
        let known = solved(scaled(&k_rate, d, &|at| sums[at].exp()), d);
        let states = View::new(state, d, e, e);
        let known = product(View::new(&known, c, d, d), states, e, c);
        let new: Vec<f32> = values.iter().zip(&known).map(|(new, known)| new - known).collect();
        let asked = scaled(q, d, &|at| sums[at].exp());
        let mut made = product(View::new(&asked, c, d, d), states, e, c);
        let new_rows = View::new(&new, c, e, e);
        let inner = product(View::new(&within, c, c, c), new_rows, e, c);
        made.iter_mut().zip(&inner).for_each(|(made, inner)| *made += inner);
        let told = scaled(k, d, &|at| (end - sums[at]).exp());
        let told = product(View::new(&told, c, d, d).transposed(), new_rows, e, d);
        let left = end.exp();
        state.iter_mut().zip(&told).for_each(|(state, told)| *state = *state * left + told);
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::Numbers;

    #[test]
    fn chunks_read_what_single_tokens_read() {
        let [one, chunks] = [None, Some(16)].map(|chunk| DeltaRule {
            heads: 4,
            key_heads: 2,
            key_dim: 6,
            value_dim: 5,
            chunk,
        });
        let (tokens, mut numbers) = (37, Numbers::new(5));
        let (q, k) = (numbers.values(tokens * 12), numbers.values(tokens * 12));
        let v = numbers.values(tokens * 20);
        let decay: Vec<f32> = numbers.values(tokens * 4).iter().map(|x| -x.abs()).collect();
        let rate: Vec<f32> = numbers.values(tokens * 4).iter().map(|x| 0.5 + 0.4 * x).collect();
        let said = Said { q: &q, k: &k, v: &v, decay: &decay, rate: &rate };
        let [by_token, by_chunk] = [one, chunks].map(|sizes| {
            let (mut states, mut out) = (vec![0.0; 4 * 30], vec![0.0; tokens * 20]);
            let counter = Counter::default();
            delta_rule(&said, &sizes, &mut states, &counter, &mut out);
            (out, states, counter.flops())
        });
        let same = |one: &[f32], other: &[f32]| {
            one.iter().zip(other).for_each(|(a, b)| assert!((a - b).abs() < 1e-5, "{a} {b}"));
        };
        same(&by_token.0, &by_chunk.0);
        same(&by_token.1, &by_chunk.1);
        assert_eq!(by_token.2, 0);
        let (c, d, e) = (16, 6, 5);
        let each = 4 * c * c * d + 2 * c * c * e + 6 * c * d * e;
        assert_eq!(by_chunk.2, 4 * 3 * each);
    }
}
