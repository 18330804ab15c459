//! `vlmcalc tensors`.

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::spec_args::SpecArgs;
use super::{BAD_INPUT, Color, Outcome, view};
use crate::cost::Tensors;
use crate::render::{FormatOf, View, formats};
use crate::stages::decoder::Logits;

/// Arguments of `tensors`.
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    spec: SpecArgs,
    /// Lists each tensor by itself, with the number of its block.
    #[arg(long)]
    expand: bool,
    /// Shows bytes in full.
    #[arg(long)]
    exact: bool,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Tensors>), default_value = "table")]
    format: FormatOf<Tensors>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for List {
    const NAME: &'static str = "tensors";
    const ABOUT: &'static str =
        "Lists the stored tensors of a pipeline, as a state dict names and shapes them";

    /// Lists the tensors of every spec; nothing if one of them cannot be listed.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let mut all = Vec::new();
        for planned in self.spec.plan_all(Logits::All, &mut outcome, color) {
            let list = if self.expand { Tensors::each } else { Tensors::of };
            match list(&planned.report) {
                Ok(tensors) => all.push(tensors),
                Err(diagnostic) => {
                    let problem = planned.loaded.locate("", diagnostic);
                    outcome.code = BAD_INPUT;
                    outcome.report([&problem], &planned.loaded.sources, color);
                }
            }
        }
        if outcome.code != BAD_INPUT {
            let view = View { exact: self.exact, ..view(self.width, color) };
            outcome.stdout = self.format.print(&all, &view);
        }
        outcome
    }
}
