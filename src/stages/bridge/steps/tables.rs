//! Steps with a learned table: rows that a token is a mixture of, and positions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, Said};
use super::super::{NotSuited, Target};
use super::short::ByOne;
use super::step::{EACH_TOKEN, EACH_TOKEN_PART, StepStage, Written};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, Role};
use crate::ops::{
    self, AddTable, Layout, Linear, ParamRole, Shape, SideBySide, Split, TableRows, Widen,
};
use crate::stages::beside::Relative;
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// Each token's values as shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softmax;

impl StepStage for Softmax {
    fn part(&self) -> (&'static str, Role) {
        EACH_TOKEN_PART
    }

    fn in_brief(&self) -> String {
        "softmax".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![EACH_TOKEN]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let node = b.push(&*at.name("softmax"), ops::Softmax, &[x.node]);
        Ok(x.of_same_width(node))
    }
}

/// A mixture of the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table(pub Size);

impl Written for Size {
    type Step = Table;

    fn design(&self, _: &mut Faults) -> Table {
        Table(*self)
    }

    fn say(step: &Table) -> Size {
        step.0
    }
}

impl Table {
    /// The rows as a symbol.
    pub fn rows(self, b: &mut Builder, at: &At<'_>) -> Dim {
        at.size(b, ("V_b", "rows of the bridge's table"), self.0)
    }
}

impl StepStage for Table {
    fn part(&self) -> (&'static str, Role) {
        EACH_TOKEN_PART
    }

    fn in_brief(&self) -> String {
        format!("a mixture of {} rows", self.0)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "Each value of a token then weighs a row of a stored table: a visual token is a \
             mixture of its rows, as a word is one row.",
        ]
    }

    /// `[B, N, D] → [B, N, width]`, D of the rows at most.
    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let rows = self.rows(b, at);
        let node = if x.width == rows {
            x.node
        } else {
            b.require(AtMost {
                needed: x.width.clone(),
                most: rows.clone(),
                names: ("values of a token", "rows of the table"),
                field: at.here(),
                why: "each value weighs a row",
            });
            b.push(&*at.name("zeros"), Widen { width: rows.clone() }, &[x.node])
        };
        let output = to.width.clone();
        let op = Linear { input: rows, output: output.clone(), bias: false, layout: Layout::InOut };
        let node = b.push((&*at.name("table"), at.module), op, &[node]);
        Ok(x.with(node, output))
    }
}

/// A table of positions, added.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PositionsStep")]
pub struct PositionsSpec {
    /// Rows of the table; as many as there are tokens if not given. It may stand alone.
    #[schemars(example = 576)]
    pub rows: Option<Size>,
    /// How the table is stored; it changes no count.
    #[schemars(extend("default" = VectorStorage::Batched))]
    pub storage: Choice<VectorStorage>,
    /// Whether there are two tables of `rows` rows, of columns for the first half of a token's values
    /// and of rows of the grid for the second (Florence-2); false if not given.
    #[schemars(extend("default" = false))]
    pub halves: Choice<bool>,
}

impl From<Size> for PositionsSpec {
    fn from(rows: Size) -> PositionsSpec {
        PositionsSpec { rows: Some(rows), ..PositionsSpec::default() }
    }
}

impl ByOne for PositionsSpec {
    type One = Size;
}

/// A table of positions, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Positions {
    /// Rows of the table; none are as many as there are tokens.
    pub rows: Option<Said>,
    /// How the table is stored.
    pub storage: VectorStorage,
    /// Whether there are two, of columns and of rows.
    pub halves: bool,
}

impl Written for PositionsSpec {
    type Step = Positions;

    fn design(&self, faults: &mut Faults) -> Positions {
        let halves = self.halves.unwrap_or(false);
        if halves && self.rows.is_none() {
            let text = "the rows of the two tables of positions are not given";
            let help = "write `rows: 50` beside `halves`, as Florence-2";
            faults.add("rows", Diagnostic::error(Code::MissingField, text).help(help));
        }
        let storage = self.storage.unwrap_or(VectorStorage::Batched);
        Positions { rows: self.rows.map(Said::from), storage, halves }
    }

    fn say(step: &Positions) -> PositionsSpec {
        PositionsSpec {
            rows: step.rows.map(|rows| rows.size),
            storage: step.storage.into(),
            halves: step.halves.into(),
        }
    }
}

