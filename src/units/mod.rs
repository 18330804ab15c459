//! Numbers as people write them: the only place that formats or reads counts, bytes and FLOPs.
//!
//! Counts and FLOPs go by powers of 1000 (K, M, B; GFLOP, TFLOP), memory by powers of 1024 (MiB,
//! GiB). Three significant digits, rounded before the unit is chosen.

mod fraction;
mod image_size;
mod ratio;
mod real;
mod rounded;
mod whole;

pub use fraction::{Fraction, gcd, lcm, mul};
pub use image_size::ImageSize;
pub use ratio::{Ratio, change};
pub use real::{Offset, Rate};
pub use rounded::parse_rounded;
use rounded::{decimal, split_exponent, split_unit};
pub use whole::{Amount, Size, ungrouped};

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

/// How counts of parameters are abbreviated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Counts {
    /// In powers of 1000: K, M, B.
    #[default]
    Decimal,
    /// In powers of 1024: Ki, Mi, Gi, as tools print them that divide by 2^20.
    Binary,
}

const BINARY_COUNTS: [&str; 6] = ["", " Ki", " Mi", " Gi", " Ti", " Pi"];
const COUNTS: [&str; 6] = ["", " K", " M", " B", " T", " Q"];
const FLOPS: [&str; 7] = [" FLOP", " KFLOP", " MFLOP", " GFLOP", " TFLOP", " PFLOP", " EFLOP"];
const BYTES: [&str; 6] = [" B", " KiB", " MiB", " GiB", " TiB", " PiB"];

/// Three significant digits and a unit: `7.06 B`, `9.08 TFLOP`, `320 MiB`.
pub fn human(value: i128, unit: Unit) -> String {
    match unit {
        Unit::Count => short(value, &COUNTS, 1000),
        Unit::Flop => short(value, &FLOPS, 1000),
        Unit::Byte => short(value, &BYTES, 1024),
    }
}

/// Three significant digits and a unit; counts below a million in full: `1,024`, `7.06 B`.
pub fn brief(value: i128, unit: Unit) -> String {
    let is_short = unit == Unit::Count && value.unsigned_abs() < 1_000_000;
    if is_short { exact(value) } else { human(value, unit) }
}

/// Three significant digits of a count, abbreviated in one way or the other.
pub fn human_count(value: i128, counts: Counts) -> String {
    match counts {
        Counts::Decimal => human(value, Unit::Count),
        Counts::Binary => short(value, &BINARY_COUNTS, 1024),
    }
}

fn short(value: i128, names: &[&str], step: u128) -> String {
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "−" } else { "" };
    let mut scale: u128 = 1;
    for name in names {
        // Digits after the point, so that three are shown: 1.23, 12.3, 123.
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
    let remainder = magnitude % scale * power;
    whole + (remainder + scale / 2) / scale
}

/// A duration in three digits: `2.28 s`, `15.9 ms`, `3 min 20 s`.
#[cfg(feature = "forward")]
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
#[cfg(feature = "forward")]
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

