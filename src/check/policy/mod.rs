//! Policies: which of them are for a spec, and what becomes of it under their rules.

mod fields;
mod file;
mod folder;
mod matching;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::expect::{Block, bounded};
use super::finding::{Finding, Origin, Outcome, RuleUse};
use crate::diag::Code;
use crate::planned::Planned;
use crate::spec::{Failure, POLICY_FILE};
pub use file::PolicyFile;
use folder::{folder_of, from_here};
use matching::Candidate;

/// The policies of a run, and which of them is for the specs of a folder.
#[derive(Debug, Default)]
pub struct Policies {
    files: Vec<PolicyFile>,
    /// Folders that were looked at, and the policy that is in force there.
    by_folder: HashMap<PathBuf, Option<usize>>,
    /// Whether all of the files are for every spec.
    for_all: bool,
}

impl Policies {
    /// These files, each for every spec; one that is given again adds nothing.
    pub fn of(mut files: Vec<PolicyFile>) -> Policies {
        let mut seen = HashSet::new();
        files.retain(|file| seen.insert(file.file.clone()));
        Policies { files, for_all: true, ..Policies::default() }
    }

    /// The policies beside specs: for each the nearest one, in its folder or one above it, up to
    /// the root of its repository. Those that cannot be read are given back by their names.
    pub fn beside<'a>(
        specs: impl IntoIterator<Item = &'a str>,
    ) -> (Policies, Vec<(String, Failure)>) {
        let (mut policies, mut failures) = (Policies::default(), Vec::new());
        for spec in specs {
            policies.look_from(&folder_of(spec), &mut failures);
        }
        (policies, failures)
    }

    /// The policy in force in a folder, looked for once.
    fn look_from(&mut self, folder: &Path, failures: &mut Vec<(String, Failure)>) -> Option<usize> {
        if let Some(known) = self.by_folder.get(folder) {
            return *known;
        }
        let path = folder.join(POLICY_FILE);
        let found = if path.is_file() {
            self.load(&from_here(&path), failures)
        } else if folder.join(".git").exists() {
            None
        } else {
            folder.parent().and_then(|above| self.look_from(above, failures))
        };
        self.by_folder.insert(folder.to_owned(), found);
        found
    }

    fn load(&mut self, path: &Path, failures: &mut Vec<(String, Failure)>) -> Option<usize> {
        match PolicyFile::load(path) {
            Ok(file) => {
                self.files.push(file);
                Some(self.files.len() - 1)
            }
            Err(failure) => {
                failures.push((path.to_string_lossy().into_owned(), failure));
                None
            }
        }
    }

    /// The files that are for a spec.
    fn for_spec(&self, spec: &str) -> &[PolicyFile] {
        if self.for_all {
            return &self.files;
        }
        match self.by_folder.get(&folder_of(spec)) {
            Some(Some(at)) => &self.files[*at..=*at],
            Some(None) | None => &[],
        }
    }

    /// The paths of the files that are for a spec.
    pub fn paths_for(&self, spec: &str) -> impl Iterator<Item = &str> {
        self.for_spec(spec).iter().map(|policy| policy.file.as_str())
    }

    /// What the rules that match a plan say of it, each problem with its places.
    pub fn judge(&self, spec: &str, planned: &mut Planned) -> Vec<Finding> {
        let mut findings = Vec::new();
        for policy in self.for_spec(spec) {
            findings.extend(judge(policy, &Candidate::new(spec, planned)));
            bounded(&mut findings);
            for finding in &mut findings {
                policy.place(finding, spec, &mut planned.loaded);
            }
        }
        findings
    }

    /// What each rule was good for, given the findings of all specs.
    pub fn uses<'a>(&self, specs: impl Iterator<Item = &'a [Finding]>) -> Vec<RuleUse> {
        let mut counts: HashMap<&Origin, (usize, usize)> = HashMap::new();
        // The findings of one rule stand together.
        for of_rule in specs.flat_map(|specs| specs.chunk_by(|a, b| a.origin == b.origin)) {
            let is_broken = of_rule.iter().any(|finding| finding.outcome() != Outcome::Ok);
            let (matched, broken) = counts.entry(&of_rule[0].origin).or_default();
            *matched += 1;
            *broken += usize::from(is_broken);
        }
        let rules = self.files.iter().flat_map(PolicyFile::rules);
        let rule_use = |(name, origin): (&str, Origin)| {
            let (matched, broken) = counts.get(&origin).copied().unwrap_or_default();
            let Origin::Policy { file, .. } = origin else { return None };
            Some(RuleUse { name: name.to_owned(), file, matched, broken })
        };
        rules.filter_map(rule_use).collect()
    }
}

/// What the rules of a policy that are about a spec say of it.
fn judge(policy: &PolicyFile, candidate: &Candidate) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, rule) in &policy.policy.rules {
        if candidate.is_matched(&rule.matches, &policy.folder) {
            let block = Block {
                expectations: &rule.limits,
                severity: rule.severity,
                origin: policy.origin(name),
                code: Code::Policy,
            };
            findings.extend(block.judge(&candidate.planned.report));
        }
    }
    findings
}
