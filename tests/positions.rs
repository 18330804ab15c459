//! Positions of tokens: which have one, and what is refused because there is none.

use serde_json::Value;

use crate::command::{Ran, vlmcalc_reading};

/// DINOv2-L/14 with registers, in front of a small LLM.
const DINOV2: &str = "image: 518
encoder: {patch: 14, width: 1024, depth: 24, heads: 16, mlp_width: 4096, class_token: true,
          registers: 4, layer_scale: true}
bridge: linear
llm: {width: 8, depth: 1, heads: 2, mlp_width: 8, vocab: 9}
prompt: {text_tokens: 1}
";

/// A pipeline whose LLM reads 4 visual tokens and 2 of text.
fn small(encoder: &str, llm: &str, prompt: &str) -> String {
    format!(
        "image: 28\nencoder: {{patch: 14, depth: 1, mlp_width: 8, {encoder}}}\nbridge: linear\n\
         llm: {{depth: 1, mlp_width: 8, vocab: 16, {llm}}}\nprompt: {{text_tokens: 2{prompt}}}\n"
    )
}

const PLAIN: &str = "width: 8, heads: 2";

fn plan(text: &str) -> Value {
    let Ran { code, stdout, stderr } =
        vlmcalc_reading(&["plan", "-", "--format", "json", "--depth", "9"], text);
    assert_eq!((code, stderr.as_str()), (0, ""));
    serde_json::from_str(&stdout).unwrap()
}

/// What is said of a spec that `plan`, `check` and `forward` refuse alike.
fn refused(text: &str) -> String {
    let said = ["plan", "check", "forward"].map(|command| {
        let ran = vlmcalc_reading(&[command, "-"], text);
        assert_eq!(ran.code, 2, "{command}: {}", ran.stdout);
        // A check ends with how many specs came out how.
        let report = ran.stdout.strip_suffix("0 ok, 0 broken, 1 with errors\n");
        report.filter(|report| !report.is_empty()).map_or(ran.stderr, str::to_owned)
    });
    let [plan, check, _forward] = &said;
    assert_eq!(plan, check);
    #[cfg(feature = "forward")]
    assert_eq!(plan, _forward);
    plan.clone()
}

#[test]
fn registers_have_no_position() {
    let report = plan(DINOV2);
    assert_eq!(report["tokens"]["encoder"], 1369 + 1 + 4);
    assert_eq!(report["params"]["by_component"]["vision_encoder"], 304_371_712);
    let stages = report["stages"].as_array().unwrap();
    let stage = |name: &str| {
        let path = format!("vision_encoder.patch_embed.{name}");
        stages.iter().find(|stage| stage["path"] == path).unwrap()
    };
    let position = stage("position");
    assert_eq!(position["params"]["value"], 1370 * 1024);
    assert_eq!(position["other_flops"]["value"], 1370 * 1024);
    assert_eq!(stage("concat")["output"]["shape"], serde_json::json!([1, 1374, 1024]));
    assert!(report["notes"].to_string().find("position table").is_none());
    // Without a class token the patches alone have positions; rotary ones are no table.
    for (encoder, rows) in [("registers: 3", 4), ("registers: 3, class_token: true", 5)] {
        let params = |more: &str| {
            let report = plan(&small(&format!("{PLAIN}, {encoder}{more}"), PLAIN, ""));
            report["params"]["by_component"]["vision_encoder"].as_i64().unwrap()
        };
        assert_eq!(params("") - params(", position: none"), rows * 8, "{encoder}");
        assert_eq!(params(", position: none"), params(", position: rotary"));
    }
}

