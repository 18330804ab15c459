//! What becomes of one pair.

use std::sync::OnceLock;

use super::blame::Blame;
use super::compare::Comparison;
use super::increase::{judge, together};
use super::pairs::Pair;
use super::plan::Plan;
use super::run::Options;
use super::side::Side;
use super::sides::{Sides, no_base};
use crate::check::{Checked, Finding};
use crate::cost::numbers::headlines;
use crate::planned::Planned;
use crate::render::figure::Stated;
use crate::spec::{Overrides, default_name};

/// What became of a pair.
#[derive(Debug)]
pub enum Compared {
    /// Nothing changed.
    Same,
    /// Something did.
    Changed(Box<Comparison>),
    /// Only the head has it.
    Added(OneSided),
    /// Only the base has it.
    Removed(OneSided),
}

/// A plan that only one side has.
#[derive(Debug)]
pub struct OneSided {
    /// As it was named.
    pub label: String,
    /// The name of the pipeline.
    pub name: String,
    /// Its headline numbers by their paths; none of what cannot be used.
    pub numbers: Vec<(&'static str, Stated)>,
}

/// What came of one pair.
#[derive(Default)]
pub struct Done {
    /// What became of it; nothing if a side cannot be read.
    pub compared: Option<Compared>,
    /// Its part of the results.
    pub checked: Vec<Checked>,
    /// Which limits name a number that one of its plans has; none if it has no plan.
    pub has: Option<Vec<bool>>,
}

/// Compares a pair. `paths` becomes those of a plan if a limit names a number that it has not.
pub fn compare(pair: Pair, options: &Options, paths: &OnceLock<Vec<String>>) -> Done {
    let mut done = Done::default();
    let sides = Sides::read(pair, options, &mut done.checked);
    let plans: Vec<&Plan> = sides.all().map(|side| &side.plan).collect();
    done.has = (!plans.is_empty()).then(|| has(&plans, options, paths));
    match sides {
        Sides::Both(base, head) => done.both(Some(&base), head, options),
        Sides::Same(head) => done.both(None, head, options),
        Sides::Base(base) => done.compared = Some(Compared::Removed(OneSided::of(&base))),
        Sides::Head(head, base) => {
            done.compared = Some(Compared::Added(OneSided::of(&head)));
            let no_base = base.map(|base| no_base(&base, &head.label));
            let mut checked = checked(head, Vec::new(), true);
            checked.warnings.extend(no_base);
            done.checked.push(checked);
        }
        Sides::Gone(base) => {
            let warnings = vec![no_base(&base, &base.file)];
            done.compared = Some(Compared::Removed(OneSided::unusable(&base.file)));
            done.checked.push(Checked { file: base.file, warnings, ..Checked::default() });
        }
        Sides::Unread(_) => {}
    }
    done
}

/// Which limits name a number that one of the plans has.
fn has(plans: &[&Plan], options: &Options, paths: &OnceLock<Vec<String>>) -> Vec<bool> {
    let is_there = |path: &&str| plans.iter().any(|plan| plan.number(path).is_some());
    let has: Vec<bool> =
        options.limits.iter().map(|limit| limit.paths().iter().any(is_there)).collect();
    if has.contains(&false) {
        paths.get_or_init(|| plans[0].paths());
    }
    has
}

impl Done {
    /// Two plans; without a base, the head with itself.
    fn both(&mut self, base: Option<&Side>, head: Side, options: &Options) {
        let mut comparison = base.and_then(|base| Comparison::of(base, &head));
        // One spec with itself, changed.
        if let (Some(comparison), [None, Some(said)]) =
            (&mut comparison, options.overrides.each_ref().map(Overrides::said))
        {
            comparison.labels[1] = format!("{} {said}", head.label);
        }
        let design = comparison.as_ref().and_then(|comparison| comparison.design.as_deref());
        let base = base.unwrap_or(&head);
        let blame = Blame::new(design.unwrap_or_default(), base, &head);
        let limits = options.limits.iter();
        let judged = limits.flat_map(|limit| judge(limit, base, &head, &blame)).collect::<Vec<_>>();
        let together = together(&judged, &head);
        let findings = judged.into_iter().map(|judged| judged.finding).collect();
        let checked = checked(head, findings, comparison.is_some());
        self.checked.push(Checked { together, ..checked });
        let changed = comparison.map(|comparison| Compared::Changed(comparison.into()));
        self.compared = Some(changed.unwrap_or(Compared::Same));
    }
}

/// The head's part of the results. It is warned about where something changed.
fn checked(head: Side, findings: Vec<Finding>, warn: bool) -> Checked {
    let name = Some(head.name());
    let checked = Checked { file: head.label, name, findings, ..Checked::default() };
    match (head.plan, head.loaded) {
        (Plan::Made(report, _), Some(loaded)) => {
            let planned = Planned { report: *report, loaded };
            let warnings = if warn { planned.warnings() } else { Vec::new() };
            Checked { warnings, sources: planned.loaded.sources, ..checked }
        }
        _ => checked,
    }
}

impl OneSided {
    /// What cannot be used, and is no more.
    fn unusable(label: &str) -> OneSided {
        OneSided { label: label.to_owned(), name: default_name(label), numbers: Vec::new() }
    }

    fn of(side: &Side) -> OneSided {
        let numbers = headlines().filter_map(|(path, ..)| Some((path, side.number(path)?)));
        OneSided { label: side.label.clone(), name: side.name(), numbers: numbers.collect() }
    }
}
