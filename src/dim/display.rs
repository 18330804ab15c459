//! Formulas as an engineer would write them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::monomial::Monomial;
use super::product::{Power, Powers};
use super::rational::Rational;
use super::{Call, Definition, Dim, Rule, Sym, Symbols};

/// Where a factor stands in its term: abbreviations first, then in the order of declaration.
type Place = (bool, Sym, Reverse<i64>);

/// A term without its count symbols: the coefficient and the powers in symbol order.
type Term = (Rational, Powers);

/// A formula being written.
#[derive(Clone, Copy)]
pub(super) struct Writer<'a> {
    pub(super) symbols: &'a Symbols,
    /// Whether symbols that have a value are written as numbers.
    pub(super) in_numbers: bool,
}

impl Symbols {
    /// The formula of a dimension, with count symbols factored out.
    pub fn show(&self, d: &Dim) -> String {
        Writer { symbols: self, in_numbers: false }.sum(d)
    }

    /// The formula of a dimension with its abbreviations written out.
    pub fn show_expanded(&self, d: &Dim) -> String {
        self.show(&self.expand(d))
    }

    /// The formula of an atom.
    pub(super) fn show_call(&self, call: &Call) -> String {
        Writer { symbols: self, in_numbers: false }.call(call)
    }

    /// Whether a symbol abbreviates a formula.
    pub(super) fn is_named(&self, sym: Sym) -> bool {
        matches!(self.get(sym).definition, Definition::Named(_))
    }

    fn is_count(&self, sym: Sym) -> bool {
        self.entry(sym).is_some_and(|entry| entry.is_count)
    }
}

impl Writer<'_> {
    /// A sum with its counts factored out.
    pub(super) fn sum(self, d: &Dim) -> String {
        let terms = match d.terms() {
            Ok(terms) => terms,
            Err(fault) => return format!("⟨{fault}⟩"),
        };
        let split = |monomial: &Monomial| -> (Powers, Powers) {
            let powers = monomial.factors().iter();
            let powers = powers.map(|&(sym, exponent)| (sym, i64::from(exponent)));
            powers.partition(|&(sym, exponent)| exponent > 0 && self.symbols.is_count(sym))
        };
        if let [(monomial, coefficient)] = terms {
            if let (Some(sym), &Rational::ONE) = (monomial.as_symbol(), coefficient) {
                let mut text = String::new();
                self.name(&mut text, sym);
                return text;
            }
            let (counts, others) = split(monomial);
            let product = self.product(*coefficient, &counts, &others);
            return if coefficient.is_negative() { format!("−{product}") } else { product };
        }
        let mut groups: BTreeMap<Powers, Vec<Term>> = BTreeMap::new();
        for &(ref monomial, coefficient) in terms {
            let (counts, others) = split(monomial);
            groups.entry(counts).or_default().push((coefficient, others));
        }
        for terms in groups.values_mut() {
            terms.sort_by_cached_key(|(_, others)| self.place(others));
        }
        let common = match groups.len() {
            0 | 1 => Powers::new(),
            _ => common_powers(groups.keys()),
        };
        let sum = joined(
            groups.iter().flat_map(|(counts, terms)| self.group(&without(counts, &common), terms)),
        );
        if common.is_empty() { sum } else { self.bracketed(&common, &sum) }
    }

    /// The formula of an atom.
    pub(super) fn call(self, call: &Call) -> String {
        let list = || {
            let args: Vec<String> = call.args.iter().map(|arg| self.sum(arg)).collect();
            args.join(", ")
        };
        match call.rule {
            Rule::Floor => format!("⌊{}⌋", self.quotient(call)),
            Rule::Ceil => format!("⌈{}⌉", self.quotient(call)),
            Rule::RoundEven => format!("round_even({})", self.quotient(call)),
            Rule::Min => format!("min({})", list()),
            Rule::Max => format!("max({})", list()),
            Rule::Of(function) => match function.outputs {
                [_] => format!("{}({})", function.name, list()),
                outputs => format!("{}({}).{}", function.name, list(), outputs[call.output]),
            },
        }
    }

    /// What is rounded.
    fn quotient(self, call: &Call) -> String {
        let enclosed = |d: &Dim, most: usize| {
            let text = self.sum(d);
            let bare = factor_count(d).is_some_and(|count| count <= most);
            if bare { text } else { format!("({text})") }
        };
        match &call.args[..] {
            [whole, by] if by.is_one() => self.sum(whole),
            // A product may stand over the bar as it is, under it only a single factor.
            [a, b] => format!("{}/{}", enclosed(a, usize::MAX), enclosed(b, 1)),
            _ => String::new(),
        }
    }

    /// Where a term stands in its sum: those of most factors first, a constant last; among equals,
    /// those with high powers of the first symbols.
    fn place(self, powers: &[Power]) -> (Reverse<i64>, Vec<Place>) {
        let mut factors: Vec<Place> = powers
            .iter()
            .map(|&(sym, exponent)| (!self.symbols.is_named(sym), sym, Reverse(exponent)))
            .collect();
        factors.sort_unstable();
        (Reverse(powers.iter().map(|power| power.1.max(0)).sum()), factors)
    }

    /// The terms that share a count monomial, as summands: negative or not, and the formula.
    fn group(self, counts: &[Power], terms: &[Term]) -> Vec<(bool, String)> {
        let signed = |counts: &[Power], (coefficient, others): &Term| {
            let product = self.product(*coefficient, counts, others);
            (coefficient.is_negative(), product)
        };
        if counts.is_empty() || terms.len() == 1 {
            return terms.iter().map(|term| signed(counts, term)).collect();
        }
        let negative = terms.iter().all(|(coefficient, _)| coefficient.is_negative());
        let inside = terms.iter().map(|term| signed(&[], term));
        let sum = joined(inside.map(|(sign, product)| (sign != negative, product)));
        vec![(negative, self.bracketed(counts, &sum))]
    }

    fn bracketed(self, factors: &[Power], sum: &str) -> String {
        let mut text = String::new();
        self.powers(&mut text, 0, factors);
        format!("{text}·({sum})")
    }
}

