//! Texts in columns: their width, their lines, and how they are written in ASCII.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// A blank at which no line should be broken.
const NO_BREAK: &str = "\u{a0}";

/// Columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A list in which every item stays whole: no blank may be broken at but after commas.
pub fn whole_items(list: &str) -> String {
    let items: Vec<String> = list.split(", ").map(|item| item.replace(' ', NO_BREAK)).collect();
    items.join(", ")
}

/// The text as it is printed: a blank is a blank.
pub fn printed(text: &str) -> String {
    text.replace(NO_BREAK, " ")
}

/// The text in lines of at most `most` columns, broken at blanks; at a no-break blank only where
/// what it holds together is too wide, and within a word only where that alone is.
pub fn wrap(text: &str, most: usize) -> Vec<String> {
    let most = most.max(2); // a wide character fits
    let words = |item: &str| fill(item, NO_BREAK, most, &|word| pieces(word, most));
    fill(text, " ", most, &words)
}

/// What stands between these blanks, side by side until a line is full. What does not fit a line
/// by itself is split.
fn fill(text: &str, blank: &str, most: usize, split: &dyn Fn(&str) -> Vec<String>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for part in text.split(blank) {
        for (at, piece) in split(part).into_iter().enumerate() {
            let gap = usize::from(at == 0 && !line.is_empty());
            if at > 0 || (!line.is_empty() && width(&line) + gap + width(&piece) > most) {
                lines.push(std::mem::take(&mut line));
            } else if gap == 1 {
                line.push_str(blank);
            }
            line.push_str(&piece);
        }
    }
    lines.push(line);
    lines
}

/// A word in pieces of at most `most` columns.
fn pieces(word: &str, most: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut taken = 0;
    for c in word.chars() {
        let columns = c.width().unwrap_or(0);
        if taken + columns > most {
            pieces.push(String::new());
            taken = 0;
        }
        taken += columns;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}

/// The text in ASCII: the characters of formulas as programmers write them, others as escapes.
/// No-break blanks stay until it is [`printed`].
pub fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_power = false;
    for c in text.chars() {
        let power = POWERS.iter().position(|power| *power == c);
        match (SPELLINGS.iter().find(|(from, _)| *from == c), power) {
            (Some((_, to)), _) => out.push_str(to),
            (None, Some(digit)) if in_power => out.push_str(&digit.to_string()),
            (None, Some(digit)) => out.push_str(&format!("^{digit}")),
            (None, None) if c.is_ascii() => out.push(c),
            (None, None) => out.extend(c.escape_unicode()),
        }
        in_power = power.is_some();
    }
    out
}

/// The digits of powers, from 0.
const POWERS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// How the other characters of formulas are spelt.
const SPELLINGS: [(char, &str); 9] = [
    ('×', "x"),
    ('·', "*"),
    ('−', "-"),
    ('→', "->"),
    ('⌊', "floor("),
    ('⌈', "ceil("),
    ('⌋', ")"),
    ('⌉', ")"),
    ('\u{a0}', NO_BREAK),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_words_and_wide_characters_count_twice() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable x", 5), ["unbre", "akabl", "e x"]);
        assert_eq!(wrap("中文模型", 5), ["中文", "模型"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("a 中", 1), ["a", "中"]);
    }

    #[test]
    fn an_item_is_broken_only_if_it_fits_no_line() {
        let list = whole_items("Final norm, LM head, Decoder block × 32");
        let lines = |most| wrap(&list, most).iter().map(|line| printed(line)).collect::<Vec<_>>();
        assert_eq!(lines(22), ["Final norm, LM head,", "Decoder block × 32"]);
        assert_eq!(lines(18), ["Final norm,", "LM head,", "Decoder block × 32"]);
        assert_eq!(lines(15), ["Final norm,", "LM head,", "Decoder block ×", "32"]);
        assert_eq!(wrap(&ascii(&list), 18).len(), 3);
    }

    #[test]
    fn formulas_in_ascii() {
        assert_eq!(
            ascii("⌊H/P⌋·⌊W/P⌋ × 2 → s² − a¹⁰b³"),
            "floor(H/P)*floor(W/P) x 2 -> s^2 - a^10b^3"
        );
        assert_eq!(ascii("é中"), "\\u{e9}\\u{4e2d}");
        assert_eq!(ascii("2⁻¹ ⟨x⟩"), "2\\u{207b}^1 \\u{27e8}x\\u{27e9}");
    }
}
