//! Files, folders and saved plans.

use serde_json::Value;

use crate::command::Ran;
use crate::folder::Folder;

const SMALL: &str = "\
image: 28
encoder: {patch: 14, width: 32, depth: 2, heads: 4, mlp_width: 64}
bridge: linear
llm: {width: 48, depth: 3, heads: 4, mlp_width: 96, vocab: 100, context: 64}
prompt: {text_tokens: 5}
";

/// The small spec with some of its text replaced.
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SMALL.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    })
}

fn json(stdout: &str) -> Value {
    serde_json::from_str(stdout).unwrap()
}

#[test]
fn a_changed_design_in_every_format() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    let deeper = [("bridge: linear", "bridge: {mlp: {norm: layernorm}}"), ("depth: 3", "depth: 4")];
    scratch.write("b.yaml", with(&deeper));
    for (name, format) in [("table", "table"), ("json", "json"), ("markdown", "markdown")] {
        let args = ["diff", "a.yaml", "b.yaml", "--format", format, "--width", "80"];
        let Ran { code, stdout, stderr } = scratch.run(&args);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(format == "json" || stdout.lines().all(|line| line.len() < 500));
        insta::assert_snapshot!(name, stdout);
    }
}

#[test]
fn what_did_not_change_has_no_differences() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    // The same design in other words: aliases, defaults and what follows from the rest.
    let other = "name: other\nimage: {height: 28, width: 28, tiles: 1}\nvision_config: {patch_size: 14, \
                 hidden_size: 32, layers: 2, num_heads: 4, kv_heads: 4, head_dim: 8, mlp_width: \
                 64, bias: true, feature_select: patches}\nprojector: {linear: {bias: true}}\nllm: \
                 {width: 48, depth: 3, heads: 4, num_key_value_heads: 4, head_dim: 12, mlp_width: \
                 96, vocab: 100, context: 64, bias: false, tied: false}\nprompt: {text_tokens: 5, \
                 batch: 1, dtype: bf16}\nexpect: {tokens.visual: 4}\n";
    scratch.write("b.yaml", other);
    for pair in [["a.yaml", "b.yaml"], ["b.yaml", "a.yaml"], ["a.yaml", "a.yaml"]] {
        let args = ["diff", pair[0], pair[1]];
        let Ran { code, stdout, stderr } = scratch.run(&args);
        let said = (code, stdout.as_str(), stderr.as_str());
        assert_eq!(said, (0, "no differences\n", ""), "{pair:?}");
    }
    let Ran { stdout: markdown, .. } =
        scratch.run(&["diff", "a.yaml", "b.yaml", "--format", "markdown"]);
    assert_eq!(markdown, "<!-- vlmcalc:diff -->\n**vlmcalc**: no differences\n");
    let Ran { stdout, .. } = scratch.run(&["diff", "a.yaml", "b.yaml", "--format", "json"]);
    assert_eq!(json(&stdout)["summary"]["unchanged"], 1);
}

#[test]
fn a_value_that_follows_from_the_rest_is_a_change_only_if_it_is_another() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    for (change, path, words) in [
        ("heads: 4, head_dim: 8, mlp_width: 64", None, ""),
        ("heads: 4, head_dim: 16, mlp_width: 64", Some("encoder.head_dim"), "not given   16"),
        ("heads: 4, kv_heads: 2, mlp_width: 64", Some("encoder.kv_heads"), "not given   2"),
    ] {
        scratch.write("b.yaml", with(&[("heads: 4, mlp_width: 64", change)]));
        let Ran { stdout, stderr, .. } = scratch.run(&["diff", "a.yaml", "b.yaml"]);
        assert_eq!(stderr, "");
        match path {
            None => assert_eq!(stdout, "no differences\n"),
            Some(path) => {
                assert!(stdout.contains(path) && stdout.contains(words), "{stdout}");
            }
        }
    }
}

