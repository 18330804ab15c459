//! From paths, folders and patterns to specs.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diagnostic, quote};

/// What an argument leads to.
#[derive(Clone, Debug)]
pub enum Named {
    /// A spec: a file, a preset, or `-`.
    Spec(String),
    /// Nothing that can be used, and why.
    Nothing {
        /// The argument.
        argument: String,
        /// What is wrong with it.
        fault: Box<Diagnostic>,
    },
}

impl Named {
    /// The spec, if it is one.
    pub fn spec(&self) -> Option<&str> {
        match self {
            Named::Spec(file) => Some(file),
            Named::Nothing { .. } => None,
        }
    }
}

/// The specs that arguments mean, in their order, each once: a folder stands for all `.yaml` and
/// `.yml` files below it, a pattern (`models/**/*.yaml`) for those that it matches. Hidden entries
/// and the tool's own files (`vlmcalc.policy.yaml` and the like) are no specs.
pub fn find(arguments: &[String]) -> Vec<Named> {
    let mut named = Vec::new();
    for argument in arguments {
        let before = named.len();
        let path = Path::new(argument);
        let found = if path.is_dir() {
            walk(path, &mut named)
        } else if is_pattern(argument) && !path.exists() {
            matches(argument, &mut named)
        } else {
            named.push(Named::Spec(argument.clone()));
            Ok(())
        };
        let nothing = || {
            Diagnostic::error(Code::NothingToCheck, format!("{} holds no spec", quote(argument)))
                .help("specs are `.yaml` or `.yml` files; hidden ones are passed over")
        };
        let fault = match found {
            Err(fault) => Some(fault),
            Ok(()) if named.len() == before => Some(nothing()),
            Ok(()) => None,
        };
        named.extend(fault.map(|fault| Named::Nothing {
            argument: argument.clone(),
            fault: Box::new(fault.from_file(argument)),
        }));
    }
    if arguments.len() > 1 {
        each_once(&mut named);
    }
    named
}

/// Drops files that an earlier argument has named.
fn each_once(named: &mut Vec<Named>) {
    let mut seen = HashSet::new();
    named.retain(|named| match named {
        Named::Spec(file) => {
            seen.insert(fs::canonicalize(file).unwrap_or_else(|_| PathBuf::from(file)))
        }
        Named::Nothing { .. } => true,
    });
}

/// The specs below a folder, in the order of their names.
fn walk(folder: &Path, named: &mut Vec<Named>) -> Result<(), Diagnostic> {
    let cannot_read = |error: io::Error| {
        Diagnostic::error(Code::CannotRead, format!("cannot read a folder: {error}"))
            .help(format!("check the permissions of {}", quote(&folder.to_string_lossy())))
    };
    let entries = fs::read_dir(folder).map_err(cannot_read)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().map_err(cannot_read)?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().map_err(cannot_read)?);
        if is_hidden(&entry.file_name()) {
            continue;
        }
        // A link to a folder could lead round in a circle.
        if kind.is_dir() {
            walk(&path, named)?;
        } else if is_spec(&path) && !path.is_dir() {
            named.push(Named::Spec(shown(&path)));
        }
    }
    Ok(())
}

/// A path as one would type it: below the current folder without a `./`.
fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned()
}

/// How patterns match: a `*` stays in its folder and passes hidden names over.
pub(super) const MATCHING: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_leading_dot: true,
    require_literal_separator: true,
};

pub(super) fn is_pattern(argument: &str) -> bool {
    argument.contains(['*', '?', '['])
}

pub(super) fn no_pattern(pattern: &str, error: &glob::PatternError) -> Diagnostic {
    let message = format!("{} is no pattern: {}", quote(pattern), error.msg);
    Diagnostic::error(Code::NothingToCheck, message)
        .help("`*` stands for any name, `**` for any folders, `[ab]` for one of these")
}

/// The specs that a pattern matches, in the order of their names.
fn matches(pattern: &str, named: &mut Vec<Named>) -> Result<(), Diagnostic> {
    let paths = glob::glob_with(pattern, MATCHING).map_err(|error| no_pattern(pattern, &error))?;
    for path in paths {
        let path = path.map_err(|error| {
            let message = format!("cannot read a folder: {}", error.error());
            Diagnostic::error(Code::CannotRead, message).help(format!(
                "check the permissions of {}",
                quote(&error.path().to_string_lossy())
            ))
        })?;
        if path.is_dir() {
            walk(&path, named)?;
        } else if is_spec(&path) {
            named.push(Named::Spec(shown(&path)));
        }
    }
    Ok(())
}

pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with('.')
}

pub(super) fn is_spec(path: &Path) -> bool {
    let own = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vlmcalc."));
    path.extension().is_some_and(|e| e == "yaml" || e == "yml") && !own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(folder: &Path, arguments: &[&str]) -> Vec<String> {
        let whole = |argument: &&str| folder.join(argument).to_string_lossy().into_owned();
        let arguments: Vec<String> = arguments.iter().map(whole).collect();
        let below = |path: &str| {
            let path = Path::new(path).strip_prefix(folder).unwrap_or(Path::new(path));
            path.to_string_lossy().into_owned()
        };
        let show = |named: Named| match named {
            Named::Spec(file) => below(&file),
            Named::Nothing { argument, fault } => {
                format!("{}: {}", below(&argument), fault.code.as_str())
            }
        };
        find(&arguments).into_iter().map(show).collect()
    }

    #[test]
    fn folders_patterns_and_files() {
        let folder = std::env::temp_dir().join(format!("vlmcalc-find-{}", std::process::id()));
        for file in [
            "b.yaml",
            "a.yml",
            "notes.txt",
            "vlmcalc.policy.yaml",
            ".hidden.yaml",
            ".github/workflow.yaml",
            "sub/c.yaml",
            "sub/deep/d.yaml",
            "empty/readme.md",
            "x[1].yaml",
        ] {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let all = ["a.yml", "b.yaml", "sub/c.yaml", "sub/deep/d.yaml", "x[1].yaml"];
        assert_eq!(found(&folder, &["."]).len(), all.len());
        assert_eq!(found(&folder, &[""]), all);
        assert_eq!(found(&folder, &["*.yaml"]), ["b.yaml", "x[1].yaml"]);
        assert_eq!(
            found(&folder, &["**/*.yaml"]),
            ["b.yaml", "sub/c.yaml", "sub/deep/d.yaml", "x[1].yaml"]
        );
        assert_eq!(found(&folder, &["s*"]), ["sub/c.yaml", "sub/deep/d.yaml"]);
        assert_eq!(
            found(&folder, &["b.yaml", "", "./b.yaml"]),
            ["b.yaml", "a.yml", "sub/c.yaml", "sub/deep/d.yaml", "x[1].yaml"]
        );
        assert_eq!(found(&folder, &["x[1].yaml"]), ["x[1].yaml"]);
        assert_eq!(found(&folder, &["empty"]), ["empty: nothing-to-check"]);
        assert_eq!(
            found(&folder, &["n*.yaml", "***", "missing.yaml"]),
            ["n*.yaml: nothing-to-check", "***: nothing-to-check", "missing.yaml",]
        );
        assert_eq!(found(&folder, &["vlmcalc.policy.yaml"]), ["vlmcalc.policy.yaml"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
