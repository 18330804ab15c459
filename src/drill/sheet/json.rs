//! A drill as JSON.
//!
//! `schema_version`, `seed` (null if the questions have none), `questions[]` of `id`, `topic`, `level`,
//! `text`, `options[]` (of a choice), `answer`, `hint`, `steps[]` and `mistakes[]` of `answer` and
//! `why`. An answer has a `type` (`number`, `shape` or `choice`), a `value` (an exact integer, a
//! list of them, or the index of an option from 0; a share in percent is a fraction, `numerator`
//! and `denominator`) and a `text`; the right one of a number also a `kind` (`count`, `flop`,
//! `bytes`, `percent`) and a `tolerance` in words. Of a drill that was answered each question also
//! has `given`, `outcome` (`right`, `wrong`, `skipped`, `late`) and `why`, and there is `score` of
//! `right`, `asked`, `percent` (rounded down; null if nothing was asked), `by_topic` and
//! `practise[]`.
//!
//! `drill progress` has `schema_version`, `file`, `right`, `asked` and `percent`, `topics` with the
//! same of each and its `weight` (how often it comes, of 1000), and `missed[]`, the questions that
//! `--again` asks, of `id`, `topic` and `spec`.

use serde_json::{Map, Number, Value, json};

use super::{Sheet, SheetPrinter, Topics};
use crate::diag::json_text;
use crate::drill::answer::{Expected, Given};
use crate::drill::answered::{self, Answered};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::topics::{LEVELS, TOPICS};
use crate::render::{Data, Format, View};
use crate::units::Fraction;

/// Raised when a key changes its meaning or goes; new keys do not raise it.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// A drill as JSON.
pub const FORMAT: Format<SheetPrinter> = Format {
    name: "json",
    about: "JSON with stable keys and exact integers",
    printer: SheetPrinter { print, is_asked: false },
};

/// The topics as JSON.
pub const TOPICS_FORMAT: Format<Data<Topics>> = FORMAT.with(|_, _| topics());

/// The drill as one object.
fn print(sheet: &Sheet, _: &View) -> String {
    let questions = sheet.questions.iter().enumerate().map(|(at, question)| {
        let mut object = asked(question);
        if let Some(all) = sheet.answered {
            let one = all.get(at).cloned().unwrap_or_else(Answered::nothing);
            object.insert("given".into(), json!(one.given));
            object.insert("outcome".into(), json!(one.outcome.name()));
            object.insert("why".into(), json!(one.why));
        }
        Value::Object(object)
    });
    let mut drill = Map::new();
    drill.insert("schema_version".into(), json!(SCHEMA_VERSION));
    drill.insert("seed".into(), json!(sheet.seed));
    drill.insert("questions".into(), questions.collect());
    if let Some(all) = sheet.answered {
        let score = answered::score(sheet.questions, all);
        let by_topic: Map<String, Value> = score
            .topics
            .iter()
            .map(|(name, tally)| {
                ((*name).to_owned(), json!({"right": tally.right, "asked": tally.asked}))
            })
            .collect();
        let score = json!({
            "right": score.total.right,
            "asked": score.total.asked,
            "percent": score.total.percent(),
            "by_topic": by_topic,
            "practise": score.to_practise(),
        });
        drill.insert("score".into(), score);
    }
    json_text(&Value::Object(drill))
}

/// `schema_version`, `levels[]` of `level` and `about`, `topics[]` of `name`, `levels` (the easiest
/// and the hardest) and `about`.
fn topics() -> String {
    let levels =
        (1..).zip(LEVELS).map(|(level, about): (u8, _)| json!({"level": level, "about": about}));
    let topics = TOPICS.iter().map(|topic| {
        json!({"name": topic.name, "levels": [topic.levels.0, topic.levels.1], "about": topic.about})
    });
    let list = json!({
        "schema_version": SCHEMA_VERSION,
        "levels": levels.collect::<Value>(),
        "topics": topics.collect::<Value>(),
    });
    json_text(&list)
}

fn asked(question: &Question) -> Map<String, Value> {
    let expected = &question.expected;
    let mistakes = question
        .mistakes
        .iter()
        .map(|mistake| json!({"answer": answer(expected, &mistake.answer), "why": mistake.why}));
    let mut right = answer(expected, &expected.right());
    if let Expected::Number { kind, tolerance, .. } = expected {
        right["kind"] = json!(kind.name());
        right["tolerance"] = json!(tolerance.words());
    }
    let mut object = Map::new();
    let mut set = |key: &str, value: Value| object.insert(key.to_owned(), value);
    set("id", json!(question.id()));
    set("topic", json!(question.topic));
    set("level", json!(question.level));
    set("text", json!(question.text));
    if let Expected::Choice { options, .. } = expected {
        set("options", json!(options));
    }
    set("answer", right);
    set("hint", json!(question.hint));
    set("steps", json!(question.steps));
    set("mistakes", mistakes.collect());
    object
}

/// An answer to a question.
fn answer(expected: &Expected, given: &Given) -> Value {
    let is_share = matches!(expected, Expected::Number { kind: Kind::Percent, .. });
    let (kind, value) = match given {
        Given::Number(number) => match number.as_integer() {
            Some(number) if !is_share => ("number", integer(number)),
            _ => ("number", fraction(*number)),
        },
        Given::Shape(axes) => ("shape", axes.iter().map(|axis| integer(*axis)).collect()),
        Given::Choice(at) => ("choice", json!(at)),
    };
    json!({"type": kind, "value": value, "text": expected.show_given(given)})
}

fn fraction(number: Fraction) -> Value {
    json!({"numerator": integer(number.numerator()), "denominator": integer(number.denominator())})
}

/// An exact integer of any size.
fn integer(number: i128) -> Value {
    Number::from_i128(number).map_or(Value::Null, Value::Number)
}
