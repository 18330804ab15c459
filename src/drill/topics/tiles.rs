//! Visual tokens of an image that is cut into tiles (AnyRes, dynamic resolution).

use super::needs::{AS_SEEN, IMAGE, NO_NEWLINE, ONE_IMAGE, PATCH, SEEN, VISUAL};
use super::{Ask, Topic, visual_tokens};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::subject::{Subject, size};
use crate::drill::tolerance::Tolerance;
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "tiles",
    about: "visual tokens of a tiled image",
    levels: (3, 3),
    bridges: &[],
    needs: &[SEEN, AS_SEEN, ONE_IMAGE, NO_NEWLINE, IMAGE, PATCH, VISUAL],
    ask: Ask::Subject(ask),
};

fn ask(subject: &Subject, rng: &mut Rng) -> Option<Question> {
    // Rows and columns of tiles that InternVL and LLaVA-NeXT choose for common image sizes.
    let (rows, columns) = rng.pick(&[(1, 2), (2, 2), (2, 3), (3, 3), (3, 4)])?;
    let cut = |tiles: u64| subject.with(|spec| spec.image.tiles = Some(size(tiles)));
    let visual = |subject: Option<Subject>| subject?.report.tokens.visual.value;
    let tiles = rows * columns;
    let tiled = cut(tiles + 1)?;
    let value = tiled.report.tokens.visual.value?;
    let one = subject.report.tokens.visual.value?;
    let asked = format!(
        "A large image is cut into {rows} × {columns} tiles of that size, and a thumbnail of the \
         same size is added. How many LLM-side visual tokens are there, without separators?"
    );
    let facts = [Some(subject.image()?), Some(subject.prefix()), Some(subject.bridge())];
    let expected = Expected::number(value, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, subject.asks(facts, &asked), expected)
        .hint("every tile goes through encoder and bridge on its own")
        .steps([
            format!("one tile: {}", visual_tokens::counted(subject)?),
            format!("{rows} × {columns} tiles and the thumbnail: {tiles} + 1 = {}", tiles + 1),
            format!("{} × {} = {}", tiles + 1, exact(one), exact(value)),
        ])
        .mistake(visual(cut(tiles)), "that leaves out the thumbnail, which is encoded like a tile")
        .mistake(Some(one), "that is one tile: each brings its own visual tokens")
        .mistake(tiled.report.tokens.patches.value, subject.why_not_patches())
        .mistake(tiled.report.tokens.encoder.value, subject.why_not_encoder());
    Some(question)
}
