//! How a design is written in one line, for who asks for help.

use crate::drill::pipelines::kinds;

/// What may be written in any order, and what is asked of it.
pub fn how() -> String {
    let bridges = kinds().into_iter().map(|kind| match kind.practice.usual {
        Some(_) => format!("`{} N`", kind.name),
        None => format!("`{}`", kind.name),
    });
    format!(
        "In any order: the image's side or sides `/` the patch (`480x640/16`), `cls`, \
         `registers N`, `width N` of the encoder, a bridge ({}; linear if none is said), `tiles N` \
         (the thumbnail included), `text N`, `drop` for pixels that fill no patch, and \
         `-> llm N`, the LLM's width. Asked is, in this order and as far as it follows: patches \
         per side; patches; encoder-side tokens (with `cls` or registers); encoder output (with \
         `width`); LLM-side visual tokens (where the bridge changes their number); bridge \
         parameters (with both widths); shape of the visual tokens (with `llm`); sequence (with \
         `text`).",
        bridges.collect::<Vec<_>>().join(", ")
    )
}
