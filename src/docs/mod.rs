//! What things mean: fields of a spec, numbers of a plan, codes of errors, and guides.
//!
//! A page is Markdown, whatever it is about; [`crate::render::page`] prints it. To add a guide,
//! write `NAME.md` here, its name in `GUIDES` and its line in `README.md`; `tests/book` makes the
//! parts of it that the code says.

mod example;
mod field;
mod field_page;
mod number;
mod rules;
mod symbol;
mod word;

use crate::cost::numbers::{Key, is_any, keys};
use crate::diag::{Code, Diagnostic, near, quote};
use crate::schema::File;
use field::Fields;
pub use field_page::Facts;

/// A page of the book, `README.md` in this folder.
struct Guide {
    /// What to type.
    name: &'static str,
    /// The Markdown; its first line is a heading that says what it is about.
    text: &'static str,
}

macro_rules! guides {
    ($($name:literal),* $(,)?) => {
        &[$(Guide { name: $name, text: include_str!(concat!($name, ".md")) }),*]
    };
}

/// All guides, by name.
const GUIDES: &[Guide] = guides![
    "bridges",
    "choosing",
    "ci",
    "editors",
    "errors",
    "fields",
    "formulas",
    "forward",
    "image-tokens",
    "interview",
    "media",
    "models",
    "numbers",
    "planning",
    "policies",
    "first-steps",
    "words",
];

/// The page of a topic, as Markdown.
///
/// # Errors
/// The problem that there is none, with the nearest name.
pub fn page(topic: &str) -> Result<String, Diagnostic> {
    find(&Fields::new(), topic)
}

/// The guide of this name.
pub fn guide(name: &str) -> Option<&'static str> {
    GUIDES.iter().find(|guide| guide.name == name).map(|guide| guide.text)
}

fn find(fields: &Fields, topic: &str) -> Result<String, Diagnostic> {
    // As it stands in a message: `error[not-divisible]`.
    let code = topic.trim_start_matches("error").trim_start_matches("warning");
    let code = code.strip_prefix('[').and_then(|code| code.strip_suffix(']')).unwrap_or(topic);
    let known = guide(topic)
        .map(str::to_owned)
        .or_else(|| Code::parse(code).map(of_code))
        .or_else(|| fields.find(topic).map(|field| field_page::page(fields, field)))
        .or_else(|| with_word(topic, number::page(topic)))
        .or_else(|| symbol::page(topic))
        .or_else(|| by_last_name(fields, topic))
        .or_else(|| word::page(topic));
    known.ok_or_else(|| unknown(fields, topic))
}

/// The page of a number whose name may be a word too: what the word means comes first.
fn with_word(name: &str, page: Option<String>) -> Option<String> {
    let Some(word) = word::page(name) else { return page };
    page.map(|page| format!("{word}\n## In the JSON: {}", page.trim_start_matches("# ")))
}

/// The page of a code. Its examples are marked for the tests: here the marks become words.
fn of_code(code: Code) -> String {
    let mut text = format!("# {}\n\n{}", code.as_str(), code.explanation());
    for (mark, words) in [("fails", "Wrong:"), ("works", "Right:")] {
        for language in ["yaml", "console"] {
            let fence = format!("```{language}");
            text = text.replace(&format!("{fence},{mark}"), &format!("{words}\n\n{fence}"));
        }
    }
    text
}

/// The one thing whose path ends in a name, or the list of all. Fields come before numbers.
fn by_last_name(fields: &Fields, name: &str) -> Option<String> {
    let found = fields.named(name);
    let keys: Vec<&Key> = keys().filter(|key| last(key.path) == name).collect();
    match (&found[..], &keys[..]) {
        ([], []) => None,
        ([field], _) => Some(field_page::page(fields, field)),
        ([], [key]) => with_word(name, number::page(key.path)),
        ([], keys) => {
            let lines = keys.iter().map(|key| item(key.path, key.meaning));
            let list = format!("# {name}\n\nSeveral numbers have this name:\n\n{}", joined(lines));
            with_word(name, Some(list))
        }
        (found, _) => {
            let lines = found.iter().map(|field| item(&field.path, &field.meaning));
            Some(format!("# {name}\n\nSeveral fields have this name:\n\n{}", joined(lines)))
        }
    }
}

