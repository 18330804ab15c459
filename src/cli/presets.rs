//! `vlmcalc presets`.

use clap::{Args, Subcommand};
use rayon::prelude::*;

use super::command::Run;
use super::format::Formats;
use super::number::whole;
use super::{Color, Outcome, view};
use crate::diag::Source;
use crate::planned::Planned;
use crate::render::{Catalogue, FormatOf, formats};
use crate::spec::presets::{PRESETS, Preset};
use crate::spec::{Failure, Overrides, load_text, unknown_preset};
use crate::stages::decoder::Logits;

/// Arguments of `presets`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Presets {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    list: List,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists the presets with their numbers.
    List(List),
    /// Prints the YAML of a preset.
    Show {
        /// Its name.
        #[arg(value_name = "PRESET")]
        name: String,
        /// Keeps what is expected of its plan, which holds of the preset as it is only.
        #[arg(long)]
        expect: bool,
    },
}

/// How the presets are listed.
#[derive(Debug, Args)]
struct List {
    /// Names alone, one a line.
    #[arg(long, conflicts_with = "format")]
    names: bool,
    /// Output format.
    #[arg(long, value_parser = Formats(formats::<Catalogue>), default_value = "table")]
    format: FormatOf<Catalogue>,
    /// Columns to fit the table into; the terminal's if not given.
    #[arg(long, value_name = "COLUMNS", value_parser = whole::<usize>)]
    width: Option<usize>,
}

impl Run for Presets {
    const NAME: &'static str = "presets";
    const ABOUT: &'static str = "Lists the built-in pipelines, or prints one";

    /// Lists or prints.
    fn run(&self, color: Color) -> Outcome {
        match &self.action {
            None => self.list.run(color),
            Some(Action::List(list)) => list.run(color),
            Some(Action::Show { name, expect }) => match Preset::find(name) {
                Some(preset) if *expect => Outcome::done(preset.text.to_owned()),
                Some(preset) => Outcome::done(preset.start().to_owned()),
                None => Outcome::refused(&[unknown_preset(name)], color),
            },
        }
    }
}

impl List {
    fn run(&self, color: Color) -> Outcome {
        if self.names {
            return Outcome::done(
                PRESETS.iter().map(|preset| format!("{}\n", preset.name)).collect(),
            );
        }
        let planned = PRESETS.par_iter().map(|preset| {
            // A file of that name is not meant.
            let source = Source::new(preset.name, preset.text);
            let loaded = load_text(source, preset.name, &Overrides::default())?;
            Ok((preset, Planned::of(loaded, Logits::All)?.report))
        });
        match planned.collect() {
            Ok(all) => {
                let catalogue = Catalogue(all);
                Outcome::done(self.format.print(&[catalogue], &view(self.width, color)))
            }
            Err(Failure { diagnostics, sources }) => {
                let mut outcome = Outcome::refused(&[], color);
                outcome.report(&diagnostics, &sources, color);
                outcome
            }
        }
    }
}
