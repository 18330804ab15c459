//! The most and the least that one picture can cost, over all sizes up to a limit.

use super::Model;
use crate::media::{self, Pixels};

/// The most and the least of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extremes {
    /// The model's name.
    pub name: String,
    /// The most and the least, or why there are none.
    pub found: Result<media::Extremes, String>,
}

impl Extremes {
    /// The extremes of a model over every size up to a limit. Sizes that it refuses are left out.
    pub fn of(model: &Model, limit: Pixels) -> Extremes {
        let found = model.charge().and_then(|charge| {
            let none = || format!("it refuses every size up to {limit}");
            media::extremes(limit, charge).ok_or_else(none)
        });
        Extremes { name: model.name().to_owned(), found }
    }
}
