//! A file in place of another.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Puts a file in place of another, in one step: whoever reads finds the old or the new text.
/// A link stays, and what it leads to is replaced.
///
/// # Errors
/// Why it cannot be written; what was there is still there.
pub fn replace(file: &Path, text: &[u8]) -> io::Result<()> {
    let target = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let (aside, mut writer) = aside(&target)?;
    let written = writer.write_all(text).and_then(|()| writer.sync_all()).and_then(|()| {
        if let Ok(before) = fs::metadata(&target) {
            writer.set_permissions(before.permissions())?;
        }
        fs::rename(&aside, &target)
    });
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written
}

/// A new hidden file beside another.
fn aside(target: &Path) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
    for at in 0..100 {
        let path = target.with_file_name(format!(".{name}.{}-{at}.tmp", std::process::id()));
        match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}
