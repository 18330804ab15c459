//! The first steps: a spec to begin with, completions, manual pages, what is meant by a command line
//! that is not quite right.

use std::process::Command;

use vlmcalc::internals::spec::presets::PRESETS;

use crate::command::{Ran, vlmcalc};
use crate::folder::Folder;

#[test]
fn a_new_spec_plans_and_checks_as_it_is() {
    let folder = Folder::new();
    let Ran { code, stdout, stderr } = folder.run(&["new", "my.yaml"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, "my.yaml is written; `vlmcalc plan my.yaml` plans it\n");
    insta::assert_snapshot!("new", std::fs::read_to_string(folder.path("my.yaml")).unwrap());
    for command in ["plan", "check"] {
        let Ran { code, stderr, .. } = folder.run(&[command, "my.yaml"]);
        assert_eq!((code, stderr.as_str()), (0, ""), "{command}");
    }
    // Never over a file.
    folder.write("mine.yaml", "mine");
    let Ran { code, stderr, .. } = folder.run(&["new", "mine.yaml", "--from", "tiny"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("is not written over"), "{stderr}");
    assert_eq!(std::fs::read_to_string(folder.path("mine.yaml")).unwrap(), "mine");
    let Ran { code, stderr, .. } = folder.run(&["new", "nowhere/my.yaml"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("error[cannot-write]"), "{stderr}");
}

#[test]
fn a_result_is_written_over_no_input_and_no_failure_over_a_file() {
    let folder = Folder::new();
    folder.write("keep.txt", "keep\n");
    folder.write("own.yaml", "bridge: linear\n");
    for args in [
        &["plan", "nope", "-o", "keep.txt"][..],
        &["plan", "own.yaml", "-o", "own.yaml", "--format", "json"],
        &["plan", "own.yaml", "--output=./own.yaml"],
        &["check", "own.yaml", "--policy", "keep.txt", "-o", "keep.txt"],
        &["check", ".", "-o", "own.yaml"],
        &["-o", "own.yaml", "diff", "own.yaml", "tiny"],
        &["new", "-", "--from", "tiny", "-o", "keep.txt"],
        &["new", "n1.yaml", "-o", "n2.txt"],
    ] {
        let Ran { code, stdout, stderr } = folder.run(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains("error["), "{stderr}");
        let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
        assert_eq!(
            (read("keep.txt"), read("own.yaml")),
            ("keep\n".into(), "bridge: linear\n".into())
        );
    }
    assert!(!folder.path("n1.yaml").exists() && !folder.path("n2.txt").exists());
    // A result replaces an earlier one, also where it says that something is wrong.
    assert_eq!(folder.run(&["plan", "tiny", "-o", "keep.txt"]).code, 0);
    let plan = std::fs::read_to_string(folder.path("keep.txt")).unwrap();
    assert_eq!(plan, vlmcalc(&["plan", "tiny"]).stdout);
    folder.write("wrong.yaml", "bridge: lineer\n");
    let args = ["check", "wrong.yaml", "--format", "junit", "-o", "keep.txt"];
    assert_eq!(folder.run(&args).code, 2);
    let report = std::fs::read_to_string(folder.path("keep.txt")).unwrap();
    assert!(report.contains("<testsuite"), "{report}");
    assert_eq!(folder.run(&["plan", "tiny", "-o", "/dev/null"]).code, 0);
}

#[test]
fn every_preset_is_a_start() {
    let folder = Folder::new();
    for preset in PRESETS {
        let file = format!("{}.yaml", preset.name);
        let Ran { code, stderr, .. } = folder.run(&["new", &file, "--from", preset.name]);
        assert_eq!(code, 0, "{stderr}");
        let written = std::fs::read_to_string(folder.path(&file)).unwrap();
        assert_eq!(written, vlmcalc(&["presets", "show", preset.name]).stdout);
        // Nothing stands after what is expected, and the comments are kept.
        let (start, expected) = preset.text.split_once("\nexpect:\n").unwrap_or((preset.text, ""));
        assert_eq!(written.trim_end(), start.trim_end());
        assert!(expected.lines().all(|line| line.starts_with("  ")), "{file}");
        let edited = ["plan", &file, "--set", "prompt.text_tokens=7"];
        let Ran { code, stderr, .. } = folder.run(&edited);
        assert_eq!(code, 0, "{stderr}");
    }
}

#[test]
fn presets_are_data_too() {
    let list: serde_json::Value =
        serde_json::from_str(&vlmcalc(&["presets", "--format", "json"]).stdout).unwrap();
    let llava = list.as_array().unwrap().iter().find(|one| one["name"] == "llava-1.5-7b").unwrap();
    assert_eq!(llava["params"], 7_063_427_072_u64);
    assert_eq!(llava["visual_tokens"], 576);
    assert_eq!(
        vlmcalc(&["presets", "list", "-f", "csv"]).stdout.lines().count(),
        PRESETS.len() + 1
    );
    for width in ["60", "80", "120"] {
        let Ran { stdout, .. } = vlmcalc(&["presets", "--width", width]);
        let most: usize = width.parse().unwrap();
        assert!(stdout.lines().all(|line| line.chars().count() <= most), "{stdout}");
    }
    // A line each, the widest number among them.
    let lines = vlmcalc(&["presets", "--width", "80"]).stdout.lines().count();
    assert_eq!(lines, PRESETS.len() + 4);
}

#[test]
fn what_is_meant_is_said() {
    let folder = Folder::new();
    folder.write("my", "bridge: linear\n");
    for (args, tip) in [
        (&["my.yaml"][..], "did you mean `vlmcalc plan my.yaml`?"),
        (&["my"], "did you mean `vlmcalc plan my`?"),
        (&["llava-1.5-7b"], "did you mean `vlmcalc plan llava-1.5-7b`?"),
        (&["336/14 -> llm 4096"], "did you mean `vlmcalc plan '336/14 -> llm 4096'`?"),
        (&["plan", "-> llm 4096"], "begins with its image: `'336/14 -> llm 4096'`"),
        (&["plan", "336/14"], "has an arrow to its LLM: '336/14 -> llm 4096'"),
        (&["plan", "llava-1.5-7b.yaml"], "the preset is called `llava-1.5-7b`"),
        (&["plan", "llava15"], "did you mean `llava-1.5-7b`?"),
        (&["presets", "llava-1.5-7b"], "`vlmcalc presets show llava-1.5-7b`"),
        (
            &["plan", "llava"],
            "`llava-onevision-qwen2-7b`, `llava-v0-7b` or `llava-v1.6-mistral-7b`",
        ),
        (&["plan", "tiny", "--batch", "1k"], "write `1000`"),
        (&["plan", "tiny", "--width", "wide"], "write a whole number"),
        (&["diff", "tiny", "tiny", "--width", "1e2"], "write `100`"),
        (&["drill", "--seed", "x"], "write a whole number"),
        (&["drill", "--count", "5000"], "write a whole number from 1 to 1000"),
        (&["diagram", "tiny", "--depth", "7"], "write a whole number from 0 to 2"),
        (&["man", "plna"], "did you mean `plan`?"),
    ] {
        let Ran { code, stderr, .. } = folder.run(args);
        assert_eq!(code, 2, "{args:?}");
        assert!(stderr.contains(tip), "{args:?}: {stderr}");
        assert!(!stderr.contains("invalid digit"), "{args:?}: {stderr}");
    }
    let loud = vlmcalc(&["plan", "LLaVA-1.5-7B"]);
    assert_eq!(loud.stdout, vlmcalc(&["plan", "llava-1.5-7b"]).stdout);
    let grouped = vlmcalc(&["plan", "tiny", "--batch", "1_000"]);
    assert_eq!((grouped.code, grouped.stderr.as_str()), (0, ""));
}

#[cfg(feature = "forward")]
#[test]
fn a_run_says_what_it_misses() {
    let Ran { code, stderr, .. } = vlmcalc(&["forward", "textbook"]);
    assert_eq!(code, 2);
    assert!(stderr.starts_with("error[missing-field]"), "{stderr}");
    for field in ["encoder.depth", "encoder.heads", "llm.vocab", "llm.heads", "prompt.text_tokens"]
    {
        assert!(stderr.contains(field), "{field}: {stderr}");
    }
    assert!(!stderr.contains("llm.context"), "{stderr}");
    let Ran { stderr, .. } = vlmcalc(&["forward", "tiny", "--threads", "0"]);
    assert!(stderr.contains("write a whole number from 1"), "{stderr}");
    let help = vlmcalc(&["forward", "--help"]).stdout;
    assert!(help.contains("f32 or bf16") && !help.contains("int4"), "{help}");
}

#[test]
fn results_go_to_a_file() {
    let folder = Folder::new();
    let Ran { code, stdout, .. } = folder.run(&["plan", "tiny", "-f", "json", "-o", "plan.json"]);
    assert_eq!((code, stdout.as_str()), (0, ""));
    let written = std::fs::read_to_string(folder.path("plan.json")).unwrap();
    assert_eq!(written, vlmcalc(&["plan", "tiny", "--format", "json"]).stdout);
    let Ran { code, stderr, .. } = folder.run(&["plan", "tiny", "-o", "no/where"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("cannot write no/where"), "{stderr}");
    for command in ["plan", "explain", "diagram", "tensors", "compare"] {
        let text = vlmcalc(&[command, "tiny", "-f", "text"]);
        assert_eq!(text.stdout, vlmcalc(&[command, "tiny"]).stdout, "{command}");
    }
}

/// What a shell with the script of `completions` offers for the last of these words.
#[cfg(unix)]
fn completed(words: &[&str]) -> Option<Vec<String>> {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_vlmcalc")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let last = words.len() - 1;
    let script = format!(
        "source <(vlmcalc completions bash); COMP_WORDS=({}); COMP_CWORD={last}; COMP_TYPE=9; \
         _clap_complete_vlmcalc vlmcalc '{}' ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        words.join(" "),
        words[last]
    );
    let ran =
        Command::new("bash").args(["--norc", "-c", &script]).env("PATH", path).output().ok()?;
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(String::from_utf8(ran.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[cfg(unix)]
#[test]
fn bash_completes() {
    for (words, offered) in [
        (&["vlmcalc", "comp"][..], &["compare", "completions"][..]),
        (&["vlmcalc", "plan", "llava-v"], &["llava-v0-7b"]),
        (&["vlmcalc", "tokens", "gpt-4o"], &["gpt-4o", "gpt-4o-mini"]),
        (&["vlmcalc", "presets", "show", "t"], &["textbook", "tiny"]),
        (&["vlmcalc", "new", "x.yaml", "--from", "ti"], &["tiny"]),
        (&["vlmcalc", "plan", "tiny", "--form"], &["--format", "--formulas"]),
        (&["vlmcalc", "plan", "tiny", "--set", "llm.wid"], &["llm.width="]),
        (&["vlmcalc", "compare", "tiny", "--bridge", "linear,q"], &["linear,qformer"]),
        (&["vlmcalc", "check", "llava-v"], &["llava-v0-7b"]),
        (&["vlmcalc", "drill", "--topic", "kv"], &["kv-cache"]),
        (&["vlmcalc", "drill", "--level", "2,4"], &["2,4"]),
        (&["vlmcalc", "plan", "tiny", "--dtype", "bf"], &["bf16"]),
        (&["vlmcalc", "man", "pl"], &["plan"]),
        (&["vlmcalc", "doc", "not-d"], &["not-divisible"]),
        (&["vlmcalc", "plan", "tiny", "-f", "js"], &["json"]),
    ] {
        // No bash, no completions.
        let Some(all) = completed(words) else { return };
        for one in offered {
            assert!(all.iter().any(|given| given.trim() == *one), "{words:?}: {all:?}");
        }
        assert!(all.len() < 6, "{words:?}: {all:?}");
    }
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let Ran { code, stdout, .. } = vlmcalc(&["completions", shell]);
        assert_eq!(code, 0);
        assert!(
            stdout.contains("VLMCALC_COMPLETE") && stdout.contains("vlmcalc"),
            "{shell}: {stdout}"
        );
    }
}

#[test]
fn manual_pages_are_read_by_man() {
    for command in [&[][..], &["plan"], &["baseline", "check"]] {
        let Ran { code, stdout: page, .. } = vlmcalc(&[&["man"], command].concat());
        let name = [&["vlmcalc"], command].concat().join("-");
        assert_eq!(code, 0);
        assert!(page.contains(&format!(".TH {name} 1")), "{page}");
        assert!(page.contains("\"vlmcalc "), "{page}");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    let page = vlmcalc(&["man", "plan"]).stdout;
    let folder = Folder::new();
    folder.write("plan.1", &page);
    let file = folder.path("plan.1");
    let read = Command::new("groff").args(["-man", "-Tascii", "-ww", "-z"]).arg(file).output();
    // Where there is no groff, its text is all that can be looked at.
    if let Ok(read) = read {
        assert_eq!(String::from_utf8_lossy(&read.stderr), "");
    }
}

/// Every symbol that a plan shows, and every word at the head of a column, can be asked for.
#[test]
fn words_and_symbols_are_known() {
    let mut asked = 0;
    for preset in ["llava-1.5-7b", "blip2-opt-2.7b", "gemma-3-4b", "qwen-vl-7b", "textbook"] {
        let plan: serde_json::Value =
            serde_json::from_str(&vlmcalc(&["plan", preset, "--format", "json"]).stdout).unwrap();
        for symbol in plan["symbols"].as_object().unwrap().keys() {
            let page = page_of(symbol);
            assert!(page.is_some(), "{preset}: {symbol}");
            asked += 1;
        }
    }
    assert!(asked > 50, "{asked}");
    let words = [
        "patches",
        "encoder-side tokens",
        "visual tokens",
        "sequence",
        "context",
        "output",
        "params",
        "prefill matmul",
        "share",
        "decode",
        "memory",
        "KV cache",
        "stage",
        "input",
        "in symbols",
        "runs",
        "parameters",
        "matmul FLOPs",
        "other FLOPs",
        "share of matmul",
        "symbol",
        "value",
        "meaning",
        "what",
        "formula",
        "weights",
        "peak activations",
        "MACs",
        "tensor",
        "shape",
        "count",
        "dtype",
        "bytes",
        "field",
        "base",
        "head",
        "change",
        "percent",
        "time",
        "speed",
        "FLOPs run",
        "real shape",
        "predicted shape",
        "prefill",
        "TFLOP",
        "GiB",
        "Mi",
        "E",
        "V",
        "W",
        "symbolic",
    ];
    for word in words {
        assert!(page_of(word).is_some(), "{word}");
    }
    let plan = vlmcalc(&["doc", "plan"]).stdout;
    assert!(plan.contains("Shows the tokens, shapes and costs"), "{plan}");
}

fn page_of(topic: &str) -> Option<String> {
    vlmcalc::internals::docs::page(topic).ok()
}