/// The number of factors of a single term without divisors; `None` for anything else.
fn factor_count(d: &Dim) -> Option<usize> {
    let terms = d.terms().ok()?;
    let [(monomial, coefficient)] = terms else { return None };
    let factors = monomial.factors();
    let whole = coefficient.denominator() == 1 && factors.iter().all(|&(_, exponent)| exponent > 0);
    let number = usize::from(*coefficient != Rational::ONE);
    whole.then_some(factors.len() + number)
}

/// The powers that all the monomials have.
fn common_powers<'a>(mut monomials: impl Iterator<Item = &'a Powers>) -> Powers {
    let first = monomials.next().cloned().unwrap_or_default();
    monomials.fold(first, |common, other| {
        let shared = common.iter().filter_map(|&(sym, exponent)| {
            let found = other.iter().find(|power| power.0 == sym)?;
            Some((sym, exponent.min(found.1)))
        });
        shared.collect()
    })
}

/// A monomial divided by powers that it has.
fn without(monomial: &[Power], common: &[Power]) -> Powers {
    let exponent_in = |sym| common.iter().find(|power| power.0 == sym).map_or(0, |power| power.1);
    monomial
        .iter()
        .map(|&(sym, exponent)| (sym, exponent - exponent_in(sym)))
        .filter(|&(_, exponent)| exponent > 0)
        .collect()
}

