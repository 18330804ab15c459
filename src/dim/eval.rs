//! The values of dimensions.

use smallvec::SmallVec;

use super::rational::Rational;
use super::symbols::Value;
use super::{Definition, Dim, EvalError, Sym, Symbols};

impl Symbols {
    /// The value of a dimension; `None` where it depends on a free symbol.
    ///
    /// # Errors
    /// When the arithmetic overflows or divides by zero, a function has no value, the result is not
    /// an integer, or a symbol is of another table.
    pub fn eval(&self, d: &Dim) -> Result<Option<i128>, EvalError> {
        self.eval_with(d, &[])
    }

    /// The value of a dimension where the symbols in `bindings` have the values there, also inside
    /// atoms and abbreviations.
    ///
    /// # Errors
    /// As for [`Symbols::eval`]; and [`EvalError::Contradiction`] where an abbreviation is bound
    /// and an atom was written both with it and without it.
    pub fn eval_with(&self, d: &Dim, bindings: &[(Sym, i128)]) -> Result<Option<i128>, EvalError> {
        if bindings.iter().any(|(sym, _)| self.entry(*sym).is_none()) {
            return Err(EvalError::Foreign);
        }
        let value = match bindings {
            [] => polynomial(d, |sym| self.entry(sym).ok_or(EvalError::Foreign)?.value),
            _ => Evaluation::new(self, bindings).dim(d),
        };
        match value? {
            Some(value) => value.as_integer().map(Some).ok_or(EvalError::NotInteger),
            None => Ok(None),
        }
    }

    /// The value of what a symbol to be declared stands for.
    pub(super) fn initial_value(&self, definition: &Definition) -> Value {
        Evaluation::new(self, &[]).definition(definition)
    }
}

/// The value of a polynomial in symbols of these values.
fn polynomial(d: &Dim, mut of: impl FnMut(Sym) -> Value) -> Value {
    let mut total = Rational::ZERO;
    for &(ref monomial, coefficient) in d.terms()? {
        let mut product = coefficient;
        for &(sym, exponent) in monomial.factors() {
            let Some(value) = of(sym)? else { return Ok(None) };
            product = product.checked_mul(value.checked_pow(exponent.into())?)?;
        }
        total = total.checked_add(product)?;
    }
    Ok(Some(total))
}

/// An evaluation under some bindings.
struct Evaluation<'a> {
    symbols: &'a Symbols,
    /// Symbols of this table with the values that they have here.
    bindings: &'a [(Sym, i128)],
    /// The index of the first bound symbol. Those before it cannot depend on it and keep their
    /// initial value.
    first: usize,
    /// The values found so far of the symbols from the first bound one on.
    found: Vec<Option<Value>>,
}

