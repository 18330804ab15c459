//! Which plan is compared with which.
//!
//! Two folders are matched by the paths of their specs; one plan with one plan; everything else by
//! the names of the pipelines.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::Value;

use super::saved::{self, MOST_BYTES};
use crate::diag::{Code, Diagnostic, Source, Sources, quote};
use crate::files::{self, Named};
use crate::spec::{self, Failure, Overrides};
use crate::yaml::Bounds;

/// Something that one side of a comparison is made of.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As it was named.
    pub label: String,
    /// Where its plan comes from.
    pub input: Input,
    /// Whether it was named by itself, and not found in a folder or a commit.
    pub is_named: bool,
}

/// Where a plan comes from.
#[derive(Clone, Debug)]
pub enum Input {
    /// A spec's file, or a spec in one line.
    File(String),
    /// The text of a spec, and the argument or file that it comes from.
    Text(Source, String),
    /// A plan that was saved.
    Saved(Box<Value>),
    /// What cannot be used, and why.
    Unusable(Vec<Diagnostic>),
}

/// A plan and what it is compared with; one of the two may be missing.
#[derive(Clone, Debug)]
pub struct Pair {
    /// What it was.
    pub base: Option<Entry>,
    /// What it is.
    pub head: Option<Entry>,
}

/// Pairs, and what cannot be used of either side.
#[derive(Debug, Default)]
pub struct Pairs {
    /// What is compared, in the order of the head.
    pub pairs: Vec<Pair>,
    /// Sides that cannot be read, by their labels.
    pub faults: Vec<(String, Failure)>,
}

/// The plans of two arguments, each a spec, a folder, or saved plans.
pub fn pair(base: &str, head: &str) -> Pairs {
    let mut pairs = Pairs::default();
    if [base, head] == ["-", "-"] {
        let diagnostic = Diagnostic::error(Code::CannotRead, "standard input is on both sides")
            .help("save one of them to a file");
        let failure = Failure { diagnostics: vec![diagnostic], sources: Sources::default() };
        pairs.faults.push(("-".to_owned(), failure));
        return pairs;
    }
    let mut side = |argument: &str| match listing(argument) {
        Ok(listing) => Some(listing),
        Err(failure) => {
            pairs.faults.push((argument.to_owned(), failure));
            None
        }
    };
    let (base, head) = (side(base), side(head));
    let (Some(base), Some(head)) = (base, head) else { return pairs };
    pairs.pairs = match (base, head) {
        (Listing::One(base), Listing::One(head)) => {
            vec![Pair { base: Some(*base), head: Some(*head) }]
        }
        (Listing::Folder(base), Listing::Folder(head)) => by_key(base, head),
        (base, head) => {
            let mut named = |listing| by_name(listing, &mut pairs.faults);
            let (base, head) = (named(base), named(head));
            by_key(base, head)
        }
    };
    pairs
}

/// The plans of one argument, each with itself.
pub fn alone(argument: &str) -> Pairs {
    let mut pairs = Pairs::default();
    match listing(argument) {
        Ok(listing) => {
            let twice = |entry: Entry| Pair { base: Some(entry.clone()), head: Some(entry) };
            pairs.pairs = listing.entries().into_iter().map(twice).collect();
        }
        Err(failure) => pairs.faults.push((argument.to_owned(), failure)),
    }
    pairs
}

impl Pairs {
    /// The first of the plans that were saved.
    pub fn saved(&self) -> Option<&str> {
        let entries = self.pairs.iter().flat_map(|pair| [&pair.base, &pair.head]);
        let mut saved = entries.flatten().filter(|entry| matches!(entry.input, Input::Saved(_)));
        saved.next().map(|entry| entry.label.as_str())
    }
}

/// Pairs those of the same key, in the order of the head; what only the base has comes last.
pub fn by_key(base: Vec<(String, Entry)>, head: Vec<(String, Entry)>) -> Vec<Pair> {
    let mut order = Vec::new();
    let mut base: HashMap<String, Entry> = base
        .into_iter()
        .map(|(key, entry)| {
            order.push(key.clone());
            (key, entry)
        })
        .collect();
    let mut pairs: Vec<Pair> = head
        .into_iter()
        .map(|(key, head)| Pair { base: base.remove(&key), head: Some(head) })
        .collect();
    let gone = order.into_iter().filter_map(|key| base.remove(&key));
    pairs.extend(gone.map(|entry| Pair { base: Some(entry), head: None }));
    pairs
}

/// What an argument stands for.
enum Listing {
    /// One plan.
    One(Box<Entry>),
    /// A folder's specs by their paths in it.
    Folder(Vec<(String, Entry)>),
    /// Saved plans.
    Many(Vec<Entry>),
}

