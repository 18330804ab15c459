//! Questions, solutions and results as lines of a terminal.

use super::{Sheet, SheetPrinter, tables};
use crate::diag::{cut, sanitize};
use crate::drill::answer::Expected;
use crate::drill::answered::{self, Answered};
use crate::drill::question::Question;
use crate::drill::reading::letter;
use crate::drill::score::Outcome;
use crate::render::{Format, View, terminal_text, wrapped};

/// Narrower terminals wrap by themselves.
const LEAST_WIDTH: usize = 40;

/// A question: `1/10  patches, level 1`, its text, its options.
pub fn asked(question: &Question, number: usize, of: usize, view: &View) -> String {
    let mut page = Page::new(view);
    page.heading(&format!("{number}/{of}  {}, level {}", question.topic, question.level));
    page.line(&question.text, "", "");
    if let Expected::Choice { options, .. } = &question.expected {
        for (at, option) in options.iter().enumerate() {
            page.line(option, &format!("{}) ", letter(at)), "   ");
        }
    }
    page.text
}

/// The right answer and the way to it.
pub fn solution(question: &Question, view: &View) -> String {
    let mut page = Page::new(view);
    page.line(&question.expected.show(), "Answer: ", "  ");
    for step in &question.steps {
        page.line(step, "- ", "  ");
    }
    page.text
}

/// A drill for a terminal.
pub const FORMAT: Format<SheetPrinter> = Format {
    name: "table",
    about: "Text for a terminal",
    printer: SheetPrinter { print: results, is_asked: true },
};

/// Every question with its answer, or with what was answered, and the score.
fn results(sheet: &Sheet, view: &View) -> String {
    let mut out = String::new();
    let of = sheet.questions.len();
    for (at, question) in sheet.questions.iter().enumerate() {
        out.push_str(&asked(question, at + 1, of, view));
        match sheet.answered.map(|all| all.get(at).cloned().unwrap_or_else(Answered::nothing)) {
            Some(one) if one.outcome == Outcome::Right => out.push_str(&said(&one, view)),
            Some(one) => {
                out.push_str(&said(&one, view));
                out.push_str(&solution(question, view));
            }
            None => out.push_str(&solution(question, view)),
        }
        out.push('\n');
    }
    if let Some(answered) = sheet.answered {
        let score = answered::score(sheet.questions, answered);
        out.push_str(&terminal_text(&tables::score(&score, sheet.options), view));
    }
    out
}

/// What was answered, and what became of it.
fn said(one: &Answered, view: &View) -> String {
    let mut page = Page::new(view);
    page.line(&verdict(one), "You: ", "  ");
    page.text
}

/// `577 is wrong: that counts class tokens`.
pub(super) fn verdict(one: &Answered) -> String {
    let verdict = match one.outcome {
        Outcome::Right => "right",
        Outcome::Wrong => "wrong",
        Outcome::Skipped => "not answered",
        Outcome::Late => "too late",
    };
    let given =
        one.given.as_deref().map_or_else(String::new, |given| format!("{} is ", cut(given)));
    let why = one.why.as_deref().map_or_else(String::new, |why| format!(": {why}"));
    format!("{given}{verdict}{why}")
}

/// Lines under way.
pub(super) struct Page<'a> {
    view: &'a View,
    /// What stands on it.
    pub(super) text: String,
}

impl Page<'_> {
    /// An empty page.
    pub(super) fn new(view: &View) -> Page<'_> {
        Page { view, text: String::new() }
    }

    /// A line in bold.
    pub(super) fn heading(&mut self, text: &str) {
        let (start, end) = if self.view.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        self.text.push_str(&format!("{start}{}{end}\n", sanitize(text)));
    }

    /// A text after a mark, its further lines indented.
    pub(super) fn line(&mut self, text: &str, mark: &str, indent: &str) {
        let width = self.view.width.map(|width| width.max(LEAST_WIDTH));
        for line in wrapped(&format!("{mark}{}", sanitize(text)), indent, width) {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }
}
