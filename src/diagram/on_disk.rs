//! The pictures on disk, and the box of the processor that makes the views of them.

use super::picture::{Costs, Flow, Lane, Role, Share, Side, Stage};
use super::text::whole_items;
use crate::cost::{Figure, PictureFigures, Report};
use crate::media::{Layout, Pixels};
use crate::render::plain;
use crate::units::{counted, exact};

/// Puts the processor before the encoder, which then takes from it what it took from outside; the
/// box gets this number. Nothing where there is no processor.
pub fn put_before(lanes: &mut Vec<Lane>, report: &Report, id: usize) {
    let pictures = || report.tokens.pictures.iter().filter(|picture| picture.disk.is_some());
    let Some((title, encoder)) = title(report).zip(lanes.first_mut()) else { return };
    let mut taken = Vec::new();
    for stage in encoder.stages.iter_mut().filter(|_| pictures().next().is_some()) {
        take_from(stage, id, &mut taken);
    }
    let Some(first) = taken.into_iter().next() else { return };
    let title = whole_items(&title);
    let what: Vec<String> = pictures().map(|picture| becomes(report, picture)).collect();
    let outside = pictures().map(|picture| Flow {
        label: whole_items(&on_disk(report, picture)),
        numbers: String::new(),
        symbols: String::new(),
    });
    let processor = Stage {
        id: Some(id),
        title: title.clone(),
        what: whole_items(&what.join("; ")),
        costs: None,
        role: Role::Trunk,
        takes: outside.collect(),
        from: None,
        joins: Vec::new(),
        makes: first,
        reads: Vec::new(),
        inside: Vec::new(),
    };
    let costs = Costs { params: Share::default(), flops: Share::default() };
    lanes.insert(0, Lane { title, side: Side::Encoder, costs, stages: vec![processor] });
}

/// The name of the processor, if there is one.
fn title(report: &Report) -> Option<String> {
    let design = &report.design;
    let has_images = report.tokens.pictures.iter().any(|picture| picture.frames.is_none());
    let still = design.processor.as_ref().filter(|_| has_images);
    let clip = design.video_processor.as_ref().filter(|_| design.prompt.video.is_some());
    match (still, clip) {
        (Some(rule), _) => Some(format!("Processor: {}", rule.kind().title)),
        (None, Some(video)) => Some(format!("Video processor: {}", video.frame.kind().title)),
        (None, None) => None,
    }
}

/// Lets a stage, or those in it, take from the processor: the first one reads it on the trunk.
fn take_from(stage: &mut Stage, id: usize, taken: &mut Vec<Flow>) {
    let before = taken.len();
    for part in &mut stage.inside {
        take_from(part, id, taken);
    }
    if !stage.takes.is_empty() {
        taken.extend(stage.takes.iter().cloned());
        if before == 0 {
            stage.takes.clear();
        } else {
            stage.from = Some(id);
        }
    }
    if before == 0 && !taken.is_empty() {
        stage.reads.push(id);
    }
}

/// `2 pictures of 480×640 on disk`, `clip of 16 frames of 480×640 on disk`.
fn on_disk(report: &Report, picture: &PictureFigures) -> String {
    let size = picture.disk.as_ref().map(|disk| figures(report, disk)).unwrap_or_default();
    match (&picture.frames, picture.count.value) {
        (Some(frames), _) => {
            let frames = counted(frames.source.into(), "frame");
            format!("clip of {frames} of {size} on disk")
        }
        (None, Some(1)) => format!("picture of {size} on disk"),
        (None, _) => format!("{} pictures of {size} on disk", plain(report, &picture.count)),
    }
}

/// What the processor makes of a picture.
fn becomes(report: &Report, picture: &PictureFigures) -> String {
    if let Some(cut) = &picture.layout {
        return of_layout(cut);
    }
    let views = report
        .tokens
        .views_of(picture)
        .map(|view| format!("{} of {}", plain(report, &view.count), figures(report, &view.image)));
    let views = views.collect::<Vec<_>>().join(" and ");
    match &picture.frames {
        Some(frames) => {
            let kept = counted(frames.kept.into(), "frame");
            format!("{kept} kept, views: {views}")
        }
        None => format!("views: {views}"),
    }
}

/// `resized to 504×672, padded to 672×672, 2 × 2 tiles of 336×336, overview of 336×336`.
fn of_layout(cut: &Layout) -> String {
    let mut said = vec![format!("resized to {}", size(cut.resized))];
    if cut.canvas != cut.resized {
        said.push(format!("padded to {}", size(cut.canvas)));
    }
    if cut.is_cut() {
        said.push(format!("{} × {} tiles of {}", cut.rows, cut.columns, size(cut.tile)));
    }
    said.extend(cut.overview.map(|overview| format!("overview of {}", size(overview))));
    said.join(", ")
}

fn size(pixels: Pixels) -> String {
    format!("{}×{}", exact(pixels.height.into()), exact(pixels.width.into()))
}

fn figures(report: &Report, (height, width): &(Figure, Figure)) -> String {
    format!("{}×{}", plain(report, height), plain(report, width))
}
