//! From pictures to visual tokens: encoder and bridge on the views of a prompt.

use super::{component, name_visual, repetition, text};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, Component, NodeId, Role};
use crate::media::Kind;
use crate::ops::Pick;
use crate::spec::{Design, Images, VisualTokens};
use crate::stages::bridge::{Bridge, NotSuited, Target, Visual};
use crate::stages::decoder::Decoder;
use crate::stages::faults::Problem;
use crate::stages::joint;
use crate::stages::options::PositionTable;
use crate::stages::views::{self, Picture, View};
use crate::stages::vision::Encoded;
use crate::units::Size;

/// Counts of what the encoder sees and makes of it; nothing where there is no encoder.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The views, those of one picture and size together.
    pub views: Vec<SeenViews>,
    /// Views of a prompt: how many times the encoder runs for it.
    pub encodings: Dim,
    /// Patches.
    pub patches: Dim,
    /// Encoder-side tokens, class and register tokens included.
    pub encoder: Dim,
    /// Width of an encoder-side token.
    pub encoder_width: Dim,
}

/// Views of one size.
#[derive(Clone, Debug)]
pub struct SeenViews {
    /// Pictures of a prompt that have them.
    pub pictures: Dim,
    /// Height and width of the picture on disk in pixels, where a processor resizes it.
    pub disk: Option<(Dim, Dim)>,
    /// Views of a picture.
    pub count: Dim,
    /// Height and width of a view in pixels.
    pub image: (Dim, Dim),
    /// Rows and columns of its patches.
    pub grid: (Dim, Dim),
    /// Its patches.
    pub patches: Dim,
    /// Its encoder-side tokens.
    pub encoder: Dim,
    /// The tokens that the bridge makes of it.
    pub visual: Dim,
}

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
    /// Structural tokens that the processor writes, by kind.
    pub structural_kinds: Vec<(Kind, Dim)>,
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
    let inner = design.deepstack.iter().flat_map(|deepstack| &deepstack.layers);
    let inner: Vec<u64> = inner.map(|layer| layer.get()).collect();
    let encoded = b.scope(encoder.0, encoder.1, |b| {
        each_size(b, &pictures, |b, picture, view| {
            let encodings = batch * (&picture.count * &view.count);
            design.encoder.build(b, &view.size, &design.image, &encodings, &inner)
        })
    });
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let target = Target { width: decoder.width.clone(), text: text.clone() };
    let bridge = component(Component::Bridge, "model.multi_modal_projector");
    let views = Bridging { design, pictures: &pictures, encoded: &encoded, target, batch, images };
    let (bridged, deepstack) = b
        .scope(bridge.0, bridge.1, |b| {
            let bridged = views.tokens(b, &design.bridge, |encoded| Some(&encoded.visual))?;
            let deepstack = views.deepstack(b, bridged.joined.node)?;
            Ok((bridged, deepstack))
        })
        .map_err(|(path, diagnostic): (&str, Diagnostic)| vec![(path.to_owned(), diagnostic)])?;
    let OfPrompt { joined, made, of_image } = bridged;
    name_visual(b, joined.node);
    Ok(Vision {
        encoded: Seen::new(&pictures, &encoded, &made),
        decoder,
        text,
        bridged: Bridged::Made(joined.node),
        deepstack,
        of_image,
        structural_kinds: joined.structural,
    })
}

/// What bridges read and make of the views of a prompt.
struct Bridging<'a> {
    design: &'a Design,
    pictures: &'a [Picture],
    encoded: &'a [Encoded],
    target: Target,
    batch: &'a Dim,
    images: &'a Dim,
}

/// The tokens that a bridge makes of a prompt.
struct OfPrompt {
    joined: joint::Joined,
    /// Tokens of a view, of each size.
    made: Vec<Dim>,
    /// Tokens of the last picture.
    of_image: Dim,
}

