//! An audio tower that a model stores beside what reads images and text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::dim::Dim;
use crate::graph::{Builder, Component, Role};
use crate::ops::{Input, Shape, Stored};
use crate::units::Size;

/// What a model stores for audio (Phi-4-multimodal, Gemma 3n, Qwen2.5-Omni): `audio: {tensors: [{shape:
/// [1024, 1024], count: 24}]}`. It is counted as a component of its own, and does not run.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Audio", title = "Audio")]
pub struct AudioSpec {
    /// The stored tensors, those of one shape together.
    pub tensors: Vec<TensorSpec>,
}

/// Stored tensors of one shape.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StoredTensors")]
pub struct TensorSpec {
    /// The axes, outermost first.
    #[schemars(example = [1024, 1024])]
    pub shape: Vec<Size>,
    /// How many there are; 1 if not given.
    #[serde(default = "one")]
    #[schemars(extend("default" = 1))]
    pub count: Size,
}

fn one() -> Size {
    Size::of(1)
}

impl AudioSpec {
    /// Stores the tensors.
    pub fn build(&self, b: &mut Builder) {
        let role = Role::Component(Component::Audio);
        b.scope((Component::Audio.key(), "model.audio_tower"), role, |b| {
            // Nothing runs, so there is nothing to read.
            let nothing = b.push("audio", Input { shape: Shape::new([Dim::zero()]) }, &[]);
            b.idle("stored", Role::Stored, nothing, |b, x| {
                self.tensors.iter().enumerate().fold(x, |x, (at, tensor)| {
                    let shape = tensor.shape.iter().map(|axis| Dim::from(i128::from(*axis)));
                    let shape = Shape(shape.collect());
                    let (name, count) =
                        (format!("tensor_{at}"), Dim::from(i128::from(tensor.count)));
                    b.repeat(&*name, Role::Stored, count, x, |b, x| {
                        b.push(("tensor", ""), Stored { shape }, &[x])
                    })
                })
            });
        });
    }
}
