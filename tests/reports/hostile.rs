//! Text that tries to break out of every format.

use vlmcalc::internals::check::{Checked, Finding, Origin, Results, RuleUse, Status};
use vlmcalc::internals::diag::{Code, Diagnostic, Source, Span, is_unsafe, sanitize};
use vlmcalc::internals::spec::Severity;

use super::{markdown, printed, readers};
use crate::command::Ran;
use crate::folder::Folder;

/// Commands of GitHub, ends of XML, HTML, YAML, TAP and Markdown, marks, links, and characters
/// that a terminal acts on or hides.
pub const EVIL: &str = "a\n::set-output name=x::y\r\n##[add-path]z\nok 9 - x # SKIP \\# TODO \\\n  ...\n\
    ]]></failure><script>alert(1)</script>&lt;<!-- --> |x|`` ` ```\n| a | b |\n\n# @team #12 <@a> \
    https://a.b www.c.d [t](http://e) ![i](f) ~~s~~ **b** _u_ </details> \", 'x': {0} %0A%25,line=1:: \
    \u{1b}[31m\u{9b}1m\u{202e}\u{200b}\0\u{fffe}\u{feff}\u{e0041}\u{2028}\t$(x) ${{ y }}";

/// As much of it as a file's name may hold.
pub const FILE: &str = "x\n::set-output name=a::b]]>|`@team`-->\u{1b}[31m\u{202e}%0A,:";

/// A file's name; two slashes in it would be one.
fn file() -> String {
    EVIL.replace("//", "/")
}

/// A text as YAML says it between quotes: it holds no control characters but as escapes.
pub fn quoted(text: &str) -> String {
    let escaped =
        |c: char| if c.is_ascii() { c.to_string() } else { format!("\\U{:08x}", c as u32) };
    serde_json::to_string(text).unwrap().chars().map(escaped).collect()
}

/// What a reader finds where a person may see it.
fn seen() -> String {
    sanitize(EVIL).into_owned()
}

fn finding(status: Status, severity: Severity) -> Finding {
    Finding {
        origin: Origin::Policy { rule: EVIL.into(), file: EVIL.into() },
        path: EVIL.into(),
        severity,
        expected: EVIL.into(),
        actual: Some(EVIL.into()),
        off: Some(EVIL.into()),
        value: None,
        breach: None,
        status,
        diagnostic: None,
    }
}

/// Every field of results that may come from outside is hostile.
fn results() -> Results {
    let mut checked = Checked { file: file(), name: Some(EVIL.into()), ..Checked::default() };
    let id = checked.sources.add(Source::new(file(), EVIL.repeat(3)));
    let problem = |code, severity| Diagnostic {
        severity,
        ..Diagnostic::error(code, EVIL)
            .at(Span::new(id, 5, 40), EVIL)
            .label(Span::new(id, 60, 70), EVIL)
            .note(EVIL)
            .help(EVIL)
    };
    let error = vlmcalc::internals::diag::Severity::Error;
    let warning = vlmcalc::internals::diag::Severity::Warning;
    checked.warnings = vec![problem(Code::ContextExceeded, warning)];
    for (status, severity) in [
        (Status::Holds, Severity::Error),
        (Status::Broken, Severity::Error),
        (Status::Broken, Severity::Warn),
        (Status::Unclear, Severity::Error),
    ] {
        let mut finding = finding(status, severity);
        if status != Status::Holds {
            finding.diagnostic = Some(Box::new(problem(Code::Policy, error)));
        }
        checked.findings.push(finding);
    }
    // One of very many has no words of its own.
    checked.findings.push(finding(Status::Broken, Severity::Error));
    let unreadable = Checked {
        faults: vec![problem(Code::BadYaml, error), problem(Code::BadValue, error)],
        sources: checked.sources.clone(),
        file: file(),
        ..Checked::default()
    };
    let rule = RuleUse { name: EVIL.into(), file: EVIL.into(), matched: 1, broken: 1 };
    Results {
        command: "check",
        checked: vec![checked, unreadable],
        rules: vec![rule],
        fail_on_warn: false,
    }
}

fn print(format: &str) -> String {
    let text = printed(&results(), format);
    assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text:?}");
    text
}

#[test]
fn json_keeps_every_text_to_the_letter() {
    let (report, items) = readers::json(&print("json"));
    assert_eq!(items.len(), 8);
    let title = format!("{EVIL} [policy/{EVIL}]");
    for (file, said, _) in &items {
        assert_eq!(*file, self::file());
        assert!(*said == title || Code::parse(said).is_some(), "{said}");
    }
    assert_eq!(report["specs"][0]["findings"][1]["help"], EVIL);
    assert_eq!(report["specs"][1]["problems"][0]["notes"][0], EVIL);
    assert_eq!(report["rules"][0]["file"], EVIL);
}

