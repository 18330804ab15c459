//! How many patches an image is cut into.

use super::needs::{AS_SEEN, IMAGE, PATCH, SEEN};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::{Subject, size};
use crate::drill::tolerance::Tolerance;
use crate::spec::Images;
use crate::units::{Amount, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "patches",
    about: "patches of an image",
    levels: (1, 1),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, IMAGE, PATCH],
    ask: Ask::Subject(|subject, _| ask(subject)),
};

/// The question of a subject.
pub fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (patches, (rows, columns)) = (tokens.patches.value?, subject.grid()?);
    let encodings = tokens.encodings.value?;
    let whole = if encodings == 1 { "" } else { " in all" };
    let asked = format!("How many patches are there{whole}?");
    let text = subject.asks([Some(subject.image()?), subject.prefix_if_any()], &asked);
    let one = subject.with(|spec| {
        spec.image.tiles = Some(size(1));
        spec.prompt.images = Images::from(Amount::of(1)).into();
    })?;
    let one = one.report.tokens.patches.value?;
    let expected = Expected::number(patches, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 1, text, expected)
        .hint("patches per side first, then both sides multiplied")
        .steps([
            sides(subject)?,
            format!("{rows} × {columns} = {} patches", exact(one)),
            match encodings {
                1 => String::new(),
                _ => format!(
                    "{encodings} {}: {encodings} × {} = {}",
                    subject.encoded(),
                    exact(one),
                    exact(patches)
                ),
            },
        ])
        .mistake(Some(rows), "that is one side of the grid: an image has rows × columns of patches")
        .mistake(
            tokens.encoder.value,
            format!("that counts {} too, beside the patches", subject.before_patches()),
        )
        .mistake(Some(one), format!("that is {}: they all count", subject.one_encoded()))
        .mistake(rows.checked_add(columns), "rows and columns are multiplied, not added");
    Some(question)
}

/// `336 / 14 = 24 patches per side`; with a remainder `384 / 14 = 27, remainder 6 …`.
pub fn sides(subject: &Subject) -> Option<String> {
    let ((rows, columns), patch) = (subject.grid()?, i128::from(subject.made().encoder().patch?));
    let (height, width) = &subject.report.tokens.only_view()?.image;
    let side = |pixels: i128, count: i128, noun: &str| {
        let over = pixels.checked_rem(patch).filter(|over| *over > 0);
        let what = if pixels / patch == count { "dropped" } else { "padded to one more" };
        let over = over.map_or_else(String::new, |over| format!(" (remainder {over}: {what})"));
        format!("{pixels} / {patch} = {count} {noun}{over}")
    };
    Some(if rows == columns {
        side(height.value?, rows, "patches per side")
    } else {
        let rows = side(height.value?, rows, "rows");
        format!("{rows}, {}", side(width.value?, columns, "columns"))
    })
}
