//! Which change of the design moved a number.

use std::cell::OnceCell;

use super::design::Change;
use super::plan::Plan;
use super::replan::{replan, with};
use super::side::Side;
use crate::render::figure::Stated;

/// The most changes that are tried.
const MOST: usize = 64;

/// The changes that led from a base to a head, each to be tried on its own.
pub struct Blame<'a> {
    changes: &'a [Change],
    base: &'a Side,
    head: &'a Side,
    alone: Vec<OnceCell<Option<Alone>>>,
}

/// What a change does on its own.
enum Alone {
    /// The head without it.
    Undone(Plan),
    /// The base with it, if the head cannot be planned without it.
    Done(Plan),
}

impl<'a> Blame<'a> {
    /// The changes that led from a base to a head.
    pub fn new(changes: &'a [Change], base: &'a Side, head: &'a Side) -> Blame<'a> {
        let alone = changes.iter().take(MOST).map(|_| OnceCell::new()).collect();
        Blame { changes, base, head, alone }
    }

    /// The change that raises a number most: without it, the head would have the least of it.
    /// Where none does so by itself, the first.
    pub fn culprit(&self, path: &str) -> Option<&'a Change> {
        if let [only] = self.changes {
            return Some(only);
        }
        let number = |plan: &Plan| plan.number(path).as_ref().and_then(Stated::value);
        let (old, now) = (number(&self.base.plan), number(&self.head.plan).unwrap_or(i128::MAX));
        let raised = self.changes.iter().zip(&self.alone).filter_map(|(change, alone)| {
            let raised = match alone.get_or_init(|| self.alone(change)).as_ref()? {
                Alone::Undone(plan) => now.checked_sub(number(plan)?)?,
                Alone::Done(plan) => number(plan)?.checked_sub(old?)?,
            };
            (raised > 0).then_some((raised, change))
        });
        // Of several that raise it alike, the first.
        let most = raised.reduce(|most, next| if next.0 > most.0 { next } else { most });
        most.map(|(_, change)| change).or_else(|| self.changes.first())
    }

    fn alone(&self, change: &Change) -> Option<Alone> {
        let (base, head) = (self.base.design.as_ref()?, self.head.design.as_ref()?);
        let Plan::Made(report, depth) = &self.head.plan else { return None };
        let plan = |design| Some(Plan::Made(replan(&design, report.logits)?.into(), *depth));
        let undone = plan(with(head, &change.path, change.old.clone())).map(Alone::Undone);
        let done = || plan(with(base, &change.path, change.new.clone())).map(Alone::Done);
        undone.or_else(done)
    }
}
