//! The rules of [`find`](super::find()) for files that are listed rather than found on the disk.

use std::path::{Path, PathBuf};

use super::names::{is_hidden, is_spec};
use super::pattern::{MATCHING, is_pattern, no_pattern};
use super::place::{absolute, resolved};
use crate::diag::Diagnostic;

/// The files that an argument means: itself, the specs below it, or those that it matches.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The file or folder, or the part of the pattern before its first `*`; in full.
    pub start: PathBuf,
    pattern: Option<glob::Pattern>,
}

impl Selection {
    /// What an argument means, whether it is there or not.
    ///
    /// # Errors
    /// A diagnostic if it is a pattern that cannot be read.
    pub fn of(argument: &str) -> Result<Selection, Diagnostic> {
        let path = Path::new(argument);
        if !is_pattern(argument) || path.exists() {
            let start = if path.is_dir() { resolved(path) } else { absolute(path) };
            return Ok(Selection { start, pattern: None });
        }
        let literal =
            |part: &&std::path::Component| !is_pattern(&part.as_os_str().to_string_lossy());
        let parts: Vec<_> = path.components().collect();
        let before = parts.iter().take_while(literal).count();
        let [start, rest]: [PathBuf; 2] =
            [&parts[..before], &parts[before..]].map(|parts| parts.iter().collect());
        let pattern = glob::Pattern::new(&rest.to_string_lossy())
            .map_err(|error| no_pattern(argument, &error))?;
        Ok(Selection { start: resolved(&start), pattern: Some(pattern) })
    }

    /// Whether it means a file, which is given in full.
    pub fn has(&self, file: &Path) -> bool {
        let Ok(rest) = file.strip_prefix(&self.start) else { return false };
        let visible = |below: &Path| below.iter().all(|name| !is_hidden(name));
        match &self.pattern {
            None if rest.as_os_str().is_empty() => true,
            None => is_spec(file) && visible(rest),
            // A folder that matches stands for the specs below it.
            Some(pattern) => {
                is_spec(file)
                    && rest.ancestors().any(|matched| {
                        pattern.matches_path_with(matched, MATCHING)
                            && rest.strip_prefix(matched).is_ok_and(visible)
                    })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(argument: &str) -> Vec<&'static str> {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        let selection = Selection::of(argument).unwrap();
        let files = [
            "gone/a.yml",
            "gone/b.yaml",
            "gone/notes.txt",
            "gone/vlmcalc.policy.yaml",
            "gone/.hidden.yaml",
            "gone/.github/x.yaml",
            "gone/sub/c.yaml",
            "gone/sub/deep/d.yaml",
        ];
        files.into_iter().filter(|file| selection.has(&here.join(file))).collect()
    }

    #[test]
    fn the_same_rules_as_on_the_disk() {
        let all = ["gone/a.yml", "gone/b.yaml", "gone/sub/c.yaml", "gone/sub/deep/d.yaml"];
        for whole in [".", "gone", "./gone/", "src/../gone", "*", "g*"] {
            assert_eq!(selected(whole), all, "{whole}");
        }
        assert_eq!(selected("gone/*.yaml"), ["gone/b.yaml"]);
        assert_eq!(selected("gone/**/*.yaml"), all[1..]);
        assert_eq!(selected("gone/s*"), all[2..]);
        assert_eq!(selected("gone/notes.txt"), ["gone/notes.txt"]);
        assert_eq!(selected("src"), [""; 0]);
        assert!(Selection::of("a/***").is_err());
    }
}
