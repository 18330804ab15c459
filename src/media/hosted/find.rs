//! From a name to a hosted model.

use super::list::{HOSTED, UNPUBLISHED, Unpublished};
use super::{Hosted, Setting};
use crate::diag::near;

/// What a name leads to.
#[derive(Clone, Copy, Debug)]
pub enum Found {
    /// A model, and one of its settings.
    Rule(&'static Hosted, &'static Setting),
    /// A model without a setting of this name.
    NoSetting(&'static Hosted),
    /// A model or service of which no rule is published.
    Nothing(&'static Unpublished),
}

/// The hosted model that a name means: `gpt-4o`, with a date (`gpt-4o-2024-08-06`), with a setting
/// (`gpt-4o:low`), in any case.
pub fn find(name: &str) -> Option<Found> {
    let name = name.to_lowercase();
    let (model, setting) = name.split_once(':').map_or((&*name, None), |(a, b)| (a, Some(b)));
    let has = |names: &[&str], model: &str| names.contains(&model);
    let of_model = |model: &str| {
        let hosted = HOSTED.iter().find(|hosted| has(hosted.names, model)).map(|hosted| {
            let mut settings = hosted.settings.iter();
            let found = match setting {
                None => settings.next(),
                Some(name) => settings.find(|setting| setting.name == name),
            };
            found.map_or(Found::NoSetting(hosted), |setting| Found::Rule(hosted, setting))
        });
        let nothing = || UNPUBLISHED.iter().find(|one| has(one.names, model)).map(Found::Nothing);
        hosted.or_else(nothing)
    };
    of_model(model).or_else(|| of_model(undated(model)))
}

/// A name without its date or `-latest`, `-preview`.
fn undated(model: &str) -> &str {
    let mut name = model;
    for word in ["-latest", "-preview"] {
        name = name.strip_suffix(word).unwrap_or(name);
    }
    let bytes = name.as_bytes();
    let is = |shape: &str| {
        let start = bytes.len().checked_sub(shape.len());
        start.is_some_and(|start| {
            bytes[start..].iter().zip(shape.bytes()).all(|(byte, want)| match want {
                b'0' => byte.is_ascii_digit(),
                other => *byte == other,
            })
        })
    };
    let dates = ["-0000-00-00", "-00000000"];
    let date = dates.iter().find(|shape| is(shape)).map_or(0, |shape| shape.len());
    &name[..name.len() - date]
}

/// The names of all that have a rule.
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    HOSTED.iter().flat_map(|hosted| hosted.names.iter().copied())
}

/// The hosted model that was probably meant.
pub fn meant(name: &str) -> Option<&'static str> {
    near(name, names())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str) -> String {
        match find(name) {
            None => "none".to_owned(),
            Some(Found::Rule(hosted, setting)) => format!("{} {}", hosted.names[0], setting.name),
            Some(Found::NoSetting(hosted)) => format!("{} has no such setting", hosted.names[0]),
            Some(Found::Nothing(one)) => format!("nothing of {}", one.names[0]),
        }
    }

    #[test]
    fn names_dates_and_settings() {
        for (name, expected) in [
            ("gpt-4o", "gpt-4o high"),
            ("GPT-4o", "gpt-4o high"),
            ("gpt-4o-2024-08-06", "gpt-4o high"),
            ("chatgpt-4o-latest", "gpt-4o high"),
            ("gpt-4o:low", "gpt-4o low"),
            ("gpt-4o-2024-08-06:low", "gpt-4o low"),
            ("gpt-4o:", "gpt-4o has no such setting"),
            ("gpt-4o:original", "gpt-4o has no such setting"),
            ("claude-haiku-4-5-20251001", "claude "),
            ("gemini-3.1-pro-preview", "gemini-3 default"),
            ("rufus", "nothing of rufus"),
            ("gpt-4o-", "none"),
            ("gpt-4o-mini-", "none"),
            ("gpt-4o-08-06", "none"),
            ("-2024-08-06", "none"),
            ("", "none"),
            ("é", "none"),
        ] {
            assert_eq!(found(name), expected, "{name}");
        }
        assert_eq!(meant("gpt4o"), Some("gpt-4o"));
    }
}
