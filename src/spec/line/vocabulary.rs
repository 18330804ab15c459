//! The words that `--ask` knows.

use super::field::Name;
use super::words::Kind;
use crate::diag::near;
use crate::stages::bridge::BRIDGES;

/// A keyword: the words for a field.
#[derive(Clone, Copy)]
struct Keyword {
    name: Name,
    words: &'static [&'static str],
    /// A usual number of it, if it takes one.
    usual: Option<&'static str>,
}

/// The keywords of all that is no bridge.
const KEYWORDS: &[Keyword] = &[
    Keyword { name: Name::Image, words: &["image", "img", "px", "pixels"], usual: Some("336") },
    Keyword { name: Name::Patch, words: &["patch", "patches"], usual: Some("14") },
    Keyword {
        name: Name::Class,
        words: &["cls", "class", "class-token", "cls-token"],
        usual: None,
    },
    Keyword {
        name: Name::Registers,
        words: &["registers", "register", "reg", "regs"],
        usual: Some("4"),
    },
    Keyword {
        name: Name::Width,
        words: &["width", "dim", "wide", "hidden", "hidden-size", "encoder", "vit", "embed"],
        usual: Some("1024"),
    },
    Keyword { name: Name::Llm, words: &["llm", "lm", "decoder"], usual: Some("4096") },
    Keyword { name: Name::Tiles, words: &["tiles", "tile"], usual: Some("4") },
    Keyword { name: Name::Text, words: &["text", "prompt", "words"], usual: Some("64") },
    Keyword { name: Name::Drop, words: &["drop", "dropped"], usual: None },
];

/// What a side may be counted in.
const UNITS: &[&str] = &["px", "pixels", "pixel"];

/// Words that mean nothing here.
const FILLERS: &[&str] = &[
    "token", "tokens", "and", "with", "a", "an", "the", "of", "by", "to", "bridge", "average",
    "pixel", "layer", "from", "is", "size",
];

/// All keywords.
fn keywords() -> impl Iterator<Item = Keyword> {
    let bridges = BRIDGES.iter().map(|kind| Keyword {
        name: Name::Bridge(kind),
        words: kind.practice.words,
        usual: kind.practice.usual,
    });
    KEYWORDS.iter().copied().chain(bridges)
}

/// The field that a word is a keyword of.
pub fn known(letters: &str) -> Option<Name> {
    let keyword = keywords().find(|keyword| keyword.words.contains(&letters));
    keyword.map(|keyword| keyword.name)
}

/// A usual number of a field, if it takes one.
pub fn usual(name: Name) -> Option<&'static str> {
    keywords().find(|keyword| keyword.name == name)?.usual
}

/// The keyword that a misspelt one is nearest to.
pub fn nearest(letters: &str) -> Option<&'static str> {
    let words: Vec<&'static str> = keywords().flat_map(|keyword| keyword.words).copied().collect();
    near(letters, words)
}

/// Whether a word or sign says nothing by itself.
pub fn says_nothing(kind: &Kind) -> bool {
    links(kind) || matches!(kind, Kind::Sign('+' | ',' | ';' | '.' | ')' | ']'))
}

/// Whether a word or sign may stand between a keyword and its number.
pub fn links(kind: &Kind) -> bool {
    match kind {
        Kind::Sign(sign) => matches!(sign, '=' | ':' | '(' | '['),
        Kind::Letters(letters) => FILLERS.contains(&letters.as_str()),
        _ => false,
    }
}

/// Whether a word takes back what comes after it.
pub fn denies(letters: &str) -> bool {
    matches!(letters, "no" | "without")
}

/// Whether a word is a keyword of this field.
pub fn is_of(name: Name) -> impl Fn(&Kind) -> bool {
    move |kind| match kind {
        Kind::Letters(letters) => known(letters) == Some(name),
        _ => false,
    }
}

/// Whether a word is what a side is counted in.
pub fn is_unit(kind: &Kind) -> bool {
    matches!(kind, Kind::Letters(letters) if UNITS.contains(&letters.as_str()))
}

/// Whether a word stands between the image and the patch.
pub fn is_slash(kind: &Kind) -> bool {
    *kind == Kind::Slash
}

/// Whether a word stands between two sides.
pub fn is_times(kind: &Kind) -> bool {
    match kind {
        Kind::Letters(letters) => matches!(letters.as_str(), "x" | "by"),
        Kind::Sign(sign) => matches!(sign, '×' | '*'),
        _ => false,
    }
}
