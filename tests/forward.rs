//! The forward pass from the command line.

use crate::command::{Ran, vlmcalc};

#[cfg(not(feature = "forward"))]
#[test]
fn a_build_without_it_says_how_to_get_it() {
    for args in [&["forward", "tiny", "--seed", "3"][..], &["plan", "tiny", "--forward"]] {
        let Ran { code, stdout, stderr } = vlmcalc(args);
        assert_eq!((code, stdout.contains("forward pass")), (2, false));
        assert!(stderr.contains("cargo install --path . --features forward"), "{stderr}");
    }
}

#[cfg(feature = "forward")]
mod enabled {
    use super::*;
    use serde_json::Value;

    /// A run of a preset or spec as JSON.
    fn run(args: &[&str]) -> Value {
        let args: Vec<&str> =
            ["forward"].iter().chain(args).chain(&["--format", "json"]).copied().collect();
        let Ran { code, stdout, stderr } = vlmcalc(&args);
        assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
        serde_json::from_str(&stdout).unwrap()
    }

    #[test]
    fn what_runs_is_what_was_predicted() {
        let run = run(&["tiny", "--depth", "9", "--decode", "3"]);
        assert_eq!(run["differences"], serde_json::json!([]));
        assert_eq!(run["prefill"]["matmul_flops"], run["predicted_matmul_flops"]);
        assert_eq!(run["finite"], true);
        assert_eq!(run["decode"].as_array().unwrap().len(), 3);
        for stage in run["stages"].as_array().unwrap() {
            assert_eq!(stage["predicted_shape"], stage["real_shape"], "{}", stage["path"]);
        }
        let plan = vlmcalc(&["plan", "tiny", "--format", "json"]).stdout;
        let plan: Value = serde_json::from_str(&plan).unwrap();
        assert_eq!(run["decode"][0]["matmul_flops"], plan["decode"]["matmul_flops"]["total"]);
    }

    #[test]
    fn the_seed_and_nothing_else_decides_the_logits() {
        let sum = |args: &[&str]| run(args)["checksum"].clone();
        let first = sum(&["tiny", "--threads", "1"]);
        assert_eq!(first, sum(&["tiny", "--threads", "3"]));
        assert_eq!(first, sum(&["tiny", "--repeat", "3"]));
        assert_ne!(first, sum(&["tiny", "--seed", "1"]));
        assert_ne!(first, sum(&["tiny", "--reuse-weights"]));
    }

    #[test]
    fn a_stage_runs_alone() {
        for (stage, component) in
            [("encoder", "vision_encoder"), ("bridge", "bridge"), ("llm", "llm")]
        {
            let run = run(&["tiny", "--stage", stage, "--depth", "0"]);
            let stages = run["stages"].as_array().unwrap();
            assert_eq!(stages.len(), 1);
            assert_eq!(stages[0]["path"], component);
            assert_eq!(run["differences"], serde_json::json!([]));
        }
    }

    #[test]
    fn memory_does_not_grow_with_depth() {
        let predicted = |depth: &str| {
            let set = format!("llm.depth={depth}");
            run(&["tiny", "--set", &set, "--set", "expect=null"])["memory"]["predicted_bytes"]
                .clone()
        };
        assert_eq!(predicted("2"), predicted("300"));
    }

    #[test]
    fn a_stage_alone_needs_less_memory() {
        let predicted = |stage: &[&str]| {
            let args: Vec<&str> =
                ["tiny", "--text-tokens", "100000"].iter().chain(stage).copied().collect();
            let whole = ["forward"].iter().chain(&args).chain(&["--format", "json"]).copied();
            // The prompt is longer than the context, which is said on standard error.
            let Ran { stdout, .. } = vlmcalc(&whole.collect::<Vec<_>>());
            let run: Value = serde_json::from_str(&stdout).unwrap();
            run["memory"]["predicted_bytes"].as_u64().unwrap()
        };
        assert!(predicted(&["--stage", "encoder"]) < 120 << 20);
        assert!(predicted(&["--stage", "bridge"]) < 120 << 20);
    }

    #[test]
    fn a_plan_can_be_followed_by_its_run() {
        let Ran { code, stdout, .. } = vlmcalc(&["plan", "tiny", "--forward"]);
        assert_eq!(code, 0);
        assert!(stdout.contains("prefill matmul") && stdout.contains("tiny: forward pass"));
        let json = vlmcalc(&["plan", "tiny", "--forward", "--format", "json"]).stdout;
        let plan: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            plan["forward"]["predicted_matmul_flops"],
            plan["prefill"]["matmul_flops"]["total"]
        );
    }

    #[test]
    fn what_cannot_run_is_refused() {
        for (args, text) in [
            (&["forward", "textbook"][..], "these are not given: `encoder.depth` (L_v)"),
            (&["forward", "tiny", "--dtype", "int4"], "error[bad-value]: cannot run in int4"),
            (&["forward", "tiny", "--format", "csv"], "[possible values: table, markdown, json]"),
            (&["forward", "tiny", "--batch", "100000000", "--set", "expect=null"], "--force"),
        ] {
            let Ran { code, stdout, stderr } = vlmcalc(args);
            assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
            assert!(stderr.contains(text), "{args:?}: {stderr}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn ctrl_c_ends_at_once_with_130() {
        use std::process::{Command, Stdio};
        use std::time::{Duration, Instant};
        let mut child = Command::new(env!("CARGO_BIN_EXE_vlmcalc"))
            .args(["forward", "llava-1.5-7b"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs(2));
        let start = Instant::now();
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let status = child.wait().unwrap();
        assert!(start.elapsed() < Duration::from_secs(2));
        assert_eq!(status.code(), Some(130));
    }

    #[test]
    fn progress_is_for_terminals() {
        let Ran { stderr, .. } = vlmcalc(&["forward", "tiny"]);
        assert_eq!(stderr, "");
    }
}
