//! Policies: which of them are for a spec, which of their rules match it, and what becomes of it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf, absolute};
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::expect::{Block, bounded};
use super::facts::{Facts, lookup};
use super::finding::{Finding, Origin, RuleUse, Status};
use super::judge::{Judgement, judge};
use super::place::field_of;
use crate::diag::{Code, Diagnostic, Source, Sources, Span, quote};
use crate::planned::Planned;
use crate::spec::{
    Expectation, Failure, Loaded, Match, OneOf, POLICY_FILE, Pattern, Policy, Requirement, Rule,
    Scalar, Spec, Wanted, canonical_path,
};
use crate::yaml::{self, Node};

/// A policy with its text.
#[derive(Debug)]
pub struct PolicyFile {
    file: String,
    folder: PathBuf,
    policy: Policy,
    source: Arc<Source>,
    tree: Node,
}

/// The policies of a run, and which of them is for the specs of a folder.
#[derive(Debug, Default)]
pub struct Policies {
    files: Vec<PolicyFile>,
    /// Folders that were looked at, and the policy that is in force there.
    by_folder: HashMap<PathBuf, Option<usize>>,
    /// Whether all of the files are for every spec.
    for_all: bool,
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
            let problems = unknown_fields(&policy, &tree);
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

    fn origin(&self, rule: &str) -> Origin {
        Origin::Policy { rule: rule.to_owned(), file: self.file.clone() }
    }

    /// A problem with its places: a broken limit is the spec's fault, one that makes no sense the
    /// policy's.
    fn place(
        &self,
        finding: &Finding,
        rule: &str,
        mut diagnostic: Diagnostic,
        spec: &str,
        loaded: &mut Loaded,
    ) -> Diagnostic {
        let limit = self.limit(rule, &finding.path, &mut loaded.sources);
        if finding.status == Status::Unclear {
            return diagnostic.at(limit, "").note(format!("for the spec {}", quote(spec)));
        }
        let described = self.policy.rules.get(rule).and_then(|rule| rule.description.clone());
        diagnostic.notes.splice(0..0, described);
        loaded
            .locate(field_of(&finding.path), diagnostic)
            .label(limit, format!("the limit, of rule `{rule}`"))
    }

