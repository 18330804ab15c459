//! Stored tensors (parameters) as values of the graph: nodes refer to them.

use super::{Component, When};
use crate::dim::Dim;
use crate::ops::{ParamRole, Shape};

/// Handle of a stored tensor of one model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParamId(pub(super) usize);

impl ParamId {
    /// The place in [`super::Graph::params`].
    pub fn index(self) -> usize {
        self.0
    }
}

/// A stored tensor, once for each round of the scopes that it stands in, however many operations
/// read it.
#[derive(Clone, Debug)]
pub struct Param {
    /// The name in a state dict, as transformers names such a part, with `{}` for the number of a
    /// block: `model.language_model.layers.{}.self_attn.q_proj.weight`.
    pub name: String,
    /// Where the graph declares it, with `{}` for a round: `llm.blocks.{}.attention.q_proj.weight`.
    pub path: String,
    /// The shape as stored, outermost axis first.
    pub shape: Shape,
    /// What it is for.
    pub role: ParamRole,
    /// Elements of a copy that a token touches, where it does not touch all.
    pub touched: Option<Dim>,
    /// The component that stores it.
    pub component: Component,
    /// How many of it are stored: one for each round of [`rounds`](Param::rounds).
    pub copies: Dim,
    /// The repeated scopes that it stands in, outermost first: one for each `{}`.
    pub rounds: Vec<Rounds>,
}

impl Param {
    /// Elements of all copies that a token touches. Each row of a table is some token's, so all of
    /// them count; in a mixture of experts those of the experts that a token is sent to.
    pub fn active(&self) -> Dim {
        match &self.touched {
            Some(touched) => touched * &self.copies,
            None => self.elements(),
        }
    }

    /// Elements of all copies.
    pub fn elements(&self) -> Dim {
        self.shape.elements() * &self.copies
    }

    /// Whether a copy stands in these rounds.
    pub fn is_in(&self, rounds: &[u64]) -> bool {
        self.rounds.iter().zip(rounds).all(|(all, round)| all.include(*round))
    }

    /// The path with the numbers of these rounds.
    pub fn path_in(&self, rounds: &[u64]) -> String {
        filled(&self.path, rounds)
    }

    /// The name with the numbers of these blocks.
    pub fn name_in(&self, blocks: &[u64]) -> String {
        filled(&self.name, blocks)
    }
}

/// The rounds of a repeated scope in which something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounds {
    /// The number of the first round in names: blocks may be counted on from an earlier stack.
    pub first: Dim,
    /// Rounds of the scope.
    pub count: Dim,
    /// All conditions that a round must meet.
    pub when: Vec<When>,
}

impl Rounds {
    /// Whether a round, counted from 0, meets all conditions.
    pub fn include(&self, round: u64) -> bool {
        self.when.iter().all(|when| when.runs_in(round))
    }
}

/// An operation's use of a stored tensor.
#[derive(Clone, Debug)]
pub struct Read {
    /// The tensor.
    pub param: ParamId,
    /// Rows of it before those that are read; none if all are.
    pub offset: Option<Dim>,
    /// Whether no earlier operation of the pass reads it: its parameters are counted here.
    pub is_first: bool,
}

/// A text with numbers in place of its `{}`, in order.
fn filled(text: &str, numbers: &[u64]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    let mut numbers = numbers.iter();
    for part in parts {
        filled += &numbers.next().map_or_else(|| "{}".to_owned(), u64::to_string);
        filled += part;
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_a_name_from_the_left() {
        assert_eq!(filled("a.{}.b.{}", &[3, 14]), "a.3.b.14");
        assert_eq!(filled("a.{}", &[1, 2]), "a.1");
        assert_eq!(filled("a.{}.b.{}", &[3]), "a.3.b.{}");
        assert_eq!(filled("a", &[]), "a");
    }
}