/// Every field of a file, in the order of the file: a section, then what is in it.
pub fn fields(file: File) -> Vec<Facts> {
    let fields = Fields::new();
    let own = fields.all().filter(|field| field.file == file);
    own.map(|field| Facts::of(&fields, field)).collect()
}

/// The list of everything that has a page.
pub fn contents() -> String {
    let fields = Fields::new();
    let of = |file| {
        let top = fields.all().filter(move |field| field.file == file && !field.path.contains('.'));
        joined(top.map(|field| item(&field.path, &field.meaning)))
    };
    let (spec, policy) = (of(File::Spec), of(File::Policy));
    let mut sections: Vec<&str> = keys().map(|key| first(key.path)).collect();
    sections.dedup();
    let codes = joined(Code::ALL.iter().map(|code| item(code.as_str(), code.description())));
    let guides = joined(GUIDES.iter().map(|guide| item(guide.name, heading(guide.text))));
    format!(
        "# What `vlmcalc doc TOPIC` explains\n\n\
         ## Fields of a spec\n\nBy path or last name: `doc encoder.patch`, `doc hidden_size`.\n\n\
         {spec}\n\
         ## Fields of a policy\n\nIn the same way: `doc rules.match`.\n\n{policy}\n\
         ## Numbers of a plan\n\nBy their key in the JSON: `doc tokens.visual`. The sections are \
         {}.\n\n\
         ## Symbols and words\n\nThe symbols of formulas and the words of tables: `doc L_v`, \
         `doc TFLOP`.\n\n\
         ## Errors and warnings\n\n{codes}\n\
         ## Guides\n\n{guides}",
        names(sections.into_iter())
    )
}

fn unknown(fields: &Fields, topic: &str) -> Diagnostic {
    let list = "`vlmcalc doc` lists what there is";
    let mut others: Vec<String> = symbol::names().into_iter().collect();
    others.extend(word::names().map(str::to_owned));
    let known = names_of_all(fields).into_iter().chain(others.iter().map(String::as_str));
    let known: Vec<&str> = known.collect();
    let help = match near(topic, known) {
        Some(name) => format!("did you mean `{name}`? {list}"),
        None => list.to_owned(),
    };
    Diagnostic::error(Code::UnknownTopic, format!("there is no topic {}", quote(topic))).help(help)
}

/// Everything that has a page, but for symbols.
pub fn topics() -> Vec<String> {
    let fields = Fields::new();
    let mut all: Vec<String> = names_of_all(&fields).into_iter().map(str::to_owned).collect();
    all.extend(word::names().map(str::to_owned));
    all.sort();
    all.dedup();
    all
}

/// The names of everything that is a field, a number, a code or a guide.
fn names_of_all(fields: &Fields) -> Vec<&str> {
    let paths = fields.all().flat_map(|field| {
        let names = field.names.iter().map(String::as_str);
        [field.path.as_str(), last(&field.path)].into_iter().chain(names)
    });
    let keys = keys().flat_map(|key| [first(key.path), key.path, last(key.path)]);
    let keys = keys.filter(|key| !is_any(key));
    let codes = Code::ALL.iter().map(|code| code.as_str());
    paths.chain(keys).chain(codes).chain(GUIDES.iter().map(|guide| guide.name)).collect()
}

/// A line of a list: a name and the first sentence of what it means.
fn item(name: &str, meaning: &str) -> String {
    format!("- `{name}`: {}", sentence(meaning))
}

/// The first sentence of a text, or the first part of it. What stands in brackets is not cut.
fn sentence(text: &str) -> &str {
    let mut depth = 0usize;
    let ends = text.char_indices().find(|&(at, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && [". ", "; ", "\n"].iter().any(|end| text[at..].starts_with(end))
    });
    text[..ends.map_or(text.len(), |(at, _)| at)].trim_end_matches('.')
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| line + "\n").collect()
}

