//! Properties of arithmetic and display on random expressions.

use proptest::prelude::*;

use super::rational::Rational;
use super::{Dim, EvalError, Sym, Symbols};

const SYMBOLS: usize = 4;

#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Add,
    Sub,
    Mul,
    Over,
    Floor,
    Ceil,
    Min,
    Max,
}
use Op::{Add, Ceil, Floor, Max, Min, Mul, Over, Sub};

const POLYNOMIAL: &[Op] = &[Add, Sub, Mul];
pub(super) const ALL: &[Op] = &[Add, Sub, Mul, Over, Floor, Ceil, Min, Max];

/// An expression to compute both symbolically and with plain numbers.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Sym(usize),
    Number(i128),
    Node(Op, Box<Tree>, Box<Tree>),
}

fn tree(
    ops: &'static [Op],
    number: impl Strategy<Value = i128> + 'static,
) -> impl Strategy<Value = Tree> {
    let symbol = (0..SYMBOLS).prop_map(Tree::Sym);
    let leaf = prop_oneof![symbol, number.prop_map(Tree::Number)];
    leaf.prop_recursive(5, 24, 2, move |inner| {
        (prop::sample::select(ops), inner.clone(), inner)
            .prop_map(|(op, a, b)| Tree::Node(op, Box::new(a), Box::new(b)))
    })
}

pub(super) fn small(ops: &'static [Op]) -> impl Strategy<Value = Tree> {
    tree(ops, -9i128..9)
}

fn huge() -> impl Strategy<Value = i128> {
    let extremes = vec![i128::MIN, i128::MIN + 1, -1, 0, 1, 2, i128::MAX];
    prop_oneof![prop::sample::select(extremes), any::<i128>()]
}

/// A value for each symbol.
fn point(values: impl Strategy<Value = i128>) -> impl Strategy<Value = Vec<i128>> {
    prop::collection::vec(values, SYMBOLS)
}

fn table(point: &[i128]) -> (Symbols, Vec<Sym>) {
    let mut symbols = Symbols::default();
    let declare = |(index, &value)| symbols.given(format!("x{index}"), "", value);
    let handles: Vec<Sym> = point.iter().enumerate().map(declare).collect();
    symbols.count(handles[1]);
    symbols.count(handles[3]);
    (symbols, handles)
}

pub(super) fn dim(tree: &Tree, symbols: &mut Symbols, handles: &[Sym]) -> Dim {
    let (op, a, b) = match tree {
        Tree::Sym(index) => return handles[*index].into(),
        Tree::Number(number) => return (*number).into(),
        Tree::Node(op, a, b) => (op, dim(a, symbols, handles), dim(b, symbols, handles)),
    };
    match op {
        Add => a + b,
        Sub => a - b,
        Mul => a * b,
        Over => a.over(&b),
        Floor => symbols.floor_div(&a, &b),
        Ceil => symbols.ceil_div(&a, &b),
        Min => symbols.min(&a, &b),
        Max => symbols.max(&a, &b),
    }
}

/// The value with plain integers; `None` where it overflows, divides by zero or is a fraction.
fn number(tree: &Tree, point: &[i128]) -> Option<i128> {
    let (op, a, b) = match tree {
        Tree::Sym(index) => return Some(point[*index]),
        Tree::Number(number) => return Some(*number),
        Tree::Node(op, a, b) => (op, number(a, point)?, number(b, point)?),
    };
    match op {
        Add => a.checked_add(b),
        Sub => a.checked_sub(b),
        Mul => a.checked_mul(b),
        Over => (a.checked_rem(b)? == 0).then(|| a / b),
        Floor => {
            let rest = a.checked_rem(b)?;
            Some(a / b - i128::from(rest != 0 && (rest < 0) != (b < 0)))
        }
        Ceil => {
            let rest = a.checked_rem(b)?;
            Some(a / b + i128::from(rest != 0 && (rest < 0) == (b < 0)))
        }
        Min => Some(a.min(b)),
        Max => Some(a.max(b)),
    }
}

