//! Sizes as symbols, and what they are called.

use super::super::{Chosen, NodeId};
use super::Builder;
use crate::dim::{Dim, Field, Sym, Symbol};
use crate::units::Size;

impl Builder {
    /// A symbol for a size that a field of the spec says: known where it is given, free where it
    /// is not. A part that is wired twice has the symbols that are there.
    pub fn size(
        &mut self,
        name: &str,
        meaning: &str,
        field: impl Into<Field>,
        value: Option<impl Into<i128>>,
    ) -> Sym {
        let (field, value) = (field.into(), value.map(Into::into));
        let is_same =
            |(_, symbol): &(Sym, &Symbol)| symbol.name == name && symbol.is_said(&field, value);
        if let Some((known, _)) = self.symbols.iter().find(is_same) {
            return known;
        }
        let sym = match value {
            Some(size) => self.symbols.given(name, meaning, size),
            None => self.symbols.free(name, meaning),
        };
        self.symbols.said_by(sym, field);
        sym
    }

    /// A [`size`](Self::size) that counts repetitions; formulas pull it out of their sums.
    pub fn count(
        &mut self,
        name: &str,
        meaning: &str,
        field: impl Into<Field>,
        value: Option<Size>,
    ) -> Sym {
        let sym = self.size(name, meaning, field, value);
        self.symbols.count(sym);
        sym
    }

    /// A symbol for a number that formulas mention only where it is not the `usual` one, or where
    /// it is to vary.
    pub fn unless(
        &mut self,
        usual: i128,
        name: &str,
        meaning: &str,
        field: impl Into<Field>,
        value: impl Into<i128>,
    ) -> Option<Sym> {
        let value = value.into();
        let is_mentioned = value != usual || self.symbols.is_varying(name);
        is_mentioned.then(|| self.size(name, meaning, field, Some(value)))
    }

    /// Whether a dimension is known to have this value. What is wired by the answer is right where
    /// the answer is the same: if the dimension varies, a constraint says so.
    pub fn is(&mut self, dim: &Dim, value: impl Into<i128>) -> bool {
        let value = value.into();
        let is = self.symbols.eval(dim) == Ok(Some(value));
        if self.symbols.varies(dim) {
            self.require(Chosen { size: dim.clone(), value: value.into(), is });
        }
        is
    }

    /// An abbreviation of a dimension. Two of the same are one; of two that differ, the second one
    /// is numbered: `N`, `N_2`.
    pub fn named(&mut self, name: &str, meaning: &str, definition: Dim) -> Sym {
        let mut numbered = name.to_owned();
        for number in 2.. {
            let Some(known) = self.symbols.named_symbol(&numbered) else { break };
            if self.symbols.same(&known.into(), &definition) {
                return known;
            }
            numbered = format!("{name}_{number}");
        }
        self.symbols.named(numbered, meaning, definition)
    }

    /// A size to which something of a `valid` size is padded, by a name for it; the valid size where
    /// the two are known to be the same. What is needed has the valid size in its place
    /// ([`Symbols::needed`](crate::dim::Symbols::needed)).
    pub fn padded(&mut self, name: &str, meaning: &str, size: Dim, valid: &Dim) -> Dim {
        if self.is(&(&size - valid), 0) {
            return valid.clone();
        }
        let mut numbered = name.to_owned();
        for number in 2.. {
            let Some(known) = self.symbols.named_symbol(&numbered) else { break };
            let is_same = self.symbols.needed(&known.into()) == self.symbols.needed(valid);
            if is_same && self.symbols.is_padded_to(known, &size) {
                return known.into();
            }
            numbered = format!("{name}_{number}");
        }
        self.symbols.padded(numbered, meaning, size, valid).into()
    }

    /// Abbreviates an axis of a value: from here on it is called `name`, as [`named`](Self::named)
    /// has it.
    pub fn name_axis(&mut self, id: NodeId, axis: usize, name: &str, meaning: &str) {
        let definition = self.axis(id, axis);
        let sym = self.named(name, meaning, definition);
        self.set_axis(id, axis, sym.into());
    }

    /// Calls an axis of a value by the symbol that stands for the same length elsewhere.
    pub fn rename_axis(&mut self, id: NodeId, axis: usize, like: &Dim) {
        if self.symbols.expand(&self.axis(id, axis)) == self.symbols.expand(like) {
            self.set_axis(id, axis, like.clone());
        } else {
            self.problems.push("two lengths that should be the same are not".into());
        }
    }

    /// Calls an axis of a value by another symbol that has the same number, if both are known to.
    pub fn call_axis(&mut self, id: NodeId, axis: usize, like: &Dim) -> bool {
        let own = self.axis(id, axis);
        let same = own == *like
            || match self.symbols.eval(&own) {
                Ok(Some(number)) => self.is(like, number) && self.is(&own, number),
                _ => false,
            };
        if same {
            self.set_axis(id, axis, like.clone());
        }
        same
    }

    /// Calls an axis of a value by another symbol, which a constraint states to be the same.
    pub fn assume_axis(&mut self, id: NodeId, axis: usize, like: &Dim) {
        self.set_axis(id, axis, like.clone());
    }

    /// Whether an axis of two values has the same length.
    pub fn same_axis(&self, one: NodeId, other: NodeId, axis: usize) -> bool {
        self.symbols.same(&self.axis(one, axis), &self.axis(other, axis))
    }
}
