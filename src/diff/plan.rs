//! A plan whose numbers are compared: made now, or saved before.

use super::saved::Saved;
use crate::cost::numbers::{self, Fact, Said, each_compared, value_of_stage};
use crate::cost::{OF_ROWS, Report};
use crate::render::figure::Stated;
use crate::render::shape_values;

/// A plan to compare. Whatever is asked of it is read in the same way from both.
#[derive(Debug)]
pub enum Plan {
    /// A report, its rows listed down to a depth.
    Made(Box<Report>, usize),
    /// A plan that was saved.
    Saved(Saved),
}

/// A row of a plan's stages.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its path: `llm.blocks`.
    pub path: String,
    /// How deep it stands; components are 0.
    pub depth: usize,
    /// Its numbers, by the names of their measures.
    pub numbers: Vec<(&'static str, Stated)>,
    /// The sizes of what it makes; none where one is still symbolic.
    pub output: Vec<Option<i128>>,
}

impl Plan {
    /// The name of the pipeline.
    pub fn name(&self) -> &str {
        match self {
            Plan::Made(report, _) => &report.name,
            Plan::Saved(saved) => saved.name(),
        }
    }

    /// Where logits are computed: `all` or `last`.
    pub fn logits(&self) -> &str {
        match self {
            Plan::Made(report, _) => report.logits.name(),
            Plan::Saved(saved) => saved.logits(),
        }
    }

    /// How deep its stages are opened.
    pub fn depth(&self) -> usize {
        match self {
            Plan::Made(_, depth) => *depth,
            Plan::Saved(saved) => saved.depth(),
        }
    }

    /// The number at a path, or of a stage: `params.total`, `llm.blocks.params`; nothing if the plan
    /// has no such number.
    pub fn number(&self, path: &str) -> Option<Stated> {
        match self {
            Plan::Made(report, depth) => match numbers::find(report, path, *depth)? {
                Fact::Number(value, form) => Some(Stated::of(value, form.as_ref())),
                Fact::Shape(_) => None,
            },
            Plan::Saved(saved) => saved.number(path),
        }
    }

    /// The numbers that plans are compared by, with their paths.
    pub fn numbers(&self) -> Vec<(String, Stated)> {
        match self {
            Plan::Made(report, _) => {
                let mut all = Vec::new();
                each_compared(report, &mut |path, value, form| {
                    all.push((path.to_owned(), Stated::of(value, form)));
                });
                all
            }
            Plan::Saved(saved) => saved.numbers(),
        }
    }

    /// The paths of all its numbers.
    pub fn paths(&self) -> Vec<String> {
        match self {
            Plan::Made(report, depth) => numbers::paths(report, *depth),
            Plan::Saved(saved) => saved.paths(),
        }
    }

    /// Its rows down to a depth.
    pub fn rows(&self, most: usize) -> Vec<Row> {
        let (report, depth) = match self {
            Plan::Made(report, depth) => (report, *depth),
            Plan::Saved(saved) => return saved.rows(most),
        };
        let symbols = &report.prefill.graph.symbols;
        let rows = numbers::rows(report, most.min(depth)).map(|row| {
            let number = |measure: &'static str| match value_of_stage(measure)?.of_row(report, row)
            {
                Said::Number(value, form) => Some((measure, Stated::of(value, form.as_ref()))),
                _ => None,
            };
            Row {
                path: row.path.clone(),
                depth: row.depth,
                numbers: OF_ROWS.into_iter().filter_map(|m| number(m.key())).collect(),
                output: shape_values(symbols, &row.output),
            }
        });
        rows.collect()
    }
}
