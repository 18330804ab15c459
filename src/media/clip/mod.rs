//! What a processor makes of a clip: which frames it keeps, what becomes of each, how their tokens
//! join, and the text around them.
//!
//! A [`VideoProcessor`] is composed of pieces, one file each, which a spec sets one by one: a rule
//! that [samples](Sample), one of the rules of pictures for a frame, a [`Budget`] of pixels, which
//! frames are one set of tokens ([`Temporal`]), how these are [pooled](Pool), and the [`Text`] around
//! them. Counts do not walk over the frames of a clip, whatever their number.

mod budget;
mod kept;
mod layout;
mod lines;
mod pool;
mod processor;
mod refusal;
pub mod sample;
mod source;
mod temporal;
mod text;
mod worst;

pub use budget::{Budget, ClipBudget, FrameBudget};
pub use kept::{Kept, Stacked};
pub use layout::{ClipLayout, Patches, Pictures};
pub use pool::{Pool, Rounding};
pub use processor::{ClipRule, VideoProcessor, Visual};
pub use refusal::Refusal;
pub use sample::{SAMPLERS, Sample};
pub use source::{Clip, ClipSpec, Source};
pub use temporal::Temporal;
pub use text::{Moment, Template, Text, Written};
pub use worst::{Cost, Range};
