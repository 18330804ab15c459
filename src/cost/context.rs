//! Whether prompt and answer fit the LLM's context.

use super::Report;
use crate::diag::{Code, Diagnostic};
use crate::units::{counted, exact};

/// What does not fit the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// What it is, as a clause: `the prompt does not fit`.
    pub clause: &'static str,
    /// The tokens.
    pub tokens: i128,
    /// The length of the context.
    pub context: i128,
}

impl Report {
    /// The share of the context that the prompt alone takes, as a fraction (used, length).
    pub fn prompt_use(&self) -> Option<(i128, i128)> {
        Some((self.tokens.sequence.value?, self.tokens.context.value?))
    }

    /// What does not fit: the prompt, or if it does, prompt and answer.
    pub fn excess(&self) -> Option<Excess> {
        let over = |clause, share: Option<(i128, i128)>| {
            let (tokens, context) = share.filter(|(used, length)| used > length)?;
            Some(Excess { clause, tokens, context })
        };
        over("the prompt does not fit", self.prompt_use())
            .or_else(|| over("prompt and answer do not fit", self.context_use()))
    }
}

impl Excess {
    /// By how much, in words.
    pub fn by(&self) -> String {
        let (tokens, more) = (counted(self.tokens, "token"), exact(self.tokens - self.context));
        format!("{tokens}, {more} more than the context of {}", exact(self.context))
    }

    /// As a warning.
    pub fn warning(&self) -> Diagnostic {
        let message = format!("{}: {}", self.clause, self.by());
        Diagnostic::warning(Code::ContextExceeded, message)
            .help("plan fewer images or tokens, or raise `llm.context` if the model has more")
    }
}
