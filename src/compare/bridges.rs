//! One pipeline with several bridges.

use serde_json::Value;

use super::Column;
use crate::diag::{Code, Diagnostic, Source, Sources, Span};
use crate::planned::Planned;
use crate::spec::{Failure, Loaded};
use crate::stages::bridge::{BRIDGES, BridgeSpec, Typical};
use crate::stages::decoder::Logits;
use crate::stages::faults::Faults;

/// A bridge that is only named.
struct Named {
    yaml: String,
    about: String,
}

/// Plans a spec with each of these bridges: names and YAML, with commas between them, such as
/// `linear,mlp` and `resampler: {latents: 64}`. A bridge that is only named is the spec's own if it
/// is of that kind, else a typical one, which also has the sizes that YAML leaves open. If none is
/// given, all are compared.
///
/// # Errors
/// Every bridge that cannot be read. One that can be read but does not suit the rest is a column
/// with the reason; but if none suits and all for one reason, that is what is wrong with the spec.
pub fn with_bridges(
    loaded: &Loaded,
    arguments: &[String],
    logits: Logits,
) -> Result<Vec<Column>, Vec<Failure>> {
    if loaded.spec.visual_tokens.is_some() {
        let text = "the spec says its visual tokens: no bridge changes them";
        let help = "take `visual_tokens` out, and give an encoder";
        let problem = Diagnostic::error(Code::Mismatch, text).help(help);
        let diagnostics = vec![loaded.locate("visual_tokens", problem)];
        return Err(vec![Failure { diagnostics, sources: loaded.sources.clone() }]);
    }
    let all: Vec<String> = BRIDGES.iter().map(|kind| kind.name.to_owned()).collect();
    let arguments = if arguments.is_empty() { &all[..] } else { arguments };
    let mut columns = Vec::new();
    let mut failures = Vec::new();
    let mut misfit = None;
    for argument in arguments {
        let texts = split(argument);
        if texts.is_empty() {
            failures.push(empty(argument));
        }
        for text in texts {
            match column(loaded, text, logits) {
                Ok((column, failure)) => {
                    columns.push(column);
                    misfit = misfit.or(failure);
                }
                Err(failure) => failures.push(failure),
            }
        }
    }
    if !failures.is_empty() {
        return Err(failures);
    }
    let reason = |column: &Column| column.misfit_reason().map(str::to_owned);
    let first = columns.first().and_then(reason);
    let is_shared = first.is_some() && columns.iter().all(|column| reason(column) == first);
    match misfit {
        Some(failure) if is_shared => Err(vec![failure]),
        _ => Ok(columns),
    }
}

/// The pipeline with a bridge and, if that does not suit it, why not.
fn column(
    loaded: &Loaded,
    text: &str,
    logits: Logits,
) -> Result<(Column, Option<Failure>), Failure> {
    let own = loaded.spec.bridge.as_ref().map_or("none", BridgeSpec::name);
    let (name, about, swapped) = if text == own {
        (format!("{own} (own)"), "as the spec says it".to_owned(), loaded.clone())
    } else {
        let Named { yaml, mut about } = named(loaded, text);
        let mut swapped = loaded.with("--bridge", "bridge", &yaml)?;
        let said = swapped.spec.bridge.as_ref();
        if let Some((bridge, typical)) = said.and_then(|bridge| filled(bridge, loaded)) {
            about = format!("{text}, and the rest as {}, {}", typical.yaml, typical.source);
            swapped.spec.bridge = bridge.into();
        }
        let name = swapped.spec.bridge.as_ref().map_or(own, BridgeSpec::name);
        (name.to_owned(), about, swapped)
    };
    Ok(match Planned::of(swapped, logits) {
        Ok(planned) => (Column::fits(name, about, planned.report), None),
        Err(failure) => (Column::misfit(name, about, &failure), Some(failure)),
    })
}

/// The typical bridge of a name; any other text is YAML.
fn named(loaded: &Loaded, text: &str) -> Named {
    match BRIDGES.iter().find(|kind| kind.name == text) {
        Some(kind) => {
            let typical = (kind.typical)(loaded.spec.encoder.width);
            let about = format!("{}, {}", typical.yaml, typical.source);
            Named { yaml: typical.yaml, about }
        }
        None => Named { yaml: text.to_owned(), about: text.to_owned() },
    }
}

/// A bridge with the sizes that it leaves open as the typical one of its kind has them, and that
/// one. None if it leaves open nothing that is known there, or if that does not suit the rest.
fn filled(bridge: &BridgeSpec, loaded: &Loaded) -> Option<(BridgeSpec, Typical)> {
    let kind = BRIDGES.iter().find(|kind| kind.name == bridge.name())?;
    let typical = (kind.typical)(loaded.spec.encoder.width);
    let known = loaded.with("--bridge", "bridge", &typical.yaml).ok()?.spec.bridge;
    let [mut all, known] =
        [bridge, known.as_ref()?].map(|bridge| serde_json::to_value(bridge).ok());
    let (fields, known) = (all.as_mut()?[bridge.name()].as_object_mut()?, known?);
    for (field, value) in known[bridge.name()].as_object()? {
        if let Some(open @ Value::Null) = fields.get_mut(field) {
            *open = value.clone();
        }
    }
    fields.retain(|_, value| !value.is_null());
    let filled: BridgeSpec = serde_json::from_value(all?).ok()?;
    let mut faults = Faults::default();
    filled.design(&mut faults);
    let suits = filled != *bridge && faults.into_problems().is_empty();
    suits.then_some((filled, typical))
}

/// The parts between commas that stand in no brackets and no quotes.
fn split(argument: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0i32, None);
    for (at, c) in argument.char_indices() {
        match c {
            _ if quote.is_some() => quote = quote.filter(|open| *open != c),
            '"' | '\'' => quote = Some(c),
            '{' | '[' => depth += 1,
            '}' | ']' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&argument[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&argument[start..]);
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn empty(argument: &str) -> Failure {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("--bridge", argument));
    let diagnostic = Diagnostic::error(Code::BadValue, "no bridge is named")
        .at(Span::new(id, 0, argument.len()), "")
        .help("write `linear,mlp`, or a bridge as a spec says it: `resampler: {latents: 64}`");
    Failure { diagnostics: vec![diagnostic], sources }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, load};

    #[test]
    fn commas_in_brackets_and_quotes_do_not_split() {
        assert_eq!(split("linear,mlp"), ["linear", "mlp"]);
        assert_eq!(
            split("linear, mlp: {hidden: [1, 2], bias: true} ,{qformer: {queries: 3}},"),
            ["linear", "mlp: {hidden: [1, 2], bias: true}", "{qformer: {queries: 3}}"]
        );
        assert_eq!(split("a: 'x,y',b: \"},\""), ["a: 'x,y'", "b: \"},\""]);
        assert!(split(" ,").is_empty());
    }

    #[test]
    fn every_bridge_has_a_typical_form() {
        let loaded = load("textbook", &Overrides::default()).unwrap();
        for kind in BRIDGES {
            for width in [loaded.spec.encoder.width, None] {
                let typical = (kind.typical)(width).yaml;
                let swapped = loaded.with("--bridge", "bridge", &typical).unwrap();
                assert_eq!(swapped.spec.bridge.as_ref().map(BridgeSpec::name), Some(kind.name));
            }
        }
    }
}
