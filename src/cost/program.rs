//! Numbers of a plan, compiled for many values of some of its sizes.

use super::Report;
use super::numbers::{Fact, find};
use crate::dim::{Condition, Dim, EvalError, Program, Sym, Symbols};
use crate::graph::Constraint;

/// Why numbers cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Uncompiled {
    /// No size of the plan has a symbol of this name.
    NoSymbol(String),
    /// The plan has no such number, or it is no formula.
    NoNumber(String),
    /// A number has no value, whatever the sizes are.
    NoValue(EvalError),
}

impl Report {
    /// The numbers at these paths, compiled for values of the symbols with these names, which the
    /// plan must have been built to vary. Its constraints are those of [`Report::constraints`], in
    /// their order.
    ///
    /// # Errors
    /// What is not there, or has no value.
    pub fn compile(&self, varying: &[&str], paths: &[&str]) -> Result<Program, Uncompiled> {
        // The decode pass is written in the symbols of the prefill and some more.
        let mut symbols = Symbols::clone(&self.decode.graph.symbols);
        let inputs: Vec<Sym> = varying
            .iter()
            .map(|name| {
                let missing = || Uncompiled::NoSymbol((*name).to_owned());
                symbols.named_symbol(name).ok_or_else(missing)
            })
            .collect::<Result<_, _>>()?;
        let formulas: Vec<Dim> = paths
            .iter()
            .map(|path| {
                let form = match find(self, path, usize::MAX) {
                    Some(Fact::Number(_, Some(form))) => Some(form.closed()),
                    _ => None,
                };
                let missing = || Uncompiled::NoNumber((*path).to_owned());
                form.and_then(|form| form.dim(&mut symbols)).ok_or_else(missing)
            })
            .collect::<Result<_, _>>()?;
        let formulas: Vec<&Dim> = formulas.iter().collect();
        let conditions: Vec<Condition> =
            self.constraints.iter().map(Constraint::condition).collect();
        Program::new(&symbols, &inputs, &formulas, &conditions).map_err(Uncompiled::NoValue)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{spec, varying};
    use super::*;
    use crate::cost::testing::report;
    use crate::dim::Fault;

    const SPEC: &str = "image: 4\nencoder: {patch: 2, width: 4, depth: 2, heads: 2, mlp_width: 6}\n\
                        bridge: {resampler: {latents: 3, width: 8, heads: 2, mlp_width: 5, depth: 1}}\n\
                        llm: {width: 8, depth: 3, heads: 2, mlp_width: 7, vocab: 10}\n\
                        prompt: {text_tokens: 5, generated_tokens: 4}\n";
    const PATHS: [&str; 4] = [
        "params.total",
        "prefill.matmul_flops.total",
        "memory.peak_activation_bytes",
        "memory.total_bytes",
    ];

    fn numbers(text: &str) -> Vec<i128> {
        let report = report(text);
        let number = |path: &&str| match find(&report, path, 1) {
            Some(Fact::Number(Some(value), _)) => value,
            _ => panic!("{path} is known"),
        };
        PATHS.iter().map(number).collect()
    }

    #[test]
    fn where_sizes_vary_the_numbers_are_those_of_a_plan_or_a_constraint_says_why_not() {
        // A resampler as wide as the encoder needs no projection of its input; a stack of no blocks
        // is not there.
        let report = varying(&spec(SPEC), &["D_v", "L", "T"]);
        let program = report.compile(&["D_v", "L", "T"], &PATHS).unwrap();
        let mut runner = program.runner();
        let mut other = 0;
        for width in [4, 8, 12] {
            for depth in [0, 1, 3] {
                for text in [0, 1, 7] {
                    let anew = SPEC
                        .replace("width: 4", &format!("width: {width}"))
                        .replace("depth: 3", &format!("depth: {depth}"))
                        .replace("text_tokens: 5", &format!("text_tokens: {text}"));
                    match runner.at(&[width, depth, text]) {
                        Ok(compiled) => assert_eq!(compiled, numbers(&anew), "{anew}"),
                        Err(Fault::Broken(at)) => {
                            other += 1;
                            assert!(matches!(report.constraints[at], Constraint::Chosen(_)));
                            assert!(width == 8 || depth == 0);
                        }
                        Err(fault) => panic!("{fault:?}"),
                    }
                }
            }
        }
        assert_eq!(other, 3 * (3 + 2));
    }

    #[test]
    fn what_is_not_there_is_said() {
        let report = varying(&spec(SPEC), &["D"]);
        let compiled = |name, path| report.compile(&[name], &[path]).map(|_| ());
        assert_eq!(compiled("x", PATHS[0]), Err(Uncompiled::NoSymbol("x".into())));
        assert_eq!(compiled("D", "params.x"), Err(Uncompiled::NoNumber("params.x".into())));
        assert_eq!(compiled("D", "memory.dtype"), Err(Uncompiled::NoNumber("memory.dtype".into())));
        assert_eq!(compiled("D", PATHS[0]), Ok(()));
    }
}
