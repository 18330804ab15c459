//! The argument `--format`, from the list of an output's formats.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command, Error};

use crate::render::Format;

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
        let names = PossibleValuesParser::new(all.iter().map(|format| format.name));
        let name = names.parse_ref(command, argument, text)?;
        let named = all.into_iter().find(|format| format.name == name);
        named.ok_or_else(|| Error::new(clap::error::ErrorKind::InvalidValue))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let value = |format: Format<P>| PossibleValue::new(format.name).help(format.about);
        Some(Box::new(self.0().into_iter().map(value)))
    }
}
