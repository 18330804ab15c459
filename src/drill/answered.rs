//! Questions with what was answered.

use super::question::{Question, Verdict};
use super::score::{Outcome, Record, Score};

/// A question and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The answer as it was written, if there was one.
    pub given: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it is wrong, where that is known.
    pub why: Option<String>,
}

impl Answered {
    /// A question that was not answered.
    pub fn nothing() -> Answered {
        Answered { given: None, outcome: Outcome::Skipped, why: None }
    }

    /// An answer that came when the time was over.
    pub fn late(text: &str) -> Answered {
        let given = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Answered { given, outcome: Outcome::Late, why: None }
    }

    /// Judges an answer; nothing, a blank and `skip` are none.
    pub fn judge(question: &Question, text: Option<&str>) -> Answered {
        let text = text.map(str::trim).filter(|text| !matches!(*text, "" | "skip" | "-" | "?"));
        let Some(text) = text else { return Answered::nothing() };
        let (outcome, why) = match question.grade(text) {
            Verdict::Right => (Outcome::Right, None),
            Verdict::Wrong(why) => (Outcome::Wrong, why),
            Verdict::Unreadable(help) => (Outcome::Wrong, Some(help)),
        };
        Answered { given: Some(text.to_owned()), outcome, why }
    }
}

/// The score of questions and what was answered; those beyond the answers were not.
pub fn score(questions: &[Question], answered: &[Answered]) -> Score {
    let outcomes = answered.iter().map(|one| one.outcome);
    let records: Vec<Record> = questions
        .iter()
        .zip(outcomes.chain(std::iter::repeat(Outcome::Skipped)))
        .map(|(question, outcome)| Record { topic: question.topic, outcome })
        .collect();
    Score::new(&records)
}

#[cfg(test)]
mod tests {
    use super::super::answer::Expected;
    use super::super::kind::Kind;
    use super::super::tolerance::Tolerance;
    use super::*;

    #[test]
    fn answers_are_judged() {
        let expected = Expected::number(576, Kind::Count, Tolerance::Exact);
        let question = Question::new("patches", 1, "How many?".into(), expected);
        let outcome = |text| Answered::judge(&question, text).outcome;
        assert_eq!(outcome(Some(" 24x24 ")), Outcome::Right);
        assert_eq!(outcome(Some("24")), Outcome::Wrong);
        assert_eq!(outcome(Some("many")), Outcome::Wrong);
        for nothing in [None, Some(""), Some("skip"), Some("?")] {
            assert_eq!(outcome(nothing), Outcome::Skipped);
        }
        let questions = [question.clone(), question.clone()];
        let score = score(&questions, &[Answered::judge(&question, Some("576"))]);
        assert_eq!((score.total.right, score.total.asked), (1, 2));
    }
}
