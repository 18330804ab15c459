//! Lists of steps side by side.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::{NotSuited, Reduction, Target};
use super::list;
use super::step::{Step, StepSpec, StepStage, Written};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, Role, Same};
use crate::ops::{Add, Concat, Multiply, SideBySide, Split};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::Size;

/// How the results of branches become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Join {
    /// Their sum.
    Add,
    /// Their product.
    Multiply,
    /// Their values side by side, for each token.
    Channels,
    /// Their tokens one after the other.
    Tokens,
}

/// Lists of steps side by side: `{branches: {join: channels, of: [[{linear: 640}], [{linear: 640}]]}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BranchesStep")]
pub struct BranchesSpec {
    /// The branches, a list of steps each; one without steps hands on what comes in.
    #[schemars(length(min = 1), extend("examples" = [[["gelu"], []]]))]
    pub of: Vec<Vec<StepSpec>>,
    /// How what they make becomes one: added, multiplied, side by side (`channels`), or one after the
    /// other (`tokens`); added if not given.
    #[serde(default)]
    #[schemars(extend("default" = Join::Add))]
    pub join: Choice<Join>,
    /// Widths of the parts of a token's values, one for each branch; every branch gets all of them if
    /// not given.
    #[serde(default)]
    #[schemars(example = [1024, 768])]
    pub split: Option<Vec<Size>>,
}

/// Branches, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Branches {
    /// The steps of each.
    pub of: Vec<Vec<Step>>,
    /// How what they make becomes one.
    pub join: Join,
    /// The part of the values that each gets.
    pub split: Option<Vec<Size>>,
}

impl Written for BranchesSpec {
    type Step = Branches;

    fn design(&self, faults: &mut Faults) -> Branches {
        if self.of.is_empty() {
            let text = "`branches` without a branch";
            let help = "list what is to be joined: `of: [[linear], []]` adds what a linear layer \
                        makes to what comes in";
            faults.add("of", Diagnostic::error(Code::MissingField, text).help(help));
        }
        if let Some(parts) = self.split.as_ref().filter(|parts| parts.len() != self.of.len()) {
            let text = format!("{} parts of a token for {} branches", parts.len(), self.of.len());
            let help = "give a width for each branch";
            faults.add("split", Diagnostic::error(Code::Mismatch, text).help(help));
        }
        let of = self.of.iter().enumerate().map(|(at, steps)| {
            faults.within(&format!("of.{at}"), |faults| list::design(steps, faults))
        });
        let of = of.collect();
        Branches { of, join: self.join.unwrap_or(Join::Add), split: self.split.clone() }
    }

    fn say(step: &Branches) -> BranchesSpec {
        let of = step.of.iter().map(|steps| list::say(steps)).collect();
        BranchesSpec { of, join: step.join.into(), split: step.split.clone() }
    }
}

impl Branches {
    /// What each branch gets.
    fn parts(&self, b: &mut Builder, x: &Flow, at: &At<'_>) -> Vec<Flow> {
        let Some(widths) = &self.split else { return vec![x.clone(); self.of.len()] };
        let mut offset = Dim::zero();
        let mut parts = Vec::new();
        for (number, width) in (1..).zip(widths) {
            let letter = format!("M_p{number}");
            let width = at.size(b, (&letter, "width of a branch's part"), *width);
            let split = Split { offset: offset.clone(), width: width.clone() };
            offset += &width;
            let node = b.push(&*at.name(&format!("part_{number}")), split, &[x.node]);
            parts.push(x.clone().with(node, width));
        }
        b.require(Same {
            made: offset,
            reserved: x.width.clone(),
            names: ("values of all parts", "values of a token"),
            field: at.here(),
            help: "let the widths in `split` add up to the width of the tokens",
        });
        parts
    }

    /// What they make as one.
    fn join(&self, b: &mut Builder, made: &[Flow], at: &At<'_>) -> Result<Flow, NotSuited> {
        let [first, others @ ..] = made else {
            let text = "`branches` without a branch";
            return Err(at.problem(Diagnostic::error(Code::MissingField, text)));
        };
        for other in others {
            if self.join != Join::Tokens {
                other.meet_tokens(b, first, "`branches`", at)?;
            }
            if self.join != Join::Channels {
                other.meet(b, first, "`branches`", at)?;
            }
        }
        let nodes: Vec<_> = made.iter().map(|flow| flow.node).collect();
        let name = at.name("join");
        let name = &*name;
        Ok(match (self.join, others) {
            (_, []) => first.clone(),
            (Join::Add, _) => {
                let sum = nodes.into_iter().reduce(|sum, one| b.push(name, Add, &[sum, one]));
                first.clone().of_same_width(sum.unwrap_or(first.node))
            }
            (Join::Multiply, _) => {
                let all = nodes.into_iter();
                let product = all.reduce(|product, one| b.push(name, Multiply, &[product, one]));
                first.clone().of_same_width(product.unwrap_or(first.node))
            }
            (Join::Channels, _) => {
                let node = b.push(name, SideBySide, &nodes);
                first.clone().with(node, b.axis(node, 2))
            }
            (Join::Tokens, _) => first.clone().in_a_row(b.push(name, Concat, &nodes)),
        })
    }
}

impl StepStage for Branches {
    fn part(&self) -> (&'static str, Role) {
        ("branches", Role::Steps)
    }

    fn in_brief(&self) -> String {
        let each: Vec<String> =
            self.of.iter().map(|steps| format!("({})", list::in_brief(steps))).collect();
        format!("branches {}", each.join(" and "))
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words: Vec<&str> = self.of.iter().flat_map(|steps| list::in_words(steps)).collect();
        words.dedup();
        words.push("That is done side by side, and what comes of it is joined.");
        words
    }

    fn reduction(&self) -> Reduction {
        let first = self.of.first().map_or(Reduction::Kept, |steps| list::reduction(steps));
        match self.join {
            Join::Tokens => Reduction::Regrouped,
            _ if first == Reduction::Kept => first,
            _ => Reduction::Regrouped,
        }
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let parts = self.parts(b, &x, at);
        let mut made = Vec::new();
        for (number, (steps, part)) in self.of.iter().zip(parts).enumerate() {
            let (name, place) = (format!("branch_{}", number + 1), format!("branches.of.{number}"));
            let branch = number.to_string();
            let y = b.scope((&*at.name(&name), ""), Role::Steps, |b| {
                at.steps(&place, |within| {
                    let before = format!("{}_{}", within.number, number + 1);
                    let within = list::Within { number: &before, ..*within };
                    let wire = |b: &mut Builder| list::wire(b, steps, part, to, &within);
                    b.module(at.module, |b| b.module(&branch, wire))
                })
            })?;
            made.push(y);
        }
        self.join(b, &made, at)
    }
}