impl Evaluation<'_> {
    fn new<'a>(symbols: &'a Symbols, bindings: &'a [(Sym, i128)]) -> Evaluation<'a> {
        let bound = bindings.iter().map(|(sym, _)| sym.index());
        let first = bound.min().unwrap_or(symbols.len());
        let mut found = vec![None; symbols.len().saturating_sub(first)];
        for &(sym, value) in bindings {
            found[sym.index() - first] = Some(Ok(Some(value.into())));
        }
        Evaluation { symbols, bindings, first, found }
    }

    fn dim(&mut self, d: &Dim) -> Value {
        polynomial(d, |sym| self.sym(sym))
    }

    fn sym(&mut self, sym: Sym) -> Value {
        let entry = self.symbols.entry(sym).ok_or(EvalError::Foreign)?;
        let Some(index) = sym.index().checked_sub(self.first) else {
            return entry.value;
        };
        if let Some(value) = self.found[index] {
            return value;
        }
        let mut bound = self.bindings.iter().map(|(sym, _)| *sym);
        let value = match &entry.atom {
            Some(atom) if atom.is_contested(&mut bound) => Err(EvalError::Contradiction),
            _ => self.definition(&entry.symbol.definition),
        };
        self.found[index] = Some(value);
        value
    }

    fn definition(&mut self, definition: &Definition) -> Value {
        match definition {
            Definition::Free => Ok(None),
            Definition::Given(value) => Ok(Some((*value).into())),
            Definition::Named(dim) => self.dim(dim),
            Definition::Call(call) => {
                let mut args: SmallVec<[Rational; 4]> = SmallVec::new();
                for arg in &call.args {
                    let Some(value) = self.dim(arg)? else { return Ok(None) };
                    args.push(value);
                }
                call.value(&args).map(Some)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(symbols: &Symbols, d: impl Into<Dim>) -> Option<i128> {
        symbols.eval(&d.into()).unwrap()
    }

    #[test]
    fn a_vision_transformer() {
        let mut t = Symbols::default();
        let [h, w] = ["H", "W"].map(|name| t.given(name, "image side", 224));
        let p = t.given("P", "patch side", 16);
        let d = t.given("D_v", "width", 1024);
        let layers = t.given("L_v", "layers", 24);
        let n = t.named("N", "patches", (h * w).over(&(p * p)));
        assert_eq!(value(&t, n), Some(196));
        assert_eq!(value(&t, n * d), Some(200_704));
        let block = 24 * n * d * d + 4 * n * n * d;
        assert_eq!(value(&t, layers * block), Some(24 * 5_089_853_440));
        assert_eq!(t.expand(&n.into()), (h * w).over(&(p * p)));
        let named: Vec<&str> = t.iter().map(|(_, symbol)| symbol.name.as_str()).collect();
        assert_eq!(named, ["H", "W", "P", "D_v", "L_v", "N"]);
        assert_eq!(t.get(p).meaning, "patch side");
    }

    #[test]
    fn errors_and_unknowns() {
        let mut t = Symbols::default();
        let x = t.given("x", "", i128::MAX / 3);
        let (h, p, zero) = (t.given("H", "", 225), t.given("P", "", 16), t.given("z", "", 0));
        let free = t.free("B", "");
        assert_eq!(t.eval(&(4 * x)), Err(EvalError::Overflow));
        assert_eq!(t.eval(&(x * Dim::from(i128::MAX) * 4)), Err(EvalError::Overflow));
        assert_eq!(t.eval(&Dim::from(h).over(&p.into())), Err(EvalError::NotInteger));
        assert_eq!(t.eval(&Dim::from(h).over(&zero.into())), Err(EvalError::DivisionByZero));
        assert_eq!(t.eval(&Dim::from(h).over(&Dim::zero())), Err(EvalError::DivisionByZero));
        assert_eq!(value(&t, free * h), None);
        assert_eq!(value(&t, free * h + p - free * h), Some(16));
        assert_eq!(t.eval_with(&(free * h), &[(free, 2)]), Ok(Some(450)));
        assert_eq!(value(&t, (h * p).over(&Dim::from(15))), Some(240));
    }

    #[test]
    fn bindings_reach_into_atoms_and_abbreviations() {
        let mut t = Symbols::default();
        let window = t.given("W", "window", 4096);
        let past = t.given("S", "cached tokens", 100);
        let context = t.named("T", "context", past + Dim::one());
        let seen = t.min(&context.into(), &window.into());
        let cost = t.named("c", "cost", 2 * &seen);
        let unaffected = t.floor_div(&window.into(), &3.into());
        let all = cost + unaffected;
        assert_eq!(value(&t, &all), Some(2 * 101 + 1365));
        assert_eq!(t.eval_with(&all, &[(past, 9000)]), Ok(Some(2 * 4096 + 1365)));
        assert_eq!(t.eval_with(&all, &[(context, 7)]), Ok(Some(2 * 7 + 1365)));
        assert_eq!(t.eval_with(&all, &[(cost, 1), (window, 3)]), Ok(Some(2)));
    }
}