impl Listing {
    fn entries(self) -> Vec<Entry> {
        match self {
            Listing::One(entry) => vec![*entry],
            Listing::Folder(entries) => entries.into_iter().map(|(_, entry)| entry).collect(),
            Listing::Many(entries) => entries,
        }
    }
}

fn listing(argument: &str) -> Result<Listing, Failure> {
    let path = Path::new(argument);
    if path.is_dir() {
        return folder(argument, path);
    }
    let failure = |diagnostics, sources| Failure { diagnostics, sources };
    let source = match spec::read(argument, MOST_BYTES) {
        Ok(source) => source,
        // A spec in one line is read where files are.
        Err(_) if spec::line::is_line(argument) => {
            let (label, input) = (argument.to_owned(), Input::File(argument.to_owned()));
            return Ok(Listing::One(Box::new(Entry { label, input, is_named: true })));
        }
        Err(diagnostics) => return Err(failure(diagnostics, Sources::default())),
    };
    let mut sources = Sources::default();
    let id = sources.add(source);
    let source = sources.get(id);
    let label = if argument == "-" { source.name.clone() } else { argument.to_owned() };
    Ok(match saved::plans(source, id) {
        Some(Err(diagnostic)) => return Err(failure(vec![diagnostic], sources)),
        Some(Ok(plans)) => match <[Value; 1]>::try_from(plans) {
            Ok([plan]) => {
                let input = Input::Saved(plan.into());
                Listing::One(Box::new(Entry { label, input, is_named: true }))
            }
            Err(plans) => {
                let entry = |plan: Value| {
                    let name = plan["name"].as_str().unwrap_or("?");
                    let (label, input) = (format!("{label}: {name}"), Input::Saved(plan.into()));
                    Entry { label, input, is_named: true }
                };
                Listing::Many(plans.into_iter().map(entry).collect())
            }
        },
        None if source.text.len() > Bounds::SPEC.bytes => {
            let large = crate::yaml::too_large(source.name.clone(), Bounds::SPEC.bytes);
            return Err(failure(vec![large], sources));
        }
        None => Listing::One(Box::new(Entry {
            label,
            input: Input::Text(source.clone(), argument.to_owned()),
            is_named: true,
        })),
    })
}

/// The specs below a folder. One without any is a folder to start from, or to end at.
fn folder(argument: &str, path: &Path) -> Result<Listing, Failure> {
    let (mut entries, mut diagnostics) = (Vec::new(), Vec::new());
    for named in files::find(&[argument.to_owned()]) {
        match named {
            Named::Spec(file) => {
                let below = Path::new(&file).strip_prefix(path).unwrap_or(Path::new(&file));
                let key = below.to_string_lossy().into_owned();
                let (label, input) = (file.clone(), Input::File(file));
                entries.push((key, Entry { label, input, is_named: false }));
            }
            Named::Nothing { fault, .. } if fault.code == Code::NothingToCheck => {}
            Named::Nothing { fault, .. } => diagnostics.push(*fault),
        }
    }
    // What is there and cannot be read would be taken for gone.
    if diagnostics.is_empty() {
        Ok(Listing::Folder(entries))
    } else {
        Err(Failure { diagnostics, sources: Sources::default() })
    }
}

/// The entries by the names of their pipelines. Of several with one name, none can be matched.
fn by_name(listing: Listing, faults: &mut Vec<(String, Failure)>) -> Vec<(String, Entry)> {
    let mut named: Vec<(String, Entry)> = Vec::new();
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for entry in listing.entries() {
        let name = name(&entry);
        if let Some(first) = labels.get(&name) {
            let message = format!("{} and {} are both called {}", entry.label, first, quote(&name));
            let diagnostic = Diagnostic::error(Code::Mismatch, message)
                .from_file(&entry.label)
                .help("plans are matched by their names here: give each spec a `name` of its own");
            let failure = Failure { diagnostics: vec![diagnostic], sources: Sources::default() };
            faults.push((entry.label, failure));
            continue;
        }
        labels.insert(name.clone(), entry.label.clone());
        named.push((name, entry));
    }
    named
}

/// The name of an entry's pipeline. Of a spec that cannot be read, that of its file.
fn name(entry: &Entry) -> String {
    let none = Overrides::default();
    let loaded = match &entry.input {
        Input::Saved(plan) => return plan["name"].as_str().unwrap_or_default().to_owned(),
        Input::File(file) => spec::load(file, &none),
        Input::Text(source, file) => spec::load_text(source.clone(), file, &none),
        Input::Unusable(_) => return spec::default_name(&entry.label),
    };
    loaded.map_or_else(|_| spec::default_name(&entry.label), |loaded| loaded.name)
}
