//! Of many faults of one kind a few, and how many there are.

use std::collections::HashMap;

use crate::diag::{Code, Diagnostic};

/// The most faults of one kind that are shown.
const SHOWN: usize = 5;

/// The first few of each kind, the last of them with the number of the others, or the least that it
/// can be where not all were looked for. A hint that one before it has, such as a list of keys, is
/// not said again.
pub fn few(found: Vec<Diagnostic>, is_all: bool) -> Vec<Diagnostic> {
    let mut counts: HashMap<Code, usize> = HashMap::new();
    let mut shown: Vec<Diagnostic> = Vec::new();
    for mut problem in found {
        let count = counts.entry(problem.code).or_default();
        *count += 1;
        if *count > SHOWN {
            continue;
        }
        let is_said = |known: &Diagnostic| known.code == problem.code && known.help == problem.help;
        if problem.code == Code::UnknownKey && shown.iter().any(is_said) {
            problem.help = None;
        }
        shown.push(problem);
    }
    for (code, count) in counts {
        let last = shown.iter_mut().rfind(|problem| problem.code == code);
        if let Some(last) = last.filter(|_| count > SHOWN) {
            let least = if is_all { "" } else { "at least " };
            last.notes.push(format!("and {least}{} more of this kind", count - SHOWN));
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_of_a_kind_and_a_count() {
        let of = |code, count| {
            (0..count).map(move |n| Diagnostic::error(code, format!("{n}")).help("h"))
        };
        let found = of(Code::UnknownKey, 43).chain(of(Code::WrongType, 5)).collect();
        let few = few(found, true);
        assert_eq!(few.len(), 10);
        assert_eq!(few[4].notes, ["and 38 more of this kind"]);
        let helps: Vec<bool> = few.iter().map(|problem| problem.help.is_some()).collect();
        assert_eq!(helps, [true, false, false, false, false, true, true, true, true, true]);
        assert!(few[9].notes.is_empty());
        let six = vec![Diagnostic::error(Code::WrongType, "x"); 6];
        assert_eq!(super::few(six, false)[4].notes, ["and at least 1 more of this kind"]);
    }
}
