//! Parts of an encoder that are more than blocks alike, and what they have no room for.

use super::{EncoderSpec, PLAIN};
use crate::diag::{Code, Diagnostic};
use crate::stages::faults::Faults;
use crate::stages::feed::Feed;
use crate::stages::grid_mix::GridMix;
use crate::stages::inner_merge::InnerMerge;
use crate::stages::neck::Neck;
use crate::stages::pooled_head::HeadSpec;

impl EncoderSpec {
    /// Whether it stands behind another tower, whose tokens take the place of patches.
    pub(super) fn behind(&self, faults: &mut Faults) -> bool {
        if !self.behind.unwrap_or(false) {
            return false;
        }
        let others = [
            ("image", self.image.is_some()),
            ("patch", self.patch.is_some()),
            ("temporal_patch", self.temporal_patch.is_some()),
            ("patch_bias", !self.patch_bias.is_open()),
            ("patch_storage", !self.patch_storage.is_open()),
            ("stages", self.stages.is_some()),
        ];
        let Some((field, _)) = others.iter().find(|(_, is_there)| *is_there) else { return true };
        let text = format!("a tower behind another has no `{field}`: it reads tokens, not pixels");
        let help = format!("take `{field}` out, or `behind`");
        faults.add("behind", Diagnostic::error(Code::Mismatch, text).help(help));
        false
    }

    /// What a block does with each token. Experts leave no MLP that other parts would be like.
    pub(super) fn feed(&self, faults: &mut Faults) -> Feed {
        let Some(spec) = self.mlp.get() else { return PLAIN.feed };
        let feed = faults.within("mlp", |faults| spec.design(faults));
        let others = [
            ("mlp_width", self.mlp_width.is_some()),
            ("mlp_norm", self.mlp_norm.unwrap_or(false)),
            ("merge", self.merge.is_some()),
            ("joint_tiles", self.joint_tiles.is_some()),
            ("head", self.head.unwrap_or(HeadSpec::None) != HeadSpec::None),
        ];
        let other = others.iter().find(|(_, is_there)| *is_there);
        if let (Feed::Moe(_), Some((field, _))) = (&feed, other) {
            let text = format!("`{field}` is about an MLP, and blocks with experts have none");
            let help = format!(
                "take `{field}` out: experts have a `width` of their own, or take `moe` out"
            );
            faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
            return PLAIN.feed;
        }
        feed
    }

    /// The blocks with a convolution, in which no token stands beside the patches.
    pub(super) fn convolution(&self, faults: &mut Faults) -> Option<GridMix> {
        let spec = self.convolution.as_ref()?;
        let others = [
            ("window", self.window.is_some()),
            ("class_token", self.class_token.unwrap_or(PLAIN.class_token)),
            ("registers", self.registers.unwrap_or(PLAIN.registers).get() > 0),
        ];
        if let Some((field, _)) = others.iter().find(|(_, is_there)| *is_there) {
            let text = format!("a tower with `convolution` in some blocks has no `{field}`");
            let help = "take one of them out: what is convolved are patches on their grid, and the \
                        other blocks see all of them";
            faults.add("convolution", Diagnostic::error(Code::Mismatch, text).help(help));
            return None;
        }
        if self.depth.is_none() {
            let text =
                "blocks with a convolution are those of an encoder of a known number of blocks";
            let problem =
                Diagnostic::error(Code::MissingField, text).help("give `depth` beside it");
            faults.add("convolution", problem);
            return None;
        }
        Some(faults.within("convolution", |faults| spec.design(self.depth, faults)))
    }

    /// The merge, before and after which the tokens are patches that every block sees whole.
    pub(super) fn merge(&self, faults: &mut Faults) -> Option<InnerMerge> {
        let merge = self.merge?.design();
        let others = [
            ("window", self.window.is_some()),
            ("convolution", self.convolution.is_some()),
            ("feature_layer", self.feature_layer.is_some()),
            ("class_token", self.class_token.unwrap_or(PLAIN.class_token)),
            ("registers", self.registers.unwrap_or(PLAIN.registers).get() > 0),
            ("head", self.head.unwrap_or(HeadSpec::None) != HeadSpec::None),
            ("position: rotary", self.position.unwrap_or(PLAIN.stack.position).is_rotary()),
            ("relative_positions", self.relative_positions.unwrap_or(PLAIN.relative_positions)),
        ];
        if let Some((field, _)) = others.iter().find(|(_, is_there)| *is_there) {
            let text = format!("`merge` within a tower has no room for `{field}`");
            let help = "take one of them out: the tokens that become one are patches, which all \
                        blocks see, with a learned table of positions or none";
            faults.add("merge", Diagnostic::error(Code::Mismatch, text).help(help));
            return None;
        }
        if let Some(depth) = self.depth.filter(|depth| merge.after.get() >= depth.get()) {
            let text = format!("an encoder of {depth} blocks has no block {}", merge.after);
            let help = format!("blocks are counted from 0: the last one is {}", depth.get() - 1);
            let problem = Diagnostic::error(Code::OutOfRange, text).help(help);
            faults.within("merge", |faults| faults.add("after", problem));
            return None;
        }
        Some(merge)
    }

    /// The neck, which must find the layer that it reads beside the last one.
    pub(super) fn neck(&self, faults: &mut Faults) -> Option<Neck> {
        let neck = self.neck.clone()?;
        let layer = neck.inner_layer.map(|layer| layer.get());
        let problem = match (layer, self.depth) {
            (None, _) => return Some(neck),
            (Some(_), None) => {
                let text =
                    "`inner_layer` of a neck belongs to an encoder of a known number of blocks";
                Diagnostic::error(Code::MissingField, text).help("give `depth` of the encoder")
            }
            (Some(layer), Some(depth)) if layer > depth.get() => {
                let text = format!("an encoder of {depth} blocks has no layer {layer}");
                let help = format!("layers are counted from 0, the input, to {depth}");
                Diagnostic::error(Code::OutOfRange, text).help(help)
            }
            (Some(_), Some(_)) if self.feature_layer.is_some() || self.merge.is_some() => {
                let text = "`inner_layer` of a neck stands beside the last layer, on the same grid";
                let help = "take `inner_layer` out, or `feature_layer` and `merge`";
                Diagnostic::error(Code::Mismatch, text).help(help)
            }
            (Some(_), Some(_)) => return Some(neck),
        };
        faults.within("neck", |faults| faults.add("inner_layer", problem));
        None
    }
}