#[test]
fn junit_has_its_cases_and_no_more() {
    let items = readers::junit(&print("junit"));
    let outcomes: Vec<&str> = items.iter().map(|item| item.2.as_str()).collect();
    assert_eq!(outcomes, ["warn", "ok", "broken", "warn", "error", "broken", "error"]);
    assert_eq!(items[1].1, format!("{} [policy/{}]", seen(), seen()));
}

#[test]
fn sarif_has_its_results_and_no_more() {
    let run = readers::sarif(&print("sarif"));
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 7);
    for result in results {
        let text = result["message"]["text"].as_str().unwrap();
        assert!(!text.contains("]("), "{text}");
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
    }
}

#[test]
fn github_gets_its_commands_and_no_more() {
    let (commands, plain) = readers::github(&print("github"));
    let levels: Vec<&str> = commands.iter().map(|command| command.0.as_str()).collect();
    assert_eq!(levels, ["error", "error", "error", "error", "error", "warning", "warning"]);
    assert_eq!(plain.len(), 1);
    for (_, properties, data) in &commands {
        let keys: Vec<&str> = properties.iter().map(|(key, _)| key.as_str()).collect();
        assert!(
            [&["file", "title"][..], &["file", "line", "col", "title"]].contains(&keys.as_slice()),
            "{keys:?}"
        );
        assert_eq!(properties[0].1, sanitize(&file()));
        assert!(data.contains(&seen()) || data.contains("is a\\u{a}"), "{data}");
    }
}

#[test]
fn markdown_shows_its_rows_and_no_more() {
    let text = print("markdown");
    let page = markdown::read(&text);
    assert_eq!(page.html.len(), 3, "{:?}", page.html);
    assert!(page.rows.iter().all(|row| row.len() == 7), "{:?}", page.rows);
    // Three broken findings below the header; a warning, an unclear one and two faults; a rule; what holds.
    assert_eq!((page.rows.len(), page.items.len()), (4, 6));
    assert!(!markdown::notifies(&text), "{text}");
    let cut: String = seen().chars().take(160).collect();
    assert_eq!(page.rows[1][2], format!("{cut}…"));
}

#[test]
fn tap_has_its_points_and_no_more() {
    let points = readers::tap(&print("tap"));
    let outcomes: Vec<&str> = points.iter().map(|point| point.1).collect();
    assert_eq!(outcomes, ["warn", "ok", "broken", "warn", "broken", "broken", "broken"]);
    let title = format!("{}: {} [policy/{}]", sanitize(&file()), seen(), seen());
    assert_eq!(points[2].0, title);
    let yaml = points[2].2.as_ref().unwrap();
    assert_eq!(yaml["message"].as_str(), Some(seen().as_str()));
    assert_eq!(yaml["data"]["path"].as_str(), Some(seen().as_str()));
    assert_eq!(points[6].2.as_ref().unwrap()["more"].as_array().map(Vec::len), Some(1));
}

#[test]
#[cfg(unix)]
fn hostile_files_are_checked_like_others() {
    let folder = Folder::new();
    let quoted = quoted(EVIL);
    let known = "image: 224\nencoder: {patch: 16}\nbridge: linear\n";
    let name = format!("{FILE}.yaml");
    let files = [
        (name.as_str(), format!("{known}name: {quoted}\nexpect: {{tokens.visual: 1}}\n")),
        ("key.yaml", format!("{known}expect: {{? {quoted} : 1}}\n")),
        ("value.yaml", format!("{known}prompt: {{text_tokens: {quoted}}}\n")),
        ("old.yaml", "bridge: '##[add-path]x'\n".to_owned()),
        ("variant.yaml", format!("image: 224\nbridge: {quoted}\n")),
    ];
    for (name, text) in &files {
        folder.write(name, text);
    }
    let run = |format: &str| {
        let Ran { code, stdout, stderr } = folder.run(&["check", ".", "--format", format]);
        assert_eq!((code, stderr.as_str()), (2, ""));
        assert!(!stdout.chars().any(|c| c != '\n' && is_unsafe(c)), "{stdout:?}");
        stdout
    };
    for format in ["text", "table"] {
        run(format);
    }
    assert_eq!(run("jsonl").lines().count(), 5);
    assert_eq!(readers::json(&run("json")).1.len(), 5);
    assert_eq!(readers::junit(&run("junit")).len(), 5);
    assert_eq!(readers::sarif(&run("sarif"))["results"].as_array().unwrap().len(), 5);
    let (commands, plain) = readers::github(&run("github"));
    assert_eq!((commands.len(), plain.len()), (5, 1));
    assert_eq!(readers::tap(&run("tap")).len(), 5);
    let text = run("markdown");
    let page = markdown::read(&text);
    assert_eq!((page.rows.len(), page.items.len(), markdown::notifies(&text)), (2, 6, false));
}
