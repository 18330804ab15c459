//! The sum of a dimension over a range of one of its symbols.
//!
//! Between the points at which a minimum, a maximum or a rounding takes another branch, a
//! dimension is a polynomial of the symbol. It is found by evaluating the dimension with the symbol
//! as the variable of a polynomial instead of a number; each branch that is taken on the way says
//! how far it is taken. Nothing is assumed of the shape of the whole.

use std::ops::RangeInclusive;

use super::rational::{Rational, lcm};
use super::rule::{Call, Rule};
use super::symbols::{Definition, Symbols};
use super::univariate::Univariate;
use super::{Dim, EvalError, Sym};

/// Pieces that are added up one after another, before a period of the roundings is made use of.
const FEW: usize = 1 << 12;
/// The most pieces that are added up.
const MOST: usize = 1 << 16;

impl Symbols {
    /// The sum of a dimension's values where `sym` takes every number of a range. `None` where a
    /// value depends on a free symbol, or the dimension takes other branches too often.
    ///
    /// # Errors
    /// When the arithmetic overflows or divides by zero, or the sum is not an integer.
    pub fn sum_over(
        &self,
        d: &Dim,
        sym: Sym,
        range: RangeInclusive<i128>,
    ) -> Result<Option<i128>, EvalError> {
        let walk = Walk { symbols: self, d, sym, range };
        let sum = match walk.sum(1, FEW)? {
            Walked::Sum(sum) => Some(sum),
            Walked::Unknown => None,
            // In steps of a period, what is rounded grows by whole numbers.
            Walked::Long { period } => match walk.sum(period, MOST)? {
                Walked::Sum(sum) => Some(sum),
                Walked::Unknown | Walked::Long { .. } => None,
            },
        };
        sum.map(|sum| sum.as_integer().ok_or(EvalError::NotInteger)).transpose()
    }
}

/// What came of a walk over a range.
enum Walked {
    Sum(Rational),
    /// A value depends on a free symbol.
    Unknown,
    /// There are more pieces than were allowed; the roundings in them have a common period.
    Long {
        period: i128,
    },
}

/// A dimension and the range that it is added up over.
struct Walk<'a> {
    symbols: &'a Symbols,
    d: &'a Dim,
    sym: Sym,
    range: RangeInclusive<i128>,
}

impl Walk<'_> {
    /// The sum over the range in steps of `stride`, starting from each of the first `stride` points.
    fn sum(&self, stride: i128, most: usize) -> Result<Walked, EvalError> {
        let (mut sum, mut pieces, mut period) = (Rational::ZERO, 0, 1);
        let last = *self.range.end();
        for first in self.range.clone().take(usize::try_from(stride).unwrap_or(usize::MAX)) {
            let mut at = first;
            while at <= last {
                pieces += 1;
                if pieces > most {
                    return Ok(Walked::Long { period });
                }
                let mut piece = Piece::new(self, at, stride);
                let Some(polynomial) = piece.dim(self.d)? else { return Ok(Walked::Unknown) };
                sum = sum.checked_add(polynomial.sum(piece.until + 1)?)?;
                period = lcm(period, piece.period)?;
                let steps = (piece.until + 1).checked_mul(stride);
                let Some(next) = steps.and_then(|steps| at.checked_add(steps)) else { break };
                at = next;
            }
        }
        Ok(Walked::Sum(sum))
    }
}

/// A polynomial, or nothing where it depends on a free symbol.
type Value = Result<Option<Univariate>, EvalError>;

/// The stretch of a range, from a point on in equal steps, on which every branch stays as it is.
struct Piece<'a> {
    symbols: &'a Symbols,
    sym: Sym,
    /// What `sym` is: `at + stride·t`.
    line: Univariate,
    /// The last `t`.
    until: i128,
    /// A number of points after which what is rounded has grown by whole numbers.
    period: i128,
    /// The polynomials found so far of the symbols from `sym` on.
    found: Vec<Option<Univariate>>,
}

