//! What git knows of files, asked through the `git` program: no shell, no library, and names of any
//! kind, since every list is separated by NUL.

mod changed;
mod tree;

pub use changed::{Changed, changed_since};
pub use tree::{Blob, Content};

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::diag::{Code, Diagnostic, quote};

/// The most lines of git's own words that are shown.
const MOST_WORDS: usize = 6;

/// A repository with a working tree.
#[derive(Clone, Debug)]
pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    /// A diagnostic if there is none, if it has no working tree, or if git is not there.
    pub fn around(folder: &Path) -> Result<Repository, Diagnostic> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let output = git(folder, ["rev-parse", "--show-toplevel"])?;
        if !output.status.success() {
            let message = format!("{} is in no git working tree", quote(&folder.to_string_lossy()));
            return Err(failed(&output, message)
                .help("run it inside of a repository; `git init` makes one"));
        }
        let mut root = output.stdout;
        while root.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            root.pop();
        }
        let root = path(&root);
        Ok(Repository { root: root.canonicalize().unwrap_or(root) })
    }

    /// The folder of the working tree, links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The id of the commit that a revision names. `REV...` is where `REV` and `HEAD` parted, as
    /// `git diff REV...` has it.
    ///
    /// # Errors
    /// A diagnostic if there is no such commit.
    pub fn commit(&self, revision: &str) -> Result<String, Diagnostic> {
        if let Some(other) = revision.strip_suffix("...") {
            return self.parting(&self.named(other)?);
        }
        self.named(revision)
    }

    fn named(&self, revision: &str) -> Result<String, Diagnostic> {
        let name = format!("{revision}^{{commit}}");
        let output = self.ask(["rev-parse", "--verify", "--end-of-options", &name])?;
        // `^main` is all that is not in `main`.
        if output.status.success() && !output.stdout.starts_with(b"^") {
            return Ok(line(&output.stdout));
        }
        let born = self.ask(["rev-parse", "--verify", "--quiet", "HEAD"])?.status.success();
        let message = format!("git knows no commit {}", quote(revision));
        let remote = revision.split_once('/').map(|(remote, _)| remote);
        let help = if !born {
            "the repository has no commits yet: make one first"
        } else if remote.is_some_and(|remote| matches!(remote, "origin" | "upstream")) {
            "fetch it first (`git fetch`); on CI, check out the whole history (`fetch-depth: 0`)"
        } else {
            "`git branch --all` and `git tag` list what there is"
        };
        Err(failed(&output, message).help(help))
    }

    /// Where a commit and `HEAD` parted; the commit itself if they have nothing in common.
    fn parting(&self, commit: &str) -> Result<String, Diagnostic> {
        let output = self.ask(["merge-base", commit, "HEAD"])?;
        let base = line(&output.stdout);
        Ok(if output.status.success() && !base.is_empty() { base } else { commit.to_owned() })
    }

    fn ask<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Output, Diagnostic> {
        git(&self.root, arguments)
    }

    /// As [`ask`](Self::ask), for questions that only a broken repository fails.
    fn list<'a>(
        &self,
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<u8>, Diagnostic> {
        let output = self.ask(arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(failed(&output, "git cannot read this repository").help("`git fsck` looks for faults"))
    }
}

/// `git` in a folder, ready to run: it asks nothing, writes nothing, and speaks English.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_LITERAL_PATHSPECS", "1")
        .stdin(Stdio::null());
    command
}

fn git<S: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output, Diagnostic> {
    command(folder).args(arguments).output().map_err(|error| cannot_run(&error))
}

fn cannot_run(error: &io::Error) -> Diagnostic {
    let (message, help) = match error.kind() {
        io::ErrorKind::NotFound => (
            "the `git` program is not installed".to_owned(),
            "install git, or compare two folders: `vlmcalc diff OLD NEW`",
        ),
        _ => (format!("cannot run `git`: {error}"), "does `git status` work here?"),
    };
    Diagnostic::error(Code::Git, message).help(help)
}

/// A problem with git's own words.
fn failed(output: &Output, message: impl Into<String>) -> Diagnostic {
    let words = String::from_utf8_lossy(&output.stderr);
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST_WORDS);
    let said = |line: &str| format!("git: {}", line.trim_start_matches("fatal: "));
    let mut diagnostic = Diagnostic::error(Code::Git, message);
    diagnostic.notes.extend(lines.map(said));
    diagnostic
}

/// The first line of an answer.
fn line(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned()
}

/// The items of a list with a NUL after each.
fn items(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == 0).filter(|item| !item.is_empty())
}

/// A path as git writes it: its bytes.
#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// A path as git writes it: UTF-8.
#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod testing;
