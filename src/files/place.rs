//! Where a path is, however it is written, and whether it is there or not.

use std::path::{Component, Path, PathBuf};

/// The path in full, links resolved as far as it exists; of a file that is a link, the link.
pub fn absolute(path: &Path) -> PathBuf {
    let whole = std::env::current_dir().unwrap_or_default().join(path);
    match (whole.parent(), whole.file_name()) {
        (Some(folder), Some(name)) => resolved(folder).join(name),
        _ => resolved(&whole),
    }
}

/// The path in full, links resolved as far as it exists.
pub fn resolved(path: &Path) -> PathBuf {
    let whole = std::env::current_dir().unwrap_or_default().join(path);
    let mut below: Vec<Component> = Vec::new();
    let mut at = whole.as_path();
    loop {
        if let Ok(found) = at.canonicalize() {
            return below.into_iter().rev().fold(found, step);
        }
        match (at.parent(), at.components().next_back()) {
            (Some(parent), Some(last)) => {
                below.push(last);
                at = parent;
            }
            _ => return whole,
        }
    }
}

fn step(mut path: PathBuf, component: Component) -> PathBuf {
    match component {
        Component::CurDir => {}
        Component::ParentDir => {
            path.pop();
        }
        other => path.push(other),
    }
    path
}

/// How a path in full is written from a folder in full: `../a/b.yaml`; `.` for the folder itself.
pub fn from_folder(path: &Path, folder: &Path) -> PathBuf {
    let shared = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    // Nothing but the root in common, or not even that: the path says it best itself.
    if shared <= 1 {
        return path.to_owned();
    }
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(path.components().skip(shared)).collect();
    if relative.as_os_str().is_empty() { PathBuf::from(".") } else { relative }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_are_there_and_paths_that_are_not() {
        let here = std::env::current_dir().unwrap().canonicalize().unwrap();
        assert_eq!(absolute(Path::new("src/../Cargo.toml")), here.join("Cargo.toml"));
        assert_eq!(absolute(Path::new("nothing/./x/../y.yaml")), here.join("nothing/y.yaml"));
        assert_eq!(resolved(Path::new(".")), here);
    }

    #[test]
    fn from_one_folder_to_another() {
        let shown = |path, folder| {
            from_folder(Path::new(path), Path::new(folder)).to_string_lossy().into_owned()
        };
        assert_eq!(shown("/a/b/c.yaml", "/a/b"), "c.yaml");
        assert_eq!(shown("/a/b/c.yaml", "/a/d/e"), "../../b/c.yaml");
        assert_eq!(shown("/a/b", "/a/b"), ".");
        assert_eq!(shown("/x/c.yaml", "/a/b"), "/x/c.yaml");
    }
}