    /// The place of a limit of a rule, in this text under another id.
    fn limit(&self, rule: &str, path: &str, sources: &mut Sources) -> Span {
        let limits = self.tree.entry("rules").and_then(|rules| rules.value.entry(rule));
        let limit = limits
            .and_then(|rule| rule.value.entry("limits"))
            .and_then(|limits| limits.value.entry(path));
        let span = limit.map_or(self.tree.span, |limit| limit.value.span);
        Span { source: sources.add(self.source.clone()), ..span }
    }
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
            match PolicyFile::load(&shown(&path)) {
                Ok(file) => {
                    self.files.push(file);
                    Some(self.files.len() - 1)
                }
                Err(failure) => {
                    failures.push((shown(&path).to_string_lossy().into_owned(), failure));
                    None
                }
            }
        } else if folder.join(".git").exists() {
            None
        } else {
            folder.parent().and_then(|above| self.look_from(above, failures))
        };
        self.by_folder.insert(folder.to_owned(), found);
        found
    }

    /// The files that are for a spec.
    fn for_spec(&self, file: &str) -> impl Iterator<Item = &PolicyFile> {
        let found = || self.by_folder.get(&folder_of(file)).copied().flatten();
        let nearest = if self.for_all { None } else { found() };
        let chosen = move |at: usize| self.for_all || nearest == Some(at);
        self.files.iter().enumerate().filter(move |(at, _)| chosen(*at)).map(|(_, file)| file)
    }

    /// The paths of the files that are for a spec.
    pub fn paths_for(&self, file: &str) -> impl Iterator<Item = &str> {
        self.for_spec(file).map(|policy| policy.file.as_str())
    }

    /// What the rules that match a plan say of it, each problem with its places.
    pub fn judge(&self, file: &str, planned: &mut Planned) -> Vec<Finding> {
        let mut findings = Vec::new();
        for policy in self.for_spec(file) {
            let facts = Facts::new(&planned.report);
            let spec = OnceLock::new();
            let spec = || {
                spec.get_or_init(|| serde_json::to_value(planned.report.spec()).unwrap_or_default())
            };
            for (name, rule) in &policy.policy.rules {
                if matches(rule, policy, file, planned, &facts, &spec) {
                    findings.extend(limits(policy.origin(name), rule, &facts));
                }
            }
            bounded(&mut findings);
            for finding in &mut findings {
                let Origin::Policy { rule, .. } = &finding.origin else { continue };
                if let Some(diagnostic) = finding.diagnostic.take_if(|d| d.primary.is_none()) {
                    let diagnostic =
                        policy.place(finding, rule, *diagnostic, file, &mut planned.loaded);
                    finding.diagnostic = Some(Box::new(diagnostic));
                }
            }
        }
        findings
    }

    /// What each rule was good for, given the findings of all specs.
    pub fn uses<'a>(&self, specs: impl Iterator<Item = &'a [Finding]>) -> Vec<RuleUse> {
        let mut counts: HashMap<&Origin, (usize, usize)> = HashMap::new();
        // The findings of one rule stand together.
        let of_rules = specs.flat_map(|specs| specs.chunk_by(|a, b| a.origin == b.origin));
        for of_rule in of_rules {
            let is_broken = of_rule.iter().any(|finding| finding.outcome() != super::Outcome::Ok);
            if let Some(finding) = of_rule.first() {
                let (matched, broken) = counts.entry(&finding.origin).or_default();
                *matched += 1;
                *broken += usize::from(is_broken);
            }
        }
        let of_policy = |policy: &PolicyFile| {
            let of_rule = |name: &String| {
                let count = counts.get(&policy.origin(name)).copied().unwrap_or_default();
                let (name, file) = (name.clone(), policy.file.clone());
                RuleUse { name, file, matched: count.0, broken: count.1 }
            };
            policy.policy.rules.keys().map(of_rule).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_policy).collect()
    }
}

/// The findings of a rule's limits.
fn limits(origin: Origin, rule: &Rule, facts: &Facts) -> Vec<Finding> {
    let block =
        Block { expectations: &rule.limits, severity: rule.severity, origin, code: Code::Policy };
    block.judge(facts)
}

/// Whether a rule is about a spec.
fn matches<'a>(
    rule: &Rule,
    policy: &PolicyFile,
    file: &str,
    planned: &Planned,
    facts: &Facts,
    spec: &dyn Fn() -> &'a Value,
) -> bool {
    let Match { name, file: paths, bridge, spec: fields, plan } = &rule.matches;
    let any = |patterns: &Option<OneOf<Pattern>>, test: &dyn Fn(&glob::Pattern) -> bool| {
        patterns.as_ref().is_none_or(|patterns| patterns.0.iter().any(|p| test(&p.0)))
    };
    let options =
        glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
    let below = relative(file, &policy.folder);
    let bridged = bridge
        .as_ref()
        .is_none_or(|names| names.0.iter().any(|name| name.0 == planned.loaded.spec.bridge.name()));
    bridged
        && any(name, &|pattern| pattern.matches(&planned.loaded.name))
        && any(paths, &|p| p.matches_with(file, options) || p.matches_with(&below, options))
        && fields
            .iter()
            .all(|(path, wanted)| is_wanted(wanted, lookup(spec(), &canonical_path(path))))
        && plan.iter().all(|(path, wanted)| holds(path, wanted, facts))
}

fn holds(path: &str, wanted: &Expectation, facts: &Facts) -> bool {
    matches!(judge(path, wanted, facts), Judgement::Holds(..))
}

