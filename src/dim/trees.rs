//! Random expressions, to compute both symbolically and with plain numbers.

use proptest::prelude::*;

use super::{Dim, Sym, Symbols};

pub const SYMBOLS: usize = 4;

#[derive(Clone, Copy, Debug)]
pub enum Op {
    Add,
    Sub,
    Mul,
    Over,
    Floor,
    Ceil,
    RoundEven,
    Min,
    Max,
}
use Op::{Add, Ceil, Floor, Max, Min, Mul, Over, RoundEven, Sub};

pub const POLYNOMIAL: &[Op] = &[Add, Sub, Mul];
pub const ALL: &[Op] = &[Add, Sub, Mul, Over, Floor, Ceil, RoundEven, Min, Max];

/// An expression.
#[derive(Clone, Debug)]
pub enum Tree {
    Sym(usize),
    Number(i128),
    /// An abbreviation.
    Name(Box<Tree>),
    Node(Op, Box<Tree>, Box<Tree>),
}

pub fn tree(
    ops: &'static [Op],
    number: impl Strategy<Value = i128> + 'static,
) -> impl Strategy<Value = Tree> {
    let symbol = (0..SYMBOLS).prop_map(Tree::Sym);
    let leaf = prop_oneof![symbol, number.prop_map(Tree::Number)];
    leaf.prop_recursive(5, 24, 2, move |inner| {
        let node = (prop::sample::select(ops), inner.clone(), inner.clone());
        prop_oneof![
            7 => node.prop_map(|(op, a, b)| Tree::Node(op, Box::new(a), Box::new(b))),
            1 => inner.prop_map(|tree| Tree::Name(Box::new(tree))),
        ]
    })
}

pub fn small(ops: &'static [Op]) -> impl Strategy<Value = Tree> {
    tree(ops, -9i128..9)
}

pub fn huge() -> impl Strategy<Value = i128> {
    let extremes = vec![i128::MIN, i128::MIN + 1, -1, 0, 1, 2, i128::MAX];
    prop_oneof![prop::sample::select(extremes), any::<i128>()]
}

/// A value for each symbol.
pub fn point(values: impl Strategy<Value = i128>) -> impl Strategy<Value = Vec<i128>> {
    prop::collection::vec(values, SYMBOLS)
}

pub fn table(point: &[i128]) -> (Symbols, Vec<Sym>) {
    let mut symbols = Symbols::default();
    let declare = |(index, &value)| symbols.given(format!("x{index}"), "", value);
    let handles: Vec<Sym> = point.iter().enumerate().map(declare).collect();
    symbols.count(handles[1]);
    symbols.count(handles[3]);
    (symbols, handles)
}

pub fn dim(tree: &Tree, symbols: &mut Symbols, handles: &[Sym]) -> Dim {
    let (op, a, b) = match tree {
        Tree::Sym(index) => return handles[*index].into(),
        Tree::Number(number) => return (*number).into(),
        Tree::Name(tree) => {
            let definition = dim(tree, symbols, handles);
            let name = format!("n{}", symbols.iter().count());
            return symbols.named(name, "", definition).into();
        }
        Tree::Node(op, a, b) => (op, dim(a, symbols, handles), dim(b, symbols, handles)),
    };
    match op {
        Add => a + b,
        Sub => a - b,
        Mul => a * b,
        Over => a.over(&b),
        Floor => symbols.floor_div(&a, &b),
        Ceil => symbols.ceil_div(&a, &b),
        RoundEven => symbols.round_even_div(&a, &b),
        Min => symbols.min(&a, &b),
        Max => symbols.max(&a, &b),
    }
}

/// The value with plain integers; `None` where it overflows, divides by zero or is a fraction.
pub fn number(tree: &Tree, point: &[i128]) -> Option<i128> {
    let (op, a, b) = match tree {
        Tree::Sym(index) => return Some(point[*index]),
        Tree::Number(number) => return Some(*number),
        Tree::Name(tree) => return number(tree, point),
        Tree::Node(op, a, b) => (op, number(a, point)?, number(b, point)?),
    };
    match op {
        Add => a.checked_add(b),
        Sub => a.checked_sub(b),
        Mul => a.checked_mul(b),
        Over => (a.checked_rem(b)? == 0).then(|| a / b),
        Floor => {
            let over = a.checked_rem(b)?;
            Some(a / b - i128::from(over != 0 && (over < 0) != (b < 0)))
        }
        Ceil => {
            let over = a.checked_rem(b)?;
            Some(a / b + i128::from(over != 0 && (over < 0) == (b < 0)))
        }
        RoundEven => {
            a.checked_rem(b)?;
            let (twice, below) = (a.checked_rem_euclid(b)?.checked_mul(2)?, a.div_euclid(b));
            let away = twice > b.abs() || (twice == b.abs() && below % 2 != 0);
            Some(below + if away { b.signum() } else { 0 })
        }
        Min => Some(a.min(b)),
        Max => Some(a.max(b)),
    }
}
