//! What has become of a spec's numbers since they were accepted.

use super::figures::{Figure, Figures};
use super::file::Baseline;
use super::specs::Found;
use crate::check::{Checked, Finding, Origin, Status, change_row};
use crate::cost::numbers::{Key, headlines, unit};
use crate::diag::{Code, Diagnostic, quote};
use crate::spec::Severity;
use crate::units::{change, counted, exact};

/// The most changed numbers of a spec that a person is shown.
const MOST_SHOWN: usize = 12;

/// Comparing with one baseline.
pub struct Drift<'a> {
    /// What was accepted.
    pub baseline: &'a Baseline,
    /// The command that accepts what is.
    pub accept: &'a str,
}

/// A number that is not what it was.
struct Moved<'a> {
    path: &'a str,
    old: &'a Figure,
    new: Option<&'a Figure>,
}

impl Drift<'_> {
    /// What became of a spec.
    pub fn of(&self, found: Found) -> Checked {
        let Found { key, file, figures } = found;
        let figures = match figures {
            Ok(figures) => figures,
            Err(failure) => return Checked::unread(&file, failure),
        };
        let name = Some(crate::spec::default_name(&file));
        let checked = Checked { name, ..Checked::default() };
        let Some(kept) = self.baseline.specs.get(&key) else {
            let said = format!("{} is not in the baseline", quote(&key));
            return self.whole(Checked { file, ..checked }, said, "a new one");
        };
        let finding = |(path, old): (&String, &Figure)| {
            let moved = Moved { path, old, new: figures.get(path) };
            match moved.is_same() {
                true => holds(path, old),
                false => broken(moved.finding(), self.problem(moved.said(&key), &file)),
            }
        };
        let findings = kept.iter().map(finding).collect();
        let together = self.together(&key, &file, kept, &figures).into_iter().collect();
        Checked { file, findings, together, ..checked }
    }

    /// The changed numbers of a spec as one problem; nothing if there are none. Those that the
    /// baseline does not have, since it is older than they are, cannot have changed.
    fn together(
        &self,
        spec: &str,
        file: &str,
        kept: &Figures,
        figures: &Figures,
    ) -> Option<Diagnostic> {
        let all = kept.iter().map(|(path, old)| Moved { path, old, new: figures.get(path) });
        let all: Vec<Moved> = all.filter(|moved| !moved.is_same()).collect();
        let says_more = |moved: &&Moved| {
            let repeated = Key::repeated_at(moved.path);
            !all.iter()
                .any(|other| repeated.as_deref() == Some(other.path) && other.is_alike(moved))
        };
        let mut shown: Vec<&Moved> = all.iter().filter(says_more).collect();
        // Headlines first, in the order of a plan.
        shown.sort_by_key(|moved| {
            headlines().position(|(path, ..)| path == moved.path).unwrap_or(usize::MAX)
        });
        let (count, of) = (counted(all.len() as i128, "number"), quote(spec));
        let has = if all.len() == 1 { "has" } else { "have" };
        let message = format!("{count} of {of} {has} changed since the baseline");
        let mut problem = self.problem(message, file);
        problem.changes = shown.iter().take(MOST_SHOWN).map(|moved| moved.row()).collect();
        if shown.len() > MOST_SHOWN {
            problem.notes.push(format!("{MOST_SHOWN} of them, `--format json` has all:"));
        }
        (!all.is_empty()).then_some(problem)
    }

    /// A spec that the baseline has and that is not there any more.
    pub fn gone(&self, spec: &str, file: String) -> Checked {
        let said = format!("{} is in the baseline and no longer there", quote(spec));
        self.whole(Checked { file, ..Checked::default() }, said, "gone")
    }

    /// A spec that only one side has.
    fn whole(&self, checked: Checked, said: String, actual: &str) -> Checked {
        let problem = self.problem(said, &checked.file);
        let finding = finding("spec", "one of the baseline", Some(actual.to_owned()));
        Checked { findings: vec![broken(finding, problem)], ..checked }
    }

    fn problem(&self, message: String, file: &str) -> Diagnostic {
        let help = format!("if this is meant, accept it: `{}`", self.accept);
        Diagnostic::error(Code::Drift, message).from_file(file).help(help)
    }
}

impl Moved<'_> {
    fn is_same(&self) -> bool {
        self.new == Some(self.old)
    }

    fn is_alike(&self, other: &Moved) -> bool {
        (self.old, self.new) == (other.old, other.new)
    }

    /// What it was and is, in full.
    fn in_full(&self) -> (String, Option<String>) {
        let unit = unit(self.path);
        match self.new {
            None => (self.old.shown(unit), None),
            Some(new) => {
                let [was, is] = Figure::both(self.old, new, unit);
                (was, Some(is))
            }
        }
    }

    /// By how much it changed: `+320 (+125 %)`.
    fn off(&self) -> Option<String> {
        let (old, new) = (self.old.value()?, self.new?.value()?);
        let sign = if new > old { "+" } else { "" };
        let percent = change(old, new).map_or_else(String::new, |p| format!(" ({p})"));
        Some(format!("{sign}{}{percent}", exact(new.checked_sub(old)?)))
    }

    fn said(&self, spec: &str) -> String {
        let (number, of, (was, is)) = (quote(self.path), quote(spec), self.in_full());
        match (is, self.off()) {
            (None, _) => format!("a plan of {of} has no number {number}; the baseline has {was}"),
            (Some(is), None) => format!("{number} of {of} is {is}; the baseline has {was}"),
            (Some(is), Some(off)) => {
                format!("{number} of {of} is {is}; the baseline has {was}: {off}")
            }
        }
    }

    fn finding(&self) -> Finding {
        let (was, is) = self.in_full();
        Finding { off: self.off(), ..finding(self.path, &was, is) }
    }

    /// The row of a table.
    fn row(&self) -> [String; 4] {
        if let (Some(old), Some(new)) = (self.old.value(), self.new.and_then(Figure::value)) {
            return change_row(self.path, old, new);
        }
        let (was, is) = self.in_full();
        let is = is.unwrap_or_else(|| "no such number".to_owned());
        [self.path.to_owned(), was, is, String::new()]
    }
}

fn holds(path: &str, old: &Figure) -> Finding {
    let number = old.shown(unit(path));
    finding(path, &number, Some(number.clone()))
}

fn finding(path: &str, expected: &str, actual: Option<String>) -> Finding {
    Finding {
        origin: Origin::Baseline,
        path: path.to_owned(),
        severity: Severity::Error,
        expected: expected.to_owned(),
        actual,
        value: None,
        off: None,
        breach: None,
        status: Status::Holds,
        diagnostic: None,
    }
}

fn broken(finding: Finding, diagnostic: Diagnostic) -> Finding {
    Finding { status: Status::Broken, diagnostic: Some(Box::new(diagnostic)), ..finding }
}
