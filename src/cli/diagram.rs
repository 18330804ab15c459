//! `vlmcalc diagram`.

use std::io;

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::number::{whole, within};
use super::spec_args::SpecArgs;
use super::{BAD_INPUT, Color, Outcome, terminal_width};
use crate::diag::{Code, Diagnostic, Sources};
use crate::diagram::{self, Drawer, FORMATS, View};
use crate::render::Format;
use crate::stages::decoder::Logits;

/// Columns where the output is no terminal.
const DEFAULT_WIDTH: usize = 80;

/// Arguments of `diagram`.
#[derive(Debug, Args)]
pub struct Diagram {
    #[command(flatten)]
    spec: SpecArgs,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// How deep stages are opened: 0 components, 1 stages, 2 blocks.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = within(0u8..=2))]
    depth: u8,
    /// What is drawn.
    #[arg(long, value_parser = Formats(|| FORMATS.to_vec()), default_value = "terminal")]
    format: Format<Drawer>,
    /// Says in the boxes what they cost, even where there is little room.
    #[arg(long, conflicts_with = "no_costs")]
    costs: bool,
    /// Leaves the costs out.
    #[arg(long)]
    no_costs: bool,
    /// ASCII characters only (terminal).
    #[arg(long)]
    ascii: bool,
    /// Columns to draw into (terminal); its own if not given, or 80 where there is none.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for Diagram {
    const NAME: &'static str = "diagram";
    const ABOUT: &'static str =
        "Draws a pipeline, with the line between encoder-side and LLM-side tokens";

    /// Draws every spec, one after another in the terminal. Nothing is drawn if one cannot be read.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let count = self.spec.specs.len();
        if !self.format.printer.may_follow && count != 1 {
            let message = format!("a picture shows one pipeline, and {count} specs are given");
            let problem = Diagnostic::error(Code::Mismatch, message)
                .help("run `vlmcalc diagram SPEC --format …` once for each, each into a file");
            outcome.code = BAD_INPUT;
            outcome.report(&[problem], &Sources::default(), color);
            return outcome;
        }
        let planned = self.spec.plan_all(self.logits, &mut outcome, color);
        if outcome.code != BAD_INPUT {
            let view = self.view(color);
            let drawn = planned.iter().map(|one| diagram::draw(&one.report, &self.format, &view));
            outcome.stdout = drawn.collect::<Vec<_>>().join("\n");
        }
        outcome
    }
}

impl Diagram {
    fn view(&self, color: Color) -> View {
        View {
            depth: self.depth.into(),
            costs: (self.costs || self.no_costs).then_some(self.costs),
            ascii: self.ascii,
            width: self.width.or_else(terminal_width).unwrap_or(DEFAULT_WIDTH),
            color: color.on(&io::stdout()),
        }
    }
}
