//! Pages of the numbers of a plan, by their keys in its JSON.

use super::example::build;
use super::{first, item, joined};
use crate::cost::Report;
use crate::cost::numbers::{Fact, Key, find, value_of_stage};
use crate::graph::Component;
use crate::render::{DEFAULT_DEPTH, closed_form};
use crate::spec::presets::Preset;
use crate::stages::decoder::Logits;
use crate::units::exact;

/// The preset whose numbers are examples.
const EXAMPLE: &str = "llava-1.5-7b";

/// The page of a key, or of a section of them. A path of `expect` may have that before it.
pub(super) fn page(topic: &str) -> Option<String> {
    let path = topic.strip_prefix("expect.").unwrap_or(topic);
    if let Some(key) = Key::at(path) {
        return Some(of_key(key, path));
    }
    let below = Key::below(path);
    let list = joined(below.iter().map(|key| item(key.path, key.meaning)));
    let section = format!("# {path}\n\nA section of a plan's JSON.\n\n{list}");
    if below.is_empty() { of_stage(path) } else { Some(section) }
}

/// The page of a stage and what is asked of it, as expectations may name them: `bridge.output`.
fn of_stage(path: &str) -> Option<String> {
    let (stage, what) = path.rsplit_once('.')?;
    let key = value_of_stage(what).or_else(|| Key::at(&format!("stages.N.{what}.shape.N")))?;
    Component::of_key(first(stage)).is_some().then(|| {
        format!(
            "# {path}\n\nOf the stage `{stage}`, if a plan has it: {}\n\nAn expectation may name it \
             so. The stages of a plan and their paths are under `stages` in its JSON.\n",
            key.meaning
        )
    })
}

fn of_key(key: &Key, topic: &str) -> String {
    let mut page = format!("# {topic}\n\n{}\n", key.meaning);
    // One of those that the path stands for.
    let path = concrete(topic);
    if let Some((number, formula)) = example(&path) {
        page += &format!("\nIn `{EXAMPLE}`, `{path}` is {}", exact(number));
        page +=
            &formula.map_or_else(String::new, |formula| format!(", by the formula `{formula}`"));
        page +=
            &format!(".\n\nTo hold a spec to it:\n\n```yaml\nexpect:\n  {path}: {number}\n```\n");
    }
    page
}

fn concrete(path: &str) -> String {
    let names = path.split('.').map(|segment| match segment {
        "N" => "0",
        "COMPONENT" => "llm",
        "SYMBOL" => "D",
        other => other,
    });
    names.collect::<Vec<_>>().join(".")
}

/// The number at a path of the example's plan, and its closed form.
fn example(path: &str) -> Option<(i128, Option<String>)> {
    // What stands in no section is not counted.
    path.contains('.').then_some(())?;
    let (design, pipeline) = build(Preset::find(EXAMPLE)?.text)?;
    let report = Report::new(EXAMPLE, design, pipeline, Logits::All).ok()?;
    let Fact::Number(Some(number), form) = find(&report, path, DEFAULT_DEPTH)? else { return None };
    let formula = form.map(|form| closed_form(&form));
    Some((number, formula.filter(|formula| *formula != number.to_string())))
}
