//! A bridge: what it does, what it counts, and whose it is.

use vlmcalc::internals::diag::{Source, Sources};
use vlmcalc::internals::docs;
use vlmcalc::internals::schema::File;
use vlmcalc::internals::spec::Spec;
use vlmcalc::internals::stages::bridge::BRIDGES;
use vlmcalc::internals::units::{Size, exact};
use vlmcalc::internals::yaml;

use super::markdown::{code, codes, list};
use super::plans::{at, number, plan, plan_of};

/// The preset into which bridges are put.
const DESIGN: &str = "llava-1.5-7b";

/// A bridge of a name, as its known model has it.
pub fn part(name: &str) -> String {
    let kind = BRIDGES.iter().find(|kind| kind.name == name).unwrap();
    // The width of the encoder that the design has.
    let design = plan(DESIGN);
    let width = u64::try_from(number(&design, "symbols.D_v.value")).unwrap();
    let typical = (kind.typical)(Size::new(width));
    let text = if typical.yaml.contains(':') {
        format!("bridge: {{{}}}\n", typical.yaml)
    } else {
        format!("bridge: {}\n", typical.yaml)
    };
    let words = spec(&text).design().0.bridge.stage().in_words().join("\n");
    let open = plan_of(&text);
    let formula = |path: &str| code(at(&open, path).as_str().unwrap());
    let own =
        plan(&format!("{DESIGN} --set 'bridge={}'", text.trim_start_matches("bridge: ").trim()));
    let flops = number(&own, "prefill.matmul_flops.by_component.bridge");
    let visual = match at(&open, "symbols.n_vis.value").as_number() {
        Some(count) => format!("{}, {count}", formula("symbols.n_vis.definition")),
        None => formula("symbols.n_vis.definition"),
    };
    let formulas = list([
        format!("visual tokens of an image: {visual}"),
        format!("parameters: {}", formula("params.formulas.bridge")),
        format!("matmul FLOPs: {}", formula("prefill.matmul_flops.formulas.bridge")),
    ]);
    let symbols = at(&open, "symbols").as_object().unwrap();
    let used = |name: &str| {
        let formulas = ["params.formulas.bridge", "prefill.matmul_flops.formulas.bridge"];
        let is_end = |c: char| !c.is_alphanumeric() && c != '_';
        formulas.iter().any(|path| formula(path).split(is_end).any(|word| word == name))
    };
    let meanings = symbols.iter().filter(|(name, _)| used(name)).map(|(name, symbol)| {
        let definition = symbol["definition"].as_str().map(|formula| format!(" = {formula}"));
        let value = symbol["value"].as_number().and_then(serde_json::Number::as_i128);
        let value = value.map(|value| format!(", {}", exact(value)));
        let is = symbol["meaning"].as_str().unwrap();
        let name = code(format!("{name}{}", definition.unwrap_or_default()));
        format!("{name}: {is}{}", value.unwrap_or_default())
    });
    let numbers = list([
        format!("visual tokens: {}", exact(number(&own, "tokens.visual"))),
        format!("parameters: {}", exact(number(&own, "params.by_component.bridge"))),
        format!("matmul FLOPs: {}", exact(flops)),
    ]);
    format!(
        "{words}\n\n{}\nWhat a comparison takes for the bare name, {}:\n\n```yaml\n{text}```\n\n{formulas}\n\
         Its symbols:\n\n{}\nIn place of the bridge of `{DESIGN}`:\n\n{numbers}",
        settings(name),
        typical.source,
        list(meanings),
    )
}

/// The fields of a bridge, with a link to what they mean.
fn settings(bridge: &str) -> String {
    let section = format!("bridge.{bridge}.");
    let all = docs::fields(File::Spec);
    let own = all.iter().filter_map(|field| field.path.strip_prefix(&section));
    let own: Vec<&str> = own.filter(|name| !name.contains('.')).collect();
    if own.is_empty() {
        return "It has no settings.\n".to_owned();
    }
    let anchor = section.replace('.', "");
    format!("Its [fields](fields.md#{anchor}): {}.\n", codes(own))
}

/// A spec as the tool reads it.
fn spec(text: &str) -> Spec {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("bridge", text));
    let tree = yaml::parse(&sources, id).unwrap();
    yaml::decode(&tree, &sources).unwrap()
}

#[test]
fn every_bridge_has_its_part() {
    let page = std::fs::read_to_string("src/docs/bridges.md").unwrap();
    for kind in BRIDGES {
        let mark = format!("{}bridge {} -->", super::parts::START, kind.name);
        assert!(page.contains(&mark), "{}", kind.name);
    }
}
