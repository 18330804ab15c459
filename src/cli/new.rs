//! `vlmcalc new`.

use std::fs::OpenOptions;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::path::Path;

use clap::Args;

use super::command::Run;
use super::{Color, Outcome};
use crate::diag::{Code, Diagnostic, Source};
use crate::planned::Planned;
use crate::spec::presets::Preset;
use crate::spec::{self, Failure, Overrides, Template, unknown_preset};
use crate::stages::bridge::BRIDGES;
use crate::stages::decoder::Logits;
use crate::units::{ImageSize, Size};

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct New {
    /// The file to write, or `-` for standard output. One that is there is never written over.
    #[arg(value_name = "FILE")]
    file: String,
    /// The preset to start from, instead of a few questions on a terminal.
    #[arg(long, value_name = "PRESET")]
    from: Option<String>,
}

impl Run for New {
    const NAME: &'static str = "new";
    const ABOUT: &'static str = "Writes a commented spec to begin with";

    /// Writes the file, if what it says can be planned.
    fn run(&self, color: Color) -> Outcome {
        let is_file = self.file != "-";
        if is_file && Path::new(&self.file).exists() {
            return Outcome::refused(&[exists(&self.file)], color);
        }
        let text = match &self.from {
            Some(name) => match Preset::find(name) {
                Some(preset) => preset.start().to_owned(),
                None => return Outcome::refused(&[unknown_preset(name)], color),
            },
            None => template().yaml(),
        };
        if let Err(Failure { diagnostics, sources }) = planned(&self.file, &text) {
            let mut outcome = Outcome::refused(&[], color);
            outcome.report(&diagnostics, &sources, color);
            outcome.stderr.push_str("nothing is written: these sizes do not go together\n");
            return outcome;
        }
        if !is_file {
            return Outcome::done(text);
        }
        match write(&self.file, &text) {
            Ok(()) => Outcome::done(next(&self.file)),
            Err(problem) => Outcome::refused(&[problem], color),
        }
    }
}

/// What to type next.
fn next(file: &str) -> String {
    let file = crate::diag::sanitize(file);
    format!("{file} is written; `vlmcalc plan {file}` plans it\n")
}

/// The plan of a text.
fn planned(file: &str, text: &str) -> Result<Planned, Failure> {
    let loaded = spec::load_text(Source::new(file, text), file, &Overrides::default())?;
    Planned::of(loaded, Logits::All)
}

fn write(file: &str, text: &str) -> Result<(), Diagnostic> {
    let made = OpenOptions::new().write(true).create_new(true).open(file);
    made.and_then(|mut made| made.write_all(text.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(file),
        _ => Diagnostic::error(Code::CannotWrite, format!("cannot write the file: {error}"))
            .from_file(file)
            .help("check the folder and its permissions"),
    })
}

fn exists(file: &str) -> Diagnostic {
    Diagnostic::error(Code::CannotWrite, "the file is there already, and is not written over")
        .from_file(file)
        .help("name another file, or delete this one first")
}

/// What is asked for on a terminal; without one, nothing is asked.
fn template() -> Template {
    let own = Template::default();
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return own;
    }
    let kinds: Vec<&str> = BRIDGES.iter().map(|kind| kind.name).collect();
    let bridge = |text: &str| kinds.iter().find(|kind| **kind == text).copied();
    let size = |text: &str| text.parse().ok().and_then(Size::new);
    Template {
        image: ask("image in pixels, a side or HEIGHTxWIDTH", own.image, ImageSize::read),
        patch: ask("side of a patch in pixels", own.patch, size),
        encoder: ask("width of the vision encoder", own.encoder, size),
        bridge: ask(&format!("bridge: {}", kinds.join(", ")), own.bridge, bridge),
        llm: ask("width of the LLM", own.llm, size),
    }
}

/// Asks until the answer can be read; an empty one, or the end of the input, keeps what is there.
fn ask<T: std::fmt::Display>(question: &str, own: T, read: impl Fn(&str) -> Option<T>) -> T {
    loop {
        let mut answer = String::new();
        let _ = write!(io::stderr(), "{question} [{own}]: ");
        if io::stdin().lock().read_line(&mut answer).is_err() || answer.trim().is_empty() {
            return own;
        }
        match read(answer.trim()) {
            Some(answer) => return answer,
            None => {
                let _ = writeln!(io::stderr(), "  not understood; Enter keeps {own}");
            }
        }
    }
}