#[test]
fn what_is_symbolic_is_never_a_number() {
    let scratch = Folder::new();
    let open = [("depth: 3, ", "")];
    scratch.write("a.yaml", with(&open));
    scratch.write("b.yaml", with(&[open[0], ("vocab: 100", "vocab: 200")]));
    let Ran { code, stdout, .. } = scratch.run(&["diff", "a.yaml", "b.yaml", "--width", "80"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("symbolic", stdout);
    let Ran { stdout, .. } = scratch.run(&["diff", "a.yaml", "b.yaml", "--format", "json"]);
    let plan = json(&stdout);
    let numbers = plan["changed"][0]["numbers"].as_array().unwrap();
    let total = numbers.iter().find(|delta| delta["path"] == "params.total").unwrap();
    assert_eq!((&total["old"], &total["change"]), (&Value::Null, &Value::Null));
    assert!(total["old_formula"].as_str().unwrap().contains("vocab = 100"), "{total}");
}

#[test]
fn folders_are_matched_by_the_paths_of_their_specs() {
    let scratch = Folder::new();
    for (file, text) in [
        ("old/same.yaml", SMALL),
        ("new/same.yaml", SMALL),
        ("old/sub/changed.yaml", SMALL),
        ("new/sub/changed.yaml", &with(&[("vocab: 100", "vocab: 200")])),
        ("old/gone.yml", SMALL),
        ("new/come.yml", SMALL),
        ("old/broken.yaml", SMALL),
        ("new/broken.yaml", "bridge: lineer\n"),
        ("new/vlmcalc.policy.yaml", "x"),
    ] {
        scratch.write(file, text);
    }
    let Ran { code, stdout, stderr } = scratch.run(&["diff", "old", "new"]);
    assert_eq!((code, stderr.as_str()), (2, ""));
    insta::assert_snapshot!("folders", stdout);
    std::fs::create_dir(scratch.path("empty")).unwrap();
    let Ran { code, stdout, .. } = scratch.run(&["diff", "empty", "old"]);
    assert_eq!((code, stdout.matches("added: ").count()), (0, 4), "{stdout}");
}

#[test]
fn saved_plans_stand_for_their_specs() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch.write("new/a.yaml", with(&[("vocab: 100", "vocab: 200")]));
    scratch.write("new/tiny.yaml", SMALL);
    let save = |args: &[&str], file: &str| {
        let Ran { code, stdout, .. } = scratch.run(&[&["plan", "--format", "json"], args].concat());
        assert_eq!(code, 0);
        scratch.write(file, &stdout);
    };
    save(&["a.yaml"], "one.json");
    save(&["a.yaml", "tiny"], "many.json");
    save(&["a.yaml", "--logits", "last", "--depth", "0"], "last.json");
    let compared = |base: &str, head: &str| {
        let Ran { code, stdout, stderr } = scratch.run(&["diff", base, head, "--format", "json"]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{base} {head}");
        let summary = &json(&stdout)["summary"];
        ["unchanged", "changed", "added", "removed"].map(|key| summary[key].as_u64().unwrap())
    };
    assert_eq!(compared("one.json", "a.yaml"), [1, 0, 0, 0]);
    assert_eq!(compared("a.yaml", "one.json"), [1, 0, 0, 0]);
    assert_eq!(compared("one.json", "new/a.yaml"), [0, 1, 0, 0]);
    assert_eq!(compared("many.json", "new"), [0, 2, 0, 0]);
    assert_eq!(compared("one.json", "many.json"), [1, 0, 1, 0]);
    assert_eq!(compared("new", "one.json"), [0, 1, 0, 1]);
    // A spec is planned as the plan was that it is compared with.
    assert_eq!(compared("last.json", "a.yaml"), [1, 0, 0, 0]);
    assert_eq!(compared("last.json", "one.json"), [0, 1, 0, 0]);
}

#[test]
fn plans_of_other_versions() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    let Ran { stdout: saved, .. } = scratch.run(&["plan", "a.yaml", "--format", "json"]);
    let mut old = json(&saved);
    old.as_object_mut().unwrap().remove("spec");
    old["params"]["total"] = 7.into();
    scratch.write("old.json", old.to_string());
    let Ran { code, stdout, .. } = scratch.run(&["diff", "old.json", "a.yaml"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("a saved plan does not say its design"), "{stdout}");
    let line = stdout.lines().find(|line| line.starts_with("parameters ")).unwrap();
    assert_eq!(line.split_whitespace().nth(1), Some("7"), "{stdout}");
    // A field that it does not know yet has its default.
    let mut older = json(&saved);
    older["spec"]["llm"].as_object_mut().unwrap().remove("final_norm");
    scratch.write("older.json", older.to_string());
    assert_eq!(scratch.run(&["diff", "older.json", "a.yaml"]).stdout, "no differences\n");
    let mut newer = json(&saved);
    newer["schema_version"] = 99.into();
    scratch.write("newer.json", newer.to_string());
    scratch.write("broken.json", &saved[..saved.len() / 2]);
    scratch.write("spec.json", r#"{"image": 28, "bridge": "linear"}"#);
    for (file, words) in [("newer.json", "schema version 99"), ("broken.json", "this is no JSON")] {
        let Ran { code, stdout, stderr } = scratch.run(&["diff", file, "a.yaml"]);
        assert_eq!((code, stdout.as_str()), (2, ""));
        assert!(stderr.contains(words), "{stderr}");
    }
    assert_eq!(scratch.run(&["diff", "spec.json", "spec.json"]).code, 0);
}

#[test]
fn limits_on_increases() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch
        .write("b.yaml", with(&[("vocab: 100", "vocab: 200"), ("mlp_width: 64", "mlp_width: 65")]));
    let diff = |limits: &[&str]| {
        let limits = limits.iter().flat_map(|limit| ["--max-increase", limit]);
        let args: Vec<&str> = ["diff", "a.yaml", "b.yaml"].into_iter().chain(limits).collect();
        scratch.run(&args)
    };
    for (limit, code) in [
        ("1000%", 0),
        ("1%", 1),
        ("params.total=1%", 1),
        ("params.total=50%", 0),
        ("params.total=20K", 0),
        ("params.total=1K", 1),
        ("1% and 1 GiB", 0),
        ("1% and 10", 1),
        ("tokens.visual=0", 0),
        ("vision_encoder.blocks.params=0", 1),
        ("params.by_component.bridge=0", 0),
    ] {
        assert_eq!(diff(&[limit]).code, code, "{limit}");
    }
    let Ran { code, stdout, stderr } =
        diff(&["params.total=1K", "vision_encoder.blocks.params=0%"]);
    assert_eq!((code, stderr.as_str()), (1, ""));
    assert!(stdout.contains("0 ok, 1 broken, 0 with errors"), "{stdout}");
    insta::assert_snapshot!("limits", stdout);
    let Ran { code, stdout, .. } = diff(&["params.totel=1%", "params.total=1%"]);
    assert_eq!(code, 2);
    assert!(stdout.contains("1 | params.totel=1%\n  | ^^^^^^^^^^^^"), "{stdout}");
    assert!(stdout.contains("did you mean `params.total`?"), "{stdout}");
    assert!(stdout.contains("error[increase]"), "{stdout}");
    let Ran { code, stdout, stderr } = diff(&["5 percent"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("--max-increase"), "{stderr}");
}

#[test]
fn the_change_that_raises_a_number_most_is_blamed() {
    let args = ["diff", "tiny", "llava-1.5-7b", "--max-increase"];
    let scratch = Folder::new();
    for (limit, place) in [
        ("tokens.visual=0", "image.height"),
        ("params.by_component.bridge=0", "encoder.width"),
        ("memory.kv_cache_bytes=0", "llm.depth"),
    ] {
        let Ran { code, stdout, .. } = scratch.run(&[&args[..], &[limit]].concat());
        assert_eq!(code, 1);
        assert!(stdout.contains(&format!("note: {place}")), "{limit}: {stdout}");
    }
}

#[test]
fn a_number_that_is_lost_breaks_its_limit() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch.write("b.yaml", with(&[("vocab: 100, ", "")]));
    let args = ["diff", "a.yaml", "b.yaml", "--quiet", "--max-increase", "params.total=50%"];
    let Ran { code, stdout, .. } = scratch.run(&args);
    assert_eq!(code, 1);
    insta::assert_snapshot!("lost", stdout);
    // From a number that is not known, nothing can grow too much.
    assert_eq!(scratch.run(&["diff", "b.yaml", "a.yaml", "--max-increase", "0%"]).code, 0);
}

#[test]
fn what_is_no_comparison() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch.write("a.json", scratch.run(&["plan", "a.yaml", "--format", "json"]).stdout);
    for (args, words) in [
        (&["diff"][..], "nothing is given"),
        (&["diff", "a.yaml"], "one path is given"),
        (&["diff", "a.yaml", "a.yaml", "a.yaml"], "3 paths are given"),
        (
            &["diff", "a.yaml", "a.json", "--image", "56"],
            "the saved plan `a.json` cannot be changed",
        ),
        (&["diff", "a.yaml", "missing.yaml"], "no such file"),
        (&["diff", "missing.yaml", "a.yaml"], "no such file"),
        (&["diff", "a.yaml", "llava-1.5"], "did you mean `llava-1.5-7b`?"),
    ] {
        let Ran { code, stdout, stderr } = scratch.run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(words), "{stderr}");
    }
}