proptest! {
    #[test]
    fn polynomials_have_the_value_of_plain_arithmetic(
        tree in small(POLYNOMIAL),
        at in point(-9i128..9),
    ) {
        let (mut symbols, handles) = table(&at);
        let dim = dim(&tree, &mut symbols, &handles);
        // Multiplied out, the parts of a small value may still be too large.
        if symbols.eval(&dim) != Err(EvalError::Overflow) {
            prop_assert_eq!(symbols.eval(&dim), Ok(number(&tree, &at)));
        }
    }

    /// Cancelling and exact fractions may give a value where plain arithmetic has none, and
    /// dividing by a sum may give none, but there are never two different values.
    #[test]
    fn quotients_and_atoms_have_no_other_value_than_plain_arithmetic(
        tree in small(ALL),
        at in point(1i128..9),
        elsewhere in point(1i128..9),
    ) {
        let (mut symbols, handles) = table(&elsewhere);
        let dim = dim(&tree, &mut symbols, &handles);
        let bindings: Vec<_> = handles.into_iter().zip(at.iter().copied()).collect();
        for (bindings, at) in [(&[][..], elsewhere), (&bindings, at)] {
            let value = symbols.eval_with(&dim, bindings);
            if let (Ok(value), Some(expected)) = (value, number(&tree, &at)) {
                prop_assert_eq!(value, Some(expected));
            }
        }
    }

    #[test]
    fn sums_and_products_do_not_depend_on_order(a in small(ALL), b in small(ALL), c in small(ALL)) {
        let (mut symbols, handles) = table(&[2, 3, 5, 7]);
        let [a, b, c] = [a, b, c].map(|tree| dim(&tree, &mut symbols, &handles));
        // Overflow may come earlier in one order than in another.
        let largest = (&a + &b) * &c + &a * &b * &c;
        if largest.terms().is_err() {
            return Ok(());
        }
        prop_assert_eq!(&a + &b, &b + &a);
        prop_assert_eq!(&a * &b, &b * &a);
        prop_assert_eq!((&a + &b) + &c, &a + (&b + &c));
        prop_assert_eq!((&a * &b) * &c, &a * (&b * &c));
        prop_assert_eq!((&a + &b) * &c, &a * &c + &b * &c);
        prop_assert_eq!(symbols.min(&a, &b), symbols.min(&b, &a));
    }

    #[test]
    fn huge_values_never_panic(tree in tree(ALL, huge()), at in point(huge()), by in huge()) {
        let (mut symbols, handles) = table(&at);
        let dim = dim(&tree, &mut symbols, &handles);
        let named = symbols.named("n", "", dim.clone());
        let dim = (dim + named).substitute(handles[0], &by.into());
        prop_assert!(!symbols.show(&dim).is_empty());
        prop_assert!(!symbols.show_expanded(&dim).is_empty());
        let _ = symbols.eval(&dim);
        let _ = symbols.eval_with(&dim, &[(handles[1], by)]);
    }

    /// Reading a formula back gives the value it was written for.
    #[test]
    fn formulas_mean_what_they_show(
        tree in small(POLYNOMIAL),
        divisor in (1i128..9, prop::collection::vec(0u32..4, SYMBOLS)),
    ) {
        let at = [2, 3, 5, 7];
        let (mut symbols, handles) = table(&at);
        let (number, exponents) = divisor;
        let powers = handles.iter().zip(exponents).map(|(&sym, n)| Dim::from(sym).pow(n));
        let divisor = powers.product::<Dim>() * number;
        let dividend = dim(&tree, &mut symbols, &handles);
        let quotient = dividend.over(&divisor);
        let values = (symbols.eval(&dividend), symbols.eval(&divisor));
        let (Ok(Some(dividend)), Ok(Some(divisor))) = values else {
            return Ok(());
        };
        let value = Rational::from(dividend).checked_div(divisor.into());
        let formula: Vec<char> = symbols.show(&quotient).chars().filter(|c| *c != ' ').collect();
        let mut rest = formula.as_slice();
        prop_assert_eq!(read_sum(&mut rest, &at), value, "{}", symbols.show(&quotient));
        prop_assert!(rest.is_empty());
    }
}

type Read = Result<Rational, EvalError>;

fn eat(rest: &mut &[char], wanted: char) -> bool {
    match rest.split_first() {
        Some((&next, after)) if next == wanted => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn read_sum(rest: &mut &[char], at: &[i128]) -> Read {
    let mut sum = Rational::ZERO;
    let mut negative = eat(rest, '−');
    loop {
        let term = read_product(rest, at)?;
        sum = sum.checked_add(if negative { term.checked_neg()? } else { term })?;
        negative = eat(rest, '−');
        if !negative && !eat(rest, '+') {
            return Ok(sum);
        }
    }
}

fn read_product(rest: &mut &[char], at: &[i128]) -> Read {
    let mut product = read_power(rest, at)?;
    loop {
        if eat(rest, '·') {
            product = product.checked_mul(read_power(rest, at)?)?;
        } else if eat(rest, '/') {
            product = product.checked_div(read_power(rest, at)?)?;
        } else {
            return Ok(product);
        }
    }
}

fn read_power(rest: &mut &[char], at: &[i128]) -> Read {
    let base = if eat(rest, '(') {
        let sum = read_sum(rest, at)?;
        assert!(eat(rest, ')'));
        sum
    } else if eat(rest, 'x') {
        at[usize::try_from(read_digits(rest, "0123456789").unwrap()).unwrap()].into()
    } else {
        read_digits(rest, "0123456789").unwrap().into()
    };
    let exponent = read_digits(rest, "⁰¹²³⁴⁵⁶⁷⁸⁹").unwrap_or(1);
    base.checked_pow(i32::try_from(exponent).unwrap())
}

fn read_digits(rest: &mut &[char], digits: &str) -> Option<i128> {
    let mut number = None;
    while let Some(digit) = rest.first().and_then(|c| digits.chars().position(|d| d == *c)) {
        number = Some(number.unwrap_or(0) * 10 + i128::try_from(digit).unwrap());
        *rest = &rest[1..];
    }
    number
}
