//! In which rounds of a repeated block a part of it runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::dim::{Dim, Symbols};

/// A condition on the number of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// In round `offset`, and every `period`-th after it.
    Every {
        /// Rounds from one to the next.
        period: u64,
        /// The first one, from 0.
        offset: u64,
    },
    /// In all rounds in which the same `Every` does not run.
    Except {
        /// Rounds from one gap to the next.
        period: u64,
        /// The first gap, from 0.
        offset: u64,
    },
    /// In the rounds of these numbers among the first `period`, and again in each `period` after
    /// them.
    Pattern {
        /// Rounds until it begins again.
        period: u64,
        /// The numbers, from 0, below `period`.
        offsets: Arc<[u64]>,
    },
    /// In the rounds of these numbers.
    Among(Arc<[u64]>),
    /// In the rounds of all other numbers.
    NotAmong(Arc<[u64]>),
}

impl When {
    /// Whether it holds in a round, counted from 0.
    pub fn runs_in(&self, round: u64) -> bool {
        let every =
            |period: u64, offset: u64| round >= offset && (round - offset).is_multiple_of(period);
        match self {
            When::Every { period, offset } => every(*period, *offset),
            When::Except { period, offset } => !every(*period, *offset),
            When::Pattern { period, offsets } => offsets.contains(&(round % period)),
            When::Among(numbers) => numbers.contains(&round),
            When::NotAmong(numbers) => !numbers.contains(&round),
        }
    }
}

/// In how many of `rounds` rounds all conditions hold. Of the numbers that a condition lists, each
/// must be a round where it is not known how many rounds there are: the caller states that.
pub fn count(symbols: &mut Symbols, rounds: &Dim, conditions: &[When]) -> Dim {
    let pattern = conditions.iter().enumerate().find_map(|(at, condition)| match condition {
        When::Pattern { period, offsets } => Some((at, *period, offsets)),
        _ => None,
    });
    if let Some((at, period, offsets)) = pattern {
        // Its numbers are those of as many series, none of which shares one with another.
        let mut each = conditions.to_vec();
        let counts = offsets.iter().map(|offset| {
            each[at] = When::Every { period, offset: *offset };
            count(symbols, rounds, &each)
        });
        return counts.sum();
    }
    let mut required = Some(Series { period: 1, offset: 0 });
    let mut excluded = Vec::new();
    let mut among: Option<BTreeSet<u64>> = None;
    let mut not_among = BTreeSet::new();
    for condition in conditions {
        match condition {
            When::Every { period, offset } => {
                let series = Series { period: (*period).into(), offset: (*offset).into() };
                required = required.and_then(|all| all.and(series));
            }
            When::Except { period, offset } => {
                excluded.push(Series { period: (*period).into(), offset: (*offset).into() });
            }
            When::Among(numbers) => among = Some(numbers.iter().copied().collect()),
            When::NotAmong(numbers) => not_among.extend(numbers.iter().copied()),
            // Counted above.
            When::Pattern { .. } => {}
        }
    }
    if let Some(numbers) = among {
        let met = |number: &u64| conditions.iter().all(|condition| condition.runs_in(*number));
        return listed(symbols, rounds, numbers.into_iter().filter(met));
    }
    let Some(required) = required else { return Dim::zero() };
    let in_series = |number: &u64| {
        let others = conditions.iter().filter(|other| !matches!(other, When::NotAmong(_)));
        others.into_iter().all(|condition| condition.runs_in(*number))
    };
    let left_out = listed(symbols, rounds, not_among.into_iter().filter(in_series));
    remaining(symbols, rounds, required, &excluded) - left_out
}

/// How many of these numbers are numbers of rounds.
fn listed(symbols: &Symbols, rounds: &Dim, numbers: impl Iterator<Item = u64>) -> Dim {
    let all = symbols.eval(rounds).ok().flatten();
    let found = numbers.filter(|number| all.is_none_or(|all| i128::from(*number) < all));
    Dim::from(found.count() as u64)
}

/// The members of a series among `rounds` rounds that are in none of the excluded ones. Those that
/// the first one takes away are those of both that no other takes away.
fn remaining(symbols: &mut Symbols, rounds: &Dim, series: Series, excluded: &[Series]) -> Dim {
    let Some((first, others)) = excluded.split_first() else {
        return series.members(symbols, rounds);
    };
    let kept = remaining(symbols, rounds, series, others);
    match series.and(*first) {
        Some(both) => kept - remaining(symbols, rounds, both, others),
        None => kept,
    }
}

/// The numbers `offset`, `offset + period`, `offset + 2·period` …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Series {
    period: i128,
    offset: i128,
}

