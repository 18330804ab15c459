//! Values of `drill`'s arguments.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use crate::diag::{Code, Diagnostic, near};
use crate::drill::topics::{TOPICS, Topic};

/// A longer file holds no answers.
const MAX_BYTES: u64 = 1 << 20;
/// The longest exam, a day.
const MAX_SECONDS: u64 = 24 * 60 * 60;

/// Levels that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels(pub Vec<u8>);

/// Programs that questions are exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Export {
    /// A text file for Anki's import.
    Anki,
}

/// What is done instead of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Action {
    /// Shows what is remembered.
    Progress,
}

/// The topic of a name, however its case and its joints are written.
pub fn topic(name: &str) -> Result<&'static str, String> {
    let plain = name.trim().to_lowercase().replace(['_', ' '], "-");
    if let Some(topic) = Topic::find(&plain) {
        return Ok(topic.name);
    }
    let mut meant = with_word(&plain, |topic| topic.name);
    if meant.is_empty() {
        meant.extend(near(&plain, TOPICS.iter().map(|topic| topic.name)));
    }
    if meant.is_empty() {
        meant = with_word(&plain, |topic| topic.about);
    }
    Err(match &meant[..] {
        [] => "no such topic; `vlmcalc drill --list` names them".to_owned(),
        [one] => format!("no such topic; did you mean `{one}`?"),
        [first @ .., last] => {
            format!("no such topic; did you mean `{}` or `{last}`?", first.join("`, `"))
        }
    })
}

/// The topics with this word in a text of theirs, in the singular or the plural.
fn with_word(word: &str, text: fn(&Topic) -> &'static str) -> Vec<&'static str> {
    let singular = |word: &str| word.to_lowercase().trim_end_matches('s').to_owned();
    let has_word = |topic: &&&Topic| {
        let mut words = text(topic).split(|c: char| !c.is_alphanumeric());
        words.any(|one| singular(one) == singular(word))
    };
    TOPICS.iter().filter(has_word).map(|topic| topic.name).collect()
}

/// `3`, `1,2`, `2..4`, `2-4`.
pub fn levels(text: &str) -> Result<Levels, String> {
    let fail = || "write a level from 1 to 5, several (`1,3`) or a range (`2..4`)".to_owned();
    let level = |text: &str| {
        text.trim().parse::<u8>().ok().filter(|level| (1..=5).contains(level)).ok_or_else(fail)
    };
    let mut levels = Vec::new();
    for part in text.split(',') {
        match part.split_once("..").or_else(|| part.split_once('-')) {
            Some((low, high)) => {
                let (low, high) = (level(low)?, level(high.trim_start_matches('='))?);
                if low > high {
                    return Err(fail());
                }
                levels.extend(low..=high);
            }
            None => levels.push(level(part)?),
        }
    }
    Ok(Levels(levels))
}

/// `minutes=10`, `seconds=90`, `10m`, `90s`, `10`.
pub fn exam(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let (unit, number) = match text.split_once('=') {
        Some((unit, number)) => (unit.trim(), number.trim()),
        None => {
            let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            (text[digits..].trim(), &text[..digits])
        }
    };
    let scale = match unit {
        "" | "m" | "min" | "minute" | "minutes" => 60,
        "s" | "sec" | "second" | "seconds" => 1,
        "h" | "hour" | "hours" => 60 * 60,
        _ => 0,
    };
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(scale));
    match seconds {
        Some(seconds @ 1..=MAX_SECONDS) => Ok(Duration::from_secs(seconds)),
        _ => Err("write the time as `minutes=10` or `seconds=90`, a day at most".into()),
    }
}

/// `80%` or `80`.
pub fn percent(text: &str) -> Result<u8, String> {
    let number = text.trim().trim_end_matches('%').trim().parse().ok();
    number.filter(|percent| *percent <= 100).ok_or_else(|| "write a share such as `80%`".into())
}

/// The lines of a file of answers.
///
/// # Errors
/// If it cannot be read.
pub fn answers(file: &str) -> Result<Vec<String>, Diagnostic> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match file {
            "-" => io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)?,
            _ => File::open(Path::new(file))?.take(MAX_BYTES).read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    };
    let bytes = read().map_err(|error| {
        Diagnostic::error(Code::CannotRead, format!("cannot read the answers: {error}"))
            .from_file(file)
            .help("name a file with one answer a line, or `-` for standard input")
    })?;
    Ok(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read() {
        assert_eq!(topic("patches"), Ok("patches"));
        assert!(topic("patchs").unwrap_err().contains("`patches`"));
        assert_eq!(topic("KV_Cache"), Ok("kv-cache"));
        assert!(topic("kv").unwrap_err().contains("`kv-cache`"));
        assert!(topic("flops").unwrap_err().contains("`prefill-flops` or `decode-flops`"));
        let said = topic("attention").unwrap_err();
        assert!(said.contains("`attention-shapes`, `cross-attention` or `attention-share`"));
        assert!(topic("bytes").unwrap_err().contains("`kv-cache`"));
        assert!(topic("xyz").unwrap_err().contains("--list"));
        for (text, expected) in
            [("3", vec![3]), ("1,2", vec![1, 2]), ("2..4", vec![2, 3, 4]), ("2-3,5", vec![2, 3, 5])]
        {
            assert_eq!(levels(text), Ok(Levels(expected)));
        }
        for text in ["", "0", "6", "4..2", "x", "1,"] {
            assert!(levels(text).is_err(), "{text}");
        }
        for (text, seconds) in
            [("minutes=10", 600), ("10", 600), ("90s", 90), ("seconds = 2", 2), ("1 hour", 3600)]
        {
            assert_eq!(exam(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "0", "minutes=", "days=1", "hours=25", "minutes=99999999999999999999"] {
            assert!(exam(text).is_err(), "{text}");
        }
        assert_eq!((percent("80%"), percent(" 80 ")), (Ok(80), Ok(80)));
        assert!(percent("101%").is_err() && percent("half").is_err());
    }
}