#[test]
fn one_spec_and_a_change_of_it() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch.write("b.yaml", with(&[("vocab: 100", "vocab: 200")]));
    let args = ["diff", "a.yaml", "--image", "56", "--set", "bridge={mlp: {depth: 2}}"];
    let Ran { code, stdout, stderr } = scratch.run(&args);
    assert_eq!((code, stderr.as_str()), (0, ""));
    insta::assert_snapshot!("changed", stdout);
    assert_eq!(scratch.run(&["diff", "a.yaml", "--image", "28"]).stdout, "no differences\n");
    let limited = [&args[..], &["--max-increase", "tokens.visual=0"]].concat();
    assert_eq!(scratch.run(&limited).code, 1);
    // From standard input, and each spec of a folder.
    let mut command = scratch.command("", &["diff", "-", "--batch", "2", "--format", "json"]);
    let file = std::fs::File::open(scratch.path("a.yaml")).unwrap();
    let output = command.stdin(file).output().unwrap();
    let plan = json(&String::from_utf8(output.stdout).unwrap());
    assert_eq!(plan["changed"][0]["design"][0]["path"], "prompt.batch");
    let Ran { stdout, .. } = scratch.run(&["diff", ".", "--batch", "2"]);
    assert!(stdout.ends_with("2 of 2 specs changed\n"), "{stdout}");
    let line = "28/14 width 32 -> llm 48";
    let Ran { code, stdout, .. } = scratch.run(&["diff", line, "--image", "56"]);
    assert!(code == 0 && stdout.starts_with(&format!("{line} → {line} --image 56\n")), "{stdout}");
    // Of two, both are changed.
    let total = |args: &[&str]| {
        let args = [&["diff", "a.yaml", "b.yaml", "--format", "json"], args].concat();
        let numbers = json(&scratch.run(&args).stdout)["changed"][0]["numbers"].clone();
        let numbers = numbers.as_array().unwrap().clone();
        let cache = |delta: &&Value| delta["path"] == "params.total";
        let total = numbers.iter().find(cache).unwrap().clone();
        (total["old"].as_i64().unwrap(), total["change"].as_i64().unwrap())
    };
    let ((small, by), (deep, as_much)) = (total(&[]), total(&["--set", "llm.depth=6"]));
    assert!(deep > small, "{deep} {small}");
    assert_eq!(by, as_much);
}

