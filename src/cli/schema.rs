//! `vlmcalc schema`.

use clap::Args;

use super::Outcome;
use crate::schema::File;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Schema {
    /// The kind of file.
    #[arg(value_enum, default_value_t, value_name = "FILE")]
    file: File,
}

impl Schema {
    /// Prints the schema.
    pub fn run(&self) -> Outcome {
        Outcome::done(self.file.text())
    }
}
