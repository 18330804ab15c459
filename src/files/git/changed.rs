//! Which files have changed since a revision.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{Repository, items, path};
use crate::diag::Diagnostic;

/// Files that have changed.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Their paths, the links of their folders resolved; of a submodule, its folder.
    files: HashSet<PathBuf>,
}

impl Changed {
    /// Whether a file is one of them, however it is named: `a.yaml`, `./a.yaml`, `../x/a.yaml` or
    /// in full. Of a link, whether it or what it leads to is.
    pub fn contains(&self, file: &Path) -> bool {
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let own = folder.canonicalize().ok().zip(file.file_name());
        let has = |path: &Path| path.ancestors().any(|path| self.files.contains(path));
        own.is_some_and(|(folder, name)| has(&folder.join(name)))
            || file.canonicalize().is_ok_and(|file| has(&file))
    }

    /// The folders of those with a name, deleted ones among them.
    pub fn folders_of(&self, name: &str) -> impl Iterator<Item = &Path> {
        let named = move |file: &&PathBuf| file.file_name().is_some_and(|own| own == name);
        self.files.iter().filter(named).filter_map(|file| file.parent())
    }
}

/// The files of the repository around the current folder that differ between the working tree and
/// the commit where `revision` and `HEAD` parted (`revision` itself, if they have nothing in
/// common): committed, staged or not, and new ones that git does not ignore.
///
/// # Errors
/// A diagnostic if git is not there, this is no repository, or there is no such revision.
pub fn changed_since(revision: &str) -> Result<Changed, Diagnostic> {
    Repository::around(Path::new("."))?.changed_since(revision)
}

impl Repository {
    /// See [`changed_since`].
    ///
    /// # Errors
    /// A diagnostic if there is no such revision.
    pub fn changed_since(&self, revision: &str) -> Result<Changed, Diagnostic> {
        let base = self.parting(&self.commit(revision)?)?;
        let differ = [
            "diff",
            "--name-only",
            "-z",
            "--no-renames",
            "--no-relative",
            "--no-ext-diff",
            "--ignore-submodules=none",
            &base,
            "--",
        ];
        let differ = self.list(differ)?;
        let new = self.list(["ls-files", "--others", "--exclude-standard", "-z"])?;
        let files = items(&differ).chain(items(&new)).map(|item| self.root().join(path(item)));
        Ok(Changed { files: files.collect() })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::testing::Scratch;
    use super::*;
    use crate::diag::Code;

    #[test]
    fn committed_staged_unstaged_and_new_files() {
        let scratch = Scratch::new("changed");
        for file in ["kept.yaml", "a b.yaml", "é\n中.yaml", "sub/gone.yaml", "sub/c.yaml"] {
            scratch.write(file, "1");
        }
        scratch.write(".gitignore", "ignored.yaml\n");
        scratch.commit("first");
        scratch.git(&["branch", "main2"]);
        scratch.git(&["switch", "-q", "-c", "work"]);
        scratch.write("a b.yaml", "2");
        scratch.commit("second");
        scratch.write("é\n中.yaml", "2");
        scratch.git(&["add", "."]);
        scratch.write("sub/c.yaml", "2");
        fs::remove_file(scratch.path("sub/gone.yaml")).unwrap();
        scratch.write("sub/new.yaml", "2");
        scratch.write("ignored.yaml", "2");
        // What the other branch has gained since is no change of this one.
        scratch.git(&["worktree", "add", "-q", "../tree", "main2"]);
        let other = scratch.beside("tree");
        other.write("kept.yaml", "3");
        other.commit("elsewhere");
        for folder in ["", "sub"] {
            let repository = Repository::around(&scratch.path(folder)).unwrap();
            let changed = repository.changed_since("main2").unwrap();
            let has = |file: &str| changed.contains(&scratch.path(file));
            assert_eq!(changed.files.len(), 5);
            assert!(has("a b.yaml") && has("é\n中.yaml") && has("sub/c.yaml"), "{changed:?}");
            assert!(has("sub/gone.yaml") && has("sub/../sub/new.yaml"), "{changed:?}");
            assert!(!has("kept.yaml") && !has("ignored.yaml") && !has("missing.yaml"));
        }
        let tree = Repository::around(&other.path("")).unwrap();
        assert!(tree.changed_since("HEAD").unwrap().files.is_empty());
        assert!(tree.changed_since("work").unwrap().contains(&other.path("kept.yaml")));
        assert!(tree.changed_since("HEAD~1").unwrap().contains(&other.path("kept.yaml")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_has_changed_if_its_file_has() {
        let scratch = Scratch::new("changed-link");
        scratch.write("real.yaml", "1");
        std::os::unix::fs::symlink("real.yaml", scratch.path("link.yaml")).unwrap();
        scratch.commit("first");
        scratch.write("real.yaml", "2");
        let changed = Repository::around(&scratch.path("")).unwrap().changed_since("HEAD").unwrap();
        assert!(changed.contains(&scratch.path("link.yaml")));
    }

    #[test]
    fn what_is_in_a_submodule_has_changed_if_that_has() {
        let scratch = Scratch::new("changed-submodule");
        scratch.write("a.yaml", "1");
        scratch.commit("first");
        scratch.git(&["clone", "-q", ".", "../part"]);
        let allow = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
        scratch.git(&[&allow[..], &["add", "../part", "part"]].concat());
        scratch.commit("with a part");
        let repository = Repository::around(&scratch.path("")).unwrap();
        let has = |revision: &str, file: &str| {
            repository.changed_since(revision).unwrap().contains(&scratch.path(file))
        };
        assert!(has("HEAD~1", "part/a.yaml") && !has("HEAD~1", "a.yaml"));
        assert!(!has("HEAD", "part/a.yaml"));
        scratch.write("part/a.yaml", "2");
        assert!(has("HEAD", "part/a.yaml"));
        let _ = fs::remove_dir_all(scratch.beside("part").path(""));
    }

    #[test]
    fn what_git_cannot_answer() {
        let scratch = Scratch::new("changed-empty");
        let repository = Repository::around(&scratch.path("")).unwrap();
        let fault = repository.changed_since("HEAD").unwrap_err();
        assert!(fault.help.as_ref().unwrap().contains("no commits yet"), "{fault:?}");
        scratch.write("a.yaml", "1");
        scratch.commit("first");
        for (revision, help) in [
            ("origin/main", "git fetch"),
            ("--all", "git branch"),
            ("x y\n", "git branch"),
            ("^HEAD", "git branch"),
            ("HEAD......", "git branch"),
        ] {
            let fault = repository.changed_since(revision).unwrap_err();
            assert_eq!(fault.code, Code::Git);
            assert!(fault.help.as_ref().unwrap().contains(help), "{fault:?}");
            assert!(!fault.notes.is_empty() || revision == "^HEAD", "{fault:?}");
        }
        let blob = repository.changed_since("HEAD:a.yaml").unwrap_err();
        assert!(blob.message.contains("no commit `HEAD:a.yaml`"), "{blob:?}");
        let nowhere = Repository::around(Path::new("/")).unwrap_err();
        assert!(nowhere.message.contains("in no git working tree"), "{nowhere:?}");
    }
}
