//! `vlmcalc schema`.

use clap::Args;

use super::command::Run;
use super::{Color, Outcome};
use crate::schema::File;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// The kind of file.
    #[arg(value_enum, default_value_t, value_name = "FILE")]
    file: File,
}

impl Run for Schema {
    const NAME: &'static str = "schema";
    const ABOUT: &'static str = "Prints the JSON Schema of specs or policies, with which an editor completes and checks them";

    /// Prints the schema.
    fn run(&self, _: Color) -> Outcome {
        Outcome::done(self.file.text())
    }
}
