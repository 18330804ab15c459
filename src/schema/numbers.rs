//! The numbers of a plan, for an editor to suggest where something can be expected of them.

use serde_json::{Map, Value, json};

use super::walk::Object;
use crate::cost::numbers::keys;

/// Names the plan's numbers in a map of expectations. Other paths stay possible: stages, symbols.
pub(super) fn suggest(schema: &mut Object) {
    let Some(values) = schema.get("additionalProperties") else { return };
    if values["$ref"] != "#/$defs/Expectation" {
        return;
    }
    let numbers = keys().filter(|key| key.is_number());
    let fields = numbers.flat_map(|key| {
        let field = json!({"description": key.meaning, "$ref": values["$ref"]});
        key.paths().into_iter().map(move |path| (path, field.clone()))
    });
    let fields: Map<String, Value> = fields.collect();
    schema.insert("properties".to_owned(), fields.into());
}
