//! What pictures cost in tokens: many models and many pictures in one table, the most and the least
//! that one picture can cost, and the largest that stays within a number of tokens.

mod answer;
mod extremes;
mod largest;
mod media;
mod model;
mod print;
mod rows;

pub use answer::Answer;
pub use extremes::Extremes;
pub use largest::{Largest, aspect};
pub use media::{Item, Media};
pub use model::Model;
pub use rows::{Row, Rows};

/// What `tokens` was asked, answered.
#[derive(Debug)]
pub enum Tokens {
    /// A row for each model and picture.
    Rows(Rows),
    /// The most and the least of each model.
    Extremes(Vec<Extremes>),
    /// The largest picture of each model.
    Largest(Vec<Largest>),
    /// The hosted models.
    Hosted,
}
