//! Text from outside, made safe to print.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;

/// The longest text that [`quote`] shows, in characters.
const QUOTED: usize = 60;

/// Whether a terminal might act on the character, or hide it.
///
/// Control characters (C0, DEL, C1), direction marks, zero-width and other invisible characters,
/// line and paragraph separators, the tag characters, and two that no XML may hold.
pub fn is_unsafe(c: char) -> bool {
    // Nearly every character is one of these.
    let is_plain = (' '..='~').contains(&c);
    !is_plain
        && (c.is_control()
            || matches!(
                c,
                '\u{ad}'
                    | '\u{61c}'
                    | '\u{115f}'..='\u{1160}'
                    | '\u{180e}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{3164}'
                    | '\u{feff}'
                    | '\u{fff9}'..='\u{fffb}'
                    | '\u{fffe}'..='\u{ffff}'
                    | '\u{e0000}'..='\u{e007f}'
            ))
}

/// Replaces every unsafe character by its escape, such as `\u{1b}`; line breaks and tabs too.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// The text in backticks, cut to a readable length: `` `sixteen` ``.
pub fn quote(text: &str) -> String {
    format!("`{}`", cut(text))
}

/// The text, cut to a readable length.
pub fn cut(text: &str) -> Cow<'_, str> {
    cut_to(QUOTED, text)
}

/// The text, cut to so many characters.
pub fn cut_to(most: usize, text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((at, _)) => Cow::Owned(format!("{}…", text[..at].trim_end())),
    }
}

/// The text as XML and HTML take it, in an element or in a quoted attribute.
pub fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no such characters, escaped or not.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

/// A value (of maps, lists, texts and numbers) as JSON in which what a terminal might act on stands
/// as its escape: the text stays exact.
pub fn json_text(value: &impl Serialize) -> String {
    // Such a value always prints.
    let mut pretty = serde_json::to_string_pretty(value).unwrap_or_default();
    pretty.push('\n');
    escaped(pretty)
}

/// As [`json_text`], in one line.
pub fn json_line(value: &impl Serialize) -> String {
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    escaped(line)
}

/// Adds a text as JSON, in quotes, as [`json_text`] writes it.
pub fn push_json(json: &mut String, text: &str) {
    if text.chars().any(|c| matches!(c, '"' | '\\') || is_unsafe(c)) {
        // A text always prints.
        json.push_str(&escaped(serde_json::to_string(text).unwrap_or_default()));
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}

/// JSON with escapes in place of unsafe characters but its own line breaks.
fn escaped(json: String) -> String {
    let is_meant = |c: char| c == '\n' || !is_unsafe(c);
    if json.chars().all(is_meant) {
        return json;
    }
    let mut safe = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if is_meant(c) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(sanitize("widht 中文 ✓ é"), Cow::Borrowed(_)));
    }

    #[test]
    fn dangerous_characters_are_escaped() {
        assert_eq!(sanitize("\u{1b}[31mred"), "\\u{1b}[31mred");
        assert_eq!(sanitize("a\0b\u{7f}\u{9b}c"), "a\\u{0}b\\u{7f}\\u{9b}c");
        assert_eq!(sanitize("\u{202e}x\u{2066}"), "\\u{202e}x\\u{2066}");
        assert_eq!(sanitize("a\u{200b}b\u{feff}"), "a\\u{200b}b\\u{feff}");
        assert_eq!(sanitize("a\nb\tc"), "a\\u{a}b\\u{9}c");
    }

    #[test]
    fn json_has_escapes_of_the_same_text() {
        let evil = json!({"a\u{1b}\u{9b}\u{202e}": "\u{e0041}\u{7f}\u{feff}\n中"});
        let printed = json_text(&evil);
        assert!(!printed.chars().any(|c| c != '\n' && is_unsafe(c)), "{printed:?}");
        assert!(printed.contains("\\udb40\\udc41") && printed.contains('中'));
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), evil);
        assert_eq!(json_text(&json!({"中": 1})), "{\n  \"中\": 1\n}\n");
    }

    #[test]
    fn quotes_are_cut() {
        assert_eq!(quote("x"), "`x`");
        let long = quote(&"é".repeat(1000));
        assert_eq!(long.chars().count(), QUOTED + 3);
    }

    #[test]
    fn texts_are_cut_and_escaped() {
        assert_eq!(cut_to(3, "中文 abc"), "中文…");
        assert_eq!(cut_to(3, "abc"), "abc");
        assert_eq!(xml("<a b='c'>&\u{ffff}"), "&lt;a b=&#39;c&#39;&gt;&amp;\u{fffd}");
    }
}
