//! The pages of the codes: every erroneous example has its code and no other, and every corrected
//! one has none.
//!
//! A block of YAML is planned from standard input; the commands of a console block are run by a
//! shell in an empty folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vlmcalc::internals::diag::Code;

use crate::command::{Ran, vlmcalc_reading};

/// A fenced block of a page.
struct Block<'a> {
    language: &'a str,
    fails: bool,
    text: &'a str,
}

/// The marked blocks of a page.
fn blocks(page: &str) -> Vec<Block<'_>> {
    let fenced = page.split("```").skip(1).step_by(2);
    let marked = fenced.filter_map(|block| {
        let (info, text) = block.split_once('\n')?;
        let (language, mark) = info.split_once(',')?;
        assert!(["fails", "works"].contains(&mark), "{info}");
        Some(Block { language, fails: mark == "fails", text })
    });
    marked.collect()
}

/// Runs a block.
fn run(block: &Block, folder: &Path) -> Ran {
    if block.language == "yaml" {
        return vlmcalc_reading(&["plan", "-"], block.text);
    }
    assert_eq!(block.language, "console");
    let script: Vec<&str> =
        block.text.lines().map(|line| line.strip_prefix("$ ").unwrap()).collect();
    let binary = Path::new(env!("CARGO_BIN_EXE_vlmcalc")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    fs::create_dir_all(folder).unwrap();
    let output = Command::new("sh")
        .args(["-c", &script.join(" && ")])
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("PATH", format!("{}:{path}", binary.display()))
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The codes in what a run said.
fn codes(said: &str) -> BTreeSet<&str> {
    let titles = said.lines().filter_map(|line| {
        let rest = line.strip_prefix("error[").or_else(|| line.strip_prefix("warning["))?;
        Some(rest.split_once(']')?.0)
    });
    titles.collect()
}

#[test]
fn examples_do_what_their_pages_say() {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("codes");
    let _ = fs::remove_dir_all(&root);
    for code in Code::ALL {
        let name = code.as_str();
        let blocks = blocks(code.explanation());
        for (at, block) in blocks.iter().enumerate() {
            let ran = run(block, &root.join(format!("{name}-{at}")));
            // A report says it on standard output.
            let said = format!("{}{}", ran.stdout, ran.stderr);
            if block.fails {
                assert_eq!(codes(&said), BTreeSet::from([name]), "{}\n{said}", block.text);
                assert!(said.contains(&format!("try `vlmcalc doc {name}`\n")), "{said}");
            } else {
                assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{name}: {}", block.text);
                assert!(
                    !ran.stdout.is_empty() || block.text.contains(" > "),
                    "{name}: {}",
                    block.text
                );
            }
        }
        let has = |fails| blocks.iter().any(|block| block.fails == fails);
        assert_eq!((has(true), has(false)), (true, true), "examples of {name}");
    }
}

#[test]
fn every_page_is_of_a_code() {
    for entry in fs::read_dir("src/diag/codes").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let code = Code::parse(&name).unwrap_or_else(|| panic!("no code {name}"));
        let text = code.explanation();
        assert!(text.len() > 200 && text.ends_with('\n') && !text.contains("\n\n\n"), "{name}");
    }
}
