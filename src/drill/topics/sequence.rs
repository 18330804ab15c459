//! The sequence that the LLM reads.

use super::needs::{AS_SEEN, IMAGE, PATCH, SEEN, TEXT, VISUAL};
use super::{Ask, Topic, visual_tokens};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::{Subject, sum};
use crate::drill::tolerance::Tolerance;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "sequence",
    about: "length of the LLM's sequence",
    levels: (4, 4),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, IMAGE, PATCH, TEXT, VISUAL],
    ask: Ask::Subject(|subject, _| ask(subject)),
};

/// The question of a subject whose text tokens are known.
pub fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (visual, text) = (tokens.visual.value?, tokens.text.value?);
    let (structural, sequence) = (tokens.structural.value?, tokens.sequence.value?);
    let facts = [
        Some(subject.image()?),
        Some(subject.prefix()),
        Some(subject.bridge()),
        Some(subject.text()?),
    ];
    let asked = "How long is the sequence that the LLM reads?";
    let plus = |count: Option<i128>| count?.checked_add(text)?.checked_add(structural);
    let expected = Expected::number(sequence, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 4, subject.asks(facts, asked), expected)
        .hint("visual tokens stand in one sequence with the text")
        .steps([
            visual_tokens::counted(subject)?,
            match structural {
                0 => format!("with the text: {}", sum(&[visual, text], sequence)),
                _ => format!(
                    "with text and structural tokens: {}",
                    sum(&[visual, text, structural], sequence)
                ),
            },
        ])
        .mistake(Some(visual), "that leaves out the text tokens, which stand in the same sequence")
        .mistake(Some(text), "that leaves out the visual tokens, which stand in the same sequence")
        .mistake(
            sequence.checked_sub(structural),
            "that leaves out the structural tokens around the image",
        )
        .mistake(
            plus(tokens.patches.value),
            "those are patches: the LLM reads what the bridge makes of them",
        )
        .mistake(plus(tokens.encoder.value), subject.why_not_encoder());
    Some(question)
}
