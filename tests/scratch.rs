//! A folder of its own for a test, and the binary run in it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A temporary folder, which goes with this value.
pub struct Scratch {
    root: PathBuf,
}

/// What a run said: exit code, standard output, standard error.
pub type Said = (i32, String, String);

impl Scratch {
    /// An empty folder.
    pub fn new(name: &str) -> Scratch {
        let root = std::env::temp_dir().join(format!("vlmcalc-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(&root).unwrap();
        Scratch { root }
    }

    /// A file in it.
    pub fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// Writes a file, its folders too.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The binary, ready to run in a folder below.
    pub fn command(&self, folder: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vlmcalc"));
        command.current_dir(self.path(folder)).args(args).env_remove("CLICOLOR_FORCE");
        command
    }

    /// Runs the binary in the folder.
    pub fn run(&self, args: &[&str]) -> Said {
        let output = self.command("", args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    /// Runs git in it; its standard output.
    pub fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(&self.root)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}
