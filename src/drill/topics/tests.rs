//! What holds of every question of every topic.

use super::*;
use crate::drill::answer::{Expected, Given};
use crate::drill::draw::{Settings, draw};
use crate::drill::kind::Kind;
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

fn check(topic: &'static str) {
    let questions = questions(topic);
    assert!(questions.len() >= 20, "{topic}: {}", questions.len());
    let mut with_mistakes = 0;
    for question in &questions {
        let told = format!("{question:#?}");
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
