//! Plans that were saved as JSON know the design that they are plans of.

use vlmcalc::internals::spec::presets::PRESETS;

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

fn plan(ran: &Ran) -> serde_json::Value {
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn the_design_of_a_saved_plan_gives_the_same_plan() {
    for preset in PRESETS {
        let saved = plan(&vlmcalc(&["plan", preset.name, "--format", "json"]));
        let spec = saved["spec"].to_string();
        assert_eq!(saved["spec"].get("expect"), None);
        let again = plan(&vlmcalc_reading(&["plan", "-", "--format", "json"], &spec));
        assert_eq!(saved, again, "{}", preset.name);
    }
}

#[test]
fn every_choice_is_said() {
    let text = "image: 28\nencoder: {patch: 14, bias: {qkv: false}}\nbridge: mlp\n";
    let saved = plan(&vlmcalc_reading(&["plan", "-", "--format", "json"], text));
    let spec = &saved["spec"];
    assert_eq!(spec["encoder"]["bias"].to_string(), r#"{"qkv":false,"key":false,"out":true,"mlp":true}"#);
    assert_eq!(spec["llm"]["bias"].to_string(), r#"{"qkv":false,"key":false,"out":false,"mlp":false}"#);
    assert_eq!(spec["bridge"]["mlp"]["depth"], 2);
    assert_eq!(spec["prompt"]["dtype"], "bf16");
    assert_eq!(spec["llm"]["width"], serde_json::Value::Null);
    assert_eq!(spec["name"], "stdin");
}
