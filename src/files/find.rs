//! From paths, folders and patterns to specs.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::names::{is_hidden, is_spec};
use super::pattern::{Matched, is_pattern, matched, no_pattern};
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
            walk(path, &mut named);
            Ok(())
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

/// The specs below a folder, in the order of their names. A folder that cannot be read does not stop
/// the others.
fn walk(folder: &Path, named: &mut Vec<Named>) {
    let mut entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) => return named.push(cannot_read(folder, &error)),
    };
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries.into_iter().filter(|entry| !is_hidden(&entry.file_name())) {
        let path = entry.path();
        // A link to a folder could lead round in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            walk(&path, named);
        } else {
            add(&path, named);
        }
    }
}

/// The specs that a pattern matches, in the order of their names.
fn matches(pattern: &str, named: &mut Vec<Named>) -> Result<(), Diagnostic> {
    let Matched { paths, unread } =
        matched(pattern).map_err(|error| no_pattern(pattern, &error))?;
    named.extend(unread.iter().map(|(folder, error)| cannot_read(folder, error)));
    let mut walked: Option<&Path> = None;
    for path in &paths {
        if walked.is_some_and(|folder| path.starts_with(folder)) {
            continue;
        }
        if path.is_dir() {
            walk(path, named);
            walked = Some(path);
        } else {
            add(path, named);
        }
    }
    Ok(())
}

/// Adds a file that was found, if it is a spec. A link that leads nowhere is one that cannot be
/// read; a pipe or a device is none, since reading it may never end.
fn add(path: &Path, named: &mut Vec<Named>) {
    let is_file = || fs::metadata(path).map_or(true, |found| found.is_file());
    if !is_spec(path) || !is_file() {
        return;
    }
    // A path as one would type it: below the current folder without a `./`.
    let shown = path.strip_prefix(".").unwrap_or(path);
    named.push(match shown.to_str() {
        Some(shown) => Named::Spec(shown.to_owned()),
        None => unusable(
            shown,
            Diagnostic::error(Code::CannotRead, "the name of this file is not UTF-8")
                .help("give the file another name"),
        ),
    });
}

fn cannot_read(folder: &Path, error: &io::Error) -> Named {
    let problem = Diagnostic::error(Code::CannotRead, format!("cannot read a folder: {error}"))
        .help(format!("check the permissions of {}", quote(&folder.to_string_lossy())));
    unusable(folder, problem)
}

fn unusable(path: &Path, problem: Diagnostic) -> Named {
    let argument = path.to_string_lossy().into_owned();
    Named::Nothing { fault: Box::new(problem.from_file(&argument)), argument }
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

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_odd_names() {
        use std::ffi::OsStr;
        use std::os::unix::{ffi::OsStrExt, fs::symlink};

        let folder = std::env::temp_dir().join(format!("vlmcalc-odd-{}", std::process::id()));
        fs::create_dir_all(folder.join("sub")).unwrap();
        fs::write(folder.join("sub/a.yaml"), "").unwrap();
        // Two ways round double the number of paths with every step.
        symlink(".", folder.join("again")).unwrap();
        symlink(".", folder.join("once more")).unwrap();
        symlink("nowhere", folder.join("broken.yaml")).unwrap();
        // Reading it would wait for a writer for ever.
        let pipe = std::process::Command::new("mkfifo").arg(folder.join("pipe.yaml")).status();
        assert!(pipe.unwrap().success());
        let odd = OsStr::from_bytes(b"\xff.yaml");
        let has_odd = fs::write(folder.join(odd), "").is_ok();
        let mut all = vec!["broken.yaml", "sub/a.yaml"];
        if has_odd {
            all.push("\u{fffd}.yaml: cannot-read");
        }
        for argument in ["", "**/*.yaml", "**/**", "**/*"] {
            let mut found = found(&folder, &[argument]);
            found.retain(|file| !file.starts_with("again") && !file.starts_with("once more"));
            assert_eq!(found, all, "{argument}");
        }
        assert_eq!(found(&folder, &["again/s*/*.yaml"]), ["again/sub/a.yaml"]);
        assert_eq!(found(&folder, &["a*/s*/*.yaml"]), ["again/sub/a.yaml"]);
        fs::remove_dir_all(folder).unwrap();
    }
}
