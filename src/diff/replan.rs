//! Other designs, planned.

use serde_json::Value;

use crate::cost::Report;
use crate::planned::count;
use crate::spec::Spec;
use crate::stages::decoder::Logits;

/// The plan of a design; nothing if it is none that can be planned.
pub fn replan(design: &Value, logits: Logits) -> Option<Report> {
    let spec = serde_json::from_value::<Spec>(design.clone()).ok()?;
    count("", &spec, logits).ok()
}

/// A design with another value at a path that it has.
pub fn with(design: &Value, path: &str, value: Value) -> Value {
    let mut changed = design.clone();
    let pointer = format!("/{}", path.replace('.', "/"));
    if let Some(place) = changed.pointer_mut(&pointer) {
        *place = value;
    }
    changed
}
