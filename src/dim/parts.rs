//! Counts of repetitions, and of their kinds: of all layers so many are of one kind, so many of
//! another.

use smallvec::SmallVec;

use super::display::Term;
use super::product::Powers;
use super::{Sym, Symbols};

/// A count, and the counts of the kinds that it consists of.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    whole: Sym,
    parts: Vec<Sym>,
    /// Whether the parts make up the whole.
    are_all: bool,
}

impl Symbols {
    /// Marks a symbol as counting repetitions (a batch, layers): formulas are written with it
    /// factored out.
    pub fn count(&mut self, sym: Sym) {
        if let Some(entry) = self.entry_mut(sym) {
            entry.is_count = true;
        }
    }

    /// Notes that a symbol counts one kind of what another one counts, of which no two kinds share
    /// any.
    pub fn part_of(&mut self, part: Sym, whole: Sym) {
        match self.parts.iter_mut().find(|known| known.whole == whole) {
            Some(known) if known.parts.contains(&part) => {}
            Some(known) => known.parts.push(part),
            None => self.parts.push(Parts { whole, parts: vec![part], are_all: false }),
        }
    }

    /// Notes that the parts of a count are all that there are: formulas say once what costs the same
    /// in every kind.
    pub fn parts_are_all(&mut self, whole: Sym) {
        let known = self.parts.iter_mut().find(|known| known.whole == whole);
        known.into_iter().for_each(|known| known.are_all = true);
    }

    /// Writes a term that every kind has as one of all that there are.
    pub(super) fn gather(&self, terms: &mut SmallVec<[Term; 1]>) {
        for Parts { whole, parts, .. } in self.parts.iter().filter(|known| known.are_all) {
            let found: Vec<Vec<usize>> =
                (0..terms.len()).filter_map(|at| of_every_part(terms, at, parts)).collect();
            for alike in &found {
                let counts = exchanged(&terms[alike[0]].counts, parts[0], *whole);
                terms[alike[0]].counts = counts.unwrap_or_default();
            }
            let mut gone: Vec<usize> = found.iter().flat_map(|alike| alike[1..].to_vec()).collect();
            gone.sort_unstable();
            gone.into_iter().rev().for_each(|at| drop(terms.remove(at)));
            if !found.is_empty() {
                add_up(terms);
            }
        }
    }
}

/// The places of a term of the first part, and of those of all others that are like it; nothing if it
/// is no such term, or a part has none.
fn of_every_part(terms: &[Term], at: usize, parts: &[Sym]) -> Option<Vec<usize>> {
    let alike = |part: &Sym| {
        let counts = exchanged(&terms[at].counts, parts[0], *part)?;
        let is_like = |term: &Term| {
            let Term { coefficient, others, .. } = &terms[at];
            (&term.counts, &term.coefficient, &term.others) == (&counts, coefficient, others)
        };
        terms.iter().position(is_like)
    };
    parts.iter().map(alike).collect()
}

/// Makes one of terms that differ in their coefficients only.
fn add_up(terms: &mut SmallVec<[Term; 1]>) {
    let mut at = 0;
    while at < terms.len() {
        let Term { counts, others, coefficient } = &terms[at];
        let same = |term: &Term| (&term.counts, &term.others) == (counts, others);
        match terms[..at].iter().position(same) {
            Some(first) => match terms[first].coefficient.checked_add(*coefficient) {
                Ok(sum) => {
                    terms[first].coefficient = sum;
                    terms.remove(at);
                }
                Err(_) => at += 1,
            },
            None => at += 1,
        }
    }
    terms.retain(|term| !term.coefficient.is_zero());
}

/// Powers with one symbol in the place of another; nothing where that is not among them.
fn exchanged(powers: &Powers, old: Sym, new: Sym) -> Option<Powers> {
    powers.iter().any(|power| power.0 == old).then(|| {
        let mut powers: Powers = powers
            .iter()
            .map(|&(sym, exponent)| (if sym == old { new } else { sym }, exponent))
            .collect();
        powers.sort_unstable();
        powers
    })
}

#[cfg(test)]
mod tests {
    use crate::dim::product::tests::table;
    use crate::dim::{Dim, Symbols};

    #[test]
    fn what_every_kind_has_is_said_once() {
        table!(t: L D S);
        t.count(L);
        let full = t.floor_div(&L.into(), &4.into());
        let few = t.named("L_few", "", L - &full);
        let all = t.named("L_full", "", full);
        for part in [few, all] {
            t.count(part);
        }
        let cost = few * (D * D + 2 * Dim::from(D)) + all * (D * D + S * Dim::from(D));
        assert_eq!(t.show(&cost), "L_few·(D² + 2·D) + L_full·(D² + D·S)");
        t.part_of(few, L);
        assert_eq!(t.show(&cost), "L_few·(D² + 2·D) + L_full·(D² + D·S)");
        t.part_of(all, L);
        t.parts_are_all(L);
        assert_eq!(t.show(&cost), "L·D² + 2·L_few·D + L_full·D·S");
        assert_eq!(t.show(&(few * Dim::from(D) + all * Dim::from(D))), "L·D");
        assert_eq!(t.show(&(few * Dim::from(D) + all * Dim::from(D) + 3 * L * D)), "4·L·D");
    }
}
