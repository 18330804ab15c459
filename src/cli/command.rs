//! A command as a line of a list.

use clap::{ArgMatches, Args, Error};

use super::{Color, Outcome};

/// A command: its arguments, and what it does.
pub trait Run: Args {
    /// Its name on the command line.
    const NAME: &'static str;
    /// What it does, in a line of help.
    const ABOUT: &'static str;
    /// Whether an argument names the file that it makes, so that `-o` has nothing to say.
    const NAMES_ITS_FILE: bool = false;

    /// Does it.
    fn run(&self, color: Color) -> Outcome;
}

/// A command of the list.
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line of help.
    pub about: &'static str,
    /// Whether an argument names the file that it makes.
    pub names_its_file: bool,
    arguments: fn(clap::Command) -> clap::Command,
    run: fn(&ArgMatches, Color) -> Result<Outcome, Error>,
}

/// Options that have the same short name in every command.
const SHORT: [(&str, char); 2] = [("format", 'f'), ("depth", 'd')];

fn with_short_names(command: clap::Command) -> clap::Command {
    let command = command.mut_args(|arg| {
        match SHORT.iter().find(|(name, _)| arg.get_long() == Some(*name)) {
            Some((_, short)) => arg.short(*short),
            None => arg,
        }
    });
    command.mut_subcommands(with_short_names)
}

impl Entry {
    /// The entry of a command.
    pub const fn of<C: Run>() -> Entry {
        Entry {
            name: C::NAME,
            about: C::ABOUT,
            names_its_file: C::NAMES_ITS_FILE,
            arguments: |parser| with_short_names(C::augment_args(parser).about(C::ABOUT)),
            run: |matches, color| Ok(C::from_arg_matches(matches)?.run(color)),
        }
    }

    /// What reads its arguments; it is made when they are read, or their help is printed.
    pub fn parser(&self) -> clap::Command {
        clap::Command::new(self.name).about(self.about).defer(self.arguments)
    }

    /// Runs it.
    ///
    /// # Errors
    /// What is wrong with the arguments.
    pub fn run(&self, matches: &ArgMatches, color: Color) -> Result<Outcome, Error> {
        (self.run)(matches, color)
    }
}