#[test]
fn a_broken_base_is_a_warning_where_it_was_not_named() {
    let scratch = Folder::new();
    let broken = "image: 28\nencoder: {patch: 13}\nbridge: linear\n";
    scratch.write("old/a.yaml", broken);
    scratch.write("old/gone.yaml", broken);
    scratch.write("new/a.yaml", SMALL);
    let args = ["diff", "old", "new", "--max-increase", "0%"];
    let Ran { code, stdout, stderr } = scratch.run(&args);
    assert_eq!((code, stderr.as_str()), (0, ""));
    insta::assert_snapshot!("base_is_broken", stdout);
    let Ran { stdout, .. } = scratch.run(&[&args[..3], &["--format", "json"]].concat());
    let diff = json(&stdout);
    for (what, count) in [("added", 1), ("removed", 1), ("unreadable", 0)] {
        assert_eq!(diff["summary"][what], count, "{what}");
    }
    assert_eq!(diff["warnings"][0]["code"], "not-divisible");

    let named = ["diff", "old/a.yaml", "new/a.yaml", "--max-increase", "0%"];
    let Ran { code, stdout, stderr } = scratch.run(&named);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert!(stderr.contains("error[not-divisible]") && stderr.contains("old/a.yaml"), "{stderr}");
    let both = ["diff", "old/a.yaml", "old/gone.yaml"];
    let Ran { code, stderr, .. } = scratch.run(&both);
    assert_eq!((code, stderr.matches("error[not-divisible]").count()), (2, 2), "{stderr}");
    let Ran { code, .. } = scratch.run(&["diff", "old/a.yaml", "--set", "encoder.patch=14"]);
    assert_eq!(code, 2);
}

