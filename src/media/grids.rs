//! Grids of tiles that a rule chooses from.

use super::Grid;

/// Every grid of `least` to `most` tiles, by their number, then by columns.
pub fn of_tiles(least: u64, most: u64) -> Vec<Grid> {
    let columns = |columns| (1..=most / columns).map(move |rows| Grid::new(rows, columns));
    let mut grids: Vec<Grid> = (1..=most).flat_map(columns).collect();
    grids.retain(|grid| grid.count() >= least);
    grids.sort_by_key(|grid| grid.count());
    grids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_tiles_come_first() {
        let grids = of_tiles(1, 4).into_iter().map(|grid| (grid.columns, grid.rows));
        let expected = [(1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (1, 4), (2, 2), (4, 1)];
        assert_eq!(grids.collect::<Vec<_>>(), expected);
        assert!(of_tiles(2, 10).iter().all(|grid| (2..=10).contains(&grid.count())));
    }
}
