//! `vlmcalc man`.

use clap::{Args, Command};
use clap_mangen::Man as Page;

use super::command::Run;
use super::{Color, Outcome, commands};
use crate::diag::{Code, Diagnostic, near, quote};

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct Man {
    /// The command, such as `plan` or `baseline check`; the whole program if not given.
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
}

impl Run for Man {
    const NAME: &'static str = "man";
    const ABOUT: &'static str = "Prints a manual page, for `man -l -` or a folder of pages";

    /// Prints the page.
    fn run(&self, color: Color) -> Outcome {
        let all = commands();
        let mut command = &all;
        for name in &self.command {
            match command.find_subcommand(name) {
                Some(below) => command = below,
                None => return Outcome::refused(&[unknown(command, name)], color),
            }
        }
        let mut page = Vec::new();
        let source = concat!("vlmcalc ", env!("CARGO_PKG_VERSION"));
        // Writing to memory cannot fail.
        let _ = Page::new(command.clone()).source(source).render(&mut page);
        Outcome::done(String::from_utf8_lossy(&page).into_owned())
    }
}

fn unknown(command: &Command, name: &str) -> Diagnostic {
    let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let help = near(name, known).map(|known| format!("did you mean `{known}`?"));
    let help = help.unwrap_or_else(|| "`vlmcalc --help` lists the commands".to_owned());
    Diagnostic::error(Code::UnknownTopic, format!("there is no command {}", quote(name))).help(help)
}
