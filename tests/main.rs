//! What is tested from outside, all in one binary: each more of them would be linked with everything.
//!
//! A module for each subject: `cargo test --test integration check::` runs one.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

// What the subjects share.
mod command;
mod folder;
mod json;
mod pages;

// The subjects.
mod architecture;
mod baseline;
mod book;
mod bridges;
mod changed_since;
mod check;
mod cli;
mod compare;
mod context;
mod diagram;
mod diagram_svg;
mod diff;
mod docs;
mod drill;
#[cfg(unix)]
mod drill_at_once;
mod errors;
mod expectations;
mod explain;
mod foreign;
mod formulas;
mod forward;
#[cfg(unix)]
mod integrations;
mod media;
mod overrides;
mod policy;
mod positions;
mod properties;
mod questions;
mod readme;
mod readme_picture;
#[cfg(feature = "forward")]
mod reference;
mod registries;
mod reports;
mod saved;
mod schema;
mod start;
mod tables;
mod tensors;
mod tokens;
mod towers;
mod truth;
