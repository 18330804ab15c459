//! The picture on disk, and what the processor makes of it.

use super::super::step::{Line, Step, Value};
use super::super::story::{Story, product};
use crate::cost::PictureFigures;
use crate::media::clip::{Temporal, VideoProcessor};
use crate::media::{Layout, Padding, Pixels, Processor};
use crate::stages::views::Frames;
use crate::units::{Unit, counted, exact};

/// From pictures on disk to views; nothing where no processor comes before the encoder.
pub fn step(story: &Story) -> Option<Step> {
    let design = &story.report.design;
    let pictures = &story.report.tokens.pictures;
    let still = design.processor.as_ref();
    let still = still.filter(|_| pictures.iter().any(|picture| picture.frames.is_none()));
    let clip = design.video_processor.as_ref();
    let clip = clip.filter(|_| pictures.iter().any(|picture| picture.frames.is_some()));
    let title = match (still, clip) {
        (None, None) => return None,
        (None, Some(_)) => "The clip on disk",
        (Some(_), _) => "The picture on disk",
    };
    let mut step = Step { title: title.into(), ..Step::default() };
    step.text.push(
        "The encoder does not see what is on disk: a processor resizes and cuts it first, by a rule \
         that needs nothing but the size. What it makes are views; each goes through the encoder by \
         itself."
            .to_owned(),
    );
    step.text.extend(still.map(|rule| told("The rule", rule)));
    step.text.extend(clip.into_iter().flat_map(of_clip));
    step.text.extend(pictures.iter().find_map(|picture| text(picture.frames.as_ref()?)));
    step.lines = pictures.iter().flat_map(|picture| lines(story, picture)).collect();
    Some(step)
}

/// A rule by its name, and what it does.
fn told(what: &str, rule: &Processor) -> String {
    let kind = rule.kind();
    format!("{what} is `{}`. {}", kind.name, kind.in_words)
}

/// Which frames are kept, and what becomes of each.
fn of_clip(video: &VideoProcessor) -> Vec<String> {
    let sampled = match &video.sample {
        Some(sample) => {
            format!("Frames are kept by `{}`. {}", sample.kind().name, sample.kind().in_words)
        }
        None => "All frames are kept.".to_owned(),
    };
    let shared = match video.temporal {
        Temporal::Patch(frames) if frames.get() > 1 => {
            Some(format!("Of those kept, {frames} that follow each other make one view."))
        }
        Temporal::Patch(_) | Temporal::Average(_) => None,
    };
    let all = [sampled, told("The rule of a frame", &video.frame)].into_iter();
    all.chain(shared).collect()
}

/// The text between frames, which is none of the processor's tokens.
fn text(Frames { text, .. }: &Frames) -> Option<String> {
    (text.pieces > 0).then(|| {
        format!(
            "It also writes {} of text between the views, {} in all: their tokens belong to the text.",
            counted(text.pieces.into(), "piece"),
            counted(text.characters.into(), "character")
        )
    })
}

/// What becomes of pictures that are alike.
fn lines(story: &Story, picture: &PictureFigures) -> Vec<Line> {
    let Some(disk) = &picture.disk else { return Vec::new() };
    let what = if picture.frames.is_some() { "frame on disk" } else { "on disk" };
    let times = match picture.count.value {
        Some(1) => String::new(),
        _ => format!(", × {}", story.said(&picture.count)),
    };
    let mut lines = vec![line(&format!("{what}{times}"), story.size(disk), String::new())];
    if let Some(Frames { source, kept, fps, .. }) = &picture.frames {
        lines.push(count(
            &format!("frames of the clip, {fps} in a second"),
            *source,
            String::new(),
        ));
        lines.push(count("frames kept", *kept, String::new()));
    }
    match &picture.layout {
        Some(cut) => lines.extend(of_layout(story, cut)),
        None => {
            for view in story.report.tokens.views_of(picture) {
                let what = format!("views of {}", story.size(&view.image));
                lines.push(match &picture.frames {
                    Some(frames) => story.worked(&what, &view.count, shared(story, frames)),
                    None => story.count(&what, &view.count),
                });
            }
        }
    }
    lines
}

/// `16 / 2`: frames that are kept, by how many of them make one view.
fn shared(story: &Story, frames: &Frames) -> String {
    let design = &story.report.design;
    let each = design.video_processor.as_ref().map_or(1, |video| video.temporal.frames());
    match each {
        1 => String::new(),
        _ => format!("{} / {each}", exact(frames.kept.into())),
    }
}

/// The steps from the picture to its views.
fn of_layout(story: &Story, cut: &Layout) -> Vec<Line> {
    let factor = match &story.report.design.processor {
        Some(Processor::SmartResize(rule)) => Some(rule.factor.get()),
        _ => None,
    };
    let multiples = factor.map_or_else(String::new, |factor| {
        let side = |pixels: u64| format!("{}·{factor}", exact((pixels / factor).into()));
        product(&[side(cut.resized.height), side(cut.resized.width)])
    });
    let mut lines = vec![line("resized to", size(cut.resized), multiples)];
    if cut.canvas != cut.resized {
        lines.push(line("padded to", size(cut.canvas), String::new()));
    }
    if cut.is_cut() {
        let grid = product(&[exact(cut.rows.into()), exact(cut.columns.into())]);
        lines.push(count(&format!("tiles of {}", size(cut.tile)), cut.tiles(), grid));
    }
    if let Some(overview) = cut.overview {
        let what = format!("overview of {}", size(overview));
        lines.push(count(&what, 1, String::new()));
        let sum = format!("{} + 1", exact(cut.tiles().into()));
        lines.push(count("views", cut.views(), sum));
    }
    match cut.padding {
        Padding::None => {}
        Padding::Pixels(to) => lines.push(line("each view padded to", size(to), String::new())),
        Padding::Patches(to) => {
            lines.push(count("each view padded to patches", to, String::new()));
        }
        Padding::Views(to) => {
            lines.push(count("views that run, empty ones among them", to, String::new()));
        }
    }
    lines
}

fn size(pixels: Pixels) -> String {
    format!("{}×{}", exact(pixels.height.into()), exact(pixels.width.into()))
}

fn line(what: &str, text: String, numbers: String) -> Line {
    worked(what, Value::Text(text), numbers)
}

fn count(what: &str, count: u64, numbers: String) -> Line {
    worked(what, Value::Number(count.into(), Unit::Count), numbers)
}

fn worked(what: &str, value: Value, numbers: String) -> Line {
    Line {
        what: what.to_owned(),
        formula: String::new(),
        numbers,
        shapes: String::new(),
        value,
        dims: Vec::new(),
    }
}
