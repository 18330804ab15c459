//! The sections of a plan, and which of them are shown.

use super::super::document::Block;
use super::Layout;

/// A part of a plan that can be asked for.
pub struct Section {
    /// The name on the command line.
    pub name: &'static str,
    /// What it says, in a line of help.
    pub about: &'static str,
    /// The blocks.
    pub(super) blocks: fn(&Layout) -> Vec<Block>,
}

/// Every section, in the order in which they are shown.
pub const SECTIONS: &[Section] = &[
    Section {
        name: "summary",
        about: "The answer on one screen",
        blocks: |layout| layout.summary(),
    },
    Section {
        name: "tokens",
        about: "From patches to the sequence that the LLM reads",
        blocks: |layout| layout.warned(Block::Table(layout.tokens())),
    },
    Section {
        name: "media",
        about: "From the picture on disk to its tokens, step by step",
        blocks: |layout| layout.media(),
    },
    Section {
        name: "shapes",
        about: "Input and output of each stage",
        blocks: |layout| vec![Block::Table(layout.shapes())],
    },
    Section {
        name: "costs",
        about: "Parameters and FLOPs of each stage",
        blocks: |layout| vec![Block::Table(layout.costs())],
    },
    Section {
        name: "totals",
        about: "FLOPs and bytes of the whole pipeline",
        blocks: |layout| vec![Block::Table(layout.totals())],
    },
    Section {
        name: "formulas",
        about: "The closed form of each number",
        blocks: |layout| vec![Block::Table(layout.formulas())],
    },
    Section {
        name: "symbols",
        about: "What shapes and formulas are written in",
        blocks: |layout| vec![Block::Table(layout.symbols())],
    },
    Section {
        name: "notes",
        about: "What a reader should know of this plan",
        blocks: |layout| layout.warned(layout.notes()),
    },
];

/// Which sections are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sections(u16);

impl Sections {
    /// The answer on one screen.
    pub const SUMMARY: Sections = Sections(1);

    /// Everything in long: what the summary says, it says too. Formulas and the steps of a
    /// processor are asked for apart.
    pub fn full() -> Sections {
        let shown = SECTIONS
            .iter()
            .filter(|section| !["summary", "formulas", "media"].contains(&section.name));
        shown.fold(Sections(0), |all, section| all.with(section.name))
    }

    /// The section of this name, if there is one.
    pub fn named(name: &str) -> Option<Sections> {
        let at = SECTIONS.iter().position(|section| section.name == name)?;
        Some(Sections(1 << at))
    }

    /// These, and the section of a name.
    #[must_use]
    pub fn with(self, name: &str) -> Sections {
        Sections::named(name).map_or(self, |section| self.and(section))
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Sections) -> Sections {
        Sections(self.0 | others.0)
    }

    /// Whether a section is among them.
    pub fn has(self, name: &str) -> bool {
        Sections::named(name).is_some_and(|section| self.0 & section.0 != 0)
    }

    /// The sections, in order.
    pub(super) fn iter(self) -> impl Iterator<Item = &'static Section> {
        SECTIONS.iter().enumerate().filter(move |(at, _)| self.0 & (1 << at) != 0).map(|(_, s)| s)
    }
}
