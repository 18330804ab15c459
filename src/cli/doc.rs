//! `vlmcalc doc`.

use std::io;

use clap::Args;

use super::command::Run;
use super::{BAD_INPUT, COMMANDS, Color, Outcome, terminal_width};
use crate::diag::{Diagnostic, Sources};
use crate::{docs, render};

/// Columns of a page where the output is no terminal, and the most that it has.
const WIDTHS: (usize, usize) = (80, 100);

/// Arguments of `doc`.
#[derive(Debug, Args)]
pub struct Doc {
    /// A field (`encoder.patch`, `hidden_size`), a number of a plan (`tokens.visual`), a symbol
    /// (`L_v`), a word (`TFLOP`), a command, or the code of an error (`not-divisible`); what there
    /// is if not given.
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

impl Run for Doc {
    const NAME: &'static str = "doc";
    const ABOUT: &'static str =
        "Says what a field, a number of a plan or the code of an error means";

    /// Prints the page of the topic.
    fn run(&self, color: Color) -> Outcome {
        let page = self.topic.as_deref().map_or_else(|| Ok(docs::contents()), page);
        match page {
            Ok(page) => {
                let width = terminal_width().unwrap_or(WIDTHS.0).min(WIDTHS.1);
                Outcome::done(render::page(&page, width, color.on(&io::stdout())))
            }
            Err(unknown) => {
                let mut outcome = Outcome { code: BAD_INPUT, ..Outcome::default() };
                outcome.report(&[unknown], &Sources::default(), color);
                outcome
            }
        }
    }
}

/// The page of a command that has no guide, else of what else there is.
fn page(topic: &str) -> Result<String, Diagnostic> {
    let command = COMMANDS.iter().find(|command| command.name == topic);
    let Some(command) = command.filter(|_| docs::guide(topic).is_none()) else {
        return docs::page(topic);
    };
    let name = command.name;
    let about = command.about;
    Ok(format!(
        "# vlmcalc {name}\n\n{about}.\n\n`vlmcalc {name} --help` lists what it takes, and `vlmcalc \
         man {name}` is its manual page.\n"
    ))
}
