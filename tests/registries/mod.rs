//! The lists of the tool: every member of one has what a member of it must have.
//!
//! Nothing here names a member that the tool's own list could name. What a test must know of each
//! (how a command is run, how a format is read back) stands in a table that must be as long as the
//! list: who adds a command, a format, a bridge or a topic is told here what else belongs to it.

mod bridges;
mod commands;
mod drill;
mod formats;
mod place;
