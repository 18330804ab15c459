//! Reports of very many specs and problems.

use vlmcalc::internals::check::{Checked, Finding, Origin, Results, Status};
use vlmcalc::internals::diag::{Code, Diagnostic, Source, Span};
use vlmcalc::internals::spec::Severity;

use super::{markdown, printed};

fn broken(path: String) -> Finding {
    let diagnostic = Diagnostic::error(Code::Policy, format!("`{path}` is too large"));
    Finding {
        origin: Origin::Policy { rule: "budget".into(), file: "vlmcalc.policy.yaml".into() },
        path,
        severity: Severity::Error,
        expected: "at most 1".into(),
        actual: Some("2".into()),
        off: Some("+1 (+100 %)".into()),
        value: None,
        breach: None,
        status: Status::Broken,
        diagnostic: Some(Box::new(diagnostic)),
    }
}

fn results(specs: usize, findings: usize) -> Results {
    let checked = (0..specs).map(|spec| Checked {
        file: format!("models/{spec}.yaml"),
        findings: (0..findings).map(|at| broken(format!("p{at}"))).collect(),
        ..Checked::default()
    });
    Results { command: "check", checked: checked.collect(), ..Results::default() }
}

#[test]
fn a_comment_fits_github() {
    for (specs, findings) in [(1, 0), (3, 40), (40, 100), (5000, 3)] {
        let text = printed(&results(specs, findings), "markdown");
        assert!(text.len() <= 65_536, "{} bytes", text.len());
        let page = markdown::read(&text);
        let shown = page.rows.len().saturating_sub(1) + page.items.len();
        let left = specs * findings + specs - shown;
        let said = format!("\n{left} more lines are left out");
        assert_eq!(text.contains(&said), left > 0, "{left} left of {specs} × {findings}");
        assert_eq!(page.html.iter().any(|html| html == "</details>"), !page.items.is_empty());
    }
}

#[test]
fn a_long_text_is_cut_where_people_read() {
    let mut long = results(1, 1);
    long.checked[0].findings[0].path = "é|".repeat(100_000);
    let text = printed(&long, "markdown");
    assert!(text.len() < 4000, "{}", text.len());
    assert_eq!(markdown::read(&text).rows[1].len(), 7);
}

#[test]
fn nothing_to_say_is_said() {
    for (format, wanted) in [
        ("tap", "1..0 # SKIP no expectations"),
        ("junit", "tests=\"0\""),
        ("sarif", "\"results\": []"),
        ("github", "vlmcalc check: 2 ok, 0 broken, 0 with errors\n"),
        ("markdown", "everything holds** (2 ok, 0 broken, 0 with errors)"),
    ] {
        let text = printed(&results(2, 0), format);
        assert!(text.contains(wanted), "{text}");
    }
}

#[test]
fn problems_without_their_words_keep_their_kind() {
    let mut many = results(1, 3);
    many.checked[0].findings[2].diagnostic = None;
    let text = printed(&many, "sarif");
    let run = super::readers::sarif(&text);
    assert_eq!(run["results"][2]["ruleId"], "policy");
    assert_eq!(run["results"][2]["message"]["text"], "`p2` is 2; expected at most 1");
}

#[test]
fn a_problem_in_a_policy_names_its_spec() {
    let mut results = results(1, 1);
    let checked = &mut results.checked[0];
    let id = checked.sources.add(Source::new("vlmcalc.policy.yaml", "a: 1\nb: 2\n"));
    let diagnostic = checked.findings[0].diagnostic.take();
    let span = Span::new(id, 5, 6);
    checked.findings[0].diagnostic = diagnostic.map(|d| Box::new(d.at(span, "")));
    let print = |format| printed(&results, format);
    let github = print("github");
    assert!(github.starts_with("::error file=vlmcalc.policy.yaml,line=2,"), "{github}");
    assert!(print("markdown").contains("| models/0.yaml (vlmcalc.policy.yaml:2) |"));
    let junit = print("junit");
    assert!(junit.contains("classname=\"models/0.yaml\" file=\"vlmcalc.policy.yaml\" line=\"2\""));
}
