//! A pipeline told as a worked example: step by step, in words and with its own numbers.
//!
//! A step is one file in `steps/`, which reads the report and the graph and computes nothing beside
//! them. To add a step, write its file and its line in `steps::STEPS`.

mod json;
mod layout;
mod step;
mod steps;
mod story;
pub mod toy;

use std::collections::BTreeSet;

use crate::dim::{Definition, Dim, Sym};
use crate::planned::{Planned, UNCHECKED};
use crate::render::{Data, Document, Format, Output, View, legend, subtitle};

pub use step::{Line, Step, Value};
use story::Story;

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Level {
    /// The steps with their numbers.
    Short,
    /// Every matrix and product, and the formula of each number too.
    #[default]
    Full,
}

/// A worked example.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Whose.
    pub title: String,
    /// A line below that.
    pub subtitle: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What a reader should know beside them.
    pub notes: Vec<String>,
    /// The legend: symbols, their values and meanings.
    pub symbols: Vec<[String; 3]>,
}

/// Tells a plan.
pub fn explain(planned: &Planned, level: Level) -> Explanation {
    let story = Story::of(planned, level);
    let tokens = &planned.report.tokens;
    let has_image = !tokens.views.is_empty() && tokens.encodings.value != Some(0);
    let from_disk = has_image.then(|| steps::from_disk(&story)).flatten();
    let seeing = steps::SEEING.iter().filter(|_| has_image);
    let others = seeing.chain(&steps::READING).map(|step| step(&story));
    let mut steps: Vec<Step> = from_disk.into_iter().chain(others).collect();
    let mut told = BTreeSet::new();
    for step in &mut steps {
        step.not_given = not_given(&story, step, &mut told);
    }
    let shown: Vec<&Dim> =
        steps.iter().flat_map(|step| &step.lines).flat_map(|line| &line.dims).collect();
    let symbols = if story.is_full() { legend(story.report, &shown) } else { Vec::new() };
    let report = story.report;
    Explanation {
        title: format!("{}: from pixels to tokens", report.name),
        subtitle: subtitle(report),
        notes: report.notes.iter().filter(|note| *note != UNCHECKED).cloned().collect(),
        symbols,
        steps,
    }
}

/// The symbols without a value that a step's results depend on. A meaning is told once.
fn not_given(story: &Story, step: &Step, told: &mut BTreeSet<Sym>) -> Vec<(String, String)> {
    let symbols = story.symbols();
    let open = step.lines.iter().filter(|line| line.value == Value::Open);
    let behind = symbols.behind(open.flat_map(|line| &line.dims));
    let free = behind.into_iter().filter(|sym| symbols.get(*sym).definition == Definition::Free);
    free.map(|sym| {
        let symbol = symbols.get(sym);
        let meaning = if told.insert(sym) { symbol.meaning.clone() } else { String::new() };
        (symbol.name.clone(), meaning)
    })
    .collect()
}

impl Output for Explanation {
    const DATA: &'static [Format<Data<Explanation>>] = &[json::FORMAT];

    fn layout(&self, _: &View) -> Document {
        layout::document(self)
    }
}
