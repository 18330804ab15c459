//! Formulas of single terms.

use std::fmt::Write;

use smallvec::SmallVec;

use super::display::Writer;
use super::rational::Rational;
use super::{Definition, Sym};
use crate::units::exact;

/// A power of a symbol. The exponent is wide enough for the sum of many.
pub(super) type Power = (Sym, i64);

/// The powers of a term.
pub(super) type Powers = SmallVec<[Power; 6]>;

impl Writer<'_> {
    /// One term without its sign: the coefficient, the counts, then the other factors.
    pub(super) fn product(
        self,
        text: &mut String,
        coefficient: Rational,
        counts: &[Power],
        others: &[Power],
    ) {
        let (number, divisor) = (coefficient.numerator().unsigned_abs(), coefficient.denominator());
        let over = others.iter().filter(|power| power.1 > 0);
        let under = others.iter().filter(|power| power.1 < 0);
        let mut under: Powers = under.map(|&(sym, exponent)| (sym, -exponent)).collect();

        // Each unit of the numerator takes one of each divisor, one of an abbreviation as many as
        // go evenly among its units, and this is what is left.
        let units: i64 = over.clone().map(|&(_, exponent)| exponent).sum();
        let named = over.clone().find(|power| self.symbols.leads(power.0));
        let left = under.iter().map(|&(sym, divisors)| match named {
            Some(&(_, exponent)) => (sym, divisors % exponent - (units - exponent)),
            None => (sym, divisors - units),
        });
        let mut left: Powers = left.filter(|&(_, exponent)| exponent > 0).collect();
        let alone = counts.is_empty() && number == 1;
        // A single factor takes everything under one bar: `D/(2·h)`, not `(D/h)/2`.
        if units <= 1 && (alone || divisor != 1 || !left.is_empty()) {
            left = std::mem::take(&mut under);
        }

        let start = text.len();
        if number != 1 || (counts.is_empty() && units == 0) {
            factor(text, start, number);
        }
        self.powers(text, start, counts);
        self.paired(text, start, over, &under);
        self.divided(text, divisor.unsigned_abs(), &left);
    }

    /// The numerator factors with their divisors. Abbreviations are printed first, `N·D`, whichever
    /// was declared first: most are numbers of tokens, so that what is divided is the first of
    /// them, by all divisors, `(N/r²)·D²`. Where there is none, each unit of a factor takes one
    /// unit of each divisor that has some left, in the order of declaration.
    fn paired<'p>(
        self,
        text: &mut String,
        start: usize,
        over: impl Iterator<Item = &'p Power> + Clone,
        under: &[Power],
    ) {
        let mut named = over.clone().filter(|power| self.symbols.leads(power.0));
        let plain = over.filter(|power| !self.symbols.leads(power.0));
        let Some(&(first, exponent)) = named.next() else {
            return self.with_divisors(text, start, plain, under);
        };
        // What does not go evenly among the units stays for the other factors.
        let each = under.iter().map(|&(sym, units)| (sym, units / exponent));
        let each: Powers = each.filter(|&(_, units)| units > 0).collect();
        let left = under.iter().map(|&(sym, units)| (sym, units % exponent));
        let left: Powers = left.filter(|&(_, units)| units > 0).collect();
        if each.is_empty() {
            self.powers(text, start, &[(first, exponent)]);
        } else {
            separate(text, start);
            text.push('(');
            self.power(text, (first, 1));
            self.divided(text, 1, &each);
            text.push(')');
            superscript(text, exponent);
        }
        self.with_divisors(text, start, named.chain(plain), &left);
    }

    /// Factors, of which each unit takes one unit of each divisor that has some left.
    fn with_divisors<'p>(
        self,
        text: &mut String,
        start: usize,
        over: impl Iterator<Item = &'p Power>,
        under: &[Power],
    ) {
        let mut taken = 0;
        for &(sym, exponent) in over {
            let end = taken + exponent;
            while taken < end {
                // The units up to the next divisor that runs out are all alike.
                let covering = under.iter().filter(|&&(_, units)| units > taken);
                let next = covering.clone().map(|&(_, units)| units).fold(end, i64::min);
                if covering.clone().next().is_none() {
                    self.powers(text, start, &[(sym, next - taken)]);
                } else {
                    let divisors: Powers = covering.map(|&(sym, _)| (sym, 1)).collect();
                    separate(text, start);
                    text.push('(');
                    self.power(text, (sym, 1));
                    self.divided(text, 1, &divisors);
                    text.push(')');
                    superscript(text, next - taken);
                }
                taken = next;
            }
        }
    }

    /// A bar, and under it a number, if it is not 1, and powers; nothing for nothing.
    fn divided(self, text: &mut String, number: u128, powers: &[Power]) {
        let factors = powers.len() + usize::from(number != 1);
        if factors == 0 {
            return;
        }
        text.push_str(if factors == 1 { "/" } else { "/(" });
        let start = text.len();
        if number != 1 {
            factor(text, start, number);
        }
        self.powers(text, start, powers);
        text.push_str(if factors == 1 { "" } else { ")" });
    }

    /// Powers as factors of the product that starts at a place of the text.
    pub(super) fn powers(self, text: &mut String, start: usize, powers: &[Power]) {
        for power in powers {
            separate(text, start);
            self.power(text, *power);
        }
    }

    fn power(self, text: &mut String, (sym, exponent): Power) {
        self.name(text, sym);
        superscript(text, exponent);
    }

    /// A symbol as it is written.
    pub(super) fn name(self, text: &mut String, sym: Sym) {
        let symbol = self.symbols.get(sym);
        let number = match &symbol.definition {
            Definition::Call(call) if self.in_numbers => return self.call(text, call),
            Definition::Given(_) | Definition::Named(_) if self.in_numbers => {
                self.symbols.eval(&sym.into()).ok().flatten()
            }
            _ => None,
        };
        match number {
            Some(number) => text.push_str(&exact(number)),
            None => text.push_str(&symbol.name),
        }
    }
}

