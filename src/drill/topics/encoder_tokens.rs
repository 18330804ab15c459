//! Encoder-side tokens: patches, and class and register tokens where there are any.

use super::needs::{AS_SEEN, IMAGE, PATCH, SEEN};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::{Subject, sum};
use crate::drill::tolerance::Tolerance;
use crate::units::{Amount, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "encoder-tokens",
    about: "encoder-side tokens, with a class token or not",
    levels: (2, 2),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, IMAGE, PATCH],
    ask: Ask::Subject(|subject, _| ask(subject)),
};

/// The question of a subject.
pub fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    if tokens.is_padded() {
        return None;
    }
    let (patches, encoder, encodings) =
        (tokens.patches.value?, tokens.encoder.value?, tokens.encodings.value?);
    let asked = "How many encoder-side tokens are there?";
    let text = subject.asks([Some(subject.image()?), Some(subject.prefix())], asked);
    let count = |subject: Option<Subject>| subject?.report.tokens.encoder.value;
    let with_class = subject.with_class_token().filter(|_| !tokens.class_token);
    let no_registers = count(subject.with(|spec| {
        spec.encoder.registers = Amount::of(0).into();
    }));
    let (rows, columns) = subject.grid()?;
    let own = i128::from(tokens.class_token) + tokens.registers;
    let forgotten =
        format!("that leaves out {}: a token, though no patch", subject.before_patches());
    let expected = Expected::number(encoder, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 2, text, expected)
        .hint("one for each patch, and those that stand before the patches")
        .steps([
            format!("patches: {}", exact(patches)),
            match (own, encodings) {
                (0, _) => format!("no class or register tokens: {} in all", exact(encoder)),
                (_, 1) => format!("with the tokens before them: {}", sum(&[patches, own], encoder)),
                _ => format!(
                    "{own} more in each of {encodings} {}: {} + {own} × {encodings} = {}",
                    subject.encoded(),
                    exact(patches),
                    exact(encoder)
                ),
            },
        ])
        .mistake(Some(patches), forgotten)
        .mistake(with_class, "that counts a class token: this encoder has none")
        .mistake(no_registers, "that leaves out the register tokens")
        .mistake(rows.checked_add(own), "that is one side of the grid: rows × columns")
        .mistake(Some(columns), "that is one side of the grid: rows × columns");
    Some(question)
}