impl Series {
    /// The numbers in both; none if there is none, or none that a round can have.
    fn and(self, other: Series) -> Option<Series> {
        let (common, inverse) = bezout(self.period, other.period);
        let distance = other.offset - self.offset;
        if distance % common != 0 {
            return None;
        }
        // offset + period·steps is in the other series: steps are known modulo its period.
        let modulus = other.period / common;
        let steps = (distance / common % modulus * (inverse % modulus)).rem_euclid(modulus);
        let period = self.period.checked_mul(modulus)?;
        let met = self.offset + self.period * steps;
        let later = self.offset.max(other.offset) - met;
        let offset = if later > 0 { met + later.div_euclid(period) * period } else { met };
        let offset = if offset < self.offset.max(other.offset) { offset + period } else { offset };
        Some(Series { period, offset })
    }

    /// How many of the first `rounds` numbers are members.
    fn members(self, symbols: &mut Symbols, rounds: &Dim) -> Dim {
        let Series { period, offset } = self;
        if period == 1 && offset == 0 {
            return rounds.clone();
        }
        let members = match offset {
            0 => symbols.ceil_div(rounds, &period.into()),
            // The same as ⌈(rounds − offset)/period⌉.
            _ if offset < period => {
                symbols.floor_div(&(rounds + (period - 1 - offset)), &period.into())
            }
            _ => {
                let left = symbols.max(&(rounds - Dim::from(offset)), &Dim::zero());
                symbols.ceil_div(&left, &period.into())
            }
        };
        for sym in members.symbols().collect::<Vec<_>>() {
            symbols.count(sym);
        }
        members
    }
}

/// The greatest common divisor of two positive numbers, and a multiple of the first one that is
/// that divisor modulo the second.
fn bezout(a: i128, b: i128) -> (i128, i128) {
    let (mut old, mut new) = ((a, 1), (b, 0));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    old
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every(period: u64, offset: u64) -> When {
        When::Every { period, offset }
    }

    fn except(period: u64, offset: u64) -> When {
        When::Except { period, offset }
    }

    #[test]
    fn as_many_rounds_are_counted_as_meet_all_conditions() {
        let mut all: Vec<When> = [(1, 0), (2, 0), (2, 1), (3, 1), (4, 2), (6, 5), (6, 0), (3, 7)]
            .into_iter()
            .flat_map(|(period, offset)| [every(period, offset), except(period, offset)])
            .collect();
        for numbers in [&[0, 3, 5, 11][..], &[1, 3, 8, 40], &[]] {
            all.extend([When::Among(numbers.into()), When::NotAmong(numbers.into())]);
        }
        for (period, offsets) in [(3, &[0, 2][..]), (7, &[1, 2, 5])] {
            all.push(When::Pattern { period, offsets: offsets.into() });
        }
        let mut sets: Vec<Vec<When>> = vec![vec![]];
        for a in &all {
            sets.push(vec![a.clone()]);
            for b in &all {
                sets.push(vec![a.clone(), b.clone()]);
                let three = |c: &When| vec![a.clone(), b.clone(), c.clone()];
                sets.extend(all.iter().step_by(3).map(three));
            }
        }
        for conditions in sets {
            for rounds in [0u64, 1, 2, 7, 12, 41] {
                let mut symbols = Symbols::default();
                let depth = symbols.given("L", "", rounds.into()).into();
                let counted = count(&mut symbols, &depth, &conditions);
                let met = (0..rounds).filter(|round| conditions.iter().all(|c| c.runs_in(*round)));
                let met = i128::try_from(met.count()).unwrap();
                assert_eq!(symbols.eval(&counted), Ok(Some(met)), "{conditions:?} of {rounds}");
            }
        }
    }

    #[test]
    fn counts_read_well() {
        let shown = |conditions: &[When]| {
            let mut symbols = Symbols::default();
            let depth = symbols.given("L", "", 34).into();
            let counted = count(&mut symbols, &depth, conditions);
            symbols.show(&counted)
        };
        assert_eq!(shown(&[]), "L");
        assert_eq!(shown(&[every(6, 5)]), "⌊L/6⌋");
        assert_eq!(shown(&[except(6, 5)]), "L − ⌊L/6⌋");
        assert_eq!(shown(&[every(2, 0)]), "⌈L/2⌉");
        assert_eq!(shown(&[every(2, 0), every(3, 0)]), "⌈L/6⌉");
        assert_eq!(shown(&[every(2, 0), except(2, 0)]), "0");
        assert_eq!(shown(&[When::Among([7, 15].into())]), "2");
        assert_eq!(shown(&[When::NotAmong([7, 15].into())]), "L − 2");
    }
}
