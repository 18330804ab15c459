//! From what `--ask` said to a design.

use super::field::{Fields, Name};
use crate::diag::{Code, Diagnostic, Span};
use crate::drill::subject::{Subject, amount};
use crate::planned;
use crate::spec::{PromptSpec, Spec};
use crate::stages::bridge::{BridgeSpec, LinearSpec};
use crate::stages::decoder::Logits;
use crate::stages::encoder::EncoderSpec;
use crate::stages::image::{ImageSpec, Remainder};
use crate::stages::llm::LlmSpec;
use crate::units::Size;

/// What a design is called that was typed.
const NAME: &str = "Your design";

/// The fields without which there is nothing to ask, and how they are written.
const NEEDED: [(Name, &str, &str); 2] =
    [(Name::Image, "image", "336/14"), (Name::Patch, "patch", "/14")];

/// The design that fields describe, planned.
///
/// # Errors
/// What is missing or does not fit, each with its place.
pub fn design(fields: &Fields) -> Result<Subject, Vec<Diagnostic>> {
    let whole = fields.span(|_| false);
    if let Some((_, name, sample)) = NEEDED.iter().find(|(name, ..)| !fields.has(*name)) {
        let words = format!("the {name} is not given");
        let help = format!("write the image's side and the patch, such as `{sample}`");
        return Err(vec![Diagnostic::error(Code::MissingField, words).at(whole, "").help(help)]);
    }
    let spec = spec(fields);
    if let Err(problems) = planned::build(&spec, Logits::All, &[]) {
        let problems = problems.into_iter();
        return Err(problems.map(|(path, problem)| in_text(fields, &path, problem)).collect());
    }
    Subject::new(NAME, spec).ok_or_else(|| {
        let words = "the sizes multiply to an absurd number";
        let problem = Diagnostic::error(Code::Overflow, words).at(whole, "");
        vec![problem.help("check them for stray digits")]
    })
}

fn spec(fields: &Fields) -> Spec {
    let size = |name| fields.number(name).and_then(Size::new);
    let height = size(Name::Image);
    let remainder = if fields.has(Name::Drop) { Remainder::Drop } else { Remainder::Error };
    let text_tokens = fields.number(Name::Text).and_then(amount);
    Spec {
        name: None,
        image: ImageSpec {
            height,
            width: size(Name::Columns).or(height),
            remainder: remainder.into(),
            tiles: size(Name::Tiles),
            ..ImageSpec::default()
        },
        encoder: EncoderSpec {
            patch: size(Name::Patch),
            width: size(Name::Width),
            class_token: fields.has(Name::Class).into(),
            registers: fields.number(Name::Registers).and_then(amount).unwrap_or_default().into(),
            ..EncoderSpec::default()
        },
        bridge: bridge(fields).into(),
        visual_tokens: None,
        llm: LlmSpec { width: size(Name::Llm), ..LlmSpec::default() },
        prompt: PromptSpec { text_tokens, ..PromptSpec::default() },
        expect: Default::default(),
    }
}

/// The bridge, one matrix if none is said; its sizes that are not said stay symbols.
fn bridge(fields: &Fields) -> BridgeSpec {
    let said = fields.bridge().map(|(kind, number)| {
        let size = number.and_then(Size::new).unwrap_or(Size::of(1));
        (kind.practice.sized)(size)
    });
    said.unwrap_or_else(|| LinearSpec::default().into())
}

/// What is wrong with a field of a spec, as something wrong with this text.
fn in_text(fields: &Fields, path: &str, problem: Diagnostic) -> Diagnostic {
    // A spec's field is no word of this text.
    let help = problem.help.as_ref().filter(|_| path.starts_with("image"));
    let sizes = help.and_then(|help| help.split("; ").next());
    let help = sizes.map(|sizes| format!("{sizes}; or write `drop` for the remainder"));
    problem.at(place(fields, path), "").maybe_help(help)
}

/// Where the field of a spec was said.
fn place(fields: &Fields, path: &str) -> Span {
    match path.split('.').next() {
        Some("bridge") => fields.span(|name| matches!(name, Name::Bridge(_))),
        Some("encoder") if path.ends_with("patch") => fields.span(|name| name == Name::Patch),
        Some("encoder") => {
            fields.span(|name| matches!(name, Name::Width | Name::Class | Name::Registers))
        }
        Some("llm") => fields.span(|name| name == Name::Llm),
        _ => fields.span(|name| name == Name::Image),
    }
}
