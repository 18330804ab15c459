//! The files in a folder, whatever they are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::names::is_hidden;

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Below {
    /// The files, in the order of their names, those of a folder in its place.
    pub files: Vec<PathBuf>,
    /// Folders that were not looked into.
    pub passed: usize,
    /// Folders that cannot be read.
    pub closed: Vec<(PathBuf, io::Error)>,
}

/// The files in a folder, and where it is recursive, those in the folders below. Hidden entries are
/// passed over, and links to folders, which could lead round in a circle.
pub fn below(folder: &Path, is_recursive: bool) -> Below {
    let mut found = Below::default();
    walk(folder, is_recursive, &mut found);
    found
}

fn walk(folder: &Path, is_recursive: bool, found: &mut Below) {
    let mut entries = match fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
        Ok(entries) => entries,
        Err(error) => return found.closed.push((folder.to_owned(), error)),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries.into_iter().filter(|entry| !is_hidden(&entry.file_name())) {
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match (is_folder, is_recursive) {
            (true, true) => walk(&path, is_recursive, found),
            (true, false) => found.passed += 1,
            // A link to a folder.
            (false, _) if path.is_dir() => {}
            (false, _) => found.files.push(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_folder_and_of_those_below() {
        let folder = std::env::temp_dir().join(format!("vlmcalc-below-{}", std::process::id()));
        for file in ["b.png", "a.png", ".hidden.png", ".git/x.png", "sub/c.png", "sub/deep/d.png"] {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(".", folder.join("sub/again")).unwrap();
        let names = |found: &Below| -> Vec<String> {
            let name = |path: &PathBuf| {
                path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/")
            };
            found.files.iter().map(name).collect()
        };
        let found = below(&folder, false);
        assert_eq!((names(&found), found.passed), (vec!["a.png".into(), "b.png".into()], 1));
        let found = below(&folder, true);
        assert_eq!(names(&found), ["a.png", "b.png", "sub/c.png", "sub/deep/d.png"]);
        assert_eq!(found.passed, 0);
        assert_eq!(below(&folder.join("gone"), true).closed.len(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
