use super::*;
use crate::kernels::simd::at_every_level;
use crate::kernels::testing::{Numbers, nearest_bf16};

/// Bits of numbers of all sizes, except below 2⁻¹²⁶.
fn some_bits() -> Vec<u32> {
    let mut bits = vec![0, 0x7f7f_ffff, 0x7f80_0000, 0x7f80_0001, 0x7fff_ffff, 0x7fc0_0000];
    for upper in [0x0080_u32, 0x3f80, 0x3f81, 0x4049, 0x7f7e, 0x7f7f] {
        for lower in [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff] {
            bits.push(upper << 16 | lower);
        }
    }
    bits.extend(Numbers::new(1).values(1000).iter().map(|x| (x * 1e3).to_bits()));
    let negative: Vec<u32> = bits.iter().map(|bits| bits | 1 << 31).collect();
    bits.extend(negative);
    bits.push(0x3f80_8000);
    assert_eq!(bits.len() % 2, 1, "an odd number, for the last word");
    bits
}

#[test]
fn rounds_to_the_nearest_and_even() {
    let values: Vec<f32> = some_bits().into_iter().map(f32::from_bits).collect();
    for rounded in at_every_level(|| {
        let mut rounded = values.clone();
        round(&mut rounded);
        rounded
    }) {
        for (x, rounded) in values.iter().zip(rounded) {
            assert_eq!(rounded.to_bits() & 0xffff, 0, "{x:e}");
            let expected = nearest_bf16(*x);
            assert!(
                rounded.to_bits() == expected.to_bits() || rounded.is_nan() && x.is_nan(),
                "{x:e} became {rounded:e}, expected {expected:e}"
            );
        }
    }
}

#[test]
fn the_instructions_round_the_same_way() {
    let Some(instructions) = instructions() else { return };
    let values: Vec<f32> = some_bits().into_iter().map(f32::from_bits).collect();
    let mut rounded = values.clone();
    round(&mut rounded);
    let words: Vec<u32> = rounded
        .chunks(2)
        .map(|pair| pair[0].to_bits() >> 16 | pair.get(1).map_or(0, |x| x.to_bits()))
        .collect();
    assert_eq!(Left::new(instructions, &values, values.len()).words, words);
    Right::with(values.len(), 1, |mut right| {
        right.pack(instructions, 0, &values);
        for (lines, word) in right.lines.chunks(2).zip(words) {
            assert_eq!(lines[0].0[0], word);
            assert_eq!(lines[0].0[1..].iter().chain(&lines[1].0).sum::<u32>(), 0);
        }
    });
}

#[test]
fn adds_to_every_size_of_block() {
    let Some(instructions) = instructions() else { return };
    for rows in 1..=2 * ROWS + 1 {
        for (depth, columns) in [(1, 1), (2, 15), (3, 16), (4, 17), (5, 31), (6, 32), (7, 33)] {
            let ones = vec![1.0; rows * depth];
            let left = Left::new(instructions, &ones, depth);
            let mut dst = vec![0.5; rows * (columns + 1)];
            let counter = Counter::default();
            Right::with(depth, columns, |mut right| {
                let weights: Vec<f32> =
                    (0..depth * columns).map(|e| (e % columns) as f32).collect();
                right.pack(instructions, 0, &weights);
                let mut tiles = Tile::cut(&mut dst, columns + 1, rows, columns);
                multiply(instructions, &mut tiles[0], &left, 0, &right, &counter);
            });
            for row in dst.chunks(columns + 1) {
                for (column, x) in row[..columns].iter().enumerate() {
                    assert_eq!(*x, 0.5 + (column * depth) as f32);
                }
                assert_eq!(row[columns], 0.5, "beyond the tile");
            }
            assert_eq!(counter.flops(), (2 * rows * depth * columns) as u64);
        }
    }
}
