//! LLM-side visual tokens after a bridge that compresses.

use super::needs::{AS_SEEN, IMAGE, OTHER_COUNT, PATCH, SEEN, VISUAL};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::{Subject, size, sum};
use crate::drill::tolerance::Tolerance;
use crate::spec::Images;
use crate::stages::bridge::Reduction;
use crate::units::{Amount, exact};

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
    needs: &[SEEN, AS_SEEN, OTHER_COUNT, IMAGE, PATCH, VISUAL],
    ask: Ask::Subject(|subject, _| ask(subject)),
};

/// The question of a subject whose bridge changes the number of tokens.
pub fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (visual, patches) = (tokens.visual.value?, tokens.patches.value?);
    if visual == patches {
        return None;
    }
    let facts = [Some(subject.image()?), Some(subject.prefix()), Some(subject.bridge())];
    let asked = "How many LLM-side visual tokens does the prompt get?";
    let one = subject.with(|spec| {
        spec.image.tiles = Some(size(1));
        spec.prompt.images = Images::from(Amount::of(1)).into();
    })?;
    let each = one.report.tokens.visual.value?;
    let block = match subject.reduction() {
        Reduction::Folded(block) => Some(block),
        Reduction::Pooled(block) => block,
        Reduction::Learned | Reduction::Kept | Reduction::Regrouped => None,
    };
    let side = block.and_then(|block| patches.checked_div(block.into()));
    let expected = Expected::number(visual, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, subject.asks(facts, asked), expected)
        .hint("what does the bridge do to the number of tokens?")
        .steps([counted(subject)?])
        .mistake(Some(patches), subject.why_not_patches())
        .mistake(tokens.encoder.value, subject.why_not_encoder())
        .mistake(side, "a block has as many tokens as its side squared: divide by the square")
        .mistake(
            Some(each),
            format!("that is {}: each brings its own visual tokens", subject.one_encoded()),
        );
    Some(question)
}

/// How the visual tokens are counted: `32 × 32 patches / 2² = 256`, times tiles and images.
pub fn counted(subject: &Subject) -> Option<String> {
    let tokens = &subject.report.tokens;
    let (visual, encodings) = (tokens.visual.value?, tokens.encodings.value?);
    let each = visual.checked_div(encodings)?;
    let (rows, columns) = subject.grid()?;
    let own = i128::from(tokens.class_token) + tokens.registers;
    let kept = if subject.keeps_prefix() { own } else { 0 };
    let one = match subject.reduction() {
        Reduction::Learned => format!("as many as there are learned queries: {each}"),
        Reduction::Folded(block) | Reduction::Pooled(Some(block)) => {
            format!("{rows} × {columns} patches / {block}² = {}", exact(each))
        }
        Reduction::Regrouped => {
            format!("what the bridge makes of {rows} × {columns} patches: {}", exact(each))
        }
        Reduction::Pooled(None) => format!("a token for each pooled block: {}", exact(each)),
        Reduction::Kept => {
            let patches = rows.checked_mul(columns)?;
            let grid = format!("{rows} × {columns} = {} patches", exact(patches));
            match (kept, each.checked_sub(patches)?.checked_sub(kept)?) {
                (0, 0) => grid,
                (_, added) => format!("{grid}; {}", sum(&[patches, kept, added], each)),
            }
        }
    };
    Some(match encodings {
        1 => one,
        _ => format!(
            "{one}; for {encodings} {} {encodings} × {} = {}",
            subject.encoded(),
            exact(each),
            exact(visual)
        ),
    })
}
