//! The argument `--format`, from the list of an output's formats.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

use crate::render::Format;

/// Names by which every command knows the first of its formats, which is for people.
const FOR_PEOPLE: [&str; 3] = ["table", "terminal", "text"];

/// Reads the name of a format that is on a list. The list is made only if the argument is read or
/// its help is printed.
pub struct Formats<P: 'static>(pub fn() -> Vec<Format<P>>);

impl<P> Clone for Formats<P> {
    fn clone(&self) -> Formats<P> {
        Formats(self.0)
    }
}

impl<P: Clone + Send + Sync + 'static> TypedValueParser for Formats<P> {
    type Value = Format<P>;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        text: &OsStr,
    ) -> Result<Format<P>, Error> {
        let all = self.0();
        let values = self.possible_values().into_iter().flatten();
        let names = PossibleValuesParser::new(values.collect::<Vec<_>>());
        let name = names.parse_ref(command, argument, text)?;
        let at = all.iter().position(|format| format.name == name);
        // Another name of the first.
        all.into_iter().nth(at.unwrap_or(0)).ok_or_else(|| Error::new(ErrorKind::InvalidValue))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let all = self.0();
        let own: Vec<&str> = all.iter().map(|format| format.name).collect();
        let value = move |(at, format): (usize, Format<P>)| {
            let others = FOR_PEOPLE.into_iter().filter(|other| at == 0 && !own.contains(other));
            PossibleValue::new(format.name).help(format.about).aliases(others)
        };
        Some(Box::new(all.into_iter().enumerate().map(value)))
    }
}
