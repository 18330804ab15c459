//! Steps in rounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, Said, carried, rounds};
use super::super::{NotSuited, Target};
use super::list;
use super::step::{Step, StepSpec, StepStage, Written};
use crate::diag::{Code, Diagnostic};
use crate::graph::{Builder, Role, When};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::{Amount, Size};

/// `{repeat: {times: 6, steps: [{residual: [norm, self-attention]}, …]}}`.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RepeatStep")]
pub struct RepeatSpec {
    /// How many times.
    #[schemars(example = 6)]
    pub times: Size,
    /// The steps of a round, which leave number and width of the tokens as they are.
    #[schemars(extend("examples" = [[{"linear": "same"}, "gelu"]]))]
    pub steps: Vec<StepSpec>,
}

/// Rounds of steps, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// How many times.
    pub times: Said,
    /// The steps of a round.
    pub steps: Vec<Step>,
}

impl Written for RepeatSpec {
    type Step = Repeat;

    fn design(&self, faults: &mut Faults) -> Repeat {
        let steps = faults.within("steps", |faults| list::design(&self.steps, faults));
        Repeat { times: self.times.into(), steps }
    }

    fn say(step: &Repeat) -> RepeatSpec {
        RepeatSpec { times: step.times.size, steps: list::say(&step.steps) }
    }
}

impl StepStage for Repeat {
    fn part(&self) -> (&'static str, Role) {
        ("repeat", Role::Steps)
    }

    fn in_brief(&self) -> String {
        format!("{} times ({})", self.times.size, list::in_brief(&self.steps))
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words = list::in_words(&self.steps);
        words.push("That is done in several rounds, each with parameters of its own.");
        words
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let times = at.count(b, ("L", "rounds within the bridge"), self.times);
        let name = at.name("rounds");
        rounds(b, (&*name, at.module), times, x, |b, x| {
            at.steps("repeat.steps", |within| {
                let y = list::wire(b, &self.steps, x.clone(), to, within)?;
                y.meet_tokens(b, &x, "a round of `repeat`", at)?;
                y.meet(b, &x, "a round of `repeat`", at)?;
                Ok(y)
            })
        })
    }
}

/// `{every: {period: 2, steps: […]}}` in a `repeat`: in the first round, the third, and so on.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EveryStep")]
pub struct EverySpec {
    /// Rounds from one to the next.
    #[schemars(example = 2)]
    pub period: Size,
    /// The first one, from 0; 0 if not given.
    #[serde(default)]
    #[schemars(example = 1, extend("default" = 0))]
    pub first: Choice<Amount>,
    /// The steps of such a round.
    #[schemars(extend("examples" = [[{"linear": "same"}]]))]
    pub steps: Vec<StepSpec>,
}

/// Steps of every n-th round, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Every {
    /// Rounds from one to the next.
    pub period: Size,
    /// The first one, from 0.
    pub first: u64,
    /// The steps of such a round.
    pub steps: Vec<Step>,
}

impl Written for EverySpec {
    type Step = Every;

    fn design(&self, faults: &mut Faults) -> Every {
        let steps = faults.within("steps", |faults| list::design(&self.steps, faults));
        Every { period: self.period, first: self.first.unwrap_or_default().get(), steps }
    }

    fn say(step: &Every) -> EverySpec {
        let first = Amount::new(step.first).unwrap_or_default().into();
        EverySpec { period: step.period, first, steps: list::say(&step.steps) }
    }
}

impl StepStage for Every {
    fn part(&self) -> (&'static str, Role) {
        ("every", Role::Steps)
    }

    fn in_brief(&self) -> String {
        format!("every {} rounds ({})", self.period, list::in_brief(&self.steps))
    }

    fn in_words(&self) -> Vec<&'static str> {
        let mut words = list::in_words(&self.steps);
        words.push("That is left out in some of the rounds.");
        words
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        if !b.is_in_rounds() {
            let text = "`every` stands outside of `repeat`";
            let help = "put it among the steps of a `repeat`, of whose rounds it leaves some out";
            return Err(at.problem(Diagnostic::error(Code::Mismatch, text).help(help)));
        }
        let when = When::Every { period: self.period.get(), offset: self.first };
        let mut problem = None;
        let name = at.name("every");
        let node = b.when((&*name, at.module), Role::Steps, when, x.node, |b, node| {
            carried(b, &x, node, &mut problem, |b, x| {
                at.steps("every.steps", |within| {
                    let y = list::wire(b, &self.steps, x.clone(), to, within)?;
                    y.meet_tokens(b, &x, "`every`", at)?;
                    y.meet(b, &x, "`every`", at)?;
                    Ok(y)
                })
            })
        });
        problem.map_or(Ok(x.of_same_width(node)), Err)
    }
}
