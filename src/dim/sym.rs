//! Handles of symbols.

use std::cmp::Ordering;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A handle to a symbol of one [`Symbols`](super::Symbols) table and of its clones; ordered by
/// declaration.
///
/// It knows its table: another table does not take it for a symbol of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sym {
    index: u16,
    table: TableId,
}

/// The identity of a table: no two have the same. In halves, so that a symbol with its exponent
/// takes eight bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct TableId([u16; 2]);

impl Sym {
    /// A handle that no table knows.
    pub(super) const NONE: Sym = Sym { index: u16::MAX, table: TableId([0; 2]) };

    /// The handle of the symbol that a table declares at an index; none if it has too many.
    pub(super) fn new(index: usize, table: TableId) -> Option<Sym> {
        u16::try_from(index).ok().map(|index| Sym { index, table })
    }

    /// The place in the table.
    pub(super) fn index(self) -> usize {
        self.index.into()
    }

    fn rank(self) -> u64 {
        let TableId([high, low]) = self.table;
        u64::from(self.index) << 32 | u64::from(high) << 16 | u64::from(low)
    }
}

impl Ord for Sym {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Sym {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Sym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TableId([high, low]) = self.table;
        write!(f, "Sym({} of {})", self.index, u32::from(high) << 16 | u32::from(low))
    }
}

impl TableId {
    /// An identity that no table has yet.
    pub(super) fn fresh() -> TableId {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let number = NEXT.fetch_add(1, Relaxed);
        TableId([(number >> 16) as u16, number as u16])
    }
}

#[cfg(test)]
impl Sym {
    /// A handle for tests of what needs no table.
    pub(super) const fn test(index: u16) -> Sym {
        Sym { index, table: TableId([0, 1]) }
    }
}
