//! A prompt, or a prompt and its answer, that the LLM's context does not hold.

use crate::command::{Ran, vlmcalc};

/// Plans LLaVA, whose context is 4,096 tokens, 576 of them visual.
fn plan(args: &[&str]) -> Ran {
    let ran = vlmcalc(&[&["plan", "llava-1.5-7b"], args].concat());
    assert_eq!(ran.code, 0);
    ran
}

#[test]
fn a_prompt_that_does_not_fit_is_said_loudly() {
    let Ran { stdout, stderr, .. } = plan(&["--text-tokens", "4000", "--full"]);
    let warning = "THE PROMPT DOES NOT FIT: 4,576 tokens, 480 more than the context of 4,096";
    let blocks: Vec<&str> = stdout.trim_end().split("\n\n").collect();
    assert!(blocks[1].starts_with("Tokens of a prompt"));
    assert_eq!((blocks[2], blocks[blocks.len() - 1]), (warning, warning));
    insta::assert_snapshot!("prompt", stderr);
    assert!(plan(&["--text-tokens", "4000"]).stdout.contains(warning));
}

#[test]
fn an_answer_that_does_not_fit_is_told_from_its_prompt() {
    let Ran { stdout, stderr, .. } = plan(&["--generated-tokens", "4000"]);
    let text = "4,640 tokens, 544 more than the context of 4,096";
    assert!(stdout.contains(&format!("PROMPT AND ANSWER DO NOT FIT: {text}")), "{stdout}");
    assert!(!stdout.contains("THE PROMPT DOES NOT FIT"));
    assert!(stderr.contains(&format!("prompt and answer do not fit: {text}")), "{stderr}");
}

#[test]
fn every_format_warns() {
    for format in ["json", "csv", "markdown"] {
        let stderr = plan(&["--text-tokens", "4000", "--format", format]).stderr;
        assert!(stderr.starts_with("warning[context-exceeded]"), "{format}: {stderr}");
    }
}

#[test]
fn json_says_what_fits() {
    for (args, prompt, both) in [
        (&["--generated-tokens", "3456"][..], true, true),
        (&["--generated-tokens", "3457"], true, false),
        (&["--text-tokens", "3521"], false, false),
    ] {
        let stdout = plan(&[args, &["--format", "json"]].concat()).stdout;
        let plan: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(plan["tokens"]["prompt_fits_context"], prompt, "{args:?}");
        assert_eq!(plan["tokens"]["fits_context"], both, "{args:?}");
    }
}
