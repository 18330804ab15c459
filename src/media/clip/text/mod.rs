//! Text around the frames of a clip: times, numbers, separators.

mod template;
mod words;

pub use template::Template;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ClipLayout, Kept, Source};
use template::Values;

/// Text that the processor writes around the visual and structural tokens of each set of frames: a
/// temporal patch, a chunk or a single frame. In a text `{s}`, `{s.s}`, `{mm:ss}` and
/// `{hh:mm:ss.mmm}` are the time, `{n}` is the number of the set from 1, and `{frames}` and
/// `{duration}` are those of the clip. What is not given is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Text {
    /// Text before the first frame, once.
    #[serde(skip_serializing_if = "Template::is_empty")]
    pub intro: Template,
    /// Text before each set of frames: `"{mm:ss} "`, `"<{s.s} seconds>"`.
    #[schemars(example = "{mm:ss} ")]
    #[serde(skip_serializing_if = "Template::is_empty")]
    pub before: Template,
    /// Text between the structural tokens before a set and its visual tokens.
    #[serde(skip_serializing_if = "Template::is_empty")]
    pub inside: Template,
    /// Text between two rows of tiles, where a frame is cut.
    #[serde(skip_serializing_if = "Template::is_empty")]
    pub between_rows: Template,
    /// Text after each set of frames.
    #[serde(skip_serializing_if = "Template::is_empty")]
    pub after: Template,
    /// Text between two sets of frames.
    #[serde(skip_serializing_if = "Template::is_empty")]
    pub between: Template,
    /// Text after the last frame, once.
    #[serde(skip_serializing_if = "Template::is_empty")]
    pub outro: Template,
    /// Which time a set of several frames has; that of the first one if not given.
    #[serde(skip_serializing_if = "is_first")]
    pub time: Moment,
}

/// Which time a set of several frames has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// That of its first frame.
    #[default]
    First,
    /// Halfway between its first and its last frame (Qwen3-VL).
    Mean,
}

fn is_first(moment: &Moment) -> bool {
    *moment == Moment::First
}

/// Text around the frames of a clip. A piece is what stands between two tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Pieces of text.
    pub pieces: u64,
    /// Characters of all pieces.
    pub characters: u64,
    /// The first piece, if there is one.
    pub first: Option<String>,
    /// The last piece, if there is one.
    pub last: Option<String>,
}

impl Written {
    /// Adds so many pieces of so many characters together.
    fn add(&mut self, pieces: u64, characters: u64) {
        self.pieces = self.pieces.saturating_add(pieces);
        self.characters = self.characters.saturating_add(characters);
    }
}

impl Text {
    /// Whether a frame's time or number is written.
    pub fn is_of_frames(&self) -> bool {
        [&self.before, &self.inside, &self.after, &self.between]
            .iter()
            .any(|template| template.is_of_frames())
    }

    /// The text around the frames of a clip. Times grow from frame to frame and so do the texts, so
    /// that only those between which the length changes are written out.
    pub fn written(&self, source: Source, kept: &Kept, layout: &ClipLayout) -> Written {
        let sets = layout.groups();
        let Some(end) = sets.checked_sub(1) else { return Written::default() };
        let values = |set: u64| self.values(set, source, kept, layout);
        let opening = self.intro.filled(&values(0)) + &self.before.filled(&values(0));
        let inside = |set: u64| self.inside.filled(&values(set));
        let next = |set: u64| {
            let (last, this) = (values(set - 1), values(set));
            self.after.filled(&last) + &self.between.filled(&this) + &self.before.filled(&this)
        };
        let closing = self.after.filled(&values(end)) + &self.outro.filled(&values(end));
        let row = self.between_rows.filled(&values(0));
        let breaks = |rows: u64| rows.saturating_sub(1);
        let rows: u64 = layout
            .pictures
            .iter()
            .map(|pictures| pictures.seen.saturating_mul(breaks(pictures.layout.rows)))
            .fold(0, u64::saturating_add);

        let mut written = Written::default();
        for once in [&opening, &closing] {
            written.add(u64::from(!once.is_empty()), length(once));
        }
        if !inside(0).is_empty() {
            written.add(sets, lengths(0, end, &inside));
        }
        if end > 0 && !next(1).is_empty() {
            written.add(end, lengths(1, end, &next));
        }
        if !row.is_empty() {
            written.add(rows, rows.saturating_mul(length(&row)));
        }
        let row = if rows > 0 { row } else { String::new() };
        let some = |text: &String| !text.is_empty();
        let after_first = || if end > 0 { next(1) } else { String::new() };
        let before_last = || if end > 0 { next(end) } else { String::new() };
        let forwards = [opening.clone(), inside(0), row.clone(), after_first(), closing.clone()];
        let backwards = [closing, row, inside(end), before_last(), opening];
        written.first = forwards.into_iter().find(some);
        written.last = backwards.into_iter().find(some);
        written
    }

    /// What the texts of a set of frames are filled with.
    fn values(&self, set: u64, source: Source, kept: &Kept, layout: &ClipLayout) -> Values {
        let frames = layout.temporal.frames();
        let end = kept.count().saturating_sub(1);
        let first = (set * frames).min(end);
        let seconds = match self.time {
            Moment::First => kept.seconds(first, source),
            Moment::Mean => {
                let last = (first + frames - 1).min(end);
                (kept.seconds(first, source) + kept.seconds(last, source)) / 2.0
            }
        };
        Values { number: set + 1, seconds, duration: source.seconds(), frames: kept.count() }
    }
}

/// Characters of a text.
fn length(text: &str) -> u64 {
    text.chars().count() as u64
}

/// Characters of the texts from one place to another, whose lengths never fall.
fn lengths(from: u64, to: u64, text: &dyn Fn(u64) -> String) -> u64 {
    let at = |place: u64| length(&text(place));
    sum(from, to, at(from), at(to), &at)
}

fn sum(from: u64, to: u64, first: u64, last: u64, at: &dyn Fn(u64) -> u64) -> u64 {
    if first == last || to - from < 2 {
        let inner = (to - from).saturating_sub(1).saturating_mul(first);
        let ends = if to == from { first } else { first + last };
        return inner.saturating_add(ends);
    }
    let middle = from + (to - from) / 2;
    let half = at(middle);
    let (left, right) = (sum(from, middle, first, half, at), sum(middle, to, half, last, at));
    left.saturating_add(right).saturating_sub(half)
}

#[cfg(test)]
mod tests;
