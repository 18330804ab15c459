//! A drill as Markdown, its answers in sections that open on a click.

use super::{Sheet, SheetPrinter, tables};
use crate::drill::answer::Expected;
use crate::drill::answered::{self, Answered};
use crate::drill::question::Question;
use crate::drill::reading::letter;
use crate::render::{Format, View, markdown_escape as escaped, markdown_text};

/// A drill as Markdown.
pub const FORMAT: Format<SheetPrinter> = Format {
    name: "markdown",
    about: "Markdown; the answers stand in sections that open",
    printer: SheetPrinter { print, is_asked: false },
};

/// The questions, and what was answered with the score, if anything was.
fn print(sheet: &Sheet, _: &View) -> String {
    let mut out = String::from("# Drill\n\n");
    if let Some(seed) = sheet.seed {
        out.push_str(&format!("Seed {seed}.\n\n"));
    }
    for (at, question) in sheet.questions.iter().enumerate() {
        let Question { topic, level, .. } = question;
        out.push_str(&format!("## {}. {topic}, level {level}\n\n", at + 1));
        out.push_str(&format!("{}\n\n", escaped(&question.text)));
        if let Expected::Choice { options, .. } = &question.expected {
            for (at, option) in options.iter().enumerate() {
                out.push_str(&format!("- {}) {}\n", letter(at), escaped(option)));
            }
            out.push('\n');
        }
        if let Some(all) = sheet.answered {
            out.push_str(&said(all.get(at)));
        }
        out.push_str(&solution(question));
    }
    if let Some(answered) = sheet.answered {
        let score = answered::score(sheet.questions, answered);
        out.push_str(&markdown_text(&tables::score(&score, sheet.options)));
    }
    out
}

fn said(one: Option<&Answered>) -> String {
    let nothing = Answered::nothing();
    let one = one.unwrap_or(&nothing);
    let given = one.given.as_deref().unwrap_or("nothing");
    let why = one.why.as_deref().map_or_else(String::new, |why| format!(": {}", escaped(why)));
    format!("Answered: {} (**{}**){why}\n\n", escaped(given), one.outcome.name())
}

/// Answer, steps and mistakes, folded.
fn solution(question: &Question) -> String {
    let mut out = String::from("<details><summary>Answer</summary>\n\n");
    out.push_str(&format!("**{}**\n\n", escaped(&question.expected.show())));
    for step in &question.steps {
        out.push_str(&format!("- {}\n", escaped(step)));
    }
    if !question.mistakes.is_empty() {
        out.push_str("\nUsual mistakes:\n\n");
        for mistake in &question.mistakes {
            let given = question.expected.show_given(&mistake.answer);
            out.push_str(&format!("- {}: {}\n", escaped(&given), escaped(&mistake.why)));
        }
    }
    out.push_str("\n</details>\n\n");
    out
}
