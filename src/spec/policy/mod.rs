//! A policy: limits that a team sets for many specs at once, in `vlmcalc.policy.yaml`.

mod decode;
mod schema;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{Expectation, Severity};

/// The policy that is looked for beside specs and in the folders above them.
pub const POLICY_FILE: &str = "vlmcalc.policy.yaml";

/// A policy, the file `vlmcalc.policy.yaml`: limits that hold for many specs at once.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The rules by their names, which are free.
    #[schemars(example = json!({"seven-billion": {"limits": {"params.total": {"max": "7.1B"}}}}))]
    pub rules: BTreeMap<String, Rule>,
}

/// A rule sets limits on the plans of all specs that it matches.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What the rule is for; shown where it is broken.
    #[serde(default)]
    #[schemars(example = "A GPU of 16 GiB must hold it")]
    pub description: Option<String>,
    /// Which specs it is about; all if not given.
    #[serde(default, rename = "match")]
    pub matches: Match,
    /// How bad a broken limit is, if it does not say so itself; an error if not given.
    #[serde(default)]
    pub severity: Severity,
    /// What must hold of their plans, written as in a spec's `expect`.
    #[schemars(example = json!({"params.total": {"max": "7.1B"}}))]
    pub limits: BTreeMap<String, Expectation>,
}

/// A rule is about the specs for which everything that is given here holds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Match {
    /// Patterns of names, such as `llava-*`; one of them must match.
    #[schemars(example = "llava-*")]
    pub name: Option<OneOf<Pattern>>,
    /// Patterns of paths, such as `models/7b/**`; one of them must match.
    #[schemars(example = "models/7b/**")]
    pub file: Option<OneOf<Pattern>>,
    /// Bridges, such as `linear`; it must be one of them.
    pub bridge: Option<OneOf<BridgeName>>,
    /// Fields of the spec and what they must be, such as `llm.tied: true` or
    /// `llm.depth: {min: 32}`; what the spec does not say has its default.
    #[schemars(example = json!({"llm.tied": true}))]
    pub spec: BTreeMap<String, Wanted>,
    /// Numbers of the plan and what must hold of them, such as
    /// `params.total: {value: 7B, tolerance: 15%}` for models of the 7B class.
    #[schemars(example = json!({"params.total": {"value": "7B", "tolerance": "15%"}}))]
    pub plan: BTreeMap<String, Expectation>,
}

/// One value, or a list of which one will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOf<T>(pub Vec<T>);

/// A pattern of names or paths: `*` stands for any part of a name, `**` for any folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(pub glob::Pattern);

/// The name of a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BridgeName(pub String);

/// What a field of a spec must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Wanted {
    /// One of these.
    OneOf(Vec<Scalar>),
    /// A number within bounds.
    Within(Expectation),
}

/// A single value of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Not given.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(i128),
    /// A choice, a name.
    Text(String),
}
