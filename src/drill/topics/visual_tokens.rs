//! LLM-side visual tokens after a bridge that compresses.

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::{Design, size};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::stages::bridge::Reduction;
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "visual-tokens",
    about: "visual tokens after a resampler, pixel shuffle or pooling",
    levels: (3, 3),
    bridges: &[
        |bridge| bridge.reduction() == Reduction::Learned,
        |bridge| matches!(bridge.reduction(), Reduction::Folded(_)),
        |bridge| matches!(bridge.reduction(), Reduction::Pooled(_)),
    ],
    ask: Ask::Design(|design, _| ask(design)),
};

/// The question of a design whose bridge changes the number of tokens.
pub fn ask(design: &Design) -> Option<Question> {
    let tokens = &design.report.tokens;
    let (visual, patches) = (tokens.visual.value?, tokens.patches.value?);
    if visual == patches {
        return None;
    }
    let facts = [Some(design.image()?), Some(design.prefix()), Some(design.bridge())];
    let asked = "How many LLM-side visual tokens does the prompt get?";
    let one = design.with(|spec| {
        spec.image.tiles = Some(size(1));
        spec.prompt.images = size(1).into();
    })?;
    let (each, (rows, columns)) = (one.report.tokens.visual.value?, design.grid()?);
    let (how, block) = match design.reduction() {
        Reduction::Learned => ("as many as learned queries, whatever the image".to_owned(), None),
        Reduction::Folded(block) => {
            let how = format!("{rows} × {columns} patches, {block}² of them to a token");
            (how, Some(block))
        }
        Reduction::Pooled(block) => {
            (format!("{rows} × {columns} patches in blocks, a token each"), block)
        }
        Reduction::Kept => {
            ("one for each token that the bridge reads, and what it adds".to_owned(), None)
        }
    };
    let side = block.and_then(|block| patches.checked_div(block.into()));
    let expected = Expected::number(visual, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, design.asks(facts, asked), expected)
        .hint("what does the bridge do to the number of tokens?")
        .steps([
            format!("{how}: {}", exact(each)),
            match tokens.encodings.value? {
                1 => String::new(),
                encodings => format!("{encodings} tiles or images: {}", exact(visual)),
            },
        ])
        .mistake(Some(patches), design.why_not_patches())
        .mistake(tokens.encoder.value, "those are encoder-side tokens: the bridge comes after them")
        .mistake(side, "a block has as many tokens as its side squared: divide by the square")
        .mistake(Some(each), "that is one tile or image: each brings its own visual tokens");
    Some(question)
}
