use super::*;
use crate::kernels::simd::at_every_level;
use crate::kernels::testing::{Numbers, nearest_bf16, on_any_threads, product};
use crate::kernels::weights::{Random, TensorId};

/// A layer of which the stored matrix has more outputs, x, and y at each level of instructions.
fn check(rows: usize, inputs: usize, outputs: usize, layout: Layout, bias: bool) {
    let (first, spare) = (2, 3);
    let stored = first + outputs + spare;
    let (height, width) = match layout {
        Layout::OutIn => (stored, inputs),
        Layout::InOut => (inputs, stored),
    };
    let tensor =
        |id, rows, columns| Tensor { id: TensorId(id), rows, columns, mean: 0.1, std: 0.5 };
    let (weight, offsets) = (tensor(1, height, width), tensor(2, 1, stored));
    let layer = Linear { weight, layout, bias: bias.then_some(offsets), inputs, outputs, first };
    let random = Random { seed: 5 };
    let x = Numbers::new(3).values(rows * inputs);

    let (all, b) = (random.values(&weight), random.values(&offsets));
    let transposed: Vec<f32> = (0..inputs * outputs)
        .map(|e| (e / outputs, first + e % outputs))
        .map(|(i, o)| match layout {
            Layout::OutIn => all[o * inputs + i],
            Layout::InOut => all[i * stored + o],
        })
        .collect();
    let exact = |round: fn(f32) -> f32| {
        let [x, w] = [&x, &transposed].map(|v| v.iter().map(|x| round(*x)).collect::<Vec<f32>>());
        let mut y = product(&x, &w, rows, inputs, outputs);
        let absolute = |values: &[f32]| values.iter().map(|x| x.abs()).collect::<Vec<f32>>();
        let mut sizes = product(&absolute(&x), &absolute(&w), rows, inputs, outputs);
        for (e, (y, size)) in y.iter_mut().zip(&mut sizes).enumerate().filter(|_| bias) {
            let b = f64::from(b[first + e % outputs]);
            (*y, *size) = (*y + b, *size + b.abs());
        }
        (y, sizes)
    };
    for (precision, (expected, sizes)) in
        [(Precision::F32, exact(|x| x)), (Precision::Bf16, exact(nearest_bf16))]
    {
        let made = on_any_threads(|| {
            at_every_level(|| {
                let (mut y, counter) = (vec![f32::NAN; rows * outputs], Counter::default());
                linear(&x, &layer, &random, precision, &counter, &mut y);
                assert_eq!(counter.flops(), (2 * rows * inputs * outputs) as u64);
                y
            })
        });
        for (i, (expected, size)) in expected.iter().zip(&sizes).enumerate() {
            for y in &made {
                let (error, apart) = (f64::from(y[i]) - expected, f64::from(y[i] - made[0][i]));
                assert!(
                    error.abs() <= 1e-6 * size && apart.abs() <= 1e-6 * size,
                    "{precision:?} {rows}x{inputs}x{outputs}, value {i}: {} or {}, not {expected}",
                    made[0][i],
                    y[i],
                );
            }
        }
    }
}

#[test]
fn agrees_with_the_triple_loop() {
    for layout in [Layout::OutIn, Layout::InOut] {
        for bias in [false, true] {
            for (rows, inputs, outputs) in [
                (1, 1, 1),
                (1, 700, 130),
                (2, 33, 129),
                (7, 70, 65),
                (9, 1030, 600),
                (13, 1089, 47),
                (25, 2051, 16),
                (40, 5, 3),
            ] {
                check(rows, inputs, outputs, layout, bias);
            }
        }
    }
}

#[test]
fn bf16_differs_from_f32() {
    let weight = Tensor { id: TensorId(1), rows: 1, columns: 1, mean: 0.0, std: 0.0 };
    let layer =
        Linear { weight, layout: Layout::OutIn, bias: None, inputs: 1, outputs: 1, first: 0 };
    let of = |x: f32, w: f32, precision| {
        let (counter, mut y) = (Counter::default(), [0.0]);
        linear(&[x], &layer, &crate::kernels::Stored(&[w]), precision, &counter, &mut y);
        y[0]
    };
    // Halfway between two bf16: to the even one, downwards and upwards. Both operands are rounded,
    // the result is not.
    let (half, odd) = (1.0 + 2_f32.powi(-8), 1.0 + 2_f32.powi(-7));
    assert_eq!(of(half, 1.0, Precision::F32), half);
    assert_eq!(of(half, 1.0, Precision::Bf16), 1.0);
    assert_eq!(of(1.0, half + 2_f32.powi(-7), Precision::Bf16), 1.0 + 2_f32.powi(-6));
    assert_eq!(of(odd, odd, Precision::Bf16), odd * odd);
}
