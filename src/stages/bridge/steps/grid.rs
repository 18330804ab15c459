//! Steps that make other tokens of neighbours on the grid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::fold::Fold;
use super::super::pool::{Pool, Pooled};
use super::super::rounding::{Divisor, Rounding, cut};
use super::super::{NotSuited, Reduction, Target};
use super::short::ByOne;
use super::step::{StepStage, Written};
use crate::diag::{Code, Diagnostic};
use crate::graph::{Builder, Role, Same};
use crate::ops::{Grid, Interpolate};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// `{fold: 2}` makes one token of four, four times as wide.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FoldStep")]
pub struct FoldSpec {
    /// Side r of a folded block in tokens: r² tokens become one. It may stand alone.
    #[schemars(example = 2)]
    pub factor: Size,
    /// Columns of a block, if it has another number of them than rows; then `factor` says the rows.
    #[serde(default)]
    #[schemars(example = 2)]
    pub columns: Option<Size>,
    /// What becomes of rows and columns that fill no block; an error if not given.
    #[serde(default)]
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

impl From<Size> for FoldSpec {
    fn from(factor: Size) -> FoldSpec {
        FoldSpec { factor, columns: None, rounding: Choice::default() }
    }
}

impl ByOne for FoldSpec {
    type One = Size;
}

impl Written for FoldSpec {
    type Step = Fold;

    fn design(&self, _: &mut Faults) -> Fold {
        let FoldSpec { factor, columns, rounding } = *self;
        Fold { factor, columns, rounding: rounding.unwrap_or_default() }
    }

    fn say(fold: &Fold) -> FoldSpec {
        let Fold { factor, columns, rounding } = *fold;
        FoldSpec { factor, columns, rounding: rounding.into() }
    }
}

impl StepStage for Fold {
    fn part(&self) -> (&'static str, Role) {
        ("fold", Role::Merge)
    }

    fn in_brief(&self) -> String {
        format!("blocks of {}×{} folded", self.factor, self.columns.unwrap_or(self.factor))
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![Fold::WORDS]
    }

    fn reduction(&self) -> Reduction {
        match (self.rounding, self.columns) {
            (Rounding::Exact, None) => Reduction::Folded(self.factor),
            _ => Reduction::Regrouped,
        }
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        self.merge(b, x, at, "fold")
    }
}

/// `{pool: 2}` averages blocks of 2×2 tokens; `{pool: {tokens: 256}}` leaves so many.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "PoolStep", extend("x-exactly-one" = ["kernel", "tokens"]))]
pub struct PoolSpec {
    /// Side of an averaged block in tokens. It may stand alone.
    #[schemars(example = 2)]
    pub kernel: Option<Size>,
    /// Tokens that stay of an image, a square number; the side of a block follows from it. With 1, it
    /// is the mean of all tokens.
    #[schemars(example = 256)]
    pub tokens: Option<Size>,
    /// What becomes of rows and columns that fill no block; an error if not given. Only beside
    /// `kernel`.
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
    /// Whether `tokens` are left of any grid, in windows that overlap where blocks do not fill it
    /// (PyTorch's `AdaptiveAvgPool2d`); false if not given.
    #[schemars(extend("default" = false))]
    pub adaptive: Choice<bool>,
}

impl From<Size> for PoolSpec {
    fn from(kernel: Size) -> PoolSpec {
        PoolSpec { kernel: Some(kernel), ..PoolSpec::default() }
    }
}

impl ByOne for PoolSpec {
    type One = Size;
}

impl Written for PoolSpec {
    type Step = Pool;

