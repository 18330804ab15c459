//! A spec with everything that was counted of it: what every command starts from.

use crate::cost::Report;
use crate::diag::Diagnostic;
use crate::pipeline::{self, Pipeline};
use crate::spec::{self, Design, Failure, Loaded, Overrides, Spec};
use crate::stages::decoder::Logits;
use crate::stages::faults::Problem;

/// The note of a plan whose expectations are left out.
pub const UNCHECKED: &str = "the command line changes the spec: expectations are not checked";

/// A spec that was loaded, built and counted.
#[derive(Debug)]
pub struct Planned {
    /// The counts, the graphs in them.
    pub report: Report,
    /// The spec and the texts it came from.
    pub loaded: Loaded,
}

/// Loads, builds and counts the spec that an argument names: a file, a preset, or `-`.
///
/// ```
/// use vlmcalc::{Logits, Measure, Overrides, plan};
///
/// let planned = plan("llava-1.5-7b", &Overrides::default(), Logits::All)
///     .expect("a preset is a spec");
/// let report = planned.report;
/// assert_eq!(report.tokens.visual.value, Some(576));
/// assert_eq!(report.prefill.total.get(Measure::Params), Some(7_063_427_072));
/// ```
///
/// # Errors
/// Every problem found, each with its place.
pub fn plan(argument: &str, overrides: &Overrides, logits: Logits) -> Result<Planned, Failure> {
    Planned::of(spec::load(argument, overrides)?, logits)
}

/// Builds and counts a spec that comes from no text.
///
/// # Errors
/// Every problem found, each with the path of the field that it is about.
pub fn count(name: &str, spec: &Spec, logits: Logits) -> Result<Report, Vec<Problem>> {
    count_varying(name, spec, logits, &[])
}

/// Counts a spec, as [`count`] does, of which the sizes whose symbols have these names are to vary:
/// wherever the report's constraints hold, its formulas do.
///
/// # Errors
/// As for [`count`].
pub fn count_varying(
    name: &str,
    spec: &Spec,
    logits: Logits,
    varying: &[&str],
) -> Result<Report, Vec<Problem>> {
    let (design, pipeline) = build(spec, logits, varying)?;
    Report::new(name, design, pipeline, logits).map_err(|problem| vec![(String::new(), problem)])
}

/// The design that a spec describes, and its graphs, in which sizes with these names are to vary.
///
/// # Errors
/// Every problem found, in the design and in its sizes, each with the path of the field that it is
/// about.
pub fn build(
    spec: &Spec,
    logits: Logits,
    varying: &[&str],
) -> Result<(Design, Pipeline), Vec<Problem>> {
    let (design, mut problems) = spec.design();
    match pipeline::build(&design, logits, varying) {
        Ok(pipeline) if problems.is_empty() => return Ok((design, pipeline)),
        Ok(_) => {}
        Err(more) => problems.extend(more),
    }
    Err(problems)
}

impl Planned {
    /// Builds and counts a spec that has been loaded.
    ///
    /// # Errors
    /// Every problem found, each with its place.
    pub fn of(loaded: Loaded, logits: Logits) -> Result<Planned, Failure> {
        match count(&loaded.name, &loaded.spec, logits) {
            Ok(report) => {
                let note = loaded.unchecked.then_some(UNCHECKED);
                let report = report.noting(note).noting(loaded.note);
                Ok(Planned { report, loaded })
            }
            Err(problems) => {
                let located = |(path, problem): (String, Diagnostic)| loaded.locate(&path, problem);
                let diagnostics = problems.into_iter().map(located).collect();
                Err(Failure { diagnostics, sources: loaded.sources })
            }
        }
    }

    /// What can be counted but is probably not what was meant.
    pub fn warnings(&self) -> Vec<Diagnostic> {
        let excess = self.report.excess();
        excess.iter().map(|excess| self.loaded.locate("llm.context", excess.warning())).collect()
    }
}
