//! The steps, in the order of the pipeline: one file each.

mod bridge;
mod encoder;
mod llm;
mod patches;
mod product;
mod sequence;
mod totals;
mod visual;
mod why;

use super::step::Step;
use super::story::Story;

/// What makes a step of a story.
type Teller = fn(&Story) -> Step;

/// Every step.
pub const STEPS: [Teller; 9] = [
    patches::step,
    encoder::step,
    why::step,
    bridge::step,
    product::step,
    visual::step,
    sequence::step,
    llm::step,
    totals::step,
];
