//! Models behind an interface, whose architectures are not disclosed: what an image costs there, by
//! the rules that their providers publish. Nothing else is known of them, and nothing is guessed.
//!
//! A kind of rule is a file; to add a model, write its lines in `list.rs`.

mod find;
mod fitted;
mod flat;
mod grid;
mod list;
mod patches;
mod tiles;

pub use find::{Found, find, meant};
pub use list::HOSTED;

use super::{Pixels, Refusal};
use fitted::Fitted;
use flat::Flat;
use grid::Grid;
use patches::Patches;
use tiles::Tiles;

/// A hosted model, or several that have the same rule.
#[derive(Debug)]
pub struct Hosted {
    /// Its names; dates and `-latest` after one are the same model.
    pub names: &'static [&'static str],
    /// Who runs it.
    pub provider: &'static str,
    /// The rules by the setting of a request that chooses between them, that of a request without
    /// one first.
    pub settings: &'static [Setting],
    /// Where the rule stands.
    pub source: Source,
    /// How sure it is.
    pub confidence: Confidence,
    /// What else there is to know; empty where nothing is.
    pub note: &'static str,
}

/// Where a rule was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is called.
    pub title: &'static str,
    /// Its address.
    pub url: &'static str,
    /// The month in which it was read; such rules change.
    pub read: &'static str,
}

/// How sure a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// The provider publishes the rule, and it makes the provider's own examples.
    Published,
    /// The provider publishes the rule in part or in rough words.
    Rough,
    /// Others have measured it.
    Measured,
}

/// A rule with the setting of a request that asks for it.
#[derive(Debug)]
pub struct Setting {
    /// Its name in a request: `low`, `high`; empty where there is nothing to set.
    pub name: &'static str,
    /// The rule.
    pub rule: Rule,
}

/// What an image costs.
#[derive(Debug)]
pub enum Rule {
    /// So many tokens, whatever its size.
    Flat(Flat),
    /// Tiles of what it is resized to, each at a price.
    Tiles(Tiles),
    /// Patches within a budget, at a price.
    Patches(Patches),
    /// Patches of the largest size that fits a tier.
    Fitted(Fitted),
    /// A grid of tiles over the image as it is.
    Grid(Grid),
}

/// What a rule makes of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// What it is resized to; none where that is not published.
    pub resized: Option<Pixels>,
    /// Tiles that it is cut into; none where it is not, or that is not published.
    pub tiles: Option<u64>,
    /// Patches; none where they are not published.
    pub patches: Option<u64>,
    /// Tokens that are charged.
    pub visual: u64,
}

impl Rule {
    /// What an image becomes and costs, without an allocation.
    ///
    /// # Errors
    /// The limit that it exceeds.
    pub fn count(&self, image: Pixels) -> Result<Counted, Refusal> {
        match self {
            Rule::Flat(rule) => Ok(rule.count()),
            Rule::Tiles(rule) => Ok(rule.count(image)),
            Rule::Patches(rule) => Ok(rule.count(image)),
            Rule::Fitted(rule) => rule.count(image),
            Rule::Grid(rule) => Ok(rule.count(image)),
        }
    }

    /// Tokens of each second of a video, of which a frame is taken; none where there is no rule for
    /// videos.
    pub fn of_a_second(&self) -> Option<u64> {
        match self {
            Rule::Flat(rule) => Some(rule.frame),
            Rule::Grid(rule) => Some(rule.tokens),
            Rule::Tiles(_) | Rule::Patches(_) | Rule::Fitted(_) => None,
        }
    }

    /// The rule in a sentence.
    pub fn in_words(&self) -> String {
        match self {
            Rule::Flat(rule) => rule.in_words(),
            Rule::Tiles(rule) => rule.in_words(),
            Rule::Patches(rule) => rule.in_words(),
            Rule::Fitted(rule) => rule.in_words(),
            Rule::Grid(rule) => rule.in_words(),
        }
    }
}

impl Confidence {
    /// A word for it.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::Published => "published",
            Confidence::Rough => "rough",
            Confidence::Measured => "measured by others",
        }
    }
}

/// A side that is scaled by `numerator / denominator`, to the nearest pixel, halves up; at least 1.
fn scaled(side: u64, numerator: u64, denominator: u64) -> u64 {
    ((2 * side * numerator + denominator) / (2 * denominator)).max(1)
}

/// An image scaled down until no side is longer than this.
fn within(image: Pixels, most: u64) -> Pixels {
    let longest = image.height.max(image.width);
    if longest <= most {
        return image;
    }
    let side = |side| if side == longest { most } else { scaled(side, most, longest) };
    Pixels { height: side(image.height), width: side(image.width) }
}
