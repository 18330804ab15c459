//! Reading answers as people write them.

use super::kind::Kind;
use super::tolerance::Tolerance;
use crate::units::{Fraction, parse_rounded};

/// Words around a number that say nothing more.
const FILLERS: &[&str] = &[
    "about",
    "approximately",
    "ca",
    "approx",
    "around",
    "roughly",
    "circa",
    "the",
    "answer",
    "is",
    "encoder-side",
    "llm-side",
    "visual",
    "text",
    "tokens",
    "token",
    "patches",
    "patch",
    "values",
    "value",
    "weights",
    "weight",
    "parameters",
    "parameter",
    "params",
    "param",
    "elements",
    "pixels",
    "total",
    "in",
    "of",
    "wide",
    "dims",
    "side",
    "per",
];

/// Signs between axes that stand in no number.
const PARTS: [char; 6] = [';', '×', '·', '*', 'x', 'X'];

/// A number: `576`, `24x24`, `24^2 + 1`, `4.19M`, `9.08 TFLOP`, `2 GiB`, `41 %`. One that is written
/// short and in full, `4.19 M (4,194,304)`, is the full one.
pub fn number(text: &str, kind: Kind) -> Option<Fraction> {
    let (short, remark) = cut_remark(text);
    let number = bare_number(short, kind)?;
    let full = remark.filter(|_| short.ends_with(char::is_alphabetic));
    let full = full.and_then(|full| bare_number(full, kind));
    full.filter(|full| Tolerance::Digits(3).allows(number, *full)).or(Some(number))
}

fn bare_number(text: &str, kind: Kind) -> Option<Fraction> {
    let mut text = without_fillers(text);
    let mut scale = 1;
    if kind == Kind::Percent {
        let bare = text.strip_suffix('%').or_else(|| text.strip_suffix("percent"));
        match bare {
            Some(bare) => text = bare.trim().to_owned(),
            None if ["0.", "0,", "."].iter().any(|start| text.starts_with(start)) => scale = 100,
            None => {}
        }
        if text.starts_with('.') {
            text.insert(0, '0');
        }
    }
    let mut sum = Fraction::ZERO;
    for term in terms(&text) {
        let mut product = Fraction::ONE;
        for factor in factors(term) {
            product = product.checked_mul(power(&factor, kind)?)?;
        }
        sum = sum.checked_add(product)?;
    }
    sum.checked_mul(scale.into())
}

/// A shape of as many axes as expected: `576x4096`, `(576, 4096)`, `[1, 576, 4096]`,
/// `576 by 4096`. A leading batch axis of 1 is left out. A comma before three digits is taken for
/// one between thousands only if the number of axes or another sign between them asks for it.
pub fn shape(text: &str, axes: usize) -> Option<Vec<i128>> {
    let text = without_fillers(text.trim().trim_start_matches("torch.Size"));
    let read = |text: &str| -> Option<Vec<i128>> {
        let bare = |c: char| "()[]{},/".contains(c) || PARTS.contains(&c) || c.is_whitespace();
        let pieces = text
            .split(bare)
            .filter(|piece| !piece.is_empty() && *piece != "by" && !FILLERS.contains(piece));
        pieces.map(whole).collect()
    };
    let split = read(&text).map(|axis| without_batch(axis, axes));
    let grouped = read(&joined_thousands(&text)).map(|axis| without_batch(axis, axes));
    let fits = |found: &Option<Vec<i128>>| found.as_ref().is_some_and(|f| f.len() == axes);
    // In `1,600 x 768` the `x` parts the axes.
    let parted = text.split_whitespace().any(|word| word == "by") || text.contains(PARTS);
    let found = match (fits(&split), fits(&grouped)) {
        (true, true) if parted => grouped,
        (false, true) => grouped,
        _ => split,
    };
    found.filter(|found| !found.is_empty())
}

/// The index of an option: its letter (`b`, `b)`, `(B)`), its number from 1 (`2`), its whole text,
/// or both (`b) Text`).
pub fn choice(text: &str, options: &[String]) -> Option<usize> {
    let plain = |text: &str| text.trim().trim_end_matches('.').to_lowercase();
    let text = plain(text);
    let bare = text.trim_matches(|c: char| "()[].:".contains(c)).trim();
    let mut letters = bare.chars();
    if let (Some(one), None) = (letters.next(), letters.next()) {
        let number = one.to_digit(10).and_then(|number| number.checked_sub(1));
        let named = |at: &usize| letter(*at) == one || number == u32::try_from(*at).ok();
        return (0..options.len()).find(named);
    }
    options.iter().enumerate().position(|(at, option)| {
        let option = plain(option);
        text == option || text == format!("{}) {option}", letter(at))
    })
}

