//! What a bridge gets of the views of a picture: each as it is, or tiles that overlap as one grid.

use super::bridge::Visual;
use super::views::Picture;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Grid, JoinTiles, Reshape, Shape, Slice};

/// Encoder-side tokens of one shape.
#[derive(Clone, Debug)]
pub struct Handed {
    /// The tokens.
    pub visual: Visual,
    /// How many of them a picture has.
    pub count: Dim,
    /// Whether they are the tokens of one view.
    pub is_view: bool,
}

/// What a bridge gets of a picture, of whose views of each size these are the tokens.
///
/// The tokens of tiles that overlap become one grid, in which each patch stands once (Molmo2); those
/// of the view of the whole picture stay by themselves.
pub fn handed(b: &mut Builder, picture: &Picture, views: &[&Visual], batch: &Dim) -> Vec<Handed> {
    let (&[x], Some((tiles, overlap))) = (views, picture.overlap(b)) else {
        let all = picture.views.iter().zip(views);
        let one = |(view, visual): (&super::views::View, &&Visual)| Handed {
            visual: (*visual).clone(),
            count: view.count.clone(),
            is_view: true,
        };
        return all.map(one).collect();
    };
    let side = |tiles: &Dim, own: &Dim| tiles * (own - &overlap) + &overlap;
    let rows = side(&tiles.0, &x.grid.rows);
    let columns = side(&tiles.1, &x.grid.columns);
    let count: Dim = picture.views.iter().map(|view| view.count.clone()).sum();
    let images = batch * &picture.count;
    let tokens = b.axis(x.node, 1);
    let all = &rows * &columns;
    let parts = b.scope(("join_tiles", ""), Role::Merge, |b| {
        let shape = Shape::new([images.clone(), count * &tokens, x.width.clone()]);
        let views = b.push("views", Reshape { shape }, &[x.node]);
        let kept = (rows.clone(), columns.clone());
        let joint = JoinTiles {
            tokens: tokens.clone(),
            view: x.grid.clone(),
            tiles,
            overlap,
            unpadded: kept.clone(),
            kept,
            newline: false,
        };
        let joined = b.push("join", joint, &[views]);
        let whole = b.push("whole", Slice { length: tokens, from_end: false }, &[joined]);
        [whole, b.push("tiles", Slice { length: all, from_end: true }, &[joined])]
    });
    let grid = Grid { rows, columns, patch: x.grid.patch.clone() };
    let part = |(node, grid): (NodeId, Grid)| Handed {
        visual: Visual { node, grid, images: images.clone(), ..x.clone() },
        count: Dim::one(),
        is_view: false,
    };
    parts.into_iter().zip([x.grid.clone(), grid]).map(part).collect()
}