#[test]
fn rotary_positions_turn_pairs() {
    let odd = refused(&small(PLAIN, "width: 6, heads: 2", ""));
    insta::assert_snapshot!("odd_rotary_heads", odd);
    let said = refused(&small("width: 8, heads: 2, head_dim: 3, position: rotary", PLAIN, ""));
    assert!(said.contains("the head size (3)") && said.contains("<stdin>:2:76"), "{said}");
    // In a grid rows and columns turn a pair each.
    assert!(said.contains("help: 4 would do as head size\n"), "{said}");
    assert!(refused(&small("width: 12, heads: 2, position: rotary", PLAIN, "")).contains("(6)"));
    plan(&small(PLAIN, "width: 12, heads: 2", ""));
    // Heads of 1, which no half has.
    assert!(refused(&small(PLAIN, "width: 2, heads: 2", "")).contains("the head size (1)"));
    for (encoder, llm) in [
        ("width: 6, heads: 2", PLAIN),
        (PLAIN, "width: 6, heads: 2, position: none"),
        (PLAIN, "width: 6, heads: 2, head_dim: 4"),
        (PLAIN, "width: 7"),
    ] {
        plan(&small(encoder, llm, ""));
    }
}

#[test]
fn a_decoder_reads_no_position_beyond_its_table() {
    let learned = |rows: u64, prompt: &str| {
        small(PLAIN, &format!("{PLAIN}, position: {{learned: {{rows: {rows}}}}}"), prompt)
    };
    insta::assert_snapshot!("short_table", refused(&learned(4, "")));
    plan(&learned(6, ""));
    // Every token of the answer but the last is read.
    plan(&learned(6, ", generated_tokens: 1"));
    plan(&learned(9, ", generated_tokens: 4"));
    let said = refused(&learned(8, ", generated_tokens: 4"));
    assert!(said.contains("the tokens that the LLM reads (9)"), "{said}");
    // The context gives the rows, if the table does not say them.
    let said = refused(&small(PLAIN, &format!("{PLAIN}, position: learned, context: 5"), ""));
    assert!(said.contains("more than the rows of its position table (5)"), "{said}");
    assert!(said.contains("<stdin>:4:90"), "{said}");
    // A vision encoder interpolates.
    plan(&small("width: 8, heads: 2, position: {learned: {rows: 2}}", PLAIN, ""));
}

#[cfg(feature = "forward")]
#[test]
fn the_forward_pass_reads_no_position_beyond_a_table() {
    let llm = |position: &str| small(PLAIN, &format!("{PLAIN}, position: {position}"), "");
    let forward = |args: &[&str], text: &str| {
        let ran = vlmcalc_reading(&[&["forward", "-"], args].concat(), text);
        (ran.code, ran.stderr)
    };
    // A table whose rows nobody said is a size like any other.
    let unknown = forward(&[], &llm("learned"));
    assert!(unknown.0 == 2 && unknown.1.contains("`llm.position.learned.rows` (R)"), "{unknown:?}");
    let table = llm("{learned: {rows: 8}}");
    assert_eq!(forward(&["--decode", "2"], &table), (0, String::new()));
    let (code, said) = forward(&["--decode", "3"], &table);
    let why = "3 decode steps read up to position 9 of a table with 8 rows";
    assert!(code == 2 && said.contains(why), "{said}");
    // Registers join between class token and patches.
    for encoder in ["", ", class_token: true", ", class_token: true, position: none"] {
        let text = small(&format!("{PLAIN}, registers: 2{encoder}"), PLAIN, "");
        assert_eq!(forward(&[], &text), (0, String::new()), "{encoder}");
    }
}

#[test]
fn a_qformer_reads_no_position_beyond_its_table() {
    let text = |positions: u64| {
        small(PLAIN, PLAIN, "").replace(
            "bridge: linear",
            &format!(
                "bridge: {{qformer: {{queries: 2, width: 8, depth: 1, heads: 2, mlp_width: 8, \
                 text: {{vocab: 9, positions: {positions}}}}}}}"
            ),
        )
    };
    plan(&text(2));
    let said = refused(&text(1));
    assert!(said.contains("the tokens of the Q-Former's text (2) are more"), "{said}");
}
