//! One side of a comparison.

use serde_json::{Value, json};

use super::plan::Plan;
use super::saved::Saved;
use crate::planned::Planned;
use crate::render::figure::Stated;
use crate::spec::Loaded;

/// A plan to compare, and where it comes from.
#[derive(Debug)]
pub struct Side {
    /// As it was named: `base.yaml`, `main:configs/a.yaml`.
    pub label: String,
    /// The plan.
    pub plan: Plan,
    /// The design, every choice said; none if a saved plan does not say it.
    pub design: Option<Value>,
    /// The spec that the plan was made of now.
    pub loaded: Option<Loaded>,
}

impl Side {
    /// A plan that is made now, its stages opened to `depth`.
    pub fn planned(label: String, planned: Planned, depth: usize) -> Side {
        let Planned { report, loaded } = planned;
        let design = Some(json!(report.spec()));
        Side { label, plan: Plan::Made(Box::new(report), depth), design, loaded: Some(loaded) }
    }

    /// A plan that was saved.
    pub fn saved(label: String, saved: Saved) -> Side {
        let design = saved.design();
        Side { label, plan: Plan::Saved(saved), design, loaded: None }
    }

    /// The name of the pipeline.
    pub fn name(&self) -> String {
        self.plan.name().to_owned()
    }

    /// The number at a path, or of a stage.
    pub fn number(&self, path: &str) -> Option<Stated> {
        self.plan.number(path)
    }
}
