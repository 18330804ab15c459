//! What a check found, as data. Reports print it.

use crate::diag::{self, Code, Diagnostic, Sources};
use crate::spec::{Expectation, Failure, Severity};

/// What became of one expectation or limit.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What asks for it.
    pub origin: Origin,
    /// The number or shape that it is about, by its path.
    pub path: String,
    /// How bad it is if it does not hold.
    pub severity: Severity,
    /// What should be, as a noun: `at most 256`.
    pub expected: String,
    /// What is; none where it is still symbolic or there is no such thing.
    pub actual: Option<String>,
    /// The number that is, if it is one.
    pub value: Option<i128>,
    /// By how much it is off, if that is a number: `+320 (+125 %)`.
    pub off: Option<String>,
    /// By how much as a number, and what would hold, where a change of the spec could help.
    pub breach: Option<Box<(i128, Expectation)>>,
    /// What became of it.
    pub status: Status,
    /// The problem in full, if there is one. Of very many problems only the first have it.
    pub diagnostic: Option<Box<Diagnostic>>,
}

/// What asks for something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The spec's own `expect:`.
    Expect,
    /// A rule of a policy.
    Policy {
        /// Its name.
        rule: String,
        /// The policy's file.
        file: String,
    },
    /// A limit on increases, as it was written.
    Increase(String),
    /// The baseline.
    Baseline,
}

impl Origin {
    /// Its name in reports: `expect`, `policy/7b-budget`, `max-increase/5%`, `baseline`.
    pub fn name(&self) -> String {
        match self {
            Origin::Expect => "expect".to_owned(),
            Origin::Policy { rule, .. } => format!("policy/{rule}"),
            Origin::Increase(limit) => format!("max-increase/{limit}"),
            Origin::Baseline => "baseline".to_owned(),
        }
    }
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The expectation holds.
    Holds,
    /// The expectation is broken.
    Broken,
    /// The expectation names nothing that a plan has, or asks what makes no sense of it.
    Unclear,
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// A spec.
    #[default]
    Spec,
    /// A policy.
    Policy,
    /// A baseline.
    Baseline,
    /// A limit on increases.
    Limit,
}

/// One spec that was checked, or could not be.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// The file as it was named.
    pub file: String,
    /// What it is.
    pub kind: Kind,
    /// The pipeline's name; none if the spec cannot be read.
    pub name: Option<String>,
    /// Expectations, then limits.
    pub findings: Vec<Finding>,
    /// Why it cannot be read or counted.
    pub faults: Vec<Diagnostic>,
    /// What is probably not meant.
    pub warnings: Vec<Diagnostic>,
    /// What is told of all broken findings, where one by one they would say the same again and
    /// again; nothing where each is told by itself.
    pub together: Vec<Diagnostic>,
    /// The texts that all of these point into.
    pub sources: Sources,
}

/// Everything that one run found, for a report.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The command that looked: `check`, `diff`, `baseline`.
    pub command: &'static str,
    /// The specs, in the order in which they were named, and paths that lead to none.
    pub checked: Vec<Checked>,
    /// The rules of all policies that were read, in their order.
    pub rules: Vec<RuleUse>,
    /// Whether a warning fails the run too.
    pub fail_on_warn: bool,
}

/// What a rule of a policy was good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleUse {
    /// Its name.
    pub name: String,
    /// The policy's file.
    pub file: String,
    /// How many specs it matched.
    pub matched: usize,
    /// How many of them broke one of its limits.
    pub broken: usize,
}

/// How a spec, or a whole run, came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything holds.
    #[default]
    Ok,
    /// Something is warned about.
    Warned,
    /// Something is broken.
    Broken,
    /// The input cannot be used.
    Error,
}

impl Results {
    /// The worst of all.
    pub fn outcome(&self) -> Outcome {
        let worst = self.checked.iter().map(Checked::outcome).max().unwrap_or_default();
        if worst == Outcome::Warned && self.fail_on_warn { Outcome::Broken } else { worst }
    }

    /// How many specs came out like this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.checked.iter().filter(|checked| checked.outcome() == outcome).count()
    }
}

impl Finding {
    /// How bad it is.
    pub fn outcome(&self) -> Outcome {
        match (self.status, self.severity) {
            (Status::Holds, _) => Outcome::Ok,
            (Status::Broken, Severity::Warn) => Outcome::Warned,
            (Status::Broken, Severity::Error) => Outcome::Broken,
            (Status::Unclear, _) => Outcome::Error,
        }
    }
}

impl Checked {
    /// A file that cannot be used, and why.
    pub fn unread(file: &str, Failure { diagnostics, sources }: Failure) -> Checked {
        Checked { file: file.to_owned(), faults: diagnostics, sources, ..Checked::default() }
    }

    /// The worst of it.
    pub fn outcome(&self) -> Outcome {
        let faults = if self.faults.is_empty() { Outcome::Ok } else { Outcome::Error };
        let warnings = if self.warnings.is_empty() { Outcome::Ok } else { Outcome::Warned };
        let findings = self.findings.iter().map(Finding::outcome).max().unwrap_or_default();
        faults.max(warnings).max(findings)
    }

    /// Why nothing can be checked of it, in a few words; nothing if something can.
    pub fn trouble(&self) -> Option<&'static str> {
        let first = self.faults.first()?;
        Some(match (self.kind, first.code) {
            (_, Code::CannotRead) => "cannot be read",
            (_, Code::NothingToCheck) => "leads to no spec",
            (_, Code::UnknownPreset) => "no file and no preset",
            (Kind::Spec, _) => "not a valid spec",
            (Kind::Policy, _) => "not a valid policy",
            (Kind::Baseline, _) => "not a valid baseline",
            (Kind::Limit, _) => "unknown number",
        })
    }

    /// How many findings came out like this.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome() == outcome).count()
    }

    /// Every problem as a person is told of it: faults, warnings, and what is broken, in this order.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        let is_told_alone = self.together.is_empty();
        let findings = self.findings.iter().filter(move |_| is_told_alone);
        let broken = findings.filter_map(|finding| finding.diagnostic.as_deref());
        self.faults.iter().chain(&self.warnings).chain(broken).chain(&self.together)
    }
}

/// The severity of a diagnostic about something that does not hold.
pub(super) fn level(severity: Severity) -> diag::Severity {
    match severity {
        Severity::Error => diag::Severity::Error,
        Severity::Warn => diag::Severity::Warning,
    }
}
