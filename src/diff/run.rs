//! Many pairs at once, on all cores.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::limit::Limit;
use super::outcome::{Compared, Done, compare};
use super::pairs::Pairs;
use crate::check::{Checked, Kind, Results, unknown};
use crate::diag::{Source, Sources, Span};
use crate::spec::Overrides;
use crate::stages::decoder::Logits;

/// The argument that says limits.
const FLAG: &str = "--max-increase";

/// What is asked of a comparison.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where plans that are made now compute logits. One that is compared with a saved plan
    /// follows that.
    pub logits: Logits,
    /// How deep stages are opened.
    pub depth: usize,
    /// What the command line says against base and head.
    pub overrides: [Overrides; 2],
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

/// Compares every pair; one that cannot be read does not stop the others. `tick` is called when a
/// pair is done.
pub fn run(pairs: Pairs, options: &Options, tick: &(dyn Fn() + Sync)) -> Diff {
    // The paths of a plan, once a limit names a number that it does not have.
    let paths = OnceLock::new();
    let done: Vec<Done> = pairs
        .pairs
        .into_par_iter()
        .map(|pair| {
            let done = compare(pair, options, &paths);
            tick();
            done
        })
        .collect();
    let unread = pairs.faults.into_iter();
    let mut checked: Vec<Checked> =
        unread.map(|(file, failure)| Checked::unread(&file, failure)).collect();
    let paths = paths.get().map_or(&[][..], Vec::as_slice);
    checked.extend(unknown_limits(&done, options).map(|limit| no_such_number(limit, paths)));
    let mut compared = Vec::new();
    for done in done {
        compared.extend(done.compared);
        checked.extend(done.checked);
    }
    Diff { compared, results: Results { command: "diff", checked, ..Results::default() } }
}

/// The limits on numbers that no plan has, if there is a plan.
fn unknown_limits<'o>(done: &[Done], options: &'o Options) -> impl Iterator<Item = &'o Limit> {
    let planned: Vec<&Vec<bool>> = done.iter().filter_map(|done| done.has.as_ref()).collect();
    let limits = options.limits.iter().enumerate();
    let unknown =
        limits.filter(move |(at, _)| !planned.is_empty() && planned.iter().all(|has| !has[*at]));
    unknown.map(|(_, limit)| limit)
}

/// A limit on numbers that are not among these.
fn no_such_number(limit: &Limit, known: &[String]) -> Checked {
    let mut sources = Sources::default();
    let text = limit.to_string();
    let file = format!("{FLAG} {text}");
    let id = sources.add(Source::new(FLAG, text));
    // Only a path that is written can be unknown; it stands first.
    let place = |path: &str| Span::new(id, 0, path.len());
    let fault = |path: &str| unknown(path, known).at(place(path), "");
    let faults = limit.paths().into_iter().map(fault).collect();
    Checked { kind: Kind::Limit, faults, file, sources, ..Checked::default() }
}