impl Piece<'_> {
    fn new<'a>(walk: &Walk<'a>, at: i128, stride: i128) -> Piece<'a> {
        let Walk { symbols, sym, ref range, .. } = *walk;
        let found = vec![None; symbols.len().saturating_sub(sym.index())];
        let until = (*range.end()).saturating_sub(at) / stride;
        Piece { symbols, sym, line: Univariate::line(at, stride), until, period: 1, found }
    }

    fn dim(&mut self, d: &Dim) -> Value {
        let mut total = Univariate::from(Rational::ZERO);
        for &(ref monomial, coefficient) in d.terms()? {
            let mut product = Univariate::from(coefficient);
            for &(sym, exponent) in monomial.factors() {
                let Some(factor) = self.sym(sym)? else { return Ok(None) };
                product = product.checked_mul(&self.power(&factor, exponent.into())?)?;
            }
            total = total.checked_add(&product)?;
        }
        Ok(Some(total))
    }

    fn power(&mut self, base: &Univariate, exponent: i32) -> Result<Univariate, EvalError> {
        match base.as_constant() {
            Some(constant) => Ok(constant.checked_pow(exponent)?.into()),
            None if exponent < 0 => Ok(self.only_here(base).checked_pow(exponent)?.into()),
            None => {
                let one = Univariate::from(Rational::ONE);
                (0..exponent).try_fold(one, |power, _| power.checked_mul(base))
            }
        }
    }

    /// The value at the first point, as all of the piece: for what is no polynomial.
    fn only_here(&mut self, polynomial: &Univariate) -> Rational {
        self.until = 0;
        polynomial.at_zero()
    }

    fn sym(&mut self, sym: Sym) -> Value {
        if sym == self.sym {
            return Ok(Some(self.line.clone()));
        }
        // Those before it cannot depend on it and keep their value.
        let Some(index) = (sym.index()).checked_sub(self.sym.index()) else {
            return Ok(self
                .symbols
                .entry(sym)
                .ok_or(EvalError::Foreign)?
                .value?
                .map(Univariate::from));
        };
        if let Some(known) = &self.found[index] {
            return Ok(Some(known.clone()));
        }
        let symbols = self.symbols;
        let Some(found) = self.definition(&symbols.get(sym).definition)? else { return Ok(None) };
        self.found[index] = Some(found.clone());
        Ok(Some(found))
    }

    fn definition(&mut self, definition: &Definition) -> Value {
        match definition {
            Definition::Free => Ok(None),
            Definition::Given(value) => Ok(Some(Rational::from(*value).into())),
            Definition::Named(dim) => self.dim(dim),
            Definition::Call(call) => self.call(call),
        }
    }

    fn call(&mut self, call: &Call) -> Value {
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let Some(arg) = self.dim(arg)? else { return Ok(None) };
            args.push(arg);
        }
        let minus = Rational::from(-1);
        match (&call.rule, &args[..]) {
            (Rule::Floor, [a, b]) => {
                let quotient = self.quotient(a, b)?;
                self.floor(&quotient).map(Some)
            }
            (Rule::Ceil, [a, b]) => {
                let quotient = self.quotient(a, b)?.times(minus)?;
                self.floor(&quotient)?.times(minus).map(Some)
            }
            (Rule::Min, _) => self.least(args),
            (Rule::Max, _) => {
                let negated = args.iter().map(|arg| arg.times(minus)).collect::<Result<_, _>>()?;
                self.least(negated)?.map(|least| least.times(minus)).transpose()
            }
            // What the rule makes of the next point cannot be told from this one.
            (Rule::Floor | Rule::Ceil | Rule::RoundEven | Rule::Of(_), _) => {
                let args: Vec<Rational> = args.iter().map(|arg| self.only_here(arg)).collect();
                call.value(&args).map(|value| Some(value.into()))
            }
        }
    }

    /// The least of several, as long as it stays the least.
    fn least(&mut self, several: Vec<Univariate>) -> Value {
        let mut several = several.into_iter();
        let Some(mut least) = several.next() else { return Err(EvalError::NotInteger) };
        for other in several {
            least = self.less(least, other)?;
        }
        Ok(Some(least))
    }

    fn quotient(&mut self, a: &Univariate, b: &Univariate) -> Result<Univariate, EvalError> {
        match b.as_constant() {
            Some(divisor) => a.times(divisor.checked_pow(-1)?),
            None => {
                let (a, b) = (self.only_here(a), self.only_here(b));
                Ok(a.checked_div(b)?.into())
            }
        }
    }

    /// The less of two, as long as it stays the less.
    fn less(&mut self, a: Univariate, b: Univariate) -> Result<Univariate, EvalError> {
        let difference = a.checked_sub(&b)?;
        let a_is_less = difference.starts_below_zero();
        let difference =
            if a_is_less { difference } else { difference.times(Rational::from(-1))? };
        self.until = difference.stays_down(false, self.until);
        Ok(if a_is_less { a } else { b })
    }

    /// The whole number below, as long as what is not whole stays between two whole numbers.
    fn floor(&mut self, quotient: &Univariate) -> Result<Univariate, EvalError> {
        let (whole, denominator) = quotient.whole_steps()?;
        let rest = quotient.checked_sub(&whole)?;
        let below = Rational::from(rest.at_zero().floor());
        self.period = lcm(self.period, denominator)?;
        let next = Univariate::from(below.checked_add(Rational::ONE)?);
        // What is left of each coefficient is not negative: it only grows.
        self.until = rest.checked_sub(&next)?.stays_down(true, self.until);
        whole.checked_add(&below.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::trees::{ALL, dim, small};
    use super::*;

    /// The sum, point by point.
    fn plain(symbols: &Symbols, d: &Dim, sym: Sym, range: RangeInclusive<i128>) -> Option<i128> {
        let at = |point| symbols.eval_with(d, &[(sym, point)]).ok()?;
        range.map(at).try_fold(0i128, |sum, value| sum.checked_add(value?))
    }

    proptest! {
        #[test]
        fn a_sum_is_that_of_its_points(
            tree in small(ALL),
            others in [-9i128..9, -9i128..9],
            first in -20i128..20,
            count in 0i128..60,
        ) {
            let mut t = Symbols::default();
            // One symbol before the one that varies and one after it, and an abbreviation.
            let [a, x, b] = [("a", others[0]), ("x", 0), ("b", others[1])]
                .map(|(name, value)| t.given(name, "", value));
            let third = t.floor_div(&(2 * x + b), &3.into());
            let n = t.named("n", "", third + a);
            let d = dim(&tree, &mut t, &[a, x, b, n]);
            let range = first..=first + count - 1;
            let Some(expected) = plain(&t, &d, x, range.clone()) else { return Ok(()) };
            match t.sum_over(&d, x, range) {
                Err(EvalError::Overflow) => {}
                sum => prop_assert_eq!(sum, Ok(Some(expected)), "{}", t.show(&d)),
            }
        }

    }

    proptest! {
        // Each case walks thousands of pieces.
        #![proptest_config(ProptestConfig::with_cases(4))]

        #[test]
        fn long_sums_are_those_of_their_parts(
            (window, chunk, slope) in (1i128..500_000, 1i128..30, 1i128..9),
            (length, cut) in (200_000i128..400_000, 1i128..200_000),
        ) {
            let mut t = Symbols::default();
            let x = t.given("x", "", 0);
            let cost = bent(&mut t, x, window, chunk, slope);
            let sum = |range| t.sum_over(&cost, x, range).unwrap().unwrap();
            prop_assert_eq!(sum(0..=cut - 1) + sum(cut..=length), sum(0..=length));
        }
    }

    /// Neither concave nor convex: a window, a chunk that starts anew, a step, and a square.
    fn bent(t: &mut Symbols, x: Sym, window: i128, chunk: i128, slope: i128) -> Dim {
        let seen = t.min(&(x + Dim::one()), &window.into());
        let started = t.floor_div(&x.into(), &chunk.into());
        let at_least = t.max(&(3 * x), &(&seen * slope + 5));
        let pages = t.ceil_div(&(x * slope), &7.into());
        &seen * slope + x - started * chunk + at_least * 2 + pages + seen.pow(2)
    }

    #[test]
    fn a_billion_chunks() {
        let mut t = Symbols::default();
        let x = t.given("x", "", 0);
        let chunk = 8192i128;
        let started = t.floor_div(&x.into(), &chunk.into());
        let cost = x + Dim::one() - started * chunk;
        // Whole chunks, each of 1 to 8192 tokens.
        let chunks = 1_000_000_000;
        let sum = t.sum_over(&cost, x, 0..=chunk * chunks - 1);
        assert_eq!(sum, Ok(Some(chunks * chunk * (chunk + 1) / 2)));
        let few = t.sum_over(&cost, x, 100..=99_999);
        assert_eq!(few, Ok(plain(&t, &cost, x, 100..=99_999)));
    }

    #[test]
    fn bends_of_every_kind_are_added_up_exactly() {
        let mut t = Symbols::default();
        let x = t.given("x", "", 0);
        for (window, chunk, slope) in [(9, 4, 1), (100, 7, 3), (1, 1, 2), (2000, 64, 5)] {
            let cost = bent(&mut t, x, window, chunk, slope);
            for range in [0..=0, 0..=8, 3..=1000, RangeInclusive::new(5, 4)] {
                let expected = plain(&t, &cost, x, range.clone());
                assert_eq!(t.sum_over(&cost, x, range), Ok(expected));
            }
        }
    }

    #[test]
    fn what_cannot_be_added_up() {
        let mut t = Symbols::default();
        let (x, free) = (t.given("x", "", 0), t.free("f", ""));
        assert_eq!(t.sum_over(&(x * Dim::from(free)), x, 0..=9), Ok(None));
        assert_eq!(
            t.sum_over(&Dim::one().over(&x.into()), x, 0..=9),
            Err(EvalError::DivisionByZero)
        );
        assert_eq!(t.sum_over(&(x * Dim::from(i128::MAX)), x, 0..=9), Err(EvalError::Overflow));
        // Another value at every point: `⌊10¹²/(x + 1)⌋`.
        let rounded = t.floor_div(&1_000_000_000_000i128.into(), &(x + Dim::one()));
        assert_eq!(t.sum_over(&rounded, x, 0..=99), Ok(plain(&t, &rounded, x, 0..=99)));
        assert_eq!(t.sum_over(&rounded, x, 0..=1_000_000), Ok(None));
    }
}
