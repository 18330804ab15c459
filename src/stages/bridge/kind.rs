//! What is known of a bridge by its name, before its sizes are.

use super::{Bridge, BridgeSpec, ProjectorSpec};
use crate::stages::faults::Faults;
use crate::units::Size;

/// A kind of bridge. Each bridge says its own in its file.
#[derive(Debug)]
pub struct BridgeKind {
    /// The name in a spec.
    pub name: &'static str,
    /// The name in prose.
    pub title: &'static str,
    /// The bridge as a well-known model has it, for an encoder of this width, if that is known:
    /// what a bridge that is only named stands for in a comparison.
    pub typical: fn(Option<Size>) -> Typical,
    /// How it is asked about.
    pub practice: Practice,
}

impl BridgeKind {
    /// A bridge of this kind, by which it can be told what all of them have in common.
    pub fn sample(&self) -> Bridge {
        (self.practice.sized)(Size::of(1)).design(&mut Faults::default())
    }
}

/// A bridge with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typical {
    /// The bridge as a spec says it, on one line.
    pub yaml: String,
    /// Whose it is, and where that is written.
    pub source: &'static str,
}

impl Typical {
    /// A bridge whose parameters do not depend on the encoder.
    pub fn new(yaml: &str, source: &'static str) -> Typical {
        Typical { yaml: yaml.to_owned(), source }
    }
}

/// How a kind of bridge is asked about, and made up.
#[derive(Debug)]
pub struct Practice {
    /// The place among the kinds, from easy to hard.
    pub place: u8,
    /// The words for it in a design that is typed in one line.
    pub words: &'static [&'static str],
    /// A usual size, if it takes one: `2` of `pixel-shuffle 2`.
    pub usual: Option<&'static str>,
    /// The bridge of a size; what is not said stays open.
    pub sized: fn(Size) -> BridgeSpec,
    /// A bridge in usual sizes for a made-up pipeline; none where none suits it.
    pub drawn: fn(&mut Draw<'_>) -> Option<BridgeSpec>,
    /// Bridges to choose between for an LLM of this width, each with what it is called.
    pub choices: fn(Size) -> Vec<(&'static str, BridgeSpec)>,
}

/// A made-up pipeline that a bridge is drawn for.
pub struct Draw<'a> {
    /// Patches on a side of the grid.
    pub side: u64,
    /// The LLM's width.
    pub llm: Size,
    /// The projection that ends the bridge, if it has one.
    pub then: ProjectorSpec,
    /// Picks one of several numbers.
    pub pick: &'a mut dyn FnMut(&[u64]) -> u64,
}

impl Draw<'_> {
    /// One of these sizes.
    pub fn one_of(&mut self, sizes: &[u64]) -> Option<Size> {
        Size::new((self.pick)(sizes))
    }

    /// The side of a block of tokens, if the grid splits into such blocks.
    pub fn block(&mut self) -> Option<Size> {
        self.one_of(&[2, 4]).filter(|block| self.side.is_multiple_of(block.get()))
    }
}
