//! From the tokens of views to those of a prompt: views of a picture join, pictures follow each other.

use super::bridge::{Bridge, NotSuited, Reduction, Visual};
use super::handed::Handed;
use super::views::{Grids, Picture, clip};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, ParamId, Role, Stored};
use crate::media::Kind;
use crate::media::clip::{Pool, Rounding};
use crate::ops::{
    AvgPool, Blocks, Concat, Grid, Interpolate, JoinTiles, Learned, PoolTarget, Reshape, Shape,
};

/// The visual tokens of all pictures of a prompt.
pub struct Joined {
    /// The tokens, `[B, n_vis, D]`.
    pub node: NodeId,
    /// What each kind of picture becomes.
    pub of_pictures: Vec<OfPicture>,
}

/// What a picture becomes in the LLM's sequence.
#[derive(Clone, Debug)]
pub struct OfPicture {
    /// Its visual tokens.
    pub visual: Dim,
    /// Rows and columns of the grid that its tiles form, if they do.
    pub grid: Option<(Dim, Dim)>,
    /// Its structural tokens that the processor writes, by kind.
    pub structural: Vec<(Kind, Dim)>,
}

/// What a bridge made of a picture.
pub struct Bridged<'v> {
    /// The tokens that it got, of each shape.
    pub from: &'v [Handed],
    /// The tokens that it made, `[B·views, V, D]`.
    pub made: &'v [NodeId],
}

impl Bridged<'_> {
    /// What it got of each shape, with what it made of it.
    fn each(&self) -> impl Iterator<Item = (&Handed, NodeId)> {
        self.from.iter().zip(self.made.iter().copied())
    }
}

