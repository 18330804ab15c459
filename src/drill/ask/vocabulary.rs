//! The words that `--ask` knows.

use super::words::{Kind, Word};
use crate::diag::near;

/// The words that take a number, by the field that it fills.
pub const FIELDS: &[(&str, &[&str])] = &[
    ("image", &["image", "img", "px", "pixels"]),
    ("patch", &["patch", "patches"]),
    ("registers", &["registers", "register", "reg", "regs"]),
    ("width", &["width", "dim", "wide", "hidden", "hidden-size", "encoder", "vit", "embed"]),
    ("llm", &["llm", "lm", "decoder"]),
    ("pixel-shuffle", &["pixel-shuffle", "pixelshuffle", "shuffle", "pixel-unshuffle"]),
    ("avg-pool", &["avg-pool", "avgpool", "pool", "pooling", "average-pool"]),
    ("resampler", &["resampler", "perceiver", "latents"]),
    ("qformer", &["qformer", "q-former", "queries"]),
    ("tiles", &["tiles", "tile"]),
    ("text", &["text", "prompt", "words"]),
];

/// The words that say something by themselves.
pub const PLAIN: &[(&str, &[&str])] = &[
    ("cls", &["cls", "class", "class-token", "cls-token"]),
    ("linear", &["linear", "projector", "projection"]),
    ("mlp", &["mlp"]),
    ("drop", &["drop", "dropped"]),
];

/// What a side may be counted in.
pub const UNITS: &[&str] = &["px", "pixels", "pixel"];
/// Words that mean nothing here.
const FILLERS: &[&str] = &[
    "token", "tokens", "and", "with", "a", "an", "the", "of", "by", "to", "bridge", "average",
    "pixel", "layer", "from", "is", "size",
];

/// Whether a word means nothing here.
pub fn is_filler(letters: &str) -> bool {
    FILLERS.contains(&letters)
}

/// The entry that a word stands for.
pub fn find(table: &[(&'static str, &[&str])], letters: &str) -> Option<&'static str> {
    let found = table.iter().find(|(_, words)| words.contains(&letters));
    found.map(|(name, _)| *name)
}

/// The keyword that a misspelt one is nearest to.
pub fn nearest(letters: &str) -> Option<&'static str> {
    let all = FIELDS.iter().chain(PLAIN).flat_map(|(_, words)| words.iter().copied());
    near(letters, all)
}

/// A usual value of a field.
pub fn usual(name: &str) -> &'static str {
    match name {
        "patch" => "14",
        "registers" | "tiles" => "4",
        "width" => "1024",
        "llm" => "4096",
        "pixel-shuffle" | "avg-pool" => "2",
        "qformer" => "32",
        _ => "64",
    }
}

/// Whether a word links a keyword and its number.
pub fn is_link(kind: &Kind) -> bool {
    match kind {
        Kind::Sign(sign) => matches!(sign, '=' | ':' | '(' | '['),
        Kind::Letters(letters) => is_filler(letters),
        _ => false,
    }
}

/// Whether a word is a keyword of this field.
pub fn is_field(word: Option<&Word>, name: &str) -> bool {
    matches!(word.map(|w| &w.kind), Some(Kind::Letters(letters)) if find(FIELDS, letters) == Some(name))
}

/// Whether a word stands between the image and the patch.
pub fn is_slash(word: Option<&Word>) -> bool {
    matches!(word.map(|word| &word.kind), Some(Kind::Slash))
}

/// Whether a word stands between two sides.
pub fn is_times(word: Option<&Word>) -> bool {
    match word.map(|word| &word.kind) {
        Some(Kind::Letters(letters)) => matches!(letters.as_str(), "x" | "by"),
        Some(Kind::Sign(sign)) => matches!(sign, '×' | '*'),
        _ => false,
    }
}

/// Whether a word is one of these.
pub fn is_letters(word: Option<&Word>, any: &[&str]) -> bool {
    matches!(word.map(|w| &w.kind), Some(Kind::Letters(letters)) if any.contains(&letters.as_str()))
}

/// Whether a word is a plain one of this name.
pub fn is_plain(kind: Option<&Kind>, name: &str) -> bool {
    matches!(kind, Some(Kind::Letters(letters)) if find(PLAIN, letters) == Some(name))
}
