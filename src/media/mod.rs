//! What a processor makes of a picture on disk: the views that an encoder sees, and how the tokens
//! of these views join in the LLM's sequence.
//!
//! One file per rule, in `rules/`. A rule is arithmetic on whole pixels, with the roundings of the
//! code that it follows; it knows nothing of towers and bridges. Its settings are one struct, which
//! a spec says (`processor: {smart-resize: {factor: 28}}`) and which is [prepared](Processor::rule)
//! once: asking a [`Rule`] allocates nothing. To add one, write its file and its line in `rules!`.

mod cells;
pub mod clip;
mod closest;
mod extremes;
mod fit;
mod grids;
pub mod hosted;
mod layout;
mod least_scale;
mod markers;
mod pixels;
mod problems;
mod processor;
mod refusal;
mod rounding;
mod rule;
pub mod rules;

pub use cells::{Cells, Grid};
pub use extremes::{Costed, Extremes, extremes};
pub use fit::fit;
pub use layout::{Layout, Padding, View};
pub use markers::{Kind, Markers, Marks, Places};
pub use pixels::Pixels;
pub use problems::{Problem, Problems};
pub use processor::{Processor, RULES};
pub use refusal::Refusal;
pub use rule::{Count, Joined, Rule, RuleKind, Settings, Views};
