//! Whether plans keep what their specs expect and what policies ask of them.

mod advice;
mod change;
mod expect;
mod finding;
mod judge;
mod judgement;
mod place;
mod policy;
mod run;
mod shape;
mod told;
mod unknown;

pub use change::change_row;
pub use expect::{broken, expectations, put_right};
pub use finding::{Checked, Finding, Kind, Origin, Outcome, Results, RuleUse, Status};
pub use policy::{Policies, PolicyFile};
pub use run::{Setting, check};
pub use told::told;
pub use unknown::unknown;
