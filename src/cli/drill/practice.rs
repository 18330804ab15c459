//! Questions asked one by one.

use std::time::{Duration, Instant};

use super::super::{Color, DONE, INTERNAL, Outcome};
use super::input::{Input, Line};
use super::page::Page;
use super::remember::Memory;
use crate::diag::quote;
use crate::drill::sheet::{self, Sheet, SheetPrinter};
use crate::drill::{self, Answered, Question, Verdict};
use crate::render::terminal_text;

/// Ended by Ctrl-C, as shells report it.
const INTERRUPTED: u8 = 130;

const HELP: &str = "Numbers may be written as 576, 24x24, 4,194,304, 4.19M, 2.36e6, 9.08 TFLOP, 2 GiB; \
                    shapes as 576x4096 or [576, 4096]; options by their letter. `hint` helps, `skip` \
                    shows the answer, `quit` ends with the score.";

const HELP_IN_EXAM: &str = "Numbers may be written as 576, 24x24, 4,194,304, 4.19M, 2.36e6, 9.08 TFLOP, \
                            2 GiB; shapes as 576x4096 or [576, 4096]; options by their letter. `skip` \
                            goes on, `quit` ends with the score.";

/// What to do next.
enum Next {
    Question,
    Same,
    End,
    Interrupted,
}

/// A drill under way.
pub struct Practice<'a> {
    sheet: Sheet<'a>,
    input: Box<dyn Input>,
    exam: Option<Duration>,
    deadline: Option<Instant>,
    memory: Memory,
    page: Page,
    answered: Vec<Answered>,
}

impl<'a> Practice<'a> {
    /// A drill that has not begun.
    pub fn new(
        sheet: Sheet<'a>,
        input: Box<dyn Input>,
        page: Page,
        exam: Option<Duration>,
        memory: Memory,
    ) -> Practice<'a> {
        Practice { sheet, input, exam, deadline: None, memory, page, answered: Vec::new() }
    }

    /// What was answered.
    pub fn answered(&self) -> &[Answered] {
        &self.answered
    }

    /// Asks until the questions, the answers or the time are over; then the score.
    pub fn run(&mut self, printer: SheetPrinter) -> Outcome {
        self.begin();
        let interrupted = self.ask_all();
        let mut outcome = Outcome::default();
        self.memory.report(&mut outcome, Color::Auto);
        if let Some(error) = self.page.failure() {
            outcome.stderr.push_str(&format!("vlmcalc: cannot write the questions: {error}\n"));
            outcome.code = INTERNAL;
        } else if interrupted {
            outcome.code = INTERRUPTED;
        } else if !self.page.is_closed() {
            outcome.stdout = self.score(printer);
            outcome.code = DONE;
        }
        outcome
    }

    fn begin(&mut self) {
        let count = self.sheet.questions.len();
        let questions = if count == 1 { "1 question" } else { &format!("{count} questions") };
        let seed = self.sheet.seed.unwrap_or_default();
        let words = match self.exam {
            Some(time) => {
                self.deadline = Instant::now().checked_add(time);
                format!(
                    "{questions} in {}, seed {seed}. No hints; `quit` ends the exam.",
                    clock(time)
                )
            }
            None => format!(
                "{questions}, seed {seed}. Type an answer, or `hint`, `skip`, `help`, `quit`."
            ),
        };
        self.page.say(&words);
    }

    /// Asks every question. Whether Ctrl-C ended it.
    fn ask_all(&mut self) -> bool {
        let questions = self.sheet.questions;
        for (at, question) in questions.iter().enumerate() {
            self.page.print("\n");
            if let Some(left) = self.left() {
                self.page.say(&format!("{} left", clock(left)));
            }
            let asked = sheet::asked(question, at + 1, questions.len(), self.page.view());
            self.page.print(&asked);
            loop {
                if self.page.is_closed() {
                    return false;
                }
                match self.answer(question) {
                    Next::Same => {}
                    Next::Question => break,
                    Next::End => return false,
                    Next::Interrupted => return true,
                }
            }
        }
        false
    }

    /// Reads one line and acts on it.
    fn answer(&mut self, question: &Question) -> Next {
        if let Some(prompt) = self.input.prompt() {
            self.page.print(prompt);
        }
        let text = match self.input.line(self.deadline) {
            Line::Text(text) => text,
            Line::End => return Next::End,
            Line::Interrupted => return Next::Interrupted,
            Line::TimeUp => return self.time_up(),
        };
        if self.left() == Some(Duration::ZERO) {
            self.answered.push(Answered::late(&text));
            return self.time_up();
        }
        match text.trim().to_lowercase().as_str() {
            "quit" | "exit" | "q" => Next::End,
            "help" | "h" => {
                self.page.say(if self.exam.is_some() { HELP_IN_EXAM } else { HELP });
                Next::Same
            }
            "hint" | "?" if self.exam.is_some() => {
                self.page.say("There are no hints in an exam.");
                Next::Same
            }
            "hint" | "?" => {
                self.page.say(&format!("Hint: {}", question.hint));
                Next::Same
            }
            "" if self.input.is_typed() => Next::Same,
            "skip" | "s" | "" => self.keep(question, Answered::nothing()),
            _ => match question.grade(&text) {
                // What was mistyped is no answer, where it can be typed again.
                Verdict::Unreadable(help) if self.input.is_typed() => {
                    self.page.say(&format!("{} is not understood: {help}", quote(text.trim())));
                    Next::Same
                }
                _ => self.keep(question, Answered::judge(question, Some(&text))),
            },
        }
    }

    /// Keeps an answer and, outside of an exam, says what became of it.
    fn keep(&mut self, question: &Question, one: Answered) -> Next {
        self.memory.add(question.topic, one.outcome);
        if self.exam.is_none() {
            let answer = question.expected.show();
            match (one.outcome, &one.why) {
                (drill::Outcome::Right, _) => {
                    self.page.verdict(true, "Right", &format!(": {answer}"));
                }
                (drill::Outcome::Wrong, Some(why)) => {
                    self.page.verdict(false, "Wrong", &format!(": {why}"));
                }
                (drill::Outcome::Wrong, None) => self.page.verdict(false, "Wrong", ""),
                _ => self.page.say("Skipped"),
            }
            if one.outcome != drill::Outcome::Right {
                let solution = sheet::solution(question, self.page.view());
                self.page.print(&solution);
            }
        }
        self.answered.push(one);
        Next::Question
    }

    fn time_up(&mut self) -> Next {
        if self.input.is_typed() {
            self.page.print("\n");
        }
        self.page.say("Time is over.");
        Next::End
    }

    /// The time that is left, in an exam.
    fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The score; of an exam the whole sheet.
    fn score(&self, printer: SheetPrinter) -> String {
        let sheet = Sheet { answered: Some(&self.answered), ..self.sheet };
        if self.exam.is_some() {
            let printed = (printer.print)(&sheet, self.page.view());
            return if printer.is_asked { format!("\n{printed}") } else { printed };
        }
        // Questions that were not reached are not part of practice.
        let reached = &self.sheet.questions[..self.answered.len()];
        let score = drill::score(reached, &self.answered);
        format!("\n{}", terminal_text(&sheet::score(&score), self.page.view()))
    }
}

/// `9:05`: minutes and seconds, a started second counted.
fn clock(time: Duration) -> String {
    let seconds = time.as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
