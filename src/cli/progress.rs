//! Progress over many specs on a terminal; none in a pipe, and none where it is quick.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::units::counted;

/// What takes no longer than this shows nothing.
const QUICK: Duration = Duration::from_secs(1);

/// A count of specs on standard error, cleared when it goes.
pub struct Specs {
    since: Instant,
    done: AtomicUsize,
    bar: OnceLock<ProgressBar>,
}

impl Specs {
    /// Nothing yet.
    pub fn new() -> Specs {
        Specs { since: Instant::now(), done: AtomicUsize::new(0), bar: OnceLock::new() }
    }

    /// One more spec is done.
    pub fn tick(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if self.since.elapsed() > QUICK {
            let bar = self.bar.get_or_init(bar);
            bar.set_message(counted(done as i128, "spec"));
            bar.tick();
        }
    }
}

/// A line without a length; hidden where standard error is no terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // A template that does not parse would only cost the line its looks.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar
}

impl Drop for Specs {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
