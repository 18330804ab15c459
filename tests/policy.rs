//! Policies: which specs a rule is about, what it says of them, and what is refused.

use crate::command::{Ran, vlmcalc, vlmcalc_within};
use crate::folder::Folder;

const SMALL: &str = "image: 224\nencoder: {patch: 16, width: 1024}\nbridge: linear\n\
                     llm: {width: 64, heads: 4, context: 400}\nprompt: {text_tokens: 60}\n";

/// Checks a folder of these specs under a policy.
fn check(policy: &str, specs: &[(&str, &str)], args: &[&str]) -> Ran {
    let folder = Folder::new();
    folder.write("vlmcalc.policy.yaml", policy);
    for (name, text) in specs {
        folder.write(name, text);
    }
    // Without optimisation; with it, the longest takes a tenth of a second.
    vlmcalc_within(10, folder.as_ref(), &[&["check", "."], args].concat(), "")
}

#[test]
fn a_broken_limit_says_everything() {
    let policy = "rules:\n  small-cards:\n    description: What our small cards hold\n    limits:\n      \
                  tokens.visual: {max: 100}\n      tokens.sequence: {max_fraction_of_context: 1/2, severity: warn}\n      \
                  bridge.output: [B, 144, D]\n";
    let specs = [("a.yaml", SMALL), ("b.yaml", SMALL)];
    let Ran { code, stdout, stderr } = check(policy, &specs, &[]);
    assert_eq!((code, stderr.as_str()), (1, ""));
    let list = check(policy, &specs, &["--format", "table"]).stdout;
    insta::assert_snapshot!("broken", format!("{stdout}\n{list}"));
}

#[test]
fn rules_match_by_name_file_bridge_spec_and_plan() {
    let mlp = SMALL.replace("linear", "mlp");
    let specs = [("llava-a.yaml", SMALL), ("sub/llava-b.yaml", &mlp), ("other.yaml", &mlp)];
    let matched = |conditions: &str| {
        let policy =
            format!("rules: {{r: {{match: {{{conditions}}}, limits: {{tokens.patches: 0}}}}}}");
        let stdout = check(&policy, &specs, &["--format", "table"]).stdout;
        let mut files: Vec<String> = stdout
            .lines()
            .filter_map(|line| Some(line.strip_prefix("broken  ")?.split(' ').next()?.to_owned()))
            .collect();
        files.sort();
        files.join(" ")
    };
    let all = "llava-a.yaml other.yaml sub/llava-b.yaml";
    assert_eq!(matched(""), all);
    assert_eq!(matched("name: llava-*"), "llava-a.yaml sub/llava-b.yaml");
    assert_eq!(matched("name: [other, '*-b']"), "other.yaml sub/llava-b.yaml");
    assert_eq!(matched("file: '*.yaml'"), "llava-a.yaml other.yaml");
    assert_eq!(matched("file: sub/**"), "sub/llava-b.yaml");
    assert_eq!(matched("bridge: linear"), "llava-a.yaml");
    assert_eq!(matched("bridge: [linear, mlp], name: other"), "other.yaml");
    assert_eq!(matched("spec: {bridge: mlp}"), "other.yaml sub/llava-b.yaml");
    assert_eq!(matched("spec: {llm.tied: false, encoder.width: 1024}"), all);
    assert_eq!(matched("spec: {llm.num_attention_heads: {min: 2, max: 4}}"), all);
    assert_eq!(matched("spec: {llm.depth: null, encoder.norm: [layernorm, rmsnorm]}"), all);
    assert_eq!(matched("spec: {encoder.merge: null, encoder.window_edges: null}"), all);
    assert_eq!(matched("spec: {llm.heads: [8, 16]}"), "");
    assert_eq!(matched("plan: {tokens.sequence: {value: 250, tolerance: 3%}}"), all);
    assert_eq!(
        matched("plan: {bridge.output: [B, 196, 64]}, bridge: mlp"),
        "other.yaml sub/llava-b.yaml"
    );
    assert_eq!(matched("plan: {params.total: {max: 1B}}"), "", "still symbolic");
}

