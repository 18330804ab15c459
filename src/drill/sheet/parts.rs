//! A design in one line: what is asked of it, part by part.

use super::terminal::{Page, verdict};
use crate::drill::answer::Expected;
use crate::drill::answered::Answered;
use crate::drill::ask::Part;
use crate::drill::score::Outcome;
use crate::drill::tolerance::Tolerance;
use crate::render::View;

/// A number from which on some would round.
const LONG: i128 = 10_000;

/// The design as it was understood, and each part with its answer or with what was answered. Where
/// that is right the steps are left out, and what an earlier part said is not said again.
pub fn print(design: &str, parts: &[Part], answered: Option<&[Answered]>, view: &View) -> String {
    let mut page = Page::new(view);
    page.line(design, "", "  ");
    let names: Vec<String> = parts.iter().map(asked).collect();
    page.line(&names.join("; "), "Asked: ", "  ");
    page.text.push('\n');
    let mut said: Vec<&String> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let one = answered.and_then(|all| all.get(at));
        let right = part.question.expected.show();
        match one {
            None => page.line(&format!("{}: {right}", part.name), "", "  "),
            Some(one) => page.line(&format!("{}: {}", part.name, verdict(one)), "", "  "),
        }
        if one.is_some_and(|one| one.outcome == Outcome::Right) {
            continue;
        }
        if one.is_some() {
            page.line(&right, "Answer: ", "  ");
        }
        for step in &part.question.steps {
            if !said.contains(&step) {
                page.line(step, "- ", "  ");
                said.push(step);
            }
        }
    }
    page.text
}

/// `bridge parameters (to 3 digits)`. That a small number is exact goes without saying.
fn asked(part: &Part) -> String {
    match &part.question.expected {
        Expected::Number { value, tolerance, .. }
            if *tolerance != Tolerance::Exact || value.floor() >= LONG =>
        {
            format!("{} ({})", part.name, tolerance.words())
        }
        _ => part.name.to_owned(),
    }
}
