//! Encoder-side tokens: patches, and class and register tokens where there are any.

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::{Design, sum};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::units::{Amount, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "encoder-tokens",
    about: "encoder-side tokens, with a class token or not",
    levels: (2, 2),
    bridges: &[],
    ask: Ask::Design(|design, _| ask(design)),
};

/// The question of a design.
pub fn ask(design: &Design) -> Option<Question> {
    let tokens = &design.report.tokens;
    let (patches, encoder, encodings) =
        (tokens.patches.value?, tokens.encoder.value?, tokens.encodings.value?);
    let asked = "How many encoder-side tokens are there?";
    let text = design.asks([Some(design.image()?), Some(design.prefix())], asked);
    let count = |design: Option<Design>| design?.report.tokens.encoder.value;
    let with_class = design.with_class_token();
    let no_registers = count(design.with(|spec| {
        spec.encoder.registers = Amount::of(0).into();
    }));
    let (rows, columns) = design.grid()?;
    let own = i128::from(tokens.class_token) + tokens.registers;
    let forgotten = match tokens.registers {
        0 => "the class token is missing: it is a token too",
        _ => "the tokens before the patches are missing: they are tokens too",
    };
    let expected = Expected::number(encoder, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 2, text, expected)
        .hint("one for each patch, and those that stand before the patches")
        .steps([
            format!("patches: {}", exact(patches)),
            match (own, encodings) {
                (0, _) => "no class or register tokens".to_owned(),
                (_, 1) => format!("with the tokens before them: {}", sum(&[patches, own], encoder)),
                _ => format!("{own} more in each of {encodings} encodings: {}", exact(encoder)),
            },
        ])
        .mistake(Some(patches), forgotten)
        .mistake(with_class, "that counts a class token: this encoder has none")
        .mistake(no_registers, "the register tokens are missing")
        .mistake(rows.checked_add(own), "that is one side of the grid: rows × columns")
        .mistake(Some(columns), "that is one side of the grid: rows × columns")
        .mistake(
            tokens.visual.value,
            "those are LLM-side visual tokens, which the bridge hands over; encoder-side tokens \
             come before it",
        );
    Some(question)
}
