//! Files of nanoVLM, which hold every size of a whole pipeline: a SigLIP, a pixel shuffle with one
//! matrix, a Llama.
//!
//! Source: models/config.py, vision_transformer.py, modality_projector.py and language_model.py of
//! github.com/huggingface/nanoVLM.

use super::parts::Section;
use crate::diag::{Code, Diagnostic};
use crate::yaml::{Node, Value};

/// What a plan of it says of itself.
pub const NOTE: &str = "read from a nanoVLM file: one image that is not cut into tiles";

/// Section, field, and the key that says it.
const FIELDS: [(&str, &str, &str); 14] = [
    ("image", "size", "vit_img_size"),
    ("encoder", "patch", "vit_patch_size"),
    ("encoder", "width", "vit_hidden_dim"),
    ("encoder", "depth", "vit_n_blocks"),
    ("encoder", "heads", "vit_n_heads"),
    ("encoder", "mlp_width", "vit_inter_dim"),
    ("llm", "width", "lm_hidden_dim"),
    ("llm", "depth", "lm_n_blocks"),
    ("llm", "heads", "lm_n_heads"),
    ("llm", "kv_heads", "lm_n_kv_heads"),
    ("llm", "mlp_width", "lm_inter_dim"),
    ("llm", "vocab", "lm_vocab_size"),
    ("llm", "context", "lm_max_position_embeddings"),
    ("llm", "tied", "lm_tie_weights"),
];

/// The spec that a file says.
///
/// # Errors
/// That it has a class token: then the encoder hands over nothing else, and no bridge takes that.
pub fn spec(tree: &Node) -> Result<Node, Box<Diagnostic>> {
    if let Some(flag) = tree.get("vit_cls_flag").filter(|flag| flag.value == Value::Bool(true)) {
        let text = "with `vit_cls_flag` the encoder hands over its class token and no patch";
        let help = "nanoVLM's own bridge cannot read that: write `false`";
        return Err(Box::new(Diagnostic::error(Code::Mismatch, text).at(flag.span, "").help(help)));
    }
    let head = tree.span.head();
    let mut spec = Section::new(head);
    for name in ["image", "encoder", "llm"] {
        let mut section = Section::new(head);
        for (_, field, key) in FIELDS.iter().filter(|(of, ..)| *of == name) {
            section.take(field, tree.get(key));
        }
        match name {
            "encoder" => {
                section.imply("activation", "gelu_tanh");
                section.imply("qkv", "fused");
            }
            // `lm_tie_weights` is true in the class where a file does not say it.
            "llm" if tree.get("lm_tie_weights").is_none() => section.imply("tied", true),
            _ => {}
        }
        spec.section(name, section);
    }
    let mut linear = Section::new(head);
    linear.imply("bias", false);
    let mut then = Section::new(head);
    then.section("linear", linear);
    let mut shuffle = Section::new(head);
    shuffle.take("factor", tree.get("mp_pixel_shuffle_factor"));
    shuffle.section("then", then);
    let mut bridge = Section::new(head);
    bridge.section("pixel-shuffle", shuffle);
    spec.section("bridge", bridge);
    Ok(spec.into_node())
}
