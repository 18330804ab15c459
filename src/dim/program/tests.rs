//! A program says what evaluation says.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Condition, Fault, Operation, Program, Relation};
use crate::dim::trees::{ALL, POLYNOMIAL, SYMBOLS, Tree, dim, huge, point, small, table, tree};
use crate::dim::{Dim, EvalError, Function, Sym, Symbols};

/// Sorts two numbers; refuses equal ones.
fn sort() -> Arc<Function> {
    Arc::new(Function {
        name: "sort".to_owned(),
        settings: String::new(),
        inputs: &["a", "b"],
        outputs: &["low", "high"],
        eval: Box::new(|inputs, outputs| {
            if inputs[0] == inputs[1] {
                return Err("the two are equal");
            }
            outputs.copy_from_slice(inputs);
            outputs.sort_unstable();
            Ok(())
        }),
        source: "an example",
    })
}

const RELATIONS: &[Relation] =
    &[Relation::IsMultiple, Relation::IsAtMost, Relation::Equals, Relation::Differs];

fn multiple<'a>(left: &'a Dim, right: &'a Dim) -> Condition<'a> {
    Condition { left, relation: Relation::IsMultiple, right }
}

/// Compares a program with evaluation at a point; whether there was anything to compare.
fn compared(
    symbols: &Symbols,
    inputs: &[Sym],
    at: &[i128],
    formulas: &[&Dim],
    constraints: &[Condition<'_>],
) -> Result<(), TestCaseError> {
    let bindings: Vec<(Sym, i128)> = inputs.iter().copied().zip(at.iter().copied()).collect();
    let values: Vec<_> = formulas.iter().map(|dim| symbols.eval_with(dim, &bindings)).collect();
    let program = match Program::new(symbols, inputs, formulas, constraints) {
        Ok(program) => program,
        Err(EvalError::Overflow) => return Ok(()),
        // Without a value for any inputs.
        Err(_) => {
            prop_assert!(values.iter().any(Result::is_err));
            return Ok(());
        }
    };
    let mut runner = program.runner();
    let ran = runner.at(at).map(<[i128]>::to_vec);
    prop_assert_eq!(&ran, &runner.at(at).map(<[i128]>::to_vec), "a second time");
    let numbers = |condition: &Condition<'_>| {
        [condition.left, condition.right].map(|dim| symbols.eval_with(dim, &bindings))
    };
    let judged: Vec<_> = constraints.iter().map(numbers).collect();
    let too_large = |value: &Result<_, _>| *value == Err(EvalError::Overflow);
    // What is too large on the way depends on the order.
    if values.iter().chain(judged.iter().flatten()).any(too_large)
        || matches!(ran, Err(Fault::NoValue { error: EvalError::Overflow, .. }))
    {
        return Ok(());
    }
    let relations = constraints.iter().map(|condition| condition.relation);
    let broken = relations.zip(&judged).position(|(relation, numbers)| match *numbers {
        [Ok(Some(left)), Ok(Some(right))] => !match relation {
            Relation::IsMultiple => right != 0 && left % right == 0,
            Relation::IsAtMost => left <= right,
            Relation::Equals => left == right,
            Relation::Differs => left != right,
        },
        _ => false,
    });
    let expected = match (broken, values.iter().position(Result::is_err)) {
        (Some(broken), _) => Err(Fault::Broken(broken)),
        (None, Some(formula)) => {
            Err(Fault::NoValue { formula, error: values[formula].unwrap_err() })
        }
        (None, None) => Ok(values.iter().map(|value| value.unwrap().unwrap()).collect()),
    };
    prop_assert_eq!(ran, expected, "{}", program);
    Ok(())
}

proptest! {
    #[test]
    fn a_program_says_what_evaluation_says(
        trees in prop::collection::vec(small(ALL), 3),
        at in point(-3i128..9),
        elsewhere in point(-3i128..9),
        varying in 1..=SYMBOLS,
        pair in [small(ALL), small(POLYNOMIAL)],
        relation in prop::sample::select(RELATIONS),
    ) {
        let (mut symbols, handles) = table(&elsewhere);
        let mut build = |tree: &Tree| dim(tree, &mut symbols, &handles);
        let dims: Vec<Dim> = trees.iter().map(&mut build).collect();
        let pair = pair.each_ref().map(build);
        let constraint = Condition { left: &pair[0], relation, right: &pair[1] };
        let formulas: Vec<&Dim> = dims.iter().collect();
        compared(&symbols, &handles[..varying], &at[..varying], &formulas, &[constraint])?;
    }

    #[test]
    fn huge_numbers_are_errors(tree in tree(ALL, huge()), at in point(huge())) {
        let (mut symbols, handles) = table(&[1, 2, 3, 4]);
        let dim = dim(&tree, &mut symbols, &handles);
        compared(&symbols, &handles, &at, &[&dim], &[])?;
    }

    #[test]
    fn functions_are_called(
        trees in [small(ALL), small(ALL), small(POLYNOMIAL)],
        at in point(-3i128..9),
    ) {
        let (mut symbols, handles) = table(&[2, 3, 5, 7]);
        let [a, b, c] = trees.each_ref().map(|tree| dim(tree, &mut symbols, &handles));
        let sorted = symbols.call(&sort(), &[a, b]);
        let formula = &sorted[0] * 2 + &sorted[1] * c;
        let bindings: Vec<_> = handles.iter().copied().zip(at.iter().copied()).collect();
        let value = symbols.eval_with(&formula, &bindings);
        let Ok(program) = Program::new(&symbols, &handles, &[&formula], &[]) else {
            prop_assert!(value.is_err());
            return Ok(());
        };
        let mut runner = program.runner();
        match (runner.at(&at), value) {
            (Ok(numbers), Ok(Some(value))) => prop_assert_eq!(numbers, &[value]),
            // Of several errors, either may come first.
            (Err(_), Err(_)) | (Err(Fault::NoValue { error: EvalError::Overflow, .. }), _) => {}
            (ran, value) => prop_assert!(value == Err(EvalError::Overflow), "{ran:?}, {value:?}"),
        }
    }
}

