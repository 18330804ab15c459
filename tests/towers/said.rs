//! What a plan says of its spec, every choice written, is the same spec read again.

use std::fs;

use vlmcalc::internals::spec::presets::PRESETS;
use vlmcalc::internals::spec::{self, Overrides, Spec};

/// Encoders that no preset has, and sizes that they do not say.
const OTHERS: [&str; 4] = [
    "{patch: 14, depth: 4, mlp: {moe: {experts: 4, top_k: 2}}}",
    "{patch: 14, depth: 4, convolution: {blocks: [0, 2]}}",
    "{join: last, towers: [{patch: 14, width: 8}, {behind: true, width: 8, depth: 1}]}",
    "{patch: 4, stages: [{width: 8, depth: 1, kernel: 7, block: {davit: {heads: 2, groups: 4}}}]}",
];

fn load(argument: &str) -> Spec {
    let loaded = spec::load(argument, &Overrides::default());
    loaded.unwrap_or_else(|failure| panic!("{argument}: {:?}", failure.diagnostics)).spec
}

/// A spec of this text.
fn read(text: &str) -> Spec {
    let file = format!("vlmcalc-said-{}.yaml", std::process::id());
    let path = std::env::temp_dir().join(file);
    fs::write(&path, text).unwrap();
    let spec = load(path.to_str().unwrap());
    fs::remove_file(&path).unwrap();
    spec
}

#[test]
fn every_choice_written_is_the_same_choice_read() {
    let presets = PRESETS.iter().map(|preset| load(preset.name));
    let others = OTHERS.iter().map(|encoder| {
        read(&format!("image: 112\nencoder: {encoder}\nbridge: linear\nllm: {{width: 8}}\n"))
    });
    let specs: Vec<Spec> = presets.chain(others).collect();
    for spec in specs {
        let said = spec.completed();
        let again = read(&serde_json::to_string(&said).unwrap());
        assert_eq!(again.completed(), said);
    }
}
