//! Why there is a bridge.

use super::super::step::Step;
use super::super::story::Story;

/// Widths that differ, if they do, and spaces that always do.
pub fn step(story: &Story) -> Step {
    let tokens = &story.report.tokens;
    let (encoder, llm) = (&tokens.encoder_width, &tokens.llm_width);
    let [from, to] = [encoder, llm].map(|width| story.counted(width, "value"));
    let widths = match encoder.value.zip(llm.value) {
        Some((a, b)) if a == b => format!(
            "An encoder-side token has {from}, and so has a token of the LLM: the widths fit. Only \
             the spaces differ."
        ),
        Some(_) => format!(
            "An encoder-side token has {from}, a token of the LLM {to}: the widths differ, so E \
             cannot stand in the LLM's sequence. And the spaces differ."
        ),
        None => format!(
            "An encoder-side token has {from}, a token of the LLM {to}: whether the widths differ \
             is open. The spaces do."
        ),
    };
    let spaces = "The encoder learned what its numbers mean apart from the LLM, so the same numbers \
                  mean something else on the other side. The bridge is the translator: it is \
                  trained so that the LLM finds in them what its own word vectors could say.";
    Step {
        title: "Why a bridge".into(),
        text: vec![widths, spaces.into()],
        lines: vec![
            story.count("width of the encoder", encoder),
            story.count("width of the LLM", llm),
        ],
        ..Step::default()
    }
}
