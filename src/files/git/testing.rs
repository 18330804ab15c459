//! A repository of its own for each test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository in a temporary folder, which goes with it.
pub struct Scratch {
    root: PathBuf,
}

impl Scratch {
    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("vlmcalc-git-{}-{name}", std::process::id()))
    }

    /// An empty repository.
    pub fn new(name: &str) -> Scratch {
        let scratch = Scratch { root: Scratch::folder(name).join("r") };
        let _ = fs::remove_dir_all(&scratch.root);
        fs::create_dir_all(&scratch.root).unwrap();
        scratch.git(&["init", "-q", "-b", "main"]);
        scratch
    }

    /// A folder that exists, beside that of another test repository of this name.
    pub fn beside(&self, name: &str) -> Scratch {
        Scratch { root: self.root.with_file_name(name) }
    }

    /// A file of it.
    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Writes a file, its folders too.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Commits everything.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    /// Runs git in it.
    pub fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .current_dir(&self.root)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(arguments)
            .status()
            .unwrap();
        assert!(status.success(), "{arguments:?}");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
        // The last of a test's folders takes what is around them with it.
        let _ = self.root.parent().map(fs::remove_dir);
    }
}
