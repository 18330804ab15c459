//! Where to read more about problems.

use std::collections::BTreeMap;

use super::{Code, Severity};

/// Codes named at most where a run has problems of many kinds.
const MOST_CODES: usize = 5;

/// Where to read more about the kinds of problems of a run, in one line; nothing if it has none.
pub fn pages(problems: &BTreeMap<Code, Severity>) -> String {
    let is_error = problems.values().any(|severity| *severity == Severity::Error);
    let noun = if is_error { "error" } else { "warning" };
    let codes: Vec<&str> = problems.keys().map(|code| code.as_str()).collect();
    match codes[..] {
        [] => String::new(),
        [code] => format!("for more about this {noun}, try `vlmcalc doc {code}`\n"),
        _ => {
            let shown = codes[..codes.len().min(MOST_CODES)].join(", ");
            let dots = if codes.len() > MOST_CODES { ", …" } else { "" };
            format!("for more about these {noun}s, try `vlmcalc doc CODE`: {shown}{dots}\n")
        }
    }
}
