//! The console blocks of the README show what the tool prints.
//!
//! `UPDATE=1 cargo test --test readme` writes them anew.

mod command;

use std::fs;

use command::{Ran, vlmcalc};

const FENCE: &str = "```console\n";

#[test]
fn console_blocks_are_real_output() {
    let readme = fs::read_to_string("README.md").unwrap();
    let mut fresh = String::new();
    let mut rest = readme.as_str();
    let mut blocks = 0;
    while let Some(start) = rest.find(FENCE) {
        let (before, block) = rest.split_at(start + FENCE.len());
        let end = block.find("```").unwrap();
        let line = block.lines().next().unwrap();
        fresh.push_str(before);
        fresh.push_str(&format!("{line}\n{}", run(line.strip_prefix("$ ").unwrap())));
        rest = &block[end..];
        blocks += 1;
    }
    fresh.push_str(rest);
    assert!(blocks >= 3);
    if std::env::var_os("UPDATE").is_some() {
        fs::write("README.md", &fresh).unwrap();
    } else {
        assert!(fresh == readme, "run `UPDATE=1 cargo test --test readme`");
    }
}

#[test]
fn shell_lines_run() {
    let readme = fs::read_to_string("README.md").unwrap();
    let mut ran = 0;
    for block in readme.split("```sh\n").skip(1) {
        let block = block.split("```").next().unwrap();
        for line in block.lines().filter(|line| line.starts_with("vlmcalc ")) {
            let line = line.split(" #").next().unwrap().trim_end();
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
    }
    assert!(ran >= 5, "only {ran} lines were run");
}

/// The words of a command line, of which some may be in single quotes.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.collect()
}

/// What a command line prints; of shell filters it knows `head -n N` and one form of `sed`.
fn run(line: &str) -> String {
    let mut parts = line.split(" | ");
    let arguments: Vec<&str> = parts.next().unwrap().split_whitespace().skip(1).collect();
    let Ran { code, stdout, stderr } = vlmcalc(&arguments);
    assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
    parts.fold(stdout, |text, filter| {
        let lines = text.lines().map(|line| format!("{line}\n"));
        if let Some(count) = filter.strip_prefix("head -n ") {
            return lines.take(count.parse().unwrap()).collect();
        }
        let section =
            filter.strip_prefix("sed -n '/^").and_then(|f| f.strip_suffix("/,/^$/p'")).unwrap();
        let mut lines = lines.skip_while(|line| !line.starts_with(section));
        lines.by_ref().take_while(|line| line != "\n").collect()
    })
}
