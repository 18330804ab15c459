//! What must hold of a plan: the values of `expect:`, and the limits and conditions of a policy.

mod bound;
mod decode;
mod schema;

pub use bound::Bound;

use std::fmt;

use schemars::JsonSchema;

use crate::units::{self, Ratio, Unit};

/// What must hold of one number or shape of a plan, all of it: `576`, `7.1B`,
/// `{min: 1B, max: 2 GiB}`, `{value: 9.1 TFLOP, tolerance: 1%}`, `[B, 576, 4096]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What must hold; at least one thing.
    pub all: Vec<Requirement>,
    /// How bad it is if it does not; an error if not said.
    pub severity: Option<Severity>,
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Requirement {
    /// This number, or one that is off by at most the fraction of it.
    Value(Bound, Ratio),
    /// At least this number.
    Min(Bound),
    /// At most this number.
    Max(Bound),
    /// At most this fraction of the LLM's context.
    FractionOfContext(Ratio),
    /// This shape.
    Shape(Vec<Axis>),
}

/// One axis of an expected shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Axis {
    /// This many.
    Size(i128),
    /// This formula in the plan's symbols: `B`, `(H/P)·(W/P) + 1`.
    Formula(String),
    /// `?`: whatever it is.
    Any,
}

/// How bad a broken expectation is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The check fails.
    #[default]
    Error,
    /// The finding is said, and the check goes on.
    #[serde(alias = "warning")]
    #[schemars(extend("x-other-names" = ["warning"]))]
    Warn,
}

impl Expectation {
    /// Whether it is about a shape.
    pub fn is_shape(&self) -> bool {
        self.all.iter().any(|requirement| matches!(requirement, Requirement::Shape(_)))
    }

    /// The numbers that it names.
    pub fn bounds(&self) -> impl Iterator<Item = &Bound> {
        self.all.iter().filter_map(|requirement| match requirement {
            Requirement::Value(bound, _) | Requirement::Min(bound) | Requirement::Max(bound) => {
                Some(bound)
            }
            Requirement::FractionOfContext(_) | Requirement::Shape(_) => None,
        })
    }
}

impl Expectation {
    /// As a noun: `576`, `1 to 2`, `at most 2 GiB (2,147,483,648 B)`, `[B, 576, 4096]`; `unit` is
    /// what the number counts, `context` the length of the LLM's.
    pub fn show(&self, unit: Unit, context: Option<i128>) -> String {
        if let [Requirement::Min(min), Requirement::Max(max)] = &self.all[..] {
            let (least, most) = (min.value.ceil(), max.value.floor());
            return format!("{} to {}", min.show(least, unit), max.show(most, unit));
        }
        let all: Vec<String> =
            self.all.iter().map(|requirement| requirement.show(unit, context)).collect();
        all.join(", ")
    }
}

impl Requirement {
    /// The least and the most whole number of which it holds; none where that depends on a context
    /// that is not known, and of a shape.
    pub fn range(&self, context: Option<i128>) -> Option<(i128, i128)> {
        Some(match self {
            Requirement::Value(value, tolerance) => tolerance.around(value.value),
            Requirement::Min(min) => (min.value.ceil(), i128::MAX),
            Requirement::Max(max) => (i128::MIN, max.value.floor()),
            Requirement::FractionOfContext(most) => (i128::MIN, most.of(context?)),
            Requirement::Shape(_) => return None,
        })
    }

    fn show(&self, unit: Unit, context: Option<i128>) -> String {
        match self {
            Requirement::Value(value, tolerance) => {
                let number = value.show(value.value.round(), unit);
                if *tolerance == Ratio::ZERO { number } else { format!("{number} ± {tolerance}") }
            }
            Requirement::Min(min) => format!("at least {}", min.show(min.value.ceil(), unit)),
            Requirement::Max(max) => format!("at most {}", max.show(max.value.floor(), unit)),
            Requirement::FractionOfContext(most) => {
                let tokens =
                    context.map(|context| format!(" ({})", units::exact(most.of(context))));
                format!("at most {most} of the context{}", tokens.unwrap_or_default())
            }
            Requirement::Shape(axes) => {
                let axes: Vec<String> = axes.iter().map(ToString::to_string).collect();
                format!("[{}]", axes.join(", "))
            }
        }
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Axis::Size(size) => size.fmt(f),
            Axis::Formula(formula) => f.write_str(formula),
            Axis::Any => f.write_str("?"),
        }
    }
}
