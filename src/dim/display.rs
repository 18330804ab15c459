//! Formulas as an engineer would write them.

use std::cmp::Reverse;
use std::fmt::Write;

use smallvec::SmallVec;

use super::poly;
use super::product::{Power, Powers};
use super::rational::Rational;
use super::{Call, Definition, Dim, Rule, Sym, Symbols};

/// Bytes that most formulas have room in.
const USUAL: usize = 64;

/// Where a factor stands in its term: abbreviations first, then in the order of declaration.
type Place = (bool, Sym, Reverse<i64>);

/// A term: the powers of its count symbols, the coefficient, and the other powers, in symbol order.
pub(super) struct Term {
    pub(super) counts: Powers,
    pub(super) coefficient: Rational,
    pub(super) others: Powers,
}

/// A part of a sum: terms that share their counts, of which several stand in brackets.
struct Summand<'t> {
    is_negative: bool,
    counts: Powers,
    terms: &'t [Term],
}

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
        self.shown(false, |writer, text| writer.sum(text, d))
    }

    /// The formula of a dimension with its abbreviations written out.
    pub fn show_expanded(&self, d: &Dim) -> String {
        self.show(&self.expand(d))
    }

    /// The formula of an atom.
    pub(super) fn show_call(&self, call: &Call) -> String {
        self.shown(false, |writer, text| writer.call(text, call))
    }

    /// What is written in these symbols.
    pub(super) fn shown(&self, in_numbers: bool, write: impl Fn(Writer, &mut String)) -> String {
        let mut text = String::with_capacity(USUAL);
        write(Writer { symbols: self, in_numbers }, &mut text);
        text
    }

    /// Whether a symbol abbreviates a formula.
    pub(super) fn is_named(&self, sym: Sym) -> bool {
        matches!(self.get(sym).definition, Definition::Named(_))
    }

    /// Whether products begin with a symbol: an abbreviation that is no size.
    pub(super) fn leads(&self, sym: Sym) -> bool {
        self.entry(sym).is_none_or(|entry| entry.leads)
    }

    fn is_count(&self, sym: Sym) -> bool {
        self.entry(sym).is_some_and(|entry| entry.is_count)
    }
}

impl<'t> Summand<'t> {
    fn new(counts: Powers, terms: &'t [Term]) -> Summand<'t> {
        let is_negative = terms.iter().all(|term| term.coefficient.is_negative());
        Summand { is_negative, counts, terms }
    }
}

impl Writer<'_> {
    /// A sum with its counts factored out.
    pub(super) fn sum(self, text: &mut String, d: &Dim) {
        if let Some(sym) = d.as_symbol() {
            return self.name(text, sym);
        }
        let mut terms: SmallVec<[Term; 1]> = match d.terms() {
            Ok(terms) => terms.iter().map(|term| self.term(term)).collect(),
            Err(fault) => {
                // A String takes everything.
                let _ = write!(text, "⟨{fault}⟩");
                return;
            }
        };
        if terms.len() > 1 {
            self.symbols.gather(&mut terms);
            terms.sort_by_cached_key(|term| (term.counts.clone(), self.place(&term.others)));
        }
        let groups = terms.chunk_by(|a, b| a.counts == b.counts);
        let common = match groups.clone().count() {
            0 | 1 => Powers::new(),
            _ => common_powers(groups.clone().map(|group| &group[0].counts)),
        };
        let mut summands: SmallVec<[Summand; 4]> = SmallVec::new();
        for group in groups {
            let counts = without(&group[0].counts, &common);
            let size = if counts.is_empty() { 1 } else { group.len() };
            summands.extend(group.chunks(size).map(|terms| Summand::new(counts.clone(), terms)));
        }
        if common.is_empty() {
            self.joined(text, &mut summands);
        } else {
            self.bracketed(text, &common, &mut summands);
        }
    }

    fn term(self, (monomial, coefficient): &poly::Term) -> Term {
        let powers = monomial.factors().iter();
        let powers = powers.map(|&(sym, exponent)| (sym, i64::from(exponent)));
        let (counts, others) =
            powers.partition(|&(sym, exponent)| exponent > 0 && self.symbols.is_count(sym));
        Term { counts, coefficient: *coefficient, others }
    }

