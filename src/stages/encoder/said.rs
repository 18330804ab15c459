//! From what is designed of an encoder back to what a spec says.

use super::{Encoder, EncoderSpec};
use crate::stages::feed::TowerFeedSpec;
use crate::stages::grid_mix::GridMixSpec;
use crate::stages::inner_merge::InnerMergeSpec;
use crate::stages::pooled_head::HeadSpec;
use crate::stages::stack::say_stack;
use crate::stages::windows::FullBlocks;

impl From<&Encoder> for EncoderSpec {
    /// The section that says an encoder, every choice written.
    fn from(encoder: &Encoder) -> EncoderSpec {
        if let Some(staged) = &encoder.staged {
            return EncoderSpec {
                stages: Some(staged.said()),
                image: encoder.image,
                patch: encoder.patch,
                patch_bias: encoder.patch_bias.into(),
                patch_storage: encoder.patch_storage.into(),
                norm: encoder.stack.norm.into(),
                pre_norm: encoder.pre_norm.into(),
                post_norm: encoder.post_norm.into(),
                neck: encoder.neck.clone(),
                head: HeadSpec::from(encoder.head).into(),
                ..EncoderSpec::default()
            };
        }
        let mut section = EncoderSpec {
            image: encoder.image,
            behind: encoder.behind.then_some(true).into(),
            patch: encoder.patch,
            temporal_patch: encoder.temporal_patch,
            patch_bias: (!encoder.behind).then_some(encoder.patch_bias).into(),
            patch_storage: (!encoder.behind).then_some(encoder.patch_storage).into(),
            norms_per_block: encoder.norms_per_block.into(),
            norm_at: encoder.norm_at.into(),
            parallel: encoder.parallel.into(),
            attention_norm: encoder.stack.attention.inner_norm.into(),
            mlp_norm: encoder.stack.mlp.inner_norm.is_some().into(),
            layer_scale: encoder.layer_scale.into(),
            class_token: encoder.class_token.into(),
            class_token_at: encoder.class_token_at.into(),
            class_position: encoder.class_position.into(),
            mask_token: encoder.mask_token.into(),
            registers: encoder.registers.into(),
            position: encoder.stack.position.into(),
            relative_positions: encoder.relative_positions.into(),
            rotary_frequencies: encoder.rotary_frequencies.into(),
            window: encoder.windows.as_ref().map(|windows| windows.side),
            window_edges: encoder.windows.as_ref().map(|windows| windows.edges).into(),
            full_attention: encoder.windows.as_ref().and_then(|windows| match &windows.full {
                FullBlocks::Listed(numbers) => Some(numbers.clone()),
                FullBlocks::None | FullBlocks::Every(_) => None,
            }),
            full_attention_every: encoder.windows.as_ref().and_then(|windows| match windows.full {
                FullBlocks::Every(period) => Some(period),
                FullBlocks::None | FullBlocks::Listed(_) => None,
            }),
            convolution: encoder.convolution.as_ref().map(GridMixSpec::from),
            table_storage: encoder.table_storage.into(),
            pre_norm: encoder.pre_norm.into(),
            post_norm: encoder.post_norm.into(),
            feature_layer: encoder.feature_layer.clone(),
            feature_join: encoder.feature_join.into(),
            feature_select: encoder.feature_select.into(),
            merge: encoder.merge.map(InnerMergeSpec::from),
            neck: encoder.neck.clone(),
            head: HeadSpec::from(encoder.head).into(),
            joint_tiles: encoder.joint_tiles.clone(),
            ..EncoderSpec::default()
        };
        say_stack!(section, encoder.stack);
        section.mlp = TowerFeedSpec::from(&encoder.feed).into();
        section
    }
}