/// `part` of `whole` in percent, with one digit after the point.
pub fn percent(part: i128, whole: i128) -> String {
    if whole == 0 {
        return String::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a share is shown with three digits")]
    let share = part as f64 / whole as f64 * 100.0;
    format!("{share:.1}\u{a0}%")
}

/// How many times as much one number is as another, with one digit after the point: `18.0`;
/// nothing for 0, or for numbers that are too large.
pub fn ratio(more: i128, less: i128) -> Option<String> {
    if less <= 0 || more < 0 {
        return None;
    }
    let tenths = more.checked_mul(10)?.checked_add(less / 2)? / less;
    Some(format!("{}.{}", exact(tenths / 10), tenths % 10))
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

/// A number in full, and as people say it where that is shorter: `8,589,934,592 B (8.00 GiB)`.
pub fn full(value: i128, unit: Unit) -> String {
    let (exact, said) = (exact_with_unit(value, unit), human(value, unit));
    if value.unsigned_abs() < 1_000_000 { exact } else { format!("{exact} ({said})") }
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
/// `2 GiB`, `7e9`. `K M G B T P` are powers of 1000 (`B` is a billion), `KiB … PiB` powers of 1024,
/// and `KB … PB` bytes by powers of 1000. With it comes what the number counts, if its unit says so.
/// Only in a unit that stands for many can it be a fraction: `13.2 GiB` is 14,173,392,076.8 bytes.
///
/// # Errors
/// A message that says what to write.
pub fn parse(text: &str) -> Result<(Fraction, Option<Unit>), String> {
    let fail =
        || format!("`{text}` is not a number; help: write `576`, `7.1B`, `9.5 TFLOP` or `2 GiB`");
    let (number, unit) = split_unit(text.trim());
    let (exponent, unit) = split_exponent(unit);
    let (scale, unit) = scale(unit.trim()).ok_or_else(fail)?;
    let power = Fraction::whole(10).checked_pow(exponent);
    let read = decimal(number).zip(power).and_then(|(number, power)| number.checked_mul(power));
    let read = read.and_then(|number| number.checked_mul(scale.into())).ok_or_else(fail)?;
    if scale == 1 && read.as_integer().is_none() {
        return Err(format!(
            "`{text}` is not a whole number; help: counts, FLOPs and bytes are whole; a unit makes \
             more of it: `7.1B`, `9.5 TFLOP`, `2.5 GiB`"
        ));
    }
    Ok((read, unit))
}

/// The factor that a unit stands for, and what it counts, if that is clear from it: `M` is a
/// million of anything, `B` a billion things and no bytes.
fn scale(unit: &str) -> Option<(i128, Option<Unit>)> {
    let flops = unit.strip_suffix("FLOPs").or_else(|| unit.strip_suffix("FLOP"));
    let flops = flops.filter(|prefix| !prefix.ends_with("iB"));
    let (prefix, of) = match (flops, unit) {
        (Some(prefix), _) => (prefix, Some(Unit::Flop)),
        (None, "B") => ("B", Some(Unit::Count)),
        (None, "KB" | "kB" | "MB" | "GB" | "TB" | "PB") => (&unit[..1], Some(Unit::Byte)),
        (None, "KiB" | "MiB" | "GiB" | "TiB" | "PiB") => (unit, Some(Unit::Byte)),
        (None, _) => (unit, None),
    };
    let power = |n: u32| 1000i128.checked_pow(n);
    let factor = match prefix {
        "" => 1,
        "K" | "k" => power(1)?,
        "M" => power(2)?,
        "B" | "G" => power(3)?,
        "T" => power(4)?,
        "P" => power(5)?,
        "E" => power(6)?,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        "PiB" => 1 << 50,
        _ => return None,
    };
    Some((factor, of))
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
        assert_eq!(brief(-999_999, Unit::Count), "−999,999");
        assert_eq!(brief(1_000_000, Unit::Count), "1.00 M");
        assert_eq!(brief(4096, Unit::Byte), "4.00 KiB");
        assert!(human(i128::MAX, Unit::Flop).ends_with(" EFLOP"));
        assert!(human(i128::MIN, Unit::Byte).ends_with(" PiB"));
    }

    #[cfg(feature = "forward")]
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
    fn shares() {
        assert_eq!(percent(1, 3), "33.3\u{a0}%");
        assert_eq!(percent(0, 5), "0.0\u{a0}%");
        assert_eq!(percent(1, 0), "");
        assert_eq!(ratio(576, 32).as_deref(), Some("18.0"));
        assert_eq!(ratio(2, 3).as_deref(), Some("0.7"));
        assert_eq!((ratio(1, 0), ratio(i128::MAX, 1)), (None, None));
    }

    #[test]
    fn exact_integers() {
        assert_eq!(exact(0), "0");
        assert_eq!(exact(4_194_304), "4,194,304");
        assert_eq!(exact(-1000), "−1,000");
        assert_eq!(exact_with_unit(4096, Unit::Byte), "4,096 B");
        assert_eq!(exact_with_unit(4096, Unit::Flop), "4,096 FLOP");
        assert_eq!(exact_with_unit(4096, Unit::Count), "4,096");
        assert_eq!(full(4096, Unit::Byte), "4,096 B");
        assert_eq!(full(8 << 30, Unit::Byte), "8,589,934,592 B (8.00 GiB)");
        assert_eq!(full(7_063_427_072, Unit::Count), "7,063,427,072 (7.06 B)");
        assert_eq!(counted(1, "token"), "1 token");
        assert_eq!(counted(4096, "token"), "4,096 tokens");
    }

    #[test]
    fn reads_what_people_write() {
        for (text, number, unit) in [
            ("576", 576, None),
            ("7_063_427_072", 7_063_427_072, None),
            ("7,063", 7063, None),
            ("7.1B", 7_100_000_000, Some(Unit::Count)),
            ("100M", 100_000_000, None),
            ("9.5 TFLOP", 9_500_000_000_000, Some(Unit::Flop)),
            ("3 FLOPs", 3, Some(Unit::Flop)),
            ("2 GiB", 2 << 30, Some(Unit::Byte)),
            ("1.5KiB", 1536, Some(Unit::Byte)),
            ("2 GB", 2_000_000_000, Some(Unit::Byte)),
            ("-3", -3, None),
            ("7e9", 7_000_000_000, None),
            ("9.5e12 FLOP", 9_500_000_000_000, Some(Unit::Flop)),
        ] {
            assert_eq!(parse(text), Ok((Fraction::whole(number), unit)), "{text}");
        }
        let odd = Fraction::new(132 << 30, 10).unwrap();
        assert_eq!(parse("13.2 GiB"), Ok((odd, Some(Unit::Byte))));
        for bad in [
            "",
            "x",
            "1.5",
            "1..5K",
            "B",
            "7.1Q",
            "1-2",
            "--1",
            "9e",
            "1e99",
            "15e-1",
            "1.5 FLOP",
            "1 KiBFLOP",
            "99999999999999999999999999999P",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
