//! What a formula is while it is compiled: a fraction of whole polynomials in slots.

use std::collections::BTreeMap;

use super::step::Slot;
use crate::dim::EvalError::{self, Overflow};
use crate::dim::rational::{Rational, gcd, lcm};

/// A product of powers of slots, with positive exponents.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub(super) struct Powers(BTreeMap<Slot, u32>);

/// A sum of products. A coefficient may be zero: what stands after it must have a value all the
/// same.
#[derive(Clone, Default, Debug)]
pub(super) struct Sum(BTreeMap<Powers, i128>);

/// `coefficient·over/under`.
///
/// Nothing is cancelled between over and under: what is under a bar must not be zero, also where
/// it stands over it too.
#[derive(Clone, Debug)]
pub(super) struct Product {
    pub(super) coefficient: Rational,
    pub(super) over: Powers,
    pub(super) under: Powers,
}

/// `sum/(number·under)`, with a positive number.
#[derive(Clone, Debug)]
pub(super) struct Fraction {
    pub(super) sum: Sum,
    pub(super) number: i128,
    pub(super) under: Powers,
}

impl From<Slot> for Powers {
    fn from(slot: Slot) -> Self {
        Powers(BTreeMap::from([(slot, 1)]))
    }
}

impl Powers {
    /// The slots, each as often as its exponent says.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.0.iter().flat_map(|(slot, exponent)| (0..*exponent).map(|_| *slot))
    }

    /// What this is the square of, if it is one.
    pub(super) fn root(&self) -> Option<Powers> {
        let half = |(slot, exponent): (&Slot, &u32)| {
            exponent.is_multiple_of(2).then_some((*slot, exponent / 2))
        };
        self.0.iter().map(half).collect::<Option<_>>().map(Powers)
    }

    pub(super) fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn times(&self, other: &Powers) -> Result<Powers, EvalError> {
        self.merged(other, u32::checked_add)
    }

    fn over(&self, divisor: &Powers) -> Result<Powers, EvalError> {
        self.merged(divisor, u32::checked_sub)
    }

    /// The least product of which both are divisors.
    fn common(&self, other: &Powers) -> Result<Powers, EvalError> {
        self.merged(other, |a, b| Some(a.max(b)))
    }

    fn merged(
        &self,
        other: &Powers,
        combine: fn(u32, u32) -> Option<u32>,
    ) -> Result<Powers, EvalError> {
        let mut merged = self.clone();
        for (slot, exponent) in &other.0 {
            let own = merged.0.entry(*slot).or_default();
            *own = combine(*own, *exponent).ok_or(Overflow)?;
        }
        merged.0.retain(|_, exponent| *exponent > 0);
        Ok(merged)
    }
}

impl Sum {
    pub(super) fn terms(&self) -> impl Iterator<Item = (&Powers, i128)> {
        self.0.iter().map(|(powers, coefficient)| (powers, *coefficient))
    }

    /// This times a number and powers.
    pub(super) fn times(&self, number: i128, powers: &Powers) -> Result<Sum, EvalError> {
        let mut product = Sum::default();
        for (own, coefficient) in self.terms() {
            product.add(own.times(powers)?, coefficient.checked_mul(number).ok_or(Overflow)?)?;
        }
        Ok(product)
    }

    /// The greatest common divisor of the coefficients and a number that is not negative.
    pub(super) fn content(&self, number: i128) -> i128 {
        self.0.values().fold(number, |common, coefficient| match coefficient.checked_abs() {
            Some(0) => common,
            // What has no size has no divisor worth looking for.
            size => size.map_or(1, |size| gcd(common, size)),
        })
    }

    pub(super) fn is_one(&self) -> bool {
        self.0.len() == 1 && self.0.get(&Powers::default()) == Some(&1)
    }

    /// This with coefficients divided by a common divisor.
    pub(super) fn divided(mut self, by: i128) -> Sum {
        for coefficient in self.0.values_mut() {
            *coefficient /= by;
        }
        self
    }

    fn add(&mut self, powers: Powers, coefficient: i128) -> Result<(), EvalError> {
        let own = self.0.entry(powers).or_default();
        *own = own.checked_add(coefficient).ok_or(Overflow)?;
        Ok(())
    }
}

impl Product {
    pub(super) fn number(coefficient: Rational) -> Product {
        Product { coefficient, over: Powers::default(), under: Powers::default() }
    }

    pub(super) fn slot(slot: Slot) -> Product {
        Product { over: slot.into(), ..Product::number(Rational::ONE) }
    }

    /// This times the power of another one.
    pub(super) fn times(&self, other: &Product, exponent: i16) -> Result<Product, EvalError> {
        let (mut over, mut under) = (self.over.clone(), self.under.clone());
        let (up, down) = match exponent {
            0.. => (other.over.clone(), other.under.clone()),
            // What stands under the bar of a divisor must not be zero either.
            _ => (other.under.times(&other.under)?, other.over.times(&other.under)?),
        };
        for _ in 0..exponent.unsigned_abs() {
            (over, under) = (over.times(&up)?, under.times(&down)?);
        }
        let power = other.coefficient.checked_pow(exponent.into())?;
        Ok(Product { coefficient: self.coefficient.checked_mul(power)?, over, under })
    }
}

impl Fraction {
    pub(super) fn one() -> Fraction {
        let sum = Sum(BTreeMap::from([(Powers::default(), 1)]));
        Fraction { sum, number: 1, under: Powers::default() }
    }

    /// The sum of products, with a common denominator.
    pub(super) fn of(products: &[Product]) -> Result<Fraction, EvalError> {
        let (mut number, mut under) = (1, Powers::default());
        for product in products {
            number = lcm(number, product.coefficient.denominator())?;
            under = under.common(&product.under)?;
        }
        let mut sum = Sum::default();
        for product in products {
            let coefficient = product.coefficient.checked_mul(number.into())?;
            let powers = product.over.times(&under)?.over(&product.under)?;
            sum.add(powers, coefficient.as_integer().ok_or(Overflow)?)?;
        }
        Ok(Fraction { sum, number, under })
    }

    /// The sums of fractions over one common denominator, which is a number times powers.
    pub(super) fn over_common(
        fractions: &[Fraction],
    ) -> Result<(Vec<Sum>, i128, Powers), EvalError> {
        let (mut number, mut under) = (1, Powers::default());
        for fraction in fractions {
            number = lcm(number, fraction.number)?;
            under = under.common(&fraction.under)?;
        }
        let scaled = |fraction: &Fraction| {
            fraction.sum.times(number / fraction.number, &under.over(&fraction.under)?)
        };
        let sums = fractions.iter().map(scaled).collect::<Result<_, _>>()?;
        Ok((sums, number, under))
    }

    /// This as a product, if the sum has at most one term; otherwise the sum without its common
    /// factor, and the factor over the denominator.
    pub(super) fn split(self) -> Result<(Option<Sum>, Product), EvalError> {
        let Fraction { mut sum, number, under } = self;
        let over_number = |above: i128| Rational::from(above).checked_div(number.into());
        if sum.0.len() < 2 {
            let (over, coefficient) = sum.0.pop_first().unwrap_or_default();
            return Ok((None, Product { coefficient: over_number(coefficient)?, over, under }));
        }
        let common = sum.content(0).max(1);
        let factor = Product { under, ..Product::number(over_number(common)?) };
        Ok((Some(sum.divided(common)), factor))
    }
}
