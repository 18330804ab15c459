//! The views of a prompt's pictures: what the encoder runs on.

pub mod clip;
mod padding;
mod processed;

pub use clip::Frames;
use padding::PADDED;
pub use processed::{Grids, processed};

use std::sync::Arc;

use super::image::Image;
use crate::dim::{Dim, Field, Function};
use crate::graph::Builder;
use crate::media::{Padding, View as Sized};
use crate::units::{ImageSize, Size};

/// Pictures of a prompt that are alike.
#[derive(Debug)]
pub struct Picture {
    /// How many of them a prompt has.
    pub count: Dim,
    /// Height and width on disk in pixels, where a processor resizes them.
    pub disk: Option<(Dim, Dim)>,
    /// The views of each.
    pub views: Vec<View>,
    source: Source,
}

/// What makes the views of a picture.
#[derive(Debug)]
enum Source {
    /// Nothing: the spec says them.
    Said,
    /// A rule.
    Rule(processed::Processed),
    /// A video processor.
    Clip(clip::Processed),
}

/// Views of a picture that have one size.
#[derive(Debug)]
pub struct View {
    /// Height and width.
    pub size: ViewSize,
    /// How many of them a picture has.
    pub count: Dim,
    /// Patches to which the reference pads those of each, if it does so.
    pub padded: Option<Dim>,
}

impl Picture {
    /// The clip whose frames these are, where a video processor makes them.
    pub fn clip(&self) -> Option<&clip::Processed> {
        match &self.source {
            Source::Clip(clip) => Some(clip),
            Source::Said | Source::Rule(_) => None,
        }
    }

    /// The rule that makes the views, where a processor of pictures does.
    fn processed(&self) -> Option<&processed::Processed> {
        match &self.source {
            Source::Rule(processed) => Some(processed),
            Source::Said | Source::Clip(_) => None,
        }
    }
}

/// Height and width of a view in pixels.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a plan has a few, which are not kept")]
pub enum ViewSize {
    /// The spec says them; a side that it does not say stays a symbol.
    Said(Option<Size>, Option<Size>),
    /// They follow from what this field says.
    Made([Dim; 2], Field),
}

impl ViewSize {
    /// Both sides, declared where the spec says them.
    pub fn sides(&self, b: &mut Builder) -> (Dim, Dim) {
        match self {
            ViewSize::Said(height, width) => (
                b.size("H", "image height in pixels", "image.height", *height).into(),
                b.size("W", "image width in pixels", "image.width", *width).into(),
            ),
            ViewSize::Made([height, width], _) => (height.clone(), width.clone()),
        }
    }

    /// The fields that say height and width.
    pub fn fields(&self) -> [Field; 2] {
        match self {
            ViewSize::Said(..) => ["image.height".into(), "image.width".into()],
            ViewSize::Made(_, field) => [field.clone(), field.clone()],
        }
    }
}

/// The sizes of views of one picture, at most.
const MOST_SIZES: usize = 4;

/// Outputs of a function of views that are about their sizes.
const SIZES: usize = 3 * MOST_SIZES;

/// What a function of views says of each size, and of what all are padded to.
const VIEWS: [&str; SIZES + PADDED.len()] = [
    "views", "height", "width", "views_2", "height_2", "width_2", "views_3", "height_3", "width_3",
    "views_4", "height_4", "width_4", PADDED[0], PADDED[1], PADDED[2], PADDED[3],
];

/// The pictures of a prompt without a processor: so many alike as `image` says.
pub fn alike(image: &Image, count: Dim, tiles: Dim) -> Vec<Picture> {
    let size = ViewSize::Said(image.height, image.width);
    vec![Picture {
        count,
        disk: None,
        views: vec![View { size, count: tiles, padded: None }],
        source: Source::Said,
    }]
}

/// The pictures of a prompt without a processor, as its list of sizes says.
pub fn of_sizes(b: &mut Builder, sizes: &[(ImageSize, u64)], tiles: &Dim) -> Vec<Picture> {
    let each = sizes.iter().enumerate().map(|(at, (size, count))| {
        let meaning = ["image height in pixels", "image width in pixels"];
        let (height, width) = sides(b, ["H", "W"], meaning, at, *size);
        let views = vec![View {
            size: ViewSize::Made([height, width], "prompt.images".into()),
            count: tiles.clone(),
            padded: None,
        }];
        Picture { count: Dim::from(i128::from(*count)), disk: None, views, source: Source::Said }
    });
    each.collect()
}

/// The sides of an image of a prompt's list as symbols.
fn sides(
    b: &mut Builder,
    names: [&str; 2],
    meanings: [&str; 2],
    at: usize,
    ImageSize { height, width }: ImageSize,
) -> (Dim, Dim) {
    let numbered = |name: &str| match at {
        0 => name.to_owned(),
        at => format!("{name}_{}", at + 1),
    };
    let [high, wide] = names.map(numbered);
    (
        b.size(&high, meanings[0], "prompt.images", Some(height)).into(),
        b.size(&wide, meanings[1], "prompt.images", Some(width)).into(),
    )
}

/// Views of equal size together.
fn by_size(views: &[Sized]) -> Vec<Sized> {
    let mut merged: Vec<Sized> = Vec::new();
    for view in views.iter().filter(|view| view.count > 0) {
        match merged.iter_mut().find(|known| known.size == view.size) {
            Some(known) => known.count += view.count,
            None => merged.push(*view),
        }
    }
    merged
}

/// Views of at most so many sizes, as a function of what is on disk says them, whose settings
/// stand in a field.
fn written(
    b: &mut Builder,
    function: &Arc<Function>,
    inputs: &[Dim],
    most: usize,
    padding: Padding,
    (meaning, by): (&str, &'static str),
) -> Vec<View> {
    let outputs = b.symbols().call(function, inputs);
    let (sizes, padded) = outputs.split_at(SIZES.min(outputs.len()));
    let mut views = Vec::new();
    for of_size in sizes.chunks_exact(3).take(most) {
        let [count, height, width] = of_size else { continue };
        if !views.is_empty() && b.is(count, 0) {
            break;
        }
        let height = b.named("H", "height of a view in pixels", height.clone()).into();
        let width = b.named("W", "width of a view in pixels", width.clone()).into();
        let count = repeated(b, count, meaning);
        let view = View { size: ViewSize::Made([height, width], by.into()), count, padded: None };
        views.push(padding::padded(b, view, padding, padded));
    }
    views
}

/// A number of views, which formulas mention only if it is not one.
fn repeated(b: &mut Builder, count: &Dim, meaning: &str) -> Dim {
    if b.is(count, 1) {
        return Dim::one();
    }
    let sym = b.named("t", meaning, count.clone());
    b.symbols().count(sym);
    sym.into()
}

/// Puts views by size, and what they are padded to, where a function says them.
fn say(sizes: &[Sized], padding: Padding, outputs: &mut [i128]) -> Result<(), &'static str> {
    let sizes = by_size(sizes);
    if sizes.len() > MOST_SIZES {
        return Err("the views have more than 4 sizes");
    }
    outputs.fill(0);
    padding::say(padding, &mut outputs[SIZES..]);
    for (to, Sized { count, size }) in outputs.chunks_exact_mut(3).zip(sizes) {
        to.copy_from_slice(&[count, size.height, size.width].map(i128::from));
    }
    Ok(())
}
