//! `vlmcalc check --changed-since`: only what may have another verdict than before.

use crate::command::Ran;
use crate::folder::Folder;

const SPEC: &str = "image: 224\nencoder: {patch: 16}\nbridge: linear\n";

fn policy(most: i32) -> String {
    format!("rules: {{r: {{limits: {{tokens.visual: {{max: {most}}}}}}}}}\n")
}

/// The exit code, and the specs that are checked.
fn checked(scratch: &Folder, args: &[&str]) -> (i32, String) {
    let args = [&["check", ".", "--format", "table", "--changed-since", "HEAD"], args].concat();
    let Ran { code, stdout, stderr } = scratch.run(&args);
    assert!(code < 2, "{stderr}");
    let specs = stdout.lines().filter(|line| line.starts_with(['o', 'b']));
    let names: Vec<&str> = specs.filter_map(|line| line.split_whitespace().nth(1)).collect();
    (code, names.join(" "))
}

#[test]
fn specs_that_changed_and_specs_whose_policy_did() {
    let scratch = Folder::new();
    scratch.git(&["init", "-q", "-b", "main"]);
    for file in ["a.yaml", "b.yaml", "sub/c.yaml", "sub/deep/d.yaml"] {
        scratch.write(file, SPEC);
    }
    scratch.write("vlmcalc.policy.yaml", policy(100));
    scratch.write("sub/vlmcalc.policy.yaml", policy(500));
    let commit = || {
        scratch.git(&["add", "-A"]);
        scratch.git(&["commit", "-q", "-m", "x"]);
    };
    commit();
    assert_eq!(checked(&scratch, &[]), (0, String::new()));
    scratch.write("b.yaml", "bridge: linear\n");
    scratch.write("new.yaml", SPEC);
    assert_eq!(checked(&scratch, &["--no-policy"]), (0, "b.yaml new.yaml".to_owned()));
    commit();
    // Without a policy of their own, specs fall under the one above, which has not changed.
    scratch.remove("sub/vlmcalc.policy.yaml");
    assert_eq!(checked(&scratch, &[]), (1, "sub/c.yaml sub/deep/d.yaml".to_owned()));
    assert_eq!(checked(&scratch, &["--no-policy"]), (0, String::new()));
    commit();
    scratch.write("vlmcalc.policy.yaml", policy(600));
    let all = "a.yaml b.yaml new.yaml sub/c.yaml sub/deep/d.yaml".to_owned();
    assert_eq!(checked(&scratch, &["--quiet"]).0, 1, "b.yaml is symbolic");
    assert_eq!(checked(&scratch, &[]).1, all);
}
