//! Everything that a plan says, one thing after another.

use std::borrow::Cow;

use super::super::{Report, Row, ViewFigures};
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
                    section.of_row(report, row, &mut within(format!("{list}.{at}."), visit));
                }
            }
            Each::View => {
                for (at, view) in report.tokens.views.iter().enumerate() {
                    section.of_view(report, view, &mut within(format!("{list}.{at}."), visit));
                }
            }
            Each::Symbol => {
                for (sym, Symbol { name, .. }) in symbols.iter() {
                    section.of_symbol(symbols, sym, &mut within(format!("{list}.{name}."), visit));
                }
            }
        }
    }
}

/// A visit of what has its paths within a place.
fn within<'v>(
    mut place: String,
    visit: &'v mut Visit,
) -> impl FnMut(&str, &Said, Option<&'static Number>) + 'v {
    let start = place.len();
    move |path, said, number| {
        place.truncate(start);
        place.push_str(path);
        visit(&place, said, number);
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
    path.rsplit('.').next().is_some_and(is_index)
}

/// Whether a segment of a path is an index of a list.
pub fn is_index(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
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
        let mut walk = Walk::new(self.keys);
        for key in self.keys {
            match key.read {
                Read::Plan(read) => walk.key(key, key.path.into(), read(report)),
                Read::Component(pass, read) => {
                    let pass = pass(report);
                    for row in pass.components().filter(|row| key.is_of(row.component)) {
                        let path = key.path_with("COMPONENT", row.component.key());
                        walk.key(key, path.into(), read(report, pass, row));
                    }
                }
                _ => walk.key(key, key.path.into(), Said::Absent),
            }
        }
        walk.visit(visit);
    }

    /// Visits what a list of views says of those of one size, by the paths in it.
    pub fn of_view(&self, report: &Report, view: &ViewFigures, visit: &mut Visit) {
        let mut walk = Walk::new(self.keys);
        for key in self.keys {
            walk.key(key, key.within().into(), key.of_view(report, view));
        }
        walk.visit(visit);
    }

    /// Visits what a list of rows says of one of them, by the paths in it.
    pub fn of_row(&self, report: &Report, row: &Row, visit: &mut Visit) {
        let mut walk = Walk::new(self.keys);
        for key in self.keys {
            walk.key(key, key.within().into(), key.of_row(report, row));
        }
        walk.visit(visit);
    }

    /// Visits what a list of symbols says of one of them, by the paths in it.
    pub fn of_symbol(&self, symbols: &Symbols, sym: Sym, visit: &mut Visit) {
        let mut walk = Walk::new(self.keys);
        for key in self.keys {
            walk.key(key, key.within().into(), key.of_symbol(symbols, sym));
        }
        walk.visit(visit);
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

/// Something that is said: its path, what it is, and what is special of it if it is a number.
type Thing<'r> = (Cow<'static, str>, Said<'r>, Option<&'static Number>);

/// What is said of one thing.
struct Walk<'r> {
    /// All of it in order. What is absent there is the place of the closed forms below its path.
    said: Vec<Thing<'r>>,
    /// Closed forms that do not stand beside their numbers.
    forms: Vec<Thing<'r>>,
}

impl<'r> Walk<'r> {
    fn new(keys: &[Key]) -> Walk<'r> {
        Walk { said: Vec::with_capacity(2 * keys.len()), forms: Vec::with_capacity(keys.len()) }
    }

    fn key(&mut self, key: &'static Key, path: Cow<'static, str>, said: Said<'r>) {
        let path = match path {
            Cow::Borrowed(path) => {
                let items = path.strip_suffix(".N").or_else(|| path.strip_suffix(".KIND"));
                items.unwrap_or(path).into()
            }
            of_component => of_component,
        };
        match (key.read, said) {
            (Read::Forms, _) => {
                let place = path.rsplit_once('.').map_or("", |(place, _)| place).to_owned();
                self.said.push((place.into(), Said::Absent, None));
            }
            (_, Said::Absent) => {}
            (_, Said::List(items)) if !items.is_empty() => {
                for (at, item) in items.into_iter().enumerate() {
                    self.key(key, [&path, ".", &at.to_string()].concat().into(), item);
                }
            }
            (_, Said::Map(items)) => {
                for (name, item) in items {
                    self.key(key, [&path, ".", name].concat().into(), item);
                }
            }
            (_, said) => self.say(key, path, said),
        }
    }

    fn say(&mut self, key: &'static Key, path: Cow<'static, str>, said: Said<'r>) {
        let is_value = path.ends_with(".value");
        let form = match &said {
            Said::Number(_, Some(form)) => {
                Some((form_path(&path).into(), Said::Formula(form.clone()), None))
            }
            _ => None,
        };
        self.said.push((path, said, key.number.as_ref()));
        let place = if is_value { &mut self.said } else { &mut self.forms };
        place.extend(form);
    }

    fn visit(&self, visit: &mut Visit) {
        for (path, said, number) in &self.said {
            if let Said::Absent = said {
                let here = self.forms.iter().filter(|form| form.0.starts_with(&**path));
                here.for_each(|(path, form, _)| visit(path, form, None));
            } else {
                visit(path, said, *number);
            }
        }
    }
}

/// Where the closed form of a number stands: beside a `value`, or with the forms of its section.
pub fn form_path(path: &str) -> String {
    let (section, key) = path.rsplit_once('.').unwrap_or(("", path));
    if key == "value" {
        return [section, ".formula"].concat();
    }
    match section.rsplit_once('.') {
        // In the item of a list.
        None if section.is_empty() => ["formulas.", key].concat(),
        None if is_item(key) => ["formulas.", section, ".", key].concat(),
        Some((section, "by_component")) => [section, ".formulas.", key].concat(),
        Some((section, list)) if is_item(key) || list.contains("_by_") => {
            [section, ".formulas.", list, ".", key].concat()
        }
        _ => [section, ".formulas.", key].concat(),
    }
}
