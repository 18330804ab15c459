//! How long `check` takes on 10,000 specs, a broken one among them, on all cores and on one.
//!
//! Fails if it takes 2 s or more, the best of a few runs, since machines are shared.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SPECS: usize = 10_000;
const RUNS: usize = 5;
const LIMIT: Duration = Duration::from_secs(2);

fn main() {
    let folder = std::env::temp_dir().join(format!("vlmcalc-many-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    write_specs(&folder);
    let all = best(&folder, None);
    let one = best(&folder, Some("1"));
    let _ = std::fs::remove_dir_all(&folder);
    let ratio = one.as_secs_f64() / all.as_secs_f64();
    println!("check of {SPECS} specs   {all:>8.2?} on all cores, {one:.2?} on one: {ratio:.2} x");
    assert!(all < LIMIT, "{SPECS} specs take {all:?}");
}

/// Copies of the presets, and one file that is no spec.
fn write_specs(folder: &Path) {
    let presets = std::fs::read_dir("configs").expect("the presets").flatten();
    let texts: Vec<String> = presets
        .map(|entry| entry.path())
        .filter(|path| !path.to_string_lossy().contains("vlmcalc."))
        .map(|path| std::fs::read_to_string(path).expect("a preset"))
        .collect();
    for (at, text) in texts.iter().cycle().take(SPECS - 1).enumerate() {
        std::fs::write(folder.join(format!("spec-{at:05}.yaml")), text).expect("a spec");
    }
    std::fs::write(folder.join("spec-00500-broken.yaml"), "bridge: linaer\n").expect("a file");
}

fn best(folder: &Path, threads: Option<&str>) -> Duration {
    let run = |_| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vlmcalc"));
        command.arg("check").arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        if let Some(threads) = threads {
            command.env("RAYON_NUM_THREADS", threads);
        }
        let start = Instant::now();
        let status = command.status().expect("the command runs");
        assert_eq!(status.code(), Some(2), "the broken one is reported");
        start.elapsed()
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}
