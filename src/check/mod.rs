//! Whether plans keep what their specs expect and what policies ask of them.

mod expect;
mod facts;
mod finding;
mod judge;
mod run;
mod shape;

pub use expect::{expectations, unknown};
pub use facts::{lookup, numeric_paths, unit};
pub use finding::{Checked, Finding, Origin, Outcome, Results, RuleUse, Status};
pub use run::check;
