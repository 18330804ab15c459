//! The console blocks of the README show what the tool prints.
//!
//! `UPDATE=1 cargo test --test integration readme::` writes them anew.

use std::fs;
use std::path::Path;

use crate::command::{Ran, vlmcalc};
use crate::pages::{blocks, shell_lines, with_output, words};

#[test]
fn console_blocks_are_real_output() {
    let readme = fs::read_to_string("README.md").unwrap();
    let fresh = with_output(&readme, Path::new("."));
    let consoles = blocks(&readme).into_iter().filter(|block| block.info == "console");
    assert!(consoles.count() >= 3);
    if std::env::var_os("UPDATE").is_some() {
        fs::write("README.md", &fresh).unwrap();
    } else {
        assert!(fresh == readme, "run `UPDATE=1 cargo test --test integration readme::`");
    }
}

#[test]
fn shell_lines_run() {
    let readme = fs::read_to_string("README.md").unwrap();
    let mut ran = 0;
    for line in shell_lines(&readme) {
        let needs_more = line.contains(['|', '<']) || line.contains("my.yaml");
        // A run of a real model takes long where the tests are not optimised.
        let needs_more = needs_more
            || line.contains("forward")
                && (!line.contains("tiny") || cfg!(not(feature = "forward")));
        if !needs_more {
            let Ran { code, stderr, .. } = vlmcalc(&words(line)[1..]);
            assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
            ran += 1;
        }
    }
    assert!(ran >= 5, "only {ran} lines were run");
}
