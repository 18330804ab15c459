//! Everything that a plan says, one thing after another.

use super::super::{Report, Row};
use super::{Each, Form, Key, Number, Read, SECTIONS, Said, Section};
use crate::dim::{Sym, Symbol, Symbols};

/// What is called for each thing that is said: with its path, what it is, and what is special of it
/// if it is a number.
pub type Visit<'v> = dyn FnMut(&str, &Said, Option<&'static Number>) + 'v;

/// Visits everything that a plan says, in the order of its JSON, with its rows down to `depth`.
pub fn each(report: &Report, depth: usize, visit: &mut Visit) {
    let symbols = &report.prefill.graph.symbols;
    for section in SECTIONS {
        let list = section.path;
        match section.each {
            Each::Plan => section.of_plan(report, visit),
            Each::Row => {
                for (at, row) in rows(report, depth).enumerate() {
                    section.of_row(report, row, &mut |path, said, number| {
                        visit(&format!("{list}.{at}.{path}"), said, number);
                    });
                }
            }
            Each::Symbol => {
                for (sym, Symbol { name, .. }) in symbols.iter() {
                    section.of_symbol(symbols, sym, &mut |path, said, number| {
                        visit(&format!("{list}.{name}.{path}"), said, number);
                    });
                }
            }
        }
    }
}

/// Told the path, the value and the closed form of a number.
pub type Compared<'v> = dyn FnMut(&str, Option<i128>, Option<&Form>) + 'v;

/// Visits the numbers that plans are compared by: the results, but no items of lists.
pub fn each_compared(report: &Report, visit: &mut Compared) {
    for section in SECTIONS.iter().filter(|section| section.compared) {
        section.of_plan(report, &mut |path, said, number| {
            if let (Said::Number(value, form), Some(_)) = (said, number)
                && !is_item(path)
            {
                visit(path, *value, form.as_ref());
            }
        });
    }
}

/// Whether a path names an item of a list.
pub fn is_item(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The paths of every number that a plan has, and of what is not known.
pub fn paths(report: &Report, depth: usize) -> Vec<String> {
    let mut paths = Vec::new();
    each(report, depth, &mut |path, said, _| {
        if let Said::Number(..) | Said::Unknown = said {
            paths.push(path.to_owned());
        }
    });
    paths
}

impl Section {
    /// Visits what a section of the plan says. If that is nothing, it is unknown as a whole.
    pub fn of_plan(&self, report: &Report, visit: &mut Visit) {
        if self.is_silent(report) {
            visit(self.path, &Said::Unknown, None);
            return;
        }
        let mut walk = Walk::new(visit);
        for key in self.keys {
            match key.read {
                Read::Plan(read) => walk.key(key, key.path, read(report)),
                Read::Component(pass, read) => {
                    let pass = pass(report);
                    for row in pass.components().filter(|row| key.is_of(row.component)) {
                        let path = key.path_with("COMPONENT", row.component.key());
                        walk.key(key, &path, read(report, pass, row));
                    }
                }
                _ => walk.key(key, key.path, Said::Absent),
            }
        }
    }

    /// Visits what a list of rows says of one of them, by the paths in it.
    pub fn of_row(&self, report: &Report, row: &Row, visit: &mut Visit) {
        let mut walk = Walk::new(visit);
        self.keys.iter().for_each(|key| walk.key(key, key.within(), key.of_row(report, row)));
    }

    /// Visits what a list of symbols says of one of them, by the paths in it.
    pub fn of_symbol(&self, symbols: &Symbols, sym: Sym, visit: &mut Visit) {
        let mut walk = Walk::new(visit);
        self.keys.iter().for_each(|key| walk.key(key, key.within(), key.of_symbol(symbols, sym)));
    }

    /// Whether nothing is said of it.
    pub(super) fn is_silent(&self, report: &Report) -> bool {
        self.keys.iter().all(|key| match key.read {
            Read::Plan(read) => matches!(read(report), Said::Absent),
            Read::Forms | Read::Along => true,
            _ => false,
        })
    }
}

/// The rows of the prefill down to a depth.
pub fn rows(report: &Report, depth: usize) -> impl Iterator<Item = &Row> {
    report.prefill.rows.iter().filter(move |row| row.depth <= depth)
}

/// A walk through what is said of one thing.
struct Walk<'v, 'f, 'r> {
    visit: &'v mut Visit<'f>,
    /// Closed forms that stand together further on.
    waiting: Vec<(String, Form<'r>)>,
    /// Whether the place where they stand together has been passed.
    has_forms: bool,
}

impl<'v, 'f, 'r> Walk<'v, 'f, 'r> {
    fn new(visit: &'v mut Visit<'f>) -> Walk<'v, 'f, 'r> {
        Walk { visit, waiting: Vec::new(), has_forms: false }
    }

    fn key(&mut self, key: &'static Key, path: &str, said: Said<'r>) {
        let path = path.trim_end_matches(".N");
        match (key.read, said) {
            (Read::Forms, _) => {
                self.has_forms = true;
                for (path, form) in self.waiting.drain(..) {
                    (self.visit)(&path, &Said::Formula(form), None);
                }
            }
            (_, Said::Absent) => {}
            (_, Said::List(items)) if !items.is_empty() => {
                for (at, item) in items.into_iter().enumerate() {
                    self.say(key, &format!("{path}.{at}"), item);
                }
            }
            (_, said) => self.say(key, path, said),
        }
    }

    fn say(&mut self, key: &'static Key, path: &str, said: Said<'r>) {
        (self.visit)(path, &said, key.number.as_ref());
        if let Said::Number(_, Some(form)) = said {
            let place = form_path(path);
            if self.has_forms || path.ends_with(".value") {
                (self.visit)(&place, &Said::Formula(form), None);
            } else {
                self.waiting.push((place, form));
            }
        }
    }
}

/// Where the closed form of a number stands: beside a `value`, or with the forms of its section.
pub fn form_path(path: &str) -> String {
    let (section, key) = path.rsplit_once('.').unwrap_or(("", path));
    if key == "value" {
        return format!("{section}.formula");
    }
    match section.rsplit_once('.') {
        Some((section, "by_component")) => format!("{section}.formulas.{key}"),
        Some((section, list)) if is_item(key) || list.ends_with("_by_component") => {
            format!("{section}.formulas.{list}.{key}")
        }
        _ => format!("{section}.formulas.{key}"),
    }
}
