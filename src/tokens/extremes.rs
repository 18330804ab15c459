//! The most and the least that one picture can cost, over all sizes up to a limit.

use rayon::prelude::*;

use super::Model;
use crate::media::{Count, Pixels};

/// The most and the least of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extremes {
    /// The model's name.
    pub name: String,
    /// The most and the least, or why there are none.
    pub found: Result<[Peak; 2], String>,
}

/// A picture that costs the most or the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    /// What it costs.
    pub count: Count,
    /// Its size: of all that cost as much, the smallest by area, of these the lowest.
    pub image: Pixels,
}

impl Peak {
    /// Visual and structural tokens together.
    fn tokens(&self) -> u64 {
        self.count.visual + self.count.structural
    }

    /// Where it stands among those that cost as much.
    fn place(&self) -> (u64, u64) {
        (self.image.height * self.image.width, self.image.height)
    }

    /// The one that costs more.
    fn most(self, other: Peak) -> Peak {
        let key = |peak: &Peak| (std::cmp::Reverse(peak.tokens()), peak.place());
        if key(&other) < key(&self) { other } else { self }
    }

    /// The one that costs less.
    fn least(self, other: Peak) -> Peak {
        let key = |peak: &Peak| (peak.tokens(), peak.place());
        if key(&other) < key(&self) { other } else { self }
    }
}

impl Extremes {
    /// The extremes of a model over every size up to a limit, by asking its rule about each. Sizes
    /// that it refuses are left out.
    pub fn of(model: &Model, limit: Pixels) -> Extremes {
        let found = model.rule().and_then(|rule| {
            let of_height = |height: u64| {
                let mut peaks: Option<[Peak; 2]> = None;
                for width in 1..=limit.width {
                    let image = Pixels { height, width };
                    let Some(count) = rule(image) else { continue };
                    let peak = Peak { count, image };
                    peaks = Some(match peaks {
                        None => [peak; 2],
                        Some([most, least]) => [most.most(peak), least.least(peak)],
                    });
                }
                peaks
            };
            let of_all = (1..=limit.height).into_par_iter().filter_map(of_height).reduce_with(
                |[most, least], [other_most, other_least]| {
                    [most.most(other_most), least.least(other_least)]
                },
            );
            of_all.ok_or_else(|| format!("it refuses every size up to {limit}"))
        });
        Extremes { name: model.name().to_owned(), found }
    }
}
