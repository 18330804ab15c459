//! Keys of other programs' files that stand elsewhere in a spec, or mean something else there.

use std::collections::BTreeSet;

use schemars::schema_for;
use serde_json::Value;

use super::super::converted::CONVERTED;
use super::super::{Spec, aliases};
use crate::diag::{Diagnostic, Sources, quote};
use crate::yaml::{Entry, Node};

/// What stands for the value that is written, in a hint.
const VALUE: &str = "…";

/// Section, key, and what to write instead.
const ELSEWHERE: [(&str, &str, &str); 15] = [
    ("encoder", "image_size", "the image has its own section: `image: …`"),
    ("encoder", "img_size", "the image has its own section: `image: …`"),
    ("encoder", "num_channels", "the image has its own section: `image: {size: 224, channels: …}`"),
    ("encoder", "in_chans", "the image has its own section: `image: {size: 224, channels: …}`"),
    (
        "encoder",
        "deepstack_visual_indexes",
        "such layers have a section of their own, which says their bridge too: `deepstack: {layers: \
         …}`; an empty list is left out",
    ),
    ("encoder", "torch_dtype", DTYPE),
    ("encoder", "dtype", DTYPE),
    ("", "image_size", "write `image: …`"),
    ("", "patch_size", "the patch belongs to the encoder: `encoder: {patch: …}`"),
    ("", "torch_dtype", DTYPE),
    ("llm", "torch_dtype", DTYPE),
    ("llm", "dtype", DTYPE),
    ("prompt", "logits", "where logits are computed is said on the command line: `--logits last`"),
    ("encoder", "model_type", MODEL_TYPE),
    ("llm", "model_type", MODEL_TYPE),
];

const DTYPE: &str = "the number format belongs to the prompt: `prompt: {dtype: …}`";

const MODEL_TYPE: &str = "take it out, and write what it implies: a file of Hugging Face leaves out \
                          what its class has by default, and a spec does not know the class";

/// Keys of other programs that change no shape and no cost.
const WITHOUT_SHAPE: &[&str] = &[
    "_attn_implementation",
    "_name_or_path",
    "add_cross_attention",
    "architectures",
    "attention_dropout",
    "attention_probs_dropout_prob",
    "attn_implementation",
    "attn_pdrop",
    "bos_token_id",
    "classifier_dropout",
    "drop_path_rate",
    "dropout",
    "embd_pdrop",
    "eos_token_id",
    "gradient_checkpointing",
    "hidden_dropout",
    "hidden_dropout_prob",
    "image_token_id",
    "image_token_index",
    "initializer_factor",
    "initializer_range",
    "layer_norm_eps",
    "layer_norm_epsilon",
    "layernorm_epsilon",
    "norm_eps",
    "norm_epsilon",
    "output_attentions",
    "output_hidden_states",
    "pad_token_id",
    "pretraining_tp",
    "resid_pdrop",
    "return_dict",
    "rms_norm_eps",
    "rope_local_base_freq",
    "rope_parameters",
    "rope_scaling",
    "rope_theta",
    "transformers_version",
    "use_cache",
    "use_flash_attn",
    "use_return_dict",
];

/// Keys that programs have for the fields of a stack, and the fields.
const MEANT: [(&str, &str); 22] = [
    ("dim", "width"),
    ("hidden", "width"),
    ("hidden_dim", "width"),
    ("n_embd", "width"),
    ("emb_dim", "width"),
    ("n_layers", "depth"),
    ("n_layer", "depth"),
    ("num_layer", "depth"),
    ("num_blocks", "depth"),
    ("n_blocks", "depth"),
    ("blocks", "depth"),
    ("n_heads", "heads"),
    ("n_head", "heads"),
    ("n_kv_heads", "kv_heads"),
    ("num_kv_heads", "kv_heads"),
    ("mlp_dim", "mlp_width"),
    ("ffn_hidden_size", "mlp_width"),
    ("ffn_width", "mlp_width"),
    ("n_inner", "mlp_width"),
    ("vocabulary", "vocab"),
    ("n_vocab", "vocab"),
    ("seq_length", "context"),
];

/// Section, two names of one of its fields, and which of them is meant in a file that has both with
/// different values.
const RIVALS: [(&str, [&str; 2], &str); 1] = [(
    "encoder",
    ["embed_dim", "hidden_size"],
    "where both stand (Qwen2-VL, dots.ocr), `embed_dim` is the width of the tower, and `hidden_size` \
     that of the LLM after its merger: keep `embed_dim`, and take `hidden_size` out",
)];

/// An unknown key with the hint where it belongs or what it is called, if that is known.
pub fn elsewhere(problem: Diagnostic, tree: &Node, sources: &Sources) -> Diagnostic {
    let span = problem.primary.as_ref().map(|label| label.span);
    let entry_in = |section: &str| {
        let entries = tree.get(section).map_or(&[][..], Node::entries);
        entries.iter().find(|entry| Some(entry.key_span) == span)
    };
    let known = ELSEWHERE.iter().find_map(|(section, key, help)| {
        let entry = entry_in(section).filter(|entry| entry.key == *key)?;
        let value = short(entry, sources);
        let value = if *help == DTYPE { value.trim_start_matches("torch.") } else { &value };
        Some(help.replace(VALUE, value))
    });
    let key = span.map(|span| span.text(sources).trim_matches(['"', '\'']));
    let without_shape = || {
        let key = key.filter(|key| WITHOUT_SHAPE.contains(key))?;
        Some(format!("`{key}` changes no shape: leave it out"))
    };
    let meant = || {
        ["encoder", "llm"].into_iter().find_map(|section| {
            let entry = entry_in(section)?;
            let (_, field) = MEANT.iter().find(|(key, _)| *key == entry.key)?;
            Some(format!("did you mean `{field}`?"))
        })
    };
    let home = || home(entry_in("")?, sources);
    problem.maybe_help(known.or_else(without_shape).or_else(meant).or_else(home))
}

