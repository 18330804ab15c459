//! A key of a plan: what stands there and how it is read.

use std::borrow::Cow;

use super::super::{Pass, Report, Row, ViewFigures};
use super::{Form, SECTIONS, keys};
use crate::dim::{Sym, Symbols};
use crate::graph::{COMPONENTS, Component};
use crate::ops::Shape;
use crate::spec::Spec;
use crate::units::Unit;

/// A key of a plan, as the JSON has it.
#[derive(Clone, Copy)]
pub struct Key {
    /// The path. A segment in capitals stands for any: `N` for an index, `COMPONENT` for
    /// `vision_encoder`, `bridge` or `llm`, `SYMBOL` for a symbol, `KIND` for a kind of structural
    /// token, `KEY` for a number beside it.
    pub path: &'static str,
    /// What stands there, with its unit.
    pub meaning: &'static str,
    /// What is special of it, if it is a number.
    pub number: Option<Number>,
    /// How it is read.
    pub read: Read,
}

/// A number of a plan.
#[derive(Clone, Copy)]
pub struct Number {
    /// What it counts.
    pub unit: Unit,
    /// What it is called below the heading of its section, if its key does not say it.
    pub name: Option<&'static str>,
    /// What it is called where it stands alone, if it is a headline: a number that a limit without
    /// a path is about.
    pub headline: Option<&'static str>,
    /// Whether a baseline keeps it.
    pub kept: bool,
    /// The number that it only repeats where both are the same.
    pub repeats: Option<&'static str>,
}

/// How a key is read, and of what.
#[derive(Clone, Copy)]
pub enum Read {
    /// Of the plan.
    Plan(fn(&Report) -> Said<'_>),
    /// Of each component of a pass.
    Component(fn(&Report) -> &Pass, for<'r> fn(&'r Report, &'r Pass, &'r Row) -> Said<'r>),
    /// Of each size of view.
    View(for<'r> fn(&'r Report, &'r ViewFigures) -> Said<'r>),
    /// Of each row of the prefill.
    Stage(for<'r> fn(&'r Pass, &'r Row) -> Said<'r>),
    /// Of each symbol.
    Symbol(for<'r> fn(&'r Symbols, Sym) -> Said<'r>),
    /// The closed forms of the numbers beside it.
    Forms,
    /// With another key: the closed form beside a `value`, the forms of a list.
    Along,
}

/// What stands at a key of a plan.
pub enum Said<'r> {
    /// A number, if it is known, and its closed form, if one belongs beside it.
    Number(Option<i128>, Option<Form<'r>>),
    /// Several of one kind.
    List(Vec<Said<'r>>),
    /// Several by name.
    Map(Vec<(&'static str, Said<'r>)>),
    /// Words.
    Text(Cow<'r, str>),
    /// Yes or no.
    Flag(bool),
    /// A formula.
    Formula(Form<'r>),
    /// A shape in symbols.
    Shape(&'r Symbols, &'r Shape),
    /// The design.
    Design(Box<Spec>),
    /// Nothing that is known.
    Unknown,
    /// Nothing: this plan has no such key.
    Absent,
}

impl<'r> Said<'r> {
    /// A text that does not change, or that the report holds.
    pub(super) fn text(text: &'r str) -> Said<'r> {
        Said::Text(Cow::Borrowed(text))
    }

    /// A number without a closed form.
    pub(super) fn plain(value: impl Into<i128>) -> Said<'r> {
        Said::Number(Some(value.into()), None)
    }
}

impl Key {
    /// A key at which no number stands.
    pub(super) const fn new(path: &'static str, read: Read, meaning: &'static str) -> Key {
        Key { path, meaning, number: None, read }
    }

    /// A number.
    pub(super) const fn number(
        path: &'static str,
        unit: Unit,
        read: Read,
        meaning: &'static str,
    ) -> Key {
        let number = Number { unit, name: None, headline: None, kept: false, repeats: None };
        Key { path, meaning, number: Some(number), read }
    }

    /// The number, which a baseline keeps.
    pub(super) const fn kept(mut self) -> Key {
        if let Some(number) = &mut self.number {
            number.kept = true;
        }
        self
    }

    /// The number, which is a headline of this name.
    pub(super) const fn headline(mut self, name: &'static str) -> Key {
        if let Some(number) = &mut self.number {
            number.headline = Some(name);
        }
        self
    }

    /// The number, which has this name in its section.
    pub(super) const fn named(mut self, name: &'static str) -> Key {
        if let Some(number) = &mut self.number {
            number.name = Some(name);
        }
        self
    }

    /// The number, which may repeat another one.
    pub(super) const fn repeats(mut self, path: &'static str) -> Key {
        if let Some(number) = &mut self.number {
            number.repeats = Some(path);
        }
        self
    }

    /// What it says of views of one size.
    pub fn of_view<'r>(&self, report: &'r Report, view: &'r ViewFigures) -> Said<'r> {
        match self.read {
            Read::View(read) => read(report, view),
            _ => Said::Absent,
        }
    }

    /// What it says of a row of the prefill.
    pub fn of_row<'r>(&self, report: &'r Report, row: &'r Row) -> Said<'r> {
        match self.read {
            Read::Stage(read) => read(&report.prefill, row),
            _ => Said::Absent,
        }
    }

    /// What it says of a symbol.
    pub fn of_symbol<'r>(&self, symbols: &'r Symbols, sym: Sym) -> Said<'r> {
        match self.read {
            Read::Symbol(read) => read(symbols, sym),
            _ => Said::Absent,
        }
    }

    /// The path in the item of a list that it is said of.
    pub(super) fn within(&self) -> &'static str {
        let mut rest = self.path;
        while let Some((segment, after)) = rest.split_once('.') {
            rest = after;
            if is_any(segment) {
                return rest;
            }
        }
        ""
    }

    /// The path with something in place of the first segment that stands for any.
    pub(super) fn path_with(&self, any: &str, name: &str) -> String {
        self.path.replacen(any, name, 1)
    }

    /// Whether it is read of a component.
    pub(super) fn is_of(&self, component: Component) -> bool {
        let last = self.path.rsplit('.').next();
        last == Some("COMPONENT") || last == Some(component.key())
    }

    /// Whether a number stands there, of which something can be expected.
    pub fn is_number(&self) -> bool {
        self.number.is_some()
    }

    /// The paths that it stands for, where those are few.
    pub fn paths(&self) -> Vec<String> {
        if self.path.contains("COMPONENT") {
            let path = |component: Component| self.path_with("COMPONENT", component.key());
            return COMPONENTS.map(path).into();
        }
        let is_one = !self.path.split('.').any(is_any);
        is_one.then(|| self.path.to_owned()).into_iter().collect()
    }

    /// The key at a path, be it written with indices and names or with capitals.
    pub fn at(path: &str) -> Option<&'static Key> {
        let near = || near(path);
        let plain = near().find(|key| key.path == path);
        plain.or_else(|| near().filter(|key| key.is_at(path)).min_by_key(|key| key.wildness()))
    }

