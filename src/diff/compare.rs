//! Two plans side by side.

use super::delta::{Delta, deltas};
use super::design::{Change, changes};
use super::side::Side;
use super::stages::{StageDelta, stages};

/// Two plans that differ.
#[derive(Debug)]
pub struct Comparison {
    /// What they are, as they were named: base and head.
    pub labels: [String; 2],
    /// The names of their pipelines.
    pub names: [String; 2],
    /// What changed in the design; none if a saved plan does not say its design.
    pub design: Option<Vec<Change>>,
    /// The numbers that changed.
    pub numbers: Vec<Delta>,
    /// The stages that changed.
    pub stages: Vec<StageDelta>,
}

impl Comparison {
    /// What changed from one plan to another; none if nothing did.
    pub fn of(base: &Side, head: &Side) -> Option<Comparison> {
        let made_now = base.loaded.is_some() && head.loaded.is_some();
        let design = changes(base, head);
        // One program plans one design in one way.
        if made_now && base.design == head.design && design.is_empty() {
            return None;
        }
        let (numbers, stages) = (deltas(&base.plan, &head.plan), stages(&base.plan, &head.plan));
        if design.is_empty() && numbers.is_empty() && stages.is_empty() {
            return None;
        }
        let known = base.design.is_some() && head.design.is_some();
        Some(Comparison {
            labels: [base, head].map(|side| side.label.clone()),
            names: [base, head].map(Side::name),
            design: known.then_some(design),
            numbers,
            stages,
        })
    }
}
