//! Numbers as people write them: the only place that formats or reads counts, bytes and FLOPs.
//!
//! Counts and FLOPs go by powers of 1000 (K, M, B; GFLOP, TFLOP), memory by powers of 1024 (MiB,
//! GiB). Three significant digits, rounded before the unit is chosen.

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Parameters, values, tokens: K, M, B, T.
    Count,
    /// Floating-point operations: KFLOP … TFLOP.
    Flop,
    /// Bytes: KiB … TiB.
    Byte,
}

const COUNTS: [&str; 6] = ["", " K", " M", " B", " T", " Q"];
const FLOPS: [&str; 7] = [" FLOP", " KFLOP", " MFLOP", " GFLOP", " TFLOP", " PFLOP", " EFLOP"];
const BYTES: [&str; 6] = [" B", " KiB", " MiB", " GiB", " TiB", " PiB"];

/// Three significant digits and a unit: `7.06 B`, `9.08 TFLOP`, `320 MiB`.
pub fn human(value: i128, unit: Unit) -> String {
    let (names, step): (&[&str], u128) = match unit {
        Unit::Count => (&COUNTS, 1000),
        Unit::Flop => (&FLOPS, 1000),
        Unit::Byte => (&BYTES, 1024),
    };
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "−" } else { "" };
    let mut scale: u128 = 1;
    for name in names {
        // Digits behind the point, so that three are shown: 1.23, 12.3, 123.
        let decimals = if scale == 1 || magnitude >= 100 * scale {
            0
        } else if magnitude >= 10 * scale {
            1
        } else {
            2
        };
        let power = 10u128.pow(decimals);
        let rounded = rounded_quotient(magnitude, scale, power);
        let is_last = names.last() == Some(name);
        if rounded < step * power || is_last {
            // 99.96 rounds to 100.0, which has a digit too many.
            let (rounded, power, decimals) = match (rounded, decimals) {
                (r, 1 | 2) if r >= 1000 => {
                    (rounded_quotient(magnitude, scale, power / 10), power / 10, decimals - 1)
                }
                _ => (rounded, power, decimals),
            };
            let whole = grouped(rounded / power);
            return match decimals {
                0 => format!("{sign}{whole}{name}"),
                _ => {
                    let width = decimals as usize;
                    format!("{sign}{whole}.{:0width$}{name}", rounded % power)
                }
            };
        }
        scale *= step;
    }
    unreachable!("the last name always returns")
}

/// `magnitude · power / scale`, rounded half up.
fn rounded_quotient(magnitude: u128, scale: u128, power: u128) -> u128 {
    let whole = magnitude / scale * power;
    let rest = magnitude % scale * power;
    whole + (rest + scale / 2) / scale
}

/// A duration in three digits: `2.28 s`, `15.9 ms`, `3 min 20 s`.
pub fn duration(seconds: f64) -> String {
    if seconds >= 60.0 {
        let whole = seconds.round();
        return format!("{} min {} s", (whole / 60.0).floor(), whole % 60.0);
    }
    let (scaled, unit) = [(1.0, "s"), (1e3, "ms"), (1e6, "µs")]
        .into_iter()
        .map(|(factor, unit)| (seconds * factor, unit))
        .find(|(scaled, _)| *scaled >= 0.9995)
        .unwrap_or((seconds * 1e9, "ns"));
    let decimals = if scaled >= 99.95 {
        0
    } else if scaled >= 9.995 {
        1
    } else {
        2
    };
    format!("{scaled:.decimals$} {unit}")
}

/// Work per time: `195 GFLOP/s`; nothing for no time.
pub fn rate(flops: i128, seconds: f64) -> String {
    if seconds <= 0.0 {
        return String::new();
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "three digits"
    )]
    let per_second = (flops as f64 / seconds).round() as i128;
    format!("{}/s", human(per_second, Unit::Flop))
}

/// A number in full with its unit: `9,078,220,357,632 FLOP`, `335,544,320 B`.
pub fn exact_with_unit(value: i128, unit: Unit) -> String {
    let name = match unit {
        Unit::Count => "",
        Unit::Flop => FLOPS[0],
        Unit::Byte => BYTES[0],
    };
    format!("{}{name}", exact(value))
}

/// How many of something there are: `1 token`, `640 tokens`.
pub fn counted(value: i128, noun: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", exact(value))
}

