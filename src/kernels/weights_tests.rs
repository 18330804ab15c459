use super::*;
use crate::kernels::simd::at_every_level;

fn tensor(rows: usize, columns: usize) -> Tensor {
    Tensor { id: TensorId(7), rows, columns, mean: 0.25, std: 2.0 }
}

#[test]
fn any_block_in_any_order_is_the_same() {
    let (rows, columns) = (301, 70);
    let tensor = tensor(rows, columns);
    let random = Random { seed: 1 };
    let whole = random.values(&tensor);
    for source in [&random as &dyn Source, &Stored(&whole)] {
        for (r, c) in [(0..301, 0..70), (5..6, 3..4), (17..300, 1..38), (299..301, 69..70)] {
            let mut by_rows = vec![0.0; r.len() * c.len()];
            let mut by_columns = by_rows.clone();
            source.fill(&tensor, r.clone(), c.clone(), Order::RowMajor, &mut by_rows);
            source.fill(&tensor, r.clone(), c.clone(), Order::ColumnMajor, &mut by_columns);
            for (i, row) in r.clone().enumerate() {
                for (j, column) in c.clone().enumerate() {
                    let expected = whole[row * columns + column];
                    assert_eq!(by_rows[i * c.len() + j], expected);
                    assert_eq!(by_columns[j * r.len() + i], expected);
                }
            }
        }
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let values = at_every_level(|| Random { seed: 3 }.values(&tensor(33, 45)));
    assert!(values.iter().all(|v| *v == values[0]));
}

/// Mean, spread, tails, and the independence of neighbours, of rows and of tensors.
#[test]
fn the_distribution_is_nearly_normal() {
    let (rows, columns) = (1000, 1000);
    let tensor = tensor(rows, columns);
    let n = (rows * columns) as f64;
    let normal = |seed, id| -> Vec<f64> {
        let tensor = Tensor { id: TensorId(id), ..tensor };
        Random { seed }.values(&tensor).iter().map(|x| (f64::from(*x) - 0.25) / 2.0).collect()
    };
    let a = normal(1, 7);
    let moment = |power: i32| a.iter().map(|x| x.powi(power)).sum::<f64>() / n;
    assert!(moment(1).abs() < 0.004, "mean {}", moment(1));
    assert!((moment(2) - 1.0).abs() < 0.005, "variance {}", moment(2));
    assert!(moment(3).abs() < 0.01, "skew {}", moment(3));
    // A sum of four uniform values has the kurtosis 3 - 1.2/4.
    assert!((moment(4) - 2.7).abs() < 0.02, "kurtosis {}", moment(4));

    let correlation = |b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / n;
    for (what, b) in [
        ("next column", &a[1..]),
        ("next row", &a[columns..]),
        ("row after", &a[2 * columns..]),
        ("diagonal", &a[columns + 1..]),
        ("16 columns on", &a[16..]),
        ("256 columns on", &a[256..]),
        ("other tensor", &normal(1, 8)),
        ("other seed", &normal(2, 7)),
    ] {
        assert!(correlation(b).abs() < 0.005, "{what}: {}", correlation(b));
    }
    // The sums of rows and columns must spread as those of independent values do.
    let spread = |sums: Vec<f64>| sums.iter().map(|s| s * s).sum::<f64>() / n;
    let by_row = a.chunks(columns).map(|row| row.iter().sum()).collect();
    let by_column = (0..columns).map(|c| a.iter().skip(c).step_by(columns).sum()).collect();
    for spread in [spread(by_row), spread(by_column)] {
        assert!((0.8..1.2).contains(&spread), "{spread}");
    }
}
