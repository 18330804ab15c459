//! Drawing a drill: which questions, of which designs.

use super::design::Design;
use super::pipelines;
use super::question::Question;
use super::rng::Rng;
use super::topics::{Ask, TOPICS, Topic};

/// Draws of one question before the drill ends without it.
const TRIES: usize = 60;

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
    /// The designs to ask about; real and made-up ones if there are none.
    pub designs: Vec<Design>,
    /// How often a topic comes, relative to others; all the same if this is empty.
    pub weights: Vec<(String, u64)>,
}

/// The questions, from easy to hard, each once. There are fewer than asked for where the designs
/// and topics hold no more.
pub fn draw(settings: &Settings) -> Vec<Question> {
    let levels = match &settings.levels[..] {
        [] => vec![1, 2, 3, 4, 5],
        some => some.to_vec(),
    };
    let own = !settings.designs.is_empty();
    let suits = |topic: &&&Topic| {
        let named = settings.topics.is_empty() || settings.topics.contains(&topic.name);
        named && topic.has(&levels) && !(own && matches!(topic.ask, Ask::Table(_)))
    };
    let topics: Vec<&Topic> = TOPICS.iter().filter(suits).copied().collect();
    let mut drawing = Drawing { settings, levels, real: None };
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
            let made = drawing.ask(topics[at], &mut rng);
            let new = |made: &Question| {
                questions.iter().all(|known| known.text != made.text)
                    && drawing.levels.contains(&made.level)
            };
            if let Some(question) = made.filter(new) {
                uses[at] += 1;
                questions.push(question);
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

impl Settings {
    /// How often a topic comes; never 0.
    fn weight(&self, topic: &Topic) -> u64 {
        let known = self.weights.iter().find(|(name, _)| name == topic.name);
        known.map_or(1000, |(_, weight)| (*weight).clamp(1, 1_000_000))
    }
}

/// A drawing under way.
struct Drawing<'a> {
    settings: &'a Settings,
    levels: Vec<u8>,
    /// The real pipelines, once they are needed.
    real: Option<Vec<Design>>,
}

impl Drawing<'_> {
    fn ask(&mut self, topic: &Topic, rng: &mut Rng) -> Option<Question> {
        let ask = match topic.ask {
            Ask::Table(ask) => return ask(&self.levels, rng),
            Ask::Design(ask) => ask,
        };
        if !self.settings.designs.is_empty() {
            return one_of(&self.settings.designs, ask, rng);
        }
        if rng.one_in(2) {
            return ask(&pipelines::made_up(rng, &topic.kinds())?, rng);
        }
        one_of(self.real.get_or_insert_with(pipelines::real), ask, rng)
    }
}

/// A question about a design that can answer it.
fn one_of(
    designs: &[Design],
    ask: fn(&Design, &mut Rng) -> Option<Question>,
    rng: &mut Rng,
) -> Option<Question> {
    let first = rng.below(designs.len() as u64) as usize;
    let (before, from) = designs.split_at(first);
    from.iter().chain(before).find_map(|design| ask(design, rng))
}
