//! What a reference adds to the views before its encoder runs on them.

use super::{View, ViewSize};
use crate::dim::Dim;
use crate::graph::Builder;
use crate::media::Padding;

/// What a function of views says of their padding, after their sizes.
pub const PADDED: [&str; 4] = ["padded_views", "padded_patches", "padded_height", "padded_width"];

/// Puts a padding where a function says it; 0 where nothing is padded.
pub fn say(padding: Padding, outputs: &mut [i128]) {
    let said = match padding {
        Padding::None => [0; 4],
        Padding::Views(views) => [views, 0, 0, 0],
        Padding::Patches(patches) => [0, patches, 0, 0],
        Padding::Pixels(size) => [0, 0, size.height, size.width],
    };
    for (to, said) in outputs.iter_mut().zip(said) {
        *to = said.into();
    }
}

/// Views of one size as the encoder sees them, of which a function says what they are padded to.
pub fn padded(b: &mut Builder, view: View, kind: Padding, outputs: &[Dim]) -> View {
    let to = |at: usize| outputs.get(at).cloned().unwrap_or_default();
    match kind {
        Padding::None => view,
        Padding::Views(_) => {
            let count = b.padded("t_p", "views of a picture, empty ones too", to(0), &view.count);
            if let Some(sym) = count.symbols().next() {
                b.symbols().count(sym);
            }
            View { count, ..view }
        }
        Padding::Patches(_) => View { padded: Some(to(1)), ..view },
        Padding::Pixels(_) => {
            let size = match view.size {
                ViewSize::Made([height, width], field) => {
                    let height =
                        b.padded("H_p", "height of a view in pixels, padded", to(2), &height);
                    let width = b.padded("W_p", "width of a view in pixels, padded", to(3), &width);
                    ViewSize::Made([height, width], field)
                }
                said @ ViewSize::Said(..) => said,
            };
            View { size, ..view }
        }
    }
}
