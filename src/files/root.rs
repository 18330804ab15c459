//! Paths as a CI service counts them.

use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The folder that paths in reports start from.
#[derive(Clone, Debug, Default)]
pub struct Root {
    /// The current folder.
    here: PathBuf,
    /// The folder of the whole repository, if the service says so.
    top: Option<PathBuf>,
}

impl Root {
    /// Paths start from `GITHUB_WORKSPACE` if it is set, else from the current folder.
    pub fn of_process() -> Root {
        let top = std::env::var_os("GITHUB_WORKSPACE").filter(|folder| !folder.is_empty());
        let real = |folder: OsString| fs::canonicalize(&folder).unwrap_or_else(|_| folder.into());
        Root { here: std::env::current_dir().unwrap_or_default(), top: top.map(real) }
    }

    /// The path from the root, with forward slashes; a file elsewhere keeps its whole path. What
    /// is no file, as `<stdin>`, stays as it is.
    pub fn relative(&self, file: &str) -> String {
        if file == "-" || file.starts_with('<') {
            return file.to_owned();
        }
        let whole = plain(&self.here.join(file));
        let from = [self.top.as_ref(), Some(&self.here)].into_iter().flatten();
        let below = from.filter_map(|folder| whole.strip_prefix(folder).ok()).next();
        slashes(below.unwrap_or(&whole))
    }
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_start_from_the_workspace() {
        let root =
            |top: Option<&str>| Root { here: "/w/repo/sub".into(), top: top.map(Into::into) };
        for (top, file, want) in [
            (None, "a.yaml", "a.yaml"),
            (None, "./x/../a b.yaml", "a b.yaml"),
            (None, "/w/repo/sub/a.yaml", "a.yaml"),
            (None, "/etc/a.yaml", "/etc/a.yaml"),
            (Some("/w/repo"), "a.yaml", "sub/a.yaml"),
            (Some("/w/repo"), "../a.yaml", "a.yaml"),
            (Some("/w/repo"), "/w/repo/sub/a.yaml", "sub/a.yaml"),
            (Some("/w/repo"), "../../../../x.yaml", "/x.yaml"),
            (Some("/elsewhere"), "a.yaml", "a.yaml"),
            (Some("/w/repo"), "<stdin>", "<stdin>"),
            (Some("/w/repo"), "-", "-"),
        ] {
            assert_eq!(root(top).relative(file), want, "{file} from {top:?}");
        }
    }
}
