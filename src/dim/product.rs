//! Formulas of single terms.

use std::borrow::Cow;

use super::display::Writer;
use super::rational::Rational;
use super::{Definition, Sym};
use crate::units::exact;

/// A power of a symbol. The exponent is wide enough for the sum of many.
pub(super) type Power = (Sym, i64);

impl<'a> Writer<'a> {
    /// One term without its sign: the coefficient, the counts, then the other factors.
    pub(super) fn product(
        self,
        coefficient: Rational,
        counts: &[Power],
        others: &[Power],
    ) -> String {
        let (number, divisor) = (coefficient.numerator(), coefficient.denominator());
        let (over, under): (Vec<Power>, Vec<Power>) =
            others.iter().partition(|&&(_, exponent)| exponent > 0);
        let under: Vec<Power> = under.into_iter().map(|(sym, e)| (sym, -e)).collect();

        // Each unit of the numerator takes one of each divisor, and this is what is left.
        let units: i64 = over.iter().map(|&(_, exponent)| exponent).sum();
        let left: Vec<Power> = under
            .iter()
            .map(|&(sym, exponent)| (sym, exponent - units))
            .filter(|&(_, exponent)| exponent > 0)
            .collect();
        let alone = counts.is_empty() && number.unsigned_abs() == 1;
        // A single factor takes everything under one bar: `D/(2·h)`, not `(D/h)/2`.
        let one_bar = units <= 1 && (alone || divisor != 1 || !left.is_empty());
        let (under, left) = if one_bar { (vec![], under) } else { (under, left) };

        let mut factors = Vec::new();
        if number.unsigned_abs() != 1 || (counts.is_empty() && over.is_empty()) {
            factors.push(number.unsigned_abs().to_string());
        }
        factors.extend(counts.iter().map(|&power| self.power(power)));
        factors.extend(self.paired(&over, &under));

        let mut divisors: Vec<String> = left.iter().map(|&power| self.power(power)).collect();
        if divisor != 1 {
            divisors.insert(0, divisor.to_string());
        }
        over_bar(&factors.join("·"), &divisors)
    }

    /// The numerator factors with their divisors: in the order of their declaration, abbreviations
    /// last, each unit of a factor takes one unit of each divisor that has some left. Abbreviations
    /// are printed first: `N·D`, whichever was declared first.
    fn paired(self, over: &[Power], under: &[Power]) -> Vec<String> {
        let (named, plain): (Vec<Power>, Vec<Power>) =
            over.iter().partition(|&&(sym, _)| self.symbols.is_named(sym));
        let mut factors = Vec::new();
        let mut first_named = 0;
        let mut taken = 0;
        for &(sym, exponent) in plain.iter().chain(&named) {
            let end = taken + exponent;
            while taken < end {
                // The units up to the next divisor that runs out are all alike.
                let covering = under.iter().filter(|&&(_, units)| units > taken);
                let next = covering.clone().map(|&(_, units)| units).fold(end, i64::min);
                let names: Vec<String> = covering.map(|&(sym, _)| self.power((sym, 1))).collect();
                factors.push(if names.is_empty() {
                    self.power((sym, next - taken))
                } else {
                    let fraction = over_bar(&self.name(sym), &names);
                    format!("({fraction}){}", superscript(next - taken))
                });
                taken = next;
            }
            if !self.symbols.is_named(sym) {
                first_named = factors.len();
            }
        }
        factors.rotate_left(first_named);
        factors
    }

    /// Powers as a product; nothing for none.
    pub(super) fn powers(self, powers: &[Power]) -> String {
        let factors: Vec<String> = powers.iter().map(|&power| self.power(power)).collect();
        factors.join("·")
    }

    fn power(self, (sym, exponent): Power) -> String {
        format!("{}{}", self.name(sym), superscript(exponent))
    }

    /// How a symbol is written.
    fn name(self, sym: Sym) -> Cow<'a, str> {
        let symbol = self.symbols.get(sym);
        if !self.in_numbers {
            return Cow::Borrowed(&symbol.name);
        }
        match &symbol.definition {
            Definition::Free => Cow::Borrowed(&symbol.name),
            Definition::Call(call) => self.call(call).into(),
            Definition::Given(_) | Definition::Named(_) => {
                let value = self.symbols.eval(&sym.into()).ok().flatten();
                value.map_or(Cow::Borrowed(&symbol.name), |value| exact(value).into())
            }
        }
    }
}

fn over_bar(over: &str, under: &[String]) -> String {
    match under {
        [] => over.into(),
        [one] => format!("{over}/{one}"),
        _ => format!("{over}/({})", under.join("·")),
    }
}

/// An exponent above 0 as superscript digits; nothing for 1.
fn superscript(exponent: i64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    if exponent == 1 {
        return String::new();
    }
    let digits = exponent.to_string().into_bytes();
    digits.iter().map(|digit| DIGITS[usize::from(digit - b'0')]).collect()
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
}
