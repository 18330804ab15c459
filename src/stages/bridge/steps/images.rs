//! The tokens of several images or frames as those of one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, Said};
use super::super::{NotSuited, Reduction, Target};
use super::short::ByOne;
use super::step::{StepStage, Written};
use super::tables::{VectorStorage, stored};
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, Multiple, NodeId, Role};
use crate::ops::{AddRows, Reshape, Shape};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// `{join-images: 8}`: the tokens of eight images of a prompt, tiles or frames of a video among them,
/// one after the other.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "JoinImagesStep")]
pub struct JoinImagesSpec {
    /// How many become one. It may stand alone.
    #[schemars(example = 8)]
    pub images: Size,
    /// Rows of a learned table of which each of them has one, added to its tokens; none if not given.
    #[serde(default)]
    #[schemars(example = 32)]
    pub rows: Option<Size>,
    /// How the table is stored; it changes no count.
    #[serde(default)]
    #[schemars(extend("default" = VectorStorage::Flat))]
    pub storage: Choice<VectorStorage>,
}

impl From<Size> for JoinImagesSpec {
    fn from(images: Size) -> JoinImagesSpec {
        JoinImagesSpec { images, rows: None, storage: Choice::default() }
    }
}

impl ByOne for JoinImagesSpec {
    type One = Size;
}

/// Images as one, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JoinImages {
    /// How many become one.
    pub images: Said,
    /// Rows of a learned table of which each of them has one.
    pub rows: Option<Said>,
    /// How the table is stored.
    pub storage: VectorStorage,
}

impl Written for JoinImagesSpec {
    type Step = JoinImages;

    fn design(&self, _: &mut Faults) -> JoinImages {
        let (images, rows) = (self.images.into(), self.rows.map(Said::from));
        JoinImages { images, rows, storage: self.storage.unwrap_or_default() }
    }

    fn say(step: &JoinImages) -> JoinImagesSpec {
        let (images, rows) = (step.images.size, step.rows.map(|rows| rows.size));
        JoinImagesSpec { images, rows, storage: step.storage.into() }
    }
}

impl StepStage for JoinImages {
    fn part(&self) -> (&'static str, Role) {
        ("join_images", Role::Merge)
    }

    fn in_brief(&self) -> String {
        format!("{} images as one", self.images.size)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["The tokens of several images, or frames, become those of one."]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Regrouped
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let images = at.size(b, ("J", "images or frames that become one"), self.images);
        let batch = b.axis(x.node, 0);
        b.require(Multiple {
            dividend: batch.over(&to.batch),
            divisor: images.clone(),
            names: ("number of images, tiles or frames of a prompt", "images that become one"),
            fields: [at.here(), "prompt.images".into()],
            pixels: None,
            squared: None,
            way_out: None,
        });
        let tokens = b.axis(x.node, 1);
        let shape = Shape::new([batch.over(&images), &images * &tokens, x.width.clone()]);
        let mut node = b.push(&*at.name("joined"), Reshape { shape }, &[x.node]);
        if let Some(rows) = self.rows {
            let rows = at.size(b, ("R_j", "rows of the table of images or frames"), rows);
            b.require(AtMost {
                needed: images,
                most: rows.clone(),
                names: ("images or frames that become one", "rows of their table"),
                field: at.here(),
                why: "each has a row of its own",
            });
            node = add_rows(b, node, (self.storage, rows, tokens), &x.width, at);
        }
        Ok(x.in_a_row(node))
    }
}

/// A learned table, of which each run of so many tokens has a row.
pub fn add_rows(
    b: &mut Builder,
    x: NodeId,
    (storage, rows, each): (VectorStorage, Dim, Dim),
    width: &Dim,
    at: &At<'_>,
) -> NodeId {
    let table = stored(storage, rows, width);
    b.push((&*at.name("frames"), at.module), AddRows { table, each }, &[x])
}

/// A learned table `[rows, 1, D]`, of which each image of a prompt has a row, added to its tokens.
pub fn each_image(
    b: &mut Builder,
    (x, width): (NodeId, &Dim),
    rows: Dim,
    to: &Target,
    at: &At<'_>,
) -> NodeId {
    let (images, tokens) = (b.axis(x, 0), b.axis(x, 1));
    let of_prompt = images.over(&to.batch);
    b.require(AtMost {
        needed: of_prompt.clone(),
        most: rows.clone(),
        names: ("images or videos of a prompt", "rows of their table"),
        field: at.here(),
        why: "each has a row of its own",
    });
    let shape = Shape::new([to.batch.clone(), of_prompt * &tokens, width.clone()]);
    let all = b.push("of_prompt", Reshape { shape }, &[x]);
    let table = Shape::new([rows, Dim::one(), width.clone()]);
    let add = AddRows { table, each: tokens.clone() };
    let placed = b.push((&*at.name("images"), at.module), add, &[all]);
    let shape = Shape::new([images, tokens, width.clone()]);
    b.push("of_images", Reshape { shape }, &[placed])
}
