//! Which change of the design moved a number.

use std::cell::OnceCell;

use serde_json::Value;

use super::design::{Change, replan, with};
use super::side::Side;
use crate::render::numbers;

/// The most changes that are tried.
const MOST: usize = 64;

/// The changes of a head, each to be undone on its own.
pub struct Blame<'a> {
    changes: &'a [Change],
    head: &'a Side,
    /// The head without each change; nothing where that cannot be planned.
    without: Vec<OnceCell<Option<Side>>>,
}

impl<'a> Blame<'a> {
    /// The changes that led to a head.
    pub fn new(changes: &'a [Change], head: &'a Side) -> Blame<'a> {
        let without = changes.iter().take(MOST).map(|_| OnceCell::new()).collect();
        Blame { changes, head, without }
    }

    /// The change that raises a number most: without it, the head would have the least of it.
    /// Where none does so by itself, the first.
    pub fn culprit(&self, path: &str) -> Option<&'a Change> {
        if let [only] = self.changes {
            return Some(only);
        }
        let now = self.head.number(path).and_then(|number| number.value());
        let tried = self.changes.iter().zip(&self.without).filter_map(|(change, without)| {
            let without = without.get_or_init(|| self.without(change)).as_ref()?;
            Some((without.number(path)?.value()?, change))
        });
        let less = tried.filter(|(number, _)| now.is_none_or(|now| *number < now));
        let least = less.min_by_key(|(number, _)| *number).map(|(_, change)| change);
        least.or_else(|| self.changes.first())
    }

    fn without(&self, change: &Change) -> Option<Side> {
        let (design, planned) = (self.head.design.as_ref()?, self.head.planned.as_ref()?);
        let undone: Value = with(design, &change.path, change.old.clone());
        let report = replan(&undone, planned.report.logits).filter(|_| undone != *design)?;
        Some(Side::saved(String::new(), numbers(&report, self.head.depth())))
    }
}
