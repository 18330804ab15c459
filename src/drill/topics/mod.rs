//! What is asked. A topic is one file: it makes a question of a subject, with the numbers that the
//! engine counted. To add one, write its file and add its `mod` line and its line in [`TOPICS`].

mod active_params;
mod attention_shapes;
mod attention_share;
mod bridge_choice;
mod cross_attention;
mod decode_flops;
pub(super) mod encoder_shape;
pub(super) mod encoder_tokens;
mod hybrid_cache;
mod kv_cache;
mod latent_cache;
pub mod needs;
pub(super) mod patches;
mod prefill_flops;
pub(super) mod projector_params;
pub(super) mod projector_shape;
mod resolution;
pub(super) mod sequence;
mod shuffle_width;
mod smart_resize;
mod thumbnail;
mod tile_grid;
mod tiles;
mod values;
mod video_tokens;
pub(super) mod visual_tokens;
mod weight_memory;
mod windows;

use self::needs::Need;
use super::concepts;
use super::pipelines::kinds;
use super::question::Question;
use super::rng::Rng;
use super::subject::Subject;
use crate::stages::bridge::{BridgeKind, BridgeStage};

/// The levels, from 1, in words.
pub const LEVELS: [&str; 5] = [
    "patches: from pixels to the grid",
    "the encoder: its tokens, shapes and values",
    "the bridge: its parameters, and the visual tokens that it hands over",
    "the LLM: its sequence, KV cache and weights",
    "costs and trade-offs",
];

/// A topic.
#[derive(Debug)]
pub struct Topic {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub about: &'static str,
    /// Its easiest and its hardest level.
    pub levels: (u8, u8),
    /// The bridges that it can ask about, in the order in which they are drawn; any if this is empty.
    pub bridges: &'static [fn(&dyn BridgeStage) -> bool],
    /// What it needs of a pipeline.
    pub needs: &'static [Need],
    /// How a question is made.
    pub ask: Ask,
}

/// How a question is made.
#[derive(Clone, Copy, Debug)]
pub enum Ask {
    /// From a subject; nothing if the subject does not know what the question needs.
    Subject(fn(&Subject, &mut Rng) -> Option<Question>),
    /// The same about what few pipelines have: how one is made up that has it, and the question of a
    /// subject.
    MadeUp(fn(&mut Rng) -> Option<Subject>, fn(&Subject, &mut Rng) -> Option<Question>),
    /// From a table, within these levels.
    Table(fn(&[u8], &mut Rng) -> Option<Question>),
}

/// Every topic, from easy to hard.
pub const TOPICS: &[&Topic] = &[
    &patches::TOPIC,
    &resolution::TOPIC,
    &encoder_tokens::TOPIC,
    &encoder_shape::TOPIC,
    &attention_shapes::TOPIC,
    &values::TOPIC,
    &projector_params::TOPIC,
    &projector_shape::TOPIC,
    &visual_tokens::TOPIC,
    &tiles::TOPIC,
    &smart_resize::TOPIC,
    &tile_grid::TOPIC,
    &thumbnail::TOPIC,
    &shuffle_width::TOPIC,
    &sequence::TOPIC,
    &kv_cache::TOPIC,
    &latent_cache::TOPIC,
    &hybrid_cache::TOPIC,
    &weight_memory::TOPIC,
    &active_params::TOPIC,
    &cross_attention::TOPIC,
    &video_tokens::TOPIC,
    &prefill_flops::TOPIC,
    &decode_flops::TOPIC,
    &attention_share::TOPIC,
    &windows::TOPIC,
    &bridge_choice::TOPIC,
    &concepts::TOPIC,
];

impl Topic {
    /// The topic of this name.
    pub fn find(name: &str) -> Option<&'static Topic> {
        TOPICS.iter().copied().find(|topic| topic.name == name)
    }

    /// The kinds of bridges that it can ask about.
    pub fn kinds(&self) -> Vec<&'static BridgeKind> {
        let all = kinds();
        if self.bridges.is_empty() {
            return all;
        }
        let suited = self
            .bridges
            .iter()
            .flat_map(|suits| all.iter().copied().filter(move |kind| suits(kind.sample().stage())));
        suited.collect()
    }

    /// Why it cannot ask about a pipeline, said of that: `has no pixel shuffle`; nothing if it can.
    pub fn lacks(&self, subject: &Subject) -> Option<String> {
        match self.ask {
            Ask::Table(_) => Some("is not what it asks about: it takes no spec".to_owned()),
            Ask::Subject(_) | Ask::MadeUp(..) => needs::missing(subject, self.needs),
        }
    }

    /// A question about a pipeline; nothing if that lacks what the topic needs.
    pub fn question(&self, subject: &Subject, rng: &mut Rng) -> Option<Question> {
        match self.ask {
            Ask::Subject(ask) | Ask::MadeUp(_, ask) => {
                if needs::missing(subject, self.needs).is_some() {
                    return None;
                }
                ask(subject, rng)
            }
            Ask::Table(_) => None,
        }
    }

    /// Whether it has questions of one of these levels.
    pub fn has(&self, levels: &[u8]) -> bool {
        levels.iter().any(|level| (self.levels.0..=self.levels.1).contains(level))
    }
}

#[cfg(test)]
mod tests;
