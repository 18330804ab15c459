//! The score and the topics, laid out.

use super::json;
use crate::drill::score::{Score, Tally};
use crate::drill::topics::{LEVELS, TOPICS, Topic};
use crate::render::{Block, Column, Data, Document, Format, Output, Row, Table, View};

/// The score by topic, and what to practise, with the options of the drill.
pub fn score(score: &Score, options: &str) -> Document {
    let Tally { right, asked } = score.total;
    let percent =
        |tally: &Tally| tally.percent().map_or_else(String::new, |share| format!("{share} %"));
    let row = |(name, tally): &(&str, Tally)| {
        let numbers = [tally.right.to_string(), tally.asked.to_string(), percent(tally)];
        Row::Cells([vec![(*name).to_owned()], numbers.to_vec()].concat())
    };
    let table = Table {
        heading: "By topic".into(),
        columns: vec![
            Column::words("topic"),
            Column::numbers("right"),
            Column::numbers("questions"),
            Column::numbers("share"),
        ],
        rows: score.topics.iter().map(row).collect(),
    };
    let practise = score.to_practise();
    let mut blocks = Vec::new();
    if !score.topics.is_empty() {
        blocks.push(Block::Table(table));
    }
    if !practise.is_empty() {
        blocks.push(Block::Notes {
            heading: "To practise".into(),
            lines: vec![format!("vlmcalc drill --topic {}{options}", practise.join(","))],
        });
    }
    Document {
        title: match score.total.percent() {
            Some(share) => format!("Score: {right} of {asked} ({share} %)"),
            None => format!("Score: {right} of {asked}"),
        },
        subtitle: match (right, asked) {
            (_, 0) => "nothing was answered".into(),
            _ if right == asked => "everything is right".into(),
            _ => format!("{} to look at again", asked - right),
        },
        blocks,
    }
}

/// The list of topics and levels.
#[derive(Debug)]
pub struct Topics;

impl Output for Topics {
    const DATA: &'static [Format<Data<Topics>>] = &[json::TOPICS_FORMAT];

    fn layout(&self, _: &View) -> Document {
        topics()
    }
}

fn topics() -> Document {
    let level = |topic: &Topic| match topic.levels {
        (low, high) if low == high => low.to_string(),
        (low, high) => format!("{low} to {high}"),
    };
    let rows = TOPICS
        .iter()
        .map(|topic| Row::Cells(vec![topic.name.to_owned(), level(topic), topic.about.to_owned()]));
    let topics = Table {
        heading: "Topics".into(),
        columns: vec![
            Column::words("topic"),
            Column::numbers("level"),
            Column::words("about").wrapping(),
        ],
        rows: rows.collect(),
    };
    let levels = Table {
        heading: "Levels".into(),
        columns: vec![Column::numbers("level"), Column::words("about").wrapping()],
        rows: (1..)
            .zip(LEVELS)
            .map(|(level, about): (u8, _)| Row::Cells(vec![level.to_string(), about.to_owned()]))
            .collect(),
    };
    Document {
        title: "Drill".into(),
        subtitle: "choose with --topic NAME and --level N, several with commas; --level 1..3 is a \
                   range"
            .into(),
        blocks: vec![Block::Table(topics), Block::Table(levels)],
    }
}
