//! What holds of every format.

use super::*;
use crate::drill::answer::Expected;
use crate::drill::draw::{Settings, draw};
use crate::drill::kind::Kind;
use crate::drill::tolerance::Tolerance;

fn drill() -> Vec<Question> {
    draw(&Settings { count: 12, seed: 5, ..Settings::default() })
}

fn hostile() -> Vec<Question> {
    let name = "#a\tb\nc\"d\" <img src=x> |*_ \u{1b}[31m\u{202e}";
    let expected = Expected::number(7, Kind::Count, Tolerance::Exact);
    vec![
        Question::new("patches", 1, format!("{name}: How many?"), expected)
            .mistake(Some(8), name)
            .steps([name.to_owned()]),
    ]
}

const VIEW: View = View::new(Some(80), false);

fn sheet(questions: &[Question]) -> Sheet<'_> {
    Sheet { seed: Some(5), questions, answered: None, options: "" }
}

#[test]
fn anki_gets_the_columns_it_is_promised() {
    for questions in [drill(), hostile()] {
        let text = anki(&questions);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b'\t')
            .has_headers(false)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.len(), questions.len());
        for row in rows {
            assert_eq!(row.len(), 4);
            assert!(!row[1].contains("<img") && !row[2].contains("<img"));
            assert!(row[3].split(' ').all(|tag| tag.starts_with("vlmcalc::")));
        }
        for header in ["#separator:tab", "#html:true", "#columns:", "#tags column:4"] {
            assert!(text.lines().any(|line| line.starts_with(header)), "{header}");
        }
    }
}

#[test]
fn json_says_everything() {
    let questions = drill();
    let value: serde_json::Value =
        serde_json::from_str(&(json::FORMAT.printer.print)(&sheet(&questions), &VIEW)).unwrap();
    assert_eq!(value["schema_version"], json::SCHEMA_VERSION);
    let all = value["questions"].as_array().unwrap();
    assert_eq!(all.len(), questions.len());
    for one in all {
        for key in ["id", "topic", "level", "text", "answer", "hint", "steps", "mistakes"] {
            assert!(!one[key].is_null(), "{key}: {one}");
        }
        assert!(!one["answer"]["value"].is_null() && one["answer"]["text"].is_string());
    }
}

#[test]
fn text_from_outside_is_made_safe() {
    let questions = hostile();
    let answered = [Answered::judge(&questions[0], Some("\u{1b}]0;x\u{7}"))];
    let sheet = Sheet { answered: Some(&answered), ..sheet(&questions) };
    for format in FORMATS {
        let text = (format.printer.print)(&sheet, &VIEW);
        assert!(!text.contains(['\u{1b}', '\u{7}', '\t']), "{text:?}");
        assert!(format.name == "json" || !text.contains('\u{202e}'), "{text:?}");
        assert!(format.name != "markdown" || !text.contains("<img"), "{text}");
    }
    assert!(!anki(&questions).contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let questions = drill();
    for line in (terminal::FORMAT.printer.print)(&sheet(&questions), &VIEW).lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
