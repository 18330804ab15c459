//! Layers that read the keys and values of earlier ones.

use super::layer::{Layer, LayerSpec};
use super::layers::{Kind, LayersSpec, Run};
use crate::diag::{Code, Diagnostic};
use crate::stages::faults::Faults;
use crate::stages::mixer::Mixer;

/// The field that says whose they are.
const FIELD: &str = "attention.softmax.keys_of";

/// A kind of layers that reads the keys and values of another kind.
pub struct Borrower<'a> {
    /// Its name.
    pub name: &'a str,
    /// What is said of it.
    pub layer: &'a LayerSpec,
    /// The name of the other.
    pub of: &'a str,
}

impl Borrower<'_> {
    /// The layer that is described, of which what is not said is as in the one whose keys it reads;
    /// nothing where there is none such before it.
    pub fn design(
        &self,
        all: &LayersSpec,
        known: &[Kind],
        runs: &[Run],
        faults: &mut Faults,
    ) -> Option<Layer> {
        let Borrower { name, layer, of } = *self;
        let mut refuse = |text: String, help: String| {
            faults.add(FIELD, Diagnostic::error(Code::Mismatch, text).help(help));
        };
        let Some(lender) = known.iter().find(|kind| kind.name == of) else {
            let lenders: Vec<&str> = known.iter().map(|kind| &*kind.name).collect();
            let why = match all.kinds.contains_key(of) {
                true => "has none of its own",
                false => "is none of `kinds`",
            };
            let help = match lenders[..] {
                [] => "one kind at least has keys and values of its own".to_owned(),
                _ => format!("of its own they have {}", lenders.join(", ")),
            };
            refuse(format!("its keys are those of `{of}`, which {why}"), help);
            return None;
        };
        let Mixer::Softmax(keys) = &lender.layer.mixer else {
            let text = format!("layers of the kind `{of}` have no keys that others could read");
            refuse(text, "name a kind with softmax attention".to_owned());
            return None;
        };
        let first = |name: &str| runs.iter().position(|run| run.kind == name);
        if first(name) < first(of) {
            let text = format!("a layer of the kind `{name}` stands before the first `{of}`");
            refuse(text, format!("begin with `{of}`, whose keys it reads"));
            return None;
        }
        let mut layer = layer.design_as(&lender.layer, faults);
        if let Mixer::Softmax(own) = &layer.mixer {
            layer.mixer = Mixer::Softmax(own.borrowing(keys));
        }
        match_keys(&layer, &lender.layer, of, faults);
        Some(layer)
    }
}

/// Requires that the keys of one layer are what another's queries meet.
fn match_keys(layer: &Layer, lender: &Layer, of: &str, faults: &mut Faults) {
    let (own, other) = (&layer.stack.attention, &lender.stack.attention);
    // Without a size of its own, a head's follows from their number.
    let as_many = own.heads == other.heads;
    let is_same_softmax = match (&layer.mixer, &lender.mixer) {
        (Mixer::Softmax(own), Mixer::Softmax(other)) => own.has_keys_of(other),
        _ => false,
    };
    for (field, is_same) in [
        ("head_dim", own.head_dim == other.head_dim && (own.head_dim.is_some() || as_many)),
        ("kv_heads", own.kv_heads == other.kv_heads && (own.kv_heads.is_some() || as_many)),
        ("sliding_window", layer.window == lender.window),
        ("rotary", layer.rotary == lender.rotary),
        ("attention.softmax", is_same_softmax),
    ] {
        if !is_same {
            let text = format!("its keys are those of `{of}`, and `{field}` does not fit them");
            let help = format!("take `{field}` out: it is as in `{of}`");
            faults.add(field, Diagnostic::error(Code::Mismatch, text).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::LlmSpec;
    use super::*;

    /// The fields of an LLM with these layers that are refused.
    fn refused(layers: &str) -> Vec<String> {
        let text = format!(
            r#"{{"heads": 8, "kv_heads": 2, "head_dim": 16, "depth": 4, "layers": {layers}}}"#
        );
        let spec: LlmSpec = serde_json::from_str(&text).unwrap();
        let mut faults = Faults::default();
        let llm = spec.design(&mut faults);
        let paths: Vec<String> = faults.into_problems().into_iter().map(|(path, _)| path).collect();
        if paths.is_empty() {
            let mut faults = Faults::default();
            assert_eq!(LlmSpec::from(&llm).design(&mut faults), llm);
            assert_eq!(faults.into_problems(), []);
        }
        paths
    }

    #[test]
    fn keys_are_those_of_an_earlier_kind_that_has_some() {
        let of = |kind: &str, more: &str| {
            format!(r#""b": {{"attention": {{"softmax": {{"keys_of": "{kind}"}}}}{more}}}"#)
        };
        let layers = |a: &str, b: &str, order: &str| {
            refused(&format!(r#"{{"kinds": {{"a": {{{a}}}, {b}}}, "order": {order}}}"#))
        };
        let (order, keys) = (r#"["a", {"b": 3}]"#, "layers.kinds.b.attention.softmax.keys_of");
        let none: [&str; 0] = [];
        assert_eq!(layers("", &of("a", ""), order), none);
        let window = r#""sliding_window": 8"#;
        assert_eq!(layers(window, &of("a", ""), order), none);
        assert_eq!(layers("", &of("a", r#", "mlp_width": 7, "heads": 4"#), order), none);
        assert_eq!(layers("", &of("c", ""), order), [keys]);
        assert_eq!(layers("", &of("b", ""), order), [keys]);
        assert_eq!(layers("", &of("a", ""), r#"[{"b": 3}, "a"]"#), [keys]);
        let conv = r#""attention": {"short-conv": {"kernel": 3}}"#;
        assert_eq!(layers(conv, &of("a", ""), order), [keys]);
        for (more, field) in [
            (r#", "kv_heads": 4"#, "kv_heads"),
            (r#", "head_dim": 8"#, "head_dim"),
            (r#", "sliding_window": 8"#, "sliding_window"),
            (r#", "rotary": false"#, "rotary"),
        ] {
            let field = format!("layers.kinds.b.{field}");
            assert_eq!(layers("", &of("a", more), order), [field]);
        }
    }

    #[test]
    fn layers_that_are_alike_have_nobody_to_read() {
        let spec = r#"{"attention": {"softmax": {"keys_of": "full"}}}"#;
        let spec: LlmSpec = serde_json::from_str(spec).unwrap();
        let mut faults = Faults::default();
        spec.design(&mut faults);
        let paths = faults.into_problems().into_iter().map(|(path, _)| path);
        assert_eq!(paths.collect::<Vec<_>>(), ["attention.softmax.keys_of"]);
    }
}
