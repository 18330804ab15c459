//! How much a number may grow: `5%`, `100M`, `2 GiB`, `5% and 2 GiB`, `params.total=1%`.

use std::fmt;
use std::str::FromStr;

use crate::cost::numbers::{Number, headlines, unit};
use crate::spec::Bound;
use crate::units::{Ratio, Unit, human};

/// A limit on increases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    text: String,
    path: Option<String>,
    percent: Option<Ratio>,
    absolute: Option<Bound>,
}

impl Limit {
    /// The numbers that it is about: the one that it names, or those headlines that its unit
    /// counts. A number without a unit is of tokens and parameters.
    pub fn paths(&self) -> Vec<&str> {
        if let Some(path) = &self.path {
            return vec![path];
        }
        let counts = self.absolute.as_ref().map(|most| most.unit.unwrap_or(Unit::Count));
        let about = |number: &Number| counts.is_none_or(|counts| counts == number.unit);
        let paths = headlines().filter(|(_, number, _)| about(number)).map(|(path, ..)| path);
        paths.collect()
    }

    /// By how much a number that was `old` may grow: what is larger of the two.
    pub fn allowance(&self, old: i128) -> i128 {
        let percent = self.percent.map_or(0, |percent| percent.of(old));
        percent.max(self.absolute.as_ref().map_or(0, |most| most.value.floor()))
    }

    /// The allowance of a path in words: `5 %`, `5 % or 2 GiB (2,147,483,648 B)`.
    pub fn words(&self, path: &str) -> String {
        let percent = self.percent.map(|percent| percent.to_string());
        let absolute = self.absolute.as_ref().map(|most| most.show(most.value.floor(), unit(path)));
        let parts: Vec<String> = percent.into_iter().chain(absolute).collect();
        parts.join(" or ")
    }

    fn part(&mut self, text: &str) -> Result<(), String> {
        let twice = |kind: &str| Err(format!("`{}` has two {kind}: write one of each", self.text));
        let plain = |message: String| message.replace("; help:", ":");
        if text.ends_with('%') {
            if self.percent.is_some() {
                return twice("percentages");
            }
            let ratio = Ratio::parse(text)
                .map_err(|_| format!("`{text}` is no percentage: write it as `5%` or `0.5%`"))?;
            self.percent = Some(ratio);
            return Ok(());
        }
        if self.absolute.is_some() {
            return twice("amounts");
        }
        let bound = Bound::parse(text)
            .map_err(|message| format!("{}, or a percentage: `5%`", plain(message)))?;
        let most = bound.value.floor();
        if most < 0 {
            return Err(format!("`{text}` is less than nothing: a limit is 0 or more"));
        }
        // `500,000,000 B` is how bytes are shown, and would be read as so many billions.
        if bound.unit == Some(Unit::Count) && self.path.is_none() && most >= 1000 * BILLION {
            let bytes = most / BILLION;
            return Err(format!(
                "`{text}` may be billions or bytes: write `{most}`, or bytes as `{}`",
                human(bytes, Unit::Byte)
            ));
        }
        self.absolute = Some(bound);
        Ok(())
    }

    /// Whether the unit of the amount is that of the number.
    fn check_unit(&self) -> Result<(), String> {
        let given = self.absolute.as_ref().and_then(|most| most.unit);
        let (Some(path), Some(given)) = (&self.path, given) else {
            return Ok(());
        };
        let (is, write) = match unit(path) {
            is if is == given => return Ok(()),
            Unit::Byte => ("bytes", "2 GiB"),
            Unit::Flop => ("FLOPs", "1 TFLOP"),
            Unit::Count => ("a count", "100M"),
        };
        Err(format!("`{path}` is {is}: write `{path}={write}`"))
    }
}

impl FromStr for Limit {
    type Err = String;

    /// Reads a limit.
    fn from_str(text: &str) -> Result<Limit, String> {
        let (path, amount) = match text.split_once('=') {
            Some((path, amount)) => (Some(path.trim().to_owned()), amount),
            None => (None, text),
        };
        if path.as_deref() == Some("") || amount.trim().is_empty() {
            return Err("write `5%`, `100M`, `2 GiB`, `5% and 2 GiB` or `params.total=1%`".into());
        }
        let text = text.trim().to_owned();
        let mut limit = Limit { text, path, percent: None, absolute: None };
        for part in amount.split(" and ") {
            limit.part(part.trim())?;
        }
        limit.check_unit()?;
        Ok(limit)
    }
}

impl fmt::Display for Limit {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What `B` stands for after a count.
const BILLION: i128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    /// The headlines that count in a unit.
    fn in_unit(unit: Unit) -> Vec<&'static str> {
        let own = headlines().filter(|(_, number, _)| number.unit == unit);
        own.map(|(path, ..)| path).collect()
    }

    fn limit(text: &str) -> Limit {
        text.parse().unwrap()
    }

    #[test]
    fn bytes_as_they_are_shown_are_no_billions() {
        let refused = "500,000,000 B".parse::<Limit>().unwrap_err();
        assert!(refused.contains("write `500000000000000000`, or bytes as `477 MiB`"), "{refused}");
        assert_eq!(limit("2B").paths(), in_unit(Unit::Count));
        assert!("memory.weight_bytes=2B".parse::<Limit>().is_err());
    }

    #[test]
    fn the_unit_says_which_numbers() {
        let all: Vec<&str> = headlines().map(|(path, ..)| path).collect();
        assert!(all.contains(&"tokens.visual") && all.contains(&"memory.kv_cache_bytes"));
        assert_eq!(limit("5%").paths(), all);
        for (text, unit) in [
            ("100M", Unit::Count),
            ("100", Unit::Count),
            ("1 TFLOP", Unit::Flop),
            ("2 GiB", Unit::Byte),
            ("5% and 2 GiB", Unit::Byte),
        ] {
            assert_eq!(limit(text).paths(), in_unit(unit), "{text}");
        }
        assert_eq!(limit("tokens.visual=0").paths(), ["tokens.visual"]);
    }

    #[test]
    fn allowances_are_exact() {
        for (text, old, allowance) in [
            ("5%", 100, 5),
            ("5%", 99, 4),
            ("5%", 0, 0),
            ("0.1%", 7_063_427_072, 7_063_427),
            ("tokens.visual=0", 576, 0),
            ("5% and 2 GiB", 1 << 30, 2 << 30),
            ("14.1 GiB", 0, 15_139_759_718),
            ("7e9", 0, 7_000_000_000),
            ("2 GiB and 5%", 1 << 40, (1 << 40) / 20),
        ] {
            assert_eq!(limit(text).allowance(old), allowance, "{text} of {old}");
        }
        let words = limit("5% and 2 KiB").words("memory.weight_bytes");
        assert_eq!(words, "5 % or 2 KiB (2,048 B)");
    }

    #[test]
    fn what_is_no_limit() {
        for (text, words) in [
            ("", "params.total=1%"),
            ("params.total=", "params.total=1%"),
            ("=5%", "params.total=1%"),
            ("x", "`5%`"),
            ("-5%", "no percentage"),
            ("-5", "less than nothing"),
            ("5% and 6%", "two percentages"),
            ("5 and 6", "two amounts"),
            ("1.5", "whole number"),
            ("params.total=2 GiB", "`params.total=100M`"),
            ("memory.kv_cache_bytes=7B", "`memory.kv_cache_bytes=2 GiB`"),
        ] {
            let message = text.parse::<Limit>().unwrap_err();
            assert!(message.contains(words), "{text}: {message}");
        }
    }
}
