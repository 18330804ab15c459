//! A program at a point.

use super::step::{Slot, Step};
use super::{Fault, Program};
use crate::dim::EvalError;

/// A program with the memory that it runs in: one for each thread.
#[derive(Clone, Debug)]
pub struct Runner<'a> {
    program: &'a Program,
    slots: Vec<i128>,
    numbers: Vec<i128>,
}

impl Program {
    /// The program with memory to run in.
    pub fn runner(&self) -> Runner<'_> {
        let mut slots = vec![0; self.slots];
        for &(slot, constant) in &self.constants {
            slots[slot.index()] = constant;
        }
        Runner { program: self, slots, numbers: vec![0; self.outputs.len()] }
    }
}

impl Runner<'_> {
    /// The numbers of all formulas where the inputs have these values, in their orders.
    ///
    /// # Errors
    /// The first constraint that is broken, or else the first formula that has no value. A
    /// constraint whose numbers cannot be computed is not judged.
    ///
    /// # Panics
    /// If the point has not as many values as the program has inputs.
    pub fn at(&mut self, point: &[i128]) -> Result<&[i128], Fault> {
        let inputs = self.program.inputs.len();
        assert_eq!(point.len(), inputs, "a point has one value for each input");
        self.slots[..inputs].copy_from_slice(point);
        match self.run() {
            Ok(None) => {
                for (number, slot) in self.numbers.iter_mut().zip(&self.program.outputs) {
                    *number = self.slots[slot.index()];
                }
            }
            Ok(Some(broken)) => return Err(Fault::Broken(broken)),
            Err(_) => self.run_with_faults()?,
        }
        Ok(&self.numbers)
    }

    /// Runs up to the first constraint that is broken, which it returns, or error.
    fn run(&mut self) -> Result<Option<usize>, EvalError> {
        let program = self.program;
        let mut done = 0;
        for check in &program.checks {
            self.steps(&program.steps[done..check.after])?;
            done = check.after;
            let [left, right] = [check.left, check.right].map(|slot| self.slots[slot.index()]);
            if !check.relation.holds(left, right) {
                return Ok(Some(check.constraint));
            }
        }
        self.steps(&program.steps[done..])?;
        Ok(None)
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), EvalError> {
        for Step { to, operation } in steps {
            let (before, after) = self.slots.split_at_mut(to.index());
            operation.execute(|slot| Ok(before[slot.index()]), |at, number| after[at] = number)?;
        }
        Ok(())
    }

    /// Runs to the end, going on after errors: not everything depends on where they are.
    fn run_with_faults(&mut self) -> Result<(), Fault> {
        let program = self.program;
        let mut slots: Vec<Result<i128, EvalError>> = self.slots.iter().copied().map(Ok).collect();
        for Step { to, operation } in &program.steps {
            let (before, after) = slots.split_at_mut(to.index());
            let result =
                operation.execute(|slot| before[slot.index()], |at, number| after[at] = Ok(number));
            if let Err(error) = result {
                after[..operation.results()].fill(Err(error));
            }
        }
        let number = |slot: Slot| slots[slot.index()];
        for check in &program.checks {
            if let (Ok(left), Ok(right)) = (number(check.left), number(check.right))
                && !check.relation.holds(left, right)
            {
                return Err(Fault::Broken(check.constraint));
            }
        }
        for (formula, slot) in program.outputs.iter().enumerate() {
            self.numbers[formula] =
                number(*slot).map_err(|error| Fault::NoValue { formula, error })?;
        }
        Ok(())
    }
}