/// A number of an answer that has no unit and no word beside it, as it was written; nothing of one
/// that has.
pub fn without_unit(text: &str) -> Option<String> {
    let bare = without_fillers(text);
    let is_number = |c: char| !c.is_alphabetic() && c != '%' || matches!(c, 'x' | 'X');
    bare.chars().all(is_number).then_some(bare)
}

/// The letter of an option: `a` for the first.
pub fn letter(at: usize) -> char {
    char::from(b'a'.saturating_add(u8::try_from(at).unwrap_or(25).min(25)))
}

/// The answer without the way to it (`24 x 24 = 576`), and the remark on it (`576 (24 x 24)`).
fn cut_remark(text: &str) -> (&str, Option<&str>) {
    let result = text.rsplit(['=', '≈']).next().unwrap_or(text).trim();
    match result.split_once(" (").map(|(number, rest)| (number, rest.strip_suffix(')'))) {
        Some((number, Some(remark))) if !number.is_empty() => (number, Some(remark)),
        _ => (result, None),
    }
}

/// The text without words and signs that say nothing.
fn without_fillers(text: &str) -> String {
    let text = text.trim().trim_end_matches(['.', '?', '!']).replace('−', "-");
    let text = text.trim_start_matches(|c: char| "=~≈ ".contains(c));
    let filler = |word: &&str| {
        let bare = word.trim_matches(|c: char| ".:()".contains(c)).to_lowercase();
        !FILLERS.contains(&bare.as_str())
    };
    text.split_whitespace().filter(filler).collect::<Vec<_>>().join(" ")
}

/// What is added up; the plus of an exponent (`1e+6`) is none.
fn terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices('+') {
        if at > start && !text[..at].ends_with(['e', 'E']) {
            terms.push(&text[start..at]);
            start = at + 1;
        }
    }
    terms.push(&text[start..]);
    terms
}

/// What is multiplied.
fn factors(term: &str) -> Vec<String> {
    let by = term.split_whitespace().map(|word| if word == "by" { "×" } else { word });
    let term = by.collect::<Vec<_>>().join(" ");
    let around = |c: char| "()[]".contains(c) || c.is_whitespace();
    term.split(['×', '·', '*', 'x', 'X']).map(|f| f.trim_matches(around).to_owned()).collect()
}

/// `24`, `24^2`, `24²`.
fn power(factor: &str, kind: Kind) -> Option<Fraction> {
    let (base, exponent) = match factor.split_once('^') {
        Some((base, exponent)) => (base, exponent.trim().parse::<u16>().ok()?.into()),
        None => match factor.strip_suffix('²') {
            Some(base) => (base, 2),
            None => (factor, 1),
        },
    };
    parse_rounded(&joined_blanks(base), kind.unit())?.checked_pow(exponent)
}

