//! Keys of other programs' files that stand elsewhere in a spec.

use crate::diag::{Code, Diagnostic};
use crate::yaml::{Node, Value};

/// Section, key, and what to write instead.
const ELSEWHERE: [(&str, &str, &str); 8] = [
    ("encoder", "image_size", "the image has its own section: `image: 224`"),
    ("encoder", "img_size", "the image has its own section: `image: 224`"),
    ("encoder", "num_channels", "the image has its own section: `image: {size: 224, channels: 3}`"),
    ("encoder", "in_chans", "the image has its own section: `image: {size: 224, channels: 3}`"),
    ("", "image_size", "write `image: 224`"),
    ("", "patch_size", "the patch belongs to the encoder: `encoder: {patch: 14}`"),
    ("", "torch_dtype", "the number format belongs to the prompt: `prompt: {dtype: bf16}`"),
    ("llm", "torch_dtype", "the number format belongs to the prompt: `prompt: {dtype: bf16}`"),
];

/// An unknown key with the hint where it belongs, if that is known.
pub fn explain(problem: Diagnostic, tree: &Node) -> Diagnostic {
    if problem.code != Code::UnknownKey {
        return problem;
    }
    let is_meant = |(section, key, _): &&(&str, &str, &str)| {
        let Some(Value::Map(entries)) = tree.get(section).map(|node| &node.value) else {
            return false;
        };
        let span = problem.primary.as_ref().map(|label| label.span);
        entries.iter().any(|entry| entry.key == *key && Some(entry.key_span) == span)
    };
    match ELSEWHERE.iter().find(is_meant) {
        Some((.., help)) => problem.help(*help),
        None => problem,
    }
}
