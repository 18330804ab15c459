//! From pixels to encoder-side tokens: patches, class and register tokens, positions.

use super::block::norm;
use super::encoder::{Encoder, End};
use super::image::{Image, Remainder};
use super::joint_tiles::Sequences;
use super::options::TableStorage;
use super::position_table;
use super::sight::{self, Entering, Sight};
use super::tower::Place;
use super::views::View;
use crate::dim::{Dim, Field, Symbols};
use crate::graph::{Builder, Multiple, NodeId, Role};
use crate::ops::{Concat, Grid, Input, Learned, PatchConv, Shape, Slice, Valid};

/// Encoder-side tokens with the grid that they came from.
#[derive(Clone, Debug)]
pub struct Patches {
    /// Height and width of the image in pixels.
    pub image: (Dim, Dim),
    /// The tokens, `[B·images, N + prefix, D]`.
    pub node: NodeId,
    /// The grid of patches.
    pub grid: Grid,
    /// N, the number of patches.
    pub count: Dim,
    /// Tokens before the first patch.
    pub before: Dim,
    /// Patches after padding, where the reference pads their number.
    pub padded: Option<Dim>,
    /// Which tokens are no padding, where the reference pads patches or pictures.
    pub valid: Option<Valid>,
    /// A mask that the reference makes of it as a tensor.
    pub mask: Option<NodeId>,
}

impl Patches {
    /// Of so many tokens those that stay when the padding of patches is dropped.
    pub fn kept(&self, symbols: &Symbols, tokens: &Dim) -> Dim {
        match &self.padded {
            Some(padded) => symbols.expand(tokens) - padded + &self.count,
            None => tokens.clone(),
        }
    }

    /// The tokens without the padding of patches.
    pub fn unpadded(&self, b: &mut Builder, name: &str, x: NodeId) -> NodeId {
        let (Some(_), Some(valid)) = (&self.padded, &self.valid) else { return x };
        b.scope(name, Role::Unpadded, |b| {
            let part = |length: &Dim, from_end| Slice { length: length.clone(), from_end };
            let first = b.push("valid", part(&(&valid.before + &valid.tokens), false), &[x]);
            if valid.after.is_zero() {
                return first;
            }
            let last = b.push("after", part(&valid.after, true), &[x]);
            b.push("concat", Concat, &[first, last])
        })
    }
}

/// Wires the patch embedding of views of one size: `[B·views, C, H, W] → [B·views, N + prefix, D]`, or
/// what stands in its place behind another tower.
pub fn build(
    b: &mut Builder,
    place: Place,
    sight: Sight<'_>,
    encoder: &Encoder,
    (images, width): (&Dim, &Dim),
    joint: Option<&Sequences<'_>>,
) -> Patches {
    let size = sight.view.size.sides(b);
    let entering = match sight.before {
        None => cut(b, place, sight, encoder, (images, width)),
        Some(before) => sight::taken(b, place, before, width),
    };
    let Entering { node: patches, grid, count, padded } = entering;
    let patches = match joint {
        Some(joint) => joint.placed(b, "pre_tile_positional_embedding", patches, width),
        None => patches,
    };
    let prefix = Prefix::wire(b, place, encoder, images, width);
    let table = encoder.stack.position.table().filter(|_| encoder.staged.is_none());
    let mut x = match (table, joint) {
        (Some(_), Some(joint)) => {
            let x = prefix.join(b, patches);
            joint.with_positions(b, x, width)
        }
        (Some(table), None) => {
            prefix.join_with_positions(b, patches, encoder.class_position, |b, x| {
                position_table::build(b, x, (place, encoder), table, (&grid, width))
            })
        }
        (None, _) => prefix.join(b, patches),
    };
    if encoder.mask_token {
        b.idle(("masked", ""), Role::Learned, x, |b, x| {
            let rows = Dim::one();
            let weight = Shape::new([rows.clone(), width.clone()]);
            let (batch, width) = (Dim::one(), width.clone());
            let name = ("mask_token", "embeddings.mask_token");
            b.push(name, Learned { weight, batch, rows, width }, &[]);
            x
        });
    }
    if encoder.pre_norm {
        x = norm(b, ("pre_norm", "pre_layrnorm"), x, encoder.stack.norm, width);
    }
    if let Some(joint) = joint {
        let (valid, mask) = joint.seen(b);
        let node = joint.joined(b, x);
        let (before, padded) = (Dim::zero(), None);
        let (valid, mask) = (Some(valid), Some(mask));
        return Patches { image: size, node, grid, count, before, padded, valid, mask };
    }
    let before = match prefix.at {
        Some(End::Start) => b.axis(x, 1) - &count,
        Some(End::End) | None => Dim::zero(),
    };
    let beside = b.axis(x, 1) - padded.as_ref().unwrap_or(&count);
    let valid = valid(b, &grid, (&count, padded.as_ref()), (&before, &(beside - &before)));
    Patches { image: size, node: x, grid, count, before, padded, valid, mask: None }
}

