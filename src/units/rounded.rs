//! Numbers that may be rounded, as people write them in answers.

use super::{Fraction, Unit, scale};

/// Reads a number in an answer, which may be rounded: what [`super::parse`] reads, and exponents
/// (`2.36e6`), a decimal comma (`4,19 M`), words (`4.19 million`, `2 bytes`) and multiply-adds,
/// which are 2 FLOPs each. In bytes, `B` is a byte and `MB` a power of 1000.
pub fn parse_rounded(text: &str, of: Unit) -> Option<Fraction> {
    let (number, unit) = split_unit(text.trim());
    let (exponent, unit) = split_exponent(unit);
    let decimal_comma = match number.split_once(',') {
        Some((_, after)) => after.len() != 3 && after.chars().all(|c| c.is_ascii_digit()),
        None => false,
    };
    let number = if decimal_comma { number.replace(',', ".") } else { number.to_owned() };
    let scale = rounded_scale(unit.trim(), of)?;
    let power = Fraction::whole(10).checked_pow(exponent)?;
    decimal(&number)?.checked_mul(scale.into())?.checked_mul(power)
}

/// `-12_345.678`: digits with one point at most and one before it at least, in groups or not.
pub(super) fn decimal(text: &str) -> Option<Fraction> {
    let digits: String = text.chars().filter(|c| !",_".contains(*c)).collect();
    let unsigned = digits.trim_start_matches(['+', '-']);
    Fraction::parse(&digits).filter(|_| !unsigned.starts_with('.'))
}

/// The digits and what stands after them.
pub(super) fn split_unit(text: &str) -> (&str, &str) {
    let split = text.find(|c: char| !(c.is_ascii_digit() || ".,_+-".contains(c)));
    text.split_at(split.unwrap_or(text.len()))
}

/// `e6` in front of a unit; an `E` without digits after it is a unit.
pub(super) fn split_exponent(text: &str) -> (i32, &str) {
    let Some(after) = text.strip_prefix(['e', 'E']) else { return (0, text) };
    let sign = usize::from(after.starts_with(['+', '-']));
    let digits = after[sign..].chars().take_while(char::is_ascii_digit).count();
    let (exponent, unit) = after.split_at(sign + digits);
    exponent.parse().map_or((0, text), |exponent| (exponent, unit))
}

/// The factor that a unit of an answer stands for.
fn rounded_scale(unit: &str, of: Unit) -> Option<i128> {
    let lower = unit.to_ascii_lowercase();
    let words = ["", "thousand", "million", "billion", "trillion", "quadrillion"];
    if let Some(power) = words.iter().position(|word| *word == lower) {
        return 1000i128.checked_pow(u32::try_from(power).ok()?);
    }
    if of == Unit::Byte {
        let bytes = lower.strip_suffix("bytes").or_else(|| lower.strip_suffix("byte"));
        let prefix = bytes.or_else(|| lower.strip_suffix('b')).unwrap_or(&lower).trim_end();
        return factor(&prefix.to_uppercase()).or_else(|| {
            let binary = prefix.strip_suffix('i')?.to_uppercase();
            factor(&format!("{binary}iB"))
        });
    }
    let macs = lower.strip_suffix("macs").or_else(|| lower.strip_suffix("mac"));
    let flops = lower.strip_suffix("flops").or_else(|| lower.strip_suffix("flop"));
    let prefix = macs.or(flops).unwrap_or(&lower).trim_end().to_uppercase();
    factor(&prefix)?.checked_mul(if macs.is_some() { 2 } else { 1 })
}

/// The factor that a unit stands for.
fn factor(unit: &str) -> Option<i128> {
    scale(unit).map(|(factor, _)| factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rounded_answers() {
        let is = |text: &str, of, numerator, denominator| {
            let found = parse_rounded(text, of);
            assert_eq!(found, Fraction::new(numerator, denominator), "{text}");
        };
        for text in ["4194304", "4,194,304", "4_194_304", "4.194304e6", "4.194304 million"] {
            is(text, Unit::Count, 4_194_304, 1);
        }
        is("4,19 M", Unit::Count, 4_190_000, 1);
        is("4,190", Unit::Count, 4190, 1);
        is("41.3", Unit::Count, 413, 10);
        is("5e-1", Unit::Count, 1, 2);
        is("2E", Unit::Count, 2_000_000_000_000_000_000, 1);
        is("9.08 TFLOPs", Unit::Flop, 9_080_000_000_000, 1);
        is("4.54 TMACs", Unit::Flop, 9_080_000_000_000, 1);
        is("9.08e12 flops", Unit::Flop, 9_080_000_000_000, 1);
        is("2 B", Unit::Byte, 2, 1);
        is("2 B", Unit::Count, 2_000_000_000, 1);
        is("0.313 GiB", Unit::Byte, 313 << 30, 1000);
        is("320 mib", Unit::Byte, 320 << 20, 1);
        is("320 MB", Unit::Byte, 320_000_000, 1);
        is("7 bytes", Unit::Byte, 7, 1);
        is("7 Mbytes", Unit::Byte, 7_000_000, 1);
        for bad in ["", "x", "e6", "1e99", "1e-99", "7Q", "--1", "1e9999999999", "1 x"] {
            assert_eq!(parse_rounded(bad, Unit::Count), None, "{bad}");
        }
    }
}
