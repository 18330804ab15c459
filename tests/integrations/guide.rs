//! The guide `src/docs/ci.md`: its YAML is whole, its command lines do what it says.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{ACTION, HOOKS, keys, text, yaml};
use crate::command::{Ran, vlmcalc};
use crate::folder::Folder;

/// The fenced blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let guide = fs::read_to_string("src/docs/ci.md").unwrap();
    let fence = format!("```{language}\n");
    let blocks = guide.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A repository with the configs of the project, where all is well, a policy and a baseline.
pub fn repository() -> Folder {
    let folder = Folder::new();
    for entry in fs::read_dir("configs").unwrap() {
        let path = entry.unwrap().path();
        folder.write(path.to_str().unwrap(), fs::read(&path).unwrap());
    }
    let limits = "rules: {all: {limits: {tokens.visual: {max: 10K}}}}\n";
    folder.write("vlmcalc.policy.yaml", limits);
    assert_eq!(folder.run(&["baseline", "write", "configs"]).code, 0);
    for line in [
        "init --quiet",
        "add .",
        "-c user.name=a -c user.email=a@example.com -c commit.gpgsign=false commit --quiet -m all",
        "update-ref refs/remotes/origin/main HEAD",
    ] {
        let words = line.split(' ');
        let status = Command::new("git").args(words).current_dir(folder.as_ref()).status();
        assert!(status.unwrap().success(), "git {line}");
    }
    folder
}

/// Runs a command line in a repository in which all is well.
pub fn accepts(repository: &Folder, line: &str, more: &[&str]) {
    // The variables that the services set.
    let line = line
        .replace("\"$BASE\"", "origin/main")
        .replace("\"origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME...\"", "origin/main...");
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let Ran { code, stderr, .. } = repository.run(&[&words[..], more].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
}

/// The command lines of vlmcalc in a text, without what the shell does with their output.
fn command_lines(block: &str) -> Vec<&str> {
    let start = |line: &str| line.find("vlmcalc check").or(line.find("vlmcalc diff"));
    let start = |line: &str| start(line).or(line.find("vlmcalc baseline"));
    let lines = block.lines().filter_map(|line| Some(&line[start(line)?..]));
    let ends = [" | ", " || ", " > ", " >> "];
    lines.map(|line| ends.iter().fold(line, |line, end| line.split(end).next().unwrap())).collect()
}

#[test]
fn command_lines_are_accepted() {
    let all = [blocks("sh"), blocks("yaml")].concat();
    let lines: Vec<&str> = all.iter().flat_map(|block| command_lines(block)).collect();
    assert!(lines.len() >= 12, "{lines:?}");
    let repository = repository();
    for line in lines {
        accepts(&repository, line, &[]);
    }
}

#[test]
fn workflows_are_whole_and_keep_text_of_others_out_of_scripts() {
    let mut scripts = Vec::new();
    let workflows: Vec<Value> = blocks("yaml").iter().map(|block| yaml(block)).collect();
    let workflows: Vec<&Value> = workflows.iter().filter(|w| !w["jobs"].is_null()).collect();
    assert_eq!(workflows.len(), 5);
    let action = yaml(&fs::read_to_string(ACTION).unwrap());
    for workflow in workflows {
        for key in ["name", "on", "permissions"] {
            assert!(!workflow[key].is_null(), "no {key} in {workflow}");
        }
        for job in workflow["jobs"].as_object().unwrap().values() {
            assert!(!text(&job["runs-on"]).is_empty());
            for step in job["steps"].as_array().unwrap() {
                match (step["uses"].as_str(), step["run"].as_str()) {
                    (Some(uses), None) => {
                        assert!(uses.contains('@'), "{uses} has no version");
                        if uses.starts_with("OWNER/vlmcalc/.github/actions/vlmcalc@") {
                            let known = keys(&action["inputs"]);
                            assert!(keys(&step["with"]).is_subset(&known), "{step}");
                        }
                    }
                    (None, Some(run)) => {
                        assert!(!run.contains("${{"), "{run}");
                        scripts.push(run.to_owned());
                    }
                    _ => panic!("a step runs or uses: {step}"),
                }
            }
        }
    }
    for script in &scripts {
        super::shell::parses(script);
    }
}

#[test]
fn jobs_of_gitlab_are_whole() {
    let all: Vec<Value> = blocks("yaml").iter().map(|block| yaml(block)).collect();
    let jobs = all.iter().find(|block| !block["vlmcalc"].is_null()).unwrap();
    for (name, job) in jobs.as_object().unwrap() {
        assert!(job["image"].is_string() || job["extends"] == "vlmcalc", "{name}");
        assert!(job["artifacts"]["reports"]["junit"].is_string(), "{name}");
        assert_eq!(job["artifacts"]["when"], "always", "a failure is what the report is for");
        let lines = ["before_script", "script"].map(|key| job[key].as_array().cloned());
        for line in lines.into_iter().flatten().flatten() {
            super::shell::parses(text(&line));
        }
    }
}

#[test]
fn hooks_of_the_guide_exist() {
    let all: Vec<Value> = blocks("yaml").iter().map(|block| yaml(block)).collect();
    let wanted = all.iter().find(|block| !block["repos"].is_null()).unwrap();
    let hooks = yaml(&fs::read_to_string(HOOKS).unwrap());
    let known: Vec<&str> = hooks.as_array().unwrap().iter().map(|hook| text(&hook["id"])).collect();
    let wanted = wanted["repos"][0]["hooks"].as_array().unwrap();
    assert_eq!(wanted.iter().map(|hook| text(&hook["id"])).collect::<Vec<_>>(), known);
}

#[test]
fn the_guide_knows_every_format_and_input() {
    let guide = fs::read_to_string("src/docs/ci.md").unwrap();
    let help = vlmcalc(&["check", "--help"]).stdout;
    for format in ["text", "table", "json", "jsonl", "junit", "sarif", "github", "markdown", "tap"]
    {
        assert!(help.contains(format) && guide.contains(&format!("- `{format}`: ")), "{format}");
    }
    let action = yaml(&fs::read_to_string(ACTION).unwrap());
    for input in keys(&action["inputs"]) {
        assert!(guide.contains(&format!("- `{input}`: ")), "{input}");
    }
}
