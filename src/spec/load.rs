//! From an argument of the command line to a spec.

use std::path::Path;

use super::design::missing_bridge;
use super::flags::{Overrides, changes, flags};
use super::foreign::Origin;
use super::presets::{PRESETS, Preset};
use super::{Spec, aliases, by_own_names, converted, foreign, image, line};
use crate::diag::{Code, Diagnostic, Source, SourceId, Sources, Span, near, quote};
use crate::files::shell_word;
use crate::yaml::{self, Bounds, Entry, Keys, Node, Value};

/// The section of expectations, whose keys are paths.
pub(super) const EXPECT: &str = "expect";

/// A spec with the texts it came from, so that a later problem can point into them.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The spec.
    pub spec: Spec,
    /// Its name: its own, or that of the file or preset.
    pub name: String,
    /// All texts.
    pub sources: Sources,
    /// Whether expectations of the text are left out, since the command line changes the spec.
    pub unchecked: bool,
    /// What is to be said of a text that is another program's.
    pub note: Option<&'static str>,
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
        diagnostic.at(self.tree.span_of(path), "")
    }

    /// The same spec with the value at a path set by a flag; problems name the flag. Expectations
    /// are left out.
    ///
    /// # Errors
    /// Every problem found in the value.
    pub fn with(&self, flag: &str, path: &str, value: &str) -> Result<Loaded, Failure> {
        let (mut tree, mut sources) = (self.tree.clone(), self.sources.clone());
        let set =
            yaml::put(&mut tree, &mut sources, flag, path, value).and_then(
                |()| match &by_own_names(&mut tree, &sources)[..] {
                    [] => decode(&tree, &sources),
                    faults => Err(faults.to_vec()),
                },
            );
        match set {
            Ok(mut spec) => {
                spec.expect.clear();
                let name = self.name.clone();
                Ok(Loaded { spec, name, sources, unchecked: false, note: self.note, tree })
            }
            Err(diagnostics) => Err(Failure { diagnostics, sources }),
        }
    }

    /// The key and the value of an expectation, where they stand. The key has dots of its own, so it
    /// is no path of the tree.
    pub fn expectation(&self, key: &str) -> [Span; 2] {
        let found = self.tree.get(EXPECT).and_then(|node| node.entry(key));
        found.map_or([self.tree.span; 2], |entry| [entry.key_span, entry.value.span])
    }
}

/// Loads the spec that an argument names: `-` for standard input, a file, or a preset; or that it
/// says itself, in one line.
///
/// # Errors
/// Every problem found in the text, or that there is none.
pub fn load(argument: &str, overrides: &Overrides) -> Result<Loaded, Failure> {
    match read(argument, Bounds::SPEC.bytes) {
        Ok(source) => load_text(source, argument, overrides),
        Err(_) if line::is_line(argument) => load_line(argument, overrides),
        Err(mut diagnostics) => {
            let id = Sources::default().add(Source::new("", argument));
            let is_design = line::tree(argument, id).is_ok() && !Path::new(argument).exists();
            if is_design && argument.contains('/') {
                let line = shell_word(&format!("{argument} -> llm 4096"));
                let help = format!("a pipeline in one line has an arrow to its LLM: {line}");
                diagnostics = diagnostics.into_iter().map(|one| one.help(&*help)).collect();
            }
            Err(Failure { diagnostics, sources: Sources::default() })
        }
    }
}

/// Loads a spec from a text that has been read: that of an argument, or of a file in a commit. The
/// pipeline's name, if it has none of its own, is that of the argument or file.
///
/// # Errors
/// Every problem found in the text.
pub fn load_text(source: Source, argument: &str, overrides: &Overrides) -> Result<Loaded, Failure> {
    loaded(source, argument, overrides, yaml::parse)
}

/// Loads the spec that an argument says in one line.
fn load_line(argument: &str, overrides: &Overrides) -> Result<Loaded, Failure> {
    let read = |sources: &Sources, id| line::tree(&sources.get(id).text, id);
    loaded(Source::new("the spec", argument), argument, overrides, read)
}

/// Loads the spec that a text says, whose tree `read` makes.
fn loaded(
    source: Source,
    argument: &str,
    overrides: &Overrides,
    read: impl Fn(&Sources, SourceId) -> Result<Node, Vec<Diagnostic>>,
) -> Result<Loaded, Failure> {
    let mut sources = Sources::default();
    let id = sources.add(source);
    let tree = match foreign::program(&sources.get(id).text, id) {
        Some(problem) => Err(vec![problem]),
        None => read(&sources, id),
    };
    match tree.and_then(|tree| understood(tree, id, &mut sources, overrides)) {
        Ok(Understood { spec, tree, unchecked, origin }) => {
            let name = spec.name.clone().unwrap_or_else(|| default_name(argument));
            let note = origin.map(Origin::note);
            Ok(Loaded { spec, name, sources, unchecked, note, tree })
        }
        Err(diagnostics) => Err(Failure { diagnostics, sources }),
    }
}

