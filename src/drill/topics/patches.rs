//! How many patches an image is cut into.

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::{Design, size};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "patches",
    about: "patches of an image",
    levels: (1, 1),
    bridges: &[],
    ask: Ask::Design(|design, _| ask(design)),
};

/// The question of a design.
pub fn ask(design: &Design) -> Option<Question> {
    let tokens = &design.report.tokens;
    let (patches, (rows, columns)) = (tokens.patches.value?, design.grid()?);
    let encodings = tokens.encodings.value?;
    let whole = if encodings == 1 { "" } else { " in all" };
    let asked = format!("How many patches are there{whole}?");
    let text = design.asks([Some(design.image()?)], &asked);
    let one = design.with(|spec| {
        spec.image.tiles = Some(size(1));
        spec.prompt.images = size(1).into();
    })?;
    let with_prefix = match tokens.encoder.value {
        Some(encoder) if encoder == patches => design.with_class_token()?,
        encoder => encoder?,
    };
    let expected = Expected::number(patches, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 1, text, expected)
        .hint("patches per side first, then both sides multiplied")
        .steps([
            sides(design)?,
            format!("{rows} × {columns} = {}", exact(one.report.tokens.patches.value?)),
            match encodings {
                1 => String::new(),
                _ => format!("{encodings} times, once for each tile or image: {}", exact(patches)),
            },
        ])
        .mistake(Some(rows), "that is one side of the grid: an image has rows × columns of patches")
        .mistake(Some(with_prefix), "that counts class or register tokens, which are no patches")
        .mistake(one.report.tokens.patches.value, "that is one tile or image: they all count")
        .mistake(rows.checked_add(columns), "rows and columns are multiplied, not added")
        .mistake(
            tokens.visual.value,
            "those are LLM-side visual tokens: patches come before the bridge",
        );
    Some(question)
}

/// `336 / 14 → 24 patches per side`.
pub fn sides(design: &Design) -> Option<String> {
    let ((rows, columns), patch) = (design.grid()?, design.made().encoder.patch?);
    let (height, width) = &design.report.tokens.image;
    let (height, width) = (height.value?, width.value?);
    Some(if rows == columns {
        format!("{height} / {patch} → {rows} patches per side")
    } else {
        format!("{height} / {patch} → {rows} rows, {width} / {patch} → {columns} columns")
    })
}
