//! Whether plans keep what their specs expect and what policies ask of them.

mod expect;
mod facts;
mod finding;
mod judge;
mod run;
mod shape;

pub use expect::expectations;
pub use finding::{Checked, Finding, Origin, Outcome, Results, RuleUse, Status};
pub use run::check;
