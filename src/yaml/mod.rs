//! From the text of a spec to typed values, with all problems collected.
//!
//! The steps: [`read`] a file (small, UTF-8), [`parse`] it into a tree of [`Node`]s that know their
//! place, [`canonicalise`] other names of keys, [`apply`] `--set` arguments, [`put`] flags, and [`decode()`] the tree
//! into any `serde` type. Each step returns every problem that it finds as a
//! [`Diagnostic`](crate::diag::Diagnostic) whose wording is decided here, not by a library.

mod alias;
mod compose;
mod decode;
mod overrides;
mod scalar;
mod source;
mod syntax;
mod tree;

pub use alias::{Alias, canonical_path, canonicalise};
pub use compose::{parse, parse_within};
pub use decode::{decode, few, whole};
pub use overrides::{Keys, apply, put, set_path};
pub use source::{read, read_stdin, read_within, text, too_large};
pub use tree::{Entry, Node, Value};

/// How much a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes; longer files are refused unread.
    pub bytes: usize,
    /// Values of the tree, those that aliases repeat included.
    pub values: usize,
}

impl Bounds {
    /// The bounds of a spec.
    pub const SPEC: Bounds = Bounds { bytes: MAX_BYTES, values: MAX_NODES };
}

/// The longest spec, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting of maps and lists.
const MAX_DEPTH: usize = 32;
/// The most values of a spec's tree.
const MAX_NODES: usize = 20_000;
/// The most aliases (`*name`) of a file.
const MAX_ALIASES: usize = 256;
/// The most problems reported at once.
const MAX_FAULTS: usize = 50;

#[cfg(test)]
mod hostile;
