//! The files of a commit.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Stdio};

use super::{Repository, cannot_run, command, items, path};
use crate::diag::{Code, Diagnostic};

/// A file of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The path from the root of the repository.
    pub path: PathBuf,
    /// The path as git has it, for a question.
    name: Vec<u8>,
    id: Vec<u8>,
    is_link: bool,
}

/// What a file of a commit holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The bytes of a file.
    Bytes(Vec<u8>),
    /// More than was asked for.
    TooLarge,
    /// A link that leads to no file of the commit.
    Nothing,
}

impl Repository {
    /// The files of a commit at or below some paths, which are given in full; in the order of
    /// their names.
    ///
    /// # Errors
    /// A diagnostic if git cannot read the commit.
    pub fn files(&self, commit: &str, below: &[PathBuf]) -> Result<Vec<Blob>, Diagnostic> {
        let mut arguments: Vec<&str> = vec!["ls-tree", "-r", "-z", "--full-tree", commit];
        let below: Option<Vec<&str>> = below.iter().map(|path| self.inside(path)).collect();
        // No path for git means all of them.
        if let Some(below) = &below {
            arguments.push("--");
            arguments.extend(below);
        }
        Ok(items(&self.list(arguments)?).filter_map(blob).collect())
    }

    /// The path from the root down; none for the root itself, for what is outside of it, and for
    /// what git would not understand.
    fn inside<'a>(&self, path: &'a Path) -> Option<&'a str> {
        path.strip_prefix(self.root()).ok()?.to_str().filter(|path| !path.is_empty())
    }

    /// What files of a commit hold, in their order. Links inside of the commit are followed.
    ///
    /// # Errors
    /// A diagnostic if git cannot read the commit.
    pub fn contents(
        &self,
        commit: &str,
        blobs: &[&Blob],
        most: usize,
    ) -> Result<Vec<Content>, Diagnostic> {
        let mut child = command(self.root())
            .args(["cat-file", "--batch", "--follow-symlinks"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| cannot_run(&error))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let questions: Vec<u8> = blobs.iter().flat_map(|blob| question(commit, blob)).collect();
        let contents = std::thread::scope(|scope| {
            // Asked from a thread of its own: git answers while it is being asked.
            scope.spawn(move || input.map(|mut input| input.write_all(&questions)));
            let mut answers = BufReader::new(output.ok_or(io::ErrorKind::BrokenPipe)?);
            blobs.iter().map(|_| answer(&mut answers, most)).collect::<io::Result<Vec<_>>>()
        });
        let _ = child.kill();
        let _ = child.wait();
        contents.map_err(|error| {
            Diagnostic::error(Code::Git, format!("git does not answer: {error}"))
                .help("`git fsck` looks for faults of the repository")
        })
    }
}

/// `100644 blob 0123…<TAB>path`; nothing for a submodule.
fn blob(item: &[u8]) -> Option<Blob> {
    let tab = item.iter().position(|byte| *byte == b'\t')?;
    let (head, name) = (&item[..tab], item[tab + 1..].to_vec());
    let mut words = head.split(|byte| *byte == b' ');
    let (mode, kind, id) = (words.next()?, words.next()?, words.next()?.to_vec());
    let is_link = mode == b"120000";
    (kind == b"blob").then(|| Blob { path: path(&name), name, id, is_link })
}

/// A line that asks for a file: by its id, or by its name if links are to be followed. A name with
/// a line break cannot be asked for: such a link is one that leads nowhere.
fn question(commit: &str, blob: &Blob) -> Vec<u8> {
    let by_name = || [commit.as_bytes(), b":", &blob.name].concat();
    let mut line = match blob.is_link {
        false => blob.id.clone(),
        true if blob.name.contains(&b'\n') => b"no such file".to_vec(),
        true => by_name(),
    };
    line.push(b'\n');
    line
}

