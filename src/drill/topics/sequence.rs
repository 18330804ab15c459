//! The sequence that the LLM reads.

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::{Design, sum};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "sequence",
    about: "length of the LLM's sequence",
    levels: (4, 4),
    bridges: &[],
    ask: Ask::Design(|design, _| ask(design)),
};

/// The question of a design whose text tokens are known.
pub fn ask(design: &Design) -> Option<Question> {
    let tokens = &design.report.tokens;
    let (visual, text) = (tokens.visual.value?, tokens.text.value?);
    let (structural, sequence) = (tokens.structural.value?, tokens.sequence.value?);
    let facts =
        [Some(design.image()?), Some(design.prefix()), Some(design.bridge()), Some(design.text()?)];
    let asked = "How long is the sequence that the LLM reads?";
    let plus = |count: Option<i128>| count?.checked_add(text)?.checked_add(structural);
    let expected = Expected::number(sequence, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 4, design.asks(facts, asked), expected)
        .hint("visual tokens stand in one sequence with the text")
        .steps([
            format!("LLM-side visual tokens: {}", exact(visual)),
            format!(
                "with text and structural tokens: {}",
                sum(&[visual, text, structural], sequence)
            ),
        ])
        .mistake(Some(visual), "the text tokens are missing: they stand in the same sequence")
        .mistake(Some(text), "the visual tokens are missing: they stand in the same sequence")
        .mistake(
            sequence.checked_sub(structural),
            "the structural tokens around the image are missing",
        )
        .mistake(
            plus(tokens.patches.value),
            "those are patches: the LLM reads what the bridge makes of them",
        )
        .mistake(plus(tokens.encoder.value), "class and register tokens do not reach the LLM");
    Some(question)
}
