//! `--ask`: a design in one line, and an answer to it.

use std::fmt::Write as _;

use super::super::{BROKEN, Color, DONE, Outcome, view};
use super::{Drill, refused};
use crate::diag::{Source, Sources};
use crate::drill::ask::{parse, parts, split};
use crate::drill::sheet::{self, Sheet};
use crate::drill::{Answered, Question, score};
use crate::units::counted;

impl Drill {
    /// The question as it was understood with its answer, or what is right of an answer.
    pub fn about(&self, text: &str, color: Color) -> Outcome {
        let mut sources = Sources::default();
        let source = sources.add(Source::new("--ask", text));
        let design = match parse(text, source) {
            Ok(design) => design,
            Err(problems) => return refused(&problems, &sources, color),
        };
        let parts = parts(&design);
        let questions: Vec<Question> = parts.iter().map(|part| part.question.clone()).collect();
        let answers = self.answer.as_ref().map(|answer| split(answer, parts.len()));
        let answered: Option<Vec<Answered>> = answers.as_ref().map(|answers| {
            let given = answers.iter().map(|one| Some(one.as_str()));
            let given = given.chain(std::iter::repeat(None));
            questions.iter().zip(given).map(|(q, text)| Answered::judge(q, text)).collect()
        });
        // A part that nobody asked for is no right answer.
        let more = answers.map_or(0, |answers| answers.len().saturating_sub(parts.len()));
        let code = match &answered {
            Some(answered) if more > 0 || !score(&questions, answered).passes(self.pass) => BROKEN,
            _ => DONE,
        };
        let mut outcome = Outcome { code, ..Outcome::default() };
        if more > 0 {
            let _ = writeln!(
                outcome.stderr,
                "warning: {} more in the answer than the {} asked for",
                counted(more as i128, "part"),
                parts.len()
            );
        }
        let (printer, view) = (self.format.printer, view(self.width, color));
        outcome.stdout = if printer.is_asked {
            let facts = [
                design.image(),
                Some(design.prefix()),
                design.encoder_width(),
                Some(design.bridge()),
                design.layers(),
                design.llm_width(),
                design.text(),
            ];
            let words = design.asks(facts, "");
            sheet::parts(words.trim_end(), &parts, answered.as_deref(), &view)
        } else {
            let answered = answered.as_deref();
            let sheet = Sheet { seed: None, questions: &questions, answered, options: "" };
            (printer.print)(&sheet, &view)
        };
        outcome
    }
}
