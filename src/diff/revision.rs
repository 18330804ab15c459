//! The specs of a commit beside those of the working tree.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::pairs::{Entry, Input, Pairs, by_key};
use crate::diag::{Code, Diagnostic, Sources, quote};
use crate::files::git::{Blob, Content, Repository};
use crate::files::{Named, Selection, absolute, find};
use crate::spec::Failure;
use crate::yaml::{self, Bounds};

/// The specs that arguments mean (files, folders, patterns), as they are in a commit and as they
/// are now, matched by their paths.
///
/// # Errors
/// A diagnostic if git is not there, this is no repository, or there is no such revision.
pub fn pair_with_revision(revision: &str, arguments: &[String]) -> Result<Pairs, Diagnostic> {
    let repository = Repository::around(Path::new("."))?;
    let commit = repository.commit(revision)?;
    let selections = arguments.iter().map(|argument| selection(argument, &repository));
    let selections = selections.collect::<Result<Vec<_>, _>>()?;
    let starts: Vec<PathBuf> = selections.iter().map(|selection| selection.start.clone()).collect();
    let blobs = repository.files(&commit, &starts)?;
    let in_full = |blob: &Blob| repository.root().join(&blob.path);
    let chosen = |selection: &Selection| blobs.iter().any(|blob| selection.has(&in_full(blob)));
    let was_there: Vec<bool> = selections.iter().map(chosen).collect();

    let mut pairs = Pairs::default();
    let wanted: Vec<&Blob> = blobs
        .iter()
        .filter(|blob| selections.iter().any(|selection| selection.has(&in_full(blob))))
        .collect();
    let contents = repository.contents(&commit, &wanted, Bounds::SPEC.bytes)?;
    let mut base = Vec::new();
    for (blob, content) in wanted.iter().zip(contents) {
        let path = blob.path.to_string_lossy().into_owned();
        let label = format!("{revision}:{path}");
        let input = text(&label, &path, content).unwrap_or_else(Input::Unusable);
        base.push((path, Entry { label, input, is_named: false }));
    }

    let (mut head, mut known) = (Vec::new(), HashSet::new());
    for (argument, was_there) in arguments.iter().zip(was_there) {
        for named in find(std::slice::from_ref(argument)) {
            match named {
                Named::Spec(file) if Path::new(&file).exists() => {
                    let path = key(&file, &repository);
                    if known.insert(path.clone()) {
                        let file = file.strip_prefix("./").unwrap_or(&file).to_owned();
                        let (label, input) = (file.clone(), Input::File(file));
                        head.push((path, Entry { label, input, is_named: false }));
                    }
                }
                Named::Nothing { fault, .. } if fault.code != Code::NothingToCheck => {
                    let failure =
                        Failure { diagnostics: vec![*fault], sources: Sources::default() };
                    pairs.faults.push((argument.clone(), failure));
                }
                // It may have gone since.
                _ if was_there => {}
                _ => {
                    let diagnostics = vec![nothing(argument, revision)];
                    let failure = Failure { diagnostics, sources: Sources::default() };
                    pairs.faults.push((argument.clone(), failure));
                }
            }
        }
    }
    pairs.pairs = by_key(base, head);
    Ok(pairs)
}

fn selection(argument: &str, repository: &Repository) -> Result<Selection, Diagnostic> {
    let selection = Selection::of(argument)?;
    if selection.start.starts_with(repository.root()) {
        return Ok(selection);
    }
    let message = format!("{} is outside of this repository", quote(argument));
    let help = format!("its root is {}", quote(&repository.root().to_string_lossy()));
    Err(Diagnostic::error(Code::Git, message).help(help))
}

/// A file's path from the root of the repository.
fn key(file: &str, repository: &Repository) -> String {
    let whole = absolute(Path::new(file));
    let path = whole.strip_prefix(repository.root()).unwrap_or(&whole);
    path.to_string_lossy().into_owned()
}

fn nothing(argument: &str, revision: &str) -> Diagnostic {
    let message =
        format!("{} holds no spec, neither here nor at {}", quote(argument), quote(revision));
    Diagnostic::error(Code::NothingToCheck, message)
        .from_file(argument)
        .help("specs are `.yaml` or `.yml` files; hidden ones are passed over")
}

fn text(label: &str, path: &str, content: Content) -> Result<Input, Vec<Diagnostic>> {
    match content {
        Content::Bytes(bytes) => {
            let source = yaml::text(label.to_owned(), bytes)?;
            Ok(Input::Text(source, path.to_owned()))
        }
        Content::TooLarge => Err(vec![yaml::too_large(label.to_owned(), Bounds::SPEC.bytes)]),
        Content::Nothing => {
            let message = "this link leads to no file of the commit";
            let help = "replace it by the file, or name the file that it should lead to";
            Err(vec![Diagnostic::error(Code::CannotRead, message).from_file(label).help(help)])
        }
    }
}
