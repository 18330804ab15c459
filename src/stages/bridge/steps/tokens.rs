//! Steps that take tokens away or add some.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, Said};
use super::super::{NotSuited, Reduction, Target};
use super::short::ByOne;
use super::step::{StepStage, Written};
use super::tables::{VectorStorage, stored};
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, Role};
use crate::ops::{Concat, Learned, Reshape, Shape, Slice};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::{Amount, Size};

/// `{drop: 1}` takes the class token away that stands before the patches.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "DropStep")]
pub struct DropSpec {
    /// Tokens that go at the start; 1 if neither this nor `last` is given. It may stand alone.
    #[schemars(example = 1)]
    pub first: Option<Amount>,
    /// Tokens that go at the end; 0 if not given.
    #[schemars(example = 1)]
    pub last: Option<Amount>,
}

impl From<Amount> for DropSpec {
    fn from(first: Amount) -> DropSpec {
        DropSpec { first: Some(first), last: None }
    }
}

impl ByOne for DropSpec {
    type One = Amount;
}

/// Tokens that go, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drop {
    first: u64,
    last: u64,
}

impl Written for DropSpec {
    type Step = Drop;

    fn design(&self, _: &mut Faults) -> Drop {
        let first = self.first.map_or(u64::from(self.last.is_none()), Amount::get);
        Drop { first, last: self.last.map_or(0, Amount::get) }
    }

    fn say(step: &Drop) -> DropSpec {
        DropSpec { first: Amount::new(step.first), last: Amount::new(step.last) }
    }
}

impl StepStage for Drop {
    fn part(&self) -> (&'static str, Role) {
        ("drop", Role::Selection)
    }

    fn in_brief(&self) -> String {
        match (self.first, self.last) {
            (first, 0) => format!("the first {first} tokens dropped"),
            (0, last) => format!("the last {last} tokens dropped"),
            (first, last) => format!("the first {first} and the last {last} tokens dropped"),
        }
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["Some tokens are dropped, such as a class token."]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Regrouped
    }

    fn wire(
        &self,
        b: &mut Builder,
        mut x: Flow,
        _: &Target,
        at: &At<'_>,
    ) -> Result<Flow, NotSuited> {
        for (count, from_end, name) in
            [(self.first, true, "without_first"), (self.last, false, "without_last")]
        {
            if count == 0 {
                continue;
            }
            let tokens = b.axis(x.node, 1);
            let tokens = b.symbols().expand(&tokens);
            let count = Dim::from(i128::from(count));
            b.require(AtMost {
                needed: &count + Dim::one(),
                most: tokens.clone(),
                names: ("tokens that go and one that stays", "tokens"),
                field: at.here(),
                why: "something must be left",
            });
            let length = tokens - count;
            let patches = x.patches();
            let is_grid = b.symbols().same(&length, &patches);
            let slice = Slice { length, from_end };
            let node = b.push(&*at.name(name), slice, &[x.node]);
            x = if is_grid { x.on_patches(node) } else { x.in_a_row(node) };
        }
        Ok(x)
    }
}

/// `{append: 2}` puts two learned tokens after those of an image.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AppendStep")]
pub struct AppendSpec {
    /// How many; 1 if not given. It may stand alone.
    #[schemars(example = 1)]
    pub tokens: Option<Size>,
    /// How they are stored; it changes no count.
    #[schemars(extend("default" = VectorStorage::Batched))]
    pub storage: Choice<VectorStorage>,
    /// Whether they stand before the tokens of an image; false if not given.
    #[schemars(extend("default" = false))]
    pub before: Choice<bool>,
}

impl From<Size> for AppendSpec {
    fn from(tokens: Size) -> AppendSpec {
        AppendSpec { tokens: Some(tokens), ..AppendSpec::default() }
    }
}

impl ByOne for AppendSpec {
    type One = Size;
}

/// Learned tokens put beside those of an image, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Append {
    /// How many.
    pub tokens: Said,
    /// How they are stored.
    pub storage: VectorStorage,
    /// Whether they stand before the tokens of an image.
    pub before: bool,
}

impl Append {
    /// So many after the tokens of an image.
    pub fn of(tokens: impl Into<Said>) -> Append {
        Append { tokens: tokens.into(), storage: VectorStorage::Batched, before: false }
    }
}

impl Written for AppendSpec {
    type Step = Append;

    fn design(&self, _: &mut Faults) -> Append {
        Append {
            tokens: self.tokens.unwrap_or(Size::of(1)).into(),
            storage: self.storage.unwrap_or(VectorStorage::Batched),
            before: self.before.unwrap_or(false),
        }
    }

    fn say(step: &Append) -> AppendSpec {
        let Append { tokens, storage, before } = *step;
        AppendSpec { tokens: Some(tokens.size), storage: storage.into(), before: before.into() }
    }
}

impl StepStage for Append {
    fn part(&self) -> (&'static str, Role) {
        ("append", Role::Learned)
    }

    fn in_brief(&self) -> String {
        let place = if self.before { "before" } else { "after" };
        format!("{} learned tokens {place}", self.tokens.size)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["Learned tokens, the same for every image, are put beside those of an image."]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Regrouped
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let rows = at.size(b, ("E", "learned tokens beside those of an image"), self.tokens);
        let (batch, width) = (b.axis(x.node, 0), x.width.clone());
        let weight = stored(self.storage, rows.clone(), &width);
        let name = at.name("end_tokens");
        let own = b.push((&*name, at.module), Learned { weight, batch, rows, width }, &[]);
        let both = if self.before { [own, x.node] } else { [x.node, own] };
        let node = b.push(&*at.name("append"), Concat, &both);
        Ok(x.in_a_row(node))
    }
}

/// A learned token after each row of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Newlines;

impl StepStage for Newlines {
    fn part(&self) -> (&'static str, Role) {
        ("newlines", Role::Newline)
    }

    fn in_brief(&self) -> String {
        "a learned token after each row".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["A learned token, the newline, is put after each row of the grid."]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Regrouped
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let grid = x.grid("newlines", at)?;
        let (batch, width) = (b.axis(x.node, 0), x.width.clone());
        // The tokens may have a name for their number, which rows and columns do not know.
        b.rename_axis(x.node, 1, &(&grid.rows * &grid.columns));
        let rows = &batch * &grid.rows;
        let shape = Shape::new([rows.clone(), grid.columns.clone(), width.clone()]);
        let split = b.push(&*at.name("rows"), Reshape { shape }, &[x.node]);
        let one = Dim::one();
        let weight = Shape::new([width.clone()]);
        let newline = Learned { weight, batch: rows, rows: one.clone(), width: width.clone() };
        let newline = b.push((&*at.name("newline"), at.module), newline, &[]);
        let both = b.push(&*at.name("with_newlines"), Concat, &[split, newline]);
        let all = &grid.rows * (&grid.columns + one);
        let shape = Shape::new([batch, all, width]);
        let node = b.push(&*at.name("joined_rows"), Reshape { shape }, &[both]);
        Ok(x.in_a_row(node))
    }
}
