//! How many values there are on each side of the bridge.

use super::needs::{AS_SEEN, ENCODER_WIDTH, IMAGE, PATCH, SEEN};
use super::{Ask, Topic, visual_tokens};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "values",
    about: "numbers in the patches and in the visual tokens",
    levels: (2, 2),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, IMAGE, PATCH, ENCODER_WIDTH],
    ask: Ask::Subject(|subject, rng| {
        let of_patches = rng.one_in(2);
        let asked = if of_patches { of_patches_of } else { of_visual_tokens };
        asked(subject).or_else(|| of_patches_of(subject))
    }),
};

/// The question of the encoder's side: patches × its width.
fn of_patches_of(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (value, width) = (tokens.encoder_values.value?, tokens.encoder_width.value?);
    let (patches, encodings) = (tokens.patches.value?, tokens.encodings.value?);
    if tokens.kept.value? != patches {
        // The question is about as many values as the encoder hands on.
        return None;
    }
    let (rows, columns) = subject.grid()?;
    let facts = [Some(subject.image()?), subject.prefix_if_any(), subject.encoder_width()];
    let asked = "How many values do the patches have after the encoder?";
    let counted = match encodings {
        1 => format!("{rows} × {columns} = {} patches", exact(patches)),
        _ => format!("{encodings} × {rows} × {columns} = {} patches", exact(patches)),
    };
    let own =
        format!("that counts {} too: the question is about patches", subject.before_patches());
    Some(
        question(subject.asks(facts, asked), value, [counted, product(patches, width, value)])
            .mistake(rows.checked_mul(width), "that is one side of the grid: rows × columns")
            .mistake(tokens.encoder.value.and_then(|all| all.checked_mul(width)), own)
            .mistake(Some(patches), NUMBER),
    )
}

/// The question of the LLM's side: visual tokens × its width.
fn of_visual_tokens(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (value, width) = (tokens.visual_values.value?, tokens.llm_width.value?);
    let visual = tokens.visual.value?;
    let (rows, _) = subject.grid()?;
    let facts = [
        Some(subject.image()?),
        subject.prefix_if_any(),
        Some(subject.bridge()),
        subject.encoder_width(),
        subject.llm_width(),
    ];
    let asked = "How many values does the bridge hand to the LLM?";
    let times = |count: Option<i128>| count?.checked_mul(width);
    let steps = [visual_tokens::counted(subject)?, product(visual, width, value)];
    Some(
        question(subject.asks(facts, asked), value, steps)
            .mistake(
                tokens.encoder_width.value.and_then(|width| width.checked_mul(visual)),
                "that is the encoder's width: the bridge hands over tokens of the LLM's",
            )
            .mistake(times(tokens.patches.value), subject.why_not_patches())
            .mistake(times(Some(rows)), "that is one side of the grid: rows × columns")
            .mistake(times(tokens.encoder.value), subject.why_not_encoder())
            .mistake(Some(visual), NUMBER),
    )
}

const NUMBER: &str = "that is the number of tokens: each has as many values as its width";

fn question(text: String, value: i128, steps: [String; 2]) -> Question {
    let expected = Expected::number(value, Kind::Count, Tolerance::Digits(3));
    Question::new(TOPIC.name, 2, text, expected).hint("tokens × width").steps(steps)
}

/// `576 × 1,024 = 589,824`.
fn product(tokens: i128, width: i128, value: i128) -> String {
    format!("{} × {} = {}", exact(tokens), exact(width), exact(value))
}
