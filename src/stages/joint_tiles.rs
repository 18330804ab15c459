//! The tiles of a picture as one sequence, empty ones among them (Llama 3.2 Vision).

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attention::Attention;
use super::beside::Beside;
use super::block::{After, Feeds};
use super::encoder::Encoder;
use super::faults::Faults;
use super::mlp::Mlp;
use super::names;
use super::patch_embed;
use super::tower::Place;
use super::views::View;
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{
    MaskProduct, Pad, ParamRole, Reshape, Shape, SideBySide, Slice, TileTable, Valid,
};
use crate::stages::image::Image;
use crate::units::{Amount, Size};

/// The tiles of a picture, empty ones among them, are one sequence: `joint_tiles: {tiles: 4}` (Llama
/// 3.2 Vision). Learned tables say where a tile stands in the layout of its picture; after the blocks
/// and their norm come gated blocks. Its processor is `canvas` with `pad_tiles: true`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JointTiles {
    /// The most tiles of a picture, which the tables have vectors for.
    #[schemars(example = 4)]
    pub tiles: Size,
    /// Rows of the tables: the layouts of that many tiles, and one for no picture.
    #[serde(default = "JointTiles::layouts")]
    #[schemars(extend("default" = 9))]
    pub layouts: Size,
    /// The tokens of each tile are padded to a multiple of this.
    #[serde(default = "JointTiles::multiple")]
    #[schemars(extend("default" = 8))]
    pub multiple: Size,
    /// Gated blocks after the norm of the others.
    #[serde(default = "JointTiles::global_depth")]
    #[schemars(extend("default" = 8))]
    pub global_depth: Size,
    /// Layers whose features stand side by side after the final ones, as `feature_layer` counts them;
    /// none if not given.
    #[serde(default)]
    #[schemars(example = [4, 8, 16, 24, 31])]
    pub beside: Vec<Amount>,
}

impl JointTiles {
    // The class defaults of MllamaVisionConfig.
    const fn layouts() -> Size {
        Size::of(9)
    }

    const fn multiple() -> Size {
        Size::of(8)
    }

    const fn global_depth() -> Size {
        Size::of(8)
    }

    /// The tiles that are described, in an encoder that says none of these fields, or not so.
    pub fn design(
        &self,
        others: &[(&str, bool)],
        depth: Option<Size>,
        faults: &mut Faults,
    ) -> Option<JointTiles> {
        let mut fault = |text: String, help: &str| {
            faults.add("joint_tiles", Diagnostic::error(Code::Mismatch, text).help(help));
        };
        if let Some((field, _)) = others.iter().find(|(_, is_there)| *is_there) {
            let text = format!("`joint_tiles` has no room for `{field}`");
            let help = "take one of them out: layers beside the final features are its own field \
                        `beside`, its positions are learned, one for each token of a tile";
            fault(text, help);
            return None;
        }
        let deepest = self.beside.iter().map(|layer| layer.get()).max();
        if let (Some(layer), Some(depth)) = (deepest, depth)
            && layer > depth.get()
        {
            let text = format!("an encoder of {depth} blocks has no layer {layer}");
            fault(text, "write layers from 0, the input of the first block, to their number");
            return None;
        }
        Some(self.clone())
    }

    /// How many times as wide as one layer the features are.
    pub fn times(&self) -> u64 {
        1 + self.beside.len() as u64
    }

    /// The numbers of the blocks, counted from 0, whose results are kept.
    pub fn inner(&self) -> Vec<u64> {
        self.beside.iter().map(|layer| layer.get()).collect()
    }
}

/// The pictures of a prompt that are alike, as sequences of their tiles.
#[derive(Clone, Debug)]
pub struct Sequences<'a> {
    spec: &'a JointTiles,
    /// B·pictures.
    pictures: Dim,
    /// Tiles of each that run.
    tiles: Dim,
    /// Rows and columns of those that hold something.
    grid: (Dim, Dim),
    /// Rows of the tables, and tiles that they are for.
    table: (Dim, Dim),
    /// Tokens of a tile.
    tokens: Dim,
    /// The same, padded.
    padded: Dim,
    /// The mask that the reference makes.
    mask: NodeId,
}