/// The sections that have a key which stands at the top level.
fn home(entry: &Entry, sources: &Sources) -> Option<String> {
    let homes = homes(&entry.key);
    match &homes[..] {
        [] => None,
        [home] => {
            let mut written = format!("{}: {}", entry.key, short(entry, sources));
            for section in home.rsplit('.') {
                written = format!("{section}: {{{written}}}");
            }
            Some(format!("it belongs to `{home}`: {}", quote(&written)))
        }
        homes => {
            let names: Vec<String> = homes.iter().map(|home| format!("`{home}`")).collect();
            Some(format!("it belongs to a section: {}", names.join(", ")))
        }
    }
}

/// The paths of the sections that have a key, under its own or another name.
fn homes(key: &str) -> Vec<String> {
    let schema = schema_for!(Spec).to_value();
    let mut found = BTreeSet::new();
    below(&schema, &schema, "", key, &mut found);
    let aliased = aliases::all().into_iter().filter(|alias| alias.alias == key);
    let converted = CONVERTED.iter().filter(|converted| converted.key == key);
    found.extend(aliased.map(|alias| alias.section.to_owned()));
    found.extend(converted.map(|converted| converted.section.to_owned()));
    // A projection after another bridge, or a bridge of `deepstack`, has the keys of the bridge of
    // its name.
    found.retain(|section| {
        !section.is_empty() && !section.contains(".then") && !section.starts_with("deepstack.")
    });
    // A rule of a processor has settings that are called as what they follow from.
    let of_rule =
        |section: &String| section.starts_with("processor") || section.starts_with("video");
    if !found.iter().all(of_rule) {
        found.retain(|section| !of_rule(section));
    }
    found.into_iter().collect()
}

/// Looks for a key in the maps that a schema describes, and in those below them.
fn below(root: &Value, schema: &Value, path: &str, key: &str, found: &mut BTreeSet<String>) {
    let target = schema["$ref"].as_str().and_then(|target| root.pointer(target.strip_prefix('#')?));
    if let Some(target) = target {
        below(root, target, path, key, found);
    }
    for form in ["anyOf", "oneOf"].iter().flat_map(|forms| schema[*forms].as_array()).flatten() {
        below(root, form, path, key, found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if name == key {
            found.insert(path.to_owned());
        }
        // Expectations are about plans.
        if name != "then" && name != "expect" {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            below(root, field, &path, key, found);
        }
    }
}

/// The value of an entry as it is written, if it is short.
fn short<'a>(entry: &Entry, sources: &'a Sources) -> std::borrow::Cow<'a, str> {
    let raw = entry.value.raw(sources);
    let is_short = !raw.is_empty() && raw.len() <= 20 && !raw.contains(['\n', '`']);
    if is_short { raw.into() } else { VALUE.into() }
}

/// Two names of a field with the hint which of them is meant, if that is known.
pub fn rivals(problem: Diagnostic, tree: &Node, sources: &Sources) -> Diagnostic {
    let labels = problem.primary.iter().chain(&problem.labels);
    let mut names: Vec<&str> = labels.map(|label| label.span.text(sources)).collect();
    names.sort_unstable();
    let is_meant = |(section, rivals, _): &&(&str, [&str; 2], &str)| {
        let first = problem.labels.first().map(|label| label.span);
        let entries = tree.get(section).map_or(&[][..], Node::entries);
        let stands = entries.iter().any(|entry| Some(entry.key_span) == first);
        names == rivals && stands
    };
    match RIVALS.iter().find(is_meant) {
        Some((.., help)) => problem.help(*help),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_homes() {
        assert_eq!(homes("patch"), ["encoder"]);
        assert_eq!(homes("vocab_size"), ["llm"]);
        assert_eq!(homes("num_query_tokens"), ["bridge.qformer"]);
        assert_eq!(homes("scale_factor"), ["bridge.pixel-shuffle"]);
        assert_eq!(homes("projector_hidden_act"), ["bridge.mlp"]);
        assert_eq!(homes("text_tokens"), ["prompt"]);
        assert!(homes("hidden_size").len() > 1);
        assert_eq!(homes("nonsense"), [""; 0]);
    }

    #[test]
    fn what_changes_no_shape_is_no_field() {
        for key in WITHOUT_SHAPE {
            assert_eq!(homes(key), [""; 0], "{key}");
        }
    }

    #[test]
    fn what_is_meant_is_a_field() {
        for (key, field) in MEANT {
            assert!(homes(field).iter().any(|home| home == "llm"), "{key}: {field}");
            let own = |home: &String| ["encoder", "llm"].contains(&home.as_str());
            assert!(!homes(key).iter().any(own), "{key} is a key itself");
        }
    }
}
