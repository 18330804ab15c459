//! From formulas to steps.

use std::collections::HashMap;

use super::fraction::{Fraction, Powers, Product, Sum};
use super::step::{Operation, Rounding, Slot, Step};
use super::{Check, Condition, Program};
use crate::dim::rational::Rational;
use crate::dim::{Call, Definition, Dim, EvalError, Rule, Sym, Symbols};

/// A program under construction.
#[derive(Clone)]
pub(super) struct Compiler<'a> {
    symbols: &'a Symbols,
    inputs: &'a [Sym],
    /// For each symbol of the table, whether it depends on an input.
    depends: Vec<bool>,
    /// What symbols that do are in terms of slots.
    products: HashMap<Sym, Product>,
    numbers: HashMap<i128, Slot>,
    /// For each slot, whether there may be no number for it, however small the inputs.
    may_fail: Vec<bool>,
    /// The slot of what is computed already.
    known: HashMap<Operation, Slot>,
    program: Program,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(symbols: &'a Symbols, inputs: &'a [Sym]) -> Result<Compiler<'a>, EvalError> {
        let mut depends: Vec<bool> = Vec::new();
        for (sym, definition) in symbols.definitions() {
            let on_input =
                |dim: &Dim| dim.symbols().any(|inner| depends.get(inner.index()) == Some(&true));
            depends.push(
                inputs.contains(&sym)
                    || match definition {
                        Definition::Free | Definition::Given(_) => false,
                        Definition::Named(dim) => on_input(dim),
                        Definition::Call(call) => call.args.iter().any(on_input),
                    },
            );
        }
        let mut compiler = Compiler {
            symbols,
            inputs,
            depends,
            products: HashMap::new(),
            numbers: HashMap::new(),
            may_fail: Vec::new(),
            known: HashMap::new(),
            program: Program {
                inputs: Vec::new(),
                constants: Vec::new(),
                steps: Vec::new(),
                checks: Vec::new(),
                outputs: Vec::new(),
                slots: 0,
            },
        };
        for &sym in inputs {
            symbols.entry(sym).ok_or(EvalError::Foreign)?;
            let slot = compiler.reserve(1);
            compiler.products.insert(sym, Product::slot(slot));
            compiler.program.inputs.push(symbols.get(sym).name.clone());
        }
        Ok(compiler)
    }

    /// Compiles a constraint, if its numbers can be computed at all.
    pub(super) fn check(&mut self, constraint: usize, condition: &Condition<'_>) {
        let before = self.clone();
        let slots = [condition.left, condition.right].map(|dim| self.number(dim));
        let [Ok(left), Ok(right)] = slots else {
            *self = before;
            return;
        };
        let (relation, after) = (condition.relation, self.program.steps.len());
        self.program.checks.push(Check { constraint, left, relation, right, after });
    }

    pub(super) fn output(&mut self, formula: &Dim) -> Result<(), EvalError> {
        let slot = self.number(formula)?;
        self.program.outputs.push(slot);
        Ok(())
    }

    pub(super) fn finish(self) -> Program {
        self.program
    }

    /// The slot of a formula's number.
    fn number(&mut self, formula: &Dim) -> Result<Slot, EvalError> {
        let fraction = self.fraction(formula)?;
        self.quotient(Rounding::Exact, &fraction, &Fraction::one())
    }

    /// A formula as a fraction.
    fn fraction(&mut self, formula: &Dim) -> Result<Fraction, EvalError> {
        let mut products = Vec::new();
        for (monomial, coefficient) in formula.terms()? {
            let mut product = Product::number(*coefficient);
            for &(sym, exponent) in monomial.factors() {
                product = product.times(&self.symbol(sym)?, exponent)?;
            }
            products.push(product);
        }
        Fraction::of(&products)
    }

    fn symbol(&mut self, sym: Sym) -> Result<Product, EvalError> {
        if let Some(known) = self.products.get(&sym) {
            return Ok(known.clone());
        }
        let symbols = self.symbols;
        let entry = symbols.entry(sym).ok_or(EvalError::Foreign)?;
        if !self.depends[sym.index()] {
            return Ok(Product::number(entry.value?.ok_or(EvalError::Unknown)?));
        }
        if symbols.atom(sym).is_some_and(|atom| atom.is_contested(self.inputs.iter().copied())) {
            return Err(EvalError::Contradiction);
        }
        let product = match &entry.symbol.definition {
            // Only an input can depend on one.
            Definition::Free | Definition::Given(_) => return Err(EvalError::Unknown),
            Definition::Named(definition) => {
                let fraction = self.fraction(definition)?;
                self.product(fraction)?
            }
            Definition::Call(call) => self.call(call)?,
        };
        self.products.insert(sym, product.clone());
        Ok(product)
    }

    /// A fraction as a product, its sum in a slot.
    fn product(&mut self, fraction: Fraction) -> Result<Product, EvalError> {
        let (sum, factor) = fraction.split()?;
        match sum {
            None => Ok(factor),
            Some(sum) => factor.times(&Product::slot(self.sum(&sum)), 1),
        }
    }

    fn call(&mut self, call: &Call) -> Result<Product, EvalError> {
        match &call.rule {
            Rule::Floor => self.rounded(Rounding::Down, call),
            Rule::Ceil => self.rounded(Rounding::Up, call),
            Rule::RoundEven => self.rounded(Rounding::HalfToEven, call),
            Rule::Min => self.extreme(Operation::Min, call),
            Rule::Max => self.extreme(Operation::Max, call),
            Rule::Of(function) => {
                let args = call.args.iter().map(|arg| self.number(arg));
                let args = args.collect::<Result<_, _>>()?;
                let first = self.emit(Operation::Call { function: function.clone(), args });
                Ok(Product::slot(first.plus(call.output)))
            }
        }
    }

    fn rounded(&mut self, rounding: Rounding, call: &Call) -> Result<Product, EvalError> {
        let [dividend, divisor] = &call.args[..] else { return Err(EvalError::NotInteger) };
        let (dividend, divisor) = (self.fraction(dividend)?, self.fraction(divisor)?);
        Ok(Product::slot(self.quotient(rounding, &dividend, &divisor)?))
    }

    fn quotient(
        &mut self,
        rounding: Rounding,
        dividend: &Fraction,
        divisor: &Fraction,
    ) -> Result<Slot, EvalError> {
        // (a/b)/(c/d) is a·d/(b·c). Neither b nor d may be zero, so d is on both sides.
        let d = &divisor.under;
        let mut above = dividend.sum.times(divisor.number, &d.times(d)?)?;
        let mut below = divisor.sum.times(dividend.number, &d.times(&dividend.under)?)?;
        let common = above.content(below.content(0));
        if common > 1 {
            (above, below) = (above.divided(common), below.divided(common));
        }
        let dividend = self.sum(&above);
        if below.is_one() {
            return Ok(dividend);
        }
        let divisor = self.sum(&below);
        Ok(self.emit(Operation::Quotient { rounding, dividend, divisor }))
    }

    fn extreme(
        &mut self,
        operation: fn(Box<[Slot]>) -> Operation,
        call: &Call,
    ) -> Result<Product, EvalError> {
        let fractions = call.args.iter().map(|arg| self.fraction(arg));
        let fractions: Vec<Fraction> = fractions.collect::<Result<_, _>>()?;
        let (sums, number, under) = Fraction::over_common(&fractions)?;
        let common = sums.iter().fold(0, |common, sum| sum.content(common)).max(1);
        // Their order is that of the fractions over a square, which is not negative.
        let sums = sums.into_iter().map(|sum| sum.divided(common).times(1, &under));
        let sums: Vec<Sum> = sums.collect::<Result<_, _>>()?;
        let mut candidates: Vec<Slot> = sums.iter().map(|sum| self.sum(sum)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let chosen = match candidates[..] {
            [one] => one,
            _ => self.emit(operation(candidates.into())),
        };
        let coefficient = Rational::from(common).checked_div(number.into())?;
        Ok(Product { coefficient, over: chosen.into(), under: under.times(&under)? })
    }

    /// The slot of a sum.
    fn sum(&mut self, sum: &Sum) -> Slot {
        let (mut constant, mut terms) = (0, Vec::new());
        for (powers, coefficient) in sum.terms() {
            if coefficient == 0 && !powers.slots().any(|slot| self.may_fail[slot.index()]) {
                continue;
            }
            match self.powers(powers) {
                None => constant = coefficient,
                Some(slot) => terms.push((coefficient, slot)),
            }
        }
        match terms[..] {
            [] => self.constant_slot(constant),
            [(1, slot)] if constant == 0 => slot,
            _ => self.emit(Operation::Sum { constant, terms: terms.into() }),
        }
    }

    /// The slot of a product; none for the product of nothing.
    fn powers(&mut self, powers: &Powers) -> Option<Slot> {
        match powers.root().filter(|_| !powers.is_one()) {
            Some(root) => {
                let root = self.powers(&root)?;
                Some(self.emit(Operation::Product(root, root)))
            }
            None => powers.slots().reduce(|a, b| self.emit(Operation::Product(a, b))),
        }
    }

    /// The slot of what an operation computes, its first one.
    fn emit(&mut self, operation: Operation) -> Slot {
        if let Some(known) = self.known.get(&operation) {
            return *known;
        }
        let mut result = 0;
        let is_constant =
            operation.execute(|slot| self.constant(slot), |_, number| result = number);
        if is_constant.is_ok() && operation.results() == 1 {
            return self.constant_slot(result);
        }
        let to = self.reserve(operation.results());
        let may_fail = match &operation {
            Operation::Sum { terms, .. } => terms.iter().any(|term| self.may_fail[term.1.index()]),
            Operation::Product(a, b) => [a, b].iter().any(|slot| self.may_fail[slot.index()]),
            Operation::Min(candidates) | Operation::Max(candidates) => {
                candidates.iter().any(|slot| self.may_fail[slot.index()])
            }
            Operation::Quotient { .. } | Operation::Call { .. } => true,
        };
        self.may_fail[to.index()..].fill(may_fail);
        self.known.insert(operation.clone(), to);
        self.program.steps.push(Step { to, operation });
        to
    }

    fn constant_slot(&mut self, number: i128) -> Slot {
        if let Some(known) = self.numbers.get(&number) {
            return *known;
        }
        let slot = self.reserve(1);
        self.program.constants.push((slot, number));
        self.numbers.insert(number, slot);
        slot
    }

    /// The number in a slot, if it is the same at every point.
    fn constant(&self, slot: Slot) -> Result<i128, EvalError> {
        let constants = &self.program.constants;
        let at = constants.binary_search_by_key(&slot, |(slot, _)| *slot);
        at.map(|at| constants[at].1).map_err(|_| EvalError::Unknown)
    }

    /// The first of so many new slots.
    fn reserve(&mut self, count: usize) -> Slot {
        let first = Slot::new(self.program.slots);
        self.program.slots += count;
        self.may_fail.resize(self.program.slots, false);
        first
    }
}
