//! Sizes of pictures and clips on disk, by their headers.
//!
//! What a header says is believed to a limit only: little is read and held, however long the file is
//! or says that it is, and a file that lies is an error.

mod boxes;
mod clip;
mod fragments;
mod heif;
mod image;
mod orientation;
mod reader;
mod sizes;

pub use clip::{Clip, clip};
pub use image::image;
pub use sizes::{Sized, sizes};

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use reader::Header;

/// Why a file has no size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The file cannot be read.
    Closed(String),
    /// The file is no picture of a known format.
    Other,
    /// The file begins as a picture, and its header cannot be right, or does not say enough.
    Broken(&'static str),
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unread::Closed(why) => f.write_str(why),
            Unread::Other => f.write_str("not a known format"),
            Unread::Broken(why) => f.write_str(why),
        }
    }
}

/// A header that ends early, and the like.
impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Unread {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
                Unread::Broken("its header is broken")
            }
            _ => Unread::Closed(error.to_string()),
        }
    }
}

/// Opens a file for its header. Reading a pipe or a device may never end: it is refused.
fn open(path: &Path) -> Result<Header<File>, Unread> {
    let closed = |error: io::Error| Unread::Closed(error.to_string());
    let kind = fs::metadata(path).map_err(closed)?;
    match kind.is_file() {
        true => Ok(Header::of(File::open(path).map_err(closed)?)),
        false => Err(Unread::Closed("it is no regular file".to_owned())),
    }
}
