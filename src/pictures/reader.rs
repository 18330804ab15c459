//! A reader that gives so many bytes and no more, wherever it is asked to look.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// The most that is read of a file, in bytes.
const MOST: u64 = 16 << 20;

/// What a jump costs of that. Without it a file could send a reader round in a circle.
const JUMP: u64 = 32;

/// The bytes that are read at once. Headers are short, and between two of them lies what is jumped
/// over.
const AT_ONCE: usize = 1024;

/// The head of a file.
pub struct Header<R> {
    inner: BufReader<R>,
    left: u64,
}

impl<R: Read + Seek> Header<R> {
    /// The head of what can be read.
    pub fn of(inner: R) -> Header<R> {
        Header { inner: BufReader::with_capacity(AT_ONCE, inner), left: MOST }
    }

    /// The next bytes.
    ///
    /// # Errors
    /// There are not so many, or they cannot be read.
    pub fn take_bytes<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    fn spend(&mut self, bytes: u64) -> io::Result<()> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| io::Error::other("the header has no end"))?;
        Ok(())
    }
}

impl<R: Read + Seek> Read for Header<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.inner.read(&mut into[..most])?;
        self.spend(read as u64)?;
        Ok(read)
    }
}

impl<R: Read + Seek> BufRead for Header<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let held = self.inner.fill_buf()?;
        Ok(&held[..most.min(held.len())])
    }

    fn consume(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes as u64);
        self.inner.consume(bytes);
    }
}

impl<R: Read + Seek> Seek for Header<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.spend(JUMP)?;
        match to {
            // What is held is kept where the place is in it.
            SeekFrom::Current(by) => {
                self.inner.seek_relative(by)?;
                self.inner.stream_position()
            }
            other => self.inner.seek(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn a_reader_that_is_asked_for_ever_ends() {
        let mut header = Header::of(Cursor::new(vec![1; 100]));
        assert_eq!(header.take_bytes::<2>().unwrap(), [1; 2]);
        assert_eq!(header.seek(SeekFrom::Current(96)).unwrap(), 98);
        assert_eq!(header.take_bytes::<2>().unwrap(), [1; 2]);
        assert!(header.take_bytes::<1>().is_err());
        let jumps = (0..).take_while(|_| header.seek(SeekFrom::Start(0)).is_ok()).count();
        assert_eq!(jumps as u64, MOST / JUMP - 2);

        let mut endless = Header::of(Cursor::new(vec![0; 2 * MOST as usize]));
        let mut read = Vec::new();
        assert_eq!(endless.read_to_end(&mut read).unwrap() as u64, MOST);
        assert!(endless.fill_buf().unwrap().is_empty());
        assert!(endless.seek(SeekFrom::Start(0)).is_err());
    }
}
