//! What a higher resolution does to the number of patches.

use super::needs::{AS_SEEN, IMAGE, ONE_IMAGE, PATCH, SEEN};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::units::{Size, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "resolution",
    about: "patches when the image grows",
    levels: (1, 1),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, ONE_IMAGE, IMAGE, PATCH],
    ask: Ask::Subject(ask),
};

fn ask(subject: &Subject, rng: &mut Rng) -> Option<Question> {
    let factor = rng.pick(&[2, 2, 3])?;
    let before = subject.report.tokens.patches.value?;
    let (height, width) = (subject.made().image.height?.get(), subject.made().image.width?.get());
    let (height, width) = (Size::new(height * factor)?, Size::new(width * factor)?);
    let grown = subject.with(|spec| {
        spec.image.height = Some(height);
        spec.image.width = Some(width);
    })?;
    let after = grown.report.tokens.patches.value?;
    let (rows, columns) = grown.grid()?;
    let times = if factor == 2 { "doubled" } else { "tripled" };
    let asked = format!(
        "That makes {} patches. Both sides of the image are {times}, with the same patch. How many \
         patches are there now?",
        exact(before)
    );
    let text = subject.asks([Some(subject.image()?)], &asked);
    let factor = i128::from(factor);
    let question =
        Question::new(TOPIC.name, 1, text, Expected::number(after, Kind::Count, Tolerance::Exact))
            .hint("the grid grows in both directions")
            .steps([
                format!("the area is {factor}² = {} times as large", factor * factor),
                format!("{rows} × {columns} = {} patches", exact(after)),
            ])
            .mistake(
                before.checked_mul(factor),
                "patches grow with the area, so with the square of the side",
            )
            .mistake(Some(before), "with the same patch a larger image has more patches")
            .mistake(
                before.checked_mul(factor.pow(4)),
                "that is the fourth power of the side: patches grow with its square",
            )
            .mistake(
                Some(rows),
                "that is one side of the grid: an image has rows × columns of patches",
            );
    Some(question)
}
