//! Diagnostics in the errors of `serde`, which are text.

use std::fmt;

use serde::de;

use super::Code;

/// An error for a type's own `Deserialize`, with a code and a hint.
///
/// `serde` carries errors as text, so the parts travel as `[code] message; help: text`, which
/// [`refused`] takes apart. The decoder puts the path before the message: ``  `llm.width`: message``.
pub fn refuse<E: de::Error>(code: Code, message: impl fmt::Display, help: Option<&str>) -> E {
    match help {
        Some(help) => E::custom(format_args!("[{}] {message}; help: {help}", code.as_str())),
        None => E::custom(format_args!("[{}] {message}", code.as_str())),
    }
}

/// The code, message and hint of an error's text; other texts are a `bad-value`.
pub fn refused(text: &str) -> (Code, &str, Option<&str>) {
    let coded = text.strip_prefix('[').and_then(|after| after.split_once("] "));
    let coded = coded.and_then(|(name, words)| Some((Code::parse(name)?, words)));
    let (code, words) = coded.unwrap_or((Code::BadValue, text));
    match words.rsplit_once("; help: ") {
        Some((message, help)) => (code, message, Some(help)),
        None => (code, words, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::value::Error;

    #[test]
    fn errors_keep_their_parts() {
        let text = |code, message, help| refuse::<Error>(code, message, help).to_string();
        let error = text(Code::OutOfRange, "0 is too small", Some("write 1"));
        assert_eq!(refused(&error), (Code::OutOfRange, "0 is too small", Some("write 1")));
        let error = text(Code::Mismatch, "[x] y", None);
        assert_eq!(refused(&error), (Code::Mismatch, "[x] y", None));
        assert_eq!(refused("[what] ever"), (Code::BadValue, "[what] ever", None));
        assert_eq!(refused("plain; help: h"), (Code::BadValue, "plain", Some("h")));
        assert_eq!(refused("["), (Code::BadValue, "[", None));
    }
}
