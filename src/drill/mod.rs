//! Interview practice: questions with answers that the engine counted.
//!
//! A [`Question`] is data: its text, the right [`Expected`](answer::Expected) answer and how far one may be off, the
//! steps to it, and the mistakes that people make on it, each with the answer that it leads to. A
//! topic makes one about a [`Subject`]; the numbers are read off its plan, or off the plan of a changed
//! one, never computed here. [`draw()`] makes a drill of them, [`sheet`] prints it.

mod answer;
mod answered;
pub mod ask;
mod concepts;
mod draw;
mod kept;
mod kind;
mod llms;
mod on_disk;
mod pipelines;
mod products;
pub mod progress;
mod question;
mod reading;
mod rng;
mod score;
pub mod sheet;
mod subject;
mod tolerance;
pub mod topics;

pub use answered::{Answered, score};
pub use draw::{Settings, draw, redraw};
pub use question::{Question, Verdict};
pub use score::Outcome;
pub use subject::Subject;
