//! What a check, a comparison or a baseline found, printed for people and for CI.
//!
//! To add a format, write its file and its lines in [`Format`] and in [`render`].

mod case;
mod github;
mod json;
mod junit;
mod markdown;
mod sarif;
mod table;
mod tap;
mod words;

use crate::check::Results;
use crate::files::Root;

/// A format of reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line for each spec, and below it what does not hold.
    #[default]
    Table,
    /// Every finding and problem, with stable keys.
    Json,
    /// JUnit XML, for test reports: a suite for each spec, a case for each finding.
    Junit,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands of GitHub Actions: annotations of the files.
    Github,
    /// GitHub-flavoured Markdown, for a comment or a summary.
    Markdown,
    /// TAP version 14: a test point for each finding.
    Tap,
}

/// How a report is shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Whether specs that keep everything are left out where people read.
    pub quiet: bool,
    /// Columns of the terminal; none where the output is no terminal.
    pub width: Option<usize>,
    /// Whether the output may have colour.
    pub color: bool,
    /// Where paths start in formats that a CI service reads.
    pub root: Root,
}

/// Prints results, every line ended.
pub fn render(results: &Results, format: Format, view: &View) -> String {
    match format {
        Format::Table => table::print(results, view),
        Format::Json => json::print(results),
        Format::Junit => junit::print(results, view),
        Format::Sarif => sarif::print(results, view),
        Format::Github => github::print(results, view),
        Format::Markdown => markdown::print(results, view),
        Format::Tap => tap::print(results),
    }
}

/// What is printed beside a report, where whoever reads the report reads that too.
pub fn beside(text: String, format: Format) -> String {
    if format == Format::Github { github::inert(&text) } else { text }
}
