//! Answers: what is expected, what was given, and whether they agree.

use super::kind::Kind;
use super::reading::{self, letter};
use super::tolerance::Tolerance;
use crate::units::{Fraction, exact, exact_with_unit, human};

/// 1 MiB, in bytes.
const MEBI: i128 = 1 << 20;

/// An answer that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// A number.
    Number(Fraction),
    /// A shape, outermost axis first.
    Shape(Vec<i128>),
    /// One of the options, from 0.
    Choice(usize),
}

/// The right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A number.
    Number {
        /// Its value.
        value: Fraction,
        /// What it counts.
        kind: Kind,
        /// How far an answer may be off.
        tolerance: Tolerance,
    },
    /// A shape, outermost axis first; a batch axis of 1 may stand before it.
    Shape(Vec<i128>),
    /// One of several options.
    Choice {
        /// The options in the order in which they are shown.
        options: Vec<String>,
        /// The right one.
        right: usize,
    },
}

impl Expected {
    /// A whole number of something.
    pub fn number(value: i128, kind: Kind, tolerance: Tolerance) -> Expected {
        Expected::Number { value: Fraction::whole(value), kind, tolerance }
    }

    /// Reads an answer of this type.
    ///
    /// # Errors
    /// What to write instead.
    pub fn read(&self, text: &str) -> Result<Given, String> {
        let (read, write) = match self {
            Expected::Number { kind, .. } => {
                (reading::number(text, *kind).map(Given::Number), number_forms(*kind))
            }
            Expected::Shape(axes) => (
                reading::shape(text, axes.len()).map(Given::Shape),
                "a shape, such as `576x4096` or `[576, 4096]`".to_owned(),
            ),
            Expected::Choice { options, .. } => (
                reading::choice(text, options).map(Given::Choice),
                format!(
                    "a letter, `a` to `{}`, or a number, `1` to `{}`",
                    letter(options.len().saturating_sub(1)),
                    options.len()
                ),
            ),
        };
        read.ok_or_else(|| format!("not understood; write {write}"))
    }

    /// In which form an answer is asked for: its unit, and how exact it must be. Options say that
    /// themselves.
    pub fn form(&self) -> Option<String> {
        match self {
            Expected::Number { value, kind, tolerance } => {
                let unit = match kind {
                    Kind::Count => String::new(),
                    Kind::Flop => "in FLOPs, ".to_owned(),
                    Kind::Byte if value.floor() < MEBI => "in KiB, ".to_owned(),
                    Kind::Byte => "in MiB or GiB, ".to_owned(),
                    Kind::Percent => "in percent, ".to_owned(),
                };
                Some(unit + &tolerance.words())
            }
            Expected::Shape(_) => Some("without the batch axis".to_owned()),
            Expected::Choice { .. } => None,
        }
    }

    /// What to ask back where a number was written without its unit: `16` of bytes, `4.19` of
    /// parameters.
    pub fn asks_back(&self, given: &Given, text: &str) -> Option<String> {
        let (Expected::Number { value, kind, .. }, Given::Number(number)) = (self, given) else {
            return None;
        };
        let text = reading::without_unit(text)?;
        // A number of bytes or FLOPs in full is a long one.
        if number.floor() >= MEBI {
            return None;
        }
        let unit = match kind {
            Kind::Byte if value.floor() < MEBI => "KiB",
            Kind::Byte => "GiB",
            Kind::Flop => "TFLOP",
            Kind::Count if number.as_integer().is_none() => "M",
            Kind::Count | Kind::Percent => return None,
        };
        Some(format!("{text} what? Write the unit, such as `{text} {unit}`"))
    }

    /// Whether an answer is right.
    pub fn accepts(&self, given: &Given) -> bool {
        match (self, given) {
            (Expected::Number { value, tolerance, .. }, Given::Number(given)) => {
                tolerance.allows(*given, *value)
            }
            (Expected::Shape(axes), Given::Shape(given)) => axes == given,
            (Expected::Choice { right, .. }, Given::Choice(given)) => right == given,
            _ => false,
        }
    }

