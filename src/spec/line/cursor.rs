//! Words that are read one after another.

use super::words::{Kind, Word};

/// A place among the words.
pub struct Cursor<'a> {
    left: &'a [Word],
}

impl<'a> Cursor<'a> {
    /// The place before the first word.
    pub fn new(words: &'a [Word]) -> Cursor<'a> {
        Cursor { left: words }
    }

    /// The next word, which is read.
    pub fn next(&mut self) -> Option<&'a Word> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        Some(first)
    }

    /// A word ahead, which is not read: 0 is the next.
    pub fn peek(&self, ahead: usize) -> Option<&'a Kind> {
        self.left.get(ahead).map(|word| &word.kind)
    }

    /// The next word, which is read if it is one of these.
    pub fn next_if(&mut self, is: impl FnOnce(&Kind) -> bool) -> Option<&'a Word> {
        if self.peek(0).is_some_and(is) { self.next() } else { None }
    }

    /// Reads on while words are of these.
    pub fn skip(&mut self, is: impl Fn(&Kind) -> bool) {
        while self.next_if(&is).is_some() {}
    }

    /// Reads something of several words, or nothing of it.
    pub fn all<T>(&mut self, read: impl FnOnce(&mut Cursor<'a>) -> Option<T>) -> Option<T> {
        let before = self.left;
        let found = read(self);
        if found.is_none() {
            self.left = before;
        }
        found
    }
}