/// Names as a list within a sentence.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn heading(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_start_matches(['#', ' '])
}

fn first(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::spec::Policy;

    #[test]
    fn every_topic_has_a_page_and_every_example_plans() {
        let fields = Fields::new();
        let mut examples = 0;
        for topic in names_of_all(&fields).into_iter().collect::<BTreeSet<_>>() {
            let page = find(&fields, topic).unwrap_or_else(|_| panic!("{topic} has no page"));
            assert!(page.starts_with("# "), "{topic}: {page}");
            let lines: Vec<&str> = page.lines().collect();
            assert!(lines.iter().all(|line| !line.ends_with(": ")), "{topic}: {page}");
            let is_guide = GUIDES.iter().any(|guide| guide.name == topic);
            if is_guide || Code::parse(topic).is_some() {
                continue; // their examples are no fields; tests/docs/codes.rs runs those of codes
            }
            for block in page.split("```yaml\n").skip(1) {
                let yaml = block.split("```").next().unwrap_or_default();
                let accepted = if yaml.starts_with("rules:") {
                    example::decode::<Policy>(yaml).is_some()
                } else {
                    let bridge = if yaml.contains("\nbridge:") || yaml.starts_with("bridge:") {
                        ""
                    } else {
                        "bridge: linear\n"
                    };
                    example::build(&format!("{bridge}{yaml}")).is_some()
                };
                assert!(accepted, "{topic}: {yaml}");
                examples += 1;
            }
        }
        assert!(examples > 150, "{examples}");
    }

    #[test]
    fn a_guide_has_the_name_of_nothing_else() {
        let fields = Fields::new();
        let all = names_of_all(&fields);
        for guide in GUIDES {
            assert_eq!(
                all.iter().filter(|topic| **topic == guide.name).count(),
                1,
                "{}",
                guide.name
            );
        }
    }

    #[test]
    fn names_lead_to_their_fields() {
        let path = |topic: &str| Fields::new().find(topic).map(|field| field.path.clone());
        assert_eq!(path("vision_config.hidden_size").as_deref(), Some("encoder.width"));
        assert_eq!(path("bridge.qformer.queries").as_deref(), Some("bridge.qformer.queries"));
        assert!(path("bridge.pixel-shuffle.then.mlp.depth").is_some());
        assert_eq!(path("image.pixels"), None);
        let named = |name: &str| -> Vec<String> {
            Fields::new().named(name).iter().map(|field| field.path.clone()).collect()
        };
        assert_eq!(named("patch_size"), ["encoder.patch"]);
        assert_eq!(
            named("kv_heads"),
            [
                "encoder.kv_heads",
                "bridge.resampler.kv_heads",
                "bridge.steps.self-attention.kv_heads",
                "bridge.steps.cross-attention.kv_heads",
                "llm.kv_heads",
                "llm.encoder.layer.kv_heads",
                "llm.layers.kinds.kv_heads",
            ]
        );
    }

    #[test]
    fn the_engine_says_which_symbol_a_field_has() {
        let fields = Fields::new();
        let symbol = |path: &str| {
            let field = fields.find(path).unwrap();
            symbol::symbol(fields.root(field), field).map(|symbol| symbol.name)
        };
        for (path, name) in [
            ("image.height", Some("H")),
            ("encoder.patch", Some("P")),
            ("encoder.width", Some("D_v")),
            ("llm.kv_heads", Some("g")),
            ("llm.head_dim", Some("d")),
            ("llm.vocab", Some("vocab")),
            ("prompt.text_tokens", Some("T")),
            ("bridge.qformer.queries", Some("Q")),
            ("llm.tied", None),
            ("image", None),
        ] {
            assert_eq!(symbol(path).as_deref(), name, "{path}");
        }
    }
}
