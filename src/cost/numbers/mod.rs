//! The registry of what a plan says: every number once, with its path, its meaning, its unit, how
//! it is read from a report, and what becomes of it. JSON, the pages of numbers, comparisons,
//! baselines, limits and expectations are views of it.
//!
//! To add a number, write its line in the file of its section; to add a section, write its file and
//! its line in [`SECTIONS`].

mod answer;
mod conventions;
mod decode;
mod find;
mod form;
mod key;
mod memory;
mod params;
mod plan;
mod prefill;
mod reading;
mod stages;
mod symbols;
#[cfg(test)]
mod tests;
mod tokens;
mod views;
mod walk;

pub use super::closed::Closed;
pub use answer::sum_of_steps;
pub use find::{Fact, find, unit, value_of_stage};
pub use form::Form;
pub use key::{Key, Number, Read, Said, is_any};
pub use walk::{each, each_compared, form_path, is_index, paths, rows};

/// Raised when a key changes its meaning or goes; new keys do not raise it.
pub const SCHEMA_VERSION: u32 = 1;

/// A part of a plan.
pub struct Section {
    /// The start of its paths; nothing for what stands in no section.
    pub path: &'static str,
    /// What stands in it, in the order of the JSON.
    pub keys: &'static [Key],
    /// Of what.
    pub each: Each,
    /// What it is called in tables, if it has a name.
    pub heading: Option<&'static str>,
    /// Whether plans are compared by its numbers.
    pub compared: bool,
}

/// What a section says something of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// The plan.
    Plan,
    /// Each size of view.
    View,
    /// Each row of the prefill.
    Row,
    /// Each symbol.
    Symbol,
}

impl Section {
    /// How and what was counted.
    const fn about(path: &'static str, keys: &'static [Key]) -> Section {
        Section { path, keys, each: Each::Plan, heading: None, compared: false }
    }

    /// Results.
    const fn of(
        path: &'static str,
        heading: Option<&'static str>,
        keys: &'static [Key],
    ) -> Section {
        Section { path, keys, each: Each::Plan, heading, compared: true }
    }

    /// Results of each thing of a list.
    const fn list(path: &'static str, each: Each, keys: &'static [Key]) -> Section {
        Section { path, keys, each, heading: None, compared: false }
    }
}

/// Every section, in the order of the JSON.
pub const SECTIONS: &[Section] = &[
    Section::about("", plan::HEAD),
    Section::about("conventions", conventions::KEYS),
    Section::of("tokens", Some("tokens of a prompt"), tokens::KEYS),
    Section::list("tokens.views", Each::View, views::KEYS),
    Section::of("params", Some("parameters"), params::KEYS),
    Section::of("prefill", None, prefill::KEYS),
    Section::of("prefill.matmul_flops", Some("matmul FLOPs of the prefill"), prefill::MATMUL_FLOPS),
    Section::of("prefill.other_flops", Some("other FLOPs of the prefill"), prefill::OTHER_FLOPS),
    Section::of("decode", None, decode::KEYS),
    Section::of("decode.matmul_flops", Some("matmul FLOPs of a decode step"), decode::MATMUL_FLOPS),
    Section::of("decode.other_flops", Some("other FLOPs of a decode step"), decode::OTHER_FLOPS),
    Section::of("answer", Some("the answer"), answer::KEYS),
    Section::of("memory", Some("memory"), memory::KEYS),
    Section::list("stages", Each::Row, stages::KEYS),
    Section::list("symbols", Each::Symbol, symbols::KEYS),
    Section::about("", plan::TAIL),
];

/// Every key, in the order of the JSON.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    SECTIONS.iter().flat_map(|section| section.keys)
}

/// The headline numbers: their paths, what is special of them, and what they are called where they
/// stand alone.
pub fn headlines() -> impl Iterator<Item = (&'static str, &'static Number, &'static str)> {
    keys().filter_map(|key| {
        let number = key.number.as_ref()?;
        Some((key.path, number, number.headline?))
    })
}
