//! A drill as a text file that Anki imports (docs.ankiweb.net, "Text Files"): tab-separated, fields
//! in HTML, an id for each note so that a second import updates it.

use crate::diag::{sanitize, xml};
use crate::drill::answer::Expected;
use crate::drill::question::Question;
use crate::drill::reading::letter;

/// What Anki must know, before the notes.
const HEADER: &str = "#separator:tab\n#html:true\n#notetype:Basic\n#deck:vlmcalc drill\n\
                      #columns:Id\tFront\tBack\tTags\n#guid column:1\n#tags column:4\n";

/// One note for each question.
pub fn print(questions: &[Question]) -> String {
    questions.iter().fold(HEADER.to_owned(), |mut out, question| {
        let tags = format!("vlmcalc::{} vlmcalc::level-{}", question.topic, question.level);
        let fields = [question.id(), front(question), back(question), tags];
        out.push_str(&fields.join("\t"));
        out.push('\n');
        out
    })
}

fn front(question: &Question) -> String {
    let mut lines = vec![escaped(&question.text)];
    if let Expected::Choice { options, .. } = &question.expected {
        let options = options.iter().enumerate();
        lines.extend(options.map(|(at, option)| format!("{}) {}", letter(at), escaped(option))));
    }
    lines.join("<br>")
}

fn back(question: &Question) -> String {
    let list = |items: Vec<String>| {
        let items: Vec<String> = items.iter().map(|item| format!("<li>{item}</li>")).collect();
        format!("<ul>{}</ul>", items.concat())
    };
    let mut back = format!("<b>{}</b>", escaped(&question.expected.show()));
    back.push_str(&list(question.steps.iter().map(|step| escaped(step)).collect()));
    if !question.mistakes.is_empty() {
        let mistakes = question.mistakes.iter().map(|mistake| {
            let given = question.expected.show_given(&mistake.answer);
            format!("{}: {}", escaped(&given), escaped(&mistake.why))
        });
        back.push_str("Usual mistakes:");
        back.push_str(&list(mistakes.collect()));
    }
    back
}

/// Text that HTML takes as it is; tabs and line breaks are escaped with other control characters.
/// A quotation mark would begin a quoted field, and `#` at the start a header line.
fn escaped(text: &str) -> String {
    let safe = sanitize(text);
    match safe.strip_prefix('#') {
        Some(after) => format!("&#35;{}", xml(after)),
        None => xml(&safe),
    }
}
