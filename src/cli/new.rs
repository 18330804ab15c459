//! `vlmcalc new`.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;

use clap::Args;

use super::command::Run;
use super::{BAD_INPUT, Color, Outcome, questions};
use crate::diag::{Code, Diagnostic, Source};
use crate::planned::Planned;
use crate::spec::presets::Preset;
use crate::spec::{self, Failure, Overrides, Template, unknown_preset};
use crate::stages::decoder::Logits;

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
    const NAMES_ITS_FILE: bool = true;

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
            None => match self.asked(color) {
                Some(text) => text,
                None => {
                    let stderr = "\nnothing is written: the answers ended\n".to_owned();
                    return Outcome { stderr, code: BAD_INPUT, ..Outcome::default() };
                }
            },
        };
        if let Err(Failure { diagnostics, sources }) = planned(&self.file, &text) {
            let mut outcome = Outcome::refused(&[], color);
            outcome.report(&diagnostics, &sources, color);
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

impl New {
    /// The text that a few questions on a terminal lead to; without a terminal, nothing is asked.
    /// Answers that do not go together are asked for again. Nothing if the answers end.
    fn asked(&self, color: Color) -> Option<String> {
        let mut template = Template::default();
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            return Some(template.yaml());
        }
        loop {
            template = questions::ask(&template)?;
            let text = template.yaml();
            let Err(Failure { diagnostics, sources }) = planned(&self.file, &text) else {
                return Some(text);
            };
            let mut outcome = Outcome::default();
            outcome.report(&diagnostics, &sources, color);
            let again = "these sizes do not go together; once more, Enter keeps an answer";
            let _ = writeln!(io::stderr(), "\n{}{again}\n", outcome.stderr);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stages::bridge::BRIDGES;
    use crate::units::{ImageSize, Size};

    #[test]
    fn the_size_of_a_bridge_is_one_that_suits() {
        let image = ImageSize::square(Size::of(378));
        for kind in BRIDGES {
            let mut template = Template { image, bridge: kind.name, ..Template::default() };
            template.size = template.size_of_bridge().map(|(_, size)| size);
            assert_eq!(template.size.is_some(), kind.practice.usual.is_some(), "{}", kind.name);
            let text = template.yaml();
            assert!(planned("my.yaml", &text).is_ok(), "{text}");
            let said = template.size.map(|size| format!(": {size}"));
            assert!(said.is_none_or(|said| text.contains(&said)), "{text}");
        }
        let of = |bridge| Template { image, bridge, ..Template::default() }.size_of_bridge();
        assert_eq!(of("pixel-shuffle"), Some(("side of a block in patches", Size::of(3))));
        assert_eq!(of("mlp"), None);
    }
}
