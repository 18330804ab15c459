//! What a tower sees: the pixels of a view, or what the tower before it made of them.

use super::bridge::Visual;
use super::image::Image;
use super::tower::Place;
use super::views::{View, ViewSize};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Same};
use crate::ops::Grid;
use crate::units::{ImageSize, Size};

/// What a tower sees of views of one size.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The views.
    pub view: &'a View,
    /// What is said of the image.
    pub image: &'a Image,
    /// What the tower before it made, where it reads that in place of pixels.
    pub before: Option<&'a Visual>,
}

/// Tokens that enter a tower as those of patches do.
pub struct Entering {
    /// The tokens, `[B·images, N, D]`.
    pub node: NodeId,
    /// Their grid.
    pub grid: Grid,
    /// N without padding.
    pub count: Dim,
    /// N, where patches are padded.
    pub padded: Option<Dim>,
}

/// A view in the size that a tower sees.
pub fn resized(b: &mut Builder, place: Place, view: &View, size: ImageSize) -> View {
    let field = place.field("encoder.image");
    let mut side = |name: &str, what: &str, side: Size| -> Dim {
        let meaning = format!("image {what} in pixels that {} sees", place.in_words());
        b.size(&place.symbol(name), &meaning, field.clone(), Some(side)).into()
    };
    let sides = [side("H", "height", size.height), side("W", "width", size.width)];
    View { size: ViewSize::Made(sides, field), count: view.count.clone(), padded: None }
}

/// The tokens of the tower before, which are as wide as those of this one.
pub fn taken(b: &mut Builder, place: Place, before: &Visual, width: &Dim) -> Entering {
    let Visual { node, grid, .. } = before.clone();
    if !b.call_axis(node, 2, width) {
        b.require(Same {
            made: before.width.clone(),
            reserved: width.clone(),
            names: ("values of a token of the tower before", "values of a token of this one"),
            field: place.field("encoder.width"),
            help: "a tower behind another reads its tokens as they are: let it end as wide, with a \
                   `neck`",
        });
        b.assume_axis(node, 2, width);
    }
    b.name_axis(node, 1, &place.symbol("N"), "tokens of the tower before, of one image");
    Entering { node, grid, count: b.axis(node, 1), padded: None }
}
