//! Texts around the frames of small clips.

use super::*;
use crate::media::clip::{Pictures, Temporal};
use crate::media::{Layout, Pixels};
use crate::units::Size;

fn text(json: &str) -> Text {
    serde_json::from_str(json).unwrap()
}

fn written(text: &Text, frames: u64, temporal: Temporal, fps: f64) -> Written {
    let size = Pixels::square(28);
    let groups = frames.div_ceil(temporal.frames());
    let layout = Layout::whole(size);
    let pictures = Pictures { groups, seen: groups, stacked: 1, size, layout };
    let layout = ClipLayout { frames, temporal, pictures: vec![pictures] };
    text.written(Source { frames, fps }, &Kept::every(frames), &layout)
}

fn parts(written: &Written) -> (u64, u64, &str, &str) {
    let piece = |piece: &'_ Option<String>| piece.clone().unwrap_or_default().leak() as &str;
    (written.pieces, written.characters, piece(&written.first), piece(&written.last))
}

#[test]
fn frames_are_numbered_on_lines() {
    let lines = text(r#"{"before": "Frame{n}: ", "between": "\n"}"#);
    let of = |frames| written(&lines, frames, Temporal::default(), 24.0);
    assert_eq!(parts(&of(1)), (1, 8, "Frame1: ", "Frame1: "));
    // 9 texts of 8 characters and 4 of 9, 12 line breaks.
    assert_eq!(parts(&of(13)), (13, 9 * 8 + 4 * 9 + 12, "Frame1: ", "\nFrame13: "));
    let many = of(1_000_000_000);
    let digits = 8_888_888_899_u64;
    assert_eq!(many.characters, digits + 7 * 1_000_000_000 + 999_999_999);
}

#[test]
fn a_patch_has_the_mean_time_of_its_frames() {
    let seconds = text(r#"{"before": "<{s.s} seconds>", "time": "mean"}"#);
    let patch = Temporal::Patch(Size::of(2));
    // The last frame is repeated: its time is the mean.
    let found = written(&seconds, 5, patch, 1.0);
    assert_eq!(parts(&found), (3, 39, "<0.5 seconds>", "<4.0 seconds>"));
}

#[test]
fn text_after_a_patch_joins_the_next() {
    let whole = text(r#"{"after": "{s}"}"#);
    let found = written(&whole, 24, Temporal::Patch(Size::of(2)), 2.0);
    assert_eq!(parts(&found), (12, 14, "0", "11"));
}

#[test]
fn a_chunk_has_two_pieces() {
    let clock = text(r#"{"before": "{hh:mm:ss.mmm}", "inside": "video"}"#);
    let found = written(&clock, 9, Temporal::Average(Size::of(4)), 2.0);
    assert_eq!(parts(&found), (6, 51, "00:00:00.000", "video"));
}

#[test]
fn nothing_is_written_for_nothing() {
    assert_eq!(written(&Text::default(), 9, Temporal::default(), 2.0), Written::default());
    assert_eq!(written(&text(r#"{"before": "{n}"}"#), 0, Temporal::default(), 2.0).pieces, 0);
}