/// A sum of summands, each negative or not. It starts with one that is not, if there is one.
fn joined(summands: impl Iterator<Item = (bool, String)>) -> String {
    let mut summands: Vec<(bool, String)> = summands.collect();
    if let Some(first) = summands.iter().position(|(negative, _)| !negative) {
        summands[..=first].rotate_right(1);
    }
    let mut sum = String::new();
    for (negative, summand) in summands {
        sum += match (sum.is_empty(), negative) {
            (true, false) => "",
            (true, true) => "−",
            (false, false) => " + ",
            (false, true) => " − ",
        };
        sum += &summand;
    }
    if sum.is_empty() { "0".into() } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dim::product::tests::table;

    #[test]
    fn counts_are_factored_out() {
        table!(t: C N T P D_v D B L_v L);
        let (l_v, l) = (8 * N * D_v * D_v + 4 * N * N * D_v, 8 * T * D * D + 4 * T * T * D);
        let sum = B * (2 * C * N * P * P * D_v + L_v * l_v + L * l);
        t.count(B);
        t.count(L_v);
        t.count(L);
        assert_eq!(
            t.show(&sum),
            "B·(2·C·N·P²·D_v + L_v·(4·N²·D_v + 8·N·D_v²) + L·(4·T²·D + 8·T·D²))"
        );
        assert_eq!(t.show(&(2 * B * L * T * D * D)), "2·B·L·T·D²");
        assert_eq!(t.show(&(B * (N + Dim::from(T)))), "B·(N + T)");
        assert_eq!(t.show(&(B * (2 * L * T + Dim::from(N)))), "B·(N + 2·L·T)");
        assert_eq!(t.show(&(N - L * Dim::from(T))), "N − L·T");
        assert_eq!(t.show(&(L * Dim::from(T) - N - P)), "L·T − N − P");
        assert_eq!(t.show(&(-Dim::from(L) - N)), "−N − L");
        assert_eq!(t.show(&(B * Dim::from(T) - L * N - L * P)), "B·T − L·(N + P)");
        assert_eq!(t.show(&(L * L * T + 3 * L * T)), "L·(3·T + L·T)");
        assert_eq!(t.show(&(B * L * T + B * T)), "B·(T + L·T)");
        let half = (B * N * T).over(&(2 * P * P));
        assert_eq!(t.show(&half), "B·(N/P)·(T/P)/2");
        assert_eq!(t.show(&(B * D).over(&C.into())), "B·(D/C)");
        assert_eq!(t.show(&Dim::from(B).over(&L.into())), "B/L");
    }

    #[test]
    fn atoms() {
        table!(t: H W P S);
        // Each is written as it was first met: in a table of its own.
        let shown = |t: &Symbols, a: &Dim, b: &Dim| {
            let (mut down, mut up) = (t.clone(), t.clone());
            let (floor, ceil) = (down.floor_div(a, b), up.ceil_div(a, b));
            (down.show(&floor), up.show(&ceil))
        };
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        let (h, p) = (Dim::from(H), Dim::from(P));
        assert_eq!(shown(&t, &h, &p), pair("⌊H/P⌋", "⌈H/P⌉"));
        assert_eq!(shown(&t, &(&h + 1), &2.into()), pair("⌊(H + 1)/2⌋", "⌈(H + 1)/2⌉"));
        assert_eq!(shown(&t, &(2 * H * W), &(6 * P)), pair("⌊H·W/(3·P)⌋", "⌈H·W/(3·P)⌉"));
        assert_eq!(shown(&t, &h, &(&p + 1)), pair("⌊H/(P + 1)⌋", "⌈H/(P + 1)⌉"));
        let rows = t.floor_div(&h, &p);
        assert_eq!(t.show(&(&rows * W * 2)), "2·W·⌊H/P⌋");
        let (s, w) = (Dim::from(S), Dim::from(W));
        let least = t.min(&s, &w);
        assert_eq!(t.show(&least), "min(S, W)");
        let most = t.max(&(least * 2), &(w + 1));
        assert_eq!(t.show(&most), "max(2·min(S, W), W + 1)");
    }

    #[test]
    fn abbreviations_are_written_out_on_request() {
        table!(t: H W P);
        let n = t.named("N", "patches", (H * W).over(&(P * P)));
        let s = t.named("S", "tokens", n + Dim::one());
        assert_eq!(t.show(&Dim::from(s)), "S");
        assert_eq!(t.show_expanded(&(2 * s)), "2·(H/P)·(W/P) + 2");
        assert_eq!(t.show_expanded(&(H * Dim::one().over(&s.into()))), "H/S");
    }
}