/// `0123… blob SIZE` and that many bytes; of a link that leads nowhere, another word, perhaps with
/// the target that it has.
fn answer(answers: &mut BufReader<ChildStdout>, most: usize) -> io::Result<Content> {
    let mut head = Vec::new();
    if answers.read_until(b'\n', &mut head)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let head = String::from_utf8_lossy(&head);
    let words: Vec<&str> = head.trim_end().split(' ').collect();
    let (size, is_file) = match words[..] {
        [_, "blob", size] => (size.parse::<u64>().ok(), true),
        ["symlink" | "dangling" | "loop" | "notdir", size] => (size.parse().ok(), false),
        _ => (None, false),
    };
    let Some(size) = size else { return Ok(Content::Nothing) };
    let fits = is_file && size <= most as u64;
    let mut bytes = Vec::new();
    if fits {
        answers.by_ref().take(size).read_to_end(&mut bytes)?;
    } else {
        io::copy(&mut answers.by_ref().take(size), &mut io::sink())?;
    }
    // The line break after it.
    answers.read_exact(&mut [0])?;
    Ok(match (is_file, fits) {
        (false, _) => Content::Nothing,
        (true, false) => Content::TooLarge,
        (true, true) => Content::Bytes(bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Scratch;
    use super::*;

    #[test]
    fn files_of_any_name_and_size() {
        let scratch = Scratch::new("tree");
        let long = "x".repeat(300_000);
        for (file, text) in
            [("a b.yaml", "1"), ("é\n中.yaml", "2"), ("sub/c.yaml", ""), ("sub/long.yaml", &long)]
        {
            scratch.write(file, text);
        }
        scratch.commit("first");
        scratch.write("a b.yaml", "later");
        let repository = Repository::around(&scratch.path("sub")).unwrap();
        let commit = repository.commit("HEAD").unwrap();
        let all = repository.files(&commit, &[repository.root().to_owned()]).unwrap();
        let paths: Vec<_> = all.iter().map(|blob| blob.path.to_string_lossy()).collect();
        assert_eq!(paths, ["a b.yaml", "sub/c.yaml", "sub/long.yaml", "é\n中.yaml"]);
        let blobs: Vec<&Blob> = all.iter().collect();
        let bytes = |text: &str| Content::Bytes(text.as_bytes().to_vec());
        assert_eq!(
            repository.contents(&commit, &blobs, 1000).unwrap(),
            [bytes("1"), bytes(""), Content::TooLarge, bytes("2")]
        );
        let below = |path: &str| repository.files(&commit, &[scratch.path(path)]).unwrap().len();
        assert_eq!((below("sub"), below("sub/c.yaml"), below("gone")), (2, 1, 0));
    }

    #[test]
    fn more_files_than_a_pipe_holds() {
        let scratch = Scratch::new("tree-many");
        for at in 0..3000 {
            scratch.write(&format!("{at}.yaml"), &format!("{at}{}", "#".repeat(300)));
        }
        scratch.commit("first");
        let repository = Repository::around(&scratch.path("")).unwrap();
        let commit = repository.commit("main").unwrap();
        let all = repository.files(&commit, &[]).unwrap();
        let blobs: Vec<&Blob> = all.iter().collect();
        let contents = repository.contents(&commit, &blobs, 1000).unwrap();
        assert_eq!(contents.len(), 3000);
        for (blob, content) in all.iter().zip(contents) {
            let Content::Bytes(bytes) = content else { panic!("{blob:?}") };
            let number = blob.path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(bytes.starts_with(format!("{number}#").as_bytes()));
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_of_the_commit() {
        use std::os::unix::fs::symlink;
        let scratch = Scratch::new("tree-links");
        scratch.write("sub/real.yaml", "1");
        for (target, link) in [
            ("real.yaml", "sub/a.yaml"),
            ("../nothing.yaml", "sub/b.yaml"),
            ("/etc/hostname", "sub/c.yaml"),
            ("d.yaml", "sub/d.yaml"),
            ("real.yaml", "sub/e\n.yaml"),
        ] {
            symlink(target, scratch.path(link)).unwrap();
        }
        scratch.commit("first");
        let repository = Repository::around(&scratch.path("")).unwrap();
        let commit = repository.commit("HEAD").unwrap();
        let all = repository.files(&commit, &[]).unwrap();
        let contents = repository.contents(&commit, &all.iter().collect::<Vec<_>>(), 9).unwrap();
        let (one, nothing) = (Content::Bytes(b"1".to_vec()), Content::Nothing);
        let [a, b, c, d, e] = [&one, &nothing, &nothing, &nothing, &nothing].map(Clone::clone);
        assert_eq!(contents, [a, b, c, d, e, one]);
    }
}
