//! Drills in time and side by side: exams, and what is remembered.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A folder for the user's data that goes with the test.
struct Data(PathBuf);

impl Data {
    fn new(name: &str) -> Data {
        let folder = std::env::temp_dir().join(format!("vlmcalc-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Data(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.join("vlmcalc/drill.json")
    }

    fn topics(&self) -> serde_json::Value {
        let text = std::fs::read_to_string(self.file()).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["topics"].clone()
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn start(data: &Path, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_vlmcalc"))
        .arg("drill")
        .args(args)
        .env("XDG_DATA_HOME", data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Exit code, standard output and standard error of a drill that reads this.
fn run(data: &Path, args: &[&str], stdin: &str) -> (i32, String, String) {
    let mut child = start(data, args);
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn drills_that_run_at_once_forget_nothing() {
    let data = Data::new("at-once");
    let args = ["--topic", "patches", "--count", "5", "--answers", "-", "--remember"];
    let children: Vec<Child> = (0..8).map(|_| start(&data.0, &args)).collect();
    for mut child in children {
        let _ = child.stdin.take().unwrap().write_all(b"1\n1\n1\n1\n1\n");
        assert_eq!(child.wait_with_output().unwrap().status.code(), Some(1));
    }
    assert_eq!(data.topics()["patches"], serde_json::json!({"asked": 40, "right": 0}));
    let left: Vec<_> = std::fs::read_dir(data.0.join("vlmcalc")).unwrap().collect();
    assert_eq!(left.len(), 2, "the file and its lock: {left:?}");
}

#[test]
fn nothing_is_kept_unless_it_is_asked_for() {
    let data = Data::new("kept");
    let args = ["--topic", "patches", "--count", "1", "--seed", "1"];
    run(&data.0, &args, "1\n");
    assert!(!data.0.join("vlmcalc").exists());
    let remembering = [&args[..], &["--remember"]].concat();
    run(&data.0, &remembering, "1\n");
    assert_eq!(data.topics()["patches"]["asked"], 1);
    let (code, stdout, _) = run(&data.0, &["--forget"], "");
    assert_eq!((code, data.file().exists()), (0, false));
    assert!(stdout.starts_with("forgotten: "), "{stdout}");
    assert!(run(&data.0, &["--forget"], "").1.starts_with("nothing was remembered"));
}

#[test]
fn a_broken_file_is_moved_aside_and_never_blocks() {
    let data = Data::new("broken");
    std::fs::create_dir_all(data.0.join("vlmcalc")).unwrap();
    std::fs::write(data.file(), "{\"version\": 1, \"topi").unwrap();
    let args = ["--topic", "patches", "--count", "1", "--remember"];
    let (code, stdout, stderr) = run(&data.0, &args, "1\n");
    assert_eq!(code, 0);
    assert!(stderr.contains("warning") && stderr.contains("drill.broken"), "{stderr}");
    assert!(stdout.contains("Score: 0 of 1"), "{stdout}");
    assert_eq!(data.topics()["patches"]["asked"], 1);
    let aside = std::fs::read_to_string(data.0.join("vlmcalc/drill.broken")).unwrap();
    assert_eq!(aside, "{\"version\": 1, \"topi");
}

#[test]
fn a_seed_asks_the_same_whatever_is_remembered() {
    let data = Data::new("seed");
    let sheet = ["--seed", "9", "--count", "8", "--format", "json"];
    let plain = run(&data.0, &sheet, "").1;
    run(
        &data.0,
        &["--topic", "tiles", "--count", "5", "--answers", "-", "--remember"],
        "1\n1\n1\n1\n1\n",
    );
    assert_eq!(run(&data.0, &[&sheet[..], &["--remember"]].concat(), "").1, plain);
}

#[test]
fn an_exam_ends_when_its_time_is_over() {
    let data = Data::new("exam");
    let design = ["--spec", "llava-1.5-7b", "--topic", "patches,sequence", "--count", "2"];
    let mut child = start(&data.0, &[&design[..], &["--exam", "seconds=2"]].concat());
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"hint\n24x24\n").unwrap();
    let begun = Instant::now();
    // The pipe stays open: nothing but the time ends it.
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8(output.stdout).unwrap();
    for words in ["0:02 left", "no hints", "Time is over", "24x24 is right", "Score: 1 of 2"] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    assert!(!stdout.contains("Right:"), "no verdicts before the end: {stdout}");
}

#[test]
fn a_score_sheet_has_standard_output_for_itself() {
    let data = Data::new("sheet");
    let args = ["--count", "2", "--exam", "minutes=1", "--format", "json"];
    let (code, stdout, stderr) = run(&data.0, &args, "skip\nskip\n");
    assert_eq!(code, 1);
    let sheet: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(sheet["score"]["asked"], 2);
    assert!(stderr.contains("1/2"), "{stderr}");
}

#[test]
fn what_was_wrong_is_asked_again_until_it_is_right() {
    let data = Data::new("again");
    let drill = ["--topic", "patches,sequence", "--count", "3", "--seed", "5"];
    let first = [&drill[..], &["--remember", "--answers", "-"]].concat();
    run(&data.0, &first, "1\n1\n1\n");
    let sheet = run(&data.0, &["--again", "--format", "json"], "").1;
    let sheet: serde_json::Value = serde_json::from_str(&sheet).unwrap();
    let asked = run(&data.0, &[&drill[..], &["--format", "json"]].concat(), "").1;
    let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(sheet["questions"], asked["questions"]);
    let right = asked["questions"][0]["answer"]["value"].to_string();
    let (code, stdout, _) = run(&data.0, &["--again"], &format!("{right}\n2\n"));
    assert_eq!(code, 0);
    assert!(stdout.contains("Score: 1 of 2 (50 %)"), "{stdout}");
    let learnt = run(&data.0, &["progress", "--format", "json"], "").1;
    let learnt: serde_json::Value = serde_json::from_str(&learnt).unwrap();
    assert_eq!((&learnt["asked"], &learnt["right"]), (&5.into(), &1.into()));
    assert_eq!(learnt["missed"].as_array().unwrap().len(), 2);
    let shown = run(&data.0, &["progress"], "").1;
    assert!(shown.contains("Remembered: 1 of 5 right (20 %)"), "{shown}");
    assert!(shown.contains("vlmcalc drill --again: 2 questions"), "{shown}");
    // What was drawn by another version is another question.
    let file = std::fs::read_to_string(data.file()).unwrap();
    std::fs::write(data.file(), file.replace("\"counter\": ", "\"counter\": 9")).unwrap();
    let (code, stdout, stderr) = run(&data.0, &["--again"], "");
    assert_eq!(code, 0);
    assert!(stdout.contains("nothing to ask again"), "{stdout}");
    assert!(stderr.contains("2 remembered questions changed since"), "{stderr}");
    run(&data.0, &["--forget"], "");
    assert!(run(&data.0, &["progress"], "").1.contains("Nothing is remembered yet"));
}

#[test]
fn what_is_asked_again_is_about_the_same_spec() {
    let data = Data::new("spec");
    let of_spec = ["--spec", "llava-1.5-7b", "--topic", "sequence", "--count", "1"];
    run(&data.0, &[&of_spec[..], &["--remember", "--answers", "-"]].concat(), "1\n");
    let (_, stdout, _) = run(&data.0, &["--again", "--answers", "-"], "640\n");
    assert!(stdout.contains("llava-1.5-7b:") && stdout.contains("640 is right"), "{stdout}");
    assert!(run(&data.0, &["--again"], "").1.contains("nothing to ask again"));
}
