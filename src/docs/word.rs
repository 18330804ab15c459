//! The words of tables and messages, from the guide that explains them.

/// The guide: a heading has the names of what the text below it explains.
const GUIDE: &str = include_str!("words.md");

/// The page of a word, in any case.
pub(super) fn page(word: &str) -> Option<String> {
    let (names, text) = sections()
        .find(|(names, _)| names.split(", ").any(|name| name.eq_ignore_ascii_case(word)))?;
    Some(format!("# {names}\n\n{}\n", text.trim()))
}

/// All words.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    sections().flat_map(|(names, _)| names.split(", "))
}

/// Each heading with what stands below it.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    GUIDE.split("\n## ").skip(1).filter_map(|section| section.split_once('\n'))
}
