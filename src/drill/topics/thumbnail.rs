//! Visual tokens of a picture that a processor cuts, its thumbnail included.

use super::needs::{ASPECT_GRID, IMAGE, ONE_PICTURE, PATCH, SEEN, VISUAL};
use super::{Ask, Topic, tile_grid};
use crate::drill::answer::Expected;
use crate::drill::kind::Kind;
use crate::drill::on_disk;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "thumbnail",
    about: "visual tokens of tiles and a thumbnail",
    levels: (3, 3),
    bridges: &[],
    needs: &[SEEN, ASPECT_GRID, ONE_PICTURE, IMAGE, PATCH, VISUAL],
    ask: Ask::MadeUp(on_disk::tiled, |subject, _| ask(subject)),
};

fn ask(subject: &Subject) -> Option<Question> {
    let tokens = &subject.report.tokens;
    let (cut, visual) = (tokens.pictures.first()?.layout?, tokens.visual.value?);
    let tile = tile_grid::rule(subject)?.tile;
    let (tiles, views) = (i128::from(cut.tiles()), i128::from(cut.views()));
    let each = visual.checked_div(views)?;
    let (rows, columns) = subject.grid()?;
    let has_thumbnail = match tile_grid::rule(subject)?.thumbnail {
        true => "a thumbnail of the same size follows where there is more than one tile",
        false => "no thumbnail",
    };
    let facts = [
        Some(subject.picture()?),
        Some(format!("cut into {} × {} tiles of {tile}×{tile}", cut.rows, cut.columns)),
        Some(has_thumbnail.to_owned()),
        Some(format!("patch {}", subject.made().encoder().patch?)),
        Some(subject.prefix()),
        Some(subject.bridge()),
    ];
    let asked = "How many LLM-side visual tokens does the picture become?";
    let expected = Expected::number(visual, Kind::Count, Tolerance::Exact);
    let thumbnail = match (views - tiles, tiles) {
        (0, 1) => "1 tile: no thumbnail is needed".to_owned(),
        (0, _) => format!("{tiles} tiles and no thumbnail"),
        _ => format!("{tiles} tiles and the thumbnail: {views}"),
    };
    let question = Question::new(TOPIC.name, 3, subject.asks(facts, asked), expected)
        .hint("the encoder runs on each tile, and on the thumbnail if there is one")
        .steps([
            format!(
                "one tile: {rows} × {columns} patches, which become {}",
                counted(each, "token")
            ),
            thumbnail,
            format!("{views} × {} = {}", exact(each), exact(visual)),
        ])
        .mistake(
            tiles.checked_mul(each).filter(|_| views > tiles),
            "that leaves out the thumbnail, which is encoded as a tile is",
        )
        .mistake(
            each.checked_mul(2).filter(|_| views == 1),
            "a picture of one tile gets no thumbnail: it would be the same again",
        )
        .mistake(Some(each), "that is one tile: each brings its own visual tokens")
        .mistake(tokens.patches.value, subject.why_not_patches())
        .mistake(tokens.encoder.value, subject.why_not_encoder())
        .mistake(rows.checked_mul(columns), "those are the patches of one tile");
    Some(question)
}
