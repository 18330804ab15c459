//! The expectations of a spec, and the limits of a policy, held against its plan.

use std::collections::BTreeMap;

use super::advice::advise;
use super::finding::{Finding, Origin, Status, level};
use super::judge::{holds, judge, shown};
use super::judgement::{Breach, Judgement};
use super::unknown::{known_paths, unknown};
use crate::cost::Report;
use crate::cost::numbers::unit;
use crate::diag::{Code, Diagnostic, quote};
use crate::planned::Planned;
use crate::spec::{Expectation, Severity, Spec};
use crate::stages::decoder::Logits;

/// The most problems of one block that are reported at once.
const MOST: usize = 50;

/// The most numbers of a spec for which changes are looked for: each takes many plans.
const MOST_ADVISED: usize = 4;

/// Adds to broken numbers what would put them right, as far as planning changed specs can tell.
pub fn put_right(spec: &Spec, logits: Logits, findings: &mut [Finding]) {
    let broken = findings.iter_mut().filter(|finding| finding.breach.is_some());
    for finding in broken.take(MOST_ADVISED) {
        let (Some(breach), Some(diagnostic)) = (&finding.breach, &mut finding.diagnostic) else {
            continue;
        };
        let (off, expectation) = &**breach;
        let proposals = advise(spec, logits, &finding.path, expectation, *off);
        if !proposals.is_empty() {
            let help = diagnostic.help.take().into_iter().chain(proposals);
            diagnostic.help = Some(help.collect::<Vec<_>>().join("; "));
        }
    }
}

/// Keeps the first problems of many rules in full, and of the others that they are there.
pub fn bounded(findings: &mut [Finding]) {
    let mut told = findings.iter_mut().filter(|finding| finding.diagnostic.is_some()).skip(MOST);
    let dropped = told.by_ref().map(|finding| finding.diagnostic = None).count();
    let last = findings.iter_mut().rev().find_map(|finding| finding.diagnostic.as_mut());
    if let Some(last) = last.filter(|_| dropped > 0) {
        last.notes.push(format!("{dropped} more limits like these"));
    }
}

/// Expectations or limits that come from one place.
pub struct Block<'a> {
    /// Paths and what must hold there.
    pub expectations: &'a BTreeMap<String, Expectation>,
    /// How bad a broken one is, if it does not say so itself.
    pub severity: Severity,
    /// What asks for them.
    pub origin: Origin,
    /// The code of a broken one.
    pub code: Code,
}

/// The findings of a spec's own expectations, if one does not hold.
pub fn broken(planned: &Planned) -> Vec<Finding> {
    let mut all = planned.loaded.spec.expect.iter();
    if all.all(|(path, expectation)| holds(path, expectation, &planned.report)) {
        return Vec::new();
    }
    expectations(planned)
}

/// The findings of a spec's own expectations, each problem with its place, in the order of the
/// text.
pub fn expectations(planned: &Planned) -> Vec<Finding> {
    let spec = &planned.loaded.spec;
    if spec.expect.is_empty() {
        return Vec::new();
    }
    let block = Block {
        expectations: &spec.expect,
        severity: Severity::Error,
        origin: Origin::Expect,
        code: Code::Expectation,
    };
    let mut findings = block.judge(&planned.report);
    for finding in &mut findings {
        if let Some(diagnostic) = finding.diagnostic.take() {
            let [key, value] = planned.loaded.expectation(&finding.path);
            let span = if diagnostic.code == Code::UnknownKey { key } else { value };
            finding.diagnostic = Some(Box::new(diagnostic.at(span, "")));
        }
    }
    let place = |finding: &Finding| {
        let label = finding.diagnostic.as_ref()?.primary.as_ref()?;
        Some((label.span.source, label.span.start))
    };
    findings.sort_by_key(place);
    findings
}

impl Block<'_> {
    /// What became of each.
    pub fn judge(&self, report: &Report) -> Vec<Finding> {
        let (mut findings, mut known) = (Vec::new(), Vec::new());
        let mut problems = 0;
        for (path, expectation) in self.expectations {
            let severity = expectation.severity.unwrap_or(self.severity);
            let mut finding = Finding {
                origin: self.origin.clone(),
                path: path.clone(),
                severity,
                expected: expectation.show(unit(path), report.tokens.context.value),
                actual: None,
                value: None,
                off: None,
                breach: None,
                status: Status::Holds,
                diagnostic: None,
            };
            match judge(path, expectation, report) {
                Judgement::Holds(actual, value) => {
                    (finding.actual, finding.value) = (Some(actual), value);
                }
                judgement => {
                    problems += 1;
                    let said = (problems <= MOST).then_some(&mut known);
                    self.problem(&mut finding, judgement, report, said);
                }
            }
            findings.push(finding);
        }
        if problems > MOST
            && let Some(last) = findings.iter_mut().rev().find_map(|f| f.diagnostic.as_mut())
        {
            last.notes.push(format!("{} more expectations like these", problems - MOST));
        }
        findings
    }

    /// Writes what is wrong into a finding, in full if there is room for it: `known` are the paths
    /// of the plan, collected where they are first needed.
    fn problem(
        &self,
        finding: &mut Finding,
        judgement: Judgement,
        report: &Report,
        known: Option<&mut Vec<String>>,
    ) {
        let path = &finding.path;
        let diagnostic = match judgement {
            Judgement::Holds(..) => return,
            Judgement::Broken(breach) => {
                finding.status = Status::Broken;
                let diagnostic = self.broken(finding, &breach);
                let wanted = self.expectations.get(path);
                finding.breach = breach.off.zip(wanted.cloned()).map(Box::new);
                (finding.actual, finding.value) = (breach.actual, breach.value);
                finding.off = breach.off_shown;
                diagnostic
            }
            Judgement::Senseless(diagnostic) => {
                finding.status = Status::Unclear;
                finding.actual = shown(report, path);
                diagnostic
            }
            Judgement::Unknown => {
                finding.status = Status::Unclear;
                let Some(known) = known else { return };
                if known.is_empty() {
                    *known = known_paths(report);
                }
                finding.diagnostic = Some(Box::new(unknown(path, known)));
                return;
            }
        };
        finding.diagnostic = known.map(|_| Box::new(diagnostic));
    }

    fn broken(&self, finding: &Finding, breach: &Breach) -> Diagnostic {
        let (path, expected) = (quote(&finding.path), &finding.expected);
        let message = match &breach.actual {
            Some(actual) => format!("{path} is {actual}; expected {expected}"),
            None => format!("{path} is still symbolic; expected {expected}"),
        };
        let mut diagnostic = Diagnostic {
            severity: level(finding.severity),
            ..Diagnostic::error(self.code, message)
        };
        diagnostic.notes.extend(breach.off_shown.iter().map(|off| format!("off by {off}")));
        if breach.actual.is_some() {
            diagnostic.notes.extend(breach.notes.iter().cloned());
        }
        diagnostic.maybe_help(breach.help.clone())
    }
}
