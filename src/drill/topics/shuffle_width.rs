//! How wide a token is after pixel shuffle.

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::Design;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
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
    ask: Ask::Design(|design, _| ask(design)),
};

fn ask(design: &Design) -> Option<Question> {
    let Reduction::Folded(factor) = design.reduction() else { return None };
    let factor = i128::from(factor);
    let row = design.report.prefill.part(Component::Bridge, Role::Merge)?;
    let width = *design.shape(&row.output)?.last()?;
    let before = design.report.tokens.encoder_width.value?;
    let facts = [Some(design.encoder_width()?), Some(design.bridge())];
    let asked = "How wide is a token right after the pixel shuffle, before the projection?";
    let expected = Expected::number(width, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, design.asks(facts, asked), expected)
        .hint("no value is lost: fewer tokens, each wider")
        .steps([
            format!("{factor} × {factor} tokens become one"),
            format!("their values stand side by side: {factor}² × {before} = {}", exact(width)),
        ])
        .mistake(Some(before), "pixel shuffle trades tokens for width: the width grows by r²")
        .mistake(before.checked_mul(factor), "a block has r² tokens, not r")
        .mistake(
            design.report.tokens.llm_width.value,
            "that is the LLM's width: the projection that leads there comes after the shuffle",
        )
        .mistake(before.checked_div(factor * factor), "the tokens get fewer, their width grows");
    Some(question)
}
