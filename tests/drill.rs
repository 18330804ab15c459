//! `vlmcalc drill` as a user meets it.

use crate::command::{Ran, vlmcalc, vlmcalc_reading};

fn json(args: &[&str]) -> serde_json::Value {
    let Ran { code, stdout, stderr } = vlmcalc(args);
    assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
    serde_json::from_str(&stdout).unwrap()
}

/// The right answers of a drill, as its JSON says them.
fn right_answers(args: &[&str]) -> Vec<String> {
    let drill = json(&[args, &["--format", "json"]].concat());
    let questions = drill["questions"].as_array().unwrap();
    let answer = |question: &serde_json::Value| {
        let answer = &question["answer"];
        let value = &answer["value"];
        match answer["type"].as_str().unwrap() {
            "choice" => answer["text"].as_str().unwrap()[..1].to_owned(),
            "shape" => value.to_string(),
            _ if value.is_object() => answer["text"].as_str().unwrap().to_owned(),
            _ => value.to_string(),
        }
    };
    questions.iter().map(answer).collect()
}

#[test]
fn the_same_seed_asks_the_same_on_any_machine() {
    // One design: presets and concepts that are added later leave the snapshot as it is.
    let pinned = ["drill", "--seed", "1", "--spec", "internvl3-8b", "--count", "14"];
    let Ran { code, stdout, .. } = vlmcalc(&[&pinned[..], &["--answers", "-"]].concat());
    assert_eq!(code, 1);
    insta::assert_snapshot!("seed_1", stdout);
    let drawn = |seed| vlmcalc(&["drill", "--seed", seed, "--answers", "-"]).stdout;
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
}

#[test]
fn right_answers_are_right() {
    let args = ["drill", "--seed", "4", "--count", "20"];
    let answers = right_answers(&args).join("\n");
    let grade = [&args[..], &["--answers", "-"]].concat();
    let Ran { code, stdout, stderr } = vlmcalc_reading(&grade, &answers);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("Score: 20 of 20"), "{stdout}");
    // One wrong answer of 20 is 95 %.
    let mut answers: Vec<String> = right_answers(&args);
    answers[3] = "7".into();
    let answers = answers.join("\n");
    for (pass, expected) in [(None, 1), (Some("95%"), 0), (Some("96"), 1)] {
        let pass: Vec<&str> = pass.iter().flat_map(|pass| ["--pass", pass]).collect();
        let Ran { code, .. } = vlmcalc_reading(&[&grade[..], &pass].concat(), &answers);
        assert_eq!(code, expected, "{pass:?}");
    }
}

#[test]
fn lines_on_a_pipe_are_answers() {
    let args = ["drill", "--spec", "llava-1.5-7b", "--seed", "3", "--count", "4", "--width", "80"];
    let lines = "help\nhint\n576\n\nwhatever\n";
    let Ran { code, stdout, stderr } = vlmcalc_reading(&args, lines);
    assert_eq!((code, stderr.as_str()), (0, ""));
    insta::assert_snapshot!("pipe", stdout);
    let answers = right_answers(&args).join("\n");
    let Ran { code, stdout, .. } = vlmcalc_reading(&args, answers);
    assert_eq!((code, stdout.matches("Right").count()), (0, 4), "{stdout}");
    let Ran { stdout, .. } = vlmcalc_reading(&args, "quit\n1\n");
    assert!(stdout.contains("Score: 0 of 0\n") && !stdout.contains("2/4"), "{stdout}");
}