    /// Whether an answer is right, or so close to it that it is right when it is rounded.
    pub fn nearly_accepts(&self, given: &Given) -> bool {
        match (self, given) {
            (Expected::Number { value, tolerance, .. }, Given::Number(given)) => {
                tolerance.allows(*given, *value) || tolerance.clearance().allows(*given, *value)
            }
            _ => self.accepts(given),
        }
    }

    /// Whether an answer is what a mistake leads to.
    pub fn resembles(&self, given: &Given, mistake: &Given) -> bool {
        match (self, given, mistake) {
            (Expected::Number { tolerance, .. }, Given::Number(given), Given::Number(mistake)) => {
                tolerance.of_mistakes().allows(*given, *mistake)
            }
            _ => given == mistake,
        }
    }

    /// The right answer.
    pub fn right(&self) -> Given {
        match self {
            Expected::Number { value, .. } => Given::Number(*value),
            Expected::Shape(axes) => Given::Shape(axes.clone()),
            Expected::Choice { right, .. } => Given::Choice(*right),
        }
    }

    /// The right answer as text.
    pub fn show(&self) -> String {
        self.show_given(&self.right())
    }

    /// An answer to this question as text.
    pub fn show_given(&self, given: &Given) -> String {
        match (self, given) {
            (Expected::Number { kind, .. }, Given::Number(number)) => show_number(*number, *kind),
            (Expected::Choice { options, .. }, Given::Choice(at)) => {
                format!("{}) {}", letter(*at), options.get(*at).map_or("", String::as_str))
            }
            (_, Given::Shape(axes)) => show_shape(axes),
            (_, Given::Number(number)) => show_number(*number, Kind::Count),
            (_, Given::Choice(at)) => letter(*at).to_string(),
        }
    }
}

fn number_forms(kind: Kind) -> String {
    match kind {
        Kind::Count => "a number, such as `576`, `24x24`, `4.19M` or `2.36e6`",
        Kind::Flop => "FLOPs, such as `9.08 TFLOP` or `9.08e12`",
        Kind::Byte => "bytes, such as `320 MiB`, `2 GiB` or `335544320`",
        Kind::Percent => "a share, such as `41 %` or `0.41`",
    }
    .to_owned()
}

/// `[576, 4096]`.
pub fn show_shape(axes: &[i128]) -> String {
    let axes: Vec<String> = axes.iter().map(i128::to_string).collect();
    format!("[{}]", axes.join(", "))
}

/// A number in full, and in three digits where that is shorter.
fn show_number(value: Fraction, kind: Kind) -> String {
    if kind == Kind::Percent {
        let tenths = value.checked_mul(10.into()).unwrap_or(value).round();
        return format!("{}.{} %", tenths / 10, (tenths % 10).abs());
    }
    let whole = value.round();
    let short = human(whole, kind.unit());
    let full = exact_with_unit(whole, kind.unit());
    if whole < 1_000_000 && kind == Kind::Count {
        return exact(whole);
    }
    if short == full { full } else { format!("{short} ({full})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_shown_in_full() {
        let show = |value, kind| Expected::number(value, kind, Tolerance::Exact).show();
        assert_eq!(show(576, Kind::Count), "576");
        assert_eq!(show(4_198_400, Kind::Count), "4.20 M (4,198,400)");
        assert_eq!(show(335_544_320, Kind::Byte), "320 MiB (335,544,320 B)");
        assert_eq!(show(12, Kind::Byte), "12 B");
        assert_eq!(Expected::Shape(vec![576, 4096]).show(), "[576, 4096]");
        let choice = Expected::Choice { options: vec!["x".into(), "y".into()], right: 1 };
        assert_eq!(choice.show(), "b) y");
    }
}
