//! What `forward` says where it was left out of the build.

use clap::Args;

use crate::cli::command::Run;
use crate::cli::{BAD_INPUT, Color, Outcome};
use crate::cost::Report;
use crate::render::View;

const HOW_TO_GET_IT: &str = "error: this vlmcalc was built without its forward pass\n\
    help: build it with `cargo install --path . --features forward`\n";

/// Arguments of `forward`, whatever they are.
#[derive(Debug, Args)]
pub struct Forward {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    ignored: Vec<String>,
}

impl Run for Forward {
    const NAME: &'static str = "forward";
    const ABOUT: &'static str =
        "Runs a pipeline on random tensors and compares every operation with its prediction";

    /// Says how to get a build that can.
    fn run(&self, _: Color) -> Outcome {
        let _ = &self.ignored;
        refusal()
    }
}

/// What follows a plan.
pub fn run_with_plan(_: Vec<Report>, _: &str, _: &View, _: Color) -> Outcome {
    refusal()
}

fn refusal() -> Outcome {
    Outcome { stderr: HOW_TO_GET_IT.to_owned(), code: BAD_INPUT, ..Outcome::default() }
}
