//! Names of numbers and sentences about them.

use super::super::compare::Comparison;
use super::super::delta::Delta;
use super::super::outcome::OneSided;
use crate::cost::numbers::{Key, SECTIONS, headlines as headline_numbers};
use crate::diag::cut_to;
use crate::render::figure::{NOTHING, Stated, Style, cell};
use crate::units::{exact, human};

/// The longest formula that people are shown, in characters.
const FORMULA: usize = 160;

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
    let name = match own.strip_prefix("by_component.") {
        Some(component) => format!("  {component}"),
        None => own.replace('_', " "),
    };
    (heading, name)
}

/// Whether a number says no more than another one of these.
pub fn is_repeated(delta: &Delta, all: &[Delta]) -> bool {
    let repeated = Key::at(&delta.path).and_then(|key| key.number?.repeats);
    let is_same = |other: &Delta| (&other.old, &other.new) == (&delta.old, &delta.new);
    repeated.is_some_and(|path| all.iter().any(|other| other.path == path && is_same(other)))
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

/// What became of the headline numbers: `visual tokens 576 → 144 (−75.0 %), prefill …`.
pub fn sentence(comparison: &Comparison) -> String {
    let said = headlines(comparison).filter(|(_, delta)| !is_open(delta)).map(|(name, delta)| {
        let [old, new] = cells(delta, Style::Short);
        let percent = delta.percent().map_or_else(String::new, |percent| format!(" ({percent})"));
        format!("{name} {old} → {new}{percent}")
    });
    let said: Vec<String> = said.collect();
    if !said.is_empty() {
        return said.join(", ");
    }
    let open = comparison.numbers.iter().any(is_open);
    match (open, comparison.numbers.is_empty()) {
        (true, _) => "some numbers change that are not known",
        (false, false) => "the totals stay as they were",
        (false, true) => "no number changes",
    }
    .to_owned()
}

/// The headline numbers that changed, with their names in sentences.
pub fn headlines(comparison: &Comparison) -> impl Iterator<Item = (&'static str, &Delta)> {
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
        Some(format!("{name} {}", human(stated.value()?, number.unit)))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// What a number was and is.
pub fn cells(delta: &Delta, style: Style) -> [String; 2] {
    [&delta.old, &delta.new].map(|number| cell(number.as_ref(), delta.unit, style))
}

/// By how much a number changed: `+6.29 B`, `−320`.
pub fn change(delta: &Delta, style: Style) -> String {
    delta.change().map_or_else(String::new, |change| {
        let sign = if change > 0 { "+" } else { "" };
        format!("{sign}{}", style.write(change, delta.unit))
    })
}

/// What became of a number that is not known: both formulas, or one and the sizes in it.
pub fn formulas(delta: &Delta) -> String {
    use Stated::Symbolic;
    if let (Some(Symbolic { formula, sizes }), Some(Symbolic { formula: after, sizes: new })) =
        (&delta.old, &delta.new)
        && formula == after
    {
        let moved = new.iter().filter_map(|(name, size)| {
            let was = sizes.get(name).filter(|was| *was != size)?;
            Some(format!("{name} {} → {}", said_size(was), said_size(size)))
        });
        return format!(
            "{}, with {}",
            cut_to(FORMULA, formula),
            moved.collect::<Vec<_>>().join(", ")
        );
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
