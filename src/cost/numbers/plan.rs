//! What stands in no section.

use super::{Key, Read, SCHEMA_VERSION, Said};
use crate::units::Unit;

/// What a plan begins with.
pub(super) const HEAD: &[Key] = &[
    Key::number(
        "schema_version",
        Unit::Count,
        Read::Plan(|_| Said::plain(SCHEMA_VERSION)),
        "The version of these keys. It is raised when a key changes its meaning or goes, and not \
         for new keys.",
    ),
    Key::new(
        "name",
        Read::Plan(|report| Said::text(&report.name)),
        "The name of the pipeline: that of the spec, or of its file or preset.",
    ),
];

/// What a plan ends with.
pub(super) const TAIL: &[Key] = &[
    Key::new(
        "notes.N",
        Read::Plan(|report| Said::List(report.notes.iter().map(|note| Said::text(note)).collect())),
        "What a reader should know of this plan, in sentences.",
    ),
    Key::new(
        "spec",
        Read::Plan(|report| Said::Design(Box::new(report.spec()))),
        "The design, with every default said and without `expect`: the fields of a spec, which \
         `vlmcalc doc encoder` and the like explain. `vlmcalc diff` reads it.",
    ),
];
