//! Many pairs at once, on all cores.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::blame::Blame;
use super::compare::Comparison;
use super::increase::judge;
use super::limit::{HEADLINES, Limit};
use super::numbers::Number;
use super::pairs::{Entry, Input, Pair, Pairs};
use super::side::Side;
use crate::check::{Checked, Finding, Results, numeric_paths, unknown};
use crate::planned::Planned;
use crate::spec::{self, Loaded, Overrides};
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

/// Compares every pair; one that cannot be read does not stop the rest. `tick` is called when a pair
/// is done.
pub fn run(pairs: Pairs, options: &Options, tick: &(dyn Fn() + Sync)) -> Diff {
    let known = OnceLock::new();
    let done: Vec<Done> = pairs
        .pairs
        .into_par_iter()
        .map(|pair| {
            let done = compare(pair, options, &known);
            tick();
            done
        })
        .collect();
    let faults = pairs.faults.into_iter();
    let mut checked: Vec<Checked> =
        faults.map(|(file, failure)| Checked::unread(&file, failure)).collect();
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

impl Done {
    /// What is there; what cannot be used is put down.
    fn kept<T>(&mut self, side: Result<T, Box<Checked>>) -> Option<T> {
        side.map_err(|unread| self.checked.push(*unread)).ok()
    }
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
    let was_given = [pair.base.is_some(), pair.head.is_some()];
    let mut open = |entry: Option<Entry>| done.kept(open(entry?));
    let (base, head) = (open(pair.base), open(pair.head));
    // One program plans one design in one way: once is enough.
    let same = matches!((&base, &head), (Some(base), Some(head)) if base.is_same(head));
    let mut side = |opened: Option<Opened>| done.kept(opened?.plan(logits, depth));
    let head = side(head);
    let base = if same && head.is_some() { None } else { side(base) };
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
        (None, Some(head)) if same => both(&mut done, None, head, options),
        (Some(base), Some(head)) => both(&mut done, Some(&base), head, options),
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

/// Compares two plans; without a base, the head with itself.
fn both(done: &mut Done, base: Option<&Side>, head: Side, options: &Options) {
    let comparison = base.and_then(|base| Comparison::of(base, &head));
    let design = comparison.as_ref().and_then(|comparison| comparison.design.as_deref());
    let base = base.unwrap_or(&head);
    let blame = Blame::new(design.unwrap_or_default(), base, &head);
    let limits = options.limits.iter();
    let findings = limits.flat_map(|limit| judge(limit, base, &head, &blame)).collect();
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

/// One side, read.
enum Opened {
    Spec(String, Box<Loaded>),
    Saved(Box<Side>),
}

fn open(entry: Entry) -> Result<Opened, Box<Checked>> {
    let none = Overrides::default();
    let Entry { label, input } = entry;
    let loaded = match input {
        Input::Saved(plan) => return Ok(Opened::Saved(Side::saved(label, *plan).into())),
        Input::File(file) => spec::load(&file, &none),
        Input::Text(source, file) => spec::load_text(source, &file, &none),
    };
    match loaded {
        Ok(loaded) => Ok(Opened::Spec(label, loaded.into())),
        Err(failure) => Err(Checked::unread(&label, failure).into()),
    }
}

impl Opened {
    /// Whether both are specs of one design, whatever their names.
    fn is_same(&self, other: &Opened) -> bool {
        let design = |loaded: &Loaded| loaded.spec.design().0;
        match (self, other) {
            (Opened::Spec(_, a), Opened::Spec(_, b)) => design(a) == design(b),
            _ => false,
        }
    }

    fn plan(self, logits: Logits, depth: usize) -> Result<Side, Box<Checked>> {
        match self {
            Opened::Saved(side) => Ok(*side),
            Opened::Spec(label, loaded) => match Planned::of(*loaded, logits) {
                Ok(planned) => Ok(Side::planned(label, planned, depth)),
                Err(failure) => Err(Checked::unread(&label, failure).into()),
            },
        }
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
    numeric_paths("", side.numbers(), &mut paths);
    paths
}
