//! What a model makes of the pictures of a prompt.

use crate::media::{Kind, Pixels};

/// Numbers of a prompt. What is not known, or not published, is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What each picture is resized to.
    pub resized: Vec<Pixels>,
    /// Views that go through the encoder, overviews included.
    pub tiles: Option<i128>,
    /// Patches of all views.
    pub patches: Option<i128>,
    /// Encoder-side tokens.
    pub encoder: Option<i128>,
    /// LLM-side visual tokens.
    pub visual: Option<i128>,
    /// Structural tokens.
    pub structural: i128,
    /// Those of each kind, in the order in which the kinds are listed; nothing where a spec says
    /// their number alone.
    pub kinds: Vec<(Kind, i128)>,
    /// Context length of the LLM.
    pub context: Option<i128>,
}

impl Answer {
    /// Visual and structural tokens together.
    pub fn tokens(&self) -> Option<i128> {
        self.visual?.checked_add(self.structural)
    }

    /// How much of the context they take: part and whole.
    pub fn share(&self) -> Option<(i128, i128)> {
        self.tokens().zip(self.context.filter(|context| *context > 0))
    }

    /// The answer for this prompt with the pictures of another one after its own.
    pub fn and(mut self, other: Answer) -> Answer {
        let sum = |a: Option<i128>, b: Option<i128>| a?.checked_add(b?);
        self.resized.extend(other.resized);
        for (kind, count) in other.kinds {
            match self.kinds.iter_mut().find(|(own, _)| *own == kind) {
                Some((_, own)) => *own += count,
                None => self.kinds.push((kind, count)),
            }
        }
        Answer {
            tiles: sum(self.tiles, other.tiles),
            patches: sum(self.patches, other.patches),
            encoder: sum(self.encoder, other.encoder),
            visual: sum(self.visual, other.visual),
            structural: self.structural + other.structural,
            context: self.context.or(other.context),
            ..self
        }
    }
}
