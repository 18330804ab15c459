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
            let Some((first, others)) = parts.split_first() else { continue };
            let mut at = 0;
            while at < terms.len() {
                let alike = |part: &Sym| {
                    let counts = exchanged(&terms[at].counts, *first, *part)?;
                    terms.iter().position(|term| term.counts == counts && term.is_like(&terms[at]))
                };
                let found: Option<Vec<usize>> = others.iter().map(alike).collect();
                match (found, exchanged(&terms[at].counts, *first, *whole)) {
                    (Some(mut found), Some(counts)) => {
                        terms[at].counts = counts;
                        // What is said of all of them already.
                        let more = terms.iter().position(|term| term.is_more_of(&terms[at]));
                        if let Some(more) = more
                            && let Ok(sum) =
                                terms[more].coefficient.checked_add(terms[at].coefficient)
                        {
                            terms[more].coefficient = sum;
                            found.push(at);
                            found.extend(sum.is_zero().then_some(more));
                        }
                        found.sort_unstable();
                        let before = found.iter().filter(|gone| **gone < at).count();
                        found.into_iter().rev().for_each(|gone| drop(terms.remove(gone)));
                        at -= before;
                    }
                    _ => at += 1,
                }
            }
        }
    }
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