/// Joins the tokens of pictures: `[B·views, V, D]` of each size of view → `[B, n_vis, D]`.
///
/// # Errors
/// A processor joins tiles to one grid, but the bridge leaves none of them.
pub fn build(
    b: &mut Builder,
    bridge: &Bridge,
    pictures: &[Picture],
    bridged: &[Bridged<'_>],
    (batch, width): (&Dim, &Dim),
) -> Result<Joined, NotSuited> {
    let mut joiner = Joiner { bridge, batch, width, newline: None };
    let mut parts = Vec::new();
    let mut of_pictures = Vec::new();
    for (picture, bridged) in pictures.iter().zip(bridged) {
        let grid = bridged.from.first().and_then(|x| grid_after(bridge, &x.visual));
        let made: Vec<Dim> = bridged.made.iter().map(|node| b.axis(*node, 1)).collect();
        let cells = match (&grid, made.first()) {
            (Some(grid), _) => (grid.rows.clone(), grid.columns.clone()),
            (None, made) => (Dim::one(), made.cloned().unwrap_or_default()),
        };
        if let Some(clip) = picture.clip() {
            let (of_clip, tokens) = joiner.of_clip(b, bridged, (grid, clip))?;
            let structural = clip
                .joint(b, (&cells.0, &cells.1), tokens.clone())
                .map_err(|problem| ("prompt.video".to_owned(), problem))?;
            of_pictures.push(OfPicture { visual: tokens, grid: None, structural });
            parts.extend(of_clip);
            continue;
        }
        let newline = Dim::from(i128::from(bridge.has_newline()));
        let alike = batch * &picture.count;
        let each = bridged.each().zip(&made);
        let all = each.map(|(x, made)| {
            // No token is reserved for a view that is empty.
            let outputs = outputs(b, x, &alike);
            b.symbols().needed(&outputs) * (made + newline.clone())
        });
        let all = all.sum();
        let joint = picture.joint(b, &cells, all);
        let (grids, structural) =
            joint.map_or((None, Vec::new()), |joint| (joint.grids, joint.structural));
        let kept = grids.as_ref().map(|grids| grids.kept.clone());
        let of_views = match (grids, grid) {
            (Some(grids), Some(grid)) => joiner.one_grid(b, picture, bridged, grid, grids),
            (Some(_), None) => return Err(("bridge".to_owned(), no_grid())),
            (None, _) => joiner.in_turn(b, bridged, &alike),
        };
        let visual = of_views.iter().map(|(_, tokens)| tokens.clone()).sum();
        of_pictures.push(OfPicture { visual, grid: kept, structural });
        parts.extend(of_views.into_iter().map(|(x, tokens)| (x, &picture.count * tokens)));
    }
    let is_alone = parts.len() == 1;
    let name = if is_alone { "visual_tokens" } else { "of_views" };
    let mut flat = |(x, length): (NodeId, Dim)| {
        let shape = Shape::new([batch.clone(), length, width.clone()]);
        b.push(name, Reshape { shape }, &[x])
    };
    let parts: Vec<NodeId> = parts.into_iter().map(&mut flat).collect();
    let node = match &parts[..] {
        [one] => *one,
        parts => b.push("visual_tokens", Concat, parts),
    };
    Ok(Joined { node, of_pictures })
}

/// Blocks of a frame's tokens made into one each: averaged where blocks that are not full are
/// dropped, interpolated where they fill one more.
fn pooled(b: &mut Builder, x: NodeId, from: Grid, Pool { side, rounding }: Pool) -> NodeId {
    let side = Dim::from(i128::from(side));
    match rounding {
        Rounding::Floor => {
            let blocks = Blocks::within(b.symbols(), from, &(side.clone(), side.clone()));
            b.push(
                "pool",
                AvgPool { blocks, target: PoolTarget::Kernel(side), product: None },
                &[x],
            )
        }
        Rounding::Ceil => {
            let to = Blocks::covering(b.symbols(), from.clone(), &(side.clone(), side.clone()));
            let (rows, columns) = to.rows_columns;
            let to = Grid { rows, columns, patch: &from.patch * side };
            b.push("interpolate", Interpolate { from, to }, &[x])
        }
    }
}

/// A newline is a learned vector of the bridge.
fn no_newline() -> Diagnostic {
    let text = "the video processor puts newlines after a clip, but the bridge has learned none";
    Diagnostic::error(Code::Mismatch, text)
        .help("write `bridge: {mlp: {image_newline: true}}`, or take `newlines` out")
}

/// Frames are pooled over rows and columns.
fn no_grid_of_frame() -> Diagnostic {
    let text =
        "the video processor pools the tokens of a frame, but the bridge leaves no grid of them";
    Diagnostic::error(Code::Mismatch, text).help(
        "choose a bridge that keeps the grid or folds it, or take `pool` out of `video_processor`",
    )
}

/// A processor joins tiles to one grid, which needs one of each tile.
fn no_grid() -> Diagnostic {
    let text = "the processor joins the tiles of a picture to one grid, but the tokens that the bridge \
                makes of a tile form none";
    Diagnostic::error(Code::Mismatch, text).help(
        "choose a bridge that keeps the grid or folds it (`mlp`, `linear`, `pixel-shuffle`), without \
         class tokens, or a rule that puts one tile after the other",
    )
}

/// Joins the views of pictures, of which all read one newline.
struct Joiner<'a> {
    bridge: &'a Bridge,
    batch: &'a Dim,
    width: &'a Dim,
    newline: Option<ParamId>,
}

impl OfPicture {
    /// Its structural tokens that the processor writes.
    pub fn written(&self) -> Dim {
        self.structural.iter().map(|(_, count)| count.clone()).sum()
    }
}