#[test]
fn a_number_beyond_two_limits_is_one_number() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch.write("b.yaml", with(&[("depth: 3", "depth: 4")]));
    let diff = |limits: [&str; 2]| {
        let [one, other] = limits;
        scratch.run(&["diff", "a.yaml", "b.yaml", "--max-increase", one, "--max-increase", other])
    };
    let Ran { code, stdout, .. } = diff(["5%", "params.total=1%"]);
    let rows = stdout.lines().filter(|line| line.contains("params.total  ")).count();
    assert_eq!((code, rows), (1, 1), "{stdout}");
    let Ran { stdout, .. } = diff(["params.total=2%", "params.total=1%"]);
    assert!(stdout.contains("`params.total` grows more than it may"), "{stdout}");
}

#[test]
fn only_what_breaks_a_limit_where_that_is_asked_for() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch.write("b.yaml", with(&[("depth: 3", "depth: 4")]));
    let quiet = |more: &[&str]| {
        let Ran { code, stdout, .. } =
            scratch.run(&[&["diff", "a.yaml", "b.yaml", "-q"], more].concat());
        (code, stdout)
    };
    assert_eq!(quiet(&[]), (0, String::new()));
    assert_eq!(quiet(&["--max-increase", "50%"]), (0, String::new()));
    let (code, said) = quiet(&["--max-increase", "1%"]);
    assert_eq!(code, 1);
    // One change has raised several numbers: that is one problem.
    insta::assert_snapshot!("together", said);
}

#[test]
fn changes_are_coloured_by_their_sign() {
    let scratch = Folder::new();
    scratch.write("a.yaml", SMALL);
    scratch
        .write("b.yaml", with(&[("depth: 3", "depth: 4"), ("text_tokens: 5", "text_tokens: 2")]));
    let args = ["diff", "a.yaml", "b.yaml", "--color"];
    let Ran { stdout: plain, .. } = scratch.run(&[&args[..], &["never"]].concat());
    assert!(!plain.contains('\u{1b}') && !plain.contains(['\u{2061}', '\u{2062}', '\u{2063}']));
    let Ran { stdout, .. } = scratch.run(&[&args[..], &["always"]].concat());
    assert!(stdout.contains("\u{1b}[31m+") && stdout.contains("\u{1b}[32m−3\u{1b}[0m"), "{stdout}");
    let codes = ["31", "32", "33", "1", "2", "0"].map(|code| format!("\u{1b}[{code}m"));
    let stripped = codes.iter().fold(stdout, |text, code| text.replace(code.as_str(), ""));
    assert_eq!(stripped, plain);
}
