//! From pictures to visual tokens: encoder and bridge on the views of a prompt.

use super::{Seen, component, name_visual, repetition, text};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, Component, NodeId, Role};
use crate::media::clip::ClipSpec;
use crate::ops::Pick;
use crate::spec::{Design, Images, VisualTokens};
use crate::stages::bridge::{Bridge, NotSuited, Target, Visual};
use crate::stages::decoder::Decoder;
use crate::stages::faults::Problem;
use crate::stages::handed::{Handed, handed};
use crate::stages::image::Image;
use crate::stages::joint::{self, OfPicture};
use crate::stages::joint_tiles::Sequences;
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
    /// What is added to them within the LLM, `[B, n_vis, D]` each.
    pub deepstack: Vec<NodeId>,
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
    let mut pictures = pictures(b, design, images)?;
    pictures.extend(clip(b, design)?);
    if pictures.is_empty() {
        let unseen = Image { height: None, width: None, ..design.image.clone() };
        pictures = views::alike(&unseen, Dim::zero(), Dim::one());
    }
    one_table(design, &pictures)?;
    whole_views(b, design, &pictures)?;
    let encoder = component(Component::VisionEncoder, "model.vision_tower");
    let inner = design.deepstack.iter().flat_map(|deepstack| &deepstack.layers);
    let inner: Vec<u64> = inner.map(|layer| layer.get()).collect();
    let mut views = Vec::new();
    for picture in &pictures {
        for view in &picture.views {
            let joint = joint_tiles(b, design, picture, view, batch);
            views.push((picture, view, joint));
        }
    }
    let encoded: Vec<Encoded> = b.scope(encoder.0, encoder.1, |b| {
        each_size(b, &views, |b, (picture, view, joint)| {
            let encodings = batch * (&picture.count * &view.count);
            let seen = (&encodings, joint.as_ref());
            design.towers.build(b, view, &design.image, seen, &inner)
        })
        .into_iter()
        .collect::<Result<_, Problem>>()
        .map_err(|problem| vec![problem])
    })?;
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let width = decoder.asked_width().unwrap_or(&decoder.width).clone();
    let target = Target { width, text: text.clone(), batch: batch.clone() };
    let bridge = component(Component::Bridge, "model.multi_modal_projector");
    let bridging = Bridging { design, pictures: &pictures, images, target, batch };
    let (tokens, deepstack) = b
        .scope(bridge.0, bridge.1, |b| {
            let outer: Vec<&Visual> = encoded.iter().map(|encoded| &encoded.visual).collect();
            let tokens = bridging.wire(b, &design.bridge, &outer)?;
            name_visual(b, tokens.node);
            Ok((bridging.deepstack(b, &encoded, tokens.node)?, tokens))
        })
        .map(|(deepstack, tokens)| (tokens, deepstack))
        .map_err(|problem: NotSuited| vec![problem])?;
    Ok(Vision {
        encoded: Seen::new(b.symbols(), &pictures, &encoded, &tokens.of_views, tokens.of_pictures),
        decoder,
        text,
        bridged: Bridged::Made(tokens.node),
        deepstack,
        of_image: tokens.of_image,
    })
}

/// Bridges on the views of a prompt.
struct Bridging<'a> {
    design: &'a Design,
    pictures: &'a [Picture],
    images: &'a Dim,
    target: Target,
    batch: &'a Dim,
}

/// The visual tokens that a bridge makes of a prompt.
struct Tokens {
    /// The tokens, `[B, n_vis, D]`.
    node: NodeId,
    /// How many it makes of a view, of each size; nothing where it gets no view by itself.
    of_views: Vec<Option<Dim>>,
    of_pictures: Vec<OfPicture>,
    /// Of the last image, the structural ones of its processor among them.
    of_image: Dim,
}

