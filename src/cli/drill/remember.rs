//! `--remember`, `--again`, `--forget` and `progress`.

use super::super::{Color, Outcome};
use crate::diag::{Diagnostic, Sources};
use crate::drill::progress::{self, Known, Missed, Progress};
use crate::drill::sheet::Learnt;
use crate::drill::{self, Question, Subject, redraw};
use crate::planned::plan;
use crate::spec::Overrides;
use crate::stages::decoder::Logits;

/// What is remembered from drill to drill, if the user wants that.
pub struct Memory {
    file: Option<Progress>,
    known: Known,
    /// The spec that is asked about, if one is named.
    spec: Option<String>,
    /// What is to be said of the file.
    problems: Vec<Diagnostic>,
}

/// Missed questions, drawn again.
#[derive(Default)]
pub struct Again {
    /// The questions.
    pub questions: Vec<Question>,
    /// What is to be said of the others, a line each.
    pub notes: String,
}

impl Memory {
    /// Reads the file; unless it is wanted nothing is read or kept.
    ///
    /// # Errors
    /// If it cannot be used.
    pub fn open(is_wanted: bool, spec: Option<&str>) -> Result<Memory, Diagnostic> {
        if !is_wanted {
            return Ok(Memory::none());
        }
        let file = Progress::of_user()?;
        let (known, problems) = file.load()?;
        Ok(Memory { file: Some(file), known, spec: spec.map(str::to_owned), problems })
    }

    /// The memory of who does not want one.
    pub fn none() -> Memory {
        Memory { file: None, known: Known::default(), spec: None, problems: Vec::new() }
    }

    /// How often each topic should come.
    pub fn weights(&self) -> Vec<(String, u64)> {
        let topics = self.known.topics.iter();
        topics.map(|(name, known)| (name.clone(), progress::weight(*known))).collect()
    }

    /// The missed questions, the oldest first, this many at most. What has changed since is
    /// forgotten.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn again(&self, count: usize) -> Result<Again, Diagnostic> {
        let mut again = Again::default();
        let mut gone = Vec::new();
        for missed in self.known.missed.chunk_by(|one, next| one.spec == next.spec) {
            let left = count.saturating_sub(again.questions.len());
            let missed = &missed[..missed.len().min(left)];
            let Some(first) = missed.first() else { break };
            let mut subjects = Vec::new();
            if let Some(spec) = &first.spec {
                match plan(spec, &Overrides::default(), Logits::All) {
                    Ok(planned) => subjects.push(Subject::from(planned)),
                    Err(_) => {
                        let spec = crate::diag::sanitize(spec);
                        again.notes += &format!("note: `{spec}` cannot be asked about here\n");
                        continue;
                    }
                }
            }
            let asked: Vec<_> =
                missed.iter().map(|one| (one.topic.as_str(), &one.origin)).collect();
            for (one, question) in missed.iter().zip(redraw(&asked, &subjects)) {
                match question.filter(|question| question.id() == one.id) {
                    Some(question) => again.questions.push(question),
                    None => gone.push(one.id.clone()),
                }
            }
        }
        if !gone.is_empty() {
            if let Some(file) = &self.file {
                file.drop_missed(&gone)?;
            }
            let count = crate::units::counted(gone.len() as i128, "remembered question");
            again.notes += &format!("note: {count} changed since and will not be asked again\n");
        }
        again.questions.sort_by_key(|question| question.level);
        Ok(again)
    }

    /// Keeps one answer. A question that was not answered is not kept.
    pub fn add(&mut self, question: &Question, outcome: drill::Outcome) {
        let right = match outcome {
            drill::Outcome::Right => true,
            drill::Outcome::Wrong => false,
            drill::Outcome::Skipped | drill::Outcome::Late => return,
        };
        let Some(file) = &self.file else { return };
        let id = question.id();
        // What is asked again is about the spec that it was about.
        let before = self.known.missed.iter().find(|one| one.id == id).cloned();
        let asked = before.or_else(|| {
            let (topic, spec) = (question.topic.to_owned(), self.spec.clone());
            let origin = question.origin.clone()?;
            // Standard input cannot be read again.
            (spec.as_deref() != Some("-")).then_some(Missed { id, topic, spec, origin })
        });
        match file.add(question.topic, right, asked.as_ref()) {
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

/// What is remembered, and what is to be said of the file.
///
/// # Errors
/// If the file cannot be read.
pub fn learnt() -> Result<(Learnt, Vec<Diagnostic>), Diagnostic> {
    let file = Progress::of_user()?;
    let (known, problems) = file.load()?;
    Ok((Learnt { known, place: place(&file) }, problems))
}

/// `--forget`.
///
/// # Errors
/// If the file cannot be deleted.
pub fn forget() -> Result<Outcome, Diagnostic> {
    let file = Progress::of_user()?;
    let words = if file.forget()? { "forgotten" } else { "nothing was remembered" };
    Ok(Outcome::done(format!("{words}: {}\n", place(&file))))
}

fn place(file: &Progress) -> String {
    crate::diag::sanitize(&file.path().to_string_lossy()).into_owned()
}
