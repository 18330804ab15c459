//! What holds of every question of every topic.

use super::*;
use crate::diag::{Source, Sources};
use crate::drill::answer::{Expected, Given};
use crate::drill::ask;
use crate::drill::draw::{Settings, draw};
use crate::drill::kind::Kind;
use crate::drill::pipelines::real;
use crate::drill::question::Verdict;
use crate::drill::reading::letter;
use crate::drill::tolerance::Tolerance;
use crate::units::{exact, human};

fn questions(topic: &'static str) -> Vec<Question> {
    let drills = (0..3).flat_map(|seed| {
        draw(&Settings { topics: vec![topic], count: 14, seed, ..Settings::default() })
    });
    drills.collect()
}

/// Ways in which people write an answer.
fn written(expected: &Expected) -> Vec<String> {
    match expected {
        Expected::Shape(axes) => {
            let joined =
                |with: &str| axes.iter().map(i128::to_string).collect::<Vec<_>>().join(with);
            let grouped: Vec<String> = axes.iter().map(|axis| exact(*axis)).collect();
            vec![
                joined("x"),
                joined(" × "),
                format!("({})", joined(", ")),
                format!("[1, {}]", joined(", ")),
                joined(" by "),
                grouped.join(" x "),
            ]
        }
        Expected::Choice { options, right } => {
            let letter = letter(*right);
            vec![
                letter.to_string(),
                letter.to_uppercase().to_string(),
                format!("{letter})"),
                format!("({letter})"),
                options[*right].clone(),
            ]
        }
        Expected::Number { value, kind: Kind::Percent, .. } => {
            let whole = value.floor();
            assert!(whole >= 1, "below one percent an answer has two readings");
            vec![
                format!("{whole} %"),
                format!("{whole}%"),
                whole.to_string(),
                format!("{whole} percent"),
                format!("0.{whole:02}").replace("0.100", "100"),
            ]
        }
        Expected::Number { value, kind, tolerance } => {
            let number = value.numerator();
            let mut written = vec![
                number.to_string(),
                exact(number),
                exact(number).replace(',', "_"),
                exact(number).replace(',', " "),
                format!("= {number}."),
                format!("{number}e0"),
            ];
            if *tolerance != Tolerance::Exact {
                written.push(human(number, kind.unit()));
                written.push(human(number, kind.unit()).replace(' ', ""));
                let log = number.ilog10();
                let mantissa = number / 10i128.pow(log.saturating_sub(2));
                written.push(format!("{mantissa}e{}", log.saturating_sub(2)));
            }
            written
        }
    }
}

/// What a mistake may speak of only where the question does: words of it, and what the question
/// must say.
const SPOKEN_OF: &[(&str, &[&str])] = &[
    ("class", &["class token"]),
    ("register", &["register"]),
    ("bridge", &["bridge"]),
    ("LLM", &["LLM"]),
    ("visual token", &["visual token", "bridge"]),
    ("encoder", &["encoder", "bridge"]),
    ("newline", &["newline"]),
    ("tile", &["tile"]),
    ("image", &["image"]),
    ("thumbnail", &["thumbnail"]),
    ("text", &["text"]),
    ("structural", &["structural"]),
    ("shuffle", &["shuffle"]),
    ("KV head", &["KV head", "of keys and values"]),
    ("expert", &["expert"]),
    ("router", &["router"]),
    ("latent", &["latent"]),
    ("heads", &["heads", "KV head"]),
    ("state", &["state"]),
    ("cache", &["cache"]),
];

