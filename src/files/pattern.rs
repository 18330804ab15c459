//! Patterns of paths: `models/**/*.yaml`.
//!
//! The folders are walked here and not by `glob::glob`, which follows links round in circles and
//! cannot bear names that are not UTF-8.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, PatternError};

use super::names::is_hidden;
use crate::diag::{Code, Diagnostic, quote};

/// How patterns match: a `*` stays in its folder and passes hidden names over.
pub const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_leading_dot: true,
    require_literal_separator: true,
};

/// What a pattern leads to.
#[derive(Debug, Default)]
pub struct Matched {
    /// Files and folders, in the order of their names.
    pub paths: Vec<PathBuf>,
    /// Folders that cannot be read.
    pub unread: Vec<(PathBuf, io::Error)>,
}

/// A part of a pattern, between two slashes.
enum Part {
    Literal(String),
    Name(glob::Pattern),
    /// `**`: any folders, or none.
    Folders,
}

/// Whether an argument is a pattern, if it is no path.
pub fn is_pattern(argument: &str) -> bool {
    argument.contains(['*', '?', '['])
}

/// What is wrong with a pattern.
pub fn no_pattern(pattern: &str, error: &PatternError) -> Diagnostic {
    let message = format!("{} is not a pattern: {}", quote(pattern), error.msg);
    Diagnostic::error(Code::NothingToCheck, message)
        .help("`*` stands for any name, `**` for any folders, `[ab]` for one of these")
}

/// The files and folders that a pattern matches. A `**` does not go through links, which may lead
/// round in a circle; a `*` does.
///
/// # Errors
/// If it is not a pattern.
pub fn matched(pattern: &str) -> Result<Matched, PatternError> {
    let part = |part: std::path::Component| {
        let text = part.as_os_str().to_string_lossy();
        match &*text {
            "**" => Ok(Part::Folders),
            text if is_pattern(text) => glob::Pattern::new(text).map(Part::Name),
            text => Ok(Part::Literal(text.to_owned())),
        }
    };
    let parts = Path::new(pattern).components().map(part).collect::<Result<Vec<_>, _>>()?;
    let mut matched = Matched::default();
    matched.below(Path::new(""), &parts);
    matched.paths.sort_unstable();
    matched.paths.dedup();
    Ok(matched)
}

impl Matched {
    fn below(&mut self, path: &Path, parts: &[Part]) {
        match parts {
            // All that is below a folder belongs to it.
            [] | [Part::Folders] => self.paths.push(folder(path).to_owned()),
            [Part::Literal(name), rest @ ..] => {
                let next = path.join(name);
                if next.symlink_metadata().is_ok() {
                    self.below(&next, rest);
                }
            }
            [Part::Folders, Part::Folders, ..] => self.below(path, &parts[1..]),
            [Part::Folders, rest @ ..] => {
                self.below(path, rest);
                for entry in self.entries(path) {
                    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                    if is_folder && !is_hidden(&entry.file_name()) {
                        self.below(&path.join(entry.file_name()), parts);
                    }
                }
            }
            [Part::Name(pattern), rest @ ..] => {
                for entry in self.entries(path) {
                    let (name, next) = (entry.file_name(), path.join(entry.file_name()));
                    let fits = pattern.matches_with(&name.to_string_lossy(), MATCHING);
                    if fits && (rest.is_empty() || next.is_dir()) {
                        self.below(&next, rest);
                    }
                }
            }
        }
    }

    /// What a folder holds; nothing of what is none.
    fn entries(&mut self, path: &Path) -> Vec<fs::DirEntry> {
        let folder = folder(path);
        match fs::read_dir(folder).and_then(Iterator::collect) {
            Ok(entries) => entries,
            Err(error) => {
                let is_known = self.unread.iter().any(|(known, _)| known == folder);
                if folder.is_dir() && !is_known {
                    self.unread.push((folder.to_owned(), error));
                }
                Vec::new()
            }
        }
    }
}

/// The folder of an empty path is the current one.
fn folder(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_current_folder() {
        for (pattern, paths) in [
            ("**", &["."][..]),
            ("./**/**", &["."]),
            ("src/files/pat*.rs", &["src/files/pattern.rs"]),
            ("src/../src/f*/**/tree.rs", &["src/../src/files/git/tree.rs"]),
            ("Cargo.toml/*", &[]),
            ("src/**/files/[fr]*", &["src/files/find.rs", "src/files/root.rs"]),
        ] {
            let found = matched(pattern).unwrap().paths;
            assert_eq!(found, paths.iter().map(PathBuf::from).collect::<Vec<_>>(), "{pattern}");
        }
        assert!(matched("a/***").is_err() && matched("a/[b").is_err());
    }
}
