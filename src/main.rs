//! The `vlmcalc` binary: everything is in the library.

fn main() -> std::process::ExitCode {
    vlmcalc::run()
}