/// What is told, is told by the question, and once.
fn check_words(question: &Question) {
    let told = format!("{question:#?}");
    let Question { text, steps, mistakes, expected, topic, .. } = question;
    if *topic != concepts::TOPIC.name {
        for (word, needed) in SPOKEN_OF {
            let is_told = needed.iter().any(|needed| text.contains(needed));
            let speaks = mistakes.iter().find(|mistake| mistake.why.contains(word));
            assert!(is_told || speaks.is_none(), "{word}: {told}");
        }
    }
    let said: Vec<&String> = steps.iter().chain(mistakes.iter().map(|m| &m.why)).collect();
    for (at, one) in said.iter().enumerate() {
        assert!(!said[..at].contains(one) || said[at..].len() <= mistakes.len(), "{one}: {told}");
        assert!(!one.contains(" behind ") && !one.contains(" rest "), "{one}");
    }
    match expected {
        Expected::Choice { .. } => {}
        Expected::Number { value, kind: Kind::Percent, .. } => {
            let tenths = value.numerator() * 10 / value.denominator();
            let shown = [tenths, tenths + 1].map(|t| format!("{}.{}", t / 10, t % 10));
            let last = steps.last().unwrap();
            assert!(shown.iter().any(|shown| last.contains(shown)), "{told}");
        }
        Expected::Number { value, kind, .. } => {
            let shown = [exact(value.floor()), human(value.floor(), kind.unit())];
            let last = steps.last().unwrap();
            assert!(shown.iter().any(|shown| last.contains(shown)), "{told}");
        }
        Expected::Shape(_) => assert!(steps.last().unwrap().contains(&expected.show()), "{told}"),
    }
    let form = expected.form().map(|form| format!("({form})"));
    assert!(form.is_none_or(|form| text.ends_with(&form)), "{told}");
}

fn check(topic: &'static str) {
    let questions = questions(topic);
    assert!(questions.len() >= 20, "{topic}: {}", questions.len());
    let mut with_mistakes = 0;
    for question in &questions {
        let told = format!("{question:#?}");
        check_words(question);
        assert!(!question.text.contains('\n') && question.text.contains('?'), "{told}");
        assert!(!question.hint.is_empty() && !question.steps.is_empty(), "{told}");
        assert!(Topic::find(question.topic).unwrap().has(&[question.level]), "{told}");
        for text in written(&question.expected).into_iter().chain([question.expected.show()]) {
            assert_eq!(question.grade(&text), Verdict::Right, "{text}: {told}");
        }
        with_mistakes += usize::from(!question.mistakes.is_empty());
        for mistake in &question.mistakes {
            let text = match &mistake.answer {
                Given::Number(number) => match number.as_integer() {
                    Some(number) => number.to_string(),
                    None => format!("{} %", number.round()),
                },
                Given::Shape(axes) => crate::drill::answer::show_shape(axes),
                Given::Choice(at) => letter(*at).to_string(),
            };
            let Verdict::Wrong(Some(why)) = question.grade(&text) else {
                panic!("{text} is not a known mistake: {told}");
            };
            assert!(question.mistakes.iter().any(|known| known.why == why), "{text}: {told}");
            assert!(!question.expected.accepts(&mistake.answer), "{told}");
        }
    }
    assert!(with_mistakes * 10 >= questions.len() * 9, "{topic}: mistakes in {with_mistakes}");
}

#[test]
fn every_topic_asks_what_it_can_grade() {
    // A thread for each, since a debug build is slow.
    std::thread::scope(|scope| {
        let checks: Vec<_> =
            TOPICS.iter().map(|topic| (topic.name, scope.spawn(|| check(topic.name)))).collect();
        for (name, check) in checks {
            assert!(check.join().is_ok(), "{name}");
        }
    });
}

/// Pipelines that give less and less.
fn partial() -> Vec<Subject> {
    let asked = [
        "336/14",
        "336/14 +cls",
        "336/14 +cls width 1024",
        "336/14 +cls width 1024 mlp -> llm 4096",
        "448/14 width 1024 pixel-shuffle 2 -> llm 4096 text 64",
        "448/14 qformer 32 text 64",
        "448x672/14 avg-pool 2 tiles 3",
    ];
    let parsed = |text: &&str| {
        let mut sources = Sources::default();
        let source = sources.add(Source::new("--ask", *text));
        ask::parse(text, source).unwrap()
    };
    asked.iter().map(parsed).collect()
}

