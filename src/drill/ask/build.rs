//! From what `--ask` said to a design.

use std::ops::Range;

use super::parse::Field;
use crate::diag::{Code, Diagnostic, SourceId, Span};
use crate::drill::design::{Design, amount};
use crate::drill::pipelines::{qformer, resampler};
use crate::planned;
use crate::spec::{PromptSpec, Spec};
use crate::stages::bridge::{
    AvgPoolSpec, BridgeSpec, LinearSpec, MlpSpec, PixelShuffleSpec, QFormerSpec, ResamplerSpec,
};
use crate::stages::choice::Choice;
use crate::stages::decoder::Logits;
use crate::stages::encoder::EncoderSpec;
use crate::stages::image::{ImageSpec, Remainder};
use crate::stages::llm::LlmSpec;
use crate::units::Size;

/// What a design is called that was typed.
const NAME: &str = "Your design";

/// The fields that were said, in their text.
pub struct Said<'a> {
    /// The text.
    pub source: SourceId,
    /// Its length in bytes.
    pub length: usize,
    /// The fields.
    pub fields: &'a [Field],
}

impl Said<'_> {
    /// The number of a field.
    fn size(&self, name: &str) -> Option<Size> {
        self.fields.iter().find(|field| field.name == name)?.number.and_then(Size::new)
    }

    /// The design, planned.
    ///
    /// # Errors
    /// What is missing or does not fit, each with its place.
    pub fn design(&self) -> Result<Design, Vec<Diagnostic>> {
        for (name, needed) in [("image", "336/14"), ("patch", "/14")] {
            if !self.has(name) {
                let words = format!("the {name} is not given");
                let whole = 0..self.length;
                let diagnostic = Diagnostic::error(Code::MissingField, words);
                let help = format!("write the image's side and the patch, such as `{needed}`");
                return Err(vec![diagnostic.at(self.span(&whole), "").help(help)]);
            }
        }
        let spec = self.spec();
        match planned::build(&spec, Logits::All) {
            Ok(_) => Design::new(NAME, spec).ok_or_else(|| {
                let words = "the sizes multiply to an absurd number";
                let diagnostic = Diagnostic::error(Code::Overflow, words);
                vec![
                    diagnostic
                        .at(self.span(&(0..self.length)), "")
                        .help("check them for stray digits"),
                ]
            }),
            Err(problems) => Err(problems
                .into_iter()
                .map(|(path, diagnostic)| {
                    let place = self.span(&self.place(&path));
                    let help = diagnostic.help.as_ref().filter(|_| path.starts_with("image"));
                    // A spec's field is no word of this text.
                    let sizes = help.and_then(|help| help.split("; ").next());
                    let help = sizes.map(|sizes| format!("{sizes}; or write `drop` for the rest"));
                    diagnostic.at(place, "").maybe_help(help)
                })
                .collect()),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    fn span(&self, place: &Range<usize>) -> Span {
        Span::new(self.source, place.start, place.end)
    }

    fn spec(&self) -> Spec {
        let rows = self.size("image");
        let remainder = if self.has("drop") { Remainder::Drop } else { Remainder::Error };
        let number = |name| self.fields.iter().find(|field| field.name == name)?.number;
        Spec {
            name: None,
            image: ImageSpec {
                height: rows,
                width: self.size("columns").or(rows),
                remainder: remainder.into(),
                tiles: self.size("tiles"),
                ..ImageSpec::default()
            },
            encoder: EncoderSpec {
                patch: self.size("patch"),
                width: self.size("width"),
                class_token: self.has("cls").into(),
                registers: number("registers").and_then(amount).unwrap_or_default().into(),
                ..EncoderSpec::default()
            },
            bridge: self.bridge(),
            llm: LlmSpec { width: self.size("llm"), ..LlmSpec::default() },
            prompt: PromptSpec {
                text_tokens: number("text").and_then(amount),
                ..PromptSpec::default()
            },
            expect: Default::default(),
        }
    }

    /// The bridge; its sizes that are not said stay symbols.
    fn bridge(&self) -> BridgeSpec {
        let then = Choice::default();
        if self.has("mlp") {
            BridgeSpec::Mlp(MlpSpec::default())
        } else if let Some(factor) = self.size("pixel-shuffle") {
            BridgeSpec::PixelShuffle(PixelShuffleSpec { factor, then })
        } else if let Some(kernel) = self.size("avg-pool") {
            BridgeSpec::AvgPool(AvgPoolSpec { kernel: Some(kernel), tokens: None, then })
        } else if let Some(latents) = self.size("resampler") {
            let plain = resampler(latents.get(), 0);
            BridgeSpec::Resampler(ResamplerSpec { heads: None, head_dim: None, ..plain })
        } else if let Some(queries) = self.size("qformer") {
            let bert = qformer(queries.get());
            BridgeSpec::Qformer(QFormerSpec {
                width: None,
                depth: None,
                heads: None,
                mlp_width: None,
                ..bert
            })
        } else {
            BridgeSpec::Linear(LinearSpec::default())
        }
    }

    /// Where the field of a spec was said.
    fn place(&self, path: &str) -> Range<usize> {
        let names: &[&str] = match path.split('.').next() {
            Some("bridge") => {
                &["pixel-shuffle", "avg-pool", "resampler", "qformer", "mlp", "linear"]
            }
            Some("encoder") if path.ends_with("patch") => &["patch"],
            Some("encoder") => &["width", "cls", "registers"],
            Some("llm") => &["llm"],
            _ => &["image"],
        };
        let found = self.fields.iter().find(|field| names.contains(&field.name));
        found.map_or(0..self.length, |field| field.place.clone())
    }
}
