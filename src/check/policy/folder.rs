//! Folders of specs and policies.

use std::path::{Path, PathBuf, absolute};

/// The folder that a spec stands in; of what is no file, the current one.
pub fn folder_of(file: &str) -> PathBuf {
    let path = Path::new(file);
    let folder = if path.is_file() { path.parent() } else { None };
    whole(folder.unwrap_or(Path::new(""))).unwrap_or_default()
}

/// The path of a file below a folder, with `/`; as it is if it is not there.
pub fn below(folder: &Path, file: &str) -> String {
    let path = whole(Path::new(file)).zip(whole(folder));
    let below = path.as_ref().and_then(|(file, folder)| file.strip_prefix(folder).ok());
    below.map_or_else(|| file.to_owned(), |path| path.to_string_lossy().replace('\\', "/"))
}

/// A path as short as it can be said: from the current folder where it is below it.
pub fn from_here(path: &Path) -> PathBuf {
    let here = absolute(".").unwrap_or_default();
    path.strip_prefix(here).map_or_else(|_| path.to_owned(), Path::to_owned)
}

/// A path from the root; the empty one is the current folder.
fn whole(path: &Path) -> Option<PathBuf> {
    absolute(if path.as_os_str().is_empty() { Path::new(".") } else { path }).ok()
}
