//! Nearest grid: the rounding of both sides that keeps the picture's ratio best.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::media::rounding::half_even;
use crate::media::{Cells, Layout, Markers, Pixels, Problems, Refusal, RuleKind, Settings, Views};
use crate::units::Size;

/// Each side becomes a whole number of cells, up or down: of the four pairs the one whose ratio is
/// nearest to the picture's, within a number of tokens.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NearestGrid {
    /// Side of a square that becomes one LLM-side token, in pixels: the patch's side times the side
    /// of a block that the bridge merges.
    pub cell: Size,
    /// The most LLM-side tokens of a picture.
    pub max_tokens: Size,
    /// Structural tokens; none if not given.
    pub markers: Markers,
}

impl Default for NearestGrid {
    fn default() -> NearestGrid {
        // The class defaults of MuseGlimmerImageProcessor.
        NearestGrid { cell: Size::of(28), max_tokens: Size::of(4096), markers: Markers::default() }
    }
}

/// A grid that is considered, rows and columns.
type Pair = (u64, u64);

impl NearestGrid {
    /// Rows and columns of tokens.
    fn grid(&self, picture: Pixels) -> Pair {
        let (cell, most) = (self.cell.get() as f64, self.max_tokens.get());
        let (height, width) = (picture.height as f64, picture.width as f64);
        let (mut high, mut wide) = (height / cell, width / cell);
        let ratio = wide / high;
        if high * wide > most as f64 {
            high = (most as f64 / ratio).sqrt();
            wide = high * ratio;
        }
        let sides = |side: f64| [side.floor() as u64, side.ceil() as u64];
        let ([h0, h1], [w0, w1]) = (sides(high), sides(wide));
        let mut best: Option<(f64, Pair)> = None;
        for (rows, columns) in in_order_of_a_set([(h0, w0), (h0, w1), (h1, w0), (h1, w1)]) {
            let away = (rows as f64 / columns as f64 - height / width).abs();
            let is_possible = rows >= 1 && columns >= 1 && rows * columns <= most;
            if is_possible && best.is_none_or(|(least, _)| away < least) {
                best = Some((away, (rows, columns)));
            }
        }
        let rounded = |side: f64| half_even(side).max(1);
        best.map_or_else(|| (rounded(high), rounded(wide)), |(_, pair)| pair)
    }
}

/// Pairs in the order in which CPython's `set` lists them: the code that is followed takes the
/// first of several that are equally good. Four entries stand in a table of eight slots, each at
/// the slot that its hash leads to, or where probing leads from there (`Objects/setobject.c`).
fn in_order_of_a_set(pairs: [Pair; 4]) -> impl Iterator<Item = Pair> {
    let mut slots: [Option<Pair>; 8] = [None; 8];
    for pair in pairs {
        let mut perturb = hash(pair);
        let mut slot = perturb & 7;
        while slots[slot as usize].is_some_and(|there| there != pair) {
            perturb >>= 5;
            slot = (slot.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb)) & 7;
        }
        slots[slot as usize] = Some(pair);
    }
    slots.into_iter().flatten()
}

/// CPython's hash of a tuple of two small whole numbers: two rounds of xxHash
/// (`Objects/tupleobject.c`).
fn hash(pair: Pair) -> u64 {
    const PRIMES: [u64; 3] =
        [11_400_714_785_074_694_791, 14_029_467_366_897_019_727, 2_870_177_450_012_600_261];
    let mut sum = PRIMES[2];
    for item in [pair.0, pair.1] {
        sum =
            sum.wrapping_add(item.wrapping_mul(PRIMES[1])).rotate_left(31).wrapping_mul(PRIMES[0]);
    }
    sum.wrapping_add(2 ^ PRIMES[2] ^ 3_527_539)
}

impl Settings for NearestGrid {
    const KIND: RuleKind = RuleKind {
        name: "nearest-grid",
        title: "nearest grid",
        in_words: "Each side becomes a whole number of tokens, rounded up or down: of the four \
                   pairs the one whose ratio is nearest to the picture's. A picture of too many \
                   tokens is shrunk first, both sides alike.",
        source: "transformers 5.23: models/muse_glimmer/image_processing_muse_glimmer.py, \
                 smart_resize",
    };

    fn check(&self, problems: &mut Problems) {
        problems.at_most("cell", self.cell, Problems::SIDE);
        problems.at_most("max_tokens", self.max_tokens, Problems::PIXELS);
    }

    fn views(&self) -> Box<dyn Views> {
        Box::new(self.clone())
    }

    fn markers(&self) -> Markers {
        self.markers
    }

    fn cells(&self) -> Option<Cells> {
        Some(Cells::Squares(self.cell.get()))
    }
}

impl Views for NearestGrid {
    fn layout(&self, picture: Pixels) -> Result<Layout, Refusal> {
        let (rows, columns) = self.grid(picture);
        Ok(Layout::whole(Pixels::square(self.cell.get()).times(rows, columns)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_decides() {
        let rule = NearestGrid::default();
        assert_eq!(rule.grid(Pixels::new(37, 53)), (1, 2));
        assert_eq!(rule.grid(Pixels::new(3024, 4032)), (55, 73));
    }

    #[test]
    fn equal_pairs_are_taken_in_the_order_of_a_set() {
        // Printed by CPython: `list(set(itertools.product([r, r + 1], [c, c + 1])))`.
        let order = |r, c| {
            in_order_of_a_set([(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)]).collect::<Vec<_>>()
        };
        assert_eq!(order(1, 1), [(1, 1), (1, 2), (2, 1), (2, 2)]);
        assert_eq!(order(2, 2), [(2, 3), (3, 2), (3, 3), (2, 2)]);
        assert_eq!(order(55, 73), [(55, 74), (56, 73), (56, 74), (55, 73)]);
        // So of two squares sometimes the smaller is taken, and sometimes the larger.
        let rule = NearestGrid::default();
        let grid = |side| rule.grid(Pixels::square(side));
        assert_eq!([42, 70, 126, 154].map(grid), [(1, 1), (3, 3), (4, 4), (6, 6)]);
    }
}
