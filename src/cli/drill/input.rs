//! Where answers come from: a line editor on a terminal, else plain lines.

use std::io::{self, BufRead, IsTerminal, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor};

/// A longer line is cut: an answer is short.
const LONGEST: u64 = 1 << 16;

/// What is shown before an answer.
const PROMPT: &str = "> ";

/// How long a hand takes to stop typing.
const GRACE: Duration = Duration::from_secs(1);

/// What came in.
pub enum Line {
    /// A line.
    Text(String),
    /// The end of the input (Ctrl-D).
    End,
    /// Ctrl-C.
    Interrupted,
    /// The time is over.
    TimeUp,
}

/// A source of answers.
pub trait Input {
    /// The next line, at most until the deadline.
    fn line(&mut self, deadline: Option<Instant>) -> Line;

    /// Whether someone types, so that an answer that cannot be read is asked for again.
    fn is_typed(&self) -> bool;

    /// What must be shown before a line is typed, if the input does not do so itself.
    fn prompt(&self) -> Option<&'static str>;

    /// Throws away what is being typed, so that it does not reach the shell.
    fn discard(&mut self);
}

/// The line editor, with a history of this drill. It knows no deadline.
pub fn editor() -> Option<Box<dyn Input>> {
    let config = Config::builder().auto_add_history(true).build();
    let editor = Editor::<(), MemHistory>::with_history(config, MemHistory::new()).ok()?;
    Some(Box::new(Edited { editor }))
}

struct Edited {
    editor: Editor<(), MemHistory>,
}

impl Input for Edited {
    fn line(&mut self, _: Option<Instant>) -> Line {
        match self.editor.readline(PROMPT) {
            Ok(text) => Line::Text(text),
            Err(ReadlineError::Interrupted) => Line::Interrupted,
            Err(_) => Line::End,
        }
    }

    fn is_typed(&self) -> bool {
        true
    }

    fn prompt(&self) -> Option<&'static str> {
        None
    }

    /// Nothing is left: the editor reads key by key.
    fn discard(&mut self) {}
}

/// Lines of standard input. A thread reads them, so that waiting can end at a deadline or by Ctrl-C.
pub struct Lines {
    lines: Receiver<Line>,
    /// Whether questions and answers stand on one terminal.
    typed: bool,
    /// Whether someone types the lines, wherever the questions are shown.
    by_hand: bool,
}

impl Lines {
    /// Standard input, which may be a terminal.
    pub fn new(typed: bool) -> Lines {
        let (sender, lines) = channel();
        let by_hand = io::stdin().is_terminal();
        if by_hand {
            let sender = sender.clone();
            // It fails only where there is a handler already, and Ctrl-C ends the program by that.
            let _ = ctrlc::set_handler(move || {
                let _ = sender.send(Line::Interrupted);
            });
        }
        std::thread::spawn(move || {
            let mut input = io::stdin().lock();
            while let Some(line) = next_line(&mut input) {
                if sender.send(Line::Text(line)).is_err() {
                    return;
                }
            }
            let _ = sender.send(Line::End);
        });
        Lines { lines, typed, by_hand }
    }
}

impl Input for Lines {
    fn line(&mut self, deadline: Option<Instant>) -> Line {
        let received = match deadline {
            None => self.lines.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(deadline) => {
                self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))
            }
        };
        match received {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => Line::TimeUp,
            Err(RecvTimeoutError::Disconnected) => Line::End,
        }
    }

    fn is_typed(&self) -> bool {
        self.typed
    }

    fn prompt(&self) -> Option<&'static str> {
        self.typed.then_some(PROMPT)
    }

    fn discard(&mut self) {
        if self.by_hand {
            std::thread::sleep(GRACE);
            flush_terminal();
        }
    }
}

/// Empties the terminal's queue of what was typed and not read.
#[cfg(unix)]
fn flush_terminal() {
    use rustix::termios::{QueueSelector, tcflush};
    // Standard input that is no terminal any more has no such queue.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
}

/// A half-typed line of Windows' console belongs to the read that waits for it, and goes with that.
#[cfg(not(unix))]
fn flush_terminal() {}

/// One line, whatever its bytes; nothing at the end of the input.
fn next_line(input: &mut impl BufRead) -> Option<String> {
    let mut bytes = Vec::new();
    let read = input.by_ref().take(LONGEST).read_until(b'\n', &mut bytes).ok()?;
    if read as u64 == LONGEST && !bytes.ends_with(b"\n") {
        input.skip_until(b'\n').ok()?;
    }
    (read > 0).then(|| String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_any_bytes_and_length() {
        let mut text = vec![b'x'; 100_000];
        text.extend(b"\n\xff\r\n\nlast");
        let mut input = &text[..];
        assert_eq!(next_line(&mut input).unwrap().len(), 1 << 16);
        assert_eq!(next_line(&mut input).as_deref(), Some("\u{fffd}"));
        assert_eq!(next_line(&mut input).as_deref(), Some(""));
        assert_eq!(next_line(&mut input).as_deref(), Some("last"));
        assert_eq!(next_line(&mut input), None);
    }
}
