//! Steps after which other tokens ask those of the image: learned ones, or made of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, Said};
use super::super::{NotSuited, Reduction, Target};
use super::list;
use super::short::ByOne;
use super::step::{Step, StepSpec, StepStage, Written};
use super::tables::{VectorStorage, stored};
use super::width::Width;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId, Role};
use crate::ops::{Learned, Shape};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// `{latents: 64}`: from here on, 64 learned tokens, which `cross-attention` lets ask the others.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LatentsStep")]
pub struct LatentsSpec {
    /// How many. It may stand alone.
    #[schemars(example = 64)]
    pub count: Size,
    /// Width of each: a number, `llm`, `same` (if not given), `input`, or `x4` and `x1/4`, times the
    /// width at hand.
    #[serde(default)]
    #[schemars(example = 768)]
    pub width: Option<Width>,
    /// How they are stored; it changes no count.
    #[serde(default)]
    #[schemars(extend("default" = VectorStorage::Flat))]
    pub storage: Choice<VectorStorage>,
    /// Whether each has a learned place on the grid, which `deformable-attention` reads around; false
    /// if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub places: Choice<bool>,
}

impl From<Size> for LatentsSpec {
    fn from(count: Size) -> LatentsSpec {
        let (storage, places) = (Choice::default(), Choice::default());
        LatentsSpec { count, width: None, storage, places }
    }
}

impl ByOne for LatentsSpec {
    type One = Size;
}

/// Learned tokens that ask, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Latents {
    /// How many.
    pub count: Said,
    /// Width of each.
    pub width: Width,
    /// How they are stored.
    pub storage: VectorStorage,
    /// Whether each has a learned place on the grid.
    pub places: bool,
}

impl Written for LatentsSpec {
    type Step = Latents;

    fn design(&self, _: &mut Faults) -> Latents {
        Latents {
            count: self.count.into(),
            width: self.width.clone().unwrap_or(Width::SAME),
            storage: self.storage.unwrap_or_default(),
            places: self.places.unwrap_or(false),
        }
    }

    fn say(step: &Latents) -> LatentsSpec {
        let Latents { count, width, storage, places } = step.clone();
        let (storage, places) = (storage.into(), places.into());
        LatentsSpec { count: count.size, width: Some(width), storage, places }
    }
}

impl StepStage for Latents {
    fn part(&self) -> (&'static str, Role) {
        ("latents", Role::Learned)
    }

    fn in_brief(&self) -> String {
        format!("{} learned tokens", self.count.size)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Learned tokens take the place of the image's: as many come out, whatever the image's \
             size.",
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Learned
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let rows = at.size(b, ("Q", "learned tokens that ask the image"), self.count);
        let width = self.width.wire(b, &x, to, at);
        let batch = b.axis(x.node, 0);
        let places = self.places.then(|| places(b, [&batch, &rows], at));
        let weight = stored(self.storage, rows.clone(), &width);
        let learned = Learned { weight, batch, rows, width: width.clone() };
        let node = b.push((&*at.name("latents"), at.module), learned, &[]);
        Ok(x.clone().with(node, width).in_a_row(node).asking(x, places))
    }
}

/// Learned places of so many tokens on a grid, `[B, N, 2]`, stored as `[1, N, 2]`.
pub fn places(b: &mut Builder, [batch, rows]: [&Dim; 2], at: &At<'_>) -> NodeId {
    let width = Dim::from(2);
    let weight = Shape::new([Dim::one(), rows.clone(), width.clone()]);
    let places = Learned { weight, batch: batch.clone(), rows: rows.clone(), width };
    b.module(at.module, |b| b.push((&*at.name("places"), "reference_points"), places, &[]))
}

/// `{queries: [{pool: {tokens: 144}}]}`: from here on, what the steps make, which `cross-attention`
/// lets ask the tokens that there were.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(transparent)]
#[schemars(rename = "QueriesStep", extend("examples" = [[{"pool": {"tokens": 1}}]]))]
pub struct QueriesSpec(Vec<StepSpec>);

/// Tokens that steps make and that ask the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Queries(pub Vec<Step>);

impl Written for QueriesSpec {
    type Step = Queries;

    fn design(&self, faults: &mut Faults) -> Queries {
        Queries(list::design(&self.0, faults))
    }

    fn say(step: &Queries) -> QueriesSpec {
        QueriesSpec(list::say(&step.0))
    }
}

impl StepStage for Queries {
    fn part(&self) -> (&'static str, Role) {
        ("queries", Role::Steps)
    }

    fn in_brief(&self) -> String {
        format!("queries by ({})", list::in_brief(&self.0))
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words = list::in_words(&self.0);
        words.push("What comes of it asks the tokens that it was made of.");
        words
    }

    fn reduction(&self) -> Reduction {
        match list::reduction(&self.0) {
            Reduction::Kept => Reduction::Kept,
            _ => Reduction::Regrouped,
        }
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let made = at.steps("queries", |within| {
            b.module(at.module, |b| list::wire(b, &self.0, x.clone(), to, within))
        })?;
        Ok(made.asking(x, None))
    }
}
