//! Rows of a table.

use rayon::prelude::*;

use super::weights::{Order, Source, Tensor};

/// `ids [N] → out [N, width]`. Only the rows that are asked for are made.
pub fn embedding(ids: &[usize], table: &Tensor, source: &dyn Source, out: &mut [f32]) {
    assert_eq!(out.len(), ids.len() * table.columns, "size of an embedding");
    out.par_chunks_mut(table.columns).zip(ids).for_each(|(out, id)| {
        assert!(*id < table.rows, "token {id} is beyond the table's {} rows", table.rows);
        source.fill(table, *id..*id + 1, 0..table.columns, Order::RowMajor, out);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::on_any_threads;
    use crate::kernels::weights::{Random, TensorId};

    #[test]
    fn reads_rows() {
        let table = Tensor { id: TensorId(9), rows: 50, columns: 13, mean: 0.0, std: 1.0 };
        let random = Random { seed: 2 };
        let all = random.values(&table);
        let ids = [49, 0, 7, 7, 31];
        let out = on_any_threads(|| {
            let mut out = vec![0.0; ids.len() * 13];
            embedding(&ids, &table, &random, &mut out);
            out
        });
        let expected: Vec<f32> =
            ids.iter().flat_map(|id| all[id * 13..][..13].iter().copied()).collect();
        assert_eq!(out, expected);
    }
}
