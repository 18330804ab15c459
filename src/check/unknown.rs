//! Paths that no plan has, and those that may be meant.

use crate::cost::numbers::{paths, rows};
use crate::cost::{OF_ROWS, Report};
use crate::diag::{Code, Diagnostic, near, quote};
use crate::render::DEFAULT_DEPTH;

/// The paths of everything of which something can be expected.
pub fn known_paths(report: &Report) -> Vec<String> {
    let mut known = paths(report, DEFAULT_DEPTH);
    for row in rows(report, DEFAULT_DEPTH) {
        let measures = OF_ROWS.into_iter().map(|measure| measure.key());
        let asked = ["input", "output"].into_iter().chain(measures);
        known.extend(asked.map(|what| format!("{}.{what}", row.path)));
    }
    known
}

/// A path that is not among those of a plan, with one that may be meant.
pub fn unknown(path: &str, known: &[String]) -> Diagnostic {
    let help = match meant(path, known) {
        Some(known) => format!("did you mean `{known}`?"),
        None => "`vlmcalc plan --format json` shows the paths of a plan".to_owned(),
    };
    let message = format!("a plan has no number {}", quote(path));
    Diagnostic::error(Code::UnknownKey, message).help(help)
}

/// The path of a number that is similar, the first below the path, the shortest with all its words,
/// or the longest that the path goes on from.
fn meant<'a>(path: &str, known: &'a [String]) -> Option<&'a str> {
    let known = || known.iter().map(String::as_str);
    let below = || known().find(|known| known.starts_with(path));
    let reworded = || {
        let with_all = known().filter(|known| has_all_words(known, path));
        with_all.min_by_key(|known| known.len())
    };
    let goes_on = |known: &str| path.strip_prefix(known).is_some_and(|more| more.starts_with('.'));
    let above = || known().filter(|known| goes_on(known)).max_by_key(|known| known.len());
    near(path, known()).or_else(below).or_else(reworded).or_else(above)
}

/// Letters that two words must begin with alike to be forms of one: `weights` and `weight`.
const STEM: usize = 4;

/// Whether each word of a path is one of another path, in this form or in another one.
fn has_all_words(known: &str, path: &str) -> bool {
    let words = |path| str::split(path, ['.', '_', '-']);
    let is_alike = |a: &str, b: &str| {
        let stem = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
        a == b || (stem >= STEM && stem + 1 >= a.len().min(b.len()))
    };
    words(path).all(|word| words(known).any(|known| is_alike(known, word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_may_be_meant_is_found() {
        let known = [
            "tokens.visual",
            "params.total",
            "params.by_component.bridge",
            "bridge.params",
            "memory.weight_bytes",
            "memory.kv_cache_bytes",
        ]
        .map(str::to_owned);
        for (path, expected) in [
            ("tokens.visaul", Some("tokens.visual")),
            ("params.by", Some("params.by_component.bridge")),
            ("params.bridge", Some("bridge.params")),
            ("visual_tokens", Some("tokens.visual")),
            ("memory.weights", Some("memory.weight_bytes")),
            ("kv_cache", Some("memory.kv_cache_bytes")),
            ("total.parameters", Some("params.total")),
            ("bridge.params.total", Some("bridge.params")),
            ("tokens.visual.of_image.each", Some("tokens.visual")),
            ("cost.in.euros", None),
            ("token", Some("tokens.visual")),
            ("a.b", None),
        ] {
            assert_eq!(meant(path, &known), expected, "{path}");
        }
    }
}
