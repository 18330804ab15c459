//! The book in `src/docs`: what can be read off the code is, and the rest is checked.
//!
//! A page is Markdown with two kinds of parts that are not written by hand. Between
//! `<!-- made by tests/book: NAME … -->` and `<!-- end -->` stands what [`parts::make`] gives for
//! the words after the colon; below the command of a `console` block, what the command prints, in
//! a folder with the files that `file=` after a fence gives.
//!
//! `UPDATE=1 cargo test --test integration book::` writes them; otherwise a page that is not fresh fails.

mod bridges;
mod commands;
mod fields;
mod layers;
mod links;
mod markdown;
mod media;
mod models;
mod numbers;
mod operations;
mod parts;
mod plans;
mod stages;

use std::collections::BTreeMap;
use std::fs;

use parts::with_parts;

use crate::folder::Folder;
use crate::pages::{blocks, with_output};

/// Where the pages stand.
const BOOK: &str = "src/docs";

/// Every page by its file's name.
fn book() -> BTreeMap<String, String> {
    let files = fs::read_dir(BOOK).unwrap().map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let named = pages.map(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    named.collect()
}

/// A folder with the files of a page.
fn files_of(page: &str) -> Folder {
    let folder = Folder::new();
    for block in blocks(page) {
        if let Some((_, file)) = block.info.split_once(" file=") {
            folder.write(file, block.text);
        }
    }
    folder
}

#[test]
fn pages_are_fresh() {
    let mut stale = Vec::new();
    for (name, page) in book() {
        let folder = files_of(&page);
        let fresh = with_parts(&page, |text| with_output(text, folder.as_ref()));
        if fresh == page {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            fs::write(format!("{BOOK}/{name}"), &fresh).unwrap();
        } else {
            stale.push(name);
        }
    }
    assert!(
        stale.is_empty(),
        "stale: {}; run `UPDATE=1 cargo test --test integration book::`, and read what it wrote",
        stale.join(", ")
    );
}

/// Lines of a page that are neither code nor a table nor made.
fn prose(page: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut is_code = false;
    let mut is_made = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if line.starts_with("<!--") {
            is_made = line.starts_with(parts::START);
        } else if !is_code && !is_made && !line.starts_with('|') {
            lines.push(line);
        }
    }
    lines
}

#[test]
fn a_line_is_a_sentence() {
    let mut long = Vec::new();
    for (name, page) in book() {
        for line in prose(&page) {
            let ends = line.match_indices(". ").filter(|(at, _)| {
                let before = line[..*at].chars().next_back();
                let after = line[at + 2..].chars().next();
                after.is_some_and(char::is_uppercase) && !before.is_some_and(|c| c.is_ascii_digit())
            });
            long.extend(ends.map(|_| format!("{name}: {line}")));
        }
    }
    assert!(long.is_empty(), "several sentences in a line:\n{}", long.join("\n"));
}

#[test]
fn the_contents_name_every_page() {
    let book = book();
    let contents = &book["README.md"];
    for name in book.keys().filter(|name| *name != "README.md") {
        assert!(contents.contains(&format!("]({name}): ")), "{name} is not in the contents");
    }
}
