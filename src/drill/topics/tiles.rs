//! Visual tokens of an image that is cut into tiles (AnyRes, dynamic resolution).

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::{Design, size};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::tolerance::Tolerance;
use crate::stages::bridge::Bridge;
use crate::units::exact;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "tiles",
    about: "visual tokens of a tiled image",
    levels: (3, 3),
    bridges: &[],
    ask: Ask::Design(ask),
};

fn ask(design: &Design, rng: &mut Rng) -> Option<Question> {
    // Where newlines stand among tiles (LLaVA-NeXT: after each row) a spec of one tile cannot say.
    let has_newline = matches!(&design.made().bridge, Bridge::Mlp(mlp) if mlp.image_newline);
    if !design.is_one_encoding() || has_newline {
        return None;
    }
    // Rows and columns of tiles that InternVL and LLaVA-NeXT choose for common image sizes.
    let (rows, columns) = rng.pick(&[(1, 2), (2, 2), (2, 3), (3, 3), (3, 4)])?;
    let cut = |tiles: u64| design.with(|spec| spec.image.tiles = Some(size(tiles)));
    let visual = |design: Option<Design>| design?.report.tokens.visual.value;
    let tiles = rows * columns;
    let tiled = cut(tiles + 1)?;
    let value = tiled.report.tokens.visual.value?;
    let one = design.report.tokens.visual.value?;
    let asked = format!(
        "A large image is cut into {rows} × {columns} tiles of that size, and a thumbnail of the \
         same size is added. How many LLM-side visual tokens are there, without separators?"
    );
    let facts = [Some(design.image()?), Some(design.prefix()), Some(design.bridge())];
    let expected = Expected::number(value, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 3, design.asks(facts, &asked), expected)
        .hint("every tile goes through encoder and bridge on its own")
        .steps([
            format!("visual tokens of one tile: {}", exact(one)),
            format!("{rows} × {columns} tiles and the thumbnail: {} encodings", tiles + 1),
            format!("{} visual tokens", exact(value)),
        ])
        .mistake(visual(cut(tiles)), "the thumbnail is missing: it is encoded like a tile")
        .mistake(Some(one), "that is one tile: each brings its own visual tokens")
        .mistake(tiled.report.tokens.patches.value, design.why_not_patches())
        .mistake(
            tiled.report.tokens.encoder.value,
            "those are encoder-side tokens: class tokens do not reach the LLM",
        );
    Some(question)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, load};

    #[test]
    fn newlines_among_tiles_are_not_asked_about() {
        let asked = |name: &str| {
            let spec = load(name, &Overrides::default()).unwrap().spec;
            ask(&Design::new(name, spec).unwrap(), &mut Rng::new(0, 0)).is_some()
        };
        assert!(!asked("llava-onevision-qwen2-7b"));
        assert!(asked("internvl3-8b"));
    }
}
