//! The file's text: a line for each number, so that git merges what two people change in different
//! specs. It says nothing of the day or the machine.

use std::fmt::Write as _;

use super::figures::{Figure, order};
use super::file::{Baseline, VERSION};
use crate::diag::sanitize;

/// The whole file, every line ended. `command` writes it again.
pub fn text(baseline: &Baseline, command: &str) -> String {
    // A name with a line break must not leave its comment.
    let command = sanitize(command);
    let mut out = format!(
        "# The numbers of these specs as they were last accepted.\n\
         # `vlmcalc baseline check` fails when one of them changes; to accept what they are now:\n\
         #   {command}\n\
         version: {VERSION}\npaths:\n"
    );
    for path in &baseline.paths {
        let _ = writeln!(out, "  - {}", scalar(path));
    }
    out.push_str("specs:\n");
    for (spec, figures) in &baseline.specs {
        let _ = writeln!(out, "  {}:", scalar(spec));
        let mut figures: Vec<_> = figures.iter().collect();
        figures.sort_by_key(|(path, _)| order(path));
        for (path, figure) in figures {
            let _ = match figure {
                Figure::Known(value) => writeln!(out, "    {path}: {value}"),
                Figure::Formula(formula) => writeln!(out, "    {path}: {}", quoted(formula)),
                Figure::Unknown => writeln!(out, "    {path}: null"),
            };
        }
    }
    out
}

/// A path as it is, or in quotes where YAML would take it for something else.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+@ ".contains(c);
    let starts = text.starts_with(|c: char| c.is_alphabetic() || "./_".contains(c));
    let word = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_word = word.contains(&text.to_lowercase().as_str()) || text.chars().all(|c| c == '.');
    let clean = text.chars().all(plain) && starts && !text.ends_with(' ') && !is_word;
    // `.5`, `.inf`, `.nan`
    let number = text.strip_prefix('.').is_some_and(|rest| !rest.contains('/'));
    if clean && !number { text.to_owned() } else { quoted(text) }
}

/// Text in double quotes, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    // JSON leaves these as they are; YAML takes some of them for line breaks, and refuses others.
    let risky = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}');
    let escape = |c: char| {
        if risky(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }
    };
    quoted.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;

    #[test]
    fn any_name_is_read_as_it_was_written() {
        for name in [
            "configs/a.yaml",
            "a b.yaml",
            "é 中.yaml",
            "x\ny.yaml",
            "- a",
            "null",
            "~",
            "1.5",
            ".5",
            "yes",
            "a: b.yaml",
            "a #b",
            "'q'",
            "\"q\"",
            "*x",
            "C:\\x",
            "\u{2028}",
            "\u{85}",
            ".",
            "[x]",
            "trailing ",
            "<<",
            "=",
            "..",
            "\u{feff}a",
        ] {
            let figures = [("tokens.text".to_owned(), Figure::Formula("T: {x}".to_owned()))];
            let baseline = Baseline {
                paths: vec![name.to_owned()],
                specs: [(name.to_owned(), figures.into())].into(),
            };
            let text = text(&baseline, &format!("vlmcalc baseline write --file {name}"));
            let read = file::parse(crate::diag::Source::new("f", text.as_str()));
            assert_eq!(read.unwrap().baseline, baseline, "{name:?}:\n{text}");
        }
    }
}
