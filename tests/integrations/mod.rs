//! What others use vlmcalc through: the GitHub Action, the hooks of pre-commit, and the guide to CI.

mod action;
mod guide;
mod shell;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

const ACTION: &str = ".github/actions/vlmcalc/action.yml";
const HOOKS: &str = ".pre-commit-hooks.yaml";

fn yaml(text: &str) -> Value {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// The names after a prefix in all `${{ … }}` of a text.
fn used<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let expressions = text.split("${{").skip(1).map(|rest| rest.split("}}").next().unwrap());
    let names = expressions.flat_map(|expression| expression.split(prefix).skip(1));
    let end = |c: char| !c.is_alphanumeric() && c != '-' && c != '_';
    names.map(|rest| rest.split(end).next().unwrap()).collect()
}

#[test]
fn the_action_is_whole() {
    let source = fs::read_to_string(ACTION).unwrap();
    let action = yaml(&source);
    for key in ["name", "description", "inputs", "outputs", "runs"] {
        assert!(!action[key].is_null(), "no {key}");
    }
    assert_eq!(action["runs"]["using"], "composite");
    assert_eq!(used(&source, "inputs."), keys(&action["inputs"]), "declared and used");
    for (name, input) in action["inputs"].as_object().unwrap() {
        assert!(text(&input["description"]).ends_with('.'), "{name}");
        // A default that is no text is turned into one by other rules.
        assert!(input["default"].is_string(), "{name}");
    }
    let steps = action["runs"]["steps"].as_array().unwrap();
    let ids: BTreeSet<&str> = steps.iter().filter_map(|step| step["id"].as_str()).collect();
    assert!(used(&source, "steps.").is_subset(&ids), "{ids:?}");
    for step in steps {
        assert_eq!(step["shell"], "bash", "{step}");
        assert!(!text(&step["run"]).contains("${{"), "text of others in a script: {step}");
        assert!(!text(&step["name"]).is_empty());
    }
    for output in action["outputs"].as_object().unwrap().values() {
        assert!(!text(&output["description"]).is_empty());
        assert_eq!(used(text(&output["value"]), "steps.").len(), 1);
    }
}

#[test]
fn the_hooks_are_whole() {
    let hooks = yaml(&fs::read_to_string(HOOKS).unwrap());
    let ids: Vec<&str> = hooks.as_array().unwrap().iter().map(|hook| text(&hook["id"])).collect();
    assert_eq!(ids, ["vlmcalc-check", "vlmcalc-baseline"]);
    let repository = guide::repository();
    for hook in hooks.as_array().unwrap() {
        for key in ["id", "name", "description", "entry", "language", "files"] {
            assert!(!text(&hook[key]).is_empty(), "no {key} in {hook}");
        }
        assert_eq!(hook["language"], "rust");
        let files: &[&str] =
            if hook["pass_filenames"] == false { &[] } else { &["configs/tiny.yaml"] };
        guide::accepts(&repository, text(&hook["entry"]), files);
    }
}
