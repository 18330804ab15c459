//! `vlmcalc baseline`: written, checked, merged.

use std::fs;

use crate::command::Ran;
use crate::folder::Folder;

const SMALL: &str = "image: 28\nencoder: {patch: 14, width: 8, depth: 2, heads: 2, mlp_width: 16}\n\
                     bridge: linear\nllm: {width: 16, depth: 2, heads: 2, mlp_width: 32, vocab: 50}\n";
const FILE: &str = "vlmcalc.baseline.yaml";

fn larger() -> String {
    SMALL.replace("vocab: 50", "vocab: 60")
}

fn specs() -> Folder {
    let scratch = Folder::new();
    scratch.write("configs/a.yaml", SMALL);
    scratch.write("configs/sub/b c.yaml", "image: 28\nencoder: {patch: 14}\nbridge: linear\n");
    scratch
}

fn read(scratch: &Folder, file: &str) -> String {
    fs::read_to_string(scratch.path(file)).unwrap()
}

#[test]
fn written_twice_it_is_the_same() {
    let scratch = specs();
    let Ran { code, stdout, stderr } = scratch.run(&["baseline", "write", "configs", "tiny"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, "vlmcalc.baseline.yaml: 3 specs, 3 new\n");
    let text = read(&scratch, FILE);
    insta::assert_snapshot!("file", text);
    let Ran { stdout, .. } = scratch.run(&["baseline", "write"]);
    assert_eq!(stdout, "vlmcalc.baseline.yaml: 3 specs, as before\n");
    assert_eq!(read(&scratch, FILE), text);
    assert_eq!(scratch.run(&["baseline", "check", "--quiet"]).code, 0);
    // From anywhere, and by any name of the folder.
    for (folder, args) in [
        ("configs", &["baseline", "write", "--file", "../vlmcalc.baseline.yaml"][..]),
        (
            "configs/sub",
            &["baseline", "write", "..", "tiny", "--file", "../../vlmcalc.baseline.yaml"],
        ),
        ("configs/sub", &["baseline", "check", "--file", "../../vlmcalc.baseline.yaml"]),
    ] {
        let output = scratch.command(folder, args).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(read(&scratch, FILE), text, "{args:?}");
    }
    scratch.write("configs/a.yaml", larger());
    let Ran { stdout, .. } = scratch.run(&["baseline", "write", "configs"]);
    assert_eq!(stdout, "vlmcalc.baseline.yaml: 2 specs, 1 changed, 1 gone\n");
}

#[test]
fn some_specs_are_checked_alone() {
    let scratch = specs();
    scratch.run(&["baseline", "write", "configs", "tiny"]);
    scratch.write("configs/a.yaml", larger());
    let check = |path: &str, code: u8, words: &str| {
        let ran = scratch.run(&["baseline", "check", path, "--width", "80"]);
        assert_eq!((i32::from(code), ran.stderr.as_str()), (ran.code, ""), "{}", ran.stdout);
        assert!(ran.stdout.contains(words), "{path}: {}", ran.stdout);
    };
    check("configs/sub", 0, "1 spec ok");
    check("tiny", 0, "1 spec ok");
    check("configs", 1, "1 ok, 1 broken");
    check("configs/*.yaml", 1, "0 ok, 1 broken");
    check("configs/none.yaml", 2, "configs/none.yaml");
    check("-", 2, "standard input is no file");
    scratch.remove("configs/sub/b c.yaml");
    check("configs/a.yaml", 1, "0 ok, 1 broken");
    check("configs/sub", 1, "b c.yaml");
    check("configs/sub/b c.yaml", 1, "b c.yaml");
    std::fs::create_dir(scratch.path("empty")).unwrap();
    check("empty", 2, "empty");
}

#[test]
fn drift_is_told_spec_by_spec_at_the_spec() {
    let scratch = specs();
    scratch.run(&["baseline", "write", "configs"]);
    scratch.write("configs/a.yaml", larger());
    scratch.write("configs/new.yaml", SMALL);
    scratch.remove("configs/sub/b c.yaml");
    let mut said = String::new();
    for format in ["text", "table", "github", "markdown"] {
        let Ran { code, stdout, stderr } = scratch.run(&["baseline", "check", "--format", format]);
        assert_eq!((code, stderr.as_str()), (1, ""));
        said.push_str(&format!("## {format}\n{stdout}\n"));
    }
    insta::assert_snapshot!("drift", said);
    // Each number is a finding of its own for programs.
    let json = scratch.run(&["baseline", "check", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let findings = json["specs"][0]["findings"].as_array().unwrap();
    let broken = || findings.iter().filter(|finding| finding["status"] == "broken");
    assert!(broken().count() > 3 && broken().all(|finding| finding["file"] == "configs/a.yaml"));
    let sarif = scratch.run(&["baseline", "check", "--format", "sarif"]).stdout;
    assert_eq!(sarif.matches("\"ruleId\": \"drift\"").count(), 3, "{sarif}");
    assert_eq!(scratch.run(&["baseline", "write"]).code, 0);
    assert_eq!(scratch.run(&["baseline", "check"]).code, 0);
}

#[test]
fn a_size_inside_of_a_formula_drifts_too() {
    let scratch = specs();
    scratch.run(&["baseline", "write", "configs"]);
    scratch.write("configs/sub/b c.yaml", "image: 28\nencoder: {patch: 7}\nbridge: linear\n");
    let Ran { code, stdout, .. } = scratch.run(&["baseline", "check", "--format", "junit"]);
    assert_eq!(code, 1);
    assert!(stdout.contains("`params.total` of `configs/sub/b c.yaml` is symbolic"), "{stdout}");
    assert!(stdout.contains("P = 7"), "{stdout}");
}

#[test]
fn a_spec_that_is_named_and_gone_is_drift() {
    let scratch = specs();
    scratch.run(&["baseline", "write", "configs/a.yaml", "configs/sub"]);
    scratch.remove("configs/a.yaml");
    fs::remove_dir_all(scratch.path("configs/sub")).unwrap();
    let Ran { code, stdout, .. } = scratch.run(&["baseline", "check"]);
    assert_eq!(code, 1, "{stdout}");
    assert_eq!(stdout.matches("no longer there").count(), 2, "{stdout}");
}

#[test]
fn nothing_is_written_if_a_spec_is_broken() {
    let scratch = specs();
    scratch.run(&["baseline", "write", "configs"]);
    let text = read(&scratch, FILE);
    scratch.write("configs/a.yaml", larger());
    scratch.write("configs/c.yaml", "bridge: lineer\n");
    let Ran { code, stdout, stderr } = scratch.run(&["baseline", "write"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("unknown bridge `lineer`"), "{stderr}");
    assert!(stderr.contains("the baseline was not written\n"), "{stderr}");
    assert_eq!(read(&scratch, FILE), text);
    assert_eq!(scratch.run(&["baseline", "check"]).code, 2);
    let left = fs::read_dir(scratch.path("")).unwrap().count();
    assert_eq!(left, 2);
}

#[test]
fn files_that_are_no_baseline() {
    let scratch = specs();
    scratch.run(&["baseline", "write", "configs"]);
    let good = read(&scratch, FILE);
    let first = good.lines().find(|line| line.contains("tokens.visual:")).unwrap();
    let twice = good.replacen(first, &format!("{first}\n{first}"), 1);
    let conflict = good.replacen(first, &format!("<<<<<<< HEAD\n{first}\n=======\n"), 1);
    let mut said = String::new();
    for (name, text) in [
        ("empty", ""),
        ("broken", "version: [1\n"),
        ("no paths", "version: 1\n"),
        ("newer", &good.replace("version: 1", "version: 2")),
        ("unknown key", &good.replace("version: 1", "version: 1\ndate: 2020")),
        ("wrong number", &good.replacen(first, "    tokens.visual: 1.5", 1)),
        ("twice", &twice),
        ("conflict", &conflict),
    ] {
        scratch.write(FILE, text);
        let Ran { code, stdout, .. } = scratch.run(&["baseline", "check", "--quiet"]);
        assert_eq!(code, 2, "{name}: {stdout}");
        said.push_str(&format!("## {name}\n{stdout}"));
        let Ran { code, .. } = scratch.run(&["baseline", "write"]);
        assert_eq!((code, read(&scratch, FILE).as_str()), (2, text), "{name}");
    }
    insta::assert_snapshot!("faults", said);
    scratch.write(FILE, "");
    assert_eq!(scratch.run(&["baseline", "write", "configs"]).code, 0);
    assert_eq!(read(&scratch, FILE), good);
    let none = ["baseline", "check", "--file", "none.yaml"];
    let Ran { code, stdout, .. } = scratch.run(&none);
    assert_eq!(code, 2);
    assert!(stdout.contains("there is no baseline yet"), "{stdout}");
    let Ran { code, stderr, .. } =
        scratch.run(&["baseline", "write", "configs", "--file", "no/such.yaml"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("error[cannot-write]"), "{stderr}");
    // A slip must not cost a spec, nor any other file.
    for (file, text) in
        [("configs/a.yaml", None), ("notes.md", Some("# Notes\n")), ("configs", None)]
    {
        if let Some(text) = text {
            scratch.write(file, text);
        }
        let before = fs::read(scratch.path(file)).ok();
        let Ran { code, stderr, .. } =
            scratch.run(&["baseline", "write", "configs", "--file", file]);
        assert_eq!(code, 2, "{file}");
        assert!(stderr.contains("what is there is no baseline"), "{stderr}");
        assert_eq!(fs::read(scratch.path(file)).ok(), before);
    }
    for text in ["", &conflict] {
        scratch.write("other.yaml", text);
        assert_eq!(scratch.run(&["baseline", "write", "configs", "--file", "other.yaml"]).code, 0);
    }
    let Ran { code, stderr, .. } = scratch.run(&["baseline", "write", "-"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("standard input is no file"), "{stderr}");
}

#[test]
fn git_merges_what_two_people_change() {
    let scratch = specs();
    scratch.write("configs/b.yaml", SMALL);
    scratch.git(&["init", "-q", "-b", "main"]);
    let accept = |message: &str| {
        assert_eq!(scratch.run(&["baseline", "write", "configs"]).code, 0);
        scratch.git(&["add", "-A"]);
        scratch.git(&["commit", "-q", "-m", message]);
    };
    accept("first");
    scratch.git(&["switch", "-q", "-c", "other"]);
    scratch.write("configs/a.yaml", larger());
    accept("theirs");
    scratch.git(&["switch", "-q", "main"]);
    scratch.write("configs/b.yaml", larger());
    accept("ours");
    scratch.git(&["merge", "-q", "-m", "both", "other"]);
    assert_eq!(scratch.run(&["baseline", "check"]).code, 0);
}

#[test]
fn writers_at_the_same_time_never_leave_half_a_file() {
    let scratch = specs();
    for at in 0..20 {
        scratch.write(&format!("configs/{at}.yaml"), SMALL);
    }
    let arguments =
        [&["baseline", "write", "configs"][..], &["baseline", "write", "configs", "tiny"]];
    let mut texts = Vec::new();
    for args in arguments {
        assert_eq!(scratch.run(args).code, 0);
        texts.push(read(&scratch, FILE));
    }
    let spawn = |at: usize| {
        let mut command = scratch.command("", arguments[at % 2]);
        command.stdout(std::process::Stdio::null()).spawn().unwrap()
    };
    let mut writers: Vec<_> = (0..8).map(spawn).collect();
    while writers.iter_mut().any(|writer| writer.try_wait().unwrap().is_none()) {
        assert!(texts.contains(&read(&scratch, FILE)));
    }
    assert!(writers.iter_mut().all(|writer| writer.wait().unwrap().success()));
    assert!(texts.contains(&read(&scratch, FILE)));
    assert_eq!(fs::read_dir(scratch.path("")).unwrap().count(), 2);
}
