//! Token counts of a prompt.

use super::reading::figure;
use super::{Key, Read, Said};
use crate::units::Unit;

pub(super) const KEYS: &[Key] = &[
    count(
        "tokens.patches",
        Read::Plan(|report| figure(report, &report.tokens.patches)),
        "Patches of a prompt, all its images and tiles together. They are pieces of the image, not \
         yet what the LLM reads.",
    ),
    count(
        "tokens.encoder",
        Read::Plan(|report| figure(report, &report.tokens.encoder)),
        "Encoder-side tokens of a prompt: one per patch, class and register tokens, and the padding \
         that the reference runs. They exist inside the vision encoder only.",
    )
    .named("encoder-side"),
    Key::number(
        "tokens.encoder_valid",
        Unit::Count,
        Read::Plan(|report| figure(report, &report.tokens.encoder_valid)),
        "Encoder-side tokens without padding.",
    )
    .named("encoder-side, without padding")
    .repeats("tokens.encoder"),
    count(
        "tokens.visual",
        Read::Plan(|report| figure(report, &report.tokens.visual)),
        "LLM-side visual tokens of a prompt: what the bridge hands over, all images together. The \
         LLM reads these, not the patches.",
    )
    .named("visual, LLM-side")
    .headline("visual tokens"),
    count(
        "tokens.asked",
        Read::Plan(|report| match &report.tokens.asked {
            Some(asked) => figure(report, asked),
            None => Said::Absent,
        }),
        "Visual tokens of a prompt that layers with cross-attention ask. They do not stand in the \
         sequence: `tokens.visual` is 0. Not there where no layer has cross-attention over them.",
    )
    .named("visual, asked by cross-attention"),
    count(
        "tokens.structural",
        Read::Plan(|report| figure(report, &report.tokens.structural)),
        "Tokens around the images that are neither text nor image: start, end, row breaks, tile \
         tags; all images together.",
    ),
    Key::number(
        "tokens.structural_by_kind.KIND",
        Unit::Count,
        Read::Plan(|report| match &report.tokens.structural_kinds[..] {
            [] => Said::Absent,
            kinds => {
                let each = kinds.iter().map(|(kind, count)| (kind.word(), figure(report, count)));
                Said::Map(each.collect())
            }
        }),
        "Structural tokens that the processor writes, by kind: start, end, tile, overview, column, \
         row, separator, newline, number.",
    ),
    count(
        "tokens.text",
        Read::Plan(|report| figure(report, &report.tokens.text)),
        "Text tokens of a prompt.",
    ),
    count(
        "tokens.sequence",
        Read::Plan(|report| figure(report, &report.tokens.sequence)),
        "Tokens that the LLM reads in the prefill: visual + structural + text.",
    )
    .headline("sequence"),
    count(
        "tokens.generated",
        Read::Plan(|report| figure(report, &report.tokens.generated)),
        "Tokens of the answer.",
    )
    .named("answer"),
    count(
        "tokens.context",
        Read::Plan(|report| figure(report, &report.tokens.context)),
        "Tokens that fit the LLM's context.",
    )
    .named("context of the LLM"),
    Key::number(
        "tokens.left",
        Unit::Count,
        Read::Plan(|report| figure(report, &report.tokens.left)),
        "Tokens of the context that prompt and answer leave; below 0 if they do not fit.",
    )
    .named("left of the context"),
    Key::number(
        "tokens.more_images",
        Unit::Count,
        Read::Plan(|report| figure(report, &report.tokens.more_images)),
        "Further images of this size that fit what is left of the context.",
    )
    .named("further images that fit"),
    Key::number(
        "tokens.batch",
        Unit::Count,
        Read::Plan(|report| figure(report, &report.tokens.visual_of_batch)),
        "LLM-side visual tokens of the whole batch.",
    )
    .named("visual, of the batch"),
    count(
        "tokens.encodings",
        Read::Plan(|report| figure(report, &report.tokens.encodings)),
        "How many times the encoder runs for a prompt: images × tiles.",
    ),
    count(
        "tokens.encoder_values",
        Read::Plan(|report| figure(report, &report.tokens.encoder_values)),
        "Values of all patches after the encoder, E: patches × encoder width, or of the fewer tokens \
         that an encoder with `merge` leaves of them.",
    )
    .named("values of E, patches"),
    count(
        "tokens.visual_values",
        Read::Plan(|report| figure(report, &report.tokens.visual_values)),
        "Values of all visual tokens, V: visual tokens × LLM width.",
    )
    .named("values of V, visual"),
    Key::number(
        "tokens.grid.N",
        Unit::Count,
        Read::Plan(|report| {
            let Some(view) = report.tokens.views.first() else {
                return Said::List(vec![Said::plain(0), Said::plain(0)]);
            };
            Said::List(vec![figure(report, &view.grid.0), figure(report, &view.grid.1)])
        }),
        "The patch grid of one image or view, the first one: rows, then columns.",
    ),
    Key::new("tokens.formulas.KEY", Read::Forms, "The closed form of `tokens.KEY`."),
    Key::new(
        "tokens.formulas.grid.N",
        Read::Along,
        "The closed forms of the patch grid: rows, then columns.",
    ),
    Key::new(
        "tokens.formulas.structural_by_kind.KIND",
        Read::Along,
        "The closed forms of the structural tokens that the processor writes, by kind.",
    ),
    Key::new(
        "tokens.prompt_fits_context",
        Read::Plan(|report| fits(report.prompt_use())),
        "Whether the sequence fits the context; `null` if either is not known.",
    ),
    Key::new(
        "tokens.fits_context",
        Read::Plan(|report| fits(report.context_use())),
        "Whether sequence and answer fit the context together; `null` if one is not known.",
    ),
];

/// A count that a baseline keeps.
const fn count(path: &'static str, read: Read, meaning: &'static str) -> Key {
    Key::number(path, Unit::Count, read, meaning).kept()
}

/// Whether what is used is within the length.
fn fits<'r>(share: Option<(i128, i128)>) -> Said<'r> {
    share.map_or(Said::Unknown, |(used, length)| Said::Flag(used <= length))
}
