//! How far an answer may be off.

use crate::units::Fraction;

/// How far a right answer may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tolerance {
    /// Not at all.
    Exact,
    /// By one in the last of this many leading digits, so that rounding and cutting both pass.
    Digits(u32),
    /// By a factor, in quarters: 6 is a factor of 1.5.
    Quarters(i128),
    /// By this many percent of the answer, so that what is worked out of numbers rounded to three
    /// digits, and rounded again, passes.
    Percent(i128),
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
            Tolerance::Percent(percent) => format!("to within {percent} %"),
            Tolerance::Points(1) => "to within a percentage point".into(),
            Tolerance::Points(points) => format!("to within {points} percentage points"),
        }
    }

    /// How close an answer must be to a mistake to be taken for it.
    pub fn of_mistakes(self) -> Tolerance {
        match self {
            Tolerance::Quarters(_) => Tolerance::Quarters(5),
            Tolerance::Points(_) => Tolerance::Points(1),
            other => other,
        }
    }

    /// How far a mistake must be from the right answer, so that it is wrong when it is rounded too.
    pub fn clearance(self) -> Tolerance {
        match self {
            Tolerance::Digits(digits) => Tolerance::Digits(digits.saturating_sub(1)),
            Tolerance::Percent(percent) => Tolerance::Percent(percent + 1),
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
            Tolerance::Percent(percent) => {
                let size = if exact.is_negative() { exact.checked_neg()? } else { exact };
                at_most(off, size.checked_mul(Fraction::new(percent, 100)?)?)?
            }
            Tolerance::Points(points) => at_most(off, points.into())?,
        })
    }
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
        let percent = Tolerance::Percent(1);
        assert!(allows(percent, (643, 1), 642) && allows(percent, (99, 1), 100));
        assert!(!allows(percent, (98, 1), 100) && !allows(percent, (0, 1), 100));
        assert!(allows(Tolerance::Points(2), (43, 1), 41));
        assert!(!allows(Tolerance::Points(2), (431, 10), 41));
        assert_eq!(factor.words(), "within a factor of 1.5");
        assert_eq!(Tolerance::Quarters(8).words(), "within a factor of 2");
    }
}
