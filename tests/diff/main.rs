//! `vlmcalc diff`.

mod files;
mod git;
#[path = "../scratch/mod.rs"]
mod scratch;