impl<'a> Sequences<'a> {
    /// Declares their sizes, and wires the mask, which is part of no component.
    pub fn declare(
        b: &mut Builder,
        encoder: &'a Encoder,
        view: &View,
        image: &Image,
        (pictures, grid): (Dim, (Dim, Dim)),
    ) -> Option<Sequences<'a>> {
        let spec = encoder.joint_tiles.as_ref()?;
        let field = |name: &str| format!("encoder.joint_tiles.{name}");
        let patches = patch_embed::grid(b, Place::ONLY, view, image, encoder);
        let count = patch_embed::count(b, Place::ONLY, &patches);
        let class = Dim::from(i128::from(encoder.class_token));
        let tokens = match encoder.class_token {
            true => patch_embed::tokens(b, count + class),
            false => count,
        };
        let multiple: Dim = b
            .size(
                "m_t",
                "tokens of a tile are padded to it",
                field("multiple"),
                Some(spec.multiple),
            )
            .into();
        let padded = b.symbols().ceil_div(&tokens, &multiple) * &multiple;
        let meaning = "tokens of a tile, padded to a multiple";
        let padded = b.padded("N_t", meaning, padded, &tokens);
        let layouts = ("R_t", "rows of the tables of tiles");
        let layouts = b.size(layouts.0, layouts.1, field("layouts"), Some(spec.layouts)).into();
        let most = ("t_max", "tiles that the tables are for");
        let most: Dim = b.size(most.0, most.1, field("tiles"), Some(spec.tiles)).into();
        let tiles = view.count.clone();
        let product = MaskProduct { batch: pictures.clone(), tokens: &tiles * &padded };
        let mask = b.push("attention_mask", product, &[]);
        let table = (layouts, most);
        Some(Sequences { spec, pictures, tiles, grid, table, tokens, padded, mask })
    }

    /// Tokens of a tile after padding.
    pub fn padded(&self) -> &Dim {
        &self.padded
    }

    /// What tokens of a picture see of each other, and the mask that says it. Padding is hidden from
    /// padding only.
    pub fn seen(&self, b: &mut Builder) -> (Valid, NodeId) {
        let valid = Valid {
            before: Dim::zero(),
            tokens: self.tokens.clone(),
            stretch: self.padded.clone(),
            stretches: b.symbols().needed(&self.tiles),
            after: Dim::zero(),
            is_seen: true,
        };
        (valid, self.mask)
    }

    /// Adds one vector for each tile.
    pub fn placed(&self, b: &mut Builder, name: &str, x: NodeId, width: &Dim) -> NodeId {
        self.table(b, name, x, Dim::one(), width)
    }

    /// Adds a vector for each token of each tile, and positions that all tiles share.
    pub fn with_positions(&self, b: &mut Builder, x: NodeId, width: &Dim) -> NodeId {
        self.table(b, "gated_positional_embedding", x, self.tokens.clone(), width)
    }

    fn table(&self, b: &mut Builder, name: &str, x: NodeId, tokens: Dim, width: &Dim) -> NodeId {
        let gate = format!("{name}.gate");
        let gate = b.store((&*gate, &*gate), Shape::new([Dim::one()]), ParamRole::Vector);
        let (layouts, tiles) = self.table.clone();
        let (shared, width, grid) = (!tokens.is_one(), width.clone(), self.grid.clone());
        let table = TileTable { layouts, tiles, tokens, width, shared, grid };
        b.push_on((name, name), table, &[x], &[gate.into()])
    }

    /// The tokens of the tiles, `[B·pictures·t, N, D]`, padded, as sequences of pictures.
    pub fn joined(&self, b: &mut Builder, x: NodeId) -> NodeId {
        let x = match self.padded == self.tokens {
            true => x,
            false => b.push("pad", Pad { tokens: self.padded.clone() }, &[x]),
        };
        self.of_pictures(b, "tiles_of_pictures", x)
    }

    fn of_pictures(&self, b: &mut Builder, name: &str, x: NodeId) -> NodeId {
        let (tokens, width) = (&self.tiles * &self.padded, b.axis(x, 2));
        let shape = Shape::new([self.pictures.clone(), tokens, width]);
        b.push(name, Reshape { shape }, &[x])
    }

    fn of_tiles(&self, b: &mut Builder, name: &str, x: NodeId) -> NodeId {
        let (tiles, width) = (&self.pictures * &self.tiles, b.axis(x, 2));
        let shape = Shape::new([tiles, self.padded.clone(), width]);
        b.push(name, Reshape { shape }, &[x])
    }

    /// The blocks after the norm, and the features of all tiles without padding: those of the last
    /// block, then those of inner layers, `[B·pictures·t, N, D·layers]`.
    pub fn finished(
        &self,
        b: &mut Builder,
        x: NodeId,
        beside: &[NodeId],
        (encoder, width): (&Encoder, &Dim),
        (attention, mlp): (Attention, Arc<Mlp>),
    ) -> NodeId {
        let x = self.of_tiles(b, "tiles", x);
        let x = self.placed(b, "post_tile_positional_embedding", x, width);
        let x = self.of_pictures(b, "pictures", x);
        let feed: Arc<dyn Feeds> = mlp;
        let names = &names::VISION;
        let mixer = Arc::new(attention);
        let block = encoder.stack.block_of(width, mixer, Some(feed), After::Gate, names);
        let (name, meaning) = ("L_g", "gated blocks after those of the encoder");
        let depth = Some(self.spec.global_depth);
        let field = "encoder.joint_tiles.global_depth";
        let depth = b.count(name, meaning, field, depth).into();
        let name = ("global_blocks", "global_encoder.layers");
        let x =
            b.repeat(name, Role::Blocks, depth, x, |b, x| block.build(b, x, &Beside::default()));
        b.scope("features", Role::Features, |b| {
            let all = [x].into_iter().chain(beside.iter().copied());
            let parts: Vec<NodeId> = all
                .map(|x| {
                    let x = self.of_tiles(b, "tiles", x);
                    if self.padded == self.tokens {
                        return x;
                    }
                    b.push("valid", Slice { length: self.tokens.clone(), from_end: false }, &[x])
                })
                .collect();
            match &parts[..] {
                [only] => *only,
                parts => b.push("concat", SideBySide, parts),
            }
        })
    }
}
