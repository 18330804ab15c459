//! A tower's learned table of positions, and what it does on a grid that it was not made for.

use super::encoder::Encoder;
use super::options::{Position, PositionTable, TableStorage};
use super::tower::Place;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Same};
use crate::ops::{AddTable, Grid, Shape, TableRows};

/// Adds a table of positions to patches and perhaps a class token, `[B, N, D]`: with a row for each,
/// unless it says otherwise.
pub fn build(
    b: &mut Builder,
    x: NodeId,
    (place, encoder): (Place, &Encoder),
    table: PositionTable,
    (grid, width): (&Grid, &Dim),
) -> NodeId {
    let tokens = b.axis(x, 1);
    let made_for = sides(b, place, encoder, table);
    let rows = match (&made_for, table.rows) {
        (Some((rows, columns)), _) => {
            let with_class = encoder.class_token && encoder.class_position;
            rows * columns + Dim::from(i128::from(with_class))
        }
        (None, Some(_)) => {
            let meaning = "rows of the encoder's position table";
            let field = place.field(fields(encoder)[0]);
            b.size(&place.symbol("R_v"), meaning, field, table.rows).into()
        }
        (None, None) => tokens.clone(),
    };
    if table.fixed {
        let mut same = |made: &Dim, reserved: &Dim, names| {
            b.require(Same {
                made: made.clone(),
                reserved: reserved.clone(),
                names,
                field: place.field("encoder.position"),
                help: "give an image of the size that the table was made for, or take `fixed` out: \
                       other images then interpolate the table",
            });
        };
        match &made_for {
            Some((rows, columns)) => {
                same(&grid.rows, rows, ("rows of patches", "rows of the position table's grid"));
                let names = ("columns of patches", "columns of the position table's grid");
                same(&grid.columns, columns, names);
            }
            None => {
                let names = ("tokens with a position", "rows of the encoder's position table");
                same(&tokens, &rows, names);
            }
        }
    }
    let (rows_of, columns_of) = made_for.unwrap_or((grid.rows.clone(), grid.columns.clone()));
    let one = Dim::one();
    let name = ("position", "embeddings.position_embedding");
    if table.by_axis {
        let table = Shape::new([Dim::from(2), rows, width.clone()]);
        let rows = TableRows::ByAxis(Box::new(grid.clone()));
        return b.push(name, AddTable { table, rows }, &[x]);
    }
    let stored = match encoder.table_storage {
        TableStorage::Flat => Shape::new([rows, width.clone()]),
        TableStorage::Batched | TableStorage::BatchedTable => {
            Shape::new([one, rows, width.clone()])
        }
        TableStorage::Grid => Shape::new([one, rows_of, columns_of, width.clone()]),
        TableStorage::Plane => Shape::new([rows_of, columns_of, width.clone()]),
    };
    b.push(name, AddTable { table: stored, rows: TableRows::Fitted }, &[x])
}

/// Rows and columns of the grid that a table was made for, if it says them.
pub fn sides(
    b: &mut Builder,
    place: Place,
    encoder: &Encoder,
    table: PositionTable,
) -> Option<(Dim, Dim)> {
    let grid = table.grid?;
    let mut side = |name: &str, meaning: &str, side| -> Dim {
        b.size(&place.symbol(name), meaning, place.field(fields(encoder)[1]), Some(side)).into()
    };
    let rows = side("r_t", "rows of the position table's grid", grid.height);
    Some((rows, side("c_t", "columns of the position table's grid", grid.width)))
}

/// The fields of a table's rows and of its grid.
fn fields(encoder: &Encoder) -> [&'static str; 2] {
    match encoder.stack.position {
        Position::LearnedAndRotary(_) => {
            ["encoder.position.learned-and-rotary.rows", "encoder.position.learned-and-rotary.grid"]
        }
        _ => ["encoder.position.learned.rows", "encoder.position.learned.grid"],
    }
}