impl Bridging<'_> {
    /// The tokens of all views as the LLM reads them.
    fn wire(&self, b: &mut Builder, bridge: &Bridge, x: &[&Visual]) -> Result<Tokens, NotSuited> {
        let handed = self.handed(b, x);
        let all: Vec<&Handed> = handed.iter().flatten().collect();
        let made =
            each_size(b, &all, |b, from| bridge.stage().build(b, &from.visual, &self.target));
        let made: Vec<NodeId> = made.into_iter().collect::<Result<_, _>>()?;
        let bridged = of_pictures(&handed, &made);
        let to = (self.batch, &self.target.width);
        let joined = joint::build(b, bridge, self.pictures, &bridged, to)?;
        let last = joined.of_pictures.last();
        let written = last.map_or_else(Dim::zero, OfPicture::written);
        let of_views = bridged.iter().zip(self.pictures).flat_map(|(bridged, picture)| {
            let made = bridged.from.iter().zip(bridged.made);
            let made = made.filter(|(from, _)| from.is_view).map(|(_, x)| Some(b.axis(*x, 1)));
            made.chain(std::iter::repeat(None)).take(picture.views.len()).collect::<Vec<_>>()
        });
        let of_views = of_views.collect();
        let (node, of_image) = match self.design.visual {
            VisualTokens::Picked(count) => {
                let of_image = stated(b, count);
                let length = self.images * &of_image;
                (b.push("picked_tokens", Pick { length }, &[joined.node]), of_image)
            }
            VisualTokens::Made | VisualTokens::Said(_) => {
                (joined.node, last.map_or_else(Dim::zero, |last| last.visual.clone()))
            }
        };
        let (of_image, of_pictures) = (of_image + written, joined.of_pictures);
        Ok(Tokens { node, of_views, of_pictures, of_image })
    }

    /// What a bridge gets of each picture.
    fn handed(&self, b: &mut Builder, x: &[&Visual]) -> Vec<Vec<Handed>> {
        let mut left = x;
        let each = self.pictures.iter().map(|picture| {
            let (views, others) = left.split_at(picture.views.len().min(left.len()));
            left = others;
            handed(b, picture, views, self.batch)
        });
        each.collect()
    }

    /// The features of inner layers, each as many tokens as those that they are added to.
    fn deepstack(
        &self,
        b: &mut Builder,
        encoded: &[Encoded],
        tokens: NodeId,
    ) -> Result<Vec<NodeId>, NotSuited> {
        let Some(deepstack) = &self.design.deepstack else { return Ok(Vec::new()) };
        let wire = |at: usize| {
            let (name, module) = (format!("deepstack_{at}"), format!("deepstack.{at}"));
            let inner: Vec<&Visual> =
                encoded.iter().filter_map(|encoded| encoded.inner.get(at)).collect();
            let features = b.scope((&*name, &*module), Role::DeepStack, |b| {
                self.wire(b, &deepstack.bridge, &inner)
            })?;
            // Bridges of two kinds say the side of a block each in a field of its own.
            let count = b.axis(tokens, 1);
            let same = b.same_axis(features.node, tokens, 1);
            match same || b.call_axis(features.node, 1, &count) {
                true => Ok(features.node),
                false => Err(("deepstack.bridge".to_owned(), other_tokens())),
            }
        };
        (0..deepstack.layers.len()).map(wire).collect()
    }
}

/// The tiles of pictures as sequences, where the encoder takes them so.
fn joint_tiles<'d>(
    b: &mut Builder,
    design: &'d Design,
    picture: &Picture,
    view: &View,
    batch: &Dim,
) -> Option<Sequences<'d>> {
    design.encoder().joint_tiles.as_ref()?;
    let of_pictures = (batch * &picture.count, picture.tiles(b, view));
    Sequences::declare(b, design.encoder(), view, &design.image, of_pictures)
}

/// The features of inner layers are as many tokens as those that they are added to.
fn other_tokens() -> Diagnostic {
    let text = "the bridge of `deepstack` makes another number of tokens than `bridge`";
    Diagnostic::error(Code::Mismatch, text).help(
        "each of its tokens is added to a visual token: let both merge patches in the same way",
    )
}

/// The frames of a prompt's clip. What is wrong with the clip or its processor is a problem of the
/// design, and nothing else is said of them.
fn clip(b: &mut Builder, design: &Design) -> Result<Option<Picture>, Vec<Problem>> {
    let Some(Ok(clip)) = design.prompt.video.as_ref().map(ClipSpec::clip) else { return Ok(None) };
    let patch = design.encoder().temporal_patch;
    match (&design.video_processor, &design.processor) {
        (None, Some(_)) => Ok(None),
        (None, None) => Ok(Some(views::clip::as_said(b, &clip, patch))),
        (Some(processor), _) => match processor.rule() {
            Ok(rule) => views::clip::processed(b, rule, &clip, patch).map(Some),
            Err(_) => Ok(None),
        },
    }
}

