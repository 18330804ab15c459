//! Reports of specs that a test writes out.

use super::Report;
use crate::diag::{Diagnostic, Source, Sources};
use crate::spec::Spec;
use crate::stages::decoder::Logits;
use crate::{pipeline, planned, yaml};

/// The spec that a text says.
pub fn spec(text: &str) -> Spec {
    let mut sources = Sources::default();
    let id = sources.add(Source::new("test", text));
    let tree = yaml::parse(&sources, id).expect("the text is YAML");
    yaml::decode(&tree, &sources).expect("the text is a spec")
}

/// The report.
pub fn report(text: &str) -> Report {
    try_report(text).expect("the numbers fit")
}

/// The report of a spec of which the sizes with these symbols are to vary.
pub fn varying(spec: &Spec, names: &[&str]) -> Report {
    planned::count_varying("test", spec, Logits::All, names).expect("the sizes suit each other")
}

/// The report, or why there is none.
pub fn try_report(text: &str) -> Result<Report, Diagnostic> {
    let (design, faults) = spec(text).design();
    assert_eq!(faults, [], "the fields suit each other");
    let pipeline = pipeline::build(&design, Logits::All, &[]).expect("the sizes suit each other");
    Report::new("test", design, pipeline, Logits::All)
}
