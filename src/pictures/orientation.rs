//! Whether an image lies on its side: the orientation in its EXIF data, 5 to 8.
//!
//! Only the first directory is read, and what stands between is jumped over; libraries for EXIF read
//! PNG and TIFF files as a whole.

use std::io::{self, Read, Seek, SeekFrom};

use imagesize::ImageType;

use super::reader::Header;

/// The tag of the orientation in a directory.
const ORIENTATION: u64 = 0x112;

/// Whether height and width are to be swapped. JPEG XL says it in its own header, and [`imagesize`]
/// reads it.
///
/// # Errors
/// The header cannot be read that far.
pub fn is_turned<R: Read + Seek>(kind: ImageType, header: &mut Header<R>) -> io::Result<bool> {
    let place = match kind {
        ImageType::Tiff => Some(0),
        ImageType::Jpeg => in_jpeg(header)?,
        ImageType::Png => in_png(header)?,
        ImageType::Webp => in_webp(header)?,
        _ => None,
    };
    match place {
        None => Ok(false),
        Some(place) => Ok(matches!(orientation(header, place)?, Some(5..=8))),
    }
}

/// Where EXIF data begin in a JPEG: in a segment before the first scan.
fn in_jpeg<R: Read + Seek>(header: &mut Header<R>) -> io::Result<Option<u64>> {
    let mut at = header.seek(SeekFrom::Start(2))?;
    loop {
        let [mark, kind] = header.take_bytes()?;
        at += 2;
        match (mark, kind) {
            // A marker may begin with any number of these.
            (0xff, 0xff) => {
                at = header.seek(SeekFrom::Current(-1))?;
                continue;
            }
            (0xff, 0xda | 0xd9) => return Ok(None),
            (0xff, _) => {}
            _ => return Ok(None),
        }
        let length = u64::from(u16::from_be_bytes(header.take_bytes()?)).max(2);
        if kind == 0xe1 && length >= 8 && &header.take_bytes::<6>()? == b"Exif\0\0" {
            return Ok(Some(at + 8));
        }
        at = header.seek(SeekFrom::Start(at + length))?;
    }
}

/// Where EXIF data begin in a PNG: in a chunk before or after its pixels.
fn in_png<R: Read + Seek>(header: &mut Header<R>) -> io::Result<Option<u64>> {
    let mut at = header.seek(SeekFrom::Start(8))?;
    loop {
        let length = u64::from(u32::from_be_bytes(header.take_bytes()?));
        match &header.take_bytes::<4>()? {
            b"eXIf" => return Ok(Some(at + 8)),
            b"IEND" => return Ok(None),
            // Its check comes after it.
            _ => at = jump(header, at + 8 + length + 4, at + 8)?,
        }
    }
}

/// Where EXIF data begin in a WebP file. Some write JPEG's mark before them.
fn in_webp<R: Read + Seek>(header: &mut Header<R>) -> io::Result<Option<u64>> {
    let mut at = header.seek(SeekFrom::Start(12))?;
    loop {
        let kind = header.take_bytes::<4>()?;
        let length = u64::from(u32::from_le_bytes(header.take_bytes()?));
        if &kind == b"EXIF" {
            let is_marked = &header.take_bytes::<6>()? == b"Exif\0\0";
            return Ok(Some(at + 8 + if is_marked { 6 } else { 0 }));
        }
        at = jump(header, at + 8 + length + length % 2, at + 8)?;
    }
}

/// Goes forward to a place.
fn jump<R: Read + Seek>(header: &mut Header<R>, to: u64, from: u64) -> io::Result<u64> {
    let by = i64::try_from(to - from).map_err(io::Error::other)?;
    header.seek(SeekFrom::Current(by))
}

/// The orientation in the first directory of TIFF data that begin at a place.
fn orientation<R: Read + Seek>(header: &mut Header<R>, place: u64) -> io::Result<Option<u64>> {
    header.seek(SeekFrom::Start(place))?;
    let number: fn(&[u8]) -> u64 = match &header.take_bytes::<2>()? {
        b"II" => |bytes| bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        b"MM" => |bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        _ => return Ok(None),
    };
    let is_large = match number(&header.take_bytes::<2>()?) {
        42 => false,
        43 => true,
        _ => return Ok(None),
    };
    let directory = match is_large {
        false => number(&header.take_bytes::<4>()?),
        true => number(&header.take_bytes::<12>()?[4..]),
    };
    header.seek(SeekFrom::Start(place.saturating_add(directory)))?;
    let entries = match is_large {
        false => number(&header.take_bytes::<2>()?),
        true => number(&header.take_bytes::<8>()?),
    };
    for _ in 0..entries {
        let (tag, kind, value) = match is_large {
            false => entry::<R, 12>(header)?,
            true => entry::<R, 20>(header)?,
        };
        if number(&tag) == ORIENTATION {
            // A byte, two or four.
            let length = match number(&kind) {
                1 => 1,
                3 => 2,
                4 => 4,
                _ => return Ok(None),
            };
            return Ok(Some(number(&value[..length])));
        }
    }
    Ok(None)
}

/// Tag, type and the first bytes of the value of an entry of so many bytes.
fn entry<R: Read + Seek, const N: usize>(
    header: &mut Header<R>,
) -> io::Result<([u8; 2], [u8; 2], [u8; 4])> {
    let entry = header.take_bytes::<N>()?;
    let mut value = [0; 4];
    let at = if N == 12 { 8 } else { 12 };
    value.copy_from_slice(&entry[at..at + 4]);
    Ok(([entry[0], entry[1]], [entry[2], entry[3]], value))
}
