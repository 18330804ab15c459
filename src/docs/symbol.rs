//! The symbol that formulas have for a field: the engine is asked.

use serde_json::Value;

use super::example::{pipeline, with};
use super::field::Field;
use crate::dim::{Definition, Symbol};

/// A size that nothing has by default, even as the heads that rotary positions need.
const MARK: i128 = 14;

/// The symbol that gets the field's number: the field is set, the spec built, and the number looked
/// for among the symbols. Nothing if the field is no size or has no symbol of its own.
pub(super) fn symbol(root: &Value, field: &Field) -> Option<Symbol> {
    let mark = serde_json::Number::from_i128(MARK)?;
    let pipeline = pipeline(&with(root, field, Value::Number(mark), None))?;
    let marked = |symbol: &&Symbol| symbol.definition == Definition::Given(MARK);
    let mut found = pipeline.prefill.symbols.iter().map(|(_, symbol)| symbol).filter(marked);
    found.next().filter(|_| found.next().is_none()).cloned()
}
