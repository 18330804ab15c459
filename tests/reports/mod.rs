//! Reports for CI: what they say of a fixed folder, and that no text breaks out of any of them.

pub mod hostile;
mod limits;
pub mod markdown;
pub mod readers;

use serde_json::Value;
use vlmcalc::internals::check::Results;
use vlmcalc::internals::report;

use crate::command::{Ran, vlmcalc};

/// The formats that are read back in this folder.
const FORMATS: [&str; 7] = ["json", "jsonl", "junit", "sarif", "github", "markdown", "tap"];

/// Results in a format.
fn printed(results: &Results, name: &str) -> String {
    let format = report::FORMATS.into_iter().find(|format| format.name == name).unwrap();
    (format.printer)(results, &report::View::default())
}

#[test]
fn every_format_for_programs_is_read_back() {
    let names = report::FORMATS.map(|format| format.name);
    assert_eq!(names[..2], ["text", "table"], "those for people come first");
    assert_eq!(names[2..], FORMATS, "a format needs its reader in `readers.rs`");
}

/// The report of the fixed folder.
fn checked(format: &str, more: &[&str]) -> String {
    let arguments = [&["check", "tests/reports/specs", "--format", format], more].concat();
    let Ran { code, stdout, stderr } = vlmcalc(&arguments);
    // Whoever reads the report reads everything, and nothing twice.
    assert_eq!((code, stderr.as_str()), (2, ""));
    stdout
}

#[test]
fn formats_of_a_folder() {
    for format in ["text", "table"].into_iter().chain(FORMATS) {
        let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
        let text = checked(format, &[]).replace(version, "\"version\": \"VERSION\"");
        insta::assert_snapshot!(format, text);
    }
}

#[test]
fn every_format_says_the_same() {
    let (_, all) = readers::json(&checked("json", &[]));
    assert_eq!(all.len(), 16);
    // A spec that cannot be read is one case, whatever is wrong with it.
    let unreadable = |file: &str| file.contains("/faults") || file.contains("/unreadable");
    let mut cases = all.clone();
    for (file, title, _) in &mut cases {
        if unreadable(file) {
            title.clear();
        }
    }
    cases.dedup();
    let mut junit = readers::junit(&checked("junit", &[]));
    for (file, title, _) in &mut junit {
        if unreadable(file) {
            title.clear();
        }
    }
    assert_eq!(junit, cases);
    let points = readers::tap(&checked("tap", &[]));
    let outcomes: Vec<&str> = points.iter().map(|(_, outcome, _)| *outcome).collect();
    let wanted: Vec<&str> = cases
        .iter()
        .map(|(_, _, outcome)| if outcome == "error" { "broken" } else { outcome })
        .collect();
    assert_eq!(outcomes, wanted);
    let wrong = all.iter().filter(|(_, _, outcome)| outcome != "ok").count();
    let lines = checked("jsonl", &[]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (json, _) = readers::json(&checked("json", &[]));
    assert_eq!(json["specs"], Value::Array(lines));
    let run = readers::sarif(&checked("sarif", &[]));
    assert_eq!(run["results"].as_array().map(Vec::len), Some(wrong));
    let (commands, plain) = readers::github(&checked("github", &[]));
    assert_eq!(commands.len(), wrong);
    assert_eq!(plain, ["vlmcalc check: 1 ok, 1 with warnings, 1 broken, 3 with errors"]);
    let levels: Vec<&str> = commands.iter().map(|(level, ..)| level.as_str()).collect();
    assert!(levels.is_sorted(), "errors come first: {levels:?}");
    let page = markdown::read(&checked("markdown", &[]));
    assert_eq!(page.rows.len() - 1 + page.items.len() - 4, wrong);
}

#[test]
fn people_are_told_each_problem_once() {
    let (_, all) = readers::json(&checked("json", &[]));
    let wrong = all.iter().filter(|(_, _, outcome)| outcome != "ok").count();
    let text = checked("text", &[]);
    let told =
        text.lines().filter(|line| line.starts_with("error[") || line.starts_with("warning["));
    assert_eq!(told.count(), wrong, "{text}");
    let list = checked("table", &[]);
    assert_eq!(list.lines().filter(|line| line.starts_with("        ")).count(), wrong, "{list}");
}

#[test]
fn warnings_fail_where_that_is_asked_for() {
    let strict = ["--fail-on-warn"];
    let warned = |items: readers::Items| items.iter().filter(|item| item.2 == "warn").count();
    assert_eq!(warned(readers::junit(&checked("junit", &[]))), 2);
    assert_eq!(warned(readers::junit(&checked("junit", &strict))), 0);
    assert!(!checked("tap", &strict).contains("# TODO"));
    assert!(!checked("github", &strict).contains("::warning"));
    let (json, _) = readers::json(&checked("json", &strict));
    assert_eq!(json["fail_on_warn"], true);
}

#[test]
fn results_of_sarif_name_their_rules() {
    let run = readers::sarif(&checked("sarif", &[]));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let mut fingerprints = std::collections::BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let fingerprint = result["partialFingerprints"]["vlmcalcFinding/v1"].as_str().unwrap();
        assert!(fingerprints.insert(fingerprint.to_owned()), "{fingerprint} twice");
        let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert!(uri.as_str().unwrap().starts_with("tests/reports/specs/"), "{uri}");
    }
    assert_eq!(readers::sarif(&checked("sarif", &[])), run);
}

#[test]
fn paths_start_from_the_workspace() {
    let folder = std::env::current_dir().unwrap();
    let here = folder.file_name().unwrap().to_string_lossy().into_owned();
    let run = |format: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_vlmcalc"))
            .args(["check", "tests/reports/specs/broken.yaml", "--format", format])
            .env("GITHUB_WORKSPACE", folder.parent().unwrap())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let path = format!("{here}/tests/reports/specs/broken.yaml");
    assert!(run("github").starts_with(&format!("::error file={path},line=6,col=18,")));
    assert!(run("sarif").contains(&format!("\"uri\": \"{path}\"")));
}

#[test]
fn schemas_notice_what_is_wrong() {
    let refused = |format: &str, from: &str, to: &str| {
        let text = checked(format, &[]);
        assert!(text.contains(from), "{format} has no {from}");
        let text = text.replacen(from, to, 1);
        std::panic::catch_unwind(|| match format {
            "junit" => drop(readers::junit(&text)),
            _ => drop(readers::sarif(&text)),
        })
        .is_err()
    };
    for (from, to) in [
        ("<testcase name=", "<testcase nmae="),
        ("tests=\"14\"", "tests=\"many\""),
        (" classname=", " class="),
        ("<failure", "<system-out/><failure"),
    ] {
        assert!(refused("junit", from, to), "{from} as {to}");
    }
    for (from, to) in [
        ("\"text\": ", "\"texte\": "),
        ("\"level\": \"error\"", "\"level\": \"bad\""),
        ("\"startLine\": 6", "\"startLine\": 0"),
        ("\"version\": \"2.1.0\"", "\"version\": \"2\""),
    ] {
        assert!(refused("sarif", from, to), "{from} as {to}");
    }
}
