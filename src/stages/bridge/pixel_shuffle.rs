//! The pixel-shuffle bridge: r×r neighbours become one token, then a projection (InternVL,
//! Idefics3, SmolVLM).

use serde::{Deserialize, Serialize};

use super::{
    BridgeStage, Divisor, NotSuited, Projector, Target, Visual, grid, require_multiple_of,
};
use crate::diag::Diagnostic;
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::SpaceToDepth;
use crate::yaml::Size;

/// `bridge: {pixel-shuffle: {factor: 2}}`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PixelShuffle {
    /// r: r² tokens become one (transformers' `scale_factor`; InternVL's `downsample_ratio` is 1/r).
    pub factor: Size,
    /// The projection from r²·D_v to D.
    #[serde(default)]
    pub then: Projector,
}

impl BridgeStage for PixelShuffle {
    fn check(&self) -> Vec<(String, Diagnostic)> {
        self.then.check()
    }

    fn build(&self, b: &mut Builder, x: &Visual, to: &Target) -> Result<NodeId, NotSuited> {
        let grid = grid(x, "pixel-shuffle")?;
        let factor: Dim =
            b.size("r", "side of a pixel-shuffle block in tokens", Some(self.factor)).into();
        let divisor = Divisor {
            dim: factor.clone(),
            name: "pixel-shuffle factor",
            field: "bridge.pixel-shuffle.factor",
            squared: None,
        };
        require_multiple_of(b, &grid, &divisor);
        let width = &x.width * factor.pow(2);
        let shuffle = SpaceToDepth { grid, factor };
        let folded = b.scope("pixel_shuffle", |b| b.push("shuffle", shuffle, &[x.node]));
        Ok(b.scope("projection", |b| self.then.project(b, folded, &width, &to.width)))
    }
}
