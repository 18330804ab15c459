//! Whether a change keeps the limits on increases.

use super::blame::Blame;
use super::limit::Limit;
use super::side::Side;
use crate::check::{Finding, Origin, Status};
use crate::cost::numbers::unit;
use crate::diag::{Code, Diagnostic, quote};
use crate::files::shell_word;
use crate::render::figure::Stated;
use crate::spec::Severity;
use crate::units::{change, exact, exact_with_unit};

/// What became of a limit, for each number that it is about and that both sides have. What has no
/// number to start from cannot grow too much.
pub fn judge(limit: &Limit, base: &Side, head: &Side, blame: &Blame) -> Vec<Finding> {
    let finding = |path: &&str| {
        let (old, new) = (base.number(path)?, head.number(path)?);
        Some(one(limit, path, (old, new), head, blame))
    };
    limit.paths().iter().filter_map(finding).collect()
}

fn one(
    limit: &Limit,
    path: &str,
    (old, new): (Stated, Stated),
    head: &Side,
    blame: &Blame,
) -> Finding {
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
    let Some(old) = old.value() else { return finding };
    let most = old.saturating_add(limit.allowance(old));
    let words = limit.words(path);
    finding.expected = format!("at most {} ({words} more than {})", number(most), number(old));
    let message = match new {
        Stated::Known(new) if new <= most => return finding,
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
    let mut diagnostic = Diagnostic::error(Code::Increase, message)
        .note(format!("limit: `--max-increase {}`", shell_word(&limit.to_string())));
    if let Some(formula) = new.formula() {
        diagnostic = diagnostic
            .note(format!("its formula: {formula}"))
            .help("give the sizes that it depends on");
    }
    let change = blame.culprit(path);
    if let Some(change) = change {
        let [old, new] = &change.words;
        diagnostic = diagnostic.note(format!("{}: {old} → {new}", change.path));
    }
    let place = change.map_or("", |change| change.path.as_str());
    let located = match &head.loaded {
        Some(loaded) => loaded.locate(place, diagnostic),
        None => diagnostic.from_file(&head.label),
    };
    finding.diagnostic = Some(Box::new(located));
    finding
}
