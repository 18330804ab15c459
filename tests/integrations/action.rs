//! Runs the steps of the action as the runner does, with folders of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{ACTION, text, yaml};
use crate::folder::Folder;

/// A machine on which the action runs.
struct Runner {
    folder: Folder,
    action: Value,
}

/// What a step did.
struct Step {
    code: i32,
    stdout: String,
}

impl Runner {
    fn new() -> Runner {
        let folder = Folder::new();
        for sub in ["temp", "bin", "repo"] {
            fs::create_dir_all(folder.as_ref().join(sub)).unwrap();
        }
        Runner { folder, action: yaml(&fs::read_to_string(ACTION).unwrap()) }
    }

    /// Writes a spec of the repository.
    fn spec(&self, file: &str, text: &str) {
        self.folder.write(&format!("repo/{file}"), text);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.as_ref().join(name)
    }

    /// Puts a program on the path.
    fn program(&self, name: &str, script: &str) {
        let file = format!("bin/{name}");
        self.folder.write(&file, format!("#!/usr/bin/env bash\n{script}"));
        fs::set_permissions(self.path(&file), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Runs the step of this name with inputs; what is not given has its default.
    fn run(&self, name: &str, inputs: &[(&str, &str)]) -> Step {
        let steps = self.action["runs"]["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        let path = std::env::var("PATH").unwrap();
        let here = std::env::current_dir().unwrap();
        let action = here.join(Path::new(ACTION).parent().unwrap());
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", text(&step["run"])])
            .current_dir(self.path("repo"))
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("GITHUB_ACTION_PATH", action)
            .env("GITHUB_WORKSPACE", self.path("repo"))
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_REPOSITORY", "OWNER/repo")
            .env("GITHUB_REF", "refs/pull/12/merge")
            .env("RUNNER_TEMP", self.path("temp"));
        for (key, value) in step["env"].as_object().into_iter().flatten() {
            bash.env(key, self.value(text(value), inputs));
        }
        let output = bash.output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        Step { code: output.status.code().unwrap(), stdout }
    }

    /// The value of an expression.
    fn value(&self, expression: &str, inputs: &[(&str, &str)]) -> String {
        let inner = expression.strip_prefix("${{ ").and_then(|e| e.strip_suffix(" }}")).unwrap();
        if let Some(output) = inner.strip_prefix("steps.check.outputs.") {
            let lines = self.file("output");
            let found = lines.lines().find_map(|line| line.strip_prefix(&format!("{output}=")));
            return found.unwrap_or_default().to_owned();
        }
        let Some(name) = inner.strip_prefix("inputs.") else { return "token".to_owned() };
        match inputs.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => (*value).to_owned(),
            None if name == "binary" => env!("CARGO_BIN_EXE_vlmcalc").to_owned(),
            None => text(&self.action["inputs"][name]["default"]).to_owned(),
        }
    }
}

const GOOD: &str =
    "image: 224\nencoder: {patch: 16}\nbridge: linear\nexpect: {tokens.visual: 196}\n";
const BROKEN: &str =
    "image: 336\nencoder: {patch: 14}\nbridge: linear\nexpect: {tokens.visual: 1}\n";

#[test]
fn good_specs_pass() {
    let runner = Runner::new();
    runner.spec("configs/a.yaml", GOOD);
    let Step { code, stdout } = runner.run("Check specs", &[]);
    assert_eq!(code, 0, "{stdout}");
    assert!(runner.file("summary").starts_with("<!-- vlmcalc:check -->\n**vlmcalc check: every"));
    let report = runner.path("temp/vlmcalc-check.md");
    let output = format!("outcome=ok\nreport={}\n", report.display());
    assert_eq!(runner.file("output"), output);
}

#[test]
fn broken_specs_are_annotated_and_fail() {
    let runner = Runner::new();
    runner.spec("configs/a.yaml", GOOD);
    runner.spec("configs/b.yaml", BROKEN);
    let inputs = [("sarif-file", "out/vlmcalc.sarif"), ("summary", "false")];
    let Step { code, stdout } = runner.run("Check specs", &inputs);
    assert_eq!(code, 1, "{stdout}");
    // Once, and with its place, since the log shows the message of an annotation only.
    assert!(stdout.starts_with("::error file=configs/b.yaml,line=4,col=25"), "{stdout}");
    assert_eq!(stdout.matches("is 576; expected 1").count(), 1, "{stdout}");
    assert!(stdout.contains("%0Aat configs/b.yaml:4:25\n"), "{stdout}");
    assert!(runner.file("output").starts_with("outcome=broken\n"));
    assert_eq!(runner.file("summary"), "");
    let sarif: Value = serde_json::from_str(&runner.file("repo/out/vlmcalc.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(1));
}

#[test]
fn warnings_fail_where_that_is_asked_for() {
    let runner = Runner::new();
    let warn = "{tokens.visual: {max: 1, severity: warn}}";
    runner.spec("configs/a.yaml", &BROKEN.replace("{tokens.visual: 1}", warn));
    assert_eq!(runner.run("Check specs", &[]).code, 0);
    assert!(runner.file("output").starts_with("outcome=warn\n"));
    assert_eq!(runner.run("Check specs", &[("fail-on-warn", "true")]).code, 1);
    assert!(runner.file("output").contains("outcome=broken\n"));
}

#[test]
fn inputs_and_specs_are_no_commands() {
    let runner = Runner::new();
    runner.spec("configs/a b.yaml", GOOD);
    runner.spec("configs/c.yaml", "bridge: '##[add-path]x ::set-output name=a::b'\n");
    let paths = "configs/a b.yaml\nconfigs/c.yaml\n\n--format=json\n$(touch pwned)\n`touch pwned`";
    let Step { code, stdout } = runner.run("Check specs", &[("paths", paths)]);
    assert_eq!(code, 2, "{stdout}");
    assert!(!runner.path("repo/pwned").exists());
    // Every line is an annotation of the report, or its summary, so no text of a spec begins one.
    let (own, others): (Vec<&str>, Vec<&str>) =
        stdout.lines().partition(|line| line.starts_with("::error file="));
    assert_eq!((own.len(), others.len()), (4, 1), "{stdout}");
    assert!(others[0].starts_with("vlmcalc check: "), "{stdout}");
    assert!(runner.file("output").starts_with("outcome=error\n"));
}

#[test]
fn nothing_to_run_is_an_error() {
    let runner = Runner::new();
    let Step { code, .. } = runner.run("Check specs", &[("binary", "/nonexistent/vlmcalc")]);
    assert_eq!(code, 127);
    assert!(runner.file("output").starts_with("outcome=error\n"));
    runner.program("gh", "echo called >> gh.log");
    let Step { code, stdout } = runner.run("Comment on the pull request", &[]);
    assert_eq!((code, stdout.as_str()), (0, "There is no report: nothing to comment.\n"));
    assert_eq!(runner.file("repo/gh.log"), "");
}

#[test]
fn the_comment_is_written_over() {
    let runner = Runner::new();
    runner.spec("configs/a.yaml", BROKEN);
    runner.run("Check specs", &[]);
    let comment = || runner.run("Comment on the pull request", &[]);
    let log = "echo \"$@\" >> gh.log\n";
    for (found, wanted) in [
        ("", "api --method POST repos/OWNER/repo/issues/12/comments -F body=@"),
        ("echo 77", "api --method PATCH repos/OWNER/repo/issues/comments/77 -F body=@"),
    ] {
        let find = format!("[[ $2 == --paginate ]] && {{ echo \"$MARKER\" >> gh.log; {found}\n}}");
        runner.program("gh", &format!("{log}{find}\nexit 0"));
        let Step { code, stdout } = comment();
        assert_eq!((code, stdout.as_str()), (0, ""));
        let said = runner.file("repo/gh.log");
        assert!(said.contains("<!-- vlmcalc:check -->\n"), "{said}");
        assert!(said.contains(wanted) && said.ends_with("/temp/vlmcalc-check.md\n"), "{said}");
    }
    runner.program("gh", "exit 1");
    let Step { code, stdout } = comment();
    assert_eq!(code, 0);
    assert!(stdout.starts_with("::warning title=vlmcalc::The comment cannot"), "{stdout}");
}

#[test]
fn it_is_built_from_its_own_source() {
    let runner = Runner::new();
    runner.program("cargo", "printf '%s\\n' \"$@\" > cargo.log");
    assert_eq!(runner.run("Install vlmcalc", &[]).code, 0);
    let said = runner.file("repo/cargo.log");
    let after = |flag: &str| said.lines().skip_while(|line| *line != flag).nth(1).unwrap();
    assert!(Path::new(after("--path")).join("Cargo.toml").is_file(), "{said}");
    assert_eq!(Path::new(after("--root")), runner.path("temp/vlmcalc"));
}
