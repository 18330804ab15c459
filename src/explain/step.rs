//! A step of an explanation, as data.

use crate::dim::Dim;
use crate::units::{Unit, exact, human};

/// A step: what happens, in sentences, and what is counted of it.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// What it is about, without its number.
    pub title: String,
    /// Sentences.
    pub text: Vec<String>,
    /// Calculations.
    pub lines: Vec<Line>,
    /// What is not given and therefore stays a symbol: names and meanings.
    pub not_given: Vec<(String, String)>,
}

/// One calculation.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is counted.
    pub what: String,
    /// How, in symbols; empty if there is nothing to say.
    pub formula: String,
    /// How, with this pipeline's numbers.
    pub numbers: String,
    /// The shapes of a product, told instead of formula and numbers; empty for what is none.
    pub shapes: String,
    /// What comes out.
    pub value: Value,
    /// The closed forms of the value; none of what is no single number.
    pub dims: Vec<Dim>,
}

/// What a calculation gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number of something.
    Number(i128, Unit),
    /// What is no single whole number: a row, a decimal.
    Text(String),
    /// Not known, since a size is not given.
    Open,
}

impl Value {
    /// Counts in full, FLOPs and bytes in three digits.
    pub fn shown(&self) -> String {
        match self {
            Value::Number(value, Unit::Count) => exact(*value),
            Value::Number(0, Unit::Flop) => "0".to_owned(),
            Value::Number(value, unit) => human(*value, *unit).replace(' ', "\u{a0}"),
            Value::Text(text) => text.clone(),
            Value::Open => "symbolic".to_owned(),
        }
    }
}

impl Line {
    /// `= D_v·D = 1,024·4,096`: the formula, the same in numbers, and the whole number where the
    /// value is shown in three digits. Of a product its shapes.
    pub fn how(&self) -> String {
        if !self.shapes.is_empty() {
            return self.shapes.clone();
        }
        let mut parts: Vec<String> = Vec::new();
        let mut push = |text: String| {
            if !text.is_empty() && parts.last() != Some(&text) {
                parts.push(text);
            }
        };
        push(self.formula.clone());
        let shown = self.value.shown();
        if self.numbers != shown {
            push(self.numbers.clone());
        }
        if let Value::Number(value, Unit::Flop | Unit::Byte) = self.value
            && !parts.is_empty()
        {
            parts.push(exact(value));
        }
        if parts.is_empty() { String::new() } else { format!("= {}", parts.join(" = ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(formula: &str, numbers: &str, value: Value) -> Line {
        Line {
            what: String::new(),
            formula: formula.into(),
            numbers: numbers.into(),
            shapes: String::new(),
            value,
            dims: Vec::new(),
        }
    }

    #[test]
    fn a_number_is_told_from_formula_to_value() {
        let count = line("D_v·D", "1,024·4,096", Value::Number(4_194_304, Unit::Count));
        assert_eq!(
            (count.value.shown(), count.how()),
            ("4,194,304".into(), "= D_v·D = 1,024·4,096".into())
        );
        let flops = line("", "2·3", Value::Number(6_000_000, Unit::Flop));
        assert_eq!(flops.value.shown(), "6.00\u{a0}MFLOP");
        assert_eq!(flops.how(), "= 2·3 = 6,000,000");
        let width = line("D", "4,096", Value::Number(4096, Unit::Count));
        assert_eq!(width.how(), "= D");
        assert_eq!(line("L·D", "L·D", Value::Open).how(), "= L·D");
        assert_eq!(line("", "", Value::Number(5, Unit::Flop)).how(), "");
        let product = Line { shapes: "[1 × 2] · [2 × 3] → [1 × 3]".into(), ..flops };
        assert_eq!(product.how(), product.shapes);
    }
}