/// The pictures of a prompt with their views, none of which are frames of a clip.
fn pictures(b: &mut Builder, design: &Design, images: &Dim) -> Result<Vec<Picture>, Vec<Problem>> {
    if design.prompt.video.is_some() && design.prompt.images.count() == 0 {
        return Ok(Vec::new());
    }
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
    let vits = design.towers.all().filter(|tower| tower.staged.is_none());
    let tables = vits.filter_map(|tower| tower.stack.position.table());
    let is_open = tables.into_iter().any(|table| table.rows.is_none() && table.grid.is_none());
    let sizes = pictures.iter().flat_map(|picture| &picture.views).count();
    if !is_open || sizes < 2 && !pictures.iter().any(Picture::has_any_size) {
        return Ok(());
    }
    let text = "the rows of the encoder's position table are not given, and its views may have \
                several sizes";
    let help = "say how many the table has, `position: {learned: {rows: 576}}` (other views \
                interpolate it), or that positions are rotary: `position: rotary`";
    let problem = Diagnostic::error(Code::MissingField, text).help(help);
    Err(vec![("encoder.position".to_owned(), problem)])
}

/// A merge or a convolution within a tower knows no padding.
fn whole_views(b: &mut Builder, design: &Design, pictures: &[Picture]) -> Result<(), Vec<Problem>> {
    let mut towers = design.towers.placed();
    let on_grid = towers.find_map(|(place, tower)| match (&tower.merge, &tower.convolution) {
        (Some(_), _) => Some((place.field("encoder.merge"), "merge")),
        (None, Some(_)) => Some((place.field("encoder.convolution"), "convolution")),
        (None, None) => None,
    });
    let Some((field, name)) = on_grid else { return Ok(()) };
    let mut is_padded = |view: &View| {
        let (height, width) = view.size.sides(b);
        view.padded.is_some() || b.symbols().has_padding(&(height + width))
    };
    let mut views = pictures.iter().flat_map(|picture| &picture.views);
    if !views.any(&mut is_padded) {
        return Ok(());
    }
    let text = format!("`{name}` of a tower works on its grid, and the processor pads views");
    let help = format!("take `{name}` out, or choose a processor that pads none");
    let problem = Diagnostic::error(Code::Mismatch, text).help(help);
    Err(vec![(field.into_owned(), problem)])
}

/// Wires something for each size of view, with the stored tensors of the first one; in a scope of
/// its own where there are several.
fn each_size<T, R>(
    b: &mut Builder,
    all: &[T],
    mut wire: impl FnMut(&mut Builder, &T) -> R,
) -> Vec<R> {
    let mut made = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let name = format!("views_{}", at + 1);
        let mut wired = |b: &mut Builder| match all {
            [_] => wire(b, one),
            _ => b.scope((&*name, ""), Role::Views, |b| wire(b, one)),
        };
        made.push(if at == 0 { wired(b) } else { b.again(wired) });
    }
    made
}

/// What was made of each picture.
fn of_pictures<'e>(handed: &'e [Vec<Handed>], made: &'e [NodeId]) -> Vec<joint::Bridged<'e>> {
    let mut left = made;
    let one = |from: &'e Vec<Handed>| {
        let (made, others) = left.split_at(from.len().min(left.len()));
        left = others;
        joint::Bridged { from, made }
    };
    handed.iter().map(one).collect()
}

/// Visual tokens that are said outright: of image, encoder and bridge there is nothing.
pub fn said<'d>(b: &mut Builder, design: &'d Design, images: &Dim, count: Size) -> Vision<'d> {
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let of_image = stated(b, count);
    let bridged = Bridged::Said(images * &of_image);
    let encoded = Seen::default();
    Vision { encoded, decoder, text, bridged, deepstack: Vec::new(), of_image }
}

/// The visual tokens of an image that are said outright.
fn stated(b: &mut Builder, count: Size) -> Dim {
    b.size("n_img", "visual tokens of an image, as given", "visual_tokens", Some(count)).into()
}
