//! Whether a change keeps the limits on increases.

use super::blame::Blame;
use super::design::Change;
use super::limit::Limit;
use super::side::Side;
use crate::check::{Finding, Origin, Status, change_row};
use crate::cost::numbers::unit;
use crate::diag::{Code, Diagnostic, quote};
use crate::files::shell_word;
use crate::render::figure::Stated;
use crate::spec::Severity;
use crate::units::{change, counted, exact, exact_with_unit};

/// What became of a limit on one number.
pub struct Judged<'a> {
    /// The finding.
    pub finding: Finding,
    /// By how much it grew too much, if it did.
    grown: Option<Grown<'a>>,
}

/// A number that grew more than it may.
struct Grown<'a> {
    /// Its row of a table.
    row: [String; 4],
    /// The limit.
    limit: &'a Limit,
    /// The change that raised it.
    change: Option<&'a Change>,
}

/// What became of a limit, for each number that it is about and that both sides have. What has no
/// number to start from cannot grow too much.
pub fn judge<'a>(limit: &'a Limit, base: &Side, head: &Side, blame: &Blame<'a>) -> Vec<Judged<'a>> {
    let judged = |path: &&str| {
        let (old, new) = (base.number(path)?, head.number(path)?);
        Some(one(limit, path, (old, new), head, blame))
    };
    limit.paths().iter().filter_map(judged).collect()
}

fn one<'a>(
    limit: &'a Limit,
    path: &str,
    (old, new): (Stated, Stated),
    head: &Side,
    blame: &Blame<'a>,
) -> Judged<'a> {
    let unit = unit(path);
    let number = |value: i128| exact_with_unit(value, unit);
    let mut finding = Finding {
        origin: Origin::Increase(limit.to_string()),
        path: path.to_owned(),
        severity: Severity::Error,
        expected: "no base to compare with".to_owned(),
        actual: new.value().map(number),
        value: new.value(),
        off: None,
        breach: None,
        status: Status::Holds,
        diagnostic: None,
    };
    let Some(old) = old.value() else { return Judged { finding, grown: None } };
    let most = old.saturating_add(limit.allowance(old));
    let words = limit.words(path);
    finding.expected = format!("at most {} ({words} more than {})", number(most), number(old));
    let message = match new {
        Stated::Known(new) if new <= most => return Judged { finding, grown: None },
        Stated::Known(new) => {
            let grown = new.saturating_sub(old);
            let percent = change(old, new).map_or_else(String::new, |p| format!(" ({p})"));
            finding.off = Some(format!("+{}", exact(new.saturating_sub(most))));
            format!(
                "{} grew by {}{percent}, from {} to {}; {words} is allowed",
                quote(path),
                number(grown),
                number(old),
                number(new)
            )
        }
        Stated::Symbolic { .. } => {
            format!("{} was {} and is no longer known", quote(path), number(old))
        }
    };
    finding.status = Status::Broken;
    let mut diagnostic = Diagnostic::error(Code::Increase, message).note(said(limit));
    if let Some(formula) = new.formula() {
        diagnostic = diagnostic
            .note(format!("its formula: {formula}"))
            .help("give the sizes that it depends on");
    }
    let culprit = blame.culprit(path);
    finding.diagnostic = Some(Box::new(located(diagnostic, culprit, head)));
    let grown =
        new.value().map(|new| Grown { row: change_row(path, old, new), limit, change: culprit });
    Judged { finding, grown }
}

/// The numbers that one change raised too much as one problem; nothing where each has a change of
/// its own.
pub fn together(judged: &[Judged], head: &Side) -> Vec<Diagnostic> {
    let mut groups: Vec<Vec<&Judged>> = Vec::new();
    for one in judged.iter().filter(|judged| judged.finding.status == Status::Broken) {
        let change = |judged: &Judged| Some(judged.grown.as_ref()?.change?.path.clone());
        let own = change(one);
        match groups.iter_mut().find(|group| own.is_some() && change(group[0]) == own) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    if groups.iter().all(|group| group.len() == 1) {
        return Vec::new();
    }
    groups.into_iter().filter_map(|group| of_group(&group, head)).collect()
}

fn of_group(group: &[&Judged], head: &Side) -> Option<Diagnostic> {
    if let [alone] = group {
        return alone.finding.diagnostic.as_deref().cloned();
    }
    let grown = || group.iter().filter_map(|judged| judged.grown.as_ref());
    let mut limits: Vec<&Limit> = grown().map(|grown| grown.limit).collect();
    limits.dedup();
    // Of a number that breaks several limits there is one row.
    let mut rows: Vec<[String; 4]> = Vec::new();
    for Grown { row, .. } in grown() {
        if !rows.contains(row) {
            rows.push(row.clone());
        }
    }
    let message = match &rows[..] {
        [[path, ..]] => format!("{} grows more than it may", quote(path)),
        rows => format!("{} grow more than they may", counted(rows.len() as i128, "number")),
    };
    let notes = limits.into_iter().map(said).collect();
    let problem = Diagnostic { notes, ..Diagnostic::error(Code::Increase, message) };
    let problem = located(problem, grown().next()?.change, head);
    Some(Diagnostic { changes: rows, ..problem })
}

fn said(limit: &Limit) -> String {
    format!("limit: `--max-increase {}`", shell_word(&limit.to_string()))
}

/// A problem at the change that raised a number.
fn located(problem: Diagnostic, change: Option<&Change>, head: &Side) -> Diagnostic {
    let words =
        change.map(|Change { path, words: [old, new], .. }| format!("{path}: {old} → {new}"));
    let problem =
        Diagnostic { notes: [problem.notes, words.into_iter().collect()].concat(), ..problem };
    match &head.loaded {
        Some(loaded) => loaded.locate(change.map_or("", |change| change.path.as_str()), problem),
        None => problem.from_file(&head.label),
    }
}
