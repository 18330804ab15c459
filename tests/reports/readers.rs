//! Reads every format back, as those who get the reports do.

use quick_junit::{NonSuccessKind, TestCaseStatus};
use serde_json::Value;
use uppsala::XsdValidator;

/// What a reader finds: the spec's file, what it is about, how it came out.
pub type Items = Vec<(String, String, String)>;

fn item(file: &str, title: &str, outcome: &str) -> (String, String, String) {
    (file.to_owned(), title.to_owned(), outcome.to_owned())
}

/// The object, and what it says.
pub fn json(text: &str) -> (Value, Items) {
    let report: Value = serde_json::from_str(text).unwrap();
    let mut items = Items::new();
    for spec in report["specs"].as_array().unwrap() {
        let file = spec["file"].as_str().unwrap();
        for problem in spec["problems"].as_array().unwrap() {
            items.push(item(file, problem["code"].as_str().unwrap(), verdict(problem)));
        }
        for finding in spec["findings"].as_array().unwrap() {
            let text = |key: &str| finding[key].as_str().unwrap();
            let title = format!("{} [{}]", text("path"), text("rule"));
            items.push(item(file, &title, verdict(finding)));
        }
    }
    (report, items)
}

fn verdict(value: &Value) -> &'static str {
    match (value["status"].as_str(), value["severity"].as_str()) {
        (Some("holds"), _) => "ok",
        (Some("broken") | None, Some("warn")) => "warn",
        (Some("broken"), _) => "broken",
        _ => "error",
    }
}

/// What the XML says; it is as its schema demands.
pub fn junit(text: &str) -> Items {
    let schema = include_str!("schemas/junit.xsd");
    let schema = XsdValidator::from_schema(&uppsala::parse(schema).unwrap()).unwrap();
    let errors = schema.validate(&uppsala::parse(text).unwrap());
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    let report = quick_junit::Report::deserialize_from_str(text).unwrap();
    let mut items = Items::new();
    let mut counts = [0; 3];
    for suite in &report.test_suites {
        for case in &suite.test_cases {
            counts[0] += 1;
            let outcome = match &case.status {
                TestCaseStatus::Success { .. } if case.system_out.is_some() => "warn",
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, .. } => "broken",
                TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. } => "error",
                _ => "ok",
            };
            counts[1] += usize::from(outcome == "broken");
            counts[2] += usize::from(outcome == "error");
            assert_eq!(case.classname.as_ref(), Some(&suite.name));
            items.push(item(&suite.name, &case.name, outcome));
        }
    }
    assert_eq!(counts, [report.tests, report.failures, report.errors]);
    items
}

/// The run of a document that is as the schema of SARIF demands.
pub fn sarif(text: &str) -> Value {
    // Its pattern of languages has a bracket too many to be a regular expression.
    let schema = include_str!("schemas/sarif-2.1.0.json").replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut document: Value = serde_json::from_str(text).unwrap();
    let errors: Vec<String> = schema.iter_errors(&document).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{text}");
    document["runs"][0].take()
}

/// A workflow command: its name, properties and data, as the runner understands a line.
pub type Command = (String, Vec<(String, String)>, String);

/// The commands that the runner finds, and the other lines.
pub fn github(text: &str) -> (Vec<Command>, Vec<String>) {
    let mut commands = Vec::new();
    let mut plain = Vec::new();
    for line in text.split(['\n', '\r']).filter(|line| !line.is_empty()) {
        let Some((head, data)) =
            line.trim_start().strip_prefix("::").and_then(|rest| rest.split_once("::"))
        else {
            plain.push(line.to_owned());
            continue;
        };
        let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
        let pairs = properties.split(',').filter_map(|pair| pair.split_once('='));
        let unescaped = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n");
            text.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
        };
        let pairs = pairs.map(|(key, value)| (key.to_owned(), unescaped(value))).collect();
        commands.push((name.to_owned(), pairs, unescaped(data)));
    }
    (commands, plain)
}

/// What TAP says, with the YAML of each test point.
pub fn tap(text: &str) -> Vec<(String, &'static str, Option<Value>)> {
    let mut lines = text.lines().peekable();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan: usize = lines.next().unwrap().strip_prefix("1..").unwrap().parse().unwrap();
    let mut points = Vec::new();
    while let Some(line) = lines.next() {
        let (ok, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (false, rest),
            None => (true, line.strip_prefix("ok ").unwrap_or_else(|| panic!("{line:?}"))),
        };
        let (number, description) = rest.split_once(" - ").unwrap();
        assert_eq!(number, (points.len() + 1).to_string());
        let (description, directive) = described(description);
        let mut yaml = None;
        if lines.next_if_eq(&"  ---").is_some() {
            let mut block = String::new();
            for line in lines.by_ref().take_while(|line| *line != "  ...") {
                block.push_str(line.strip_prefix("  ").unwrap());
                block.push('\n');
            }
            yaml = Some(serde_yaml::from_str(&block).unwrap());
        }
        let outcome = match (ok, directive.starts_with("TODO ")) {
            (true, _) => "ok",
            (false, true) => "warn",
            (false, false) => "broken",
        };
        points.push((description, outcome, yaml));
    }
    assert_eq!(points.len(), plan);
    points
}

/// A description without its escapes, and the directive after the first free `#`.
fn described(text: &str) -> (String, String) {
    let mut description = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => description.extend(rest.next()),
            '#' => break,
            c => description.push(c),
        }
    }
    (description.trim_end().to_owned(), rest.as_str().trim().to_owned())
}
