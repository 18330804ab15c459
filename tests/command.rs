//! Runs the binary.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The exit code of a run that a signal ended.
const ENDED: i32 = -1;

/// What a run said.
pub struct Ran {
    /// Exit code; [`ENDED`] if it has none.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs `vlmcalc` with these arguments in a folder.
pub fn vlmcalc_in(folder: &Path, args: &[&str]) -> Ran {
    run(Command::new(env!("CARGO_BIN_EXE_vlmcalc")).args(args).current_dir(folder), "")
}

/// As [`vlmcalc_in`], on one thread.
pub fn vlmcalc_alone(folder: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vlmcalc"));
    run(command.args(args).current_dir(folder).env("RAYON_NUM_THREADS", "1"), "")
}

/// Runs `vlmcalc` with these arguments and nothing on standard input.
pub fn vlmcalc(args: &[&str]) -> Ran {
    vlmcalc_reading(args, "")
}

/// Runs `vlmcalc` with this text on standard input.
pub fn vlmcalc_reading(args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
    run(Command::new(env!("CARGO_BIN_EXE_vlmcalc")).args(args), stdin)
}

/// As [`vlmcalc_in`], reading this text, with so many seconds of processor time: a machine that is
/// busy with something else makes no difference.
pub fn vlmcalc_within(seconds: u32, folder: &Path, args: &[&str], stdin: impl AsRef<[u8]>) -> Ran {
    let binary = env!("CARGO_BIN_EXE_vlmcalc");
    let mut command = Command::new(if cfg!(unix) { "sh" } else { binary });
    if cfg!(unix) {
        command.args(["-c", &format!("ulimit -t {seconds} && exec \"$0\" \"$@\""), binary]);
    }
    let ran = run(command.args(args).current_dir(folder), stdin);
    assert_ne!(ran.code, ENDED, "{args:?} takes more than {seconds} s");
    ran
}

fn run(command: &mut Command, stdin: impl AsRef<[u8]>) -> Ran {
    let mut child = command
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("GITHUB_WORKSPACE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The child may be done before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_ref());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran {
        code: output.status.code().unwrap_or(ENDED),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
