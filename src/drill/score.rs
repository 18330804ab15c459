//! What became of a drill.

use super::topics::TOPICS;

/// Topics to practise next.
const HANDFUL: usize = 5;

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered rightly.
    Right,
    /// Answered wrongly.
    Wrong,
    /// Not answered.
    Skipped,
    /// Answered when the time was over.
    Late,
}

impl Outcome {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Right => "right",
            Outcome::Wrong => "wrong",
            Outcome::Skipped => "skipped",
            Outcome::Late => "late",
        }
    }
}

/// One question and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its topic.
    pub topic: &'static str,
    /// What became of it.
    pub outcome: Outcome,
}

/// Right answers among questions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Right answers.
    pub right: usize,
    /// Questions.
    pub asked: usize,
}

impl Tally {
    /// The right answers in percent, rounded down, so that only all of them are 100; nothing of no
    /// questions.
    pub fn percent(self) -> Option<usize> {
        (self.right * 100).checked_div(self.asked)
    }
}

/// The score of a drill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// All questions.
    pub total: Tally,
    /// By topic, from easy to hard.
    pub topics: Vec<(&'static str, Tally)>,
}

impl Score {
    /// Adds up.
    pub fn new(records: &[Record]) -> Score {
        let tally = |of: &dyn Fn(&&Record) -> bool| {
            let asked = records.iter().filter(of);
            let right = records.iter().filter(of).filter(|r| r.outcome == Outcome::Right);
            Tally { right: right.count(), asked: asked.count() }
        };
        let topics = TOPICS.iter().map(|topic| (topic.name, tally(&|r| r.topic == topic.name)));
        Score {
            total: tally(&|_| true),
            topics: topics.filter(|(_, tally)| tally.asked > 0).collect(),
        }
    }

    /// Whether enough is right: this many percent, or all.
    pub fn passes(&self, percent: Option<u8>) -> bool {
        let Tally { right, asked } = self.total;
        right * 100 >= asked * usize::from(percent.unwrap_or(100))
    }

    /// The topics with wrong answers, the weakest first, a handful at most.
    pub fn to_practise(&self) -> Vec<&'static str> {
        let wrong = self.topics.iter().filter(|(_, tally)| tally.right < tally.asked);
        let mut wrong: Vec<_> = wrong.collect();
        wrong.sort_by_key(|(_, tally)| tally.right * 1000 / tally.asked.max(1));
        wrong.into_iter().map(|(topic, _)| *topic).take(HANDFUL).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_adds_up_by_topic() {
        let record = |topic, outcome| Record { topic, outcome };
        let score = Score::new(&[
            record("sequence", Outcome::Wrong),
            record("patches", Outcome::Right),
            record("patches", Outcome::Late),
            record("tiles", Outcome::Right),
        ]);
        assert_eq!(score.total, Tally { right: 2, asked: 4 });
        let names: Vec<_> = score.topics.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["patches", "tiles", "sequence"]);
        assert_eq!(score.to_practise(), ["sequence", "patches"]);
        assert_eq!((score.total.percent(), Tally::default().percent()), (Some(50), None));
        assert!(score.passes(Some(50)) && !score.passes(Some(51)) && !score.passes(None));
        assert!(Score::new(&[]).passes(None));
    }
}
