//! From pixels to encoder-side tokens: patches, class and register tokens, positions.

use super::block::norm;
use super::encoder::Encoder;
use super::image::{Image, Remainder};
use super::options::{Position, PositionTable, TableStorage};
use crate::dim::Dim;
use crate::graph::{Builder, Constraint, NodeId};
use crate::ops::{AddTable, Concat, Grid, Input, Learned, PatchConv, Shape};

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
}

/// Wires the patch embedding: `[B·images, C, H, W] → [B·images, N + prefix, D]`.
pub fn build(
    b: &mut Builder,
    image: &Image,
    encoder: &Encoder,
    images: &Dim,
    width: &Dim,
) -> Patches {
    let height = b.size("H", "image height in pixels", image.height).into();
    let image_width = b.size("W", "image width in pixels", image.width).into();
    let channels: Dim = b.size("C", "image channels", Some(image.channels)).into();
    let patch: Dim = b.size("P", "patch side in pixels", encoder.patch).into();
    let rows = side(b, &height, &patch, image.remainder, ("image height", "image.height"));
    let columns = side(b, &image_width, &patch, image.remainder, ("image width", "image.width"));
    let bias = encoder.patch_bias;

    let size = (height.clone(), image_width.clone());
    let pixels = Shape::new([images.clone(), channels.clone(), height, image_width]);
    let pixels = b.push("pixels", Input { shape: pixels }, &[]);
    let grid = Grid { rows, columns, patch: patch.clone() };
    let conv = PatchConv { channels, patch, width: width.clone(), grid: grid.clone(), bias };
    let mut x = b.push(("patch_conv", "embeddings.patch_embedding"), conv, &[pixels]);
    b.name_axis(x, 1, "N", "patches of one image");
    let count = b.axis(x, 1);

    let prefix = prefix_tokens(b, encoder, images, width);
    if !prefix.is_empty() {
        let parts: Vec<NodeId> = prefix.into_iter().chain([x]).collect();
        x = b.push("concat", Concat, &parts);
        b.name_axis(x, 1, "N_v", "encoder-side tokens of one image");
    }
    if let Position::Learned(PositionTable { rows }) = encoder.position {
        let rows = match rows {
            Some(_) => b.size("R_v", "rows of the encoder's position table", rows).into(),
            None => b.axis(x, 1),
        };
        let table = table_shape(encoder.table_storage, [rows, width.clone()]);
        x = b.push(
            ("position", "embeddings.position_embedding"),
            AddTable { table, past: None },
            &[x],
        );
    }
    if encoder.pre_norm {
        x = norm(b, ("pre_norm", "pre_layrnorm"), x, encoder.norm, width);
    }
    Patches { image: size, node: x, grid, count }
}

/// Patches along one side of the image.
fn side(
    b: &mut Builder,
    pixels: &Dim,
    patch: &Dim,
    remainder: Remainder,
    (name, field): (&'static str, &'static str),
) -> Dim {
    match remainder {
        Remainder::Drop => b.symbols().floor_div(pixels, patch),
        Remainder::Pad => b.symbols().ceil_div(pixels, patch),
        Remainder::Error => {
            b.require(Constraint {
                dividend: pixels.clone(),
                divisor: patch.clone(),
                names: (name, "patch size"),
                fields: [field, "encoder.patch"],
                pixels: None,
                squared: None,
                way_out: Some(
                    "or say what the model does with the rest: `image: {…, remainder: drop}` \
                     (as SigLIP at 384/14) or `remainder: pad`",
                ),
            });
            pixels.over(patch)
        }
    }
}

/// Class and register tokens, `[B·images, 1, D]` and `[B·images, R, D]`.
fn prefix_tokens(b: &mut Builder, encoder: &Encoder, images: &Dim, width: &Dim) -> Vec<NodeId> {
    let mut tokens = Vec::new();
    let mut learned = |b: &mut Builder, name: (&str, &str), weight: Shape, rows: Dim| {
        let (batch, width) = (images.clone(), width.clone());
        tokens.push(b.push(name, Learned { weight, batch, rows, width }, &[]));
    };
    if encoder.class_token {
        let weight = match encoder.table_storage {
            TableStorage::Flat => Shape::new([width.clone()]),
            TableStorage::Batched => Shape::new([Dim::one(), Dim::one(), width.clone()]),
        };
        learned(b, ("class_token", "embeddings.class_embedding"), weight, Dim::one());
    }
    if encoder.registers.get() > 0 {
        let value = encoder.registers.into();
        let rows: Dim = b.symbols().given("N_r", "register tokens", value).into();
        let weight = table_shape(encoder.table_storage, [rows.clone(), width.clone()]);
        learned(b, ("registers", "embeddings.register_tokens"), weight, rows);
    }
    tokens
}

/// `[rows, D]`, with a batch axis in front where it is stored so.
fn table_shape(storage: TableStorage, [rows, width]: [Dim; 2]) -> Shape {
    match storage {
        TableStorage::Flat => Shape::new([rows, width]),
        TableStorage::Batched => Shape::new([Dim::one(), rows, width]),
    }
}
