//! Every output format of every command: the same specs are shown twice, once with harmless names and
//! once with hostile ones, and a reader of the format finds the same structure in both.

use std::collections::BTreeSet;

use clap::Arg;
use clap::builder::PossibleValue;
use pulldown_cmark::{Event, Options, Parser};
use quick_xml::events::Event as Xml;
use serde_json::Value;
use vlmcalc::internals::diag::is_unsafe;

use super::commands::{arguments, commands};
use super::place::{Place, run};
use crate::command::Ran;
use crate::reports::{hostile, markdown, readers};

/// Options that choose what an output is written in.
const FORMATS: [&str; 2] = ["format", "export"];

/// Other arguments with a list of values.
const OTHERS: [&str; 10] =
    ["action", "color", "file", "level", "logits", "section", "shell", "stage", "topic", "units"];

/// What a command takes as a value and refuses to print.
const REFUSED: [(&str, &str); 1] = [("forward", "csv")];

/// Commands with formats that print what is built in, and no text of a file.
const OF_NO_FILE: [&str; 1] = ["presets list"];

/// What is left of a text without the names in it.
type Structure = Vec<String>;

/// Finds it.
type Reader = fn(&str) -> Structure;

/// How each format is read back.
const READERS: &[(&str, Reader)] = &[
    ("table", lines),
    ("text", lines),
    ("terminal", lines),
    ("markdown", of_markdown),
    ("json", of_json),
    ("jsonl", of_jsonl),
    ("csv", |text| of_rows(text, b',')),
    ("anki", of_anki),
    ("mermaid", of_mermaid),
    ("dot", of_dot),
    ("svg", of_svg),
    ("junit", of_junit),
    ("sarif", of_sarif),
    ("github", of_github),
    ("tap", of_tap),
];

/// A command with an option that chooses a format, and a value of it.
fn formats() -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for (name, command) in commands() {
        for argument in arguments(&command).filter(|argument| FORMATS.contains(&id(argument))) {
            let values = argument.get_possible_values();
            assert!(!values.is_empty(), "{name}: a format is one of a list");
            let values = values.iter().map(PossibleValue::get_name);
            found.extend(
                values.map(|value| (name.clone(), id(argument).to_owned(), value.to_owned())),
            );
        }
    }
    found
}

fn id(argument: &Arg) -> &str {
    argument.get_id().as_str()
}

#[test]
fn every_list_of_values_is_one_of_formats_or_known_to_be_none() {
    for (name, command) in commands() {
        for argument in arguments(&command).filter(|one| one.get_action().takes_values()) {
            let known = [&FORMATS[..], &OTHERS].concat().contains(&id(argument));
            assert!(known || argument.get_possible_values().is_empty(), "{name}: {}", id(argument));
        }
    }
}

#[test]
fn the_first_format_is_the_default() {
    for (name, command) in commands() {
        for argument in arguments(&command).filter(|argument| id(argument) == "format") {
            let first = argument.get_possible_values().swap_remove(0);
            assert_eq!(argument.get_default_values(), [first.get_name()], "{name}");
        }
    }
}

#[test]
fn every_format_has_its_reader() {
    let used: BTreeSet<String> = formats().into_iter().map(|(_, _, value)| value).collect();
    let read: BTreeSet<String> = READERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(used, read);
}

#[test]
fn hostile_text_stays_in_its_place() {
    let calm = Place::new("a name", "file");
    let evil = Place::new(hostile::EVIL, hostile::FILE);
    for (command, option, format) in formats() {
        let what = format!("vlmcalc {command} --{option} {format}");
        if OF_NO_FILE.contains(&command.as_str()) {
            continue;
        }
        let shown = run(&command).shown.unwrap_or_else(|| panic!("{what}: of which file?"));
        let print = |place: &Place| {
            let Ran { code, stdout, stderr } =
                place.run(&command, shown, &[&format!("--{option}"), &format]);
            let refused = REFUSED.contains(&(command.as_str(), format.as_str()));
            assert_eq!(stdout.is_empty(), refused, "{what}: {stderr}");
            // Of the characters that a text may not bring along, these are the format's own.
            let own: &[char] = if format == "anki" { &['\n', '\t'] } else { &['\n'] };
            for text in [&stdout, &stderr] {
                let foreign = text.chars().find(|c| is_unsafe(*c) && !own.contains(c));
                assert_eq!(foreign, None, "{what}: {text:?}");
            }
            (code, stdout)
        };
        let (first, second) = (print(&calm), print(&evil));
        if first.1.is_empty() {
            continue;
        }
        assert_eq!(first.0, second.0, "{what}: exit codes");
        assert!(!first.1.is_empty() && first.1 != second.1, "{what} shows no name");
        let (_, read) = READERS.iter().find(|(name, _)| *name == format).unwrap();
        let (first, second) = (read(&first.1), read(&second.1));
        let unlike = first.iter().zip(&second).find(|(calm, evil)| calm != evil);
        assert_eq!(unlike, None, "{what}");
        assert_eq!(first.len(), second.len(), "{what}");
    }
}

