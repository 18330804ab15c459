//! Words of diagnostics: what was found, what to write instead, what was probably meant.

use crate::diag::{Sources, quote};
use crate::yaml::{Node, Value, scalar};

/// The names in backticks, with commas.
pub(super) fn list(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// What a value is, in words.
pub(super) fn found(node: &Node, sources: &Sources) -> String {
    let raw = node.raw(sources);
    match &node.value {
        Value::Null if raw.is_empty() => "nothing".to_owned(),
        Value::Null | Value::Bool(_) => quote(raw),
        Value::Int(_) | Value::Float(_) => format!("the number {}", quote(raw)),
        Value::Str(text) => format!("the text {}", quote(text)),
        Value::Seq(_) => "a list".to_owned(),
        Value::Map(_) => "a map of keys".to_owned(),
    }
}

/// What to write instead of a value that is not `expected`.
pub(super) fn hint(node: &Node, expected: &str, sources: &Sources) -> String {
    let raw = node.raw(sources);
    let single = !raw.is_empty() && raw.len() <= 40 && !raw.contains('\n');
    let write = |text: &str| format!("write {}", quote(text));
    let whole = expected.contains("whole number");
    match (&node.value, expected) {
        (Value::Float(number), _) if whole => whole_float(*number).map(|text| write(&text)),
        (Value::Str(text), _) if expected.contains("number") => {
            if is_number(text, whole) && raw.starts_with(['\'', '"']) {
                Some(format!("{} without quotes", write(text)))
            } else {
                plain_number(text)
                    .filter(|number| is_number(number, whole))
                    .map(|number| write(&number))
            }
        }
        (Value::Str(text), "`true` or `false`") => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(write("true")),
            "false" | "no" | "off" | "n" => Some(write("false")),
            _ => None,
        },
        (Value::Int(_) | Value::Float(_) | Value::Bool(_), "text") if single => {
            Some(write(&format!("\"{raw}\"")))
        }
        (Value::Int(_) | Value::Float(_) | Value::Bool(_) | Value::Str(_), "a list") if single => {
            Some(write(&format!("[{raw}]")))
        }
        _ => None,
    }
    .unwrap_or_else(|| match expected {
        "a whole number" => "write a whole number, such as `16`".to_owned(),
        "a number" => "write a number, such as `0.5`".to_owned(),
        "text" => "write text, in quotes if it looks like a number".to_owned(),
        "a list" => "write a list, such as `[1, 2]`".to_owned(),
        "a map of keys" => "write its keys below it, indented, or as `{key: value}`".to_owned(),
        _ => format!("write {expected}"),
    })
}

/// A whole number as a spec writes it; else what was probably meant by the text.
///
/// # Errors
/// What to write instead, if that can be told.
pub fn whole(text: &str) -> Result<i128, Option<String>> {
    match scalar::resolve(text) {
        Value::Int(number) => Ok(number),
        Value::Float(number) => Err(whole_float(number)),
        _ => Err(plain_number(text).filter(|number| is_number(number, true))),
    }
}

fn is_number(text: &str, whole: bool) -> bool {
    match scalar::resolve(text) {
        Value::Int(_) => true,
        Value::Float(number) => !whole && number.is_finite(),
        _ => false,
    }
}

/// A float without a fraction as a whole number.
fn whole_float(number: f64) -> Option<String> {
    (number.fract() == 0.0 && number.abs() < 1e15).then(|| format!("{number:.0}"))
}

/// The number that a text such as `4k`, `7.1B`, `1,024` or `010` means.
fn plain_number(text: &str) -> Option<String> {
    let text = text.trim();
    let suffix = text.chars().last()?;
    let scale = match suffix {
        'k' | 'K' => 1e3,
        'm' | 'M' => 1e6,
        'b' | 'B' | 'g' | 'G' => 1e9,
        't' | 'T' => 1e12,
        _ => {
            let digits: String = text.chars().filter(|c| !matches!(c, ',' | ' ' | '_')).collect();
            let trimmed = digits.trim_start_matches('0');
            let valid = !digits.is_empty()
                && digits.len() < 30
                && digits.bytes().all(|b| b.is_ascii_digit());
            return valid
                .then(|| if trimmed.is_empty() { "0".to_owned() } else { trimmed.to_owned() });
        }
    };
    let number = text[..text.len() - suffix.len_utf8()].trim_end();
    if !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    whole_float(number.parse::<f64>().ok()? * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_other_spellings() {
        for (text, number) in [
            ("4k", "4000"),
            ("7.1B", "7100000000"),
            ("1.5M", "1500000"),
            ("1,024", "1024"),
            ("1 024", "1024"),
            ("010", "10"),
            ("00", "0"),
        ] {
            assert_eq!(plain_number(text).as_deref(), Some(number));
        }
        for text in ["", "k", "tok", "1.0001k", "sixteen", "-4k", "1.2.3k", "é"] {
            assert_eq!(plain_number(text), None, "{text}");
        }
    }
}
