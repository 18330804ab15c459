//! What a change of a design does to its numbers.
//!
//! Both sides are plans in JSON, made now from a spec or saved before; so every number has a path,
//! and whatever a plan gains is compared too.

mod blame;
mod compare;
mod describe;
mod design;
mod increase;
mod limit;
mod numbers;
mod pairs;
pub mod print;
mod revision;
mod run;
mod saved;
mod side;
mod stages;

pub use compare::Comparison;
pub use design::Change;
pub use limit::{HEADLINES, Limit};
pub use numbers::{Delta, Number, leaves};
pub use pairs::{Entry, Pair, pair};
pub use revision::pair_with_revision;
pub use run::{Compared, Diff, OneSided, Options, run};
pub use side::Side;
pub use stages::{StageDelta, StageState};
