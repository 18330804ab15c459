//! What an unquoted scalar means: YAML's core schema, read strictly.

use super::Value;

/// The value of an unquoted scalar.
///
/// Only `true` and `false` are booleans. Numbers may have `_` between digits. A number with a
/// leading zero is text, so that `010` is neither 8 nor 10 by accident.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Value::Str(text.to_owned());
    }
    number(text).unwrap_or_else(|| Value::Str(text.to_owned()))
}

fn number(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(Value::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY }));
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = digits.strip_prefix(prefix) {
            let valid = digits.chars().all(|c| c.is_digit(radix)) && !digits.is_empty();
            // Beyond 128 bits such a number stays text.
            let magnitude = valid.then(|| i128::from_str_radix(digits, radix).ok())??;
            return Some(Value::Int(if negative { -magnitude } else { magnitude }));
        }
    }
    let plain = without_underscores(digits)?;
    let whole = plain.split(['.', 'e', 'E']).next()?;
    if !is_number(&plain) || (whole.len() > 1 && whole.starts_with('0')) {
        return None;
    }
    let signed = if negative { format!("-{plain}") } else { plain };
    match signed.parse::<i128>() {
        Ok(value) => Some(Value::Int(value)),
        Err(_) => signed.parse().ok().map(Value::Float),
    }
}

/// Removes underscores; `None` if one is not between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_digit())
    };
    let between = |at: usize| digit(at.checked_sub(1)) && digit(at.checked_add(1));
    bytes
        .iter()
        .enumerate()
        .all(|(at, &byte)| byte != b'_' || between(at))
        .then(|| text.replace('_', ""))
}

/// `[0-9]+ (. [0-9]*)? (e [+-]? [0-9]+)?`, or `. [0-9]+` with an exponent or none.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
        }
        None => (text, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some = !whole.is_empty() || !part.is_empty();
    some && digits(whole) && digits(part) && exponent.is_none_or(|e| !e.is_empty() && digits(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("+5", 5),
            ("4096", 4096),
            ("1_000", 1000),
            ("-7", -7),
            ("0x10", 16),
            ("-0x10", -16),
            ("0o17", 15),
            ("9223372036854775808", 1 << 63),
            ("170141183460469231731687303715884105727", i128::MAX),
        ] {
            assert_eq!(resolve(text), Value::Int(value), "{text}");
        }
    }

    #[test]
    fn floats() {
        for (text, value) in [
            ("1e3", 1e3),
            ("1e30", 1e30),
            ("4096.0", 4096.0),
            (".5", 0.5),
            ("1.", 1.0),
            ("-1.5E-3", -1.5e-3),
            ("1_000.5", 1000.5),
            ("170141183460469231731687303715884105728", 2f64.powi(127)),
            ("1e999", f64::INFINITY),
            ("-.inf", f64::NEG_INFINITY),
            ("0.1", 0.1),
        ] {
            assert_eq!(resolve(text), Value::Float(value), "{text}");
        }
        assert!(matches!(resolve(".nan"), Value::Float(f) if f.is_nan()));
        assert!(matches!(resolve(&"9".repeat(10_000)), Value::Float(f) if f.is_infinite()));
    }

    #[test]
    fn the_rest_is_text() {
        for text in [
            "yes", "no", "on", "True", "FALSE", "010", "00", "4k", "1__0", "_1", "1_", "1,000",
            "e3", "1e", ".", "-", "+", "..", "1.2.3", "0x", "0xg", "480x640", "inf", "NaN", "1e+",
            "- 1", "--1", "0b1", "1 000", "١",
        ] {
            assert_eq!(resolve(text), Value::Str(text.to_owned()));
        }
        for text in ["", "~", "null"] {
            assert_eq!(resolve(text), Value::Null);
        }
        assert_eq!(resolve("true"), Value::Bool(true));
        assert_eq!(resolve("false"), Value::Bool(false));
    }
}
