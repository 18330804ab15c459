//! Answers: what is expected, what was given, and whether they agree.

use super::reading;
use crate::units::{Fraction, Unit, exact, exact_with_unit, human};

/// What a number of an answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Tokens, parameters, values.
    Count,
    /// Floating-point operations.
    Flop,
    /// Bytes.
    Byte,
    /// A share in percent.
    Percent,
}

impl Kind {
    /// The unit that its numbers are read and shown in.
    pub fn unit(self) -> Unit {
        match self {
            Kind::Count | Kind::Percent => Unit::Count,
            Kind::Flop => Unit::Flop,
            Kind::Byte => Unit::Byte,
        }
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Count => "count",
            Kind::Flop => "flop",
            Kind::Byte => "bytes",
            Kind::Percent => "percent",
        }
    }
}

/// How far a right answer may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// Not at all.
    Exact,
    /// By one in the last of this many leading digits, so that rounding and cutting both pass.
    Digits(u32),
    /// By a factor, in quarters: 6 is a factor of 1.5.
    Quarters(i128),
    /// By this many percentage points.
    Points(i128),
}

impl Tolerance {
    /// How a question says it.
    pub fn words(self) -> String {
        match self {
            Tolerance::Exact => "exactly".into(),
            Tolerance::Digits(digits) => format!("to {digits} digits"),
            Tolerance::Quarters(quarters) => {
                let part = ["", ".25", ".5", ".75"][quarters.rem_euclid(4) as usize];
                format!("within a factor of {}{part}", quarters.div_euclid(4))
            }
            Tolerance::Points(1) => "to within a percentage point".into(),
            Tolerance::Points(points) => format!("to within {points} percentage points"),
        }
    }

    /// How close an answer must be to a mistake to be taken for it.
    fn of_mistakes(self) -> Tolerance {
        match self {
            Tolerance::Quarters(_) => Tolerance::Quarters(5),
            Tolerance::Points(_) => Tolerance::Points(1),
            other => other,
        }
    }

    /// How far a mistake must be from the right answer, so that it is wrong when it is rounded too.
    fn clearance(self) -> Tolerance {
        match self {
            Tolerance::Digits(digits) => Tolerance::Digits(digits.saturating_sub(1)),
            Tolerance::Points(points) => Tolerance::Points(points + 1),
            other => other,
        }
    }

    /// Whether a number is as close as that to another; not if it is too long to compare.
    pub fn allows(self, given: Fraction, exact: Fraction) -> bool {
        self.compare(given, exact).unwrap_or(false)
    }

    fn compare(self, given: Fraction, exact: Fraction) -> Option<bool> {
        let at_most = |a: Fraction, b: Fraction| Some(a.checked_cmp(b)?.is_le());
        let off = given.checked_sub(exact)?;
        let off = if off.is_negative() { off.checked_neg()? } else { off };
        Some(match self {
            Tolerance::Exact => off.is_zero(),
            Tolerance::Digits(digits) => {
                let whole = (exact.numerator() / exact.denominator()).checked_abs()?;
                let length = whole.checked_ilog10().map_or(1, |log| log + 1);
                let last = 10i128.checked_pow(length.saturating_sub(digits))?;
                at_most(off, last.into())?
            }
            Tolerance::Quarters(quarters) => {
                let factor = Fraction::new(quarters, 4)?;
                let is_positive = !given.is_negative() && !given.is_zero();
                is_positive
                    && at_most(given, exact.checked_mul(factor)?)?
                    && at_most(exact, given.checked_mul(factor)?)?
            }
            Tolerance::Points(points) => at_most(off, points.into())?,
        })
    }
}

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
                format!("one letter, `a` to `{}`", letter(options.len().saturating_sub(1))),
            ),
        };
        read.ok_or_else(|| format!("write {write}"))
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

/// The letter of an option: `a` for the first.
pub fn letter(at: usize) -> char {
    char::from(b'a'.saturating_add(u8::try_from(at).unwrap_or(25).min(25)))
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
    fn tolerances() {
        let allows = |tolerance: Tolerance, given: (i128, i128), exact: i128| {
            tolerance.allows(Fraction::new(given.0, given.1).unwrap(), exact.into())
        };
        let digits = Tolerance::Digits(3);
        for given in [4_190_000, 4_200_000, 4_198_400, 4_203_000] {
            assert!(allows(digits, (given, 1), 4_198_400), "{given}");
        }
        for given in [4_180_000, 4_210_000, 4198, 0, -4_198_400, i128::MAX, i128::MIN] {
            assert!(!allows(digits, (given, 1), 4_198_400), "{given}");
        }
        assert!(allows(digits, (7, 1), 7) && !allows(digits, (9, 1), 7));
        assert!(allows(Tolerance::Exact, (20, 10), 2) && !allows(Tolerance::Exact, (21, 10), 2));
        let factor = Tolerance::Quarters(6);
        assert!(allows(factor, (10, 1), 15) && allows(factor, (15, 1), 10));
        assert!(!allows(factor, (9, 1), 15) && !allows(factor, (16, 1), 10));
        assert!(!allows(factor, (0, 1), 10) && !allows(factor, (-10, 1), 10));
        assert!(allows(Tolerance::Points(2), (43, 1), 41));
        assert!(!allows(Tolerance::Points(2), (431, 10), 41));
        assert_eq!(factor.words(), "within a factor of 1.5");
        assert_eq!(Tolerance::Quarters(8).words(), "within a factor of 2");
    }

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
