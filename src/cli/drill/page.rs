//! What a drill says as it goes.

use std::io::{self, ErrorKind, Write};

use crate::diag::sanitize;
use crate::render::{View, wrapped};

/// A stream, written piece by piece.
pub struct Page {
    view: View,
    stream: Box<dyn Write>,
    /// Why nothing more can be written.
    failure: Option<io::Error>,
}

impl Page {
    /// An open page.
    pub fn new(view: View, stream: Box<dyn Write>) -> Page {
        Page { view, stream, failure: None }
    }

    /// How it is shown.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Writes text that is laid out and safe.
    pub fn print(&mut self, text: &str) {
        if self.failure.is_none() {
            let written = self.stream.write_all(text.as_bytes());
            self.failure = written.and_then(|()| self.stream.flush()).err();
        }
    }

    /// Writes a sentence, wrapped.
    pub fn say(&mut self, text: &str) {
        let mut lines = wrapped(&sanitize(text), "", self.view.width).join("\n");
        lines.push('\n');
        self.print(&lines);
    }

    /// Writes a verdict in green or red, and what follows it.
    pub fn verdict(&mut self, is_good: bool, word: &str, more: &str) {
        let mut lines = wrapped(&sanitize(&format!("{word}{more}")), "  ", self.view.width);
        if self.view.color
            && let Some(first) = lines.first_mut()
            && let Some(after) = first.strip_prefix(word)
        {
            let color = if is_good { 32 } else { 31 };
            *first = format!("\u{1b}[1;{color}m{word}\u{1b}[0m{after}");
        }
        self.print(&format!("{}\n", lines.join("\n")));
    }

    /// Whether nobody reads any more.
    pub fn is_closed(&self) -> bool {
        self.failure.is_some()
    }

    /// Why writing failed; that a reader has seen enough is no failure.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref().filter(|error| error.kind() != ErrorKind::BrokenPipe)
    }
}