impl Bridging<'_> {
    /// A bridge on the views of all sizes, and its tokens as the LLM reads them, `[B, n_vis, D]`.
    fn tokens(
        &self,
        b: &mut Builder,
        bridge: &Bridge,
        read: impl Fn(&Encoded) -> Option<&Visual>,
    ) -> Result<OfPrompt, NotSuited> {
        let mut all = self.encoded.iter();
        let bridged = each_size(b, self.pictures, |b, _, _| {
            let x = all.next().and_then(&read);
            x.map(|x| bridge.stage().build(b, x, &self.target)).transpose()
        });
        let bridged: Vec<NodeId> =
            bridged.into_iter().filter_map(Result::transpose).collect::<Result<_, _>>()?;
        let bridged = of_pictures(self.pictures, self.encoded, &bridged);
        let sizes = (self.batch, &self.target.width);
        let mut joined = joint::build(b, bridge, self.pictures, &bridged, sizes);
        let (mut of_image, written) = joined.of_pictures.last().cloned().unwrap_or_default();
        let made = bridged.iter().flat_map(|one| &one.made).map(|x| b.axis(*x, 1)).collect();
        if let VisualTokens::Picked(count) = self.design.visual {
            of_image = stated(b, count);
            let length = self.images * &of_image;
            joined.node = b.push("picked_tokens", Pick { length }, &[joined.node]);
        }
        Ok(OfPrompt { joined, made, of_image: of_image + written })
    }

    /// The features of inner layers, each through a bridge of its own: as many tokens as those that
    /// they are added to.
    fn deepstack(&self, b: &mut Builder, visual: NodeId) -> Result<Vec<NodeId>, NotSuited> {
        let Some(deepstack) = &self.design.deepstack else { return Ok(Vec::new()) };
        let layers = 0..deepstack.layers.len();
        let each = layers.map(|at| {
            let (name, module) = (format!("deepstack_{at}"), format!("deepstack.{at}"));
            let bridged = b.scope((&*name, &*module), Role::DeepStack, |b| {
                self.tokens(b, &deepstack.bridge, |encoded| encoded.inner.get(at))
            })?;
            let features = bridged.joined.node;
            if b.same_axis(features, visual, 1) {
                Ok(features)
            } else {
                Err(("deepstack.bridge", other_tokens()))
            }
        });
        each.collect()
    }
}

/// The features of inner layers are as many tokens as those that they are added to.
fn other_tokens() -> Diagnostic {
    let text = "the bridge of `deepstack` makes another number of tokens than `bridge`";
    let help =
        "each of its tokens is added to a visual token: let both merge patches in the same way";
    Diagnostic::error(Code::Mismatch, text).help(help)
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
    let is_open = design.encoder.stack.position.table() == Some(PositionTable { rows: None });
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

impl Seen {
    /// The counts of all pictures, of whose views the bridge makes so many tokens each.
    fn new(pictures: &[Picture], encoded: &[Encoded], made: &[Dim]) -> Seen {
        let all = pictures
            .iter()
            .flat_map(|picture| picture.views.iter().map(move |view| (picture, view)));
        let mut seen = Seen::default();
        for (((picture, view), encoded), made) in all.zip(encoded).zip(made) {
            let encodings = &picture.count * &view.count;
            let grid = &encoded.visual.grid;
            seen.patches += &encodings * &encoded.patches;
            seen.encoder += &encodings * &encoded.tokens;
            seen.encodings += encodings;
            seen.encoder_width = encoded.visual.width.clone();
            seen.views.push(SeenViews {
                pictures: picture.count.clone(),
                disk: picture.disk.clone(),
                count: view.count.clone(),
                image: encoded.image.clone(),
                grid: (grid.rows.clone(), grid.columns.clone()),
                patches: encoded.patches.clone(),
                encoder: encoded.tokens.clone(),
                visual: made.clone(),
            });
        }
        seen
    }
}

/// Visual tokens that are said outright: of image, encoder and bridge there is nothing.
pub fn said<'d>(b: &mut Builder, design: &'d Design, images: &Dim, count: Size) -> Vision<'d> {
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let of_image = stated(b, count);
    let bridged = Bridged::Said(images * &of_image);
    Vision {
        encoded: Seen::default(),
        decoder,
        text,
        bridged,
        deepstack: Vec::new(),
        of_image,
        structural_kinds: Vec::new(),
    }
}

/// The visual tokens of an image that are said outright.
fn stated(b: &mut Builder, count: Size) -> Dim {
    b.size("n_img", "visual tokens of an image, as given", "visual_tokens", Some(count)).into()
}
