//! Pages of Markdown: their fenced blocks, and what the commands in them print.

use std::path::Path;

use crate::command::{Ran, vlmcalc_in};

/// What ends a command line whose exit code is shown.
const CODE_SHOWN: &str = " || echo \"exit code $?\"";

/// A fenced block.
pub struct Block<'a> {
    /// What stands after the fence: the language, and perhaps more.
    pub info: &'a str,
    /// Its lines.
    pub text: &'a str,
}

/// The fenced blocks of a page.
pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let inside = page.split("```").skip(1).step_by(2);
    let parted = inside.filter_map(|block| block.split_once('\n'));
    parted.map(|(info, text)| Block { info, text }).collect()
}

/// The page with what the command at the head of each `console` block prints in a folder.
pub fn with_output(page: &str, folder: &Path) -> String {
    let parts = page.split("```").enumerate().map(|(at, part)| match part.split_once('\n') {
        Some(("console", text)) if at % 2 == 1 => {
            let line = text.lines().next().unwrap();
            format!("console\n{line}\n{}", output(line.strip_prefix("$ ").unwrap(), folder))
        }
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("```")
}

/// The command lines of the `sh` blocks of a page, without comments.
pub fn shell_lines(page: &str) -> Vec<&str> {
    let blocks = blocks(page).into_iter().filter(|block| block.info == "sh");
    let lines = blocks.flat_map(|block| block.text.lines());
    let lines = lines.filter(|line| line.starts_with("vlmcalc "));
    lines.map(|line| line.split(" #").next().unwrap().trim_end()).collect()
}

/// The words of a command line, of which some may be in single quotes.
pub fn words(line: &str) -> Vec<&str> {
    let parts = line.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().collect(),
        _ => vec![part],
    });
    words.collect()
}

/// What a command line prints. Of a shell it knows `> FILE`, the filters `head -n N`, `tail -n N`
/// and one form of `sed`, and one form of `||`.
fn output(line: &str, folder: &Path) -> String {
    let (command, shows_code) = match line.strip_suffix(CODE_SHOWN) {
        Some(command) => (command, true),
        None => (line, false),
    };
    let (command, file) = match command.split_once(" > ") {
        Some((command, file)) => (command, Some(file)),
        None => (command, None),
    };
    let mut parts = command.split(" | ");
    // A shell has the exit code of the last of them.
    assert!(!shows_code || !command.contains(" | "), "{line}");
    let Ran { code, stdout, stderr } = vlmcalc_in(folder, &words(parts.next().unwrap())[1..]);
    let shown = parts.fold(stdout, |text, filter| filtered(&text, filter));
    let shown = match file {
        Some(file) => {
            std::fs::write(folder.join(file), shown).unwrap();
            String::new()
        }
        None => shown,
    };
    if shows_code {
        assert_ne!(code, 0, "{line}");
        return format!("{shown}{stderr}exit code {code}\n");
    }
    assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
    shown
}

fn filtered(text: &str, filter: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("{line}\n")).collect();
    let count = |name: &str| filter.strip_prefix(name).map(|count| count.parse().unwrap());
    if let Some(count) = count("head -n ") {
        return lines.into_iter().take(count).collect();
    }
    if let Some(count) = count("tail -n ") {
        return lines[lines.len().saturating_sub(count)..].concat();
    }
    let section = filter.strip_prefix("sed -n '/^").and_then(|f| f.strip_suffix("/,/^$/p'"));
    let section = section.unwrap_or_else(|| panic!("unknown filter: {filter}"));
    let mut lines = lines.into_iter().skip_while(|line| !line.starts_with(section));
    lines.by_ref().take_while(|line| line != "\n").collect()
}
