//! The shape of what the bridge hands to the LLM.

use super::needs::{AS_SEEN, IMAGE, LLM_WIDTH, PATCH, SEEN, VISUAL};
use super::{Ask, Topic, visual_tokens};
use crate::drill::answer::{Expected, show_shape};
use crate::drill::question::Question;
use crate::drill::subject::Subject;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "projector-shape",
    about: "shape of what the bridge hands over",
    levels: (3, 3),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, IMAGE, PATCH, LLM_WIDTH, VISUAL],
    ask: Ask::Subject(|subject, _| ask(subject)),
};

/// The question of a subject.
pub fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (visual, width) = (tokens.visual.value?, tokens.llm_width.value?);
    let facts = [
        Some(subject.image()?),
        Some(subject.prefix()),
        subject.encoder_width(),
        Some(subject.bridge()),
        Some(subject.llm_width()?),
    ];
    let asked = "What is the shape of the visual tokens of the prompt, as the LLM gets them?";
    let (rows, _) = subject.grid()?;
    let expected = Expected::Shape(vec![visual, width]);
    let question = Question::new(TOPIC.name, 3, subject.asks(facts, asked), expected)
        .hint("how many tokens come out of the bridge, and at whose width?")
        .steps([
            visual_tokens::counted(subject)?,
            format!("each as wide as the LLM: {}", show_shape(&[visual, width])),
        ])
        .shape_mistake([tokens.patches.value, Some(width)], subject.why_not_patches())
        .shape_mistake([tokens.encoder.value, Some(width)], subject.why_not_encoder())
        .shape_mistake(
            [Some(visual), tokens.encoder_width.value],
            "that is the encoder's width: the bridge ends at the LLM's",
        )
        .shape_mistake([Some(rows), Some(width)], "that is one side of the grid: rows × columns");
    Some(question)
}
