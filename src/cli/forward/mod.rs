//! `vlmcalc forward`, and `plan --forward`.

#[cfg(not(feature = "forward"))]
mod disabled;
#[cfg(feature = "forward")]
mod enabled;
#[cfg(feature = "forward")]
mod progress;

#[cfg(not(feature = "forward"))]
pub use disabled::{Forward, run_with_plan};
#[cfg(feature = "forward")]
pub use enabled::{Forward, run_with_plan};
