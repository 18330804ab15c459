//! A comparison as a comment on a pull request: a hidden mark that a bot finds it by, a summary, and
//! for each spec a table with everything else folded away.

use std::fmt::Write as _;

use super::super::compare::Comparison;
use super::super::outcome::{Compared, OneSided};
use super::super::run::Diff;
use super::{DiffPrinter, View, layout, words};
use crate::check::{Checked, Finding, Outcome};
use crate::diag::Diagnostic;
use crate::render::{Block, DEFAULT_DEPTH, Format, markdown_escape as escape, markdown_rows};
use crate::units::counted;

/// The first line.
const MARK: &str = "<!-- vlmcalc:diff -->";

/// Where the text stops to name more specs. GitHub takes comments of 65,536 characters.
const MOST: usize = 55_000;

/// The most lines of a list.
const LINES: usize = 50;

/// A comparison as a comment.
pub const FORMAT: Format<DiffPrinter> = Format {
    name: "markdown",
    about: "A comment for a pull request, with a hidden mark that a bot finds it by",
    printer: DiffPrinter { print, says_findings: true, depth: DEFAULT_DEPTH },
};

/// The comment, every line ended.
fn print(diff: &Diff, view: &View) -> String {
    let mut out = format!("{MARK}\n**vlmcalc**: {}\n", summary(diff));
    let broken: Vec<String> = diff
        .results
        .checked
        .iter()
        .flat_map(|checked| checked.findings.iter().map(|finding| (&checked.file, finding)))
        .filter(|(_, finding)| finding.outcome() != Outcome::Ok)
        .map(|(file, finding)| broken(file, finding))
        .collect();
    let said = |of: fn(&Checked) -> &[Diagnostic]| -> Vec<String> {
        let each = diff.results.checked.iter().flat_map(|checked| {
            of(checked).iter().map(move |problem| (&checked.file, &problem.message))
        });
        each.map(|(file, message)| format!("- {}: {}\n", escape(file), escape(message))).collect()
    };
    section(&mut out, "Limits", &broken);
    section(&mut out, "Errors", &said(|checked| &checked.faults));
    section(&mut out, "Warnings", &said(|checked| &checked.warnings));
    let mut left = 0;
    for compared in &diff.compared {
        let text = match compared {
            Compared::Same => continue,
            _ if left > 0 => None,
            Compared::Changed(comparison) => Some(changed(comparison, view)),
            Compared::Added(side) => Some(one_sided("added", side)),
            Compared::Removed(side) => Some(one_sided("removed", side)),
        };
        match text.filter(|text| out.len() + text.len() <= MOST) {
            Some(text) => out.push_str(&text),
            None => left += 1,
        }
    }
    if left > 0 {
        let _ = writeln!(out, "\n{left} more are too much for a comment: run `vlmcalc diff`.");
    }
    out
}

/// `2 of 18 specs changed, 1 added, **1 limit broken**`, or that nothing is different.
fn summary(diff: &Diff) -> String {
    let results = &diff.results;
    let broken: usize = results.checked.iter().map(|checked| checked.count(Outcome::Broken)).sum();
    let mut parts = vec![words::summary(diff)];
    parts.extend((broken > 0).then(|| format!("**{} broken**", counted(broken as i128, "limit"))));
    parts.join(", ")
}

fn section(out: &mut String, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let shown = &lines[..lines.len().min(LINES)];
    let _ = write!(out, "\n### {heading}\n\n{}", shown.concat());
    if lines.len() > LINES {
        let _ = writeln!(out, "- and {} more", lines.len() - LINES);
    }
}

fn broken(file: &str, finding: &Finding) -> String {
    let what = match &finding.diagnostic {
        Some(diagnostic) => diagnostic.message.clone(),
        None => format!("{} is not {}", finding.path, finding.expected),
    };
    format!("- {}: {} ({})\n", escape(file), escape(&what), escape(&finding.origin.name()))
}

fn changed(comparison: &Comparison, view: &View) -> String {
    let [base, head] = &comparison.labels;
    let mut out = format!("\n### {} → {}\n\n", escape(base), escape(head));
    match layout::headlines(comparison, view.style()) {
        Some(table) => out.push_str(&markdown_rows(&table)),
        None => out.push_str(&format!("{}\n", escape(words::no_headline(comparison)))),
    }
    match layout::design(comparison) {
        Some(Block::Table(table)) => out.push_str(&format!("\n{}", markdown_rows(&table))),
        Some(block) => notes(&mut out, &block),
        None => {}
    }
    if let Some(table) = layout::numbers(comparison, view.style()) {
        folded(&mut out, "All numbers", &markdown_rows(&table));
    }
    if let Some(table) = layout::stages(comparison, view.style()) {
        folded(&mut out, "Stages", &markdown_rows(&table));
    }
    if let Some(block) = layout::formulas(comparison) {
        let mut text = String::new();
        notes(&mut text, &block);
        folded(&mut out, "Formulas of what is not known", &text);
    }
    out
}

fn one_sided(word: &str, side: &OneSided) -> String {
    format!("\n### {word}: {}\n\n{}\n", escape(&side.label), escape(&words::headline(side)))
}

fn notes(out: &mut String, block: &Block) {
    if let Block::Notes { lines, .. } = block {
        out.push('\n');
        for line in lines {
            let _ = writeln!(out, "- {}", escape(line));
        }
    }
}

fn folded(out: &mut String, summary: &str, text: &str) {
    let _ = write!(out, "\n<details><summary>{summary}</summary>\n\n{text}\n</details>\n");
}
