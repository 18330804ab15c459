//! Many specs at once, on all cores.

use rayon::prelude::*;

use super::expect::expectations;
use super::finding::{Checked, Results};
use crate::files::Named;
use crate::planned::{Planned, plan};
use crate::spec::{Failure, Overrides};
use crate::stages::decoder::Logits;

/// Checks every spec; a bad one does not stop the rest. The order stays.
pub fn check(named: &[Named]) -> Results {
    let checked = named.par_iter().map(|named| match named {
        Named::Spec(file) => check_file(file),
        Named::Nothing { argument, fault } => Checked {
            file: argument.clone(),
            faults: vec![(**fault).clone()],
            ..Checked::default()
        },
    });
    Results { command: "check", checked: checked.collect(), ..Results::default() }
}

fn check_file(file: &str) -> Checked {
    match plan(file, &Overrides::default(), Logits::All) {
        Ok(planned) => check_plan(file, planned),
        Err(Failure { diagnostics, sources }) => {
            Checked { file: file.to_owned(), faults: diagnostics, sources, ..Checked::default() }
        }
    }
}

fn check_plan(file: &str, planned: Planned) -> Checked {
    let findings = expectations(&planned);
    let warnings = planned.warnings();
    Checked {
        file: file.to_owned(),
        name: Some(planned.loaded.name),
        findings,
        faults: Vec::new(),
        warnings,
        sources: planned.loaded.sources,
        spec: None,
    }
}
