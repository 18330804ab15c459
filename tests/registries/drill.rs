//! Every topic of the drill: what it is called, its questions on every level, and its sheets.

use vlmcalc::internals::drill::sheet::{FORMATS, Sheet, anki};
use vlmcalc::internals::drill::topics::{TOPICS, Topic};
use vlmcalc::internals::drill::{Question, Settings, draw};
use vlmcalc::internals::render::View;

/// Questions of a topic on one level.
fn questions(topic: &Topic, level: u8) -> Vec<Question> {
    let (topics, levels) = (vec![topic.name], vec![level]);
    draw(&Settings { topics, levels, count: 2, seed: 1, ..Settings::default() })
}

#[test]
fn every_topic_says_what_it_is_about() {
    let guide = std::fs::read_to_string("src/docs/interview.md").unwrap();
    for (at, topic) in TOPICS.iter().enumerate() {
        assert!(topic.about.len() > 10 && !topic.about.ends_with('.'), "{}", topic.name);
        assert!(TOPICS[..at].iter().all(|other| other.about != topic.about), "{}", topic.name);
        assert!(guide.contains(topic.name), "{} is not in the guide to interviews", topic.name);
    }
}

#[test]
fn every_topic_has_questions_on_every_level_that_it_claims_and_a_sheet_in_every_format() {
    let topics = TOPICS.iter().flat_map(|topic| {
        let (easiest, hardest) = topic.levels;
        (easiest..=hardest).map(move |level| (topic, level))
    });
    for (topic, level) in topics {
        let questions = questions(topic, level);
        let what = format!("{} on level {level}", topic.name);
        assert!(!questions.is_empty(), "{what}: nothing to ask");
        assert!(
            questions.iter().all(|one| (one.topic, one.level) == (topic.name, level)),
            "{what}"
        );
        let sheet = Sheet { seed: Some(1), questions: &questions, answered: None, options: "" };
        for format in FORMATS {
            let text = (format.printer.print)(&sheet, &View::new(None, false));
            assert!(text.contains(topic.name), "{what} as {}: {text}", format.name);
        }
        let tag = format!("vlmcalc::{}", topic.name);
        assert_eq!(anki(&questions).matches(&tag).count(), questions.len(), "{what}");
    }
}
