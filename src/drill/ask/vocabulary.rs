//! The words that `--ask` knows.

use super::field::Name;
use super::words::Kind;
use crate::diag::near;

/// A keyword: the words for a field.
struct Keyword {
    name: Name,
    words: &'static [&'static str],
    /// A usual number of it, if it takes one.
    usual: Option<&'static str>,
}

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
    Keyword {
        name: Name::Bridge("linear"),
        words: &["linear", "projector", "projection"],
        usual: None,
    },
    Keyword { name: Name::Bridge("mlp"), words: &["mlp"], usual: None },
    Keyword {
        name: Name::Bridge("pixel-shuffle"),
        words: &["pixel-shuffle", "pixelshuffle", "shuffle", "pixel-unshuffle"],
        usual: Some("2"),
    },
    Keyword {
        name: Name::Bridge("avg-pool"),
        words: &["avg-pool", "avgpool", "pool", "pooling", "average-pool"],
        usual: Some("2"),
    },
    Keyword {
        name: Name::Bridge("resampler"),
        words: &["resampler", "perceiver", "latents"],
        usual: Some("64"),
    },
    Keyword {
        name: Name::Bridge("qformer"),
        words: &["qformer", "q-former", "queries"],
        usual: Some("32"),
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

/// The field that a word is a keyword of.
pub fn known(letters: &str) -> Option<Name> {
    let keyword = KEYWORDS.iter().find(|keyword| keyword.words.contains(&letters));
    keyword.map(|keyword| keyword.name)
}

/// A usual number of a field, if it takes one.
pub fn usual(name: Name) -> Option<&'static str> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)?.usual
}

/// The keyword that a misspelt one is nearest to.
pub fn nearest(letters: &str) -> Option<&'static str> {
    near(letters, KEYWORDS.iter().flat_map(|keyword| keyword.words.iter().copied()))
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