/// An integer with its digits in groups of three: `7,063,427,072`.
pub fn exact(value: i128) -> String {
    let sign = if value < 0 { "−" } else { "" };
    format!("{sign}{}", grouped(value.unsigned_abs()))
}

fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Reads a number as people write it, exactly: `576`, `7_063_427_072`, `7.1B`, `9.5 TFLOP`,
/// `2 GiB`. `K M G B T P` are powers of 1000 (`B` is a billion), `KiB … PiB` powers of 1024.
///
/// # Errors
/// A message that says what to write.
pub fn parse(text: &str) -> Result<i128, String> {
    let fail =
        || format!("`{text}` is no number; help: write `576`, `7.1B`, `9.5 TFLOP` or `2 GiB`");
    let (number, unit) = split_unit(text.trim());
    let scale = unit_scale(unit.trim()).ok_or_else(fail)?;
    let read = Fraction::of_decimal(number).and_then(|number| number.times(scale));
    let Fraction { numerator, denominator } = read.ok_or_else(fail)?;
    if numerator % denominator == 0 {
        Ok(numerator / denominator)
    } else {
        Err(format!("`{text}` is not a whole number; help: counts, FLOPs and bytes are whole"))
    }
}

/// A number that need not be whole; the denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line.
    pub numerator: i128,
    /// Below the line.
    pub denominator: i128,
}

impl Fraction {
    /// A whole number.
    pub const fn whole(number: i128) -> Fraction {
        Fraction { numerator: number, denominator: 1 }
    }

    /// A multiple; nothing beyond 128 bits.
    pub fn times(self, factor: i128) -> Option<Fraction> {
        Some(Fraction { numerator: self.numerator.checked_mul(factor)?, ..self })
    }

    /// `-12_345.678`: digits with one point at most, in groups or not.
    fn of_decimal(text: &str) -> Option<Fraction> {
        let digits: String = text.chars().filter(|c| !",_".contains(*c)).collect();
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        if whole.trim_start_matches(['+', '-']).is_empty() || fraction.contains(['+', '-', '.']) {
            return None;
        }
        let numerator = format!("{whole}{fraction}").parse().ok()?;
        let places = u32::try_from(fraction.len()).ok()?;
        Some(Fraction { numerator, denominator: 10i128.checked_pow(places)? })
    }
}

/// Reads a number in an answer, which may be rounded: what [`parse`] reads, and exponents
/// (`2.36e6`), a decimal comma (`4,19 M`), words (`4.19 million`, `2 bytes`) and multiply-adds,
/// which are 2 FLOPs each. In bytes, `B` is a byte and `MB` a power of 1000.
pub fn parse_rounded(text: &str, of: Unit) -> Option<Fraction> {
    let (number, unit) = split_unit(text.trim());
    let (exponent, unit) = split_exponent(unit);
    let decimal_comma = match number.split_once(',') {
        Some((_, behind)) => behind.len() != 3 && behind.chars().all(|c| c.is_ascii_digit()),
        None => false,
    };
    let number = if decimal_comma { number.replace(',', ".") } else { number.to_owned() };
    let scale = rounded_scale(unit.trim(), of)?;
    let read = Fraction::of_decimal(&number)?.times(scale)?;
    let power = 10i128.checked_pow(exponent.unsigned_abs())?;
    match exponent {
        0.. => read.times(power),
        _ => Some(Fraction { denominator: read.denominator.checked_mul(power)?, ..read }),
    }
}

/// The digits and what stands behind them.
fn split_unit(text: &str) -> (&str, &str) {
    let split = text.find(|c: char| !(c.is_ascii_digit() || ".,_+-".contains(c)));
    text.split_at(split.unwrap_or(text.len()))
}

/// `e6` in front of a unit; an `E` without digits behind it is a unit.
fn split_exponent(text: &str) -> (i32, &str) {
    let Some(behind) = text.strip_prefix(['e', 'E']) else { return (0, text) };
    let sign = usize::from(behind.starts_with(['+', '-']));
    let digits = behind[sign..].chars().take_while(char::is_ascii_digit).count();
    let (exponent, unit) = behind.split_at(sign + digits);
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
        return unit_scale(&prefix.to_uppercase()).or_else(|| {
            let binary = prefix.strip_suffix('i')?.to_uppercase();
            unit_scale(&format!("{binary}iB"))
        });
    }
    let macs = lower.strip_suffix("macs").or_else(|| lower.strip_suffix("mac"));
    let flops = lower.strip_suffix("flops").or_else(|| lower.strip_suffix("flop"));
    let prefix = macs.or(flops).unwrap_or(&lower).trim_end().to_uppercase();
    unit_scale(&prefix)?.checked_mul(if macs.is_some() { 2 } else { 1 })
}

