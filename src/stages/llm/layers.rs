//! Layers of several kinds, and in which order they stand.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::layer::{Layer, LayerSpec};
use super::lent::Borrower;
use crate::diag::{Code, Diagnostic};
use crate::graph::When;
use crate::stages::faults::Faults;
use crate::units::Size;

/// Layers of several kinds: `layers: {kinds: {sliding: {sliding_window: 1024}, full: {}}, pattern:
/// [{sliding: 5}, full]}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Layers", title = "Layers")]
pub struct LayersSpec {
    /// The kinds by their names. What a kind does not say is as in `llm`.
    pub kinds: BTreeMap<String, LayerSpec>,
    /// Kinds in an order that is repeated over the depth, the last time as far as it goes: a name,
    /// or a name with how many of it follow each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pattern: Vec<Run>,
    /// Kinds in the order in which they stand, each layer once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<Run>,
}

/// Layers of one kind that follow each other: `full`, or `{sliding: 5}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The name of the kind.
    pub kind: String,
    /// How many.
    pub count: Size,
}

/// Layers of several kinds, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// The kinds that stand somewhere.
    pub kinds: Vec<Kind>,
    runs: Vec<Run>,
    repeats: bool,
}

/// A kind of layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// The layer.
    pub layer: Layer,
    /// In which rounds it stands.
    pub when: When,
}

/// Layers that a list says at most: more are no model's.
const MOST_LAYERS: u64 = 65_536;

impl LayersSpec {
    /// The layers that are described; nothing where they cannot be. A list says the depth.
    pub fn design(
        &self,
        base: &Layer,
        depth: Option<Size>,
        faults: &mut Faults,
    ) -> Option<(Layers, Option<Size>)> {
        let (field, runs) = match (&self.pattern[..], &self.order[..]) {
            ([], []) => {
                let text = "`layers` does not say in which order its kinds stand";
                let help = "add `pattern: [a, a, b]`, which is repeated over the depth, or `order: \
                            [a, {b: 11}]`, which says each layer";
                faults.add("kinds", Diagnostic::error(Code::MissingField, text).help(help));
                return None;
            }
            (pattern, []) => ("pattern", pattern),
            ([], order) => ("order", order),
            (_, _) => {
                let text = "`pattern` and `order` both say how layers stand";
                let help = "keep the one that you mean: a `pattern` is repeated, an `order` is not";
                faults.add("order", Diagnostic::error(Code::Mismatch, text).help(help));
                return None;
            }
        };
        if !self.are_known(field, runs, faults) {
            return None;
        }
        let length = runs.iter().fold(0u64, |sum, run| sum.saturating_add(run.count.get()));
        if length > MOST_LAYERS {
            let text = format!("`{field}` says {length} layers");
            let help = format!("at most {MOST_LAYERS} can be said");
            faults.add(field, Diagnostic::error(Code::OutOfRange, text).help(help));
            return None;
        }
        let repeats = field == "pattern";
        let said = Size::new(length);
        match depth {
            Some(depth) if !repeats && depth.get() != length => {
                let text = format!("`order` says {length} layers, and `depth` {depth}");
                let help = format!("write `depth: {length}`, or as many layers as there are");
                faults.add("order", Diagnostic::error(Code::Mismatch, text).help(help));
                return None;
            }
            _ => {}
        }
        let whens = places(runs, repeats, length);
        let mut kinds: Vec<Kind> = Vec::new();
        // A kind that reads the keys of another is as that one, which comes before it.
        let (own, lent): (Vec<_>, Vec<_>) =
            self.kinds.iter().partition(|(_, layer)| layer.keys_of().is_none());
        for (name, layer) in own.into_iter().chain(lent) {
            let layer = faults.within(&format!("kinds.{name}"), |faults| match layer.keys_of() {
                None => Some(layer.design(base, faults)),
                Some(of) => Borrower { name, layer, of }.design(self, &kinds, runs, faults),
            });
            let placed = layer.zip(whens.get(name.as_str()));
            kinds.extend(placed.map(|(layer, when)| Kind {
                name: name.clone(),
                layer,
                when: when.clone(),
            }));
        }
        kinds.sort_by_key(|kind| runs.iter().position(|run| run.kind == kind.name));
        let depth = if repeats { depth } else { said };
        Some((Layers { kinds, runs: runs.to_vec(), repeats }, depth))
    }