/// Text for people: what a terminal acts on is not in it, and that is all that is asked.
fn lines(_: &str) -> Structure {
    Vec::new()
}

/// Keys, lengths of lists, and kinds of values.
fn of_json(text: &str) -> Structure {
    let mut found = Vec::new();
    of_value(&serde_json::from_str(text).unwrap(), "", &mut found);
    found
}

/// As JSON, line by line.
fn of_jsonl(text: &str) -> Structure {
    text.lines().flat_map(of_json).collect()
}

fn of_value(value: &Value, path: &str, found: &mut Structure) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| of_value(value, &format!("{path}.{key}"), found));
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(at, item)| of_value(item, &format!("{path}[{at}]"), found));
        }
        Value::String(_) => found.push(format!("{path}: text")),
        // A run says how long it took.
        Value::Number(_) => found.push(format!("{path}: number")),
        other => found.push(format!("{path}: {other}")),
    }
}

/// The number of cells in each row.
fn of_rows(text: &str, separator: u8) -> Structure {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    reader.records().map(|row| row.unwrap().len().to_string()).collect()
}

/// Rows, with the elements in each field, since Anki reads HTML.
fn of_anki(text: &str) -> Structure {
    of_rows(text, b'\t').into_iter().chain(tags(text)).collect()
}

/// The elements that HTML has.
fn tags(html: &str) -> Structure {
    let opened = html.split('<').skip(1).filter_map(|rest| Some(rest.split_once('>')?.0));
    opened.map(str::to_owned).collect()
}

/// Blocks, marks and HTML, and whether GitHub notifies somebody.
fn of_markdown(text: &str) -> Structure {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    let mut found = vec![format!("notifies: {}", markdown::notifies(text))];
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Text(_) | Event::SoftBreak => {}
            Event::Code(_) => found.push("code".to_owned()),
            Event::Html(html) | Event::InlineHtml(html) => found.extend(tags(&html)),
            other => found.push(format!("{other:?}")),
        }
    }
    found
}

/// The lines without what stands in quotes, and the elements in the quotes.
fn of_mermaid(text: &str) -> Structure {
    let mut found = tags(text);
    for line in text.lines() {
        assert!(line.matches('"').count() % 2 == 0, "{line}");
        found.push(line.split('"').step_by(2).collect());
    }
    found
}

/// What stands neither in quotes nor in a label of HTML, and the elements of such labels.
fn of_dot(text: &str) -> Structure {
    let (mut is_quoted, mut angles, mut bare) = (false, 0usize, String::new());
    for c in text.chars() {
        match c {
            '"' if angles == 0 => is_quoted = !is_quoted,
            '<' if !is_quoted => angles += 1,
            '>' if !is_quoted => angles = angles.saturating_sub(1),
            _ if is_quoted || angles == 1 => continue,
            _ => {}
        }
        bare.push(c);
    }
    bare.lines().map(str::to_owned).collect()
}

/// Elements with the names of their attributes.
fn of_xml(text: &str) -> Structure {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Xml::Eof => return found,
            Xml::Text(_) | Xml::GeneralRef(_) | Xml::End(_) => {}
            Xml::Start(tag) | Xml::Empty(tag) => {
                let names = tag.attributes().map(|one| one.unwrap().key.as_ref().to_owned());
                let names: Vec<String> = names.collect();
                found.push(format!("{} {}", tag.name().as_ref(), names.join(" ")));
            }
            other => found.push(format!("{other:?}")),
        }
    }
}

/// Elements; a long name may take several lines, each an element.
fn of_svg(text: &str) -> Structure {
    let mut found = of_xml(text);
    found.dedup();
    found
}

/// Elements, and how the cases came out.
fn of_junit(text: &str) -> Structure {
    let outcomes = readers::junit(text).into_iter().map(|(_, _, outcome)| outcome);
    of_xml(text).into_iter().chain(outcomes).collect()
}

fn of_sarif(text: &str) -> Structure {
    readers::sarif(text);
    of_json(text)
}

/// Commands with the names of their properties, and how many lines are none.
fn of_github(text: &str) -> Structure {
    let (commands, plain) = readers::github(text);
    let commands = commands.into_iter().map(|(name, properties, _)| {
        let keys: Vec<String> = properties.into_iter().map(|(key, _)| key).collect();
        format!("{name} {}", keys.join(" "))
    });
    commands.chain([format!("{} lines", plain.len())]).collect()
}

/// How the points came out, with the keys of their YAML.
fn of_tap(text: &str) -> Structure {
    let mut found = Vec::new();
    for (_, outcome, yaml) in readers::tap(text) {
        found.push(outcome.to_owned());
        of_value(&yaml.unwrap_or_default(), "", &mut found);
    }
    found
}
