//! Shapes on the encoder's side: what the tower puts out, and what the bridge reads.

use super::{Ask, Topic};
use crate::drill::answer::{Expected, show_shape};
use crate::drill::design::Design;
use crate::drill::question::Question;
use crate::graph::Component;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "encoder-shape",
    about: "shape of the encoder's output",
    levels: (2, 2),
    bridges: &[],
    ask: Ask::Design(|design, rng| ask(design, rng.one_in(2))),
};

/// The question of a design that encodes one image: what the encoder puts out or, if that is
/// another shape, what the bridge reads.
pub fn ask(design: &Design, bridge: bool) -> Option<Question> {
    if !design.is_one_encoding() {
        return None;
    }
    let tokens = &design.report.tokens;
    let (all, width) = (tokens.encoder.value?, tokens.encoder_width.value?);
    let read = design.shape(&design.report.prefill.component(Component::Bridge)?.input)?;
    let [_, read, _] = read[..] else { return None };
    let bridge = bridge && read != all;
    let asked = if bridge {
        "The bridge reads the patches only. What is the shape of its input?"
    } else {
        "What is the shape of what the last encoder block puts out?"
    };
    let facts = [Some(design.image()?), Some(design.prefix()), Some(design.encoder_width()?)];
    let count = if bridge { read } else { all };
    let (rows, _) = design.grid()?;
    let (patches, llm) = (tokens.patches.value, tokens.llm_width.value);
    let other = if bridge { all } else { read };
    let prefix = if bridge {
        "the class and register tokens are dropped before the bridge"
    } else if design.keeps_prefix() {
        "class and register tokens go through the encoder too"
    } else {
        "class and register tokens go through the encoder too: they are dropped after it"
    };
    let expected = Expected::Shape(vec![count, width]);
    let question = Question::new(TOPIC.name, 2, design.asks(facts, asked), expected)
        .hint("tokens first, width last")
        .steps([
            format!("tokens: {count}"),
            format!("each of the encoder's width, {width}: {}", show_shape(&[count, width])),
        ])
        .shape_mistake([Some(other), Some(width)], prefix)
        .shape_mistake([patches, Some(width)], prefix)
        .shape_mistake([Some(count), llm], "that is the LLM's width: the bridge comes later")
        .shape_mistake([Some(rows), Some(width)], "that is one side of the grid: rows × columns")
        .shape_mistake(
            [tokens.visual.value, Some(width)],
            "those are as many tokens as the bridge hands over: the encoder has one per patch",
        );
    Some(question)
}
