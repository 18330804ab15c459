//! Steps on the tokens, whose result meets what came in: added to it, or multiplied with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow};
use super::super::{NotSuited, Target};
use super::list;
use super::step::{Step, StepSpec, StepStage, Written};
use crate::graph::{Builder, Role};
use crate::ops::{Add, Multiply};
use crate::stages::faults::Faults;

/// `{residual: [norm, {linear: x4}, gelu, {linear: input}]}`: what the steps make is added to what came
/// in.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(transparent)]
#[schemars(rename = "ResidualStep", extend("examples" = [[{"linear": "same"}, "gelu"]]))]
pub struct ResidualSpec(Vec<StepSpec>);

/// What steps make, added to what came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Residual(pub Vec<Step>);

impl Written for ResidualSpec {
    type Step = Residual;

    fn design(&self, faults: &mut Faults) -> Residual {
        Residual(list::design(&self.0, faults))
    }

    fn say(step: &Residual) -> ResidualSpec {
        ResidualSpec(list::say(&step.0))
    }
}

impl StepStage for Residual {
    fn part(&self) -> (&'static str, Role) {
        ("residual", Role::Steps)
    }

    fn in_brief(&self) -> String {
        format!("a residual of ({})", list::in_brief(&self.0))
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words = list::in_words(&self.0);
        words.push("What comes of it is added to what went in.");
        words
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let y = within(b, &self.0, x.clone(), to, (at, "residual"))?;
        y.meet_tokens(b, &x, "`residual`", at)?;
        y.meet(b, &x, "`residual`", at)?;
        let node = b.push(&*at.name("residual"), Add, &[x.node, y.node]);
        Ok(x.of_same_width(node))
    }
}

/// The steps of a field, each with tensors of its own in the step's module.
fn within(
    b: &mut Builder,
    steps: &[Step],
    x: Flow,
    to: &Target,
    (at, field): (&At<'_>, &str),
) -> Result<Flow, NotSuited> {
    at.steps(field, |within| b.module(at.module, |b| list::wire(b, steps, x, to, within)))
}

/// `{gate: [linear, sigmoid]}`: what came in times what the steps make of it.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(transparent)]
#[schemars(rename = "GateStep", extend("examples" = [[{"linear": "same"}, "sigmoid"]]))]
pub struct GateSpec(Vec<StepSpec>);

/// What came in times what steps make of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate(pub Vec<Step>);

impl Written for GateSpec {
    type Step = Gate;

    fn design(&self, faults: &mut Faults) -> Gate {
        Gate(list::design(&self.0, faults))
    }

    fn say(step: &Gate) -> GateSpec {
        GateSpec(list::say(&step.0))
    }
}

impl StepStage for Gate {
    fn part(&self) -> (&'static str, Role) {
        ("gate", Role::Steps)
    }

    fn in_brief(&self) -> String {
        format!("a gate of ({})", list::in_brief(&self.0))
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec!["Each token is multiplied with factors that are made of the tokens themselves."]
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let y = within(b, &self.0, x.clone(), to, (at, "gate"))?;
        if !b.axis(y.node, 1).is_one() {
            y.meet_tokens(b, &x, "`gate`", at)?;
        }
        y.meet(b, &x, "`gate`", at)?;
        let node = b.push(&*at.name("gate"), Multiply, &[x.node, y.node]);
        Ok(x.of_same_width(node))
    }
}
