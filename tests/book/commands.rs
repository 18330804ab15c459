//! Command lines in the book are ones that the binary takes.

use super::{book, files_of};
use crate::command::{Ran, vlmcalc};
use crate::pages::{shell_lines, words};

/// The guide to CI is about a repository: `tests/integrations` runs its lines in one.
const ELSEWHERE: &str = "ci.md";

#[test]
fn shell_lines_run() {
    let mut ran = 0;
    for (name, page) in book().iter().filter(|(name, _)| *name != ELSEWHERE) {
        let folder = files_of(page);
        for line in shell_lines(page) {
            let alone = line.split(" > ").next().unwrap();
            if alone.contains(['|', '<']) {
                continue;
            }
            // A run needs the feature, and without optimisation a small model.
            if alone.contains("forward")
                && (cfg!(not(feature = "forward")) || !alone.contains("tiny"))
            {
                continue;
            }
            let Ran { code, stderr, .. } = folder.run(&words(alone)[1..]);
            assert_eq!((code, stderr.as_str()), (0, ""), "{name}: {line}");
            ran += 1;
        }
    }
    assert!(ran >= 5, "only {ran} lines were run");
}

/// What stands in backticks and begins with the tool's name.
fn inline(page: &str) -> Vec<&str> {
    let prose = page.lines().filter(|line| !line.starts_with("```"));
    let spans = prose.flat_map(|line| line.split('`').skip(1).step_by(2));
    spans.filter_map(|span| span.strip_prefix("vlmcalc ")).collect()
}

#[test]
fn commands_in_sentences_exist() {
    for (name, page) in book() {
        for command in inline(&page) {
            let words = words(command);
            let Ran { code, stdout: help, .. } = vlmcalc(&[words[0], "--help"]);
            assert_eq!(code, 0, "{name}: vlmcalc {command}");
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(option), "{name}: vlmcalc {command}");
            }
        }
    }
}