#[test]
fn the_nearest_policy_is_in_force() {
    let folder = Folder::new();
    let policy = |max: u32| format!("rules: {{r: {{limits: {{tokens.visual: {{max: {max}}}}}}}}}");
    folder.write("vlmcalc.policy.yaml", policy(100));
    folder.write("strict.yaml", SMALL);
    folder.write("team/vlmcalc.policy.yaml", policy(200));
    folder.write("team/deep/fine.yaml", SMALL);
    let Ran { code, stdout, .. } = folder.run(&["check", ".", "--format", "table"]);
    assert_eq!(code, 1);
    assert!(
        stdout.contains("broken  strict.yaml") && stdout.contains("ok      team/deep/fine.yaml"),
        "{stdout}"
    );
    assert!(stdout.contains("rule r of vlmcalc.policy.yaml: 1 spec, broken by 1"), "{stdout}");
    assert!(stdout.contains("rule r of team/vlmcalc.policy.yaml: 1 spec\n"), "{stdout}");
    assert_eq!(folder.run(&["check", ".", "--no-policy"]).code, 0);
    assert_eq!(folder.run(&["check", "team", "--policy", "vlmcalc.policy.yaml"]).code, 1);
    assert_eq!(
        folder.run(&["check", "strict.yaml", "--policy", "team/vlmcalc.policy.yaml"]).code,
        0
    );
    // The root of a repository ends the search.
    folder.write("team/.git/HEAD", "");
    folder.remove("team/vlmcalc.policy.yaml");
    assert_eq!(folder.run(&["check", "team"]).code, 0);
}

#[test]
fn rules_say_how_many_specs_they_match_and_a_policy_given_twice_is_one() {
    let folder = Folder::new();
    folder.write("a.yaml", SMALL);
    folder.write("b.yaml", SMALL.replace("linear", "mlp"));
    let rule = |conditions: &str, most: i32| {
        format!(
            "{{match: {{{conditions}}}, limits: {{tokens.visual: {{max: {most}}}, tokens.text: 60}}}}"
        )
    };
    let (all, one, none) = (rule("", 500), rule("bridge: mlp", 9), rule("name: x", 1));
    folder.write("p.yaml", format!("rules:\n  a: {all}\n  b: {one}\n  c: {none}\n"));
    folder.write("q.yaml", format!("rules:\n  a: {}\n", rule("", 9)));
    let policies = ["--policy", "p.yaml", "--policy", "p.yaml", "--policy", "q.yaml"];
    let Ran { code, stdout, .. } =
        folder.run(&[&["check", "a.yaml", "b.yaml", "--format", "table"], &policies[..]].concat());
    assert_eq!(code, 1);
    let rules: Vec<&str> = stdout.lines().filter(|line| line.starts_with("rule ")).collect();
    let said = [
        "rule a of p.yaml: 2 specs",
        "rule b of p.yaml: 1 spec, broken by 1",
        "rule c of p.yaml: 0 specs",
        "rule a of q.yaml: 2 specs, broken by 2",
    ];
    assert_eq!(rules, said, "{stdout}");
}

