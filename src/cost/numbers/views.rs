//! The views that the encoder sees, those of one picture and size together.

use super::reading::figure;
use super::{Key, Read, Said};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    count(
        "tokens.views.N.pictures",
        Read::View(|report, view| figure(report, &view.pictures)),
        "Pictures of a prompt that have these views.",
    ),
    Key::number(
        "tokens.views.N.disk.N",
        Unit::Count,
        Read::View(|report, view| match &view.disk {
            None => Said::Absent,
            Some((height, width)) => {
                Said::List(vec![figure(report, height), figure(report, width)])
            }
        }),
        "Height and width of the picture on disk in pixels, where a processor resizes it.",
    ),
    count(
        "tokens.views.N.count",
        Read::View(|report, view| figure(report, &view.count)),
        "Views of this size that a picture has: its tiles and, if it is as large, its overview.",
    ),
    Key::number(
        "tokens.views.N.size.N",
        Unit::Count,
        Read::View(|report, view| {
            Said::List(vec![figure(report, &view.image.0), figure(report, &view.image.1)])
        }),
        "Height and width of a view in pixels.",
    ),
    Key::number(
        "tokens.views.N.grid.N",
        Unit::Count,
        Read::View(|report, view| {
            Said::List(vec![figure(report, &view.grid.0), figure(report, &view.grid.1)])
        }),
        "Rows and columns of a view's patches.",
    ),
    count(
        "tokens.views.N.patches",
        Read::View(|report, view| figure(report, &view.patches)),
        "Patches of a view of this size.",
    ),
    count(
        "tokens.views.N.encoder",
        Read::View(|report, view| figure(report, &view.encoder)),
        "Encoder-side tokens of a view that run, class and register tokens and padding included.",
    ),
    count(
        "tokens.views.N.encoder_valid",
        Read::View(|report, view| figure(report, &view.encoder_valid)),
        "Encoder-side tokens of a view without padding.",
    ),
    count(
        "tokens.views.N.visual",
        Read::View(|report, view| match &view.visual {
            None => Said::Absent,
            Some(visual) => figure(report, visual),
        }),
        "LLM-side tokens that the bridge makes of a view, before views are joined; absent where tiles \
         overlap, which are joined before the bridge.",
    ),
    Key::new("tokens.views.N.formulas.KEY", Read::Forms, "The closed form of the number `KEY`."),
    Key::new(
        "tokens.views.N.formulas.KEY.N",
        Read::Along,
        "The closed forms of height and width, or of rows and columns.",
    ),
];

const fn count(path: &'static str, read: Read, meaning: &'static str) -> Key {
    Key::number(path, Unit::Count, read, meaning)
}
