//! The shape of what the bridge hands to the LLM.

use super::{Ask, Topic};
use crate::drill::answer::{Expected, show_shape};
use crate::drill::design::Design;
use crate::drill::question::Question;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "projector-shape",
    about: "shape of what the bridge hands over",
    levels: (3, 3),
    bridges: &[],
    ask: Ask::Design(|design, _| ask(design)),
};

/// The question of a design.
pub fn ask(design: &Design) -> Option<Question> {
    let tokens = &design.report.tokens;
    let (visual, width) = (tokens.visual.value?, tokens.llm_width.value?);
    let facts = [
        Some(design.image()?),
        Some(design.prefix()),
        design.encoder_width(),
        Some(design.bridge()),
        Some(design.llm_width()?),
    ];
    let asked = "What is the shape of the visual tokens of the prompt, as the LLM gets them?";
    let (rows, _) = design.grid()?;
    let expected = Expected::Shape(vec![visual, width]);
    let question = Question::new(TOPIC.name, 3, design.asks(facts, asked), expected)
        .hint("how many tokens come out of the bridge, and at whose width?")
        .steps([
            format!("LLM-side visual tokens: {visual}"),
            format!("each of the LLM's width, {width}: {}", show_shape(&[visual, width])),
        ])
        .shape_mistake([tokens.patches.value, Some(width)], design.why_not_patches())
        .shape_mistake(
            [design.with_class_token(), Some(width)],
            "that counts class or register tokens, which the bridge does not hand over",
        )
        .shape_mistake(
            [Some(visual), tokens.encoder_width.value],
            "that is the encoder's width: the bridge ends at the LLM's",
        )
        .shape_mistake([Some(rows), Some(width)], "that is one side of the grid: rows × columns");
    Some(question)
}
