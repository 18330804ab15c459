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

    /// The boxes in this one. A box that ends after this one is an error, as is one that is shorter
    /// than its own head.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn parts<R: Read + Seek>(self, header: &mut Header<R>) -> io::Result<Vec<Part>> {
        let mut parts = Vec::new();
        let mut at = self.start;
        while self.end - at >= 8 {
            header.seek(SeekFrom::Start(at))?;
            let length = u64::from(u32::from_be_bytes(header.take_bytes()?));
            let kind = header.take_bytes::<4>()?;
            let (head, length) = match length {
                0 => (8, self.end - at),
                1 => (16, u64::from_be_bytes(header.take_bytes()?)),
                length => (8, length),
            };
            let end = at.checked_add(length).filter(|end| length >= head && *end <= self.end);
            let end = end.ok_or_else(|| io::Error::other("a box does not fit"))?;
            parts.push(Part { kind, start: at + head, end });
            at = end;
        }
        Ok(parts)
    }

    /// The first box of this kind in it.
    ///
    /// # Errors
    /// As for [`Part::parts`], and if there is none.
    pub fn part<R: Read + Seek>(self, header: &mut Header<R>, kind: &[u8; 4]) -> io::Result<Part> {
        let found = self.parts(header)?.into_iter().find(|part| &part.kind == kind);
        found.ok_or_else(|| io::Error::other("a box is missing"))
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
