//! From the tree to a typed value, with every fault found and not only the first.
//!
//! `serde` stops at the first error. So after an error the faulty place of a copy of the tree is
//! repaired ([`repair`]) and the copy is read again, until nothing more is found. A good spec is
//! read once and never copied.

mod access;
mod de;
mod fault;
mod few;
mod hole;
mod repair;
mod report;
mod words;

use super::{MAX_FAULTS, Node};
use crate::diag::{Diagnostic, Sources};
pub use few::few;
pub use words::whole;

use fault::Fault;
use repair::Patient;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Reads a typed value from a tree. The faults are in the order of the text.
///
/// The rules are strict: numbers are not text, text is not a number, unknown keys are faults where
/// the type says so (`deny_unknown_fields`). An enum is written as `name` or `{name: content}`; a
/// variant with content may stand as its bare name if all of the content has defaults. A missing
/// map (`prompt:` with nothing after it) is an empty one.
pub fn decode<T: DeserializeOwned>(tree: &Node, sources: &Sources) -> Result<T, Vec<Diagnostic>> {
    let mut fault = match attempt::<T>(tree) {
        Ok(value) => return Ok(value),
        Err(fault) => fault,
    };
    let mut patient = Patient::new(tree.clone());
    let mut found = Vec::new();
    let mut is_all = false;
    for _ in 0..MAX_FAULTS {
        if !patient.is_consequence(&fault) {
            found.append(&mut report::report(&patient.tree, &fault, sources));
        }
        if !patient.repair(&fault) {
            break;
        }
        match attempt::<T>(&patient.tree) {
            Ok(_) => {
                is_all = true;
                break;
            }
            Err(next) => fault = next,
        }
    }
    found.sort_by_key(|d| d.primary.as_ref().map(|label| (label.span.source, label.span.start)));
    Err(few(found, is_all))
}

fn attempt<T: DeserializeOwned>(tree: &Node) -> Result<T, Fault> {
    access::read(PhantomData::<T>, tree)
}

#[cfg(test)]
mod tests;
