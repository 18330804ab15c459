//! What processors do: every rule, whose it is, and where it is written.

use vlmcalc::internals::docs::{self, Facts};
use vlmcalc::internals::media::clip::SAMPLERS;
use vlmcalc::internals::media::{RULES, RuleKind};
use vlmcalc::internals::schema::File;

use super::markdown::{code, list, table};

/// The rules of pictures.
pub fn processors() -> String {
    part("processor", RULES)
}

/// The rules that choose frames of a clip.
pub fn samplers() -> String {
    part("video_processor.sample", SAMPLERS)
}

/// Rules by name with the models that have them, then each in full.
fn part(field: &str, rules: &[&RuleKind]) -> String {
    let fields = docs::fields(File::Spec);
    let rows = rules.iter().map(|rule| {
        let (does, whose) = in_brief(&fields, &format!("{field}.{}", rule.name));
        [code(rule.name), does, whose]
    });
    let table = table(["rule", "what it does", "whose"], rows);
    let each = rules
        .iter()
        .map(|rule| format!("{}: {} Source: {}.", code(rule.name), rule.in_words, rule.source));
    format!("{table}\nExactly:\n\n{}", list(each))
}

/// What a rule does, and in brackets after it, whose it is.
fn in_brief(fields: &[Facts], path: &str) -> (String, String) {
    let field = fields.iter().find(|field| field.path == path).unwrap();
    let meaning = field.meaning.trim_end_matches('.');
    let (does, whose) = meaning.rsplit_once(" (").unwrap_or_else(|| panic!("{path}: whose is it?"));
    (does.to_owned(), whose.trim_end_matches(')').to_owned())
}
