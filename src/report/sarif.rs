//! Problems as SARIF 2.1.0, in the part of it that code scanning of GitHub reads.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::case::{Case, Place, Subject, place, told};
use super::{ReportPrinter, View};
use crate::check::{Outcome, Results};
use crate::diag::{Code, json_text, sanitize};
use crate::files::Root;
use crate::render::Format;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Reports as SARIF.
pub const FORMAT: Format<ReportPrinter> =
    Format { name: "sarif", about: "SARIF 2.1.0, for code scanning", printer: print };

/// One run with a result for each problem. What holds is left out: an alert that is gone is closed.
fn print(results: &Results, view: &View) -> String {
    let cases: Vec<Case> = told(results).collect();
    let mut codes: Vec<Code> = cases.iter().map(Case::code).collect();
    codes.sort();
    codes.dedup();
    let result = |case: &Case| result(case, &codes, view);
    let mut driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
        "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
    });
    if let Some(repository) = option_env!("CARGO_PKG_REPOSITORY").filter(|uri| !uri.is_empty()) {
        driver["informationUri"] = json!(repository);
    }
    json_text(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": driver},
            // Runs of other commands do not close these alerts.
            "automationDetails": {"id": format!("vlmcalc/{}/", results.command)},
            "columnKind": "unicodeCodePoints",
            "results": cases.iter().map(result).collect::<Vec<_>>(),
        }],
    }))
}

fn rule(code: Code) -> Value {
    let text = json!({"text": code.description()});
    json!({"id": code.as_str(), "shortDescription": text, "fullDescription": text, "help": text})
}

fn result(case: &Case, codes: &[Code], view: &View) -> Value {
    let code = case.code();
    let mut value = json!({
        "ruleId": code.as_str(),
        "ruleIndex": codes.binary_search(&code).ok(),
        "level": if case.outcome() == Outcome::Warned { "warning" } else { "error" },
        "message": {"text": message(&case.lines().join("\n"))},
        "locations": [location(&case.place(), &view.root)],
        "partialFingerprints": {"vlmcalcFinding/v1": fingerprint(case, &view.root)},
    });
    let labels = case.diagnostic().map_or(&[][..], |diagnostic| &diagnostic.labels);
    if !labels.is_empty() {
        let related = labels.iter().enumerate().map(|(id, label)| {
            let mut related = location(&place(case.checked, label.span), &view.root);
            related["id"] = json!(id);
            if !label.text.is_empty() {
                related["message"] = json!({"text": message(&label.text)});
            }
            related
        });
        value["relatedLocations"] = related.collect();
    }
    value
}

fn location(place: &Place, root: &Root) -> Value {
    let mut region = Map::new();
    let mut set = |keys: [&str; 2], position: Option<(usize, usize)>| {
        let (line, column) = position?;
        region.insert(keys[0].to_owned(), json!(line));
        region.insert(keys[1].to_owned(), json!(column))
    };
    set(["startLine", "startColumn"], place.start);
    set(["endLine", "endColumn"], place.end);
    let mut physical = json!({"artifactLocation": {"uri": uri(&root.relative(place.file))}});
    // Without one the result is about the whole file.
    if !region.is_empty() {
        physical["region"] = Value::Object(region);
    }
    json!({"physicalLocation": physical})
}

/// The same from run to run as long as file, rule and path stay, whatever the line is.
fn fingerprint(case: &Case, root: &Root) -> String {
    let code = case.code().as_str();
    let said = match case.subject {
        Subject::Finding(finding) => format!("{}\0{}", finding.origin.name(), finding.path),
        // The numbers that are told together, whatever they are.
        Subject::Together(told) => {
            let names = told.changes.iter().map(|[name, ..]| format!("\0{name}"));
            format!("{code}{}", names.collect::<String>())
        }
        Subject::Fault(_) | Subject::Warning(_) => format!("{code}\0{}", case.message()),
    };
    let parts = [root.relative(&case.checked.file), said];
    // FNV-1a, 64 bits.
    let hash = parts.join("\0").bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Lines of a message; `[text](target)` in them is no link.
fn message(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(sanitize).collect();
    lines.join("\n").replace("](", "] (")
}

/// A path as a reference of RFC 3986.
fn uri(path: &str) -> String {
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(byte.into());
        } else {
            // Writing to a String cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_references() {
        assert_eq!(uri("a b/ü#1?.yaml"), "a%20b/%C3%BC%231%3F.yaml");
        assert_eq!(uri("c:d.yaml"), "c%3Ad.yaml");
        assert_eq!(uri("/a/b.yaml"), "file:///a/b.yaml");
    }

    #[test]
    fn messages_hold_no_links() {
        assert_eq!(message("[x](0)\n\u{1b}"), "[x] (0)\n\\u{1b}");
    }
}
