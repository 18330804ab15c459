//! Files of open_clip, which hold every size of a vision tower, and no bridge or LLM.
//!
//! Source: `CLIPVisionCfg` and `_build_vision_tower` in src/open_clip/model.py of
//! github.com/mlfoundations/open_clip, and `VisionTransformer` in its transformer.py.

use super::parts::Section;
use crate::diag::{Code, Diagnostic, quote};
use crate::yaml::{Entry, Node, Value};

/// What a plan of it says of itself.
pub const NOTE: &str = "read from an open_clip file: its vision tower, without the projection to \
                        the space that it shares with the text tower";

/// What to say where the bridge is missing.
pub const NO_BRIDGE: &str = "an open_clip file has no bridge and no LLM: say them, e.g. \
                             `--set bridge=mlp --set llm.width=4096`";

/// Keys that are read, and those that change no shape and no count.
const KNOWN: [&str; 15] = [
    "act_kwargs",
    "final_ln_after_pool",
    "global_average_pool",
    "head_width",
    "image_size",
    "layers",
    "ls_init_value",
    "mlp_ratio",
    "no_ln_pre",
    "norm_kwargs",
    "output_tokens",
    "patch_dropout",
    "patch_size",
    "pool_type",
    "width",
];

/// The spec that a file says: image and encoder. `config` is the map that has `vision_cfg`.
///
/// # Errors
/// What there is in the tower that a ViT of plain sizes does not have.
pub fn spec(config: &Node) -> Result<Node, Vec<Diagnostic>> {
    let Some(vision) = config.get("vision_cfg") else { return Ok(config.clone()) };
    let faults: Vec<Diagnostic> = vision.entries().iter().filter_map(fault).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    let head = vision.span.head();
    let given = |key: &str| vision.get(key).filter(|node| node.value != Value::Null);
    // The defaults of `CLIPVisionCfg`.
    let whole = |key: &str, default: i128| match given(key).map(|node| &node.value) {
        Some(Value::Int(number)) => *number,
        _ => default,
    };
    let width = whole("width", 768);
    let mut encoder = Section::new(head);
    for (field, key, default) in
        [("patch", "patch_size", 16), ("width", "width", 768), ("depth", "layers", 12)]
    {
        match given(key) {
            Some(node) => encoder.take(field, Some(node)),
            None => encoder.imply(field, default),
        }
    }
    encoder.imply("heads", width.checked_div(whole("head_width", 64)).unwrap_or_default());
    match given("mlp_ratio") {
        Some(ratio) => encoder.take("mlp_ratio", Some(ratio)),
        None => encoder.imply("mlp_ratio", 4),
    }
    encoder.take("ls_init_value", given("ls_init_value"));
    let quick = config.get("quick_gelu").is_some_and(|quick| quick.value == Value::Bool(true));
    let is_tanh = given("act_kwargs").and_then(|of| of.get("approximate")).is_some();
    encoder.imply(
        "activation",
        match (quick, is_tanh) {
            (true, _) => "quick_gelu",
            (_, true) => "gelu_tanh",
            _ => "gelu",
        },
    );
    encoder.imply("qkv", "fused");
    encoder.imply("patch_bias", false);
    encoder.imply("class_token", true);
    encoder.imply("pre_norm", given("no_ln_pre").is_none_or(|no| no.value != Value::Bool(true)));
    let mut image = Section::new(head);
    match given("image_size") {
        Some(size) => image.take("size", Some(size)),
        None => image.imply("size", 224),
    }
    // Its convolution has no padding.
    if whole("image_size", 224).checked_rem(whole("patch_size", 16)) != Some(0) {
        image.imply("remainder", "drop");
    }
    let mut spec = Section::new(config.span.head());
    spec.section("image", image);
    spec.section("encoder", encoder);
    Ok(spec.into_node())
}

/// What is wrong with a key of the tower.
fn fault(entry: &Entry) -> Option<Diagnostic> {
    let key = entry.key.as_str();
    // Most of what is off is written out.
    let is_off = matches!(entry.value.value, Value::Null | Value::Bool(false));
    let (text, help) = match (key, &entry.value.value) {
        _ if is_off => return None,
        ("timm_model_name", Value::Str(name)) => (
            format!("the tower is timm's {}, whose sizes this file does not say", quote(name)),
            "write them as `encoder` of a spec: `vlmcalc new my.yaml` makes one to begin with",
        ),
        ("layers", Value::Seq(_)) => (
            "the tower is a ResNet, which is no sequence of patches".to_owned(),
            "take the file of a ViT",
        ),
        ("pos_embed_type", Value::Str(kind)) if kind == "learnable" => return None,
        (key, _) if key.starts_with("timm_") || KNOWN.contains(&key) => return None,
        _ => (
            format!("{} of open_clip cannot be planned", quote(&entry.written)),
            "write the tower as `encoder` of a spec: `vlmcalc new my.yaml` makes one to begin with",
        ),
    };
    Some(Diagnostic::error(Code::OtherFile, text).at(entry.key_span, "").help(help))
}
