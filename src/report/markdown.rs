//! Results as GitHub-flavoured Markdown: a comment on a pull request, or a summary of a job.

use super::case::{Case, problems};
use super::words::{summary, used, word};
use super::{ReportPrinter, View};
use crate::check::{Checked, Finding, Outcome, Results, RuleUse};
use crate::diag::sanitize;
use crate::render::{Format, markdown_escape as escape};

/// The longest comment that GitHub takes, in characters; counted in bytes, which are no fewer.
const LONGEST: usize = 65_536;
/// What is kept free for the sentence about what is left out.
const RESERVE: usize = 512;
/// The longest text of a cell, in characters.
const CELL: usize = 160;

const HEADER: &str = "\n| | spec | number | is | expected | off by | rule |\n\
                      |---|---|---|---:|---:|---:|---|\n";

/// Reports as Markdown.
pub const FORMAT: Format<ReportPrinter> = Format {
    name: "markdown",
    about: "GitHub-flavoured Markdown, for a comment or a summary",
    printer: print,
};

/// A marker by which a bot finds its comment again, a verdict, what does not hold, what does.
fn print(results: &Results, view: &View) -> String {
    let command = results.command;
    let verdict = match results.outcome() {
        Outcome::Ok => "everything holds",
        Outcome::Warned => "everything holds, with warnings",
        Outcome::Broken => "something does not hold",
        Outcome::Error => "something cannot be checked",
    };
    let mut page = Page {
        text: format!(
            "<!-- vlmcalc:{command} -->\n**vlmcalc {command}: {verdict}** ({})\n",
            summary(results)
        ),
        left: 0,
    };
    // What makes no sense has no numbers to show, but a hint.
    let (numbers, words): (Vec<Case>, Vec<Case>) = problems(results)
        .partition(|case| case.finding().is_some() && case.outcome() != Outcome::Error);
    let number = |case: &Case| case.finding().map(|finding| row(case, finding, view));
    page.section(HEADER, numbers.iter().filter_map(number));
    page.section("\n", words.iter().map(|case| problem(case, view)));
    page.section("\nRules of policies:\n\n", results.rules.iter().map(rule));
    let readable = || results.checked.iter().filter(|checked| checked.faults.is_empty());
    if !view.quiet {
        let held: usize = readable().map(|checked| checked.count(Outcome::Ok)).sum();
        let heading = format!("\n<details><summary>What holds: {held}</summary>\n\n");
        if page.section(&heading, readable().map(|checked| holds(checked, view))) {
            page.text.push_str("\n</details>\n");
        }
    }
    if page.left > 0 {
        page.text.push_str(&format!(
            "\n{} more lines are left out, since a comment holds 65,536 characters; \
             `--format json` has everything.\n",
            page.left
        ));
    }
    page.text
}

/// A text that stays short enough.
struct Page {
    text: String,
    /// How many lines found no room.
    left: usize,
}

impl Page {
    /// Lines below their heading, as long as there is room; nothing without lines. Whether there
    /// are any.
    fn section(&mut self, heading: &str, lines: impl Iterator<Item = String>) -> bool {
        let mut begun = false;
        for line in lines {
            let length = self.text.len() + heading.len() + line.len();
            if self.left > 0 || length > LONGEST - RESERVE {
                self.left += 1;
                continue;
            }
            if !begun {
                self.text.push_str(heading);
                begun = true;
            }
            self.text.push_str(&line);
        }
        begun
    }
}

fn row(case: &Case, finding: &Finding, view: &View) -> String {
    let cells = [
        word(case.outcome()).to_owned(),
        spec(case, view),
        cell(&finding.path),
        whole(finding.actual.as_deref().unwrap_or("still symbolic")),
        cell(&finding.expected),
        whole(finding.off.as_deref().unwrap_or("")),
        cell(&finding.origin.name()),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// A problem that no number shows, with its place and its hint.
fn problem(case: &Case, view: &View) -> String {
    let hint = case.diagnostic().and_then(|diagnostic| diagnostic.help.as_deref());
    let hint = hint.map_or_else(String::new, |hint| format!("; {}", cell(hint)));
    let word = word(case.outcome());
    format!("- {word}: {}: {}{hint}\n", spec(case, view), cell(&case.message()))
}

fn rule(rule: &RuleUse) -> String {
    format!("- {} of {}: {}\n", cell(&rule.name), cell(&rule.file), used(rule))
}

fn holds(checked: &Checked, view: &View) -> String {
    let (held, all) = (checked.count(Outcome::Ok), checked.findings.len());
    let said = if all == 0 { "no expectations".to_owned() } else { format!("{held} of {all}") };
    format!("- {}: {said}\n", cell(&view.root.relative(&checked.file)))
}

/// The spec of a problem with the line, or with the other file in which the problem is.
fn spec(case: &Case, view: &View) -> String {
    let place = case.place();
    let at = place.start.map_or_else(String::new, |(line, _)| format!(":{line}"));
    let spec = view.root.relative(&case.checked.file);
    cell(&match case.in_spec() {
        true => format!("{spec}{at}"),
        false => format!("{spec} ({}{at})", view.root.relative(place.file)),
    })
}

/// Text for a cell or a line of a list, cut to a readable length.
fn cell(text: &str) -> String {
    let safe = sanitize(text);
    match safe.char_indices().nth(CELL) {
        None => escape(&safe),
        Some((cut, _)) => escape(&format!("{}…", &safe[..cut])),
    }
}

/// A cell that is not wrapped.
fn whole(text: &str) -> String {
    cell(text).replace(' ', "\u{a0}")
}
