//! Files of other programs, and parts of them in a spec.
//!
//! `file` recognises a whole file and says what to do with it. Two kinds have plain sizes
//! throughout and are read: `open_clip` and `nanovlm` write them as a spec, each value in its place
//! in the text. `model` finds the preset that a name or a model type means. `keys` and `values` help
//! with single keys and values that mean something else in a spec.

mod file;
mod keys;
mod model;
mod nanovlm;
mod open_clip;
mod parts;
mod values;

pub use file::{Origin, program, translate};

use crate::diag::{Code, Diagnostic, Sources};
use crate::yaml::Node;

/// A problem with a part of another program's file, with the hint what it is in a spec.
pub fn explain(problem: Diagnostic, tree: &Node, sources: &Sources) -> Diagnostic {
    match problem.code {
        Code::UnknownKey => keys::elsewhere(problem, tree, sources),
        Code::DuplicateKey => keys::rivals(problem, tree, sources),
        Code::WrongType => values::width_of_mlp(problem, tree, sources),
        Code::UnknownVariant => values::bridge(problem, tree),
        _ => problem,
    }
}
