//! What is remembered, laid out.

use serde_json::{Map, Value, json};

use super::json::SCHEMA_VERSION;
use crate::diag::json_text;
use crate::drill::progress::{Known, Remembered, weight};
use crate::drill::score::Tally;
use crate::drill::topics::{TOPICS, Topic};
use crate::render::{Block, Column, Data, Document, Format, Output, Row, Table, View};
use crate::units::counted;

/// What is remembered of earlier drills, and where.
#[derive(Debug)]
pub struct Learnt {
    /// What is remembered.
    pub known: Known,
    /// The file.
    pub place: String,
}

/// What is remembered as JSON; its keys are documented with those of a drill.
const JSON: Format<Data<Learnt>> = Format {
    name: "json",
    about: "JSON with stable keys and exact integers",
    printer: |all, _| all.iter().map(json).collect(),
};

impl Output for Learnt {
    const DATA: &'static [Format<Data<Learnt>>] = &[JSON];

    fn layout(&self, _: &View) -> Document {
        let total = total(&self.known);
        let rows = topics(&self.known).map(|(topic, remembered)| {
            let tally = tally(remembered);
            Row::Cells(vec![
                topic.name.to_owned(),
                tally.right.to_string(),
                tally.asked.to_string(),
                tally.percent().map_or_else(String::new, |share| format!("{share} %")),
            ])
        });
        let table = Table {
            heading: "By topic".into(),
            columns: vec![
                Column::words("topic"),
                Column::numbers("right"),
                Column::numbers("questions"),
                Column::numbers("share"),
            ],
            rows: rows.collect(),
        };
        let asked_again = match self.known.missed.len() {
            0 => None,
            missed => Some(format!(
                "vlmcalc drill --again: {} that you answered wrongly last time",
                counted(missed as i128, "question")
            )),
        };
        let next = "vlmcalc drill --remember: weak topics come more often".to_owned();
        let lines = asked_again.into_iter().chain([next]).collect();
        let mut blocks = vec![Block::Notes { heading: "To practise".into(), lines }];
        if total.asked > 0 {
            blocks.insert(0, Block::Table(table));
        }
        Document {
            title: match total.percent() {
                Some(share) => {
                    format!("Remembered: {} of {} right ({share} %)", total.right, total.asked)
                }
                None => "Nothing is remembered yet".into(),
            },
            subtitle: self.place.clone(),
            blocks,
        }
    }
}

fn json(learnt: &Learnt) -> String {
    let said = |tally: Tally| json!({"right": tally.right, "asked": tally.asked, "percent": tally.percent()});
    let topics: Map<String, Value> = topics(&learnt.known)
        .map(|(topic, remembered)| {
            let mut one = said(tally(remembered));
            one["weight"] = json!(weight(remembered));
            (topic.name.to_owned(), one)
        })
        .collect();
    let missed = learnt.known.missed.iter();
    let missed = missed.map(|one| json!({"id": one.id, "topic": one.topic, "spec": one.spec}));
    let mut all = json!({"schema_version": SCHEMA_VERSION, "file": learnt.place});
    if let (Some(all), Value::Object(total)) = (all.as_object_mut(), said(total(&learnt.known))) {
        all.extend(total);
    }
    all["topics"] = Value::Object(topics);
    all["missed"] = missed.collect();
    json_text(&all)
}

/// The topics that were asked about, from easy to hard. What an older version knew is left out.
fn topics(known: &Known) -> impl Iterator<Item = (&'static Topic, Remembered)> {
    TOPICS.iter().filter_map(|topic| {
        let remembered = known.topics.get(topic.name).filter(|one| one.asked > 0)?;
        Some((*topic, *remembered))
    })
}

fn total(known: &Known) -> Tally {
    topics(known).fold(Tally::default(), |sum, (_, one)| {
        let Tally { right, asked } = tally(one);
        Tally { right: sum.right.saturating_add(right), asked: sum.asked.saturating_add(asked) }
    })
}

fn tally(remembered: Remembered) -> Tally {
    let count = |number| usize::try_from(number).unwrap_or(usize::MAX);
    Tally { right: count(remembered.right), asked: count(remembered.asked) }
}