#[test]
fn a_design_in_one_line() {
    let code = |ask: &str, answer: &str| vlmcalc(&["drill", "--ask", ask, "--answer", answer]).code;
    for (ask, answer, expected) in [
        ("336/14 -> llm 4096", "24, 576, 576x4096", 0),
        ("336/14 -> llm 4096", "24,576,(576, 4096)", 0),
        ("336/14 → 4096", "24; 24x24; [1, 576, 4096]", 0),
        ("336/14 -> llm 4096", "24, 577, 577x4096", 1),
        ("336/14 -> llm 4096", "24", 1),
        ("336/14 +cls", "24, 576, 577", 0),
        ("336/14 +cls", "24, 577, 577", 1),
        ("448/14 pixel-shuffle 2", "32, 1024, 256", 0),
        ("448/14 pixel-shuffle 2", "32, 1024, 1024", 1),
        ("336/13", "24", 2),
        ("336/14 what is this", "24", 2),
    ] {
        assert_eq!(code(ask, answer), expected, "{ask}: {answer}");
    }
    let Ran { code, stdout, .. } = vlmcalc(&["drill", "--ask", "336/14 -> llm 4096"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!("ask", stdout);
    let one_more = ["drill", "--ask", "336/14 +cls", "--answer", "24, 577, 577, 7"];
    let Ran { stdout, stderr, .. } = vlmcalc(&one_more);
    assert!(stdout.contains("577 is wrong: that counts the class token too"), "{stdout}");
    assert!(stderr.contains("1 part more in the answer than the 3 asked for"), "{stderr}");
    let ask = "336/14 +cls width 1024 mlp -> llm 4096 text 64";
    let answer = "24, 576, 576, 1024x577, 20971520, 576x1024";
    let Ran { code, stdout, .. } = vlmcalc(&["drill", "--ask", ask, "--answer", answer]);
    assert_eq!(code, 1);
    insta::assert_snapshot!("ask_answered", stdout);
    let Ran { code, .. } = vlmcalc(&["drill", "--ask", ask, "--answer", answer, "--pass", "40"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(
        "ask_refused",
        vlmcalc(&["drill", "--ask", "336/14 +clss 7 pool"]).stderr
    );
}

#[test]
fn sheets_for_other_programs() {
    let topics = "patches,kv-cache,bridge-choice";
    let spec = "llava-1.5-7b";
    let args = ["drill", "--spec", spec, "--seed", "3", "--count", "3", "--topic", topics];
    let with = |more: &[&str]| vlmcalc(&[&args[..], more].concat());
    insta::assert_snapshot!("markdown", with(&["--format", "markdown"]).stdout);
    insta::assert_snapshot!("json", with(&["--format", "json"]).stdout);
    let anki = with(&["--export", "anki"]).stdout;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .has_headers(false)
        .comment(Some(b'#'))
        .from_reader(anki.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.iter().map(csv::StringRecord::len).collect::<Vec<_>>(), [4, 4, 4]);
    insta::assert_snapshot!("anki", anki);
    let graded = with(&["--format", "json", "--answers", "-"]).stdout;
    let graded: serde_json::Value = serde_json::from_str(&graded).unwrap();
    assert_eq!(graded["score"]["asked"], 3);
    assert_eq!(graded["questions"][0]["outcome"], "skipped");
    insta::assert_snapshot!("list", vlmcalc(&["drill", "--list", "--width", "80"]).stdout);
    let list = json(&["drill", "--list", "--format", "json"]);
    assert!(!list["topics"].as_array().unwrap().is_empty());
}

#[test]
fn a_spec_is_asked_about_as_far_as_it_goes() {
    let name = "name: \"a\\e[31m|<b>\\tc\"\n";
    let spec = format!("{name}image: 224\nencoder: {{patch: 16}}\nbridge: linear\n");
    let path = std::env::temp_dir().join(format!("vlmcalc-drill-{}.yaml", std::process::id()));
    std::fs::write(&path, spec).unwrap();
    let file = path.to_str().unwrap();
    for more in [&["--answers", "/dev/null"][..], &["--format", "markdown"], &["--export", "anki"]]
    {
        let args = [&["drill", "--spec", file, "--seed", "1", "--count", "4"][..], more].concat();
        let Ran { stdout, .. } = vlmcalc(&args);
        assert!(stdout.contains("196") && !stdout.contains('\u{1b}'), "{stdout:?}");
        let is_text = more[0] == "--answers";
        assert!(is_text || !stdout.contains("|<b>"), "{stdout}");
        assert!(!stdout.contains("FLOP"), "{stdout}");
    }
    let Ran { code, stdout, stderr } = vlmcalc(&["drill", "--spec", file, "--topic", "kv-cache"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    for words in ["does not give `prompt.text_tokens`, `llm.width`, `llm.depth`", "help:"] {
        assert!(stderr.contains(words), "{stderr}");
    }
    std::fs::remove_file(path).unwrap();
    let Ran { code, .. } = vlmcalc_reading(&["drill", "--spec", "-"], "bridge: linear\n");
    assert_eq!(code, 2);
    let Ran { code, stderr, .. } = vlmcalc(&["drill", "--spec", "lava", "--format", "json"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no file and no preset"), "{stderr}");
}

#[test]
fn usage_errors_say_what_to_type() {
    for (args, words) in [
        (&["--topic", "patchs"][..], "did you mean `patches`"),
        (&["--topic", "kv"], "did you mean `kv-cache`"),
        (&["--topic", "flops"], "did you mean `prefill-flops` or `decode-flops`"),
        (&["--spec", "llava-1.5-7b", "--topic", "shuffle-width"], "has no pixel shuffle"),
        (&["--spec", "gemma-3-4b", "--topic", "kv-cache"], "has a sliding window"),
        (&["--again", "--topic", "tiles"], "cannot be used"),
        (&["progress", "--seed", "1"], "cannot be used"),
        (&["--level", "6"], "level from 1 to 5"),
        (&["--level", "1", "--topic", "kv-cache"], "--list"),
        (&["--exam", "soon"], "minutes=10"),
        (&["--pass", "most", "--exam", "1"], "80%"),
        (&["--answer", "1"], "--ask"),
        (&["--answers", "/nonexistent"], "one answer a line"),
        (&["--forget", "--remember"], "cannot be used"),
        (&["--count", "0"], "from 1 to 1000"),
    ] {
        let Ran { code, stdout, stderr } = vlmcalc(&[&["drill"], args].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.contains(words), "{args:?}: {stderr}");
    }
}

#[test]
fn a_number_without_its_unit_is_asked_about() {
    let args = ["drill", "--spec", "llava-1.5-7b", "--topic", "kv-cache", "--count", "1"];
    let grade = |answer: &str| {
        vlmcalc_reading(&[&args[..], &["--seed", "1", "--answers", "-"]].concat(), answer)
    };
    let Ran { code, stdout, .. } = grade("16");
    assert_eq!(code, 1);
    assert!(stdout.contains("16 what? Write the unit, such as `16 GiB`"), "{stdout}");
    assert!(stdout.contains("(in MiB or GiB, to within 1 %)"), "{stdout}");
    assert_eq!((grade("320 MiB").code, grade("335,544,320").code), (0, 0));
}

#[test]
fn options_have_letters_and_numbers() {
    let args = ["drill", "--topic", "concepts", "--count", "6", "--seed", "2"];
    let letters = right_answers(&args);
    let numbers = letters.iter().map(|letter| (letter.as_bytes()[0] - b'a' + 1).to_string());
    let answers = numbers.collect::<Vec<_>>().join("\n");
    let Ran { code, stdout, .. } =
        vlmcalc_reading(&[&args[..], &["--answers", "-"]].concat(), &answers);
    assert_eq!(code, 0, "{stdout}");
}

#[test]
fn what_to_practise_keeps_spec_and_level() {
    let args = ["drill", "--spec", "llava-1.5-7b", "--level", "4", "--count", "2", "--seed", "1"];
    let Ran { stdout, .. } = vlmcalc_reading(&[&args[..], &["--answers", "-"]].concat(), "1\n1\n");
    let line = stdout.lines().find(|line| line.starts_with("- vlmcalc drill --topic")).unwrap();
    assert!(line.ends_with(" --spec llava-1.5-7b --level 4"), "{line}");
    let Ran { code, stderr, .. } = vlmcalc(&[
        "drill",
        "--spec",
        "llava-1.5-7b",
        "--topic",
        "shuffle-width,patches",
        "--count",
        "1",
        "--format",
        "json",
    ]);
    assert_eq!(code, 0);
    assert!(stderr.contains("`shuffle-width` is left out"), "{stderr}");
}
