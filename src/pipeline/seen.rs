//! From pictures to visual tokens: encoder and bridge on the views of a prompt.

use super::{Seen, component, name_visual, repetition, text};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, Component, NodeId, Role};
use crate::ops::Pick;
use crate::spec::{Design, Images, VisualTokens};
use crate::stages::bridge::Target;
use crate::stages::decoder::Decoder;
use crate::stages::faults::Problem;
use crate::stages::joint::{self, OfPicture};
use crate::stages::options::{Position, PositionTable};
use crate::stages::views::{self, Picture, View};
use crate::stages::vision::Encoded;
use crate::units::Size;

/// The visual tokens of a prompt.
pub enum Bridged {
    /// What a bridge makes, `[B, n_vis, D]`.
    Made(NodeId),
    /// So many, from nowhere.
    Said(Dim),
}

/// The visual tokens of a prompt, and what is declared on the way to them.
pub struct Vision<'d> {
    /// Counts of what the encoder sees.
    pub encoded: Seen,
    /// The LLM.
    pub decoder: Decoder<'d>,
    /// Text tokens.
    pub text: Dim,
    /// The visual tokens.
    pub bridged: Bridged,
    /// Visual tokens of one image, the last one.
    pub of_image: Dim,
}

/// Images, encoded and bridged.
pub fn seen<'d>(
    b: &mut Builder,
    design: &'d Design,
    batch: &Dim,
    images: &Dim,
) -> Result<Vision<'d>, Vec<Problem>> {
    let pictures = pictures(b, design, images)?;
    one_table(design, &pictures)?;
    let encoder = component(Component::VisionEncoder, "model.vision_tower");
    let encoded = b.scope(encoder.0, encoder.1, |b| {
        each_size(b, &pictures, |b, picture, view| {
            let encodings = batch * (&picture.count * &view.count);
            design.encoder.build(b, &view.size, &design.image, &encodings)
        })
    });
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let target = Target { width: decoder.width.clone(), text: text.clone() };
    let bridge = component(Component::Bridge, "model.multi_modal_projector");
    let (joined, tokens, of_image) = b
        .scope(bridge.0, bridge.1, |b| {
            let mut all = encoded.iter();
            let bridged = each_size(b, &pictures, |b, _, _| {
                let x = all.next().map(|encoded| &encoded.visual);
                x.map(|x| design.bridge.stage().build(b, x, &target)).transpose()
            });
            let bridged: Vec<NodeId> =
                bridged.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
            let bridged = of_pictures(&pictures, &encoded, &bridged);
            let sizes = (batch, &decoder.width);
            let mut joined = joint::build(b, &design.bridge, &pictures, &bridged, sizes);
            let last = joined.of_pictures.last();
            let mut of_image = last.map_or_else(Dim::zero, |last| last.visual.clone());
            let written = last.map_or_else(Dim::zero, OfPicture::written);
            let made: Vec<Dim> =
                bridged.iter().flat_map(|one| &one.made).map(|x| b.axis(*x, 1)).collect();
            if let VisualTokens::Picked(count) = design.visual {
                of_image = stated(b, count);
                let length = images * &of_image;
                joined.node = b.push("picked_tokens", Pick { length }, &[joined.node]);
            }
            Ok((joined, made, of_image + written))
        })
        .map_err(|(path, diagnostic): (&str, Diagnostic)| vec![(path.to_owned(), diagnostic)])?;
    name_visual(b, joined.node);
    Ok(Vision {
        encoded: Seen::new(&pictures, &encoded, &tokens, joined.of_pictures),
        decoder,
        text,
        bridged: Bridged::Made(joined.node),
        of_image,
    })
}

/// The pictures of a prompt with their views.
fn pictures(b: &mut Builder, design: &Design, images: &Dim) -> Result<Vec<Picture>, Vec<Problem>> {
    let sizes = design.prompt.images.distinct();
    // What is wrong with its settings is a problem of the design.
    let rule = design.processor.as_ref().and_then(|processor| processor.rule().ok());
    if let (Some(rule), Some(processor)) = (rule, &design.processor) {
        let settings = format!("{processor:?}");
        let alike = (images, design.prompt.images.count());
        return views::processed(b, (&rule.into(), &settings), &design.image, alike, &sizes);
    }
    let tiles = ("t", "tiles of an image");
    let tiles = repetition(b, tiles, "image.tiles", design.image.tiles);
    Ok(match design.prompt.images {
        Images::Alike(_) => views::alike(&design.image, images.clone(), tiles),
        Images::Sizes(_) => views::of_sizes(b, &sizes, &tiles),
    })
}

/// A learned table of positions that is as long as a view has tokens is none where views have
/// several sizes.
fn one_table(design: &Design, pictures: &[Picture]) -> Result<(), Vec<Problem>> {
    let is_open = design.encoder.stack.position == Position::Learned(PositionTable { rows: None });
    let sizes = pictures.iter().flat_map(|picture| &picture.views).count();
    if !is_open || sizes < 2 && !pictures.iter().any(Picture::has_any_size) {
        return Ok(());
    }
    let text = "the encoder sees views of several sizes, but the rows of its position table are not \
                given";
    let help = "say how many the table has, `position: {learned: {rows: 576}}` (other views \
                interpolate it), or that positions are rotary: `position: rotary`";
    let problem = Diagnostic::error(Code::MissingField, text).help(help);
    Err(vec![("encoder.position".to_owned(), problem)])
}

/// Wires something for each size of view, with the stored tensors of the first one; in a scope of
/// its own where there are several.
fn each_size<R>(
    b: &mut Builder,
    pictures: &[Picture],
    mut wire: impl FnMut(&mut Builder, &Picture, &View) -> R,
) -> Vec<R> {
    let all =
        pictures.iter().flat_map(|picture| picture.views.iter().map(move |view| (picture, view)));
    let all: Vec<(&Picture, &View)> = all.collect();
    let is_alone = all.len() == 1;
    let mut made = Vec::new();
    for (at, (picture, view)) in all.into_iter().enumerate() {
        let name = format!("views_{}", at + 1);
        let mut wired = |b: &mut Builder| match is_alone {
            true => wire(b, picture, view),
            false => b.scope((&*name, ""), Role::Views, |b| wire(b, picture, view)),
        };
        made.push(if at == 0 { wired(b) } else { b.again(wired) });
    }
    made
}

/// What was made of each size of view, by picture.
fn of_pictures<'e>(
    pictures: &[Picture],
    encoded: &'e [Encoded],
    bridged: &[NodeId],
) -> Vec<joint::Bridged<'e>> {
    let mut encoded = encoded.iter();
    let mut bridged = bridged.iter();
    let one = |picture: &Picture| {
        let sizes = picture.views.len();
        joint::Bridged {
            from: encoded.by_ref().take(sizes).map(|encoded| &encoded.visual).collect(),
            made: bridged.by_ref().take(sizes).copied().collect(),
        }
    };
    pictures.iter().map(one).collect()
}

/// Visual tokens that are said outright: of image, encoder and bridge there is nothing.
pub fn said<'d>(b: &mut Builder, design: &'d Design, images: &Dim, count: Size) -> Vision<'d> {
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let of_image = stated(b, count);
    let bridged = Bridged::Said(images * &of_image);
    Vision { encoded: Seen::default(), decoder, text, bridged, of_image }
}

/// The visual tokens of an image that are said outright.
fn stated(b: &mut Builder, count: Size) -> Dim {
    b.size("n_img", "visual tokens of an image, as given", "visual_tokens", Some(count)).into()
}
