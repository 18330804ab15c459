//! From an argument of the command line to a spec.

use std::path::Path;

use super::presets::{PRESETS, Preset};
use super::{Dtype, Spec, aliases};
use crate::diag::{Code, Diagnostic, Source, Sources, Span};
use crate::yaml::{self, Entry, Node, Size};

/// What the command line says against the file.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--set path=value`, in order.
    pub set: Vec<String>,
    /// `--image`: height and width.
    pub image: Option<(Size, Size)>,
    /// `--batch`, `--images` and so on: fields of `prompt`.
    pub prompt: Vec<(&'static str, u64)>,
    /// `--dtype`.
    pub dtype: Option<Dtype>,
}

/// A spec with the texts it came from, so that a later problem can point into them.
#[derive(Debug)]
pub struct Loaded {
    /// The spec.
    pub spec: Spec,
    /// Its name: its own, or that of the file or preset.
    pub name: String,
    /// All texts.
    pub sources: Sources,
    tree: Node,
}

/// Why a spec could not be loaded.
#[derive(Debug)]
pub struct Failure {
    /// Every problem found.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that they point into.
    pub sources: Sources,
}

impl Loaded {
    /// A problem with its place: the field at `path`, or the nearest one that is written. A
    /// problem of no field in particular has an empty path: it only gets the file's name.
    pub fn locate(&self, path: &str, diagnostic: Diagnostic) -> Diagnostic {
        if diagnostic.primary.is_some() {
            return diagnostic;
        }
        if path.is_empty() {
            return diagnostic.from_file(&self.sources.get(self.tree.span.source).name);
        }
        // `image: 225` has no `image.height`, but says it.
        let says_both = matches!(path, "image.height" | "image.width" | "image");
        let size = self.tree.get("image.size").filter(|_| says_both);
        diagnostic.at(size.map_or_else(|| self.tree.span_of(path), |size| size.span), "")
    }

    /// The place of an expectation. Its key has dots of its own, so it is no path of the tree.
    pub fn expectation(&self, key: &str) -> Span {
        let entries = match self.tree.get("expect").map(|node| &node.value) {
            Some(yaml::Value::Map(entries)) => &entries[..],
            _ => &[],
        };
        let found = entries.iter().find(|entry| entry.key == key);
        found.map_or(self.tree.span, |entry| entry.value.span)
    }
}

/// Loads the spec that an argument names: `-` for standard input, a file, or a preset.
///
/// # Errors
/// Every problem found in the text, or that there is none.
pub fn load(argument: &str, overrides: &Overrides) -> Result<Loaded, Failure> {
    let mut sources = Sources::default();
    match read(argument).and_then(|source| parse(source, &mut sources, overrides)) {
        Ok((spec, tree)) => {
            let name = spec.name.clone().unwrap_or_else(|| default_name(argument));
            Ok(Loaded { spec, name, sources, tree })
        }
        Err(diagnostics) => Err(Failure { diagnostics, sources }),
    }
}

/// The text that an argument names. A file comes before a preset of the same name.
fn read(argument: &str) -> Result<Source, Vec<Diagnostic>> {
    if argument == "-" {
        return yaml::read_stdin();
    }
    let path = Path::new(argument);
    if path.exists() {
        return yaml::read(path);
    }
    if let Some(preset) = Preset::find(argument) {
        return Ok(Source::new(format!("preset {}", preset.name), preset.text));
    }
    let is_file = path.components().count() > 1
        || path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if is_file { yaml::read(path) } else { Err(vec![unknown_preset(argument)]) }
}

/// Neither a file nor a preset.
pub fn unknown_preset(name: &str) -> Diagnostic {
    let near = PRESETS
        .iter()
        .map(|preset| (strsim::damerau_levenshtein(preset.name, name), preset.name))
        .filter(|(distance, known)| {
            *distance <= 1.max(name.len() / 3) || (name.len() > 2 && known.starts_with(name))
        })
        .min();
    let help = match near {
        Some((_, known)) => format!("did you mean `{known}`?"),
        None => "`vlmcalc presets` lists the presets".to_owned(),
    };
    let message = format!("no file and no preset is called `{name}`");
    Diagnostic::error(Code::UnknownPreset, message).help(help)
}

fn default_name(argument: &str) -> String {
    if argument == "-" {
        return "stdin".to_owned();
    }
    let path = Path::new(argument);
    let name = path.file_name().map_or(argument.into(), |name| name.to_string_lossy());
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.unwrap_or(&name).to_owned()
}

fn parse(
    source: Source,
    sources: &mut Sources,
    overrides: &Overrides,
) -> Result<(Spec, Node), Vec<Diagnostic>> {
    let aliases = aliases::all();
    let id = sources.add(source);
    let mut tree = yaml::parse(sources, id)?;
    let mut diagnostics = yaml::canonicalise(&mut tree, &aliases);
    open_image(&mut tree);
    for argument in arguments(overrides) {
        if let Err(mut more) = yaml::apply(&mut tree, sources, &argument, &aliases) {
            diagnostics.append(&mut more);
        }
    }
    match yaml::decode::<Spec>(&tree, sources) {
        Ok(spec) if diagnostics.is_empty() => Ok((spec, tree)),
        Ok(_) => Err(diagnostics),
        Err(mut more) => {
            diagnostics.append(&mut more);
            Err(diagnostics)
        }
    }
}

/// Writes `image: 336` as `image: {size: 336}`, so that one more of its fields can be set.
fn open_image(tree: &mut Node) {
    let yaml::Value::Map(entries) = &mut tree.value else { return };
    let Some(image) = entries.iter_mut().find(|entry| entry.key == "image") else { return };
    let node = &image.value;
    if !matches!(node.value, yaml::Value::Map(_) | yaml::Value::Null) {
        let size = Entry::new("size", image.key_span, node.clone());
        image.value = Node { value: yaml::Value::Map(vec![size]), span: node.span };
    }
}

/// All overrides as arguments of `--set`; what was said most precisely comes last.
fn arguments(overrides: &Overrides) -> Vec<String> {
    let mut arguments = Vec::new();
    if let Some((height, width)) = overrides.image {
        arguments.push(format!("image.size={height}x{width}"));
        arguments.push("image.height=null".to_owned());
        arguments.push("image.width=null".to_owned());
    }
    let prompt = overrides.prompt.iter();
    arguments.extend(prompt.map(|(field, value)| format!("prompt.{field}={value}")));
    arguments.extend(overrides.dtype.map(|dtype| format!("prompt.dtype={}", dtype.name())));
    arguments.extend(overrides.set.iter().cloned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_name_real_fields_and_never_hide_one() {
        let aliases = aliases::all();
        for alias in &aliases {
            assert_ne!(alias.alias, alias.canonical);
            let twice = aliases
                .iter()
                .filter(|other| other.section == alias.section && other.alias == alias.alias);
            assert_eq!(twice.count(), 1, "{}.{}", alias.section, alias.alias);
        }
    }
}