#[test]
fn what_a_topic_lacks_is_known() {
    for subject in real().iter().chain(&partial()) {
        for topic in TOPICS {
            if matches!(topic.ask, Ask::Table(_)) {
                continue;
            }
            let asked = (0..30).find_map(|seed| topic.question(subject, &mut Rng::new(seed, 1)));
            let lacks = topic.lacks(subject);
            assert_eq!(
                asked.is_some(),
                lacks.is_none(),
                "{}: {} {lacks:?}",
                subject.name,
                topic.name
            );
        }
    }
    let subject = &real().into_iter().find(|one| one.name == "llava-1.5-7b").unwrap();
    let lacks = |name| Topic::find(name).unwrap().lacks(subject);
    assert_eq!(lacks("shuffle-width").as_deref(), Some("has no pixel shuffle"));
    let first = &partial()[0];
    let lacks = |name| Topic::find(name).unwrap().lacks(first).unwrap();
    assert_eq!(lacks("projector-params"), "does not give `encoder.width` and `llm.width`");
    assert_eq!(lacks("sequence"), "does not give `prompt.text_tokens`");
}

/// The number before a word in a text.
fn before(text: &str, word: &str) -> i128 {
    let (head, _) = text.split_once(word).unwrap_or_else(|| panic!("{word}: {text}"));
    let digits = head.trim_end().rsplit(|c: char| !c.is_ascii_digit() && c != ',').next().unwrap();
    digits.replace(',', "").parse().unwrap_or_else(|_| panic!("{word}: {text}"))
}

/// Bytes as someone writes them who rounds to three digits.
fn rounded(bytes: i128) -> String {
    human(bytes, Kind::Byte.unit())
}

#[test]
fn who_rounds_what_the_question_shows_is_right() {
    let drawn = |topic| {
        (0..8).flat_map(move |seed| {
            draw(&Settings { topics: vec![topic], count: 12, seed, ..Settings::default() })
        })
    };
    let mut asked = 0;
    for question in drawn("weight-memory") {
        let text = &question.text;
        let params = match text.split_once(") parameters") {
            Some((shown, _)) => {
                let short = shown.rsplit('(').next().unwrap();
                crate::units::parse_rounded(short, Kind::Count.unit()).unwrap().floor()
            }
            None => before(text, " parameters"),
        };
        let eighths = |text: &str| {
            if text.contains("byte") { 8 * before(text, " byte") } else { before(text, " bit") }
        };
        let bits = eighths(text.split_once("stored as").unwrap().1);
        let answer = rounded(params * bits / 8);
        assert_eq!(question.grade(&answer), Verdict::Right, "{answer}: {question:#?}");
        asked += 1;
    }
    for question in drawn("kv-cache") {
        let text = &question.text;
        let structural = if text.contains("structural") { before(text, " structural") } else { 0 };
        let tokens = before(text, " visual token") + before(text, " text token") + structural;
        let (blocks, heads) = (before(text, " blocks"), before(text, " KV head"));
        let size = match text.split_once("heads of ") {
            Some((_, after)) => before(after, ","),
            None => {
                let width = text.split_once("width ").unwrap().1;
                before(width, ",") / before(text, " query heads")
            }
        };
        let bytes = before(text, " byte");
        let answer = rounded(2 * tokens * blocks * heads * size * bytes);
        assert_eq!(question.grade(&answer), Verdict::Right, "{answer}: {question:#?}");
        asked += 1;
    }
    assert!(asked > 150, "{asked}");
}

#[test]
fn names_are_unique_kebab_case_and_from_easy_to_hard() {
    for (at, topic) in TOPICS.iter().enumerate() {
        assert!(TOPICS[..at].iter().all(|other| other.name != topic.name));
        assert!(topic.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{}", topic.name);
        assert!(topic.levels.0 >= 1 && topic.levels.0 <= topic.levels.1 && topic.levels.1 <= 5);
    }
    let fixed = TOPICS.iter().filter(|topic| topic.levels.0 == topic.levels.1);
    assert!(fixed.map(|topic| topic.levels.0).is_sorted());
    assert!((1..=5).all(|level| TOPICS.iter().any(|topic| topic.has(&[level]))));
}
