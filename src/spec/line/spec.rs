//! From fields to a spec.

use super::{Fields, Name};
use crate::diag::Span;
use crate::spec::{PromptSpec, Spec};
use crate::stages::bridge::{BridgeSpec, LinearSpec};
use crate::stages::encoder::EncoderSpec;
use crate::stages::image::{ImageSpec, Remainder};
use crate::stages::llm::LlmSpec;
use crate::units::{Amount, Size};

impl Fields<'_> {
    /// The spec that they say; the bridge is one matrix if none is said.
    pub fn spec(&self) -> Spec {
        let size = |name| self.number(name).and_then(Size::new);
        let amount = |name| self.number(name).and_then(Amount::new);
        let height = size(Name::Image);
        let remainder = if self.has(Name::Drop) { Remainder::Drop } else { Remainder::Error };
        Spec {
            audio: None,
            name: None,
            image: ImageSpec {
                height,
                width: size(Name::Columns).or(height),
                remainder: remainder.into(),
                tiles: size(Name::Tiles),
                ..ImageSpec::default()
            },
            processor: None,
            video_processor: None,
            encoder: EncoderSpec {
                patch: size(Name::Patch),
                width: size(Name::Width),
                class_token: self.has(Name::Class).into(),
                registers: amount(Name::Registers).unwrap_or_default().into(),
                ..EncoderSpec::default()
            },
            bridge: Some(self.bridge_spec()),
            deepstack: None,
            visual_tokens: None,
            llm: LlmSpec { width: size(Name::Llm), ..LlmSpec::default() },
            prompt: PromptSpec { text_tokens: amount(Name::Text), ..PromptSpec::default() },
            expect: Default::default(),
        }
    }

    /// The bridge; its sizes that are not said stay symbols.
    fn bridge_spec(&self) -> BridgeSpec {
        let said = self.bridge().map(|(kind, number)| {
            let size = number.and_then(Size::new).unwrap_or(Size::of(1));
            (kind.practice.sized)(size)
        });
        said.unwrap_or_else(|| LinearSpec::default().into())
    }

    /// Where the field of a spec was said.
    pub fn place_of(&self, path: &str) -> Span {
        match path.split('.').next() {
            Some("bridge") => self.span(|name| matches!(name, Name::Bridge(_))),
            Some("encoder") if path.ends_with("patch") => self.span(|name| name == Name::Patch),
            Some("encoder") => {
                self.span(|name| matches!(name, Name::Width | Name::Class | Name::Registers))
            }
            Some("llm") => self.span(|name| name == Name::Llm),
            _ => self.span(|name| name == Name::Image),
        }
    }
}
