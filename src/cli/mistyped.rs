//! What was probably meant by a command line that names a spec where a command belongs.

use std::path::Path;

use clap::Error;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::diag::sanitize;
use crate::spec::is_line;
use crate::spec::presets::Preset;

/// The error with what to type, if its word is a spec.
pub fn hinted(mut error: Error) -> Error {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return error,
    };
    let Some(ContextValue::String(word)) = error.get(kind) else { return error };
    if word.starts_with("->") {
        let tip = "a pipeline in one line begins with its image: `'336/14 -> llm 4096'`";
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
        return error;
    }
    let is_preset = Preset::find(word).is_some();
    if !is_preset && !is_spec(word) {
        return error;
    }
    let shown = sanitize(word);
    let shown = if shown.contains(' ') { format!("'{shown}'") } else { shown.into_owned() };
    let of_presets = error.get(ContextKind::Usage).is_some_and(|usage| match usage {
        ContextValue::StyledStr(usage) => usage.to_string().contains("vlmcalc presets"),
        _ => false,
    });
    let tip = match of_presets {
        true => {
            format!("`vlmcalc presets show {shown}` prints it, `vlmcalc plan {shown}` plans it")
        }
        false => format!("did you mean `vlmcalc plan {shown}`?"),
    };
    error.remove(ContextKind::SuggestedSubcommand);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    error
}

/// Whether a word looks like a spec: a file, or a design in one line.
fn is_spec(word: &str) -> bool {
    let path = Path::new(word);
    let extension = path.extension().and_then(|extension| extension.to_str());
    path.is_file() || matches!(extension, Some("yaml" | "yml" | "json")) || is_line(word)
}
