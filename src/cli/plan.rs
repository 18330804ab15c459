//! `vlmcalc plan`.

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::forward::run_with_plan;
use super::spec_args::SpecArgs;
use super::{BAD_INPUT, Color, Outcome, exit_code, view};
use crate::check::{self, Finding};
use crate::cost::Report;
use crate::render::{self, DEFAULT_DEPTH, FormatOf, View, formats};
use crate::stages::decoder::Logits;

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    spec: SpecArgs,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// How deep stages are opened: 0 components, 1 stages, 2 blocks, more: operations.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_DEPTH)]
    depth: usize,
    /// Shows the closed form next to each number.
    #[arg(long)]
    formulas: bool,
    /// Shows integers in full.
    #[arg(long)]
    exact: bool,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Report>), default_value = "table")]
    format: FormatOf<Report>,
    /// Runs each pipeline after its plan, as `vlmcalc forward` does.
    #[arg(long)]
    forward: bool,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
}

impl Run for Plan {
    const NAME: &'static str = "plan";
    const ABOUT: &'static str = "Shows the tokens, shapes and costs of a pipeline";

    /// Plans every spec. All problems of all specs are reported; a plan is printed only if every
    /// spec can be read.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let mut reports = Vec::new();
        for planned in self.spec.plan_all(self.logits, &mut outcome, color) {
            let mut findings = check::expectations(&planned);
            check::put_right(&planned.loaded.spec, self.logits, &mut findings);
            let worst = findings.iter().map(Finding::outcome).max().unwrap_or_default();
            outcome.code = outcome.code.max(exit_code(worst));
            let problems = findings.iter().filter_map(|finding| finding.diagnostic.as_deref());
            outcome.report(problems, &planned.loaded.sources, color);
            reports.push(planned.report);
        }
        if outcome.code != BAD_INPUT {
            let view = self.view(color);
            outcome.stdout = self.format.print(&reports, &view);
            if self.forward {
                let ran = run_with_plan(reports, self.format.name, &view);
                outcome.stdout = render::joined(&outcome.stdout, &ran.stdout, &self.format);
                outcome.stderr.push_str(&ran.stderr);
                outcome.code = outcome.code.max(ran.code);
            }
        }
        outcome
    }
}

impl Plan {
    fn view(&self, color: Color) -> View {
        View {
            depth: self.depth,
            formulas: self.formulas,
            exact: self.exact,
            ..view(self.width, color)
        }
    }
}
