//! Results as JUnit XML: a suite for each spec, a case for each finding and warning.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::case::{Case, cases};
use super::words::claim;
use super::{ReportPrinter, View};
use crate::check::{Checked, Outcome, Results};
use crate::diag::sanitize;
use crate::render::Format;

/// Reports as JUnit XML.
pub const FORMAT: Format<ReportPrinter> = Format {
    name: "junit",
    about: "JUnit XML, for test reports: a suite for each spec, a case for each finding",
    printer: print,
};

/// The results as one document. It has no times: the same specs give the same text.
fn print(results: &Results, view: &View) -> String {
    let mut report = Report::new(format!("vlmcalc {}", results.command));
    report.add_test_suites(results.checked.iter().map(|checked| suite(checked, results, view)));
    // Writing to memory cannot fail.
    report.to_string().unwrap_or_default()
}

fn suite(checked: &Checked, results: &Results, view: &View) -> TestSuite {
    let file = safe(&view.root.relative(&checked.file));
    let mut suite = TestSuite::new(file.as_str());
    let mut faults = Vec::new();
    for case in cases(checked) {
        if case.outcome() == Outcome::Error && case.finding().is_none() {
            faults.push(case);
        } else {
            suite.add_test_case(test(&file, &case.title(), &[case], results, view));
        }
    }
    if !faults.is_empty() {
        suite.add_test_case(test(&file, claim(checked), &faults, results, view));
    }
    suite
}

/// The test case of one finding or warning, or of all faults of a spec.
fn test(file: &XmlString, title: &str, cases: &[Case], results: &Results, view: &View) -> TestCase {
    let texts = || cases.iter().map(Case::text).collect::<Vec<_>>().join("\n\n");
    let first = cases.first();
    let outcome = first.map_or(Outcome::Ok, Case::outcome);
    let mut status = TestCaseStatus::success();
    if let Some(case) = first.filter(|case| case.fails(results)) {
        status = TestCaseStatus::non_success(match outcome {
            Outcome::Error => NonSuccessKind::Error,
            _ => NonSuccessKind::Failure,
        });
        status.set_type(case.code().as_str()).set_message(safe(&case.message()));
        status.set_description(texts());
    }
    let passes = matches!(status, TestCaseStatus::Success { .. });
    let mut test = TestCase::new(safe(title), status);
    test.set_classname(file.clone());
    // GitLab and others link to these.
    if let Some(place) = first.map(Case::place) {
        test.extra.insert("file".into(), safe(&view.root.relative(place.file)));
        let line = place.start.map(|(line, _)| ("line".into(), line.to_string().into()));
        test.extra.extend(line);
    }
    if passes && outcome == Outcome::Warned {
        test.set_system_out(texts());
    }
    test
}

/// Text in which XML has nothing to object to.
fn safe(text: &str) -> XmlString {
    XmlString::new(sanitize(text))
}
