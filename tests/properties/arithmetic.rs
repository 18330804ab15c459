//! Reads arithmetic as the explanations write it: `13·(2·1,024·3·14² + ⌊27/2⌋) − min(5, 6)`.

use std::iter::Peekable;
use std::str::Chars;

/// A fraction.
type Number = (i128, i128);

/// The value of a text; nothing where it is no arithmetic or no whole number.
pub fn value(text: &str) -> Option<i128> {
    let text = text.replace(['\u{a0}', ' '], "");
    let mut reader = Reader { rest: text.chars().peekable() };
    let (over, under) = reader.sum()?;
    let done = reader.rest.next().is_none();
    (done && under != 0 && over % under == 0).then(|| over / under)
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
}

impl Reader<'_> {
    fn sum(&mut self) -> Option<Number> {
        let mut sum = if self.eat('−') { negated(self.product()?) } else { self.product()? };
        loop {
            let term = if self.eat('+') {
                self.product()?
            } else if self.eat('−') {
                negated(self.product()?)
            } else {
                return Some(sum);
            };
            sum = (sum.0 * term.1 + term.0 * sum.1, sum.1 * term.1);
        }
    }

    fn product(&mut self) -> Option<Number> {
        let mut product = self.power()?;
        loop {
            if self.eat('·') || self.eat('×') {
                let factor = self.power()?;
                product = (product.0 * factor.0, product.1 * factor.1);
            } else if self.eat('/') {
                let divisor = self.power()?;
                product = (product.0 * divisor.1, product.1 * divisor.0);
            } else {
                return Some(product);
            }
        }
    }

    fn power(&mut self) -> Option<Number> {
        let (over, under) = self.atom()?;
        let digit = self.rest.peek().and_then(|c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|d| d == *c));
        let Some(exponent) = digit else { return Some((over, under)) };
        self.rest.next();
        let exponent = u32::try_from(exponent).ok()?;
        Some((over.pow(exponent), under.pow(exponent)))
    }

    fn atom(&mut self) -> Option<Number> {
        for (open, close) in [('(', ')'), ('⌊', '⌋'), ('⌈', '⌉')] {
            if self.eat(open) {
                let (over, under) = self.sum()?;
                return match self.eat(close).then_some(open)? {
                    '⌊' => Some((over.div_euclid(under), 1)),
                    '⌈' => Some((-(-over).div_euclid(under), 1)),
                    _ => Some((over, under)),
                };
            }
        }
        if self.rest.peek()?.is_alphabetic() {
            return self.named();
        }
        // A comma with three digits after it groups them; any other ends the number.
        let mut digits = String::new();
        while let Some(c) = self.rest.peek().filter(|c| c.is_ascii_digit() || **c == ',') {
            let groups = *c != ',' || self.rest.clone().skip(1).take(3).all(|c| c.is_ascii_digit());
            if !groups {
                break;
            }
            digits.extend(self.rest.next().filter(char::is_ascii_digit));
        }
        Some((digits.parse().ok()?, 1))
    }

    /// `min`, `max` (of small numbers only: a comma could group digits) and `round_even`.
    fn named(&mut self) -> Option<Number> {
        let is_letter = |c: &char| c.is_alphabetic() || *c == '_';
        let name: String = std::iter::from_fn(|| self.rest.next_if(is_letter)).collect();
        if name == "round_even" {
            let (over, under) = self.eat('(').then(|| self.sum())??;
            let (down, left) = (over.div_euclid(under), 2 * over.rem_euclid(under));
            let up = left > under || left == under && down % 2 == 1;
            return self.eat(')').then_some((down + i128::from(up), 1));
        }
        let pair = self.eat('(').then(|| self.sum())??;
        let other = self.eat(',').then(|| self.sum())??;
        let pick = match name.as_str() {
            "min" => i128::min,
            "max" => i128::max,
            _ => return None,
        };
        (self.eat(')') && pair.1 == 1 && other.1 == 1).then(|| (pick(pair.0, other.0), 1))
    }

    fn eat(&mut self, wanted: char) -> bool {
        self.rest.next_if_eq(&wanted).is_some()
    }
}

fn negated((over, under): Number) -> Number {
    (-over, under)
}

#[test]
fn arithmetic_is_read() {
    assert_eq!(value("2·1,024 + 3·14²"), Some(2636));
    assert_eq!(value("13·(2·5 − ⌊27/2⌋)"), Some(-39));
    assert_eq!(value("(224/16)·(224/16)"), Some(196));
    assert_eq!(value("⌈7/2⌉ × min(5, 6)"), Some(20));
    assert_eq!(value("round_even(5/2) + round_even(7/2) + round_even(9/4)"), Some(8));
    assert_eq!(value("7/2"), None);
    assert_eq!(value("N + 1"), None);
}
