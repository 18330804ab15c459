//! Shell scripts.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// Whether bash can read a script.
pub fn parses(script: &str) {
    let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(bash.wait().unwrap().success(), "{script}");
}

#[test]
fn scripts_of_the_action_can_be_read() {
    for script in ["check.sh", "comment.sh"] {
        parses(&fs::read_to_string(format!(".github/actions/vlmcalc/{script}")).unwrap());
    }
}
