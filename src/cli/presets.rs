//! `vlmcalc presets`.

use std::fmt::Write as _;

use clap::{Args, Subcommand};

use super::command::Run;
use super::{Color, Outcome};
use crate::spec::presets::{PRESETS, Preset};
use crate::spec::unknown_preset;

/// Arguments of `presets`.
#[derive(Debug, Args)]
pub struct Presets {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Lists the presets, one line each.
    List,
    /// Prints the YAML of a preset, to start a spec of one's own from.
    Show {
        /// Its name.
        name: String,
    },
}

impl Run for Presets {
    const NAME: &'static str = "presets";
    const ABOUT: &'static str = "Lists the built-in pipelines, or prints one";

    /// Lists or prints.
    fn run(&self, color: Color) -> Outcome {
        match &self.action {
            None | Some(Action::List) => Outcome::done(list()),
            Some(Action::Show { name }) => match Preset::find(name) {
                Some(preset) => Outcome::done(preset.text.to_owned()),
                None => Outcome::refused(&[unknown_preset(name)], color),
            },
        }
    }
}

fn list() -> String {
    let width = PRESETS.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
    PRESETS.iter().fold(String::new(), |mut out, preset| {
        let _ = writeln!(out, "{:width$}  {}", preset.name, preset.summary());
        out
    })
}
