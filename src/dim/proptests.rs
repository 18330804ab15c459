//! Properties of arithmetic and display on random expressions.

use proptest::prelude::*;

use super::rational::Rational;
use super::trees::{ALL, POLYNOMIAL, SYMBOLS, dim, huge, number, point, small, table, tree};
use super::{Dim, EvalError};

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
        let (one, other) = (symbols.min(&a, &b), symbols.min(&b, &a));
        prop_assert!(symbols.same(&one, &other));
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
        let dividend = symbols.expand(&dividend);
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
