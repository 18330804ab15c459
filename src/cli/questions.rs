//! The questions of `new` on a terminal.

use std::fmt::Display;
use std::io::{self, BufRead, Write};

use crate::spec::Template;
use crate::stages::bridge::BRIDGES;
use crate::units::{ImageSize, Size};

/// The answers; an empty one keeps what is there. Nothing if the input ends.
pub fn ask(own: &Template) -> Option<Template> {
    let kinds: Vec<&str> = BRIDGES.iter().map(|kind| kind.name).collect();
    let bridge = |text: &str| kinds.iter().find(|kind| **kind == text).copied();
    let size = |text: &str| text.parse().ok().and_then(Size::new);
    let mut new = own.clone();
    new.image = answer("image in pixels, a side or HEIGHTxWIDTH", own.image, ImageSize::read)?;
    new.patch = answer("side of a patch in pixels", own.patch, size)?;
    new.encoder = answer("width of the vision encoder", own.encoder, size)?;
    new.bridge = answer(&format!("bridge: {}", kinds.join(", ")), own.bridge, bridge)?;
    new.size = None;
    if let Some((question, usual)) = new.size_of_bridge() {
        new.size = Some(answer(question, usual, size)?);
    }
    new.llm = answer("width of the LLM", own.llm, size)?;
    Some(new)
}

/// Asks until the answer can be read.
fn answer<T: Display>(question: &str, own: T, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    loop {
        let mut answer = String::new();
        let _ = write!(io::stderr(), "{question} [{own}]: ");
        if io::stdin().lock().read_line(&mut answer).ok()? == 0 {
            return None;
        }
        if answer.trim().is_empty() {
            return Some(own);
        }
        match read(answer.trim()) {
            Some(answer) => return Some(answer),
            None => {
                let _ = writeln!(io::stderr(), "  not understood; Enter keeps {own}");
            }
        }
    }
}
