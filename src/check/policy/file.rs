//! A policy's file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::finding::{Finding, Origin, Status};
use super::super::place::field_of;
use super::fields::{unknown_fields, unknown_numbers};
use crate::diag::{Code, Source, Sources, Span, quote};
use crate::spec::{Failure, Loaded, Policy};
use crate::yaml::{self, Entry, Node};

/// A policy with its text.
#[derive(Debug)]
pub struct PolicyFile {
    /// The file as it was named.
    pub(super) file: String,
    /// The folder that it stands in.
    pub(super) folder: PathBuf,
    /// What it says.
    pub(super) policy: Policy,
    source: Arc<Source>,
    tree: Node,
}

impl PolicyFile {
    /// Reads a policy.
    ///
    /// # Errors
    /// Every problem found in it.
    pub fn load(path: &Path) -> Result<PolicyFile, Failure> {
        let mut sources = Sources::default();
        let read = yaml::read(path).and_then(|source| {
            let source = Arc::new(source);
            let id = sources.add(source.clone());
            let tree = yaml::parse(&sources, id)?;
            let policy = yaml::decode::<Policy>(&tree, &sources)?;
            let mut problems = unknown_fields(&policy, &tree);
            problems.extend(unknown_numbers(&policy, &tree));
            if problems.is_empty() { Ok((policy, tree, source)) } else { Err(problems) }
        });
        match read {
            Ok((policy, tree, source)) => Ok(PolicyFile {
                file: path.to_string_lossy().into_owned(),
                folder: path.parent().map(Path::to_owned).unwrap_or_default(),
                policy,
                source,
                tree,
            }),
            Err(diagnostics) => Err(Failure { diagnostics, sources }),
        }
    }

    /// What asks for the limits of a rule.
    pub(super) fn origin(&self, rule: &str) -> Origin {
        Origin::Policy { rule: rule.to_owned(), file: self.file.clone() }
    }

    /// Its rules, by their names and as what asks for something.
    pub(super) fn rules(&self) -> impl Iterator<Item = (&str, Origin)> {
        self.policy.rules.keys().map(|rule| (rule.as_str(), self.origin(rule)))
    }

    /// Gives the problem of a finding its places, if it has one that has none: a broken limit is the
    /// spec's fault, one that makes no sense the policy's.
    pub(super) fn place(&self, finding: &mut Finding, spec: &str, loaded: &mut Loaded) {
        let Origin::Policy { rule, .. } = &finding.origin else { return };
        let Some(mut problem) = finding.diagnostic.take_if(|problem| problem.primary.is_none())
        else {
            return;
        };
        let is_key = problem.code == Code::UnknownKey;
        let limit = self.limit(rule, &finding.path, is_key, &mut loaded.sources);
        let placed = if finding.status == Status::Unclear {
            problem.at(limit, "").note(format!("for the spec {}", quote(spec)))
        } else {
            let described = self.policy.rules.get(rule).and_then(|rule| rule.description.clone());
            problem.notes.splice(0..0, described);
            loaded
                .locate(field_of(&finding.path), *problem)
                .label(limit, format!("the limit, of rule `{rule}`"))
        };
        finding.diagnostic = Some(Box::new(placed));
    }

    /// The place of a limit of a rule, or of its key, in this text under another id.
    fn limit(&self, rule: &str, path: &str, is_key: bool, sources: &mut Sources) -> Span {
        let limit = entry(&self.tree, &["rules", rule, "limits", path]);
        let place = |limit: &Entry| if is_key { limit.key_span } else { limit.value.span };
        let span = limit.map_or(self.tree.span, place);
        Span { source: sources.add(self.source.clone()), ..span }
    }
}

/// The entry under keys, one within another; each may have dots.
pub(super) fn entry<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Entry> {
    let (last, around) = keys.split_last()?;
    let mut around = around.iter();
    around.try_fold(node, |node, key| Some(&node.entry(key)?.value))?.entry(last)
}
