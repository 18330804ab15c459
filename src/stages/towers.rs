//! Several towers side by side on the same image, their tokens joined.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bridge::Visual;
use super::choice::Choice;
use super::encoder::{Encoder, EncoderSpec};
use super::faults::{Faults, Problem};
use super::image::Image;
use super::joint_tiles::Sequences;
use super::sight::{self, Sight};
use super::tower::Place;
use super::views::View;
use super::vision::Encoded;
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role, Same};
use crate::ops::{Concat, SideBySide};
use crate::units::ImageSize;

/// What the size of a tower's picture means.
const IMAGE: &str = "The size that this tower sees the picture in, height × width in pixels: every view \
                     is resized to it (DeepSeek-VL: 1024 beside 384). The size of a view if not given.";

/// What it means that a tower is behind another.
const BEHIND: &str = "Whether this tower reads the tokens of the tower before it, in place of patches of \
                      the picture (DeepSeek-OCR: CLIP behind SAM); false if not given. They must be as \
                      wide as its own, and it has no `patch`.";

/// One of several towers: an encoder that has no towers of its own.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct TowerSpec(EncoderSpec);

impl JsonSchema for TowerSpec {
    fn schema_name() -> Cow<'static, str> {
        "Tower".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = EncoderSpec::json_schema(generator);
        schema.insert("title".to_owned(), "Tower".into());
        let text = "One of several towers, with the fields of an encoder.";
        schema.insert("description".to_owned(), text.into());
        if let Some(Value::Object(fields)) = schema.get_mut("properties") {
            fields.remove("towers");
            fields.remove("join");
            let mut image = ImageSize::json_schema(generator);
            image.insert("description".to_owned(), IMAGE.into());
            image.insert("examples".to_owned(), serde_json::json!([1024]));
            fields.insert("image".to_owned(), image.into());
            let behind = serde_json::json!({
                "description": BEHIND,
                "type": "boolean",
                "default": false,
            });
            fields.insert("behind".to_owned(), behind);
        }
        schema
    }
}

/// How the tokens of several towers join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TowerJoin {
    /// The values of the same token side by side: as wide as all towers together (Prismatic,
    /// DeepSeek-VL).
    #[default]
    Channels,
    /// The tokens of one tower after those of another, which are as wide.
    Tokens,
    /// Those of the last tower alone, which stands behind the others (DeepSeek-OCR 2).
    Last,
}

/// The towers of a pipeline, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Towers {
    /// The first of them, or the only one.
    pub first: Encoder,
    /// The others.
    pub others: Vec<Encoder>,
    /// How their tokens join.
    pub join: TowerJoin,
}

