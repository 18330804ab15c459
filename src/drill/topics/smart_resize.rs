//! Smart resize: both sides of a picture to multiples of a number, the area within limits.

use super::needs::{IMAGE, ONE_IMAGE, SEEN, SMART_RESIZE, VISUAL};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::on_disk;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::media::Processor;
use crate::media::rules::{SmallSides, SmartResize};
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "smart-resize",
    about: "tokens of a picture whose sides are rounded",
    levels: (3, 3),
    bridges: &[],
    needs: &[SEEN, SMART_RESIZE, ONE_IMAGE, IMAGE, VISUAL],
    ask: Ask::MadeUp(on_disk::smart, |subject, _| ask(subject)),
};

/// The smart resize of a pipeline, as Qwen2-VL's kin have it.
pub fn rule(subject: &Subject) -> Option<&SmartResize> {
    let Some(Processor::SmartResize(rule)) = &subject.made().processor else { return None };
    let learned = rule.after_row.get() + rule.around.get();
    let is_plain = rule.frames.get() == 1 && rule.small_sides == SmallSides::Keep && learned == 0;
    is_plain.then_some(rule)
}

fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (rule, visual) = (rule(subject)?, tokens.visual.value?);
    let (factor, cut) = (rule.factor.get(), tokens.pictures.first()?.layout?);
    let (height, width) = subject.on_disk()?;
    let limits = [rule.min_pixels, rule.max_pixels].map(|pixels| exact(pixels.get().into()));
    let facts = [
        Some(subject.picture()?),
        Some(format!(
            "each side rounded to the nearest multiple of {factor}, halves to the even multiple, \
             unless the area is then outside of {} to {} pixels (the picture is scaled to that limit \
             instead)",
            limits[0], limits[1]
        )),
        Some(format!("patch {}", subject.made().encoder().patch?)),
        Some(subject.bridge()),
    ];
    let asked = "How many LLM-side visual tokens does the picture become?";
    let rounded = |round: fn(f64) -> f64| {
        let side = |pixels: u64| round(pixels as f64 / factor as f64) as i128;
        side(height).checked_mul(side(width))
    };
    let nearest = rounded(f64::round_ties_even);
    let is_rounded = nearest == Some(visual);
    let [rows, columns] = [cut.resized.height, cut.resized.width].map(|side| side / factor);
    let expected = Expected::number(visual, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, subject.asks(facts, asked), expected)
        .hint(format!("a square of {factor} × {factor} pixels becomes one token"))
        .steps([
            side("height", height, factor),
            side("width", width, factor),
            if is_rounded {
                String::new()
            } else {
                let area = exact(nearest?.checked_mul(i128::from(factor * factor))?);
                format!(
                    "that would be {area} pixels, beyond the limit: scaled to it, the picture has \
                     {} × {} pixels",
                    exact(cut.resized.height.into()),
                    exact(cut.resized.width.into())
                )
            },
            format!(
                "{} × {} pixels / {factor}² = {rows} × {columns} = {}",
                exact(cut.resized.height.into()),
                exact(cut.resized.width.into()),
                exact(visual)
            ),
        ])
        .mistake(nearest, "that forgets the limit on the area")
        .mistake(
            rounded(f64::round).filter(|_| is_rounded),
            "a half is not rounded up: it goes to the even multiple",
        )
        .mistake(
            rounded(f64::floor).filter(|_| is_rounded),
            "sides are rounded to the nearest multiple, not always down",
        )
        .mistake(
            rounded(f64::ceil).filter(|_| is_rounded),
            "sides are rounded to the nearest multiple, not always up",
        )
        .mistake(tokens.patches.value, "those are patches: the bridge merges blocks of them")
        .mistake(
            i128::from(rows).checked_add(columns.into()),
            "rows and columns are multiplied, not added",
        );
    Some(question)
}

/// `height 480 / 28 = 17.14, rounded 17`.
fn side(name: &str, pixels: u64, factor: u64) -> String {
    let multiples = pixels as f64 / factor as f64;
    let rounded = multiples.round_ties_even();
    format!("{name}: {pixels} / {factor} = {multiples:.2}, rounded {rounded}")
}
