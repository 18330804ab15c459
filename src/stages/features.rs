//! Which layers of a tower give the features, and how those of several become one.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::faults::Faults;
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::units::Size;

/// The layers whose features are taken, one or several, as transformers counts `hidden_states`: 0 is
/// the input of the first block, -1 the output of the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureLayers(Vec<i64>);

/// How features of several layers become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureJoin {
    /// Side by side in each token, in the order of the list (VipLLaVA, Granite Vision, Molmo 2): as
    /// many times as wide as there are layers.
    #[default]
    Concat,
    /// Added.
    Add,
}

impl FeatureLayers {
    /// The layers in the order in which they are joined; at least one.
    pub fn all(&self) -> &[i64] {
        &self.0
    }

    /// The layer, if it is only one.
    pub fn single(&self) -> Option<i64> {
        match self.0[..] {
            [layer] => Some(layer),
            _ => None,
        }
    }

    /// The one that comes last in an encoder of so many blocks. Where that is not known, none is
    /// counted from the end unless all are.
    pub fn last(&self, depth: Option<Size>) -> i64 {
        let place = |layer: &i64| blocks_before(*layer, depth).unwrap_or_default();
        self.0.iter().copied().max_by_key(|layer| (place(layer), *layer)).unwrap_or(-1)
    }

    /// How many times as wide a token is as in one layer.
    pub fn times(&self, join: FeatureJoin) -> u64 {
        match join {
            FeatureJoin::Concat => self.0.len() as u64,
            FeatureJoin::Add => 1,
        }
    }

    /// The layers, which must be the encoder's.
    pub fn design(&self, depth: Option<Size>, faults: &mut Faults) -> FeatureLayers {
        let mut fault = |code, text: String, help: String| {
            faults.add("feature_layer", Diagnostic::error(code, text).help(help));
        };
        match depth {
            Some(depth) => {
                let blocks = i128::from(depth);
                let is_beyond =
                    |layer: &&i64| !(-blocks - 1..=blocks).contains(&i128::from(**layer));
                if let Some(layer) = self.0.iter().find(is_beyond) {
                    let text = format!("an encoder of {depth} blocks has no feature layer {layer}");
                    let help = format!(
                        "write -1 (after the last block) to -{}, or 0 (before the first) to {depth}",
                        blocks + 1
                    );
                    fault(Code::OutOfRange, text, help);
                    return FeatureLayers(vec![-1]);
                }
            }
            None => {
                let is_one = self.single().is_some();
                if !is_one && self.0.iter().any(|layer| *layer < 0) {
                    let text = "which of several feature layers comes last is not known";
                    let help = "give `depth` beside those that are counted from the end";
                    fault(Code::MissingField, text.to_owned(), help.to_owned());
                    return FeatureLayers(vec![-1]);
                }
            }
        }
        self.clone()
    }
}

/// How many blocks run before the features of a layer are there: of a layer that is counted from the
/// end if the number of blocks is known.
pub fn blocks_before(layer: i64, depth: Option<Size>) -> Option<u64> {
    match u64::try_from(layer) {
        Ok(layer) => Some(layer),
        Err(_) => depth?.get().checked_add(1)?.checked_add_signed(layer),
    }
}

/// The same as a dimension.
pub fn blocks_up_to(layer: i64, depth: &Dim) -> Dim {
    let layer = i128::from(layer);
    if layer < 0 { depth + (layer + 1) } else { layer.into() }
}

impl From<i64> for FeatureLayers {
    fn from(layer: i64) -> FeatureLayers {
        FeatureLayers(vec![layer])
    }
}

impl fmt::Display for FeatureLayers {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let layers: Vec<String> = self.0.iter().map(i64::to_string).collect();
        f.write_str(&layers.join(", "))
    }
}

impl Serialize for FeatureLayers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.single() {
            Some(layer) => layer.serialize(serializer),
            None => self.0.serialize(serializer),
        }
    }
}

impl JsonSchema for FeatureLayers {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "FeatureLayers".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let layer = i64::json_schema(generator);
        let several = json_schema!({"type": "array", "items": layer.clone(), "minItems": 1});
        json_schema!({"anyOf": [layer, several]})
    }
}

impl<'de> Deserialize<'de> for FeatureLayers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FeatureLayers, D::Error> {
        struct OneOrSeveral;

        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = FeatureLayers;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a layer, such as -2, or a list of layers")
            }

            fn visit_i64<E: Error>(self, layer: i64) -> Result<FeatureLayers, E> {
                Ok(layer.into())
            }

            fn visit_u64<E: Error>(self, layer: u64) -> Result<FeatureLayers, E> {
                self.visit_i128(layer.into())
            }

            fn visit_i128<E: Error>(self, layer: i128) -> Result<FeatureLayers, E> {
                let small = i64::try_from(layer);
                small.map(FeatureLayers::from).map_err(|_| E::custom("no encoder is so deep"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FeatureLayers, A::Error> {
                let mut layers = Vec::new();
                while let Some(layer) = seq.next_element()? {
                    layers.push(layer);
                }
                if layers.is_empty() {
                    let text = "a list of no layers; help: leave the key out for the final output";
                    return Err(A::Error::custom(text));
                }
                Ok(FeatureLayers(layers))
            }
        }

        deserializer.deserialize_any(OneOrSeveral)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_layer_is_found_from_both_ends() {
        let layers: FeatureLayers = serde_json::from_str("[-2, -5, -8, -11, 6]").unwrap();
        assert_eq!(layers.last(Size::new(24)), -2);
        assert_eq!(layers.last(Size::new(5)), 6);
        assert_eq!(FeatureLayers::from(-2).last(None), -2);
        let found: Vec<Option<u64>> =
            layers.all().iter().map(|layer| blocks_before(*layer, Size::new(24))).collect();
        assert_eq!(found, [Some(23), Some(20), Some(17), Some(14), Some(6)]);
        assert_eq!(serde_json::to_string(&layers).unwrap(), "[-2,-5,-8,-11,6]");
        assert_eq!(serde_json::to_string(&FeatureLayers::from(-2)).unwrap(), "-2");
    }
}
