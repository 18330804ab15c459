//! What is wrong with a rule's settings taken together.

use crate::diag::{Code, Diagnostic};
use crate::units::Size;

use super::Grid;

/// A problem of a rule's settings: the field, and what is wrong with it.
pub type Problem = (&'static str, Diagnostic);

/// The problems of settings. A rule is only prepared if there are none, so that its arithmetic
/// stays far from the ends of its numbers.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The longest side of a tile, or of a square that becomes one token, in pixels.
    pub const SIDE: u64 = 1 << 14;
    /// The most pixels of a limit.
    pub const PIXELS: u64 = 1 << 40;
    /// The most tiles of a picture.
    pub const TILES: u64 = 1 << 10;
    /// The most tokens of a view.
    pub const TOKENS: u64 = 1 << 24;

    /// Notes a problem of a field.
    pub fn add(&mut self, field: &'static str, text: impl Into<String>, help: impl Into<String>) {
        self.0.push((field, Diagnostic::error(Code::Mismatch, text).help(help)));
    }

    /// Sees to it that a number is not larger than a limit.
    pub fn at_most(&mut self, field: &'static str, number: Size, limit: u64) {
        if number.get() > limit {
            let text = format!("{number} is more than `{field}` may be");
            let help = format!("write a whole number from 1 to {limit}");
            self.0.push((field, Diagnostic::error(Code::OutOfRange, text).help(help)));
        }
    }

    /// Sees to it that the tokens of a view, if they are said, are not too many.
    pub fn tokens(&mut self, tokens: Option<Size>) {
        if let Some(tokens) = tokens {
            self.at_most("tokens", tokens, Problems::TOKENS);
        }
    }

    /// Sees to it that the tokens of a view, if they are said, form a square.
    pub fn square(&mut self, tokens: Option<Size>) {
        self.tokens(tokens);
        if let Some(tokens) = tokens.filter(|tokens| Grid::square(tokens.get()).is_none()) {
            let near = tokens.get().isqrt();
            let text = format!("{tokens} tokens of a view do not form a square");
            self.add("tokens", text, format!("write {} or {}", near.pow(2), (near + 1).pow(2)));
        }
    }

    /// Sees to it that one number is not larger than another.
    pub fn ordered(&mut self, less: (&'static str, Size), more: (&'static str, Size)) {
        if less.1 > more.1 {
            let text = format!("`{}` is larger than `{}`", less.0, more.0);
            self.add(less.0, text, format!("write at most {}", more.1));
        }
    }

    /// The problems, in the order in which they were found.
    pub fn found(self) -> Vec<Problem> {
        self.0
    }
}