    /// Whether each kind of an order is described, and each that is described stands in it.
    fn are_known(&self, field: &str, runs: &[Run], faults: &mut Faults) -> bool {
        let mut are_known = true;
        for run in runs.iter().filter(|run| !self.kinds.contains_key(&run.kind)) {
            let names: Vec<&str> = self.kinds.keys().map(String::as_str).collect();
            let text = format!("`{field}` names `{}`, which is none of `kinds`", run.kind);
            let help = match names[..] {
                [] => "say it under `kinds`".to_owned(),
                _ => format!("the kinds are {}", names.join(", ")),
            };
            faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
            are_known = false;
        }
        for name in self.kinds.keys() {
            let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if !is_plain || name.len() > 32 {
                let text = format!("`{name}` is no name of a kind of layer");
                let help = "a name has small letters, digits and `_`, at most 32, a letter first";
                faults.add("kinds", Diagnostic::error(Code::Mismatch, text).help(help));
                are_known = false;
            } else if !runs.iter().any(|run| run.kind == *name) {
                let text = format!("no layer is of the kind `{name}`");
                let help = format!("put it into `{field}`, or take it out");
                let field = format!("kinds.{name}");
                faults.add(&field, Diagnostic::error(Code::Mismatch, text).help(help));
                are_known = false;
            }
        }
        are_known
    }
}

impl From<&Layers> for LayersSpec {
    /// The section that says layers, every choice written.
    fn from(layers: &Layers) -> LayersSpec {
        let Layers { kinds, runs, repeats } = layers;
        let (pattern, order) =
            if *repeats { (runs.clone(), Vec::new()) } else { (Vec::new(), runs.clone()) };
        let kinds = kinds.iter().map(|kind| (kind.name.clone(), LayerSpec::from(&kind.layer)));
        LayersSpec { kinds: kinds.collect(), pattern, order }
    }
}

impl Layers {
    /// How many layers an order lists; nothing where a pattern is repeated.
    pub fn listed(&self) -> Option<u64> {
        let counts = self.runs.iter().map(|run| run.count.get());
        (!self.repeats).then(|| counts.sum())
    }
}

/// In which rounds each kind stands.
fn places(runs: &[Run], repeats: bool, length: u64) -> BTreeMap<&str, When> {
    let mut at = 0;
    let mut numbers: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for run in runs {
        numbers.entry(&run.kind).or_default().extend(at..at + run.count.get());
        at += run.count.get();
    }
    let others = |own: &[u64]| -> Vec<u64> { (0..length).filter(|n| !own.contains(n)).collect() };
    let whens = numbers.into_iter().map(|(name, own)| {
        let few = 2 * own.len() as u64 <= length;
        let when = match (repeats, &own[..]) {
            (true, [offset]) => When::Every { period: length, offset: *offset },
            (true, _) => match others(&own)[..] {
                [] => When::Every { period: 1, offset: 0 },
                [offset] => When::Except { period: length, offset },
                _ => When::Pattern { period: length, offsets: own.into() },
            },
            (false, _) if few => When::Among(own.into()),
            (false, _) => When::NotAmong(others(&own).into()),
        };
        (name, when)
    });
    whens.collect()
}

impl JsonSchema for Run {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "LayerRun".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let count = generator.subschema_for::<Size>();
        schemars::json_schema!({"anyOf": [
            {"type": "string", "description": "The name of a kind."},
            {
                "type": "object",
                "description": "The name of a kind, with how many of it follow each other.",
                "additionalProperties": count,
                "minProperties": 1,
                "maxProperties": 1,
            },
        ]})
    }
}

impl Serialize for Run {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.count.get() == 1 {
            return self.kind.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.kind, &self.count)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Run {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Run, D::Error> {
        struct NameOrMap;

        impl<'de> Visitor<'de> for NameOrMap {
            type Value = Run;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a kind of layer, or `{name: count}`")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Run, E> {
                let kind = String::deserialize(StrDeserializer::new(name))?;
                Ok(Run { kind, count: Size::of(1) })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Run, A::Error> {
                let runs = BTreeMap::<String, Size>::deserialize(MapAccessDeserializer::new(map))?;
                let mut runs = runs.into_iter();
                match (runs.next(), runs.next()) {
                    (Some((kind, count)), None) => Ok(Run { kind, count }),
                    _ => Err(Error::custom(
                        "a map of an order has one kind; help: write `[{sliding: 5}, full]`",
                    )),
                }
            }
        }

        deserializer.deserialize_any(NameOrMap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_where_the_order_says() {
        let run = |(kind, count): (&str, u64)| Run { kind: kind.into(), count: Size::of(count) };
        for (runs, repeats) in [
            (vec![("a", 5), ("b", 1)], true),
            (vec![("a", 1), ("b", 2), ("a", 1), ("c", 2)], true),
            (vec![("a", 1)], true),
            (vec![("a", 1), ("b", 46)], false),
            (vec![("a", 3), ("b", 2), ("c", 1), ("a", 4)], false),
        ] {
            let runs: Vec<Run> = runs.into_iter().map(run).collect();
            let all = runs.iter().flat_map(|run| vec![&*run.kind; run.count.get() as usize]);
            let all: Vec<&str> = all.collect();
            let whens = places(&runs, repeats, all.len() as u64);
            let rounds = if repeats { 3 * all.len() } else { all.len() };
            for round in 0..rounds {
                let met = whens.iter().filter(|(_, when)| when.runs_in(round as u64));
                let met: Vec<&str> = met.map(|(name, _)| *name).collect();
                assert_eq!(met, [all[round % all.len()]], "{runs:?}");
            }
        }
    }
}
