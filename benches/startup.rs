//! How long a whole `plan` takes, as a ratio to an empty program timed in the same run.
//!
//! Prints the ratios and fails if a plan takes more than 3 times an empty program, longer for more
//! blocks, or more than 20 MB; the memory is known only where there is a `/proc` (Linux).

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Rounds; the commands take turns within each.
const ROUNDS: usize = 300;

/// Megabytes that a plan may take.
const MOST_MEMORY: f64 = 20.0;

fn main() {
    let folder = std::env::temp_dir().join(format!("vlmcalc-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let empty = empty_program(&folder);
    let deep = deep_spec(&folder);
    let plan = |spec: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vlmcalc"));
        command.arg("plan").arg(spec);
        command
    };
    let llava = PathBuf::from("configs/llava-1.5-7b.yaml");
    let commands: [&dyn Fn() -> Command; 3] =
        [&|| Command::new(&empty), &|| plan(&llava), &|| plan(&deep)];
    let [nothing, shallow, deeper] = medians(commands);
    let ratio = |time: Duration| time.as_secs_f64() / nothing.as_secs_f64();
    println!("empty program                {nothing:>10.2?}");
    println!("plan llava-1.5-7b            {shallow:>10.2?}   {:.2} x", ratio(shallow));
    println!("the same, 100 times as deep  {deeper:>10.2?}   {:.2} x", ratio(deeper));
    let memory = peak_memory(plan(&llava));
    match memory {
        Some(megabytes) => println!("peak memory                  {megabytes:>7.1} MB"),
        None => println!("peak memory                  unknown"),
    }
    let _ = std::fs::remove_dir_all(&folder);
    assert!(ratio(shallow) < 3.0, "a plan takes more than 3 times an empty program");
    assert!(memory.is_none_or(|megabytes| megabytes < MOST_MEMORY), "a plan takes over 20 MB");
    assert!(deeper < shallow.mul_f64(1.25), "planning time grows with depth");
}

/// Compiles `fn main() {}` with the compiler that built this.
fn empty_program(folder: &Path) -> PathBuf {
    let source = folder.join("empty.rs");
    let program = folder.join("empty");
    std::fs::write(&source, "fn main() {}\n").expect("a source file");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc)
        .args(["-O", "-C", "strip=symbols", "-o"])
        .arg(&program)
        .arg(&source)
        .status()
        .expect("rustc runs");
    assert!(status.success());
    program
}

/// The same model with 100 times the blocks, and without expectations as these would not hold.
fn deep_spec(folder: &Path) -> PathBuf {
    let text = std::fs::read_to_string("configs/llava-1.5-7b.yaml").expect("the preset");
    let text = text.replace("depth: 24", "depth: 2400").replace("depth: 32", "depth: 3200");
    assert!(text.contains("2400") && text.contains("3200"));
    let path = folder.join("deep.yaml");
    // Expectations of the shallow model would only be reported as broken.
    let spec = text.split("\nexpect:").next().unwrap_or_default();
    std::fs::write(&path, spec).expect("a spec");
    path
}

/// The median time of each command; they run in turn, so that a busy machine slows all alike.
fn medians(commands: [&dyn Fn() -> Command; 3]) -> [Duration; 3] {
    let mut times: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (command, times) in commands.iter().zip(&mut times) {
            let start = Instant::now();
            let status = command().stdout(Stdio::null()).status().expect("the command runs");
            times.push(start.elapsed());
            assert!(status.success());
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

/// Peak resident memory in MB, as the kernel says it of a child that waits to be asked; none where
/// it does not.
fn peak_memory(mut command: Command) -> Option<f64> {
    // A full pipe keeps the child alive after its work is done.
    command.args(["--depth", "9", "--format", "json", "--formulas"]).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the command runs");
    std::thread::sleep(Duration::from_millis(300));
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let _ = child.kill();
    let _ = child.wait();
    let status = status.ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}
