//! Visual tokens of a clip: frames that are kept, frames that share patches, tokens that are pooled.

use super::needs::{CLIP, ONE_PROMPT, PATCH, VISUAL};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::on_disk;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::media::clip::{Pool, Rounding, VideoProcessor};
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "video-tokens",
    about: "visual tokens of a clip",
    levels: (4, 4),
    bridges: &[],
    needs: &[CLIP, ONE_PROMPT, PATCH, VISUAL],
    ask: Ask::MadeUp(on_disk::clip, |subject, _| ask(subject)),
};

fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (video, frames) =
        (subject.made().video_processor.as_ref()?, tokens.pictures.first()?.frames.as_ref()?);
    let (visual, views, view) =
        (tokens.visual.value?, tokens.encodings.value?, tokens.only_view()?);
    let (kept, shared) = (i128::from(frames.kept), i128::from(video.temporal.frames()));
    let newlines = i128::from(video.newlines.get());
    let made = view.visual.as_ref()?.value?;
    let each = visual.checked_sub(newlines)?.checked_div(views)?;
    let (rows, columns) = subject.grid()?;
    let (height, width) = (view.image.0.value?, view.image.1.value?);
    let facts = [
        Some(format!("a clip of {}", counted(frames.source.into(), "frame"))),
        Some(format!("{} kept, each resized to {height}×{width} (height × width)", exact(kept))),
        (shared > 1).then(|| format!("patches of {shared} frames that follow each other")),
        Some(format!("patch {}", subject.made().encoder().patch?)),
        Some(subject.prefix()),
        Some(subject.bridge()),
        video.pool.map(pooled),
        (newlines > 0).then(|| format!("{} after the last frame", counted(newlines, "newline"))),
    ];
    let asked = "How many LLM-side visual tokens does the clip become?";
    let expected = Expected::number(visual, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 4, subject.asks(facts, asked), expected)
        .hint("how many times does the encoder run, and what becomes of each?")
        .steps([
            match shared {
                1 => format!("{} run through the encoder", counted(views, "frame")),
                _ => format!(
                    "{kept} frames, {shared} of them in a patch: {}",
                    counted(views, "view")
                ),
            },
            format!("{rows} × {columns} patches, of which the bridge makes {}", exact(made)),
            if made == each { String::new() } else { format!("pooled: {}", exact(each)) },
            match newlines {
                0 => format!("{views} × {} = {}", exact(each), exact(visual)),
                _ => format!("{views} × {} + {newlines} = {}", exact(each), exact(visual)),
            },
        ])
        .mistake(
            kept.checked_mul(each).filter(|_| shared > 1),
            format!("that counts every frame alone: {shared} of them share their patches"),
        )
        .mistake(
            views.checked_mul(made).filter(|_| video.pool.is_some()),
            "that leaves out the pooling of each frame",
        )
        .mistake(
            other_rounding(subject, video),
            "that treats rows and columns that fill no block in the other way",
        )
        .mistake(
            views.checked_mul(each).filter(|_| newlines > 0),
            "that leaves out the newline, which is a visual token too",
        )
        .mistake(
            visual.checked_add(views.checked_mul(newlines)?).filter(|_| newlines > 0),
            "the newline stands after the last frame only",
        )
        .mistake(Some(each), "that is what one run of the encoder becomes")
        .mistake(tokens.patches.value, "those are the patches of the clip")
        .mistake(tokens.encoder.value, "those are encoder-side tokens");
    Some(question)
}

/// Visual tokens if blocks that are not full were rounded in the other way.
fn other_rounding(subject: &Subject, video: &VideoProcessor) -> Option<i128> {
    let rounding = match video.pool?.rounding {
        Rounding::Floor => Rounding::Ceil,
        Rounding::Ceil => Rounding::Floor,
    };
    let pool = Some(Pool { rounding, ..video.pool? });
    let video_processor = Some(VideoProcessor { pool, ..video.clone() });
    let other = subject.with(|spec| spec.video_processor = video_processor)?;
    other.report.tokens.visual.value
}

/// `the tokens of each frame pooled 2 × 2 into one, …`.
fn pooled(pool: Pool) -> String {
    let (side, begun) = (
        pool.side,
        match pool.rounding {
            Rounding::Floor => "dropped",
            Rounding::Ceil => "one more block",
        },
    );
    format!(
        "after it the tokens of each frame are pooled {side} × {side} into one, a row or column that \
         fills no block {begun}"
    )
}