    /// The number that the one at a path only repeats where both are the same.
    pub fn repeated_at(path: &str) -> Option<Cow<'static, str>> {
        let repeated = Key::at(path)?.number?.repeats?;
        Some(match (repeated.strip_suffix("COMPONENT"), path.rsplit_once('.')) {
            (Some(list), Some((_, component))) => [list, component].concat().into(),
            _ => repeated.into(),
        })
    }

    /// The keys below a path.
    pub fn below(path: &str) -> Vec<&'static Key> {
        keys().filter(|key| key.starts_with(path)).collect()
    }

    /// Whether a path names this key.
    fn is_at(&self, path: &str) -> bool {
        let mut given = path.split('.');
        let mut own = self.path.split('.');
        own.all(|own| given.next().is_some_and(|segment| stands_for(own, segment)))
            && given.next().is_none()
    }

    fn starts_with(&self, path: &str) -> bool {
        let mut own = self.path.split('.');
        path.split('.').all(|segment| own.next().is_some_and(|own| stands_for(own, segment)))
    }

    /// How many of its segments stand for any.
    fn wildness(&self) -> usize {
        self.path.split('.').filter(|segment| is_any(segment)).count()
    }
}

/// The keys of the sections that a path may be in.
fn near(path: &str) -> impl Iterator<Item = &'static Key> {
    let sections = SECTIONS.iter().filter(move |section| path.starts_with(section.path));
    sections.flat_map(|section| section.keys)
}

/// Whether a segment of a key's path stands for any.
pub fn is_any(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn stands_for(own: &str, segment: &str) -> bool {
    match own {
        _ if own == segment => true,
        "N" => segment.parse::<usize>().is_ok(),
        "COMPONENT" => Component::of_key(segment).is_some(),
        _ => is_any(own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_names_and_indices_find_their_key() {
        for (path, key) in [
            ("tokens.visual", "tokens.visual"),
            ("tokens.grid.0", "tokens.grid.N"),
            ("tokens.formulas.visual", "tokens.formulas.KEY"),
            ("params.by_component.llm", "params.by_component.COMPONENT"),
            ("stages.3.params.value", "stages.N.params.value"),
            ("symbols.D_v.value", "symbols.SYMBOL.value"),
        ] {
            assert_eq!(Key::at(path).map(|key| key.path), Some(key), "{path}");
        }
        for path in ["", "tokens", "tokens.visual.x", "params.by_component.head", "stages.x.unused"]
        {
            assert!(Key::at(path).is_none(), "{path}");
        }
        assert_eq!(Key::below("answer").len(), 6);
        assert_eq!(Key::below("stages.3.output").len(), 4);
    }
}