/// A token of each patch of views: `[B·views, C, H, W] → [B·views, N, D]`.
fn cut(
    b: &mut Builder,
    place: Place,
    sight: Sight<'_>,
    encoder: &Encoder,
    (images, width): (&Dim, &Dim),
) -> Entering {
    let Sight { view, image, .. } = sight;
    let (height, image_width) = view.size.sides(b);
    let channels: Dim =
        b.size("C", "image channels", "image.channels", Some(image.channels)).into();
    let grid = grid(b, place, view, image, encoder);
    let frames: Option<Dim> = encoder.temporal_patch.map(|frames| {
        let field = place.field("encoder.temporal_patch");
        b.size(&place.symbol("t_p"), "frames of a patch", field, Some(frames)).into()
    });
    let pixels = match &frames {
        None => Shape::new([images.clone(), channels.clone(), height, image_width]),
        Some(frames) => {
            Shape::new([images.clone(), channels.clone(), frames.clone(), height, image_width])
        }
    };
    let pixels = b.push("pixels", Input { shape: pixels }, &[]);
    let padded = padded(b, place, view.padded.as_ref(), &grid);
    let window = encoder.window().map(|side| {
        let field = place.field("encoder.stages");
        let meaning = "side of the square of pixels around a patch";
        b.size(&place.symbol("k_v"), meaning, field, Some(side)).into()
    });
    let conv = PatchConv {
        channels,
        frames,
        patch: grid.patch.clone(),
        window,
        storage: encoder.patch_storage,
        width: width.clone(),
        grid: grid.clone(),
        padded: padded.clone(),
        bias: encoder.patch_bias,
    };
    let node = b.push(("patch_conv", "embeddings.patch_embedding"), conv, &[pixels]);
    if padded.is_none() {
        b.name_axis(node, 1, &place.symbol(PATCHES.0), PATCHES.1);
    }
    let count = match &padded {
        None => b.axis(node, 1),
        Some(padded) => b.symbols().needed(padded),
    };
    Entering { node, grid, count, padded }
}

/// The grid of patches of a view.
pub fn grid(b: &mut Builder, place: Place, view: &View, image: &Image, encoder: &Encoder) -> Grid {
    let (height, width) = view.size.sides(b);
    let field = place.field("encoder.patch");
    let patch: Dim =
        b.size(&place.symbol("P"), "patch side in pixels", field, encoder.patch).into();
    let [of_height, of_width] = view.size.fields();
    if encoder.window().is_some() {
        // Squares around patches have their middle within the image, also in one that begins there.
        let [rows, columns] = [&height, &width].map(|side| b.symbols().ceil_div(side, &patch));
        return Grid { rows, columns, patch };
    }
    let rows = side(b, &height, &patch, image.remainder, (place, "image height", of_height));
    let columns = side(b, &width, &patch, image.remainder, (place, "image width", of_width));
    Grid { rows, columns, patch }
}

/// The number of patches of a grid, by its name.
pub fn count(b: &mut Builder, place: Place, grid: &Grid) -> Dim {
    b.named(&place.symbol(PATCHES.0), PATCHES.1, &grid.rows * &grid.columns).into()
}

/// The number of encoder-side tokens of a view, by its name.
pub fn tokens(b: &mut Builder, count: Dim) -> Dim {
    b.named(TOKENS.0, TOKENS.1, count).into()
}

/// What the number of encoder-side tokens is called where it is not that of patches, and what it is.
const TOKENS: (&str, &str) = ("N_v", "encoder-side tokens of one image");

/// What the number of patches is called, and what it is.
const PATCHES: (&str, &str) = ("N", "patches of one image");

/// Patches of a grid to which the reference pads it, if that is more than it has.
fn padded(b: &mut Builder, place: Place, most: Option<&Dim>, grid: &Grid) -> Option<Dim> {
    let most = most?;
    let count = count(b, place, grid);
    let padded =
        b.padded(&place.symbol("N_p"), "patches of one image, padded", most.clone(), &count);
    (padded != count).then_some(padded)
}

/// Which tokens are no padding: of a grid that is padded its first rows and columns, of patches that
/// are padded the first ones. All where nothing is.
fn valid(
    b: &mut Builder,
    grid: &Grid,
    (count, padded): (&Dim, Option<&Dim>),
    (before, after): (&Dim, &Dim),
) -> Option<Valid> {
    let (before, after, is_seen) = (before.clone(), after.clone(), false);
    if let Some(padded) = padded {
        let (tokens, stretches) = (count.clone(), Dim::one());
        let stretch = padded.clone();
        return Some(Valid { before, tokens, stretch, stretches, after, is_seen });
    }
    let is_padded = b.symbols().has_padding(&(&grid.rows + &grid.columns));
    is_padded.then(|| {
        let [tokens, stretches] = [&grid.columns, &grid.rows].map(|side| b.symbols().needed(side));
        let stretch = grid.columns.clone();
        Valid { before, tokens, stretch, stretches, after, is_seen }
    })
}

