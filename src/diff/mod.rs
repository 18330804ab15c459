//! What a change of a design does to its numbers.
//!
//! Both sides are plans, made now from a spec or saved before as JSON. Whatever is asked of a plan is
//! read in the same way from both, and whatever a plan gains is compared too.

mod blame;
mod compare;
mod delta;
mod describe;
mod design;
mod increase;
mod limit;
mod outcome;
mod pairs;
mod plan;
pub mod print;
mod replan;
mod revision;
mod run;
mod saved;
mod side;
mod sides;
mod stages;

pub use compare::Comparison;
pub use delta::Delta;
pub use design::Change;
pub use limit::Limit;
pub use pairs::{alone, pair};
pub use revision::pair_with_revision;
pub use run::{Diff, Options, run};
pub use saved::Saved;
pub use side::Side;
pub use stages::StageState;
