//! The fields of a spec, from its JSON Schema.

use std::collections::BTreeSet;

use clap::ValueEnum;
use serde_json::Value;

use super::last;
use super::rules::{is_other_name, required};
use crate::schema::{File, items, maps};
use crate::spec::{self, CONVERTED, Converted};
use crate::yaml;

/// The key that stands for keys of any name.
pub(super) const ANY: &str = "*";
/// The key that stands for an item of a list.
pub(super) const ITEM: &str = "-";

/// A field of a spec, or a choice with settings, whose name stands as a key.
#[derive(Debug)]
pub(super) struct Field {
    /// Its path, such as `bridge.qformer.queries`.
    pub path: String,
    /// The file that it is in.
    pub file: File,
    /// What it means.
    pub meaning: String,
    /// Its other names.
    pub names: Vec<String>,
    /// Whether its section cannot do without it.
    pub is_required: bool,
    /// Where its schema is.
    pub pointer: String,
    /// The keys that lead to it, each with the place of the map that has it.
    pub keys: Vec<(String, String)>,
}

impl Field {
    /// Whether a key says it in another way.
    pub fn is_said_by(&self, converted: &Converted) -> bool {
        self.file == File::Spec && converted.fields.contains(&self.path.as_str())
    }
}

/// All fields of the files that people write.
pub(super) struct Fields {
    schemas: Vec<(File, Value)>,
    list: Vec<Field>,
}

impl Fields {
    pub fn new() -> Fields {
        let schemas: Vec<_> =
            File::value_variants().iter().map(|file| (*file, file.schema())).collect();
        let mut collector = Collector::default();
        for (file, schema) in &schemas {
            collector.collect(*file, schema, "", &Trail::default());
        }
        Fields { schemas, list: collector.list }
    }

    /// The schema of a field's file.
    pub fn root(&self, field: &Field) -> &Value {
        let found = self.schemas.iter().find(|(file, _)| *file == field.file);
        found.map_or(&Value::Null, |(_, schema)| schema)
    }

    pub fn all(&self) -> impl Iterator<Item = &Field> {
        self.list.iter()
    }

    /// The field of a path, which may have other names in it.
    pub fn find(&self, path: &str) -> Option<&Field> {
        let path = yaml::canonical_path(path, &spec::other_names());
        self.list.iter().find(|field| field.path == path)
    }

    /// The fields of which a name is the last part or another name. What a projection after
    /// another bridge has, a bridge of `deepstack`, or the rule of a clip's frames, is left out: it
    /// is the same as in the bridge or rule of its name.
    pub fn named(&self, name: &str) -> Vec<&Field> {
        let says = |field: &Field| {
            let mut converted = CONVERTED.iter().filter(|converted| converted.key == name);
            converted.any(|converted| field.is_said_by(converted))
        };
        let is = |field: &&Field| {
            let own = last(&field.path) == name || field.names.iter().any(|other| other == name);
            own || says(field)
        };
        let is_again = |field: &&Field| {
            let again = ["deepstack.", "video_processor.frame.", "encoder.towers."];
            field.path.contains(".then.")
                || again.iter().any(|section| field.path.starts_with(section))
        };
        let (again, found): (Vec<&Field>, Vec<&Field>) =
            self.list.iter().filter(is).partition(is_again);
        // A field that stands in such a section alone is meant.
        let found = if found.is_empty() { again } else { found };
        // What a rule of processors calls so is looked for in the rule.
        let of_rule = |field: &&Field| {
            ["processor.", "video_processor."].iter().any(|rules| field.path.starts_with(rules))
        };
        let (rules, others): (Vec<&Field>, Vec<&Field>) = found.into_iter().partition(of_rule);
        if others.is_empty() { rules } else { others }
    }

    /// The fields directly in a section.
    pub fn within(&self, path: &str) -> impl Iterator<Item = &Field> {
        let below = move |field: &&Field| {
            let rest = field.path.strip_prefix(path).and_then(|rest| rest.strip_prefix('.'));
            rest.is_some_and(|rest| !rest.contains('.'))
        };
        self.list.iter().filter(below)
    }
}

/// The way to a section.
#[derive(Clone, Default)]
struct Trail {
    path: Vec<String>,
    keys: Vec<(String, String)>,
}

#[derive(Default)]
struct Collector {
    list: Vec<Field>,
    /// What maps with keys of any name hold. The same thing is collected once.
    seen: BTreeSet<String>,
}

impl Collector {
    fn collect(&mut self, file: File, root: &Value, pointer: &str, trail: &Trail) {
        for map in maps(root, pointer) {
            let Some(schema) = root.pointer(&map) else { continue };
            let Some(properties) = schema["properties"].as_object() else { continue };
            // Paths of numbers have pages of their own.
            let is_field = |(name, field): &(&String, &Value)| {
                !is_other_name(field) && !name.contains('.') && name.as_str() != "schema_version"
            };
            for (name, field) in properties.iter().filter(is_field) {
                let pointer = format!("{map}/properties/{name}");
                let trail = trail.to(&map, name);
                let names = properties.iter().filter(|(_, other)| refers_to(other, &pointer));
                self.list.push(Field {
                    path: trail.path.join("."),
                    file,
                    meaning: field["description"].as_str().unwrap_or_default().to_owned(),
                    names: names.map(|(other, _)| other.clone()).collect(),
                    is_required: required(schema).any(|needed| needed == name),
                    pointer: pointer.clone(),
                    keys: trail.keys.clone(),
                });
                self.collect(file, root, &pointer, &trail);
                if let Some(items) = items(root, &pointer).filter(|items| trail.is_new(root, items))
                {
                    let list = items.trim_end_matches("/items");
                    self.collect(file, root, &items, &trail.through(list, ITEM));
                }
                let values = &field["additionalProperties"];
                if values.is_object() && self.seen.insert(values.to_string()) {
                    let trail = trail.through(&pointer, ANY);
                    self.collect(file, root, &format!("{pointer}/additionalProperties"), &trail);
                }
            }
        }
    }
}

impl Trail {
    /// On to a key of a map.
    fn to(&self, map: &str, key: &str) -> Trail {
        let mut trail = self.clone();
        trail.path.push(key.to_owned());
        trail.keys.push((map.to_owned(), key.to_owned()));
        trail
    }

    /// Whether what is described here stands in nothing of its kind: steps within a step are the steps
    /// that it stands among.
    fn is_new(&self, root: &Value, pointer: &str) -> bool {
        let target = root.pointer(pointer).and_then(|schema| schema["$ref"].as_str());
        let target = target.and_then(|target| target.strip_prefix('#'));
        target.is_none_or(|target| !self.keys.iter().any(|(map, _)| map.starts_with(target)))
    }

    /// On to the values of a map with keys of any name, or to the items of a list.
    fn through(&self, of: &str, key: &str) -> Trail {
        let mut trail = self.clone();
        trail.keys.push((of.to_owned(), key.to_owned()));
        trail
    }
}

fn refers_to(other: &Value, pointer: &str) -> bool {
    let target = other["allOf"][0]["$ref"].as_str();
    is_other_name(other) && target.and_then(|target| target.strip_prefix('#')) == Some(pointer)
}