/// The text that an argument names, of at most so many bytes. A file comes before a preset of the
/// same name.
///
/// # Errors
/// Why it cannot be read.
pub fn read(argument: &str, most: usize) -> Result<Source, Vec<Diagnostic>> {
    if argument == "-" {
        return yaml::read_stdin(most);
    }
    let path = Path::new(argument);
    if path.exists() {
        return yaml::read_within(path, most);
    }
    if let Some(preset) = Preset::find(argument) {
        return Ok(Source::new(format!("preset {}", preset.name), preset.text));
    }
    let is_file = path.components().count() > 1
        || path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    if !is_file {
        return Err(vec![unknown_preset(argument)]);
    }
    let meant = path.file_stem().and_then(|stem| Preset::find(&stem.to_string_lossy()));
    let help = meant.map(|preset| format!("the preset is called `{}`", preset.name));
    yaml::read_within(path, most).map_err(|problems| {
        problems.into_iter().map(|problem| problem.maybe_help(help.clone())).collect()
    })
}

/// Neither a file nor a preset.
pub fn unknown_preset(name: &str) -> Diagnostic {
    let begun: Vec<&str> = Preset::begun(name).map(|preset| preset.name).collect();
    let letters = Preset::begun_in_letters(name).map(|preset| preset.name);
    let near = near(name, PRESETS.iter().map(|preset| preset.name)).or(letters);
    let help = match (&begun[..], near) {
        ([_, _, ..], _) if !name.is_empty() => format!("did you mean one of {}?", names(&begun)),
        (_, Some(known)) => format!("did you mean `{known}`?"),
        _ => "`vlmcalc presets` lists the presets".to_owned(),
    };
    let message = format!("no file and no preset is called {}", quote(name));
    Diagnostic::error(Code::UnknownPreset, message).help(help)
}

/// Names in a sentence: `a`, `b` or `c`.
fn names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The path of a field by its own names, where it is given by others: `llm.hidden_size`.
pub fn canonical_path(path: &str) -> String {
    yaml::canonical_path(path, &aliases::all())
}

/// The name of a pipeline that has none of its own: that of its file or preset.
pub fn default_name(argument: &str) -> String {
    if argument == "-" {
        return "stdin".to_owned();
    }
    if line::is_line(argument) && !Path::new(argument).exists() {
        return argument.to_owned();
    }
    let path = Path::new(argument);
    if let Some(preset) = Preset::find(argument).filter(|_| !path.exists()) {
        return preset.name.to_owned();
    }
    let name = path.file_name().map_or(argument.into(), |name| name.to_string_lossy());
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    stem.unwrap_or(&name).to_owned()
}

/// A tree that was understood.
struct Understood {
    spec: Spec,
    tree: Node,
    /// Whether expectations of the text were left out.
    unchecked: bool,
    /// Whose file it is, if it is another program's.
    origin: Option<Origin>,
}

/// The spec that a tree says, changed as the command line asks.
fn understood(
    mut tree: Node,
    id: SourceId,
    sources: &mut Sources,
    overrides: &Overrides,
) -> Result<Understood, Vec<Diagnostic>> {
    let aliases = aliases::all();
    let origin = foreign::translate(&mut tree)?;
    let twice = yaml::canonicalise(&mut tree, &aliases).into_iter();
    let mut diagnostics: Vec<Diagnostic> =
        twice.map(|problem| foreign::explain(problem, &tree, sources)).collect();
    image::open(&mut tree, sources);
    for flag in flags(overrides) {
        let put = yaml::put(&mut tree, sources, flag.name, flag.path, &flag.value);
        diagnostics.extend(put.err().into_iter().flatten());
        image::open(&mut tree, sources);
    }
    for argument in &overrides.set {
        let keys = Keys { aliases: &aliases, dotted: EXPECT };
        let set = yaml::apply(&mut tree, sources, argument, keys);
        diagnostics.extend(set.err().into_iter().flatten());
        image::open(&mut tree, sources);
    }
    diagnostics.extend(converted::convert(&mut tree, sources));
    let given = |key| tree.get(key).is_some_and(|node| !matches!(node.value, Value::Null));
    if !given("bridge") && !given("visual_tokens") {
        diagnostics.push(missing_bridge().at(tree.span.head(), "needs `bridge`"));
    }
    match decode(&tree, sources) {
        Ok(mut spec) if diagnostics.is_empty() => {
            let is_left_out = changes(overrides) && !overrides.keeps_expectations;
            let unchecked = is_left_out && leave_out(&mut spec, &tree, id);
            Ok(Understood { spec, tree, unchecked, origin })
        }
        read => {
            diagnostics.extend(read.err().into_iter().flatten());
            let said = diagnostics.into_iter().map(|problem| match origin {
                Some(origin) => origin.explain(problem),
                None => problem,
            });
            Err(said.collect())
        }
    }
}

/// The spec that a tree says.
fn decode(tree: &Node, sources: &Sources) -> Result<Spec, Vec<Diagnostic>> {
    yaml::decode::<Spec>(tree, sources).map_err(|problems| {
        problems.into_iter().map(|problem| foreign::explain(problem, tree, sources)).collect()
    })
}

/// Leaves out the expectations that stand in a text. Whether there were any.
fn leave_out(spec: &mut Spec, tree: &Node, text: SourceId) -> bool {
    let before = spec.expect.len();
    let stands = |entry: &&Entry| entry.key_span.source == text;
    for entry in expectations(tree).iter().filter(stands) {
        spec.expect.remove(&entry.key);
    }
    spec.expect.len() < before
}

fn expectations(tree: &Node) -> &[Entry] {
    tree.get(EXPECT).map_or(&[], Node::entries)
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
