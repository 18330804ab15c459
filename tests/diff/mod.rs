//! `vlmcalc diff`.

mod files;
mod git;
