//! What the name of a file says of it.

use std::ffi::OsStr;
use std::path::Path;

/// Whether an entry of a folder is passed over.
pub fn is_hidden(name: &OsStr) -> bool {
    name.to_string_lossy().starts_with('.')
}

/// Whether a file is a spec: YAML, and none of the tool's own files.
pub fn is_spec(path: &Path) -> bool {
    let own = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("vlmcalc."));
    path.extension().is_some_and(|e| e == "yaml" || e == "yml") && !own
}
