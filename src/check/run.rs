//! Many specs at once, on all cores.

use rayon::prelude::*;

use super::expect::{expectations, put_right};
use super::finding::{Checked, Results};
use super::policy::Policies;
use crate::diag::Sources;
use crate::files::Named;
use crate::planned::{Planned, plan};
use crate::spec::{Failure, Overrides, Spec};
use crate::stages::decoder::Logits;

/// The most specs for which it is looked what would put them right: that takes far longer than
/// finding that they are wrong.
const MOST_ADVISED: usize = 10;

/// What is changed of every spec before it is checked. Its expectations count all the same.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// What the command line says against the files.
    pub overrides: Overrides,
    /// Where logits are computed.
    pub logits: Logits,
}

/// Checks every spec, also against the policies that are for it; a bad one does not stop the
/// others. The order stays. `tick` is called when a spec is done.
pub fn check(
    named: &[Named],
    policies: &Policies,
    setting: &Setting,
    tick: &(dyn Fn() + Sync),
) -> Results {
    let Setting { overrides, logits } = setting;
    let overrides = Overrides { keeps_expectations: true, ..overrides.clone() };
    let check_file = |file: &str| match plan(file, &overrides, *logits) {
        Ok(planned) => check_plan(file, planned, policies),
        Err(failure) => (Checked::unread(file, failure), None),
    };
    let all = named.par_iter().map(|named| match named {
        Named::Spec(file) => {
            let checked = check_file(file);
            tick();
            checked
        }
        Named::Nothing { argument, fault } => {
            let diagnostics = vec![(**fault).clone()];
            (Checked::unread(argument, Failure { diagnostics, sources: Sources::default() }), None)
        }
    });
    let mut all: Vec<(Checked, Option<Box<Spec>>)> = all.collect();
    let wrong = all.iter_mut().filter_map(|(checked, spec)| Some((checked, spec.as_deref()?)));
    let mut wrong: Vec<(&mut Checked, &Spec)> = wrong.take(MOST_ADVISED).collect();
    wrong
        .par_iter_mut()
        .for_each(|(checked, spec)| put_right(spec, *logits, &mut checked.findings));
    let checked: Vec<Checked> = all.into_iter().map(|(checked, _)| checked).collect();
    let rules = policies.uses(checked.iter().map(|checked| checked.findings.as_slice()));
    Results { command: "check", checked, rules, ..Results::default() }
}

/// The spec comes with it if a change of it might put something right.
fn check_plan(
    file: &str,
    mut planned: Planned,
    policies: &Policies,
) -> (Checked, Option<Box<Spec>>) {
    let mut findings = expectations(&planned);
    findings.extend(policies.judge(file, &mut planned));
    let is_wrong = findings.iter().any(|finding| finding.breach.is_some());
    let checked = Checked {
        file: file.to_owned(),
        findings,
        warnings: planned.warnings(),
        name: Some(planned.loaded.name),
        sources: planned.loaded.sources,
        ..Checked::default()
    };
    (checked, is_wrong.then(|| Box::new(planned.loaded.spec)))
}
