//! Reading a spec from a file or from standard input, with bounds.

use super::MAX_BYTES;
use crate::diag::{Code, Diagnostic, Source};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file: at most 1 MiB of UTF-8, a byte-order mark removed. Larger files are not read.
pub fn read(path: &Path) -> Result<Source, Vec<Diagnostic>> {
    read_within(path, MAX_BYTES)
}

/// As [`read`], with another bound on the bytes.
pub fn read_within(path: &Path, most: usize) -> Result<Source, Vec<Diagnostic>> {
    let name = path.to_string_lossy().into_owned();
    let open = || -> io::Result<Option<File>> {
        let kind = std::fs::metadata(path)?;
        if kind.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if kind.is_file() && kind.len() > most as u64 {
            return Ok(None);
        }
        File::open(path).map(Some)
    };
    match open() {
        Ok(Some(file)) => read_all(file, name, most),
        Ok(None) => Err(vec![too_large(name, most)]),
        Err(error) => Err(vec![cannot_read(&error, name)]),
    }
}

/// Reads standard input, at most so many bytes, under the name `<stdin>`.
pub fn read_stdin(most: usize) -> Result<Source, Vec<Diagnostic>> {
    read_all(io::stdin().lock(), "<stdin>".to_owned(), most)
}

fn read_all(reader: impl Read, name: String, most: usize) -> Result<Source, Vec<Diagnostic>> {
    let mut bytes = Vec::new();
    // One byte more than allowed tells an endless input from a full one.
    if let Err(error) = reader.take(most as u64 + 1).read_to_end(&mut bytes) {
        return Err(vec![cannot_read(&error, name)]);
    }
    if bytes.len() > most {
        return Err(vec![too_large(name, most)]);
    }
    text(name, bytes)
}

/// Text that was read elsewhere: UTF-8, a byte-order mark removed.
pub fn text(name: String, bytes: Vec<u8>) -> Result<Source, Vec<Diagnostic>> {
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(Source { name, text })
        }
        Err(error) => {
            Err(vec![not_utf8(error.as_bytes(), error.utf8_error().valid_up_to(), &name)])
        }
    }
}

fn cannot_read(error: &io::Error, name: String) -> Diagnostic {
    let (message, help) = match error.kind() {
        io::ErrorKind::NotFound => ("no such file", "check the path; `-` reads standard input"),
        io::ErrorKind::IsADirectory => ("this is a directory", "name one YAML file in it"),
        io::ErrorKind::PermissionDenied => {
            ("no permission to read this file", "make the file readable for this user")
        }
        _ => {
            let d = Diagnostic::error(Code::CannotRead, format!("cannot read the file: {error}"));
            return d.from_file(name).help("check the path and the disk");
        }
    };
    Diagnostic::error(Code::CannotRead, message).from_file(name).help(help)
}

/// A text that is longer than it may be.
pub fn too_large(name: String, most: usize) -> Diagnostic {
    let message = format!("the file is larger than {} MiB", most >> 20);
    Diagnostic::error(Code::TooLarge, message)
        .from_file(name)
        .help("a spec is a few kilobytes of YAML; is this the right file?")
}

fn not_utf8(bytes: &[u8], bad: usize, name: &str) -> Diagnostic {
    let good = Source::new("", String::from_utf8_lossy(&bytes[..bad]));
    let (line, column) = good.line_column(u32::MAX);
    let help = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "the file is UTF-16: save it as UTF-8"
    } else {
        "a spec is UTF-8 text: save it as UTF-8, or name the YAML file instead of this one"
    };
    let byte = bytes.get(bad).copied().unwrap_or_default();
    Diagnostic::error(Code::NotUtf8, format!("byte 0x{byte:02x} is not UTF-8"))
        .from_file(format!("{name}:{line}:{column}"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn file(name: &str, bytes: &[u8]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("vlmcalc-source-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn fault(path: &Path) -> Diagnostic {
        let mut found = read(path).unwrap_err();
        assert_eq!(found.len(), 1);
        assert!(found[0].help.is_some());
        found.remove(0)
    }

    #[test]
    fn good_file_without_its_mark() {
        let path = file("good.yaml", "\u{feff}image: 224\n".as_bytes());
        let source = read(&path).unwrap();
        assert_eq!(source.text, "image: 224\n");
        assert_eq!(source.name, path.to_string_lossy());
    }

    #[test]
    fn missing_and_directory() {
        let missing = fault(Path::new("/nonexistent/x.yaml"));
        assert_eq!((missing.code, missing.message.as_str()), (Code::CannotRead, "no such file"));
        assert_eq!(missing.origin.as_deref(), Some("/nonexistent/x.yaml"));
        assert_eq!(fault(Path::new("/")).message, "this is a directory");
    }

    #[test]
    fn bad_bytes_are_located() {
        let d = fault(&file("bad.yaml", b"a: 1\n\xc3\xa9: \xff\n"));
        assert_eq!(d.code, Code::NotUtf8);
        assert!(d.message.contains("0xff"));
        assert!(d.origin.unwrap().ends_with("bad.yaml:2:4"));
        let d = fault(&file("utf16.yaml", b"\xff\xfea\0:\0"));
        assert!(d.help.unwrap().contains("UTF-16"));
    }

    #[test]
    fn large_files_are_refused_unread() {
        let path = file("large.yaml", b"");
        File::options().write(true).open(&path).unwrap().set_len(100 << 20).unwrap();
        let start = std::time::Instant::now();
        assert_eq!(fault(&path).code, Code::TooLarge);
        assert!(start.elapsed().as_millis() < 50);
        assert!(read(&file("full.yaml", &vec![b'#'; MAX_BYTES])).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn endless_input_is_refused() {
        assert_eq!(fault(Path::new("/dev/zero")).code, Code::TooLarge);
        assert_eq!(read(Path::new("/dev/null")).unwrap().text, "");
    }
}
