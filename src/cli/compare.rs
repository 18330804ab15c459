//! `vlmcalc compare`.

use clap::Args;

use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::spec_args::SpecArgs;
use super::{BAD_INPUT, Color, Outcome, view};
use crate::compare::{Column, Comparison, with_bridges};
use crate::diag::{Code, Diagnostic, Sources};
use crate::render::{FormatOf, View, formats};
use crate::stages::decoder::Logits;

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct Compare {
    #[command(flatten)]
    spec: SpecArgs,
    /// Bridges to put into the one spec: names, or YAML as in a spec, e.g. `linear,mlp` or
    /// `resampler: {latents: 64}`. All of them if the spec is alone and nothing is given.
    #[arg(long, value_name = "BRIDGES")]
    bridge: Vec<String>,
    /// Positions at which logits are computed.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    logits: Logits,
    /// Shows the closed forms of what is symbolic.
    #[arg(long)]
    formulas: bool,
    /// Shows integers in full.
    #[arg(long)]
    exact: bool,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Comparison>), default_value = "table")]
    format: FormatOf<Comparison>,
    /// Columns to fit tables into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for Compare {
    const NAME: &'static str = "compare";
    const ABOUT: &'static str = "Compares one pipeline with several bridges, or several pipelines";

    /// Compares one spec with several bridges, or several specs. Nothing is printed if a spec or a
    /// bridge cannot be read, or no bridge suits the spec.
    fn run(&self, color: Color) -> Outcome {
        let mut outcome = Outcome::default();
        let compared = match &self.spec.specs[..] {
            [one] => self.bridges(one, &mut outcome, color),
            _ if self.bridge.is_empty() => self.designs(&mut outcome, color),
            specs => {
                outcome.code = BAD_INPUT;
                outcome.report(&[several(specs.len())], &Sources::default(), color);
                None
            }
        };
        if let Some(comparison) = compared {
            outcome.stdout = self.format.print(&[comparison], &self.view(color));
        }
        outcome
    }
}

impl Compare {
    fn view(&self, color: Color) -> View {
        let view = View { exact: self.exact, ..view(self.width, color) };
        let sections = view.sections;
        View { sections: if self.formulas { sections.with("formulas") } else { sections }, ..view }
    }

    /// One spec with several bridges.
    fn bridges(&self, spec: &str, outcome: &mut Outcome, color: Color) -> Option<Comparison> {
        let loaded = self.spec.load(spec);
        let columns = loaded.map_err(|failure| vec![failure]).and_then(|loaded| {
            let columns = with_bridges(&loaded, &self.bridge, self.logits)?;
            Ok((loaded.name, columns))
        });
        match columns {
            Ok((name, columns)) => {
                let comparison = Comparison::new(format!("{name}: which bridge?"), columns);
                if comparison.has_any() {
                    return Some(comparison);
                }
                outcome.code = BAD_INPUT;
                outcome.report(&comparison.misfits(), &Sources::default(), color);
            }
            Err(failures) => {
                outcome.code = BAD_INPUT;
                for failure in failures {
                    outcome.report(&failure.diagnostics, &failure.sources, color);
                }
            }
        }
        None
    }

    /// Several specs as they are.
    fn designs(&self, outcome: &mut Outcome, color: Color) -> Option<Comparison> {
        let plans = self.spec.plan_all(self.logits, outcome, color);
        let column = |planned: crate::planned::Planned| {
            Column::fits(planned.loaded.name, String::new(), planned.report)
        };
        let columns: Vec<Column> = plans.into_iter().map(column).collect();
        (outcome.code != BAD_INPUT)
            .then(|| Comparison::new(format!("{} designs", columns.len()), columns))
    }
}

/// `--bridge` with several specs.
fn several(count: usize) -> Diagnostic {
    let message = format!("`--bridge` changes the bridge of one spec, and {count} are named");
    Diagnostic::error(Code::Mismatch, message)
        .help("name one spec, or leave `--bridge` out to compare the specs as they are")
}
