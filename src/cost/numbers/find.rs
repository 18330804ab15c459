//! What a path names.
//!
//! A path is one of the plan's JSON (`params.total`, `tokens.grid.0`), or a stage and what is asked
//! of it: `bridge.output`, `llm.blocks.params`.

use super::super::Report;
use super::walk::rows;
use super::{Each, Form, Key, Read, SECTIONS, Said, Section, stages};
use crate::graph::Component;
use crate::ops::Shape;
use crate::units::Unit;

/// What stands at a path, of which something can be expected.
pub enum Fact<'r> {
    /// A number, if it is known, and its closed form.
    Number(Option<i128>, Option<Form<'r>>),
    /// The shape of a tensor.
    Shape(&'r Shape),
}

/// What stands at a path of a plan whose rows are listed down to `depth`; nothing if it has no such
/// number or shape. Whatever is not known counts as a number that is not.
pub fn find<'r>(report: &'r Report, path: &str, depth: usize) -> Option<Fact<'r>> {
    let sections = SECTIONS.iter().filter(|section| path.starts_with(section.path));
    match sections.filter_map(|section| in_section(section, report, path, depth)).next() {
        Some(Said::Number(value, form)) => Some(Fact::Number(value, form)),
        Some(Said::Unknown) => Some(Fact::Number(None, None)),
        _ => of_stage(report, path, depth),
    }
}

/// What a number at a path counts. Of one that this program does not know, as in a plan that a
/// later one saved, its name says it.
pub fn unit(path: &str) -> Unit {
    let last = path.rsplit('.').next().unwrap_or(path);
    match Key::at(path).or_else(|| value_of_stage(last)).and_then(|key| key.number) {
        Some(number) => number.unit,
        None if path.contains("flops") => Unit::Flop,
        None if path.ends_with("_bytes") => Unit::Byte,
        None => Unit::Count,
    }
}

fn in_section<'r>(
    section: &Section,
    report: &'r Report,
    path: &str,
    depth: usize,
) -> Option<Said<'r>> {
    let item = || path.strip_prefix(section.path)?.strip_prefix('.')?.split_once('.');
    match section.each {
        Each::Plan => {
            let found = section.keys.iter().find_map(|key| of_plan(key, report, path));
            let silent = || section.path == path && section.is_silent(report);
            found.or_else(|| silent().then_some(Said::Unknown))
        }
        Each::Row => {
            let (index, rest) = item()?;
            let row = rows(report, depth).nth(index.parse().ok()?)?;
            section.keys.iter().find_map(|key| at(key.within(), rest, || key.of_row(report, row)))
        }
        Each::View => {
            let (index, rest) = item()?;
            let view = report.tokens.views.get(index.parse::<usize>().ok()?)?;
            section.keys.iter().find_map(|key| at(key.within(), rest, || key.of_view(report, view)))
        }
        Each::Symbol => {
            let (name, rest) = item()?;
            let symbols = &report.prefill.graph.symbols;
            let (sym, _) = symbols.iter().find(|(_, symbol)| symbol.name == name)?;
            section
                .keys
                .iter()
                .find_map(|key| at(key.within(), rest, || key.of_symbol(symbols, sym)))
        }
    }
}

fn of_plan<'r>(key: &Key, report: &'r Report, path: &str) -> Option<Said<'r>> {
    match key.read {
        Read::Plan(read) => at(key.path, path, || read(report)),
        Read::Component(pass, read) => {
            let (own, _) = key.path.rsplit_once('.')?;
            let component = Component::of_key(path.strip_prefix(own)?.strip_prefix('.')?)?;
            let pass = pass(report);
            let row = pass.component(component).filter(|_| key.is_of(component))?;
            Some(read(report, pass, row))
        }
        _ => None,
    }
}

/// What is read if it stands at a path: as a whole, or as an item of a list, `N`.
fn at<'r>(own: &str, path: &str, read: impl FnOnce() -> Said<'r>) -> Option<Said<'r>> {
    if let Some(map) = own.strip_suffix(".KIND") {
        let name = path.strip_prefix(map)?.strip_prefix('.')?;
        return match read() {
            Said::Map(items) => items.into_iter().find(|(known, _)| *known == name).map(|(_, s)| s),
            _ => None,
        };
    }
    let Some(list) = own.strip_suffix(".N") else { return (own == path).then(read) };
    let index = path.strip_prefix(list)?.strip_prefix('.')?.parse::<usize>().ok()?;
    match read() {
        Said::List(items) => items.into_iter().nth(index),
        _ => None,
    }
}

/// A shape or a number of a stage: of the path `llm.blocks`, or of the index `stages.3`.
fn of_stage<'r>(report: &'r Report, path: &str, depth: usize) -> Option<Fact<'r>> {
    let (stage, what) = path.rsplit_once('.')?;
    let row = || match stage.strip_prefix("stages.") {
        Some(index) => rows(report, depth).nth(index.parse().ok()?),
        None => report.prefill.row(stage),
    };
    match what {
        "input" => Some(Fact::Shape(&row()?.input)),
        "output" => Some(Fact::Shape(&row()?.output)),
        _ => match value_of_stage(what)?.of_row(report, row()?) {
            Said::Number(value, form) => Some(Fact::Number(value, form)),
            _ => None,
        },
    }
}

/// The number of a stage that is its `value` of this name.
pub fn value_of_stage(name: &str) -> Option<&'static Key> {
    let own = |key: &Key| key.within().strip_suffix(".value");
    stages::KEYS.iter().find(|key| own(key) == Some(name))
}
