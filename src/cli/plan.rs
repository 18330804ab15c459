//! `vlmcalc plan`.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::command::Run;
use super::format::Formats;
use super::forward::run_with_plan;
use super::number::whole;
use super::spec_args::SpecArgs;
use super::{BAD_INPUT, Color, Outcome, exit_code, view};
use crate::check::{self, Finding, Status};
use crate::cost::Report;
use crate::render::{self, DEFAULT_DEPTH, FormatOf, SECTIONS, Sections, View, formats};
use crate::stages::decoder::Logits;
use crate::units::{Counts, counted};

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    spec: SpecArgs,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// Shows everything.
    #[arg(long, conflicts_with = "section")]
    full: bool,
    /// Sections to show, with commas between them.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = section_names())]
    section: Vec<String>,
    /// Shows shapes and costs of stages, opened so deep: 0 components, 1 stages, 2 blocks, more:
    /// operations.
    #[arg(long, value_name = "N", value_parser = whole::<usize>)]
    depth: Option<usize>,
    /// Shows the closed form of each number.
    #[arg(long)]
    formulas: bool,
    /// Shows multiply-adds beside the FLOPs of products.
    #[arg(long)]
    macs: bool,
    /// How parameters are abbreviated: in powers of 1000 (M, B), or of 1024 (Mi, Gi).
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    units: Counts,
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
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for Plan {
    const NAME: &'static str = "plan";
    const ABOUT: &'static str = "Shows the tokens, shapes and costs of a pipeline";

    /// Plans every spec. All problems of all specs are reported; a plan is printed only if every
    /// spec can be read.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let (mut reports, mut held) = (Vec::new(), Vec::new());
        for planned in self.spec.plan_all(self.logits, &mut outcome, color) {
            let mut findings = check::broken(&planned);
            check::put_right(&planned.loaded.spec, self.logits, &mut findings);
            let worst = findings.iter().map(Finding::outcome).max().unwrap_or_default();
            outcome.code = outcome.code.max(exit_code(worst));
            let problems = findings.iter().filter_map(|finding| finding.diagnostic.as_deref());
            outcome.report(problems, &planned.loaded.sources, color);
            held.extend(findings.iter().map(|finding| finding.status));
            reports.push(planned.report);
        }
        outcome.closing = broken(&held);
        if outcome.code != BAD_INPUT {
            let view = self.view(color);
            outcome.stdout = self.format.print(&reports, &view);
            if self.forward {
                let ran = run_with_plan(reports, self.format.name, &view, color);
                outcome.stdout = render::joined(&outcome.stdout, &ran.stdout, &self.format);
                outcome.stderr.push_str(&ran.stderr);
                outcome.code = outcome.code.max(ran.code);
                outcome.problems.extend(ran.problems);
                return outcome;
            }
        }
        // The process ends now, which frees all of its memory at once.
        std::mem::forget(reports);
        outcome
    }
}

impl Plan {
    /// The sections that are asked for; the summary if nothing is.
    fn sections(&self) -> Sections {
        let named = self.section.iter().filter_map(|name| Sections::named(name));
        let mut sections = match named.reduce(Sections::and) {
            Some(named) => named,
            None if self.full => Sections::full(),
            None if self.depth.is_some() => {
                ["shapes", "costs", "symbols"].into_iter().fold(Sections::SUMMARY, Sections::with)
            }
            None => Sections::SUMMARY,
        };
        if self.formulas {
            sections = sections.with("formulas").with("symbols");
        }
        sections
    }

    fn view(&self, color: Color) -> View {
        View {
            depth: self.depth.unwrap_or(DEFAULT_DEPTH),
            sections: self.sections(),
            exact: self.exact,
            macs: self.macs,
            counts: self.units,
            ..view(self.width, color)
        }
    }
}

/// How many expectations of specs that break one are broken: `4 of 11 expectations broken`; nothing
/// if none is.
fn broken(held: &[Status]) -> String {
    let count = held.iter().filter(|status| **status == Status::Broken).count();
    let all = counted(held.len() as i128, "expectation");
    if count == 0 { String::new() } else { format!("{count} of {all} broken\n") }
}

/// The names of the sections, with what each says.
fn section_names() -> PossibleValuesParser {
    let named = SECTIONS.iter().map(|section| PossibleValue::new(section.name).help(section.about));
    PossibleValuesParser::new(named)
}