#[test]
fn steps_are_shared_and_constants_folded() {
    let mut t = Symbols::default();
    let [h, p, d] = [("H", 336), ("P", 14), ("D", 4096)].map(|(n, v)| t.given(n, "", v));
    let text = t.free("T", "");
    let n = t.named("N", "", (h * h).over(&(p * p)));
    let s = t.named("S", "", n + Dim::from(text));
    let window = t.min(&s.into(), &1000.into());
    let flops = 2 * s * s * d + 8 * s * d * d;
    let program = Program::new(
        &t,
        &[h, text],
        &[&s.into(), &flops, &(&window * d), &Dim::from(d)],
        &[multiple(&h.into(), &p.into())],
    );
    let program = program.unwrap();
    assert_eq!(
        program.to_string(),
        "s0 = H\n\
         s1 = T\n\
         s2 = 14\n\
         s5 = 196\n\
         s9 = 2401\n\
         s11 = 196000\n\
         s14 = 49\n\
         s16 = 4096\n\
         s0 is a multiple of s2\n\
         s3 = s0·s0\n\
         s4 = s3 + 196·s1\n\
         s6 = s4/s5\n\
         s7 = s4·s4\n\
         s8 = 1644167168·s4 + 512·s7\n\
         s10 = s8/s9\n\
         s12 = min(s4, s11)\n\
         s13 = 1024·s12\n\
         s15 = s13/s14\n\
         output 0 = s6\n\
         output 1 = s10\n\
         output 2 = s15\n\
         output 3 = s16\n"
    );
    let mut runner = program.runner();
    assert_eq!(runner.at(&[336, 64]).unwrap()[0], 640);
    assert_eq!(runner.at(&[336, 64]).unwrap()[3], 4096);
    assert_eq!(runner.at(&[335, 64]), Err(Fault::Broken(0)));
    assert_eq!(program.inputs(), ["H", "T"]);
}

#[test]
fn what_has_no_value_is_said_at_once() {
    let mut t = Symbols::default();
    let (h, zero, open) = (t.free("H", ""), t.given("z", "", 0), t.free("x", ""));
    let compiled = |dim: &Dim| Program::new(&t, &[h], &[dim], &[]).map(|_| ());
    assert_eq!(compiled(&(h * Dim::from(open))), Err(EvalError::Unknown));
    assert_eq!(compiled(&Dim::from(h).over(&zero.into())), Err(EvalError::DivisionByZero));
    assert_eq!(compiled(&Dim::from(h).over(&Dim::zero())), Err(EvalError::DivisionByZero));
    assert_eq!(compiled(&Symbols::default().free("y", "").into()), Err(EvalError::Foreign));
    assert_eq!(compiled(&h.into()), Ok(()));
}

#[test]
fn a_constraint_that_cannot_be_computed_is_not_judged() {
    let mut t = Symbols::default();
    let [h, w] = ["H", "W"].map(|name| t.free(name, ""));
    let open = t.free("x", "");
    let ratio = Dim::from(h).over(&w.into());
    let program = Program::new(
        &t,
        &[h, w],
        &[&(h * w)],
        &[
            multiple(&open.into(), &h.into()),
            multiple(&ratio, &2.into()),
            multiple(&h.into(), &3.into()),
        ],
    );
    let program = program.unwrap();
    let mut runner = program.runner();
    assert_eq!(runner.at(&[12, 3]), Ok(&[36][..]));
    assert_eq!(runner.at(&[9, 3]), Err(Fault::Broken(1)));
    // A fraction, and nothing: what follows is judged all the same.
    assert_eq!(runner.at(&[12, 5]), Ok(&[60][..]));
    assert_eq!(runner.at(&[12, 0]), Ok(&[0][..]));
    assert_eq!(runner.at(&[10, 3]), Err(Fault::Broken(2)));
    assert!(program.steps().iter().all(|step| !matches!(step.operation, Operation::Call { .. })));
}
