//! Formulas as people write them: `N + 1`, `(H/P)*(W/P)`, `4·D²`, `ceil(W/P)`.

use std::ops::Range;

use super::{Dim, Sym, Symbols};

/// Brackets in brackets deeper than this are a mistake.
const DEEPEST: usize = 32;
/// The highest exponent.
const HIGHEST: u32 = 8;
/// The most terms of a product that is multiplied out.
const MOST_TERMS: usize = 10_000;

/// Why a formula cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread {
    /// The bytes of the text that are wrong.
    pub at: Range<usize>,
    /// What is wrong, in one lowercase line.
    pub message: String,
    /// Whether it is a name that the table does not have.
    pub is_unknown_symbol: bool,
}

impl Symbols {
    /// The dimension that a formula in this table's symbols stands for.
    ///
    /// `*`, `·` and `×` multiply, `/` divides exactly, `^2` and `²` are powers; `floor(…)`, `⌊…⌋`,
    /// `ceil(…)`, `⌈…⌉`, `round_even(…)`, `min(…, …)` and `max(…, …)` are what they say.
    ///
    /// # Errors
    /// The first thing that cannot be read.
    pub fn parse(&mut self, text: &str) -> Result<Dim, Misread> {
        let mut parser = Parser { symbols: self, text, at: 0, depth: 0 };
        let dim = parser.sum()?;
        parser.skip_blanks();
        if parser.at < text.len() {
            let next = parser.peek().map_or(0, char::len_utf8);
            return Err(parser.misread(parser.at..parser.at + next, "an operator is missing here"));
        }
        if let Err(fault) = dim.terms() {
            return Err(parser.misread(0..text.len(), fault.to_string()));
        }
        Ok(dim)
    }

    /// The symbol of this name.
    pub fn named_symbol(&self, name: &str) -> Option<Sym> {
        self.iter().find(|(_, symbol)| symbol.name == name).map(|(sym, _)| sym)
    }
}