#[test]
fn warnings_fail_where_asked() {
    let policy = "rules: {r: {severity: warn, limits: {tokens.visual: {max: 100}}}}";
    let Ran { code, stdout, .. } = check(policy, &[("a.yaml", SMALL)], &["--format", "table"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("warn    a.yaml  (1 of 1 warned about)"), "{stdout}");
    let Ran { stdout, .. } = check(policy, &[("a.yaml", SMALL)], &[]);
    assert!(stdout.contains("warning[policy]"), "{stdout}");
    assert_eq!(check(policy, &[("a.yaml", SMALL)], &["--fail-on-warn"]).code, 1);
    let strict = policy.replace("max: 100", "max: 100, severity: error");
    assert_eq!(check(&strict, &[("a.yaml", SMALL)], &[]).code, 1);
}

#[test]
fn a_policy_that_cannot_be_read_is_bad_input_and_the_specs_are_checked_all_the_same() {
    let policy = "rules:\n  a:\n    match: {name: '[', bridge: liner, spec: {llm.dept: 3}, file: []}\n    limits: {tokens.visual: {max: 1 GiBB}}\n  \
                  b: {limit: {}}\n";
    let Ran { code, stdout, .. } = check(policy, &[("a.yaml", SMALL)], &[]);
    assert_eq!(code, 2);
    let list = check(policy, &[("a.yaml", SMALL)], &["--format", "table"]).stdout;
    assert!(list.contains("vlmcalc.policy.yaml  (not a valid policy)"), "{list}");
    insta::assert_snapshot!("unreadable", stdout);
    let field = "rules: {a: {match: {spec: {llm.dept: 3, bridge.mlp.depth: 2, llm.position.learned.rows: 1}}, limits: {}}}";
    let Ran { code, stdout, .. } = check(field, &[("a.yaml", SMALL)], &[]);
    assert_eq!(code, 2);
    assert!(stdout.contains("a spec has no field `llm.dept`"), "{stdout}");
    assert_eq!(stdout.matches("error[").count(), 1, "{stdout}");
    let number = "rules: {a: {match: {plan: {params.totl: 1, bridge.mlp.params: 1}}, limits: {}}}";
    let Ran { code, stdout, .. } = check(number, &[("a.yaml", SMALL)], &[]);
    assert_eq!((code, stdout.matches("error[").count()), (2, 1), "{stdout}");
    assert!(stdout.contains("did you mean `params.total`?"), "{stdout}");
    assert!(stdout.contains("vlmcalc.policy.yaml:1:28"), "{stdout}");
    let missing = vlmcalc(&["check", "configs/tiny.yaml", "--policy", "missing.yaml"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stdout.contains("no such file"), "{}", missing.stdout);
}

#[test]
fn limits_that_make_no_sense_are_bad_input() {
    let policy = "rules:\n  a:\n    limits:\n      tokens.viusal: 1\n      tokens.patches: [1]\n      bridge.output: 3\n      \
                  memory.weight_bytes: {max: 2B}\n      params.total: {max: 2 GiB}\n      params.active: {max_fraction_of_context: 10%}\n      \
                  llm.output: [Q, 3, D)]\n";
    let Ran { code, stdout, .. } = check(policy, &[("a.yaml", SMALL)], &[]);
    assert_eq!(code, 2);
    insta::assert_snapshot!("senseless", stdout);
}

#[test]
fn the_examples_of_the_guide_are_what_it_says() {
    let guide = std::fs::read_to_string("src/docs/policies.md").unwrap();
    let blocks: Vec<&str> =
        guide.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let [spec, policy] = blocks[..] else { panic!("{} blocks", blocks.len()) };
    let folder = Folder::new();
    folder.write("a.yaml", spec);
    let ran = folder.run(&["check", "a.yaml", "--format", "table"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("ok      a.yaml  (6 expectations)"), "{}", ran.stdout);
    folder.write("vlmcalc.policy.yaml", policy);
    let ran = folder.run(&["check", "a.yaml", "--format", "table"]);
    assert!(
        ran.stdout.contains("rule every-token-kept of vlmcalc.policy.yaml: 1 spec\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn thousands_of_broken_rules_are_told_in_no_time() {
    let rules = (0..2000).map(|n| format!("  r{n}: {{limits: {{tokens.visual: {n}}}}}\n"));
    let policy = format!("rules:\n{}", rules.collect::<String>());
    let Ran { code, stdout, .. } = check(&policy, &[("a.yaml", SMALL)], &[]);
    assert_eq!(code, 1);
    assert_eq!(stdout.matches("error[policy]").count(), 50);
    assert!(stdout.contains("1949 more limits like these"), "{stdout}");
}
