//! What a block reads beside the tokens that go through it.

use crate::dim::Dim;

/// What stands beside the tokens of a pass.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// Tokens that came before, of which a causal stack keeps what it needs; none in a stack in which
    /// every token sees all.
    pub past: Option<Dim>,
}

impl Beside {
    /// After so many tokens.
    pub fn after(past: &Dim) -> Beside {
        Beside { past: Some(past.clone()) }
    }

    /// Whether tokens came before: a decode step.
    pub fn continues(&self) -> bool {
        self.past.as_ref().is_some_and(|past| !past.is_zero())
    }
}