/// Puts a sign before the next factor of a product, if it is not the first one.
fn separate(text: &mut String, start: usize) {
    if text.len() > start {
        text.push('·');
    }
}

fn factor(text: &mut String, start: usize, number: u128) {
    separate(text, start);
    match u32::try_from(number).ok().and_then(|number| char::from_digit(number, 10)) {
        Some(digit) => text.push(digit),
        // A String takes everything.
        None => drop(write!(text, "{number}")),
    }
}

/// An exponent above 0 as superscript digits; nothing for 1.
fn superscript(text: &mut String, exponent: i64) {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if exponent != 1 {
        let digits = exponent.to_string().into_bytes();
        text.extend(digits.iter().map(|digit| DIGITS[usize::from(digit - b'0')]));
    }
}

#[cfg(test)]
pub(super) mod tests {
    use crate::dim::{Dim, Symbols};

    /// A table with the symbols `$name`, in this order, as variables.
    macro_rules! table {
        ($symbols:ident: $($name:ident)*) => {
            let mut $symbols = Symbols::default();
            $(
                #[allow(non_snake_case)]
                let $name = $symbols.free(stringify!($name), "");
            )*
        };
    }
    pub(in crate::dim) use table;

    #[test]
    fn coefficients_signs_and_order() {
        table!(t: N D_v);
        let n = Dim::from(N);
        assert_eq!(t.show(&(4 * n.pow(2) * D_v)), "4·N²·D_v");
        assert_eq!(t.show(&Dim::zero()), "0");
        assert_eq!(t.show(&Dim::one()), "1");
        assert_eq!(t.show(&Dim::from(-1)), "−1");
        assert_eq!(t.show(&-n.clone()), "−N");
        assert_eq!(t.show(&(n.pow(12) - &n + 3 - D_v)), "N¹² − N − D_v + 3");
        assert_eq!(t.show(&(n.pow(2) + D_v * D_v + N * D_v)), "N² + N·D_v + D_v²");
        assert_eq!(t.show(&n.over(&2.into())), "N/2");
        assert_eq!(t.show(&(3 * N).over(&2.into())), "3·N/2");
        assert_eq!(t.show(&Dim::from(-3).over(&2.into())), "−3/2");
        assert_eq!(t.show(&n.over(&Dim::zero())), "⟨division by zero⟩");
        let least = Dim::from(i128::MIN);
        assert_eq!(t.show(&least), "−170141183460469231731687303715884105728");
    }

    #[test]
    fn divisors_pair_with_factors_from_the_left() {
        table!(t: H W D P r h);
        let pr = P * r;
        assert_eq!(t.show(&(H * W).over(&(P * P))), "(H/P)·(W/P)");
        assert_eq!(t.show(&(H * W).over(&pr.pow(2))), "(H/(P·r))·(W/(P·r))");
        assert_eq!(t.show(&(H * W).over(&P.into())), "(H/P)·W");
        assert_eq!(t.show(&(H * W).over(&pr)), "(H/(P·r))·W");
        assert_eq!(t.show(&(H * W).over(&Dim::from(P).pow(3))), "(H/P)·(W/P)/P");
        assert_eq!(t.show(&(H * W).over(&(4 * P * P))), "(H/P)·(W/P)/4");
        assert_eq!(t.show(&(H * H).over(&(P * P))), "(H/P)²");
        assert_eq!(t.show(&(H * H * W).over(&P.into())), "(H/P)·H·W");
        let d_h = Dim::from(D).over(&h.into());
        assert_eq!(t.show(&d_h), "D/h");
        assert_eq!(t.show(&(&d_h + 1)), "D/h + 1");
        assert_eq!(t.show(&(2 * &d_h)), "2·(D/h)");
        assert_eq!(t.show(&(&d_h * r)), "(D/h)·r");
        assert_eq!(t.show(&d_h.over(&2.into())), "D/(2·h)");
        assert_eq!(t.show(&d_h.over(&r.into())), "D/(r·h)");
        assert_eq!(t.show(&(3 * d_h).over(&(2 * h))), "3·D/(2·h²)");
        assert_eq!(t.show(&Dim::one().over(&(P * P))), "1/P²");
        assert_eq!(t.show(&Dim::from(3).over(&(2 * P))), "3/(2·P)");
    }

    #[test]
    fn an_abbreviation_takes_the_divisors() {
        table!(t: H W D r);
        let n = Dim::from(t.named("N", "", H * Dim::from(W)));
        let (d, r) = (Dim::from(D), Dim::from(r));
        assert_eq!(t.show(&(2 * &n * &d * &d).over(&r.pow(2))), "2·(N/r²)·D²");
        assert_eq!(t.show(&(4 * n.pow(2) * &d).over(&r.pow(4))), "4·(N/r²)²·D");
        assert_eq!(t.show(&(n.pow(2) * &d).over(&r.pow(3))), "(N/r)²·(D/r)");
        assert_eq!(t.show(&n.pow(2).over(&r.pow(3))), "(N/r)²/r");
        assert_eq!(t.show(&n.over(&r.pow(2))), "N/r²");
    }
}
