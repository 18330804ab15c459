//! `vlmcalc explain`.

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::spec_args::SpecArgs;
use super::{BAD_INPUT, Color, Outcome, view};
use crate::diag::Sources;
use crate::explain::{self, Explanation, Level};
use crate::render::{FormatOf, formats};
use crate::stages::decoder::Logits;

/// Arguments that mean nothing without a spec.
const WITH_SPECS: [&str; 8] =
    ["specs", "set", "image", "batch", "images", "text_tokens", "generated_tokens", "dtype"];

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(mut_arg("specs", |arg| arg.required(false).required_unless_present("toy")))]
pub struct Explain {
    #[command(flatten)]
    spec: SpecArgs,
    /// Multiplies small matrices by hand instead: the textbook's, or your own as `x=2,1,0,3
    /// w='1,0;2,1;0,3;-1,2' b=1,1`.
    #[arg(long, num_args = 0.., value_name = "NAME=ROWS", conflicts_with_all = WITH_SPECS)]
    toy: Option<Vec<String>>,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// How much is told.
    #[arg(long, value_enum, default_value_t)]
    level: Level,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Explanation>), default_value = "table")]
    format: FormatOf<Explanation>,
    /// Columns to fit the text into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for Explain {
    const NAME: &'static str = "explain";
    const ABOUT: &'static str = "Tells a pipeline as a worked example, step by step";

    /// Tells every spec's pipeline, or the toy product. Nothing is told if a spec cannot be read.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let explanations = match &self.toy {
            Some(arguments) => self.toy(arguments, &mut outcome, color),
            None => {
                let plans = self.spec.plan_all(self.logits, &mut outcome, color);
                plans.iter().map(|planned| explain::explain(planned, self.level)).collect()
            }
        };
        if outcome.code != BAD_INPUT {
            outcome.stdout = self.format.print(&explanations, &view(self.width, color));
        }
        outcome
    }
}

impl Explain {
    fn toy(&self, arguments: &[String], outcome: &mut Outcome, color: Color) -> Vec<Explanation> {
        let mut sources = Sources::default();
        match explain::toy::toy(arguments, &mut sources) {
            Ok(explanation) => vec![explanation],
            Err(diagnostics) => {
                outcome.code = BAD_INPUT;
                outcome.report(&diagnostics, &sources, color);
                Vec::new()
            }
        }
    }
}
