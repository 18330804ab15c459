//! Whether plans keep what their specs expect and what policies ask of them.

mod advice;
mod expect;
mod facts;
mod finding;
mod judge;
mod place;
mod policy;
mod run;
mod shape;

pub use expect::{expectations, put_right, unknown};
pub use facts::{lookup, numeric_paths, unit};
pub use finding::{Checked, Finding, Origin, Outcome, Results, RuleUse, Status};
pub use policy::{Policies, PolicyFile};
pub use run::check;
