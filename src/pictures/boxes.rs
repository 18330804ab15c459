//! Boxes of an MP4 file and its kin (ISO/IEC 14496-12): a length, a kind, and what is in it.

use std::io::{self, Read, Seek, SeekFrom};

use super::reader::Header;

/// A box: its kind, and where its content begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its kind.
    pub kind: [u8; 4],
    /// The first byte of its content.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
}

impl Part {
    /// The whole file, which has so many bytes.
    pub fn whole(end: u64) -> Part {
        Part { kind: *b"file", start: 0, end }
    }

    /// What comes after the version and the flags that some boxes begin with.
    ///
    /// # Errors
    /// It is too short.
    pub fn after_version(self) -> io::Result<Part> {
        let start = self.start + 4;
        if start <= self.end { Ok(Part { start, ..self }) } else { Err(misfit()) }
    }

    /// The boxes in this one.
    ///
    /// # Errors
    /// One does not fit into this one, or is shorter than its own head.
    pub fn parts<R: Read + Seek>(self, header: &mut Header<R>) -> io::Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut at = self.start;
        while let Some(part) = self.next(header, at)? {
            at = part.end;
            parts.push(part);
        }
        Ok(parts)
    }

    /// The first box of this kind in it; what comes after that is not looked at.
    ///
    /// # Errors
    /// There is none, or one before it does not fit.
    pub fn part<R: Read + Seek>(self, header: &mut Header<R>, kind: &[u8; 4]) -> io::Result<Part> {
        let mut at = self.start;
        while let Some(part) = self.next(header, at)? {
            if &part.kind == kind {
                return Ok(part);
            }
            at = part.end;
        }
        Err(io::Error::other("a box is missing"))
    }

    /// The box that begins at a place; nothing where this one ends.
    fn next<R: Read + Seek>(self, header: &mut Header<R>, at: u64) -> io::Result<Option<Part>> {
        if self.end - at < 8 {
            return Ok(None);
        }
        header.seek(SeekFrom::Start(at))?;
        let length = u64::from(u32::from_be_bytes(header.take_bytes()?));
        let kind = header.take_bytes::<4>()?;
        let (head, length) = match length {
            0 => (8, self.end - at),
            1 => (16, u64::from_be_bytes(header.take_bytes()?)),
            length => (8, length),
        };
        let end = at.checked_add(length).filter(|end| length >= head && *end <= self.end);
        Ok(Some(Part { kind, start: at + head, end: end.ok_or_else(misfit)? }))
    }

    /// A number of so many bytes at a place in its content.
    ///
    /// # Errors
    /// It is not so long.
    pub fn number<R: Read + Seek, const N: usize>(
        self,
        header: &mut Header<R>,
        place: u64,
    ) -> io::Result<u64> {
        let at = self.start.checked_add(place).filter(|at| at + N as u64 <= self.end);
        let at = at.ok_or_else(|| io::Error::other("a box is too short"))?;
        header.seek(SeekFrom::Start(at))?;
        let bytes = header.take_bytes::<N>()?;
        Ok(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }
}

fn misfit() -> io::Error {
    io::Error::other("a box does not fit")
}
