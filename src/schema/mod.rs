//! JSON Schemas of the files that people write for the tool, so that an editor completes and checks
//! them.
//!
//! The schema comes from the spec's own types and their doc comments. `conveniences` adds what the
//! decoder accepts beyond what `serde` says, `names` the other names of fields, `converted` keys that
//! say them in another way, `numbers` the paths
//! that expectations are about, and `tidy` makes the texts fit for reading. To add a kind of file,
//! add its line in [`File`] and in [`File::schema`].

mod conveniences;
mod converted;
mod names;
mod numbers;
mod tidy;
mod walk;

pub use walk::{items, maps, resolve};

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::diag::json_text;
use crate::spec::{self, Converted, Policy, Spec};
use crate::yaml::Alias;

/// A kind of file that people write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum File {
    /// A pipeline.
    #[default]
    Spec,
    /// A policy, `vlmcalc.policy.yaml`.
    Policy,
}

impl File {
    /// The JSON Schema, draft 2020-12.
    pub fn schema(self) -> Value {
        match self {
            File::Spec => schema_of::<Spec>(&spec::other_names_once(), &spec::CONVERTED),
            File::Policy => schema_of::<Policy>(&[], &[]),
        }
    }

    /// The schema as text, every line ended.
    pub fn text(self) -> String {
        json_text(&self.schema())
    }
}

/// The schema of a type as the tool's decoder reads it.
fn schema_of<T: JsonSchema>(aliases: &[Alias], converted: &[Converted]) -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    walk::each(&mut schema, &mut tidy::tidy);
    conveniences::without(&mut schema);
    walk::each(&mut schema, &mut conveniences::choices);
    conveniences::bare_names(&mut schema);
    conveniences::empty_sections(&mut schema);
    tidy::defaults(&mut schema);
    names::add(&mut schema, aliases);
    walk::each(&mut schema, &mut conveniences::at_least_one);
    converted::add(&mut schema, converted);
    walk::each(&mut schema, &mut numbers::suggest);
    walk::each(&mut schema, &mut tidy::order);
    schema
}
