//! `--remember` and `--forget`.

use super::super::{Color, Outcome};
use crate::diag::{Diagnostic, Sources};
use crate::drill::progress::Progress;
use crate::drill::{self, progress};

/// What is remembered from drill to drill, if the user wants that.
pub struct Memory {
    file: Option<Progress>,
    weights: Vec<(String, u64)>,
    /// What is to be said of the file.
    problems: Vec<Diagnostic>,
}

impl Memory {
    /// Reads the file; without `--remember` nothing is read or kept.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn open(remember: bool) -> Result<Memory, Diagnostic> {
        if !remember {
            return Ok(Memory { file: None, weights: Vec::new(), problems: Vec::new() });
        }
        let file = Progress::of_user()?;
        let (topics, problems) = file.load()?;
        let weights =
            topics.into_iter().map(|(name, known)| (name, progress::weight(known))).collect();
        Ok(Memory { file: Some(file), weights, problems })
    }

    /// How often each topic should come.
    pub fn weights(&self) -> Vec<(String, u64)> {
        self.weights.clone()
    }

    /// Keeps one answer. A question that was not answered is not kept.
    pub fn add(&mut self, topic: &str, outcome: drill::Outcome) {
        let right = match outcome {
            drill::Outcome::Right => true,
            drill::Outcome::Wrong => false,
            drill::Outcome::Skipped | drill::Outcome::Late => return,
        };
        let Some(file) = &self.file else { return };
        match file.add(&[(topic, right)]) {
            Ok(warnings) => self.problems.extend(warnings),
            Err(problem) => {
                // It would fail again at every answer.
                self.file = None;
                self.problems.push(problem);
            }
        }
    }

    /// Moves what is to be said into an outcome.
    pub fn report(&mut self, outcome: &mut Outcome, color: Color) {
        outcome.report(&std::mem::take(&mut self.problems), &Sources::default(), color);
    }
}

/// `--forget`.
///
/// # Errors
/// If the file cannot be deleted.
pub fn forget() -> Result<Outcome, Diagnostic> {
    let file = Progress::of_user()?;
    let words = if file.forget()? { "forgotten" } else { "nothing was remembered" };
    let place = crate::diag::sanitize(&file.path().to_string_lossy()).into_owned();
    Ok(Outcome::done(format!("{words}: {place}\n")))
}