/// The factor that a unit stands for.
fn unit_scale(unit: &str) -> Option<i128> {
    let count = unit.strip_suffix("FLOPs").or_else(|| unit.strip_suffix("FLOP")).unwrap_or(unit);
    let power = |n: u32| 1000i128.checked_pow(n);
    match count {
        "" => Some(1),
        "K" | "k" => power(1),
        "M" => power(2),
        "B" | "G" => power(3),
        "T" => power(4),
        "P" => power(5),
        "E" => power(6),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        "TiB" => Some(1 << 40),
        "PiB" => Some(1 << 50),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_the_right_unit() {
        assert_eq!(human(196, Unit::Count), "196");
        assert_eq!(human(999, Unit::Count), "999");
        assert_eq!(human(1000, Unit::Count), "1.00 K");
        assert_eq!(human(99_960, Unit::Count), "100 K");
        assert_eq!(human(999_499, Unit::Count), "999 K");
        assert_eq!(human(999_950, Unit::Count), "1.00 M");
        assert_eq!(human(7_063_427_072, Unit::Count), "7.06 B");
        assert_eq!(human(9_078_220_357_632, Unit::Flop), "9.08 TFLOP");
        assert_eq!(human(335_544_320, Unit::Byte), "320 MiB");
        assert_eq!(human(1023, Unit::Byte), "1,023 B");
        assert_eq!(human(1023 << 10, Unit::Byte), "1,023 KiB");
        assert_eq!(human((1 << 20) - 1, Unit::Byte), "1.00 MiB");
        assert_eq!(human(-4096, Unit::Count), "−4.10 K");
        assert_eq!(human(0, Unit::Flop), "0 FLOP");
        assert!(human(i128::MAX, Unit::Flop).ends_with(" EFLOP"));
        assert!(human(i128::MIN, Unit::Byte).ends_with(" PiB"));
    }

    #[test]
    fn durations_and_rates() {
        assert_eq!(duration(2.2841), "2.28 s");
        assert_eq!(duration(0.01594), "15.9 ms");
        assert_eq!(duration(0.9999), "1.00 s");
        assert_eq!(duration(200.4), "3 min 20 s");
        assert_eq!(duration(5e-9), "5.00 ns");
        assert_eq!(duration(0.0), "0.00 ns");
        assert_eq!(rate(381_918_216_192, 2.0), "191 GFLOP/s");
        assert_eq!(rate(1, 0.0), "");
    }

    #[test]
    fn exact_integers() {
        assert_eq!(exact(0), "0");
        assert_eq!(exact(4_194_304), "4,194,304");
        assert_eq!(exact(-1000), "−1,000");
        assert_eq!(exact_with_unit(4096, Unit::Byte), "4,096 B");
        assert_eq!(exact_with_unit(4096, Unit::Flop), "4,096 FLOP");
        assert_eq!(exact_with_unit(4096, Unit::Count), "4,096");
        assert_eq!(counted(1, "token"), "1 token");
        assert_eq!(counted(4096, "token"), "4,096 tokens");
    }

    #[test]
    fn reads_what_people_write() {
        assert_eq!(parse("576"), Ok(576));
        assert_eq!(parse("7_063_427_072"), Ok(7_063_427_072));
        assert_eq!(parse("7.1B"), Ok(7_100_000_000));
        assert_eq!(parse("9.5 TFLOP"), Ok(9_500_000_000_000));
        assert_eq!(parse("2 GiB"), Ok(2 << 30));
        assert_eq!(parse("1.5KiB"), Ok(1536));
        for bad in [
            "",
            "x",
            "1.5",
            "1..5K",
            "B",
            "7.1Q",
            "1-2",
            "--1",
            "9e9",
            "99999999999999999999999999999P",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn reads_rounded_answers() {
        let is = |text: &str, of, numerator, denominator| {
            let found = parse_rounded(text, of);
            let same =
                found.is_some_and(|f| f.numerator * denominator == numerator * f.denominator);
            assert!(same, "{text}: {found:?}");
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
