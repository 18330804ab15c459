//! Keys of other programs' files that stand elsewhere in a spec, or mean something else there.

use crate::diag::{Code, Diagnostic, Sources};
use crate::yaml::Node;

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

/// Section, two names of one of its fields, and which of them is meant in a file that has both with
/// different values.
const RIVALS: [(&str, [&str; 2], &str); 1] = [(
    "encoder",
    ["embed_dim", "hidden_size"],
    "where both stand (Qwen2-VL, dots.ocr), `embed_dim` is the width of the tower, and `hidden_size` \
     that of the LLM after its merger: keep `embed_dim`, and take `hidden_size` out",
)];

/// A problem with a key of another program's file, with the hint what it is in a spec.
pub fn explain(problem: Diagnostic, tree: &Node, sources: &Sources) -> Diagnostic {
    match problem.code {
        Code::UnknownKey => elsewhere(problem, tree),
        Code::DuplicateKey => rivals(problem, tree, sources),
        _ => problem,
    }
}

/// An unknown key with the hint where it belongs, if that is known.
fn elsewhere(problem: Diagnostic, tree: &Node) -> Diagnostic {
    let is_meant = |(section, key, _): &&(&str, &str, &str)| {
        let span = problem.primary.as_ref().map(|label| label.span);
        let entries = tree.get(section).map_or(&[][..], Node::entries);
        entries.iter().any(|entry| entry.key == *key && Some(entry.key_span) == span)
    };
    match ELSEWHERE.iter().find(is_meant) {
        Some((.., help)) => problem.help(*help),
        None => problem,
    }
}

/// Two names of a field with the hint which of them is meant, if that is known.
fn rivals(problem: Diagnostic, tree: &Node, sources: &Sources) -> Diagnostic {
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