/// Whether a field of a spec is what a rule wants. A choice with content is written as its name.
fn is_wanted(wanted: &Wanted, found: Option<&Value>) -> bool {
    let is = |scalar: &Scalar| match (scalar, found) {
        (Scalar::Null, found) => found.is_none_or(Value::is_null),
        (Scalar::Bool(wanted), Some(Value::Bool(found))) => wanted == found,
        (Scalar::Number(wanted), Some(Value::Number(found))) => found.as_i128() == Some(*wanted),
        (Scalar::Text(wanted), Some(Value::String(found))) => wanted == found,
        (Scalar::Text(wanted), Some(Value::Object(found))) => {
            found.len() == 1 && found.contains_key(wanted)
        }
        _ => false,
    };
    match wanted {
        Wanted::OneOf(scalars) => scalars.iter().any(is),
        Wanted::Within(bounds) => {
            let number = found.and_then(|value| value.as_number()?.as_i128());
            number.is_some_and(|number| {
                bounds.all.iter().all(|requirement| match requirement {
                    Requirement::Value(value, room) => {
                        number.abs_diff(value.value) <= room.of(value.value).unsigned_abs()
                    }
                    Requirement::Min(min) => number >= min.value,
                    Requirement::Max(max) => number <= max.value,
                    Requirement::FractionOfContext(_) | Requirement::Shape(_) => false,
                })
            })
        }
    }
}

/// Fields of specs that rules name and no spec has.
fn unknown_fields(policy: &Policy, tree: &Node) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (name, rule) in &policy.rules {
        for path in rule.matches.spec.keys().filter(|path| !is_field(&canonical_path(path))) {
            let at = |node: &'_ Node, key: &str| node.entry(key).map(|entry| entry.value.clone());
            let conditions = at(tree, "rules")
                .and_then(|rules| at(&rules, name))
                .and_then(|rule| at(&rule, "match"))
                .and_then(|matches| at(&matches, "spec"));
            let place = conditions.as_ref().and_then(|conditions| conditions.entry(path));
            let message = format!("a spec has no field {}", quote(path));
            let help = "name it by its path in a spec, such as `llm.depth` or `encoder.patch`; \
                        numbers of the plan belong to `plan`";
            problems.push(
                Diagnostic::error(Code::UnknownKey, message)
                    .at(place.map_or(tree.span, |entry| entry.key_span), "")
                    .help(help),
            );
        }
    }
    problems
}

/// Whether a spec has a field at this path: one that has its default, or one of a choice.
fn is_field(path: &str) -> bool {
    static PLAIN: OnceLock<Value> = OnceLock::new();
    let plain = PLAIN.get_or_init(|| {
        let spec: Option<Spec> = serde_json::from_str(r#"{"bridge": {"linear": {}}}"#).ok();
        serde_json::to_value(spec).unwrap_or_default()
    });
    let mut value = plain;
    for (at, key) in path.split('.').enumerate() {
        match value {
            Value::Object(map) => match map.get(key) {
                Some(next) => value = next,
                // The fields of another bridge.
                None => return at > 0 && path.starts_with("bridge."),
            },
            // Below a choice or a section that is not made.
            Value::String(_) | Value::Null => return true,
            _ => return false,
        }
    }
    true
}

/// The folder that a spec stands in; of what is no file, the current one.
fn folder_of(file: &str) -> PathBuf {
    let path = Path::new(file);
    let folder = if path.is_file() { path.parent() } else { None };
    absolute(folder.filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new(".")))
        .unwrap_or_default()
}

/// The path of a file below a folder, with `/`; as it is if it is not there.
fn relative(file: &str, folder: &Path) -> String {
    let whole =
        |path: &Path| absolute(if path.as_os_str().is_empty() { Path::new(".") } else { path });
    let (Ok(file_path), Ok(folder)) = (whole(Path::new(file)), whole(folder)) else {
        return file.to_owned();
    };
    let below =
        file_path.strip_prefix(&folder).map(|path| path.to_string_lossy().replace('\\', "/"));
    below.unwrap_or_else(|_| file.to_owned())
}

/// A path as short as it can be said: from the current folder where it is below it.
fn shown(path: &Path) -> PathBuf {
    let here = absolute(".").unwrap_or_default();
    path.strip_prefix(here).map_or_else(|_| path.to_owned(), Path::to_owned)
}
