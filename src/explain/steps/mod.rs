//! The steps, in the order of the pipeline: one file each.

mod blocks;
mod bridge;
mod encoder;
mod llm;
mod on_disk;
mod patches;
mod product;
mod sequence;
mod totals;
mod visual;
mod why;

pub use on_disk::step as from_disk;

use super::step::Step;
use super::story::Story;

/// What makes a step of a story.
type Teller = fn(&Story) -> Step;

/// The steps from pixels to visual tokens.
pub const SEEING: [Teller; 6] =
    [patches::step, encoder::step, why::step, bridge::step, product::step, visual::step];

/// The steps after them.
pub const READING: [Teller; 3] = [sequence::step, llm::step, totals::step];
