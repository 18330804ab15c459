//! The sliding window of an LLM whose layers are alike but for it.

use super::LlmSpec;
use crate::diag::{Code, Diagnostic};
use crate::stages::faults::Faults;
use crate::units::Size;

/// The sliding window of an LLM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Tokens that a layer sees.
    pub tokens: Size,
    /// Every n-th layer sees everything; none if all have the window.
    pub full_every: Option<Size>,
}

impl LlmSpec {
    /// The window, if there is one and it is not switched off.
    pub(super) fn window(&self, faults: &mut Faults) -> Option<Window> {
        let mut refuse = |code: Code, field: &str, text: &str, help: &str| {
            faults.add(field, Diagnostic::error(code, text).help(help));
            None
        };
        match (self.use_sliding_window.get(), self.sliding_window) {
            (Some(false), _) => None,
            (_, Some(_)) if self.layers.is_some() => refuse(
                Code::Mismatch,
                "sliding_window",
                "which layers have the window is said by their kinds",
                "write it into the kinds that have it, `layers: {kinds: {sliding: {sliding_window: \
                 1024}, …}}`, and take it out here",
            ),
            (_, Some(tokens)) => Some(Window { tokens, full_every: self.full_attention_every }),
            (Some(true), None) if self.layers.is_none() => refuse(
                Code::MissingField,
                "use_sliding_window",
                "`use_sliding_window` is true, but the window is not given",
                "write its size: `sliding_window: 4096`",
            ),
            (_, None) if self.full_attention_every.is_some() => refuse(
                Code::Mismatch,
                "full_attention_every",
                "`full_attention_every` means nothing without `sliding_window`",
                "write the window of the other layers, `sliding_window: 1024`, or take \
                 `full_attention_every` out",
            ),
            (_, None) => None,
        }
    }
}