impl EncoderSpec {
    /// The towers that are described.
    pub fn design_towers(&self, faults: &mut Faults) -> Towers {
        let join = self.join.unwrap_or_default();
        let Some(towers) = &self.towers else {
            if self.image.is_some() {
                let text = "`image` of an encoder means nothing without `towers`";
                let help = "write `image` at the top level: the only tower sees that";
                faults.add("image", Diagnostic::error(Code::Mismatch, text).help(help));
            }
            if self.behind.unwrap_or(false) {
                let text = "`behind` of an encoder means nothing without `towers`";
                let help = "list the towers, `towers: [{…}, {…}]`, or take it out";
                faults.add("behind", Diagnostic::error(Code::Mismatch, text).help(help));
            }
            if !self.join.is_open() {
                let text = "`join` means nothing without `towers`";
                let help = "list the towers, `towers: [{…}, {…}]`, or take it out";
                faults.add("join", Diagnostic::error(Code::Mismatch, text).help(help));
            }
            return Towers { first: self.design(faults), others: Vec::new(), join };
        };
        let beside = EncoderSpec { towers: None, join: Choice::default(), ..self.clone() };
        if beside != EncoderSpec::default() {
            let text = "an encoder of several `towers` has no fields of a tower beside them";
            let help = "write them into one of the items of `towers`";
            faults.add("towers", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        let mut designed = towers.iter().enumerate().map(|(at, TowerSpec(tower))| {
            faults.within(&format!("towers.{at}"), |faults| {
                if tower.towers.is_some() || !tower.join.is_open() {
                    let text = "a tower of several has no towers of its own";
                    let help = "list all of them in one `towers`";
                    faults.add("towers", Diagnostic::error(Code::Mismatch, text).help(help));
                }
                if at == 0 && tower.behind.unwrap_or(false) {
                    let text = "the first tower has none before it";
                    let help = "take `behind` out, or list the tower that it reads before it";
                    faults.add("behind", Diagnostic::error(Code::Mismatch, text).help(help));
                }
                tower.design(faults)
            })
        });
        let first = designed.next();
        let others: Vec<Encoder> = designed.collect();
        let first = first.unwrap_or_else(|| {
            let text = "`towers` lists none";
            let help = "list them, `towers: [{…}, {…}]`, or take it out";
            faults.add("towers", Diagnostic::error(Code::Mismatch, text).help(help));
            EncoderSpec::default().design(faults)
        });
        if join == TowerJoin::Last && !others.last().is_some_and(|tower| tower.behind) {
            let text = "`join: last` hands on the last tower alone, which reads none of the others";
            let help =
                "write `behind: true` in the last one, or another `join`: `channels`, `tokens`";
            faults.add("join", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        Towers { first, others, join }
    }
}

impl From<&Towers> for EncoderSpec {
    /// The section that says the towers, every choice written.
    fn from(towers: &Towers) -> EncoderSpec {
        if towers.others.is_empty() {
            return EncoderSpec::from(&towers.first);
        }
        EncoderSpec {
            towers: Some(towers.all().map(|tower| TowerSpec(tower.into())).collect()),
            join: towers.join.into(),
            ..EncoderSpec::default()
        }
    }
}

impl Towers {
    /// All towers in order.
    pub fn all(&self) -> impl Iterator<Item = &Encoder> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// All towers in order, each with what it is called.
    pub fn placed(&self) -> impl Iterator<Item = (Place, &Encoder)> {
        let place = |at| if self.is_one() { Place::ONLY } else { Place::among(at) };
        self.all().enumerate().map(move |(at, tower)| (place(at), tower))
    }

    /// Whether there is only one.
    pub fn is_one(&self) -> bool {
        self.others.is_empty()
    }

    /// The tower, if there is only one.
    pub fn only(&self) -> Option<&Encoder> {
        self.is_one().then_some(&self.first)
    }

    /// Wires the towers for views of one size. The tokens after each of the `inner` blocks of the only
    /// one are handed out too.
    ///
    /// # Errors
    /// Where tokens that are to be joined do not fit together.
    pub fn build(
        &self,
        b: &mut Builder,
        view: &View,
        image: &Image,
        seen: (&Dim, Option<&Sequences<'_>>),
        inner: &[u64],
    ) -> Result<Encoded, Problem> {
        let sight = Sight { view, image, before: None };
        if self.is_one() {
            return Ok(self.first.build(b, Place::ONLY, sight, seen, inner));
        }
        let mut made: Vec<Encoded> = Vec::new();
        for (at, tower) in self.all().enumerate() {
            let (name, module) = (format!("tower_{}", at + 1), format!("towers.{at}"));
            let before = made.last().filter(|_| tower.behind).map(|tower| &tower.visual);
            let one = b.scope((&*name, &*module), Role::Tower, |b| {
                let place = Place::among(at);
                let own = tower.image.map(|size| sight::resized(b, place, view, size));
                let view = own.as_ref().unwrap_or(view);
                let sight = Sight { view, before, ..sight };
                tower.build(b, place, sight, (seen.0, None), &[])
            });
            made.push(one);
        }
        // A tower that reads another calls the width of that one's tokens as its own.
        let part =
            |one: &Encoded| Visual { width: b.axis(one.visual.node, 2), ..one.visual.clone() };
        let parts: Vec<Visual> = made.iter().map(part).collect();
        let visual = match (self.join, parts.last()) {
            (TowerJoin::Last, Some(last)) => last.clone(),
            (join, _) => b.scope(("join", ""), Role::Features, |b| match join {
                TowerJoin::Tokens => by_token(b, &parts),
                TowerJoin::Channels | TowerJoin::Last => by_channel(b, &parts),
            })?,
        };
        let tokens = b.axis(visual.node, 1);
        let first = made.into_iter().next().ok_or_else(none)?;
        let kept = if visual.patches_only { tokens.clone() } else { first.kept.clone() };
        Ok(Encoded { visual, tokens, kept, ..first })
    }
}

/// The values of the same tokens side by side: `[B, N, D₁ + D₂ + …]`.
fn by_channel(b: &mut Builder, parts: &[Visual]) -> Result<Visual, Problem> {
    let Some((first, others)) = parts.split_first() else { return Err(none()) };
    let count = b.axis(first.node, 1);
    for (at, other) in others.iter().enumerate() {
        let own = b.axis(other.node, 1);
        if b.call_axis(other.node, 1, &count) {
            continue;
        }
        let field = format!("encoder.towers.{}", at + 1);
        b.require(Same {
            made: own,
            reserved: count.clone(),
            names: ("tokens of this tower", "tokens of the first one"),
            field: field.into(),
            help: "values of the same token stand side by side: let both have as many, by `patch`, or \
                   by `feature_select`; or say `join: tokens`",
        });
        b.assume_axis(other.node, 1, &count);
    }
    let nodes: Vec<NodeId> = parts.iter().map(|part| part.node).collect();
    let node = b.push("side_by_side", SideBySide, &nodes);
    let width = parts.iter().map(|part| &part.width).sum();
    let patches_only = parts.iter().all(|part| part.patches_only);
    Ok(Visual { node, width, patches_only, ..first.clone() })
}

/// The tokens of one after those of another: `[B, N₁ + N₂ + …, D]`.
fn by_token(b: &mut Builder, parts: &[Visual]) -> Result<Visual, Problem> {
    let Some((first, others)) = parts.split_first() else { return Err(none()) };
    for (at, other) in others.iter().enumerate() {
        if b.call_axis(other.node, 2, &first.width) {
            continue;
        }
        let field = format!("encoder.towers.{}.width", at + 1);
        b.require(Same {
            made: other.width.clone(),
            reserved: first.width.clone(),
            names: ("values of a token of this tower", "values of one of the first"),
            field: field.into(),
            help: "tokens of one sequence are equally wide: say `join: channels`, or towers of one \
                   width",
        });
        b.assume_axis(other.node, 2, &first.width);
    }
    let nodes: Vec<NodeId> = parts.iter().map(|part| part.node).collect();
    let node = b.push("concat", Concat, &nodes);
    Ok(Visual { node, patches_only: false, ..first.clone() })
}

/// A list of no towers.
fn none() -> Problem {
    ("encoder.towers".to_owned(), Diagnostic::error(Code::Mismatch, "`towers` lists none"))
}
