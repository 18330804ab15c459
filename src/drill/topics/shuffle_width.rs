//! How wide a token is after pixel shuffle.

use super::needs::{ENCODER_WIDTH, PIXEL_SHUFFLE};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::graph::{Component, Role};
use crate::stages::bridge::Reduction;
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "shuffle-width",
    about: "width of a token after pixel shuffle",
    levels: (3, 3),
    bridges: &[|bridge| matches!(bridge.reduction(), Reduction::Folded(_))],
    needs: &[PIXEL_SHUFFLE, ENCODER_WIDTH],
    ask: Ask::Subject(|subject, _| ask(subject)),
};

fn ask(subject: &Subject) -> Option<Question> {
    let Reduction::Folded(factor) = subject.reduction() else { return None };
    let factor = i128::from(factor);
    let row = subject.report.prefill.part(Component::Bridge, Role::Merge)?;
    let width = *subject.shape(&row.output)?.last()?;
    let before = subject.report.tokens.encoder_width.value?;
    let facts = [Some(subject.encoder_width()?), Some(subject.bridge()), subject.llm_width()];
    let asked = "How wide is a token right after the pixel shuffle, before the projection?";
    let expected = Expected::number(width, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, subject.asks(facts, asked), expected)
        .hint("no value is lost: fewer tokens, each wider")
        .steps([
            format!("{factor} × {factor} tokens become one"),
            format!("their values stand side by side: {factor}² × {before} = {}", exact(width)),
        ])
        .mistake(Some(before), "pixel shuffle trades tokens for width: the width grows by r²")
        .mistake(before.checked_mul(factor), "a block has r² tokens, not r")
        .mistake(
            subject.report.tokens.llm_width.value,
            "that is the LLM's width: the projection that leads there comes after the shuffle",
        )
        .mistake(before.checked_div(factor * factor), "the tokens get fewer, their width grows");
    Some(question)
}