    fn design(&self, faults: &mut Faults) -> Pool {
        let (said, rounding) = ((self.kernel, self.tokens), self.rounding.unwrap_or_default());
        let pool = Pool::read("pool", said, rounding, faults);
        if !self.adaptive.unwrap_or(false) {
            return pool;
        }
        if self.tokens.is_none() {
            let text = "`adaptive` means nothing without `tokens`";
            let help =
                "say how many are left, `{pool: {tokens: 144, adaptive: true}}`, or take it out";
            faults.add("adaptive", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        pool.adaptive()
    }

    fn say(pool: &Pool) -> PoolSpec {
        let (kernel, tokens) = pool.said();
        let adaptive = matches!(pool.pooled, Pooled::Adaptive(_)).into();
        PoolSpec { kernel, tokens, rounding: pool.rounding.into(), adaptive }
    }
}

impl StepStage for Pool {
    fn part(&self) -> (&'static str, Role) {
        ("pool", Role::Merge)
    }

    fn in_brief(&self) -> String {
        format!("average pooling {}", self.how_much())
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![Pool::WORDS]
    }

    fn reduction(&self) -> Reduction {
        match (self.pooled, self.rounding) {
            (Pooled::ToSquare(_) | Pooled::Adaptive(_), _) => Reduction::Pooled(None),
            (Pooled::Blocks(side), Rounding::Exact) => Reduction::Pooled(Some(side)),
            (Pooled::Blocks(_), Rounding::Floor | Rounding::Ceil) => Reduction::Regrouped,
        }
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        self.merge(b, x, (at, at), "pool")
    }
}

/// The grid of tokens read at the places of another, bilinear (LLaVA-OneVision's video frames).
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InterpolateStep", extend("x-exactly-one" = ["factor", "tokens"]))]
pub struct InterpolateSpec {
    /// By what rows and columns are divided. It may stand alone.
    #[schemars(example = 2)]
    pub factor: Option<Size>,
    /// Tokens that are read, a square number: as many rows as columns.
    #[schemars(example = 144)]
    pub tokens: Option<Size>,
    /// What becomes of a remainder: with `ceil`, 27 rows are 14; an error if not given. Only beside
    /// `factor`.
    #[schemars(extend("default" = Rounding::Exact))]
    pub rounding: Choice<Rounding>,
}

impl From<Size> for InterpolateSpec {
    fn from(factor: Size) -> InterpolateSpec {
        InterpolateSpec { factor: Some(factor), ..InterpolateSpec::default() }
    }
}

impl ByOne for InterpolateSpec {
    type One = Size;
}

/// An interpolation, every choice made: to what `Pool` of the same settings would leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interpolation(Pool);

impl Written for InterpolateSpec {
    type Step = Interpolation;

    fn design(&self, faults: &mut Faults) -> Interpolation {
        let said = (self.factor, self.tokens);
        let fields = ["factor", "tokens"];
        let rounding = self.rounding.unwrap_or_default();
        Interpolation(Pool::read_as(("interpolate", fields), said, rounding, faults))
    }

    fn say(Interpolation(pool): &Interpolation) -> InterpolateSpec {
        let (factor, tokens) = pool.said();
        InterpolateSpec { factor, tokens, rounding: pool.rounding.into() }
    }
}

impl StepStage for Interpolation {
    fn part(&self) -> (&'static str, Role) {
        ("interpolate", Role::Merge)
    }

    fn in_brief(&self) -> String {
        match self.0.said() {
            (Some(factor), _) => format!("interpolation by {factor}"),
            (None, tokens) => format!("interpolation to {} tokens", tokens.map_or(0, Size::get)),
        }
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![
            "The grid of tokens is read at the places of another one, between neighbours: other \
             tokens, as wide as before.",
        ]
    }

    fn reduction(&self) -> Reduction {
        Reduction::Regrouped
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let from = x.grid("interpolate", at)?;
        let to = match self.0.pooled {
            Pooled::ToSquare(side) => {
                let side = at.size(b, ("s", "interpolated tokens per side"), side);
                Grid { rows: side.clone(), columns: side, patch: from.patch.clone() }
            }
            Pooled::Adaptive(_) => from.clone(),
            Pooled::Blocks(factor) => {
                let meaning = "by what the sides of the grid are divided";
                let factor = at.size(b, ("q", meaning), factor);
                let name = "factor of the interpolation";
                let divisor = Divisor { name, field: at.field, squared: None, rounds: true };
                let (tokens, factor) = (b.axis(x.node, 1), (factor.clone(), factor));
                cut(b, from.clone(), &factor, &tokens, self.0.rounding, divisor).as_grid()
            }
        };
        let op = Interpolate { from, to: to.clone() };
        let node = b.push(&*at.name("interpolate"), op, &[x.node]);
        let width = x.width.clone();
        Ok(x.on_grid(node, width, to))
    }
}

/// Nothing, but the grid must be square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square;

impl Square {
    /// States that a grid has as many rows as columns, and that it is one.
    pub fn require(b: &mut Builder, x: &Flow, what: &str, at: &At<'_>) -> Result<Grid, NotSuited> {
        let grid = x.grid(what, at)?;
        b.require(Same {
            made: grid.rows.clone(),
            reserved: grid.columns.clone(),
            names: ("rows of the grid", "columns of it, which must be as many,"),
            field: at.here(),
            help: "the code of this bridge takes the root of the number of tokens for both: let the \
                   image be square",
        });
        Ok(grid)
    }
}

impl StepStage for Square {
    fn part(&self) -> (&'static str, Role) {
        ("square", Role::Merge)
    }

    fn in_brief(&self) -> String {
        "a square grid".to_owned()
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["The grid must have as many rows as columns."]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        Square::require(b, &x, "square", at)?;
        Ok(x)
    }
}
