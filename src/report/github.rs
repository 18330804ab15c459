//! Problems as workflow commands, which GitHub Actions shows beside the lines of the files.
//!
//! The escapes are those of `@actions/core`; the runner undoes them.

use std::fmt::Write as _;

use super::case::{Case, told};
use super::words::summary;
use super::{ReportPrinter, View};
use crate::check::Results;
use crate::diag::sanitize;
use crate::render::Format;

/// Reports as workflow commands.
pub const FORMAT: Format<ReportPrinter> = Format {
    name: "github",
    about: "Workflow commands of GitHub Actions: annotations of the files",
    printer: print,
};

/// A command for each problem, those that fail the run first, since GitHub shows the first ten of
/// a step only; then a count of specs.
fn print(results: &Results, view: &View) -> String {
    let (mut errors, warnings): (Vec<Case>, Vec<Case>) =
        told(results).partition(|case| case.fails(results));
    let first = errors.len();
    errors.extend(warnings);
    let mut out = String::new();
    for (at, case) in errors.iter().enumerate() {
        let level = if at < first { "error" } else { "warning" };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "::{level} {}::{}", properties(case, view), message(case, view));
    }
    let _ = writeln!(out, "vlmcalc {}: {}", results.command, summary(results));
    out
}

fn properties(case: &Case, view: &View) -> String {
    let place = case.place();
    let mut properties = vec![("file", view.root.relative(place.file))];
    if let Some((line, column)) = place.start {
        properties.extend([("line", line.to_string()), ("col", column.to_string())]);
        // Columns that end on another line are not understood.
        let end = place.end.filter(|(end, _)| *end == line);
        properties.extend(end.map(|(_, column)| ("endColumn", column.to_string())));
    }
    properties.push(("title", case.title()));
    let each = |(key, value): (&str, String)| format!("{key}={}", property(&value));
    properties.into_iter().map(each).collect::<Vec<_>>().join(",")
}

/// The lines of a problem. The last one says where it is: the log of a job shows nothing else of
/// an annotation.
fn message(case: &Case, view: &View) -> String {
    let place = case.place();
    let at = place.start.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
    let lines =
        case.lines().into_iter().chain([format!("at {}{at}", view.root.relative(place.file))]);
    lines.map(|line| data(&line)).collect::<Vec<_>>().join("%0A")
}

/// A text after the second `::`.
fn data(text: &str) -> String {
    sanitize(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text between commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_field() {
        assert_eq!(data("50% of\n::set-output name=x::y"), "50%25 of\\u{a}::set-output name=x::y");
        assert_eq!(property("a,line=1::b%2C"), "a%2Cline=1%3A%3Ab%252C");
    }
}