/// Patches along one side of the image.
fn side(
    b: &mut Builder,
    pixels: &Dim,
    patch: &Dim,
    remainder: Remainder,
    (place, name, field): (Place, &'static str, Field),
) -> Dim {
    let (name, way_out) = match &*field {
        "processor" | "video_processor" => (
            "side of a view",
            "the processor makes it: give its rule a `factor`, cell or tile that is a multiple of the \
             patch; or say `image: {…, remainder: drop}` (as SigLIP at 384/14) or `remainder: pad`",
        ),
        _ => (
            name,
            "or say what the model does with the remainder: `image: {…, remainder: drop}` (as SigLIP \
             at 384/14) or `remainder: pad`",
        ),
    };
    match remainder {
        Remainder::Drop => b.symbols().floor_div(pixels, patch),
        Remainder::Pad => b.symbols().ceil_div(pixels, patch),
        Remainder::Error => {
            b.require(Multiple {
                dividend: pixels.clone(),
                divisor: patch.clone(),
                names: (name, "patch size"),
                fields: [field, place.field("encoder.patch")],
                pixels: None,
                squared: None,
                way_out: Some(way_out),
            });
            pixels.over(patch)
        }
    }
}

/// Tokens beside the patches: class token `[B·images, 1, D]` and registers `[B·images, R, D]`.
#[derive(Clone, Copy)]
struct Prefix {
    place: Place,
    class: Option<NodeId>,
    registers: Option<NodeId>,
    /// Where they stand, if there are any.
    at: Option<End>,
}

impl Prefix {
    fn wire(b: &mut Builder, place: Place, encoder: &Encoder, images: &Dim, width: &Dim) -> Prefix {
        let learned = |b: &mut Builder, name: (&str, &str), weight: Shape, rows: Dim| {
            let (batch, width) = (images.clone(), width.clone());
            b.push(name, Learned { weight, batch, rows, width }, &[])
        };
        let class = encoder.class_token.then(|| {
            let weight = match encoder.table_storage {
                TableStorage::Flat | TableStorage::BatchedTable => Shape::new([width.clone()]),
                TableStorage::Batched | TableStorage::Grid | TableStorage::Plane => {
                    Shape::new([Dim::one(), Dim::one(), width.clone()])
                }
            };
            learned(b, ("class_token", "embeddings.class_embedding"), weight, Dim::one())
        });
        let (symbol, field) = (place.symbol("N_r"), place.field("encoder.registers"));
        let count = b.unless(0, &symbol, "register tokens", field, encoder.registers);
        let registers = count.map(Dim::from).filter(|rows| !b.is(rows, 0)).map(|rows| {
            let weight = token_shape(encoder.table_storage, [rows.clone(), width.clone()]);
            learned(b, ("registers", "embeddings.register_tokens"), weight, rows)
        });
        let at = class.or(registers).map(|_| encoder.class_token_at);
        Prefix { place, class, registers, at }
    }

    /// Class token, registers and patches as one sequence, or the other way round, its length named.
    fn join(&self, b: &mut Builder, patches: NodeId) -> NodeId {
        let mut parts = [self.class, self.registers, Some(patches)];
        if self.at == Some(End::End) {
            parts.reverse();
        }
        let parts: Vec<NodeId> = parts.into_iter().flatten().collect();
        if parts.len() == 1 {
            return patches;
        }
        let x = b.push("concat", Concat, &parts);
        b.name_axis(x, 1, &self.place.symbol(TOKENS.0), TOKENS.1);
        x
    }

    /// The same with a table of positions added. Registers have none: they join after it is added,
    /// between class token and patches (DINOv2), as a class token does that has none.
    fn join_with_positions(
        &self,
        b: &mut Builder,
        patches: NodeId,
        class_position: bool,
        add: impl FnOnce(&mut Builder, NodeId) -> NodeId,
    ) -> NodeId {
        match (self.class.filter(|_| class_position), self.registers) {
            (None, _) if self.at.is_some() => {
                let x = add(b, patches);
                self.join(b, x)
            }
            (_, None) => {
                let x = self.join(b, patches);
                add(b, x)
            }
            (None, Some(_)) => self.join(b, patches),
            (Some(class), Some(_)) => {
                let length = b.axis(patches, 1);
                let comes_last = self.at == Some(End::End);
                let parts = if comes_last { [patches, class] } else { [class, patches] };
                let x = b.push("with_class", Concat, &parts);
                let x = add(b, x);
                let part = |length, from_end| Slice { length, from_end };
                let class = b.push("class", part(Dim::one(), comes_last), &[x]);
                let patches = b.push("patches", part(length, !comes_last), &[x]);
                Prefix { class: Some(class), ..*self }.join(b, patches)
            }
        }
    }
}

/// Tokens `[rows, D]`, with a batch axis in front where it is stored so.
fn token_shape(storage: TableStorage, [rows, width]: [Dim; 2]) -> Shape {
    match storage {
        TableStorage::Flat | TableStorage::BatchedTable => Shape::new([rows, width]),
        TableStorage::Batched | TableStorage::Grid | TableStorage::Plane => {
            Shape::new([Dim::one(), rows, width])
        }
    }
}
