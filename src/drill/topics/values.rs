//! How many values there are on each side of the bridge.

use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::design::Design;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::tolerance::Tolerance;
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "values",
    about: "numbers in the patches and in the visual tokens",
    levels: (2, 2),
    bridges: &[],
    ask: Ask::Design(ask),
};

fn ask(design: &Design, rng: &mut Rng) -> Option<Question> {
    let tokens = &design.report.tokens;
    let encoder_side = rng.one_in(2);
    let (width, llm) = (tokens.encoder_width.value, tokens.llm_width.value);
    let (patches, visual) = (tokens.patches.value, tokens.visual.value);
    let image = Some(design.image()?);
    let (rows, _) = design.grid()?;
    let product = |a: Option<i128>, b: Option<i128>| a?.checked_mul(b?);
    let (value, count, axis, text) = if encoder_side {
        let asked = "How many values do the patches have behind the encoder?";
        let text = design.asks([image, Some(design.encoder_width()?)], asked);
        (tokens.encoder_values.value?, patches, width, text)
    } else {
        let asked = "How many values does the bridge hand to the LLM?";
        let kept = design.keeps_prefix().then(|| design.prefix());
        let bridge = Some(design.bridge());
        let facts = [image, kept, bridge, design.encoder_width(), design.llm_width()];
        (
            tokens.visual_values.value?,
            visual,
            Some(tokens.llm_width.value?),
            design.asks(facts, asked),
        )
    };
    let (other, what) = if encoder_side {
        (llm, "that is the LLM's width: after the encoder a token has the encoder's")
    } else {
        (width, "that is the encoder's width: the bridge hands over tokens of the LLM's")
    };
    let noun = if encoder_side { "patch" } else { "visual token" };
    let expected = Expected::number(value, Kind::Count, Tolerance::Digits(3));
    let question = Question::new(TOPIC.name, 2, text, expected)
        .hint("tokens × width")
        .steps([
            match (encoder_side, count?) {
                (true, count) => format!("{} patches", exact(count)),
                (false, count) => counted(count, noun),
            },
            format!("× width {} = {}", exact(axis?), exact(value)),
        ])
        .mistake(product(count, other), what)
        .mistake(
            product(patches, axis).filter(|_| !encoder_side),
            if visual < patches {
                "the bridge compresses: it hands over fewer tokens than there are patches"
            } else {
                design.why_not_patches()
            },
        )
        .mistake(product(Some(rows), axis), "that is one side of the grid: rows × columns")
        .mistake(product(tokens.encoder.value, axis), "class and register tokens are no patches")
        .mistake(value.checked_mul(2), "that is their bytes at 16 bits, not their number")
        .mistake(count, "that is the number of tokens: each has as many values as its width");
    Some(question)
}
