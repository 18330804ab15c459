//! The lines of a source that a diagnostic shows: few, short, and safe to print.

use super::sanitize::is_unsafe;
use super::span::floor_boundary;
use std::ops::Range;

/// How many characters of a long line are shown.
const WINDOW: usize = 100;
/// How many of them stand before the marked place.
const LEAD: usize = 40;
/// Gaps of more lines than this are left out.
const GAP: usize = 6;

/// Lines to show, with the marked ranges as byte offsets into `text`.
#[derive(Debug, PartialEq)]
pub(super) struct Excerpt {
    pub text: String,
    pub first_line: usize,
    /// In the order of the spans given.
    pub marks: Vec<Range<usize>>,
}

/// One marked place: its line, and the part of it on that line.
struct Place {
    line: usize,
    line_range: Range<usize>,
    range: Range<usize>,
}

/// Cuts the lines of `spans` (at least one) out of `source`. A span of several lines is marked on
/// its first. Lines between that are far from any mark stay empty: the renderer folds them.
pub(super) fn excerpt(source: &str, spans: &[Range<usize>]) -> Excerpt {
    let places: Vec<Place> = spans.iter().map(|span| place(source, span)).collect();
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|&at| (places[at].line, places[at].range.start));
    let mut text = String::new();
    let mut marks = vec![0..0; places.len()];
    let mut previous: Option<&Place> = None;
    let mut window = (0, 0..0); // of the current line: where its text starts, and its bytes
    for &at in &order {
        let place = &places[at];
        if previous.is_none_or(|previous| previous.line != place.line) {
            if let Some(previous) = previous {
                fill_gap(&mut text, source, previous, place);
            }
            let shown = shown_part(source, place);
            if shown.start > place.line_range.start {
                text.push('…');
            }
            window = (text.len(), shown.clone());
            push_safe(&mut text, &source[shown.clone()]);
            if shown.end < place.line_range.end {
                text.push('…');
            }
            previous = Some(place);
        }
        let (base, shown) = &window;
        let position = |offset: usize| {
            let offset = offset.clamp(shown.start, shown.end);
            let mut before = String::new();
            push_safe(&mut before, &source[shown.start..offset]);
            base + before.len()
        };
        marks[at] = position(place.range.start)..position(place.range.end);
    }
    let first_line = order.first().map_or(1, |&at| places[at].line);
    Excerpt { text, first_line, marks }
}

fn place(source: &str, span: &Range<usize>) -> Place {
    let start = floor_boundary(source, span.start);
    let line_start = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let mut line_end = source[start..].find('\n').map_or(source.len(), |at| start + at);
    if line_end > start && source[..line_end].ends_with('\r') {
        line_end -= 1;
    }
    let end = floor_boundary(source, span.end.max(start)).min(line_end);
    Place {
        line: 1 + source[..line_start].bytes().filter(|&b| b == b'\n').count(),
        line_range: line_start..line_end,
        range: start..end.max(start),
    }
}

/// The part of the line around the place that is shown.
fn shown_part(source: &str, place: &Place) -> Range<usize> {
    let line = &source[place.line_range.clone()];
    let before = &source[place.line_range.start..place.range.start];
    let start = match before.char_indices().rev().nth(WINDOW - LEAD) {
        None => 0,
        Some(_) => before.char_indices().rev().nth(LEAD).map_or(0, |(at, _)| at),
    };
    let end = line[start..].char_indices().nth(WINDOW).map_or(line.len(), |(at, _)| start + at);
    place.line_range.start + start..place.line_range.start + end
}

/// Ends the line of `from` and adds the lines up to `to`.
fn fill_gap(text: &mut String, source: &str, from: &Place, to: &Place) {
    text.push('\n');
    let between = to.line - from.line - 1;
    if between > GAP {
        text.extend(std::iter::repeat_n('\n', between));
        return;
    }
    for line in source[from.line_range.end..].split('\n').skip(1).take(between) {
        let end = line.char_indices().nth(WINDOW).map_or(line.len(), |(at, _)| at);
        push_safe(text, line[..end].trim_end_matches('\r'));
        text.push('\n');
    }
}

/// Appends text with tabs widened and unsafe characters as `�`, so that columns still line up.
fn push_safe(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            c if is_unsafe(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(source: &str, span: Range<usize>) -> (Excerpt, String) {
        let cut = excerpt(source, &[span]);
        let marked = cut.text[cut.marks[0].clone()].to_owned();
        (cut, marked)
    }

    #[test]
    fn one_line_of_many() {
        let (cut, marked) = one("a: 1\r\nb: xyz\r\nc: 3\r\n", 9..12);
        assert_eq!((cut.text.as_str(), cut.first_line), ("b: xyz", 2));
        assert_eq!(marked, "xyz");
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let source = format!("k: {}HERE{}", "é".repeat(500_000), "z".repeat(500_000));
        let at = source.find("HERE").unwrap();
        let (cut, marked) = one(&source, at..at + 4);
        assert_eq!(marked, "HERE");
        assert!(cut.text.chars().count() <= WINDOW + 2, "{}", cut.text);
        assert!(cut.text.starts_with('…') && cut.text.ends_with('…'));
        let (cut, marked) = one(&source, 0..source.len());
        assert_eq!(marked.chars().count(), WINDOW);
        assert!(cut.text.starts_with("k: "));
    }

    #[test]
    fn tabs_and_controls_keep_the_mark_in_place() {
        let (cut, marked) = one("\ta\u{1b}[31m: 中 x", 13..14);
        assert_eq!(marked, "x");
        assert_eq!(cut.text, "    a\u{fffd}[31m: 中 x");
    }

    #[test]
    fn ends_and_multi_line_spans() {
        assert_eq!(one("", 0..9), one("", 0..0));
        assert_eq!(one("a\n", 2..2).0.first_line, 2);
        assert_eq!(one("a: |\n b\n c\n", 0..11).1, "a: |");
        assert_eq!(one("a\r\n", 1..3).1, "");
        assert_eq!(one("é", 1..1).1, "");
    }

    #[test]
    fn far_lines_are_left_empty() {
        let source = "a: 1\nb: 2\nc: 3\n".to_owned() + &"x: 1\n".repeat(10) + "z: 9\n";
        let end = source.len();
        let cut = excerpt(&source, &[end - 5..end - 4, 0..1, 10..11]);
        assert_eq!(cut.text, format!("a: 1\nb: 2\nc: 3{}z: 9", "\n".repeat(11)));
        assert_eq!(cut.marks[1], 0..1);
        assert_eq!(&cut.text[cut.marks[0].clone()], "z");
    }
}
