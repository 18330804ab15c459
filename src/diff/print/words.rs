//! Names of numbers and sentences about them.

use super::super::compare::Comparison;
use super::super::delta::Delta;
use super::super::outcome::{Compared, OneSided};
use super::super::run::Diff;
use crate::check::Outcome;
use crate::cost::numbers::{Key, SECTIONS, headlines as headline_numbers};
use crate::diag::cut_to;
use crate::render::figure::{NOTHING, SYMBOLIC, Stated, Style};
use crate::units::{Unit, brief, counted, exact, exact_with_unit};

/// The longest formula that people are shown, in characters.
const FORMULA: usize = 160;

/// `2 of 18 specs changed, 1 added, 1 with errors`, or that nothing is different.
pub fn summary(diff: &Diff) -> String {
    let [mut changed, mut same, mut added, mut removed] = [0; 4];
    for compared in &diff.compared {
        match compared {
            Compared::Same => same += 1,
            Compared::Changed(_) => changed += 1,
            Compared::Added(_) => added += 1,
            Compared::Removed(_) => removed += 1,
        }
    }
    let errors = diff.results.count(Outcome::Error) as i128;
    match changed + added + removed + errors {
        0 if same > 1 => return format!("no differences in {}", counted(same, "spec")),
        0 => return "no differences".to_owned(),
        _ => {}
    }
    let mut parts = Vec::new();
    if changed + same > 0 {
        parts.push(format!("{changed} of {} changed", counted(changed + same, "spec")));
    }
    let more = [(added, "added"), (removed, "removed"), (errors, "with errors")];
    parts.extend(more.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")));
    parts.join(", ")
}

/// The heading and the name of a number.
pub fn place(path: &str) -> (&'static str, String) {
    let mut sections = SECTIONS.iter().filter_map(|section| {
        let own = path.strip_prefix(section.path)?.strip_prefix('.')?;
        Some((own, section.heading?))
    });
    // The innermost one stands last.
    let Some((own, heading)) = sections.next_back() else { return ("more", path.to_owned()) };
    if let Some(name) = Key::at(path).and_then(|key| key.number?.name) {
        return (heading, name.to_owned());
    }
    let name = match own.rsplit_once("by_component.") {
        Some(("needed_", component)) => format!("  {component}, needed"),
        Some((_, component)) => format!("  {component}"),
        None => own.replace('_', " "),
    };
    (heading, name)
}

/// Whether a number says no more than another one of these.
pub fn is_repeated(delta: &Delta, all: &[Delta]) -> bool {
    let is_same = |other: &Delta| (&other.old, &other.new) == (&delta.old, &delta.new);
    Key::repeated_at(&delta.path)
        .is_some_and(|path| all.iter().any(|other| other.path == path && is_same(other)))
}

/// A measure of a stage.
pub fn measure(key: &str) -> String {
    match key {
        "params" => "parameters".to_owned(),
        "matmul_flops" => "matmul FLOPs".to_owned(),
        "other_flops" => "other FLOPs".to_owned(),
        "kv_cache_elements" => "KV cache values".to_owned(),
        other => other.replace('_', " "),
    }
}

/// What became of a plan of which no headline number changed that is known.
pub fn no_headline(comparison: &Comparison) -> &'static str {
    let open = comparison.numbers.iter().any(is_open);
    match (open, comparison.numbers.is_empty()) {
        (true, _) => "some numbers change that are not known",
        (false, false) => "the totals stay as they were",
        (false, true) => "no number changes",
    }
}

/// The headline numbers that changed and are known on a side, with their names in sentences.
pub fn headlines(comparison: &Comparison) -> impl Iterator<Item = (&'static str, &Delta)> {
    all_headlines(comparison).filter(|(_, delta)| !is_open(delta))
}

/// The headline numbers that changed, known or not.
pub fn all_headlines(comparison: &Comparison) -> impl Iterator<Item = (&'static str, &Delta)> {
    headline_numbers().filter_map(|(path, _, name)| {
        let delta = comparison.numbers.iter().find(|delta| delta.path == path)?;
        Some((name, delta))
    })
}

/// Whether a number is known on neither side.
fn is_open(delta: &Delta) -> bool {
    let open = |number: &Option<Stated>| matches!(number, Some(Stated::Symbolic { .. }));
    open(&delta.old) && open(&delta.new)
}

/// The headline numbers of a plan that has no counterpart: `visual tokens 576, parameters 7.06 B`.
pub fn headline(side: &OneSided) -> String {
    let said = headline_numbers().filter_map(|(path, number, name)| {
        let (_, stated) = side.numbers.iter().find(|(known, _)| *known == path)?;
        Some(format!("{name} {}", brief(stated.value()?, number.unit)))
    });
    match side.numbers.is_empty() {
        true => "not a valid spec".to_owned(),
        false => said.collect::<Vec<_>>().join(", "),
    }
}

/// What a number was and is.
pub fn cells(delta: &Delta, style: Style) -> [String; 2] {
    [&delta.old, &delta.new].map(|number| match number {
        None => NOTHING.to_owned(),
        Some(Stated::Symbolic { .. }) => SYMBOLIC.to_owned(),
        Some(Stated::Known(value)) => written(*value, delta.unit, style),
    })
}

/// By how much a number changed: `+6.29 B`, `−320`.
pub fn change(delta: &Delta, style: Style) -> String {
    delta.change().map_or_else(String::new, |change| {
        let sign = if change > 0 { "+" } else { "" };
        format!("{sign}{}", written(change, delta.unit, style))
    })
}

fn written(value: i128, unit: Unit, style: Style) -> String {
    match style {
        Style::Short => brief(value, unit),
        Style::Exact => exact_with_unit(value, unit),
    }
}

/// The sizes that are not what they were in a number of one formula: `N 196 → 784`; nothing if the
/// formula is another.
pub fn moved_sizes(delta: &Delta) -> Option<String> {
    use Stated::Symbolic;
    let (Some(Symbolic { formula, sizes }), Some(Symbolic { formula: after, sizes: new })) =
        (&delta.old, &delta.new)
    else {
        return None;
    };
    let moved = new.iter().filter_map(|(name, size)| {
        let was = sizes.get(name).filter(|was| *was != size)?;
        Some(format!("{name} {} → {}", said_size(was), said_size(size)))
    });
    (formula == after).then(|| moved.collect::<Vec<_>>().join(", "))
}

/// What became of a number that is not known: both formulas, or one and the sizes in it.
pub fn formulas(delta: &Delta) -> String {
    use Stated::Symbolic;
    if let (Some(moved), Some(Symbolic { formula, .. })) = (moved_sizes(delta), &delta.new) {
        return format!("{}, with {moved}", cut_to(FORMULA, formula));
    }
    let [old, new] = [&delta.old, &delta.new].map(|number| match number {
        None => NOTHING.to_owned(),
        Some(Stated::Known(value)) => exact(*value),
        Some(Symbolic { formula, .. }) => cut_to(FORMULA, formula).into_owned(),
    });
    format!("{old} → {new}")
}

/// A size in a formula.
fn said_size(size: &str) -> String {
    match size.parse::<i128>() {
        Ok(size) => exact(size),
        Err(_) if size.is_empty() => "not given".to_owned(),
        Err(_) => size.to_owned(),
    }
}
