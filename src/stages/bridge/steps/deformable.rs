//! Attention to a few places of the grid, which the tokens choose (Deformable DETR).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, Said};
use super::super::{NotSuited, Target};
use super::step::{StepStage, Written};
use crate::diag::{Code, Diagnostic};
use crate::graph::{Builder, Multiple, NodeId, Role};
use crate::ops;
use crate::stages::faults::Faults;
use crate::stages::mlp::linear;
use crate::units::Size;

/// `{deformable-attention: {heads: 8, points: 4}}`: each token reads the tokens that `latents` or
/// `queries` replaced at four places in each head, around its own.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DeformableStep")]
pub struct DeformableSpec {
    /// Attention heads. They must divide the width.
    #[schemars(example = 8)]
    pub heads: Size,
    /// Places that each head reads.
    #[schemars(example = 4)]
    pub points: Size,
}

/// Deformable attention, every choice made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deformable {
    /// Attention heads.
    pub heads: Said,
    /// Places that each head reads.
    pub points: Said,
}

impl Written for DeformableSpec {
    type Step = Deformable;

    fn design(&self, _: &mut Faults) -> Deformable {
        Deformable { heads: self.heads.into(), points: self.points.into() }
    }

    fn say(step: &Deformable) -> DeformableSpec {
        DeformableSpec { heads: step.heads.size, points: step.points.size }
    }
}

impl Deformable {
    /// What it does, for someone who meets it for the first time.
    pub const WORDS: &str = "Each query reads the image at a few places around its own, between its \
                             tokens, and says itself which and how much of each.";

    /// Wires it: queries `[B, Q, D]`, which read as `asking`, and values of a grid.
    pub fn attend(
        &self,
        b: &mut Builder,
        (x, asking): (&Flow, NodeId),
        (values, places): (&Flow, NodeId),
        at: &At<'_>,
    ) -> Result<NodeId, NotSuited> {
        let grid = values.grid("deformable-attention", at)?;
        let heads = at.size(b, ("h", "attention heads"), self.heads);
        let points = at.size(b, ("p", "places that a head reads"), self.points);
        b.require(Multiple {
            dividend: x.width.clone(),
            divisor: heads.clone(),
            names: ("width", "number of heads"),
            fields: [at.here(), at.here()],
            pixels: None,
            squared: None,
            way_out: None,
        });
        let (width, all) = (&x.width, &heads * &points);
        Ok(b.module(at.module, |b| {
            let values = linear(b, "value_proj", values.node, &values.width, width, true);
            let offsets = (2 * &all, "sampling_offsets");
            let offsets = linear(b, offsets.1, asking, width, &offsets.0, true);
            let scores = linear(b, "attention_weights", asking, width, &all, true);
            let core = ops::Deformable { grid, heads, points };
            let read = b.push(&*at.name("deformable"), core, &[values, offsets, scores, places]);
            linear(b, "output_proj", read, width, width, true)
        }))
    }
}

impl StepStage for Deformable {
    fn part(&self) -> (&'static str, Role) {
        ("deformable_attention", Role::CrossAttention)
    }

    fn in_brief(&self) -> String {
        let Deformable { heads, points } = self;
        format!("deformable attention with {} heads of {} places", heads.size, points.size)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![Deformable::WORDS]
    }

    fn wire(&self, b: &mut Builder, x: Flow, _: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let context = x.context("deformable-attention", at)?;
        let Some(places) = x.places else {
            let text = "`deformable-attention` needs a place on the grid for each token";
            let help = "write `{latents: {count: 64, places: true}}` before it";
            return Err(at.problem(Diagnostic::error(Code::Mismatch, text).help(help)));
        };
        let node = self.attend(b, (&x, x.node), (&context, places), at)?;
        Ok(x.of_same_width(node))
    }
}
