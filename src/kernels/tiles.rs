//! The tiles of a picture as one grid.

use super::pool::Grid;

/// What tiles are joined to.
#[derive(Clone, Copy, Debug)]
pub struct Joint {
    /// Rows and columns of tokens of a view.
    pub view: Grid,
    /// Rows and columns of tiles.
    pub tiles: Grid,
    /// Rows and columns of a tile, at both ends together, that its neighbours show too.
    pub overlap: usize,
    /// Rows and columns of the joined grid without padding.
    pub unpadded: Grid,
    /// Rows and columns that it is resized to.
    pub kept: Grid,
}

/// Joins the views of pictures: `x [B, tokens, D] → [B, n + A·C (+ A), D]`, the first view as it is,
/// then the kept grid row by row, each row with the newline after it, if there is one.
pub fn join(
    x: &[f32],
    (tokens, width): (usize, usize),
    joint: &Joint,
    newline: Option<&[f32]>,
) -> Vec<f32> {
    let mut out = Vec::new();
    for views in x.chunks_exact((tokens * width).max(1)) {
        join_one(views, width, joint, newline, &mut out);
    }
    out
}

/// The views of one picture, `[tokens, D]`.
fn join_one(x: &[f32], width: usize, joint: &Joint, newline: Option<&[f32]>, out: &mut Vec<f32>) {
    let (rows, columns) = joint.view;
    let first = rows * columns * width;
    out.extend_from_slice(&x[..first]);
    let overlap = joint.overlap;
    let side = |tiles: usize, own: usize| tiles * own.saturating_sub(overlap) + overlap.min(own);
    let all = (side(joint.tiles.0, rows), side(joint.tiles.1, columns));
    let cut =
        (all.0.saturating_sub(joint.unpadded.0) / 2, all.1.saturating_sub(joint.unpadded.1) / 2);
    let token = |row: usize, column: usize| {
        let (row, column) = (row + cut.0, column + cut.1);
        let (high, row) = place(row, rows, joint.tiles.0, overlap);
        let (wide, column) = place(column, columns, joint.tiles.1, overlap);
        let (tile, within) = (high * joint.tiles.1 + wide, row * columns + column);
        &x[first + (tile * rows * columns + within) * width..][..width]
    };
    for row in 0..joint.kept.0 {
        let high = between(row, joint.kept.0, joint.unpadded.0);
        for column in 0..joint.kept.1 {
            let wide = between(column, joint.kept.1, joint.unpadded.1);
            let corners = [
                (token(high.0, wide.0), (1.0 - high.2) * (1.0 - wide.2)),
                (token(high.0, wide.1), (1.0 - high.2) * wide.2),
                (token(high.1, wide.0), high.2 * (1.0 - wide.2)),
                (token(high.1, wide.1), high.2 * wide.2),
            ];
            out.extend(
                (0..width).map(|at| {
                    corners.iter().map(|(token, weight)| token[at] * weight).sum::<f32>()
                }),
            );
        }
        out.extend_from_slice(newline.unwrap_or_default());
    }
}

/// The tile that shows a row of the joined grid, and the row within it: of rows that two tiles show,
/// each has the half that is nearer to its middle.
fn place(row: usize, rows: usize, tiles: usize, overlap: usize) -> (usize, usize) {
    let own = rows.saturating_sub(overlap).max(1);
    let tile = (row.saturating_sub(overlap / 2) / own).min(tiles.saturating_sub(1));
    (tile, row - tile * own)
}

/// The two places of `from` between which place `at` of `to` lies, and how far it is to the second
/// one, as PyTorch's `interpolate` has it (bilinear, `align_corners=False`).
pub fn between(at: usize, to: usize, from: usize) -> (usize, usize, f32) {
    let place = ((at as f32 + 0.5) * (from as f32 / to as f32) - 0.5).max(0.0);
    let low = (place as usize).min(from.saturating_sub(1));
    (low, (low + 1).min(from.saturating_sub(1)), place - low as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_cut_and_rows_end_with_a_newline() {
        // Two tiles side by side of 2×2 tokens, of which the upper half of the rows is padding.
        let x: Vec<f32> = (0..12u8).map(f32::from).collect();
        let joint =
            Joint { view: (2, 2), tiles: (1, 2), overlap: 0, unpadded: (2, 2), kept: (2, 2) };
        let out = join(&x, (12, 1), &joint, Some(&[-1.0]));
        // Columns 1 and 2 of the four stay.
        assert_eq!(out, [0.0, 1.0, 2.0, 3.0, 5.0, 8.0, -1.0, 7.0, 10.0, -1.0]);
    }

    #[test]
    fn of_what_two_tiles_show_each_has_the_nearer_half() {
        // Two tiles of a row of 6 tokens, of which neighbours share 4: 2 of each end are context.
        let x: Vec<f32> = (0..18u8).map(f32::from).collect();
        let grid = (1, 8);
        let joint = Joint { view: (1, 6), tiles: (1, 2), overlap: 4, unpadded: grid, kept: grid };
        let out = join(&x[..], (18, 1), &joint, None);
        let whole = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(out[..6], whole);
        assert_eq!(out[6..], [6.0, 7.0, 8.0, 9.0, 14.0, 15.0, 16.0, 17.0]);
    }

    #[test]
    fn a_grid_is_resized_between_its_neighbours() {
        assert_eq!(between(0, 2, 4), (0, 1, 0.5));
        assert_eq!(between(1, 2, 4), (2, 3, 0.5));
        assert_eq!(between(3, 4, 4), (3, 3, 0.0));
    }
}
