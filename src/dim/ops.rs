//! Conversions and operators. Whatever converts into a [`Dim`] can stand on the right.

use std::iter::{Product, Sum};
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub};

use super::rational::Rational;
use super::{Dim, Sym};

impl From<Sym> for Dim {
    fn from(sym: Sym) -> Self {
        Dim::term(sym.into(), Rational::ONE)
    }
}

impl From<&Dim> for Dim {
    fn from(dim: &Dim) -> Self {
        dim.clone()
    }
}

impl From<i128> for Dim {
    fn from(value: i128) -> Self {
        Dim::constant(value.into())
    }
}

impl From<i32> for Dim {
    fn from(value: i32) -> Self {
        i128::from(value).into()
    }
}

impl From<u64> for Dim {
    fn from(value: u64) -> Self {
        i128::from(value).into()
    }
}

/// What converts into a [`Dim`], or is one and need not be copied.
pub trait Operand: Into<Dim> {
    /// Reads it as a dimension.
    fn read<T>(&self, reader: impl FnOnce(&Dim) -> T) -> T;
}

impl Operand for Dim {
    fn read<T>(&self, reader: impl FnOnce(&Dim) -> T) -> T {
        reader(self)
    }
}

impl Operand for &Dim {
    fn read<T>(&self, reader: impl FnOnce(&Dim) -> T) -> T {
        reader(self)
    }
}

macro_rules! converted {
    ($($operand:ty),*) => {$(
        impl Operand for $operand {
            fn read<T>(&self, reader: impl FnOnce(&Dim) -> T) -> T {
                reader(&Dim::from(*self))
            }
        }
    )*};
}
converted!(Sym, i128, i32, u64);

fn product(left: &impl Operand, right: &impl Operand) -> Dim {
    left.read(|left| right.read(|right| Dim::or_poisoned(left.checked_mul(right))))
}

macro_rules! operators {
    ($($left:ty),*) => {$(
        impl<R: Into<Dim>> Add<R> for $left {
            type Output = Dim;
            fn add(self, right: R) -> Dim {
                Dim::or_poisoned(Dim::from(self).checked_add(right.into()))
            }
        }

        impl<R: Into<Dim>> Sub<R> for $left {
            type Output = Dim;
            fn sub(self, right: R) -> Dim {
                self + -Into::<Dim>::into(right)
            }
        }

        impl<R: Operand> Mul<R> for $left {
            type Output = Dim;
            fn mul(self, right: R) -> Dim {
                product(&self, &right)
            }
        }
    )*};
}
operators!(Dim, &Dim, Sym);

macro_rules! scaled {
    ($($right:ty),*) => {$(
        impl Mul<$right> for i32 {
            type Output = Dim;
            fn mul(self, right: $right) -> Dim {
                product(&self, &right)
            }
        }
    )*};
}
scaled!(Dim, &Dim, Sym);

impl Neg for Dim {
    type Output = Dim;
    fn neg(self) -> Dim {
        Dim::or_poisoned(self.checked_neg())
    }
}

impl<R: Into<Dim>> AddAssign<R> for Dim {
    fn add_assign(&mut self, right: R) {
        *self = std::mem::take(self) + right;
    }
}

impl<R: Operand> MulAssign<R> for Dim {
    fn mul_assign(&mut self, right: R) {
        *self = product(self, &right);
    }
}

impl<T: Operand> Sum<T> for Dim {
    fn sum<I: Iterator<Item = T>>(items: I) -> Dim {
        let mut sum = Dim::zero();
        items.for_each(|item| item.read(|item| sum.add_all(item)));
        sum
    }
}

impl<T: Operand> Product<T> for Dim {
    fn product<I: Iterator<Item = T>>(mut items: I) -> Dim {
        let first = items.next().map_or_else(Dim::one, Into::into);
        items.fold(first, |product, item| product * item)
    }
}
