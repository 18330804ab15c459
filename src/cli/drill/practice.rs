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
                    shapes as 576x4096 or [576, 4096]; options by their letter or number. `hint` \
                    (h) helps, `skip` (s) shows the answer, `quit` (q) or Ctrl-C ends with the \
                    score.";

const HELP_IN_EXAM: &str = "Numbers may be written as 576, 24x24, 4,194,304, 4.19M, 2.36e6, 9.08 TFLOP, \
                            2 GiB; shapes as 576x4096 or [576, 4096]; options by their letter or \
                            number. `skip` (s) goes on, `quit` (q) or Ctrl-C ends with the score.";

/// What to do next.
enum Next {
    Question,
    Same,
    End,
    Interrupted,
}

/// How a round ended.
enum Ended {
    /// Every question was answered or skipped.
    Done,
    /// Before that.
    Early,
    /// By Ctrl-C.
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
    /// What was answered in the round that is under way.
    round: Vec<Answered>,
    /// What was answered the first time.
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
        let (round, answered) = (Vec::new(), Vec::new());
        Practice { sheet, input, exam, deadline: None, memory, page, round, answered }
    }

    /// What was answered.
    pub fn answered(&self) -> &[Answered] {
        &self.answered
    }

    /// Asks until the questions, the answers or the time are over; then the score, and on a
    /// terminal the wrong ones again.
    pub fn run(&mut self, printer: SheetPrinter) -> Outcome {
        self.begin();
        let questions: Vec<&Question> = self.sheet.questions.iter().collect();
        let mut end = self.ask_all(&questions);
        self.answered = std::mem::take(&mut self.round);
        let mut outcome = Outcome::default();
        let score = self.score(printer);
        if matches!(end, Ended::Done) && self.exam.is_none() && self.input.is_typed() {
            self.page.print(&score);
            end = self.ask_again();
        } else if !self.page.is_closed() {
            outcome.stdout = score;
        }
        self.memory.report(&mut outcome, Color::Auto);
        if let Some(error) = self.page.failure() {
            outcome.stderr.push_str(&format!("vlmcalc: cannot write the questions: {error}\n"));
            outcome.code = INTERNAL;
        } else {
            outcome.code = if matches!(end, Ended::Interrupted) { INTERRUPTED } else { DONE };
        }
        outcome
    }

    fn begin(&mut self) {
        let count = self.sheet.questions.len();
        let questions = if count == 1 { "1 question" } else { &format!("{count} questions") };
        let seed = self.sheet.seed.map_or_else(String::new, |seed| format!(", seed {seed}"));
        let words = match self.exam {
            Some(time) => {
                self.deadline = Instant::now().checked_add(time);
                format!(
                    "{questions} in {}{seed}. Type an answer, or `skip` (s), `help` (?), `quit` (q). \
                     No hints.",
                    clock(time)
                )
            }
            None => format!(
                "{questions}{seed}. Type an answer, or `hint` (h), `skip` (s), `help` (?), \
                 `quit` (q)."
            ),
        };
        self.page.say(&words);
    }

    /// Asks every question of a round.
    fn ask_all(&mut self, questions: &[&Question]) -> Ended {
        for (at, question) in questions.iter().enumerate() {
            self.page.print("\n");
            if let Some(left) = self.left() {
                self.page.say(&format!("{} left", clock(left)));
            }
            let asked = sheet::asked(question, at + 1, questions.len(), self.page.view());
            self.page.print(&asked);
            loop {
                if self.page.is_closed() {
                    return Ended::Early;
                }
                match self.answer(question) {
                    Next::Same => {}
                    Next::Question => break,
                    Next::End => return Ended::Early,
                    Next::Interrupted => return Ended::Interrupted,
                }
            }
        }
        Ended::Done
    }

    /// Asks what was answered wrongly or skipped again, as often as that is wanted. The answers have
    /// just been shown, so these rounds neither count nor are remembered.
    fn ask_again(&mut self) -> Ended {
        self.memory = Memory::none();
        let mut asked: Vec<&Question> = self.sheet.questions.iter().collect();
        let mut answered = self.answered.clone();
        loop {
            let answers = asked.iter().zip(&answered);
            let wrong = answers.filter(|(_, one)| one.outcome != drill::Outcome::Right);
            asked = wrong.map(|(question, _)| *question).collect();
            let which = match asked.len() {
                0 => return Ended::Done,
                1 => "the one that was not right".to_owned(),
                count => format!("the {count} that were not right"),
            };
            self.page.print("\n");
            self.page.say(&format!("Ask {which} again? Type `y`, or Enter to end."));
            if let Some(prompt) = self.input.prompt() {
                self.page.print(prompt);
            }
            match self.input.line(None) {
                Line::Text(text) if is_yes(&text) => {}
                Line::Interrupted => return Ended::Interrupted,
                _ => return Ended::Done,
            }
            let end = self.ask_all(&asked);
            answered = std::mem::take(&mut self.round);
            if !matches!(end, Ended::Done) {
                return end;
            }
        }
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
            self.round.push(Answered::late(&text));
            return self.time_up();
        }
        match text.trim().to_lowercase().as_str() {
            "quit" | "exit" | "q" => Next::End,
            "help" | "?" => {
                self.page.say(if self.exam.is_some() { HELP_IN_EXAM } else { HELP });
                Next::Same
            }
            "hint" | "h" if self.exam.is_some() => {
                self.page.say("There are no hints in an exam.");
                Next::Same
            }
            "hint" | "h" => {
                self.page.say(&format!("Hint: {}", question.hint));
                Next::Same
            }
            "" if self.input.is_typed() => Next::Same,
            "skip" | "s" | "" => self.keep(question, Answered::nothing()),
            _ => match question.grade(&text) {
                // What was mistyped is no answer, where it can be typed again.
                Verdict::Unreadable(help) if self.input.is_typed() => {
                    self.page.say(&format!("{}: {help}", quote(text.trim())));
                    Next::Same
                }
                _ => self.keep(question, Answered::judge(question, Some(&text))),
            },
        }
    }

    /// Keeps an answer and, outside of an exam, says what became of it.
    fn keep(&mut self, question: &Question, one: Answered) -> Next {
        self.memory.add(question, one.outcome);
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
        self.round.push(one);
        Next::Question
    }

    fn time_up(&mut self) -> Next {
        if self.input.is_typed() {
            self.page.print("\n");
        }
        self.page.say("Time is over.");
        self.input.discard();
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
        format!("\n{}", terminal_text(&sheet::score(&score, sheet.options), self.page.view()))
    }
}

fn is_yes(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "y" | "yes")
}

/// `9:05`: minutes and seconds, a started second counted.
fn clock(time: Duration) -> String {
    let seconds = time.as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
