//! Drawing a drill: which questions, about which pipelines; and drawing one question again.

use serde::{Deserialize, Serialize};

use super::pipelines;
use super::question::Question;
use super::rng::Rng;
use super::subject::Subject;
use super::topics::{Ask, TOPICS, Topic};

/// Draws of one question before the drill ends without it.
const TRIES: usize = 400;

/// What a drill is drawn from.
#[derive(Debug, Default)]
pub struct Settings {
    /// Names of topics; all if none is named.
    pub topics: Vec<&'static str>,
    /// Levels; all if none is named.
    pub levels: Vec<u8>,
    /// Questions.
    pub count: usize,
    /// The seed: the same settings and seed make the same drill.
    pub seed: u64,
    /// The pipelines to ask about; real and made-up ones if there are none.
    pub subjects: Vec<Subject>,
    /// How often a topic comes, relative to others; all the same if this is empty.
    pub weights: Vec<(String, u64)>,
}

/// How a question was drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What it was drawn with.
    pub rng: Rng,
    /// The levels that were drawn from.
    pub levels: Vec<u8>,
}

/// The questions, from easy to hard, each once. There are fewer than asked for where the pipelines
/// and topics hold no more.
pub fn draw(settings: &Settings) -> Vec<Question> {
    let levels = match &settings.levels[..] {
        [] => vec![1, 2, 3, 4, 5],
        some => some.to_vec(),
    };
    let own = !settings.subjects.is_empty();
    let suits = |topic: &&&Topic| {
        let named = settings.topics.is_empty() || settings.topics.contains(&topic.name);
        named && topic.has(&levels) && !(own && matches!(topic.ask, Ask::Table(_)))
    };
    let topics: Vec<&Topic> = TOPICS.iter().filter(suits).copied().collect();
    let mut drawing = Drawing { subjects: &settings.subjects, levels, real: None };
    let mut uses = vec![0u64; topics.len()];
    let mut questions: Vec<Question> = Vec::new();
    for slot in 0..settings.count {
        let mut rng = Rng::new(settings.seed, slot as u64);
        let before = questions.len();
        for _ in 0..TRIES {
            // A topic that was asked about comes less often.
            let weight =
                |(topic, uses): (&&Topic, &u64)| settings.weight(topic) * 1000 / (1 + uses).pow(2);
            let weights: Vec<u64> = topics.iter().zip(&uses).map(weight).collect();
            let Some(at) = rng.weighted(&weights) else { break };
            let origin = Origin { rng: rng.clone(), levels: drawing.levels.clone() };
            let made = drawing.ask(topics[at], &mut rng);
            let new = |made: &Question| {
                questions.iter().all(|known| known.text != made.text)
                    && drawing.levels.contains(&made.level)
            };
            if let Some(question) = made.filter(new) {
                uses[at] += 1;
                questions.push(Question { origin: Some(origin), ..question });
                break;
            }
        }
        // Nothing new in so many draws: there is hardly more.
        if questions.len() == before {
            break;
        }
    }
    questions.sort_by_key(|question| question.level);
    questions
}

/// The questions of these topics that were drawn in this way, about the same pipelines; where these
/// or the topics have changed since, another question or none.
pub fn redraw(asked: &[(&str, &Origin)], subjects: &[Subject]) -> Vec<Option<Question>> {
    let mut drawing = Drawing { subjects, levels: Vec::new(), real: None };
    let mut again = |topic: &str, origin: &Origin| {
        drawing.levels.clone_from(&origin.levels);
        let question = drawing.ask(Topic::find(topic)?, &mut origin.rng.clone())?;
        Some(Question { origin: Some(origin.clone()), ..question })
    };
    asked.iter().map(|(topic, origin)| again(topic, origin)).collect()
}

impl Settings {
    /// How often a topic comes; never 0.
    fn weight(&self, topic: &Topic) -> u64 {
        let known = self.weights.iter().find(|(name, _)| name == topic.name);
        known.map_or(1000, |(_, weight)| (*weight).clamp(1, 1_000_000))
    }
}

/// A drawing under way.
struct Drawing<'a> {
    /// The pipelines to ask about; others if there are none.
    subjects: &'a [Subject],
    levels: Vec<u8>,
    /// The real pipelines, once they are needed.
    real: Option<Vec<Subject>>,
}

impl Drawing<'_> {
    fn ask(&mut self, topic: &Topic, rng: &mut Rng) -> Option<Question> {
        if let Ask::Table(ask) = topic.ask {
            return ask(&self.levels, rng);
        }
        if !self.subjects.is_empty() {
            return one_of(self.subjects, topic, rng);
        }
        // Few of the real ones have what such a question is about.
        if let Ask::MadeUp(made_up, _) = topic.ask
            && !rng.one_in(4)
        {
            return topic.question(&made_up(rng)?, rng);
        }
        if rng.one_in(2) {
            return topic.question(&pipelines::made_up(rng, &topic.kinds())?, rng);
        }
        one_of(self.real.get_or_insert_with(pipelines::real), topic, rng)
    }
}

/// A question about a pipeline that can answer it.
fn one_of(subjects: &[Subject], topic: &Topic, rng: &mut Rng) -> Option<Question> {
    let first = rng.below(subjects.len() as u64) as usize;
    let (before, from) = subjects.split_at(first);
    from.iter().chain(before).find_map(|subject| topic.question(subject, rng))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_can_be_drawn_again() {
        for seed in 0..4 {
            let settings = Settings { count: 8, seed, ..Settings::default() };
            let questions = draw(&settings);
            let asked: Vec<_> =
                questions.iter().map(|one| (one.topic, one.origin.as_ref().unwrap())).collect();
            let again: Vec<_> = redraw(&asked, &[]).into_iter().flatten().collect();
            assert_eq!(again, questions);
        }
        let origin = Origin { rng: Rng::new(0, 0), levels: vec![1] };
        assert_eq!(redraw(&[("no such topic", &origin)], &[]), [None]);
    }
}
