//! Other names of a field: Hugging Face's, timm's and open_clip's.

use crate::yaml::Alias;

/// Sections that describe a transformer stack.
const STACKS: [&str; 4] = ["encoder", "llm", "bridge.qformer", "bridge.resampler"];

/// Other names of the fields that every stack has.
const OF_STACKS: [(&str, &str); 15] = [
    ("hidden_size", "width"),
    ("embed_dim", "width"),
    ("d_model", "width"),
    ("num_hidden_layers", "depth"),
    ("num_layers", "depth"),
    ("layers", "depth"),
    ("num_attention_heads", "heads"),
    ("num_heads", "heads"),
    ("num_key_value_heads", "kv_heads"),
    ("intermediate_size", "mlp_width"),
    ("ffn_dim", "mlp_width"),
    ("hidden_act", "activation"),
    ("hidden_activation", "activation"),
    ("norm_type", "norm"),
    ("attention_head_dim", "head_dim"),
];

/// Sections that describe an MLP between encoder and LLM.
const MLPS: [&str; 5] = [
    "bridge.mlp",
    "bridge.qformer.then.mlp",
    "bridge.resampler.then.mlp",
    "bridge.pixel-shuffle.then.mlp",
    "bridge.avg-pool.then.mlp",
];

/// Other names of the fields that such an MLP has.
const OF_MLPS: [(&str, &str); 3] = [
    ("projector_hidden_act", "activation"),
    ("projector_bias", "bias"),
    ("multimodal_projector_bias", "bias"),
];

/// Other names of single fields: section, other name, name.
const SINGLE: [(&str, &str, &str); 39] = [
    ("", "vision_config", "encoder"),
    ("", "vision_encoder", "encoder"),
    ("", "vision_cfg", "encoder"),
    ("", "vision_tower_cfg", "encoder"),
    ("", "text_config", "llm"),
    ("", "language_model", "llm"),
    ("", "language_config", "llm"),
    ("", "llm_config", "llm"),
    ("", "projector", "bridge"),
    ("", "projector_config", "bridge"),
    ("", "connector", "bridge"),
    ("image", "image_size", "size"),
    ("image", "num_channels", "channels"),
    ("image", "in_chans", "channels"),
    ("encoder", "patch_size", "patch"),
    ("encoder", "temporal_patch_size", "temporal_patch"),
    ("encoder", "patch_temporal", "temporal_patch"),
    ("encoder", "fullatt_block_indexes", "full_attention"),
    ("encoder", "global_attn_indexes", "full_attention"),
    ("encoder", "reg_tokens", "registers"),
    ("encoder", "num_register_tokens", "registers"),
    ("encoder", "vision_feature_layer", "feature_layer"),
    ("encoder", "vision_select_layer", "feature_layer"),
    ("encoder", "vision_feature_select_strategy", "feature_select"),
    ("encoder", "final_norm", "post_norm"),
    ("llm", "vocab_size", "vocab"),
    ("llm", "additional_vocab_size", "extra_vocab"),
    ("llm", "tie_word_embeddings", "tied"),
    ("llm", "max_position_embeddings", "context"),
    ("llm", "context_length", "context"),
    ("bridge.qformer", "num_query_tokens", "queries"),
    ("bridge.qformer", "num_query_token", "queries"),
    ("bridge.qformer", "cross_attention_frequency", "cross_attention_every"),
    ("bridge.resampler", "resampler_n_latents", "latents"),
    ("bridge.resampler", "resampler_depth", "depth"),
    ("bridge.pixel-shuffle", "scale_factor", "factor"),
    ("bridge.pixel-shuffle", "spatial_merge_size", "factor"),
    ("bridge.avg-pool", "mm_tokens_per_image", "tokens"),
    ("prompt", "batch_size", "batch"),
];

/// A section of a bridge, and the same of the bridges of `deepstack`.
macro_rules! again {
    ($($section:literal)*) => { [$(($section, concat!("deepstack.", $section))),*] };
}

const AGAIN: [(&str, &str); 9] = again! {
    "bridge.mlp" "bridge.qformer" "bridge.qformer.then.mlp" "bridge.resampler"
    "bridge.resampler.then.mlp" "bridge.pixel-shuffle" "bridge.pixel-shuffle.then.mlp"
    "bridge.avg-pool" "bridge.avg-pool.then.mlp"
};

/// The section of a bridge of `deepstack` that is like one of `bridge`.
pub fn again(section: &str) -> Option<&'static str> {
    AGAIN.iter().find(|(of_bridge, _)| *of_bridge == section).map(|(_, again)| *again)
}

/// All other names.
pub fn all() -> Vec<Alias> {
    let own = once();
    let again =
        own.iter().filter_map(|alias| Some(Alias { section: again(alias.section)?, ..*alias }));
    let again: Vec<Alias> = again.collect();
    own.into_iter().chain(again).collect()
}

/// The other names, but for those in the bridges of `deepstack`, which are the same as in `bridge`.
pub fn once() -> Vec<Alias> {
    let alias = |section, (alias, canonical)| Alias { section, alias, canonical };
    let stacks = STACKS
        .into_iter()
        .flat_map(|section| OF_STACKS.into_iter().map(move |names| alias(section, names)))
        // There it says kinds of layers.
        .filter(|alias| (alias.section, alias.alias) != ("llm", "layers"));
    let mlps = MLPS
        .into_iter()
        .flat_map(|section| OF_MLPS.into_iter().map(move |names| alias(section, names)));
    let single =
        SINGLE.into_iter().map(|(section, alias, canonical)| Alias { section, alias, canonical });
    stacks.chain(mlps).chain(single).collect()
}

#[cfg(test)]
mod tests {
    use super::super::CONVERTED;
    use super::*;

    #[test]
    fn bridges_of_deepstack_have_the_same_other_names() {
        let aliased = once().into_iter().map(|alias| alias.section);
        let converted = CONVERTED.iter().map(|converted| converted.section);
        for section in aliased.chain(converted).filter(|section| section.starts_with("bridge.")) {
            assert_eq!(again(section), Some(&*format!("deepstack.{section}")));
        }
    }
}
