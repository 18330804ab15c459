//! The words of a line, with their places.

use std::ops::Range;

use super::vocabulary::known;

/// A word and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub place: Range<usize>,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Digits, perhaps in groups; none if the number is too large.
    Number(Option<u64>),
    /// Letters, in lower case.
    Letters(String),
    /// `/`.
    Slash,
    /// `->`, `=>`, `→`.
    Arrow,
    /// Any other sign that means something or nothing.
    Sign(char),
}

/// Cuts a text into words.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut left = text.char_indices().peekable();
    while let Some((start, first)) = left.next() {
        let take_while = |left: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
                          keep: &dyn Fn(usize, char) -> bool| {
            let mut end = start + first.len_utf8();
            while let Some((at, c)) = left.next_if(|(at, c)| keep(*at, *c)) {
                end = at + c.len_utf8();
            }
            end
        };
        let next = |at: usize| text[at..].chars().nth(1);
        let named = name(&text[start..]);
        let (kind, end) = match first {
            c if c.is_whitespace() => continue,
            _ if named.is_some() => {
                let end = start + named.map_or(0, str::len);
                take_while(&mut left, &|at, _| at < end);
                (Kind::Letters(text[start..end].to_lowercase()), end)
            }
            _ if numbered(&text[start..]).is_some() => {
                let end = start + numbered(&text[start..]).map_or(0, str::len);
                take_while(&mut left, &|at, _| at < end);
                (Kind::Letters(text[start..end].to_lowercase()), end)
            }
            '0'..='9' => {
                let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
                let end = take_while(&mut left, &|at, c| {
                    c.is_ascii_digit() || (matches!(c, '_' | ',') && digit(next(at)))
                });
                let digits: String =
                    text[start..end].chars().filter(char::is_ascii_digit).collect();
                (Kind::Number(digits.parse().ok()), end)
            }
            c if c.is_alphabetic() => {
                let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                let end = take_while(&mut left, &|at, c| {
                    c.is_alphabetic() || (matches!(c, '-' | '_') && letter(next(at)))
                });
                (Kind::Letters(text[start..end].to_lowercase().replace('_', "-")), end)
            }
            '/' => (Kind::Slash, start + 1),
            '→' | '⇒' => (Kind::Arrow, start + first.len_utf8()),
            '-' | '=' if left.next_if(|(_, c)| *c == '>').is_some() => (Kind::Arrow, start + 2),
            sign => (Kind::Sign(sign), start + sign.len_utf8()),
        };
        words.push(Word { kind, place: start..end });
    }
    words
}

/// A keyword with a number in it that a text begins with, `ldpv2`.
fn numbered(text: &str) -> Option<&str> {
    let is_letter = |c: char| c.is_alphabetic() || c == '-';
    let letters = text.len() - text.trim_start_matches(is_letter).len();
    let digits = &text[letters..];
    let end = text.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let word = &text[..end];
    (0 < letters && letters < end && known(&word.to_lowercase()).is_some()).then_some(word)
}

/// The name of a model that a text begins with, `siglip-so400m`, or a number with a suffix, `1.5k`:
/// letters and digits that are one word.
fn name(text: &str) -> Option<&str> {
    let is_within = |at: usize, c: char| match c {
        '-' | '_' | '.' | ',' => text[at + 1..].starts_with(char::is_alphanumeric),
        c => c.is_alphanumeric(),
    };
    let end =
        text.char_indices().find(|&(at, c)| !is_within(at, c)).map_or(text.len(), |(at, _)| at);
    let word = &text[..end];
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let digits = word.strip_suffix(['k', 'K', 'm', 'M', 'b', 'B'])?;
        let is_digit = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_');
        return digits.chars().all(is_digit).then_some(word);
    }
    let pairs = word.chars().zip(word.chars().skip(1));
    // `2x2` is two sides.
    let is_name = |(one, other): (char, char)| {
        one.is_ascii_digit() && other.is_alphabetic() && !matches!(other, 'x' | 'X')
    };
    let begins = word.starts_with(char::is_alphabetic);
    pairs.into_iter().any(is_name).then_some(word).filter(|_| begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_their_places() {
        let text = "336px/14 +CLS pixel-shuffle 2 -> llm 4,096";
        let found = words(text);
        let shown: Vec<&str> = found.iter().map(|word| &text[word.place.clone()]).collect();
        let expected =
            ["336", "px", "/", "14", "+", "CLS", "pixel-shuffle", "2", "->", "llm", "4,096"];
        assert_eq!(shown, expected);
        assert_eq!(found[10].kind, Kind::Number(Some(4096)));
        assert_eq!(found[5].kind, Kind::Letters("cls".into()));
        assert_eq!(words(&"9".repeat(40))[0].kind, Kind::Number(None));
        assert_eq!(words("é → 中").len(), 3);
        for (text, first) in [
            ("siglip-so400m width 2", "siglip-so400m"),
            ("llava-1.5-7b->x", "llava-1.5-7b"),
            ("1.5k tokens", "1.5k"),
            ("llm4096 x", "llm"),
            ("shuffle2x2", "shuffle"),
            ("vit-224/16", "vit"),
            ("1,024 wide", "1,024"),
        ] {
            assert_eq!(&text[words(text)[0].place.clone()], first);
        }
    }
}
