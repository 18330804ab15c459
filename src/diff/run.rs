//! Many pairs at once, on all cores.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::compare::Comparison;
use super::increase::judge;
use super::limit::{HEADLINES, Limit};
use super::numbers::Number;
use super::pairs::{Entry, Input, Pair, Pairs};
use super::side::Side;
use crate::check::{Checked, Finding, Results, numeric_paths, unknown};
use crate::planned::Planned;
use crate::spec::{self, Failure, Overrides};
use crate::stages::decoder::Logits;

/// What is asked of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where plans that are made now compute logits. One that is compared with a saved plan
    /// follows that.
    pub logits: Logits,
    /// How deep stages are opened.
    pub depth: usize,
    /// How much numbers may grow.
    pub limits: Vec<Limit>,
}

/// What changed, and whether it keeps the limits.
#[derive(Debug, Default)]
pub struct Diff {
    /// What became of each pair, in their order; nothing of those that cannot be read.
    pub compared: Vec<Compared>,
    /// The findings of the limits, and what cannot be read.
    pub results: Results,
}

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
    /// Its headline numbers by their paths.
    pub numbers: Vec<(&'static str, Number)>,
}

/// Compares every pair; one that cannot be read does not stop the rest.
pub fn run(pairs: Pairs, options: &Options) -> Diff {
    let unread = |(file, failure): (String, Failure)| Checked {
        file,
        faults: failure.diagnostics,
        sources: failure.sources,
        ..Checked::default()
    };
    let known = OnceLock::new();
    let done: Vec<Done> =
        pairs.pairs.into_par_iter().map(|pair| compare(pair, options, &known)).collect();
    let mut checked: Vec<Checked> = pairs.faults.into_iter().map(unread).collect();
    checked.extend(unknown_limits(&done, options, &known));
    let mut compared = Vec::new();
    for done in done {
        compared.extend(done.compared);
        checked.extend(done.checked);
    }
    Diff { compared, results: Results { command: "diff", checked, ..Results::default() } }
}

/// What came of one pair.
#[derive(Default)]
struct Done {
    compared: Option<Compared>,
    checked: Vec<Checked>,
    /// Which limits name a number that one of its plans has; none if it has no plan.
    has: Option<Vec<bool>>,
}

/// A limit on a number that no plan has.
fn unknown_limits(done: &[Done], options: &Options, known: &OnceLock<Vec<String>>) -> Vec<Checked> {
    let planned: Vec<&Vec<bool>> = done.iter().filter_map(|done| done.has.as_ref()).collect();
    let limits = options
        .limits
        .iter()
        .enumerate()
        .filter(|(at, _)| !planned.is_empty() && planned.iter().all(|has| !has[*at]));
    let fault = |(_, limit): (usize, &Limit)| Checked {
        file: format!("--max-increase {limit}"),
        faults: limit
            .paths()
            .iter()
            .map(|path| unknown(path, known.get().map_or(&[], Vec::as_slice)))
            .map(|problem| problem.from_file(format!("--max-increase {limit}")))
            .collect(),
        ..Checked::default()
    };
    limits.map(fault).collect()
}

fn compare(pair: Pair, options: &Options, known: &OnceLock<Vec<String>>) -> Done {
    let saved = [&pair.base, &pair.head].into_iter().flatten().find_map(saved_side);
    let (logits, depth) = match &saved {
        Some(saved) if saved.logits() == "last" => (Logits::Last, options.depth.min(saved.depth())),
        Some(saved) => (Logits::All, options.depth.min(saved.depth())),
        None => (options.logits, options.depth),
    };
    let mut done = Done::default();
    let mut side = |entry: Entry| match plan(entry, logits, depth) {
        Ok(side) => Some(side),
        Err(unread) => {
            done.checked.push(*unread);
            None
        }
    };
    let was_given = [pair.base.is_some(), pair.head.is_some()];
    let (base, head) = (pair.base.and_then(&mut side), pair.head.and_then(&mut side));
    let sides: Vec<&Side> = [&base, &head].into_iter().flatten().collect();
    if let Some(first) = sides.first() {
        let found = |limit: &Limit| {
            let has = |side: &&Side| limit.paths().iter().any(|path| side.number(path).is_some());
            let found = sides.iter().any(has);
            if !found {
                known.get_or_init(|| paths(first));
            }
            found
        };
        done.has = Some(options.limits.iter().map(found).collect());
    }
    match (base, head) {
        (Some(base), Some(head)) => both(&mut done, &base, head, options),
        (Some(base), None) if !was_given[1] => {
            done.compared = Some(Compared::Removed(one_sided(&base)));
        }
        (None, Some(head)) if !was_given[0] => {
            done.compared = Some(Compared::Added(one_sided(&head)));
            done.checked.push(checked(head, Vec::new(), true));
        }
        _ => {}
    }
    done
}

fn both(done: &mut Done, base: &Side, head: Side, options: &Options) {
    let comparison = Comparison::of(base, &head);
    let design = comparison.as_ref().and_then(|comparison| comparison.design.as_deref());
    let limits = options.limits.iter();
    let findings =
        limits.flat_map(|limit| judge(limit, base, &head, design.unwrap_or_default())).collect();
    done.checked.push(checked(head, findings, comparison.is_some()));
    done.compared =
        Some(comparison.map_or(Compared::Same, |found| Compared::Changed(found.into())));
}

/// The head's part of the results. It is warned about where something changed.
fn checked(head: Side, findings: Vec<Finding>, warn: bool) -> Checked {
    let name = Some(head.name());
    let (warnings, sources) = match head.planned {
        Some(planned) => {
            (if warn { planned.warnings() } else { Vec::new() }, planned.loaded.sources)
        }
        None => Default::default(),
    };
    Checked { file: head.label, name, findings, warnings, sources, ..Checked::default() }
}

fn saved_side(entry: &Entry) -> Option<Side> {
    match &entry.input {
        Input::Saved(plan) => Some(Side::saved(entry.label.clone(), (**plan).clone())),
        Input::File(_) | Input::Text(..) => None,
    }
}

/// Reads and plans one side.
fn plan(entry: Entry, logits: Logits, depth: usize) -> Result<Side, Box<Checked>> {
    let none = Overrides::default();
    let Entry { label, input } = entry;
    let loaded = match input {
        Input::Saved(plan) => return Ok(Side::saved(label, *plan)),
        Input::File(file) => spec::load(&file, &none),
        Input::Text(source, file) => spec::load_text(source, &file, &none),
    };
    match loaded.and_then(|loaded| Planned::of(loaded, logits)) {
        Ok(planned) => Ok(Side::planned(label, planned, depth)),
        Err(Failure { diagnostics, sources }) => Err(Box::new(Checked {
            file: label,
            faults: diagnostics,
            sources,
            ..Checked::default()
        })),
    }
}

fn one_sided(side: &Side) -> OneSided {
    let number = |path: &'static str| Some((path, side.number(path)?));
    let numbers = HEADLINES.into_iter().filter_map(number).collect();
    OneSided { label: side.label.clone(), name: side.name(), numbers }
}

/// The paths of everything that a plan says.
fn paths(side: &Side) -> Vec<String> {
    let mut paths = Vec::new();
    numeric_paths("", &side.numbers, &mut paths);
    paths
}