impl Joiner<'_> {
    /// The tokens of each size of view, with how many a picture has of them: a newline after each
    /// view, where the bridge has one.
    fn in_turn(
        &mut self,
        b: &mut Builder,
        bridged: &Bridged<'_>,
        alike: &Dim,
    ) -> Vec<(NodeId, Dim)> {
        let each = bridged.each().map(|(from, x)| {
            let count = outputs(b, (from, x), alike);
            let x = if self.bridge.has_newline() {
                let encodings = b.axis(x, 0);
                b.scope(("image_newline", ""), Role::Newline, |b| {
                    let newline = self.newline(b, encodings);
                    b.push("concat", Concat, &[x, newline])
                })
            } else {
                x
            };
            (x, count * b.axis(x, 1))
        });
        each.collect()
    }

    /// The tokens of a clip, each size of view with how many they are, and their sum: pooled by
    /// frame, with newlines after the last one.
    fn of_clip(
        &mut self,
        b: &mut Builder,
        bridged: &Bridged<'_>,
        (grid, clip): (Option<Grid>, &clip::Processed),
    ) -> Result<(Vec<(NodeId, Dim)>, Dim), NotSuited> {
        if clip.newlines() > 0 && !self.bridge.has_newline() {
            return Err(("video_processor".to_owned(), no_newline()));
        }
        let (mut parts, mut all) = (Vec::new(), Dim::zero());
        for (from, x) in bridged.each() {
            let count = outputs(b, (from, x), self.batch);
            let x = match clip.pool() {
                None => x,
                Some(pool) => {
                    let from =
                        grid.clone().ok_or_else(|| ("bridge".to_owned(), no_grid_of_frame()))?;
                    b.scope(("pool_frames", ""), Role::Merge, |b| pooled(b, x, from, pool))
                }
            };
            let length = count * b.axis(x, 1);
            all += &length;
            parts.push((x, length));
        }
        for _ in 0..clip.newlines() {
            let newline = b.scope(("image_newline", ""), Role::Newline, |b| {
                self.newline(b, self.batch.clone())
            });
            all += Dim::one();
            parts.push((newline, Dim::one()));
        }
        Ok((parts, all))
    }

    /// The tokens of the first view, and those of the others as one grid.
    fn one_grid(
        &mut self,
        b: &mut Builder,
        picture: &Picture,
        bridged: &Bridged<'_>,
        view: Grid,
        Grids { tiles, unpadded, kept }: Grids,
    ) -> Vec<(NodeId, Dim)> {
        let (Some(of_views), Some(&x)) = (bridged.from.first(), bridged.made.first()) else {
            return Vec::new();
        };
        let alike = self.batch * &picture.count;
        let x = b.scope(("join_tiles", ""), Role::Merge, |b| {
            let tokens = b.axis(x, 1);
            let all = &of_views.count * &tokens;
            let shape = Shape::new([alike.clone(), all, self.width.clone()]);
            let mut inputs = vec![b.push("views", Reshape { shape }, &[x])];
            let (newline, overlap) = (self.bridge.has_newline(), Dim::zero());
            inputs.extend(newline.then(|| self.newline(b, alike)));
            b.push(
                "join",
                JoinTiles { tokens, view, tiles, overlap, unpadded, kept, newline },
                &inputs,
            )
        });
        vec![(x, b.axis(x, 1))]
    }

    /// The learned newline for so many samples, `[samples, 1, D]`.
    fn newline(&mut self, b: &mut Builder, samples: Dim) -> NodeId {
        let width = self.width.clone();
        let weight = Shape::new([width.clone()]);
        let newline = Learned { weight, batch: samples, rows: Dim::one(), width };
        let stored: Option<Stored> = self.newline.map(Stored::from);
        let node = b.push_on("image_newline", newline, &[], stored.as_slice());
        self.newline = Some(b.param(node, 0));
        node
    }
}

/// How many sequences of tokens a bridge made of each of so many pictures: one of each view, unless it
/// joined some.
fn outputs(b: &Builder, (from, x): (&Handed, NodeId), pictures: &Dim) -> Dim {
    let all = b.axis(x, 0);
    if all == pictures * &from.count { from.count.clone() } else { all.over(pictures) }
}

/// The grid of a view's tokens after the bridge, if they form one.
fn grid_after(bridge: &Bridge, x: &Visual) -> Option<Grid> {
    let grid = &x.grid;
    match bridge.stage().reduction() {
        _ if !x.patches_only => None,
        Reduction::Kept => Some(grid.clone()),
        Reduction::Folded(side) | Reduction::Pooled(Some(side)) => {
            let side = Dim::from(i128::from(side));
            let (rows, columns) = (grid.rows.over(&side), grid.columns.over(&side));
            Some(Grid { rows, columns, patch: &grid.patch * side })
        }
        Reduction::Pooled(None) | Reduction::Regrouped | Reduction::Learned => None,
    }
}