    /// The formula of an atom.
    pub(super) fn call(self, text: &mut String, call: &Call) {
        match &call.rule {
            Rule::Floor => {
                text.push('⌊');
                self.quotient(text, call);
                text.push('⌋');
            }
            Rule::Ceil => {
                text.push('⌈');
                self.quotient(text, call);
                text.push('⌉');
            }
            Rule::RoundEven => {
                text.push_str("round_even(");
                self.quotient(text, call);
                text.push(')');
            }
            Rule::Min => self.applied(text, "min", call),
            Rule::Max => self.applied(text, "max", call),
            Rule::Of(function) => {
                self.applied(text, &function.name, call);
                if function.outputs.len() != 1 {
                    text.push('.');
                    text.push_str(function.outputs[call.output]);
                }
            }
        }
    }

    /// A name with what it is applied to.
    fn applied(self, text: &mut String, name: &str, call: &Call) {
        text.push_str(name);
        for (at, arg) in call.args.iter().enumerate() {
            text.push_str(if at == 0 { "(" } else { ", " });
            self.sum(text, arg);
        }
        text.push_str(if call.args.is_empty() { "()" } else { ")" });
    }

    /// What is rounded.
    fn quotient(self, text: &mut String, call: &Call) {
        match &call.args[..] {
            [whole, by] if by.is_one() => self.sum(text, whole),
            // A product may stand over the bar as it is, under it only a single factor.
            [a, b] => {
                self.enclosed(text, a, usize::MAX);
                text.push('/');
                self.enclosed(text, b, 1);
            }
            _ => {}
        }
    }

    /// A dimension in brackets, if it is more than a product of so many factors.
    fn enclosed(self, text: &mut String, d: &Dim, most: usize) {
        let is_bare = factor_count(d).is_some_and(|count| count <= most);
        text.push_str(if is_bare { "" } else { "(" });
        self.sum(text, d);
        text.push_str(if is_bare { "" } else { ")" });
    }

    /// Where a term stands in its sum: those of most factors first, a constant last; among equals,
    /// those with high powers of the first symbols.
    fn place(self, powers: &[Power]) -> (Reverse<i64>, SmallVec<[Place; 6]>) {
        let mut factors: SmallVec<[Place; 6]> = powers
            .iter()
            .map(|&(sym, exponent)| (!self.symbols.leads(sym), sym, Reverse(exponent)))
            .collect();
        factors.sort_unstable();
        (Reverse(powers.iter().map(|power| power.1.max(0)).sum()), factors)
    }

    /// Summands one after the other, first one that is not negative, if there is one.
    fn joined(self, text: &mut String, summands: &mut [Summand]) {
        if let Some(first) = summands.iter().position(|summand| !summand.is_negative) {
            summands[..=first].rotate_right(1);
        }
        for (at, summand) in summands.iter().enumerate() {
            text.push_str(match (at, summand.is_negative) {
                (0, false) => "",
                (0, true) => "−",
                (_, false) => " + ",
                (_, true) => " − ",
            });
            self.summand(text, summand);
        }
        if summands.is_empty() {
            text.push('0');
        }
    }

    /// A summand without its sign.
    fn summand(self, text: &mut String, summand: &Summand) {
        if let [Term { coefficient, others, .. }] = summand.terms {
            return self.product(text, *coefficient, &summand.counts, others);
        }
        let inside = summand.terms.chunks(1).map(|term| {
            let inner = Summand::new(Powers::new(), term);
            Summand { is_negative: inner.is_negative != summand.is_negative, ..inner }
        });
        let mut inside: SmallVec<[Summand; 4]> = inside.collect();
        self.bracketed(text, &summand.counts, &mut inside);
    }

    /// Factors before a sum in brackets.
    fn bracketed(self, text: &mut String, factors: &[Power], inside: &mut [Summand]) {
        self.powers(text, text.len(), factors);
        text.push_str("·(");
        self.joined(text, inside);
        text.push(')');
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