/// `4 194 304` as one number.
fn joined_blanks(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        let is_group = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
        let belongs = is_group && out.ends_with(|c: char| c.is_ascii_digit());
        if !out.is_empty() && !belongs {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The text without commas between thousands.
fn joined_thousands(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let between = |at: usize| {
        at > 0 && digit(at - 1) && (1..=3).all(|ahead| digit(at + ahead)) && !digit(at + 4)
    };
    let kept = chars.iter().enumerate().filter(|(at, c)| **c != ',' || !between(*at));
    kept.map(|(_, c)| *c).collect()
}

fn whole(text: &str) -> Option<i128> {
    parse_rounded(text, Kind::Count.unit())?.as_integer()
}

fn without_batch(mut shape: Vec<i128>, axes: usize) -> Vec<i128> {
    if shape.len() == axes + 1 && shape.first() == Some(&1) {
        shape.remove(0);
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers() {
        for (text, kind, numerator, denominator) in [
            ("576", Kind::Count, 576, 1),
            ("24x24", Kind::Count, 576, 1),
            ("24 × 24", Kind::Count, 576, 1),
            ("24 by 24", Kind::Count, 576, 1),
            ("24^2", Kind::Count, 576, 1),
            ("24²+1", Kind::Count, 577, 1),
            ("(24*24) + 1 tokens", Kind::Count, 577, 1),
            ("= 576 patches.", Kind::Count, 576, 1),
            ("about 4.19M parameters", Kind::Count, 4_190_000, 1),
            ("24x24 = 576", Kind::Count, 576, 1),
            ("576 (24 x 24)", Kind::Count, 576, 1),
            ("320 MiB (335,544,320 B)", Kind::Byte, 320 << 20, 1),
            ("4.19 M (4,194,304)", Kind::Count, 4_194_304, 1),
            ("4.19 M (4,3)", Kind::Count, 4_190_000, 1),
            ("576 (577 with CLS)", Kind::Count, 576, 1),
            ("576 (577)", Kind::Count, 576, 1),
            ("≈ 2.36e6", Kind::Count, 2_360_000, 1),
            ("2.36e+6", Kind::Count, 2_360_000, 1),
            ("4,194,304", Kind::Count, 4_194_304, 1),
            ("4_194_304", Kind::Count, 4_194_304, 1),
            ("4 194 304", Kind::Count, 4_194_304, 1),
            ("4,19 million", Kind::Count, 4_190_000, 1),
            ("576 visual tokens", Kind::Count, 576, 1),
            ("2 GiB", Kind::Byte, 2 << 30, 1),
            ("2*640*4096*2 bytes", Kind::Byte, 2 * 640 * 4096 * 2, 1),
            ("9.08 TFLOP", Kind::Flop, 9_080_000_000_000, 1),
            ("41 %", Kind::Percent, 41, 1),
            ("41.5%", Kind::Percent, 83, 2),
            ("41 percent", Kind::Percent, 41, 1),
            ("0,41", Kind::Percent, 41, 1),
            ("approx. 67 MiB", Kind::Byte, 67 << 20, 1),
            ("the answer is around 576!", Kind::Count, 576, 1),
            ("576 tokens?", Kind::Count, 576, 1),
            ("0.415", Kind::Percent, 83, 2),
            (".5", Kind::Percent, 50, 1),
            ("−3", Kind::Count, -3, 1),
        ] {
            assert_eq!(number(text, kind), Fraction::new(numerator, denominator), "{text}");
        }
        for text in ["", "x", "24x", "+", "tokens", "9^99", "1e40", "five", "%", "2 GiB GiB"] {
            assert_eq!(number(text, Kind::Count), None, "{text}");
        }
    }

    #[test]
    fn shapes() {
        for (text, expected) in [
            ("576x4096", vec![576, 4096]),
            ("(576, 4096)", vec![576, 4096]),
            ("[576, 4096]", vec![576, 4096]),
            ("576 by 4096", vec![576, 4096]),
            ("576 4096", vec![576, 4096]),
            ("576 × 4,096", vec![576, 4096]),
            ("[1, 576, 4096]", vec![576, 4096]),
            ("1,576,4096", vec![576, 4096]),
            ("torch.Size([1, 576, 4096])", vec![576, 4096]),
            ("576 tokens of 4096", vec![576, 4096]),
            ("(576,768)", vec![576, 768]),
            ("1,024 x 1,152", vec![1024, 1152]),
            ("1,600 x 768", vec![1600, 768]),
            ("[1,600,768]", vec![600, 768]),
            ("[2, 576, 4096]", vec![2, 576, 4096]),
            ("576", vec![576]),
        ] {
            assert_eq!(shape(text, 2), Some(expected), "{text}");
        }
        for text in ["", "[]", "axb", "576x", "1.5x2"] {
            let found = shape(text, 2);
            assert!(found.is_none() || text == "576x", "{text}: {found:?}");
        }
    }

    #[test]
    fn choices() {
        let options: Vec<String> = ["Two", "One side.", "Three"].map(String::from).into();
        for text in
            ["b", "B", "b)", "(b)", " b. ", "2", "2)", "one side", "One side.", "b) One side."]
        {
            assert_eq!(choice(text, &options), Some(1), "{text}");
        }
        for text in ["", "d", "bb", "0", "4", "22", "é", "a) One side."] {
            assert_eq!(choice(text, &options), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}", digits in "[0-9eEx×, .+*^²%KMGTiB()\\[\\]-]{0,30}") {
            for text in [&text, &digits] {
                for kind in [Kind::Count, Kind::Flop, Kind::Byte, Kind::Percent] {
                    number(text, kind);
                }
                shape(text, 2);
                choice(text, &["a".to_owned()]);
            }
        }
    }
}