struct Parser<'a> {
    symbols: &'a mut Symbols,
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn sum(&mut self) -> Result<Dim, Misread> {
        let mut sum = self.product()?;
        loop {
            match self.take(&['+', '-', '−']) {
                Some('+') => sum += self.product()?,
                Some(_) => sum += -self.product()?,
                None => return Ok(sum),
            }
        }
    }

    fn product(&mut self) -> Result<Dim, Misread> {
        let mut is_negative = false;
        while self.take(&['-', '−']).is_some() {
            is_negative = !is_negative;
        }
        let mut product = self.power()?;
        while let Some(operator) = self.take(&['*', '·', '×', '/']) {
            let start = self.at;
            let factor = self.power()?;
            self.bounded(&[&product, &factor], start)?;
            product = if operator == '/' { product.over(&factor) } else { product * factor };
        }
        Ok(if is_negative { -product } else { product })
    }

    fn power(&mut self) -> Result<Dim, Misread> {
        let base = self.atom()?;
        let exponent = match self.take(&['^', '²', '³']) {
            None => return Ok(base),
            Some('²') => 2,
            Some('³') => 3,
            Some(_) => {
                self.skip_blanks();
                let start = self.at;
                let digits = self.word(|c| c.is_ascii_digit()).parse();
                match digits {
                    Ok(exponent @ 0..=HIGHEST) => exponent,
                    _ => {
                        let message = format!("an exponent is a number up to {HIGHEST}");
                        return Err(self.misread(start..self.at, message));
                    }
                }
            }
        };
        self.bounded(&vec![&base; exponent as usize], self.at)?;
        Ok(base.pow(exponent))
    }

    /// Whether the product of these stays a formula that a person could have meant.
    fn bounded(&self, factors: &[&Dim], at: usize) -> Result<(), Misread> {
        let terms = |dim: &&Dim| dim.terms().map_or(1, <[_]>::len).max(1);
        let product = factors.iter().map(terms).try_fold(1usize, usize::checked_mul);
        if product.is_some_and(|count| count <= MOST_TERMS) {
            return Ok(());
        }
        Err(self.misread(at..at, "multiplied out, this formula is too long"))
    }

    fn atom(&mut self) -> Result<Dim, Misread> {
        self.skip_blanks();
        let start = self.at;
        match self.peek() {
            Some(c) if c.is_ascii_digit() => {
                let digits = self.word(|c| c.is_ascii_digit() || c == '_').replace('_', "");
                let number = digits.parse::<i128>();
                number.map(Dim::from).map_err(|_| self.misread(start..self.at, "too large"))
            }
            Some(c) if c.is_alphabetic() => {
                let name = self.word(is_of_name).to_owned();
                self.name(&name, start)
            }
            Some('(') => self.enclosed('(', ')', Parser::sum),
            Some('⌊') => {
                let inside = self.enclosed('⌊', '⌋', Parser::sum)?;
                Ok(self.symbols.floor_div(&inside, &Dim::one()))
            }
            Some('⌈') => {
                let inside = self.enclosed('⌈', '⌉', Parser::sum)?;
                Ok(self.symbols.ceil_div(&inside, &Dim::one()))
            }
            Some(c) => {
                let message = format!("`{c}` begins no number, symbol or bracket");
                Err(self.misread(start..start + c.len_utf8(), message))
            }
            None => Err(self.misread(start..start, "the formula ends too early")),
        }
    }

    /// A symbol, or one of the functions.
    fn name(&mut self, name: &str, start: usize) -> Result<Dim, Misread> {
        let rounded = |parser: &mut Self| parser.enclosed('(', ')', Parser::sum);
        match name {
            "floor" => rounded(self).map(|inside| self.symbols.floor_div(&inside, &Dim::one())),
            "ceil" => rounded(self).map(|inside| self.symbols.ceil_div(&inside, &Dim::one())),
            "round_even" => {
                rounded(self).map(|inside| self.symbols.round_even_div(&inside, &Dim::one()))
            }
            "min" => self.candidates().map(|candidates| self.symbols.min_of(&candidates)),
            "max" => self.candidates().map(|candidates| self.symbols.max_of(&candidates)),
            _ => self.symbols.named_symbol(name).map(Dim::from).ok_or_else(|| Misread {
                is_unknown_symbol: true,
                ..self.misread(start..self.at, format!("the plan has no symbol `{name}`"))
            }),
        }
    }

    /// Two values or more.
    fn candidates(&mut self) -> Result<Vec<Dim>, Misread> {
        self.enclosed('(', ')', |parser| {
            let mut candidates = vec![parser.sum()?];
            while parser.take(&[',']).is_some() {
                candidates.push(parser.sum()?);
            }
            if candidates.len() == 1 {
                let message = "two values with a comma between them are needed";
                return Err(parser.misread(parser.at..parser.at, message));
            }
            Ok(candidates)
        })
    }

    fn enclosed<T>(
        &mut self,
        open: char,
        close: char,
        inside: impl FnOnce(&mut Self) -> Result<T, Misread>,
    ) -> Result<T, Misread> {
        self.skip_blanks();
        let start = self.at;
        if self.depth == DEEPEST {
            return Err(self.misread(start..start, "too many brackets in brackets"));
        }
        if self.take(&[open]).is_none() {
            return Err(self.misread(start..start, format!("`{open}` is missing here")));
        }
        self.depth += 1;
        let value = inside(self)?;
        self.depth -= 1;
        if self.take(&[close]).is_none() {
            let end = start + open.len_utf8();
            return Err(self.misread(start..end, format!("this `{open}` is never closed")));
        }
        Ok(value)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_blanks(&mut self) {
        self.word(char::is_whitespace);
    }

    /// The characters from here that are wanted.
    fn word(&mut self, wanted: impl Fn(char) -> bool) -> &str {
        let rest = &self.text[self.at..];
        let length = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// One of these characters, if it is the next one.
    fn take(&mut self, wanted: &[char]) -> Option<char> {
        self.skip_blanks();
        let next = self.peek().filter(|c| wanted.contains(c))?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn misread(&self, at: Range<usize>, message: impl Into<String>) -> Misread {
        Misread { at, message: message.into(), is_unknown_symbol: false }
    }
}

/// The names in a text that formulas stand in, in its order: all that may be symbols.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !is_of_name(c)).filter(|name| !name.is_empty())
}

/// Whether a name may have it. Raised digits are exponents, and no part of one.
fn is_of_name(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Symbols {
        let mut symbols = Symbols::default();
        for (name, value) in [("B", 1), ("H", 336), ("W", 330), ("P", 14), ("D_v", 1024)] {
            symbols.given(name, "", value);
        }
        let sym = |symbols: &Symbols, name| symbols.named_symbol(name).unwrap();
        let (h, p) = (sym(&symbols, "H"), sym(&symbols, "P"));
        let side = Dim::from(h).over(&p.into());
        symbols.named("N", "", side.pow(2));
        symbols
    }

    #[test]
    fn formulas_are_read_as_they_are_meant() {
        for (text, value) in [
            ("576", 576),
            ("1_000", 1000),
            ("N", 576),
            ("N + 1", 577),
            ("(H/P)*(H/P)", 576),
            ("( H / P )·(H/P)", 576),
            ("(H/P)^2", 576),
            ("2·D_v²", 2 << 20),
            ("-P + 20 − 1", 5),
            ("-(2 - 3*P)", 40),
            ("floor(W/P)", 23),
            ("⌈W/P⌉ × ⌊W/P⌋", 24 * 23),
            ("min(H, W) + max(3, 4)", 334),
            ("min(H, W, D_v, 3*P) + max(H, W)", 42 + 336),
            ("round_even(W/12) + round_even(H/P)", 28 + 24),
            ("H/(P*2)", 12),
        ] {
            let mut symbols = table();
            let dim = symbols.parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
            assert_eq!(symbols.eval(&dim), Ok(Some(value)), "{text}");
            let shown = symbols.show(&dim);
            assert_eq!(symbols.parse(&shown), Ok(dim), "{text} is shown as {shown}");
        }
    }

    #[test]
    fn an_abbreviation_equals_what_it_stands_for() {
        let mut symbols = table();
        let (short, long) = (symbols.parse("N").unwrap(), symbols.parse("(H/P)²").unwrap());
        assert_ne!(short, long);
        assert_eq!(symbols.expand(&short), symbols.expand(&long));
    }

    #[test]
    fn names_are_what_may_be_symbols() {
        let all = |text| names(text).collect::<Vec<_>>();
        assert_eq!(all("2·D_v²·N⁴ + max(⌊H/P⌋, h)"), ["2", "D_v", "N", "max", "H", "P", "h"]);
        assert_eq!(all("the sum of G − 1 steps"), ["the", "sum", "of", "G", "1", "steps"]);
        assert_eq!(all(""), [""; 0]);
    }

    #[test]
    fn faults_have_their_place() {
        for (text, at, words) in [
            ("", 0..0, "ends too early"),
            ("N +", 3..3, "ends too early"),
            ("(N", 0..1, "never closed"),
            ("N M", 2..3, "operator is missing"),
            ("N * Q", 4..5, "no symbol `Q`"),
            ("N)", 1..2, "operator is missing"),
            ("#", 0..1, "begins no number"),
            ("N^17", 2..4, "up to 8"),
            ("N^", 2..2, "up to 8"),
            ("((H + W + P)^8)^8", 17..17, "too long"),
            ("min(N)", 5..5, "comma"),
            ("floor N", 6..6, "`(` is missing"),
            ("N/0", 0..3, "division by zero"),
            ("99999999999999999999999999999999999999999", 0..41, "too large"),
        ] {
            let fault = table().parse(text).unwrap_err();
            assert_eq!(fault.at, at, "{text}: {fault:?}");
            assert!(fault.message.contains(words), "{text}: {fault:?}");
        }
        let deep = format!("{}N", "(".repeat(100_000));
        assert!(table().parse(&deep).unwrap_err().message.contains("too many"));
        assert!(table().parse(&"-".repeat(5000)).is_err());
    }
}
