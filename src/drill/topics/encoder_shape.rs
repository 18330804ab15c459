//! Shapes on the encoder's side: what the tower puts out, and what the bridge reads.

use super::needs::{AS_SEEN, ENCODER_WIDTH, IMAGE, ONE_IMAGE, PATCH, SEEN};
use super::{Ask, Topic};
use crate::drill::answer::{Expected, show_shape};
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::graph::Component;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "encoder-shape",
    about: "shape of the encoder's output",
    levels: (2, 2),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, ONE_IMAGE, IMAGE, PATCH, ENCODER_WIDTH],
    ask: Ask::Subject(|subject, rng| ask(subject, rng.one_in(2))),
};

/// The question of a subject that encodes one image: what the encoder puts out or, if that is
/// another shape, what the bridge reads.
pub fn ask(subject: &Subject, bridge: bool) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (all, width) = (tokens.encoder.value?, tokens.encoder_width.value?);
    let read = subject.shape(&subject.report.prefill.component(Component::Bridge)?.input)?;
    let [_, read, _] = read[..] else { return None };
    let bridge = bridge && read != all;
    let asked = if bridge {
        "The bridge reads the patches only. What is the shape of its input?"
    } else {
        "What is the shape of the output of the last encoder block?"
    };
    let facts = [Some(subject.image()?), Some(subject.prefix()), Some(subject.encoder_width()?)];
    let count = if bridge { read } else { all };
    let (rows, columns) = subject.grid()?;
    let patches = tokens.patches.value?;
    let other = if bridge { all } else { read };
    let own = subject.before_patches();
    let prefix = if bridge {
        format!("that counts {own} too: the bridge reads the patches only")
    } else {
        format!("that leaves out {own}: the blocks pass on every token that they read")
    };
    let expected = Expected::Shape(vec![count, width]);
    let question = Question::new(TOPIC.name, 2, subject.asks(facts, asked), expected)
        .hint("tokens first, width last")
        .steps([
            match all - patches {
                0 => format!("tokens: {rows} × {columns} = {patches} patches"),
                own if bridge => format!("tokens: {all} − {own} = {count}"),
                own => format!("tokens: {patches} + {own} = {count}"),
            },
            format!("each of the encoder's width, {width}: {}", show_shape(&[count, width])),
        ])
        .shape_mistake([Some(other), Some(width)], prefix.clone())
        .shape_mistake([Some(patches), Some(width)], prefix)
        .shape_mistake([Some(rows), Some(width)], "that is one side of the grid: rows × columns");
    Some(question)
}