impl Positions {
    /// Two tables of so many rows: `[B, N, D] → [B, N, D]`.
    fn by_halves(
        &self,
        b: &mut Builder,
        x: Flow,
        rows: &Dim,
        at: &At<'_>,
    ) -> Result<Flow, NotSuited> {
        let grid = x.grid("positions", at)?;
        for (needed, what) in [(&grid.rows, "rows of the grid"), (&grid.columns, "its columns")] {
            b.require(AtMost {
                needed: needed.clone(),
                most: rows.clone(),
                names: (what, "rows of the table of positions"),
                field: at.here(),
                why: "each has a row of its own",
            });
        }
        let of_rows = b.symbols().floor_div(&x.width, &Dim::from(2));
        let of_columns = &x.width - &of_rows;
        let grid = Box::new(grid);
        let halves = [
            ("columns", Dim::zero(), &of_columns, TableRows::OfColumn(grid.clone())),
            ("rows", of_columns.clone(), &of_rows, TableRows::OfRow(grid)),
        ];
        let halves = halves.map(|(name, offset, width, read)| {
            let split = Split { offset, width: width.clone() };
            let part = b.push(&*at.name(name), split, &[x.node]);
            let table = stored(self.storage, rows.clone(), width);
            let (name, module) =
                (at.name(&format!("{name}_positions")), format!("{}.{name}", at.module));
            b.push((&*name, &*module), AddTable { table, rows: read }, &[part])
        });
        let node = b.push(&*at.name("positions"), SideBySide, &halves);
        Ok(x.of_same_width(node))
    }
}

impl StepStage for Positions {
    fn part(&self) -> (&'static str, Role) {
        EACH_TOKEN_PART
    }

    fn in_brief(&self) -> String {
        "positions".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["Each token gets a learned vector for its place."]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let rows = match self.rows {
            Some(rows) => at.size(b, ("R_b", "rows of the bridge's position table"), rows),
            None => b.axis(x.node, 1),
        };
        if self.halves {
            return self.by_halves(b, x, &rows, at);
        }
        let table = stored(self.storage, rows, &x.width);
        let add = AddTable { table, rows: TableRows::Fitted };
        let node = b.push((&*at.name("positions"), at.module), add, &[x.node]);
        Ok(x.of_same_width(node))
    }
}

/// How learned vectors are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum VectorStorage {
    /// `[N, D]`.
    #[default]
    Flat,
    /// With a batch axis: `[1, N, D]`.
    Batched,
}

/// The shape of so many stored vectors.
pub(super) fn stored(storage: VectorStorage, rows: Dim, width: &Dim) -> Shape {
    match storage {
        VectorStorage::Flat => Shape::new([rows, width.clone()]),
        VectorStorage::Batched => Shape::new([Dim::one(), rows, width.clone()]),
    }
}

/// `{relative-positions: {buckets: 32, heads: 12}}`: one learned table for all attentions with
/// `relative: true` after it (T5, Emu).
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RelativeStep")]
pub struct RelativeSpec {
    /// Rows of the table: distances, far ones together.
    #[schemars(example = 32)]
    pub buckets: Size,
    /// Attention heads, each of which has biases of its own.
    #[schemars(example = 12)]
    pub heads: Size,
}

/// A table of biases by distance, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelativePositions {
    buckets: Size,
    heads: Size,
}

impl Written for RelativeSpec {
    type Step = RelativePositions;

    fn design(&self, _: &mut Faults) -> RelativePositions {
        RelativePositions { buckets: self.buckets, heads: self.heads }
    }

    fn say(step: &RelativePositions) -> RelativeSpec {
        RelativeSpec { buckets: step.buckets, heads: step.heads }
    }
}

impl StepStage for RelativePositions {
    fn part(&self) -> (&'static str, Role) {
        ("relative", Role::PositionEmbedding)
    }

    fn in_brief(&self) -> String {
        "biases by distance".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["Attention has a learned bias for the distance between two tokens."]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let buckets = at.size(b, ("R_d", "rows of the table of distances"), self.buckets);
        let heads = at.size(b, ("h", "attention heads"), self.heads);
        let shape = Shape::new([buckets.clone(), heads.clone()]);
        let name = at.name("relative");
        let table = b.store((&*format!("{name}.weight"), at.module), shape, ParamRole::Positions);
        Ok(x.with_relative(Relative { table, buckets }, heads))
    }
}
