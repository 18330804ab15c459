//! Whole numbers as arguments, written as in a spec, `1_000`, or as results are printed, `1,000`.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::units::ungrouped;
use crate::yaml;

/// Reads a whole number from 0.
///
/// # Errors
/// What to write instead.
pub fn whole<N: TryFrom<i128>>(text: &str) -> Result<N, String> {
    let number = yaml::whole(&ungrouped(text)).map_err(|meant| match meant {
        Some(meant) => format!("write `{meant}`"),
        None => "write a whole number, such as 16".to_owned(),
    })?;
    N::try_from(number).map_err(|_| match number < 0 {
        true => "write a whole number from 0".to_owned(),
        false => "the number is too large".to_owned(),
    })
}

/// Reads a whole number within bounds.
///
/// # Errors
/// What to write instead.
pub fn within<N: TryFrom<i128> + PartialOrd + Display + Clone>(
    bounds: RangeInclusive<N>,
) -> impl Fn(&str) -> Result<N, String> + Clone {
    move |text| {
        let (least, most) = (bounds.start(), bounds.end());
        let asked = || format!("write a whole number from {least} to {most}");
        whole(text).ok().filter(|number| bounds.contains(number)).ok_or_else(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_a_spec() {
        for text in ["1000", "1_000", "1,000", "+1000"] {
            assert_eq!(whole::<u64>(text), Ok(1000), "{text}");
        }
        for (text, help) in [
            ("1k", "write `1000`"),
            ("1.5e3", "write `1500`"),
            ("1,00", "write `100`"),
            ("many", "write a whole number, such as 16"),
            ("-1", "write a whole number from 0"),
            ("99999999999999999999", "the number is too large"),
        ] {
            assert_eq!(whole::<u64>(text), Err(help.to_owned()), "{text}");
        }
        assert_eq!(within(0..=2)("2"), Ok(2));
        for text in ["3", "-1", "x"] {
            assert_eq!(within(0..=2)(text), Err("write a whole number from 0 to 2".to_owned()));
        }
    }
}
