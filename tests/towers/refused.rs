//! What a tower cannot be is an error at its place, with what would work.

use crate::command::vlmcalc_reading;

/// Encoders that are refused: where, and what the message and its help say.
const REFUSED: &[(&str, &str, &str)] = &[
    ("{head: class-token}", "head", "there is none"),
    ("{class_position: false}", "class_position", "means nothing without a class token"),
    ("{class_token: true, relative_positions: true}", "relative_positions", "no row and column"),
    ("{window: 4, relative_positions: true}", "relative_positions", "`window_edges: padded`"),
    ("{window_edges: padded}", "window_edges", "means nothing without `window`"),
    ("{norm_at: branch, layer_scale: true}", "norm_at", "both follow a branch"),
    ("{parallel: true, norm_at: branch}", "norm_at", "a parallel block"),
    ("{norms_per_block: 1}", "norms_per_block", "`parallel: true`"),
    ("{position: {learned: {rows: 16, grid: 4}}}", "position", "say the same"),
    ("{table_storage: grid, position: {learned: {rows: 16}}}", "position", "`grid`"),
    ("{join: tokens}", "join", "means nothing without `towers`"),
    ("{towers: []}", "towers", "lists none"),
    ("{patch: 14, towers: [{patch: 14}, {patch: 16}]}", "towers", "no fields of a tower beside"),
    ("{towers: [{patch: 14}, {towers: [{patch: 16}]}]}", "towers", "no towers of its own"),
    ("{merge: {after: 3}, depth: 3}", "after", "the last one is 2"),
    ("{merge: {after: 1}, class_token: true}", "merge", "no room for `class_token`"),
    ("{merge: {after: 1}, position: rotary}", "merge", "no room for `position: rotary`"),
    ("{image: 56, patch: 14}", "image", "means nothing without `towers`"),
    ("{neck: {width: 8, inner_layer: 2}}", "inner_layer", "give `depth`"),
    ("{depth: 3, neck: {width: 8, inner_layer: 4}}", "inner_layer", "no layer 4"),
    ("{stages: [{width: 8, depth: 1, kernel: 4, block: convnext}]}", "kernel", "`kernel: 5`"),
    ("{stages: [{width: 8, depth: 1, block: {davit: {heads: 3}}}]}", "heads", "multiple"),
    ("{behind: true}", "behind", "means nothing without `towers`"),
    ("{towers: [{behind: true}, {patch: 14}]}", "behind", "has none before it"),
    ("{towers: [{patch: 14}, {behind: true, patch: 14}]}", "behind", "reads tokens, not pixels"),
    ("{join: last, towers: [{patch: 14}, {patch: 14}]}", "join", "`behind: true`"),
    ("{convolution: {blocks: [0]}}", "convolution", "give `depth`"),
    ("{depth: 3, convolution: {blocks: [3]}}", "blocks", "the last one is 2"),
    ("{depth: 3, convolution: {blocks: [0], kernel: 2}}", "kernel", "`kernel: 3`"),
    ("{depth: 3, window: 4, convolution: {blocks: [0]}}", "convolution", "has no `window`"),
    ("{mlp_width: 8, mlp: {moe: {experts: 4, top_k: 2}}}", "mlp_width", "a `width` of their own"),
    ("{head: attention-pool, mlp: {moe: {experts: 4, top_k: 2}}}", "head", "about an MLP"),
    ("{mlp: {moe: {experts: 4, top_k: 5}}}", "top_k", "at most"),
    ("{stages: []}", "stages", "lists none"),
    ("{depth: 3, stages: [{width: 8, depth: 1, block: convnext}]}", "stages", "no blocks of a ViT"),
    (
        "{head: attention-pool, stages: [{width: 8, depth: 1, block: convnext}]}",
        "head",
        "`average-pool`",
    ),
    ("{stages: [{width: 8, depth: 1, block: {convnext: {kernel: 4}}}]}", "kernel", "`kernel: 5`"),
];

/// Encoders whose sizes do not fit the image of 56 × 84 pixels.
const MISFITS: &[(&str, &str)] = &[
    ("{patch: 14, position: {learned: {rows: 16, fixed: true}}}", "take `fixed` out"),
    ("{patch: 14, position: {learned: {grid: 4, fixed: true}}}", "columns of patches are 6"),
    ("{patch: 14, merge: {after: 0, factor: 4}}", "side of a merged window"),
    (
        "{towers: [{patch: 14, width: 8, depth: 1, heads: 1, mlp_width: 8}, \
          {patch: 7, width: 8, depth: 1, heads: 1, mlp_width: 8}]}",
        "tokens of this tower are 96",
    ),
    (
        "{towers: [{patch: 14, width: 8, depth: 1, heads: 1, mlp_width: 8}, \
          {behind: true, width: 16, depth: 1, heads: 1, mlp_width: 8}]}",
        "let it end as wide",
    ),
    (
        "{join: tokens, towers: [{patch: 14, width: 8, depth: 1, heads: 1, mlp_width: 8}, \
          {patch: 7, width: 4, depth: 1, heads: 1, mlp_width: 8}]}",
        "equally wide",
    ),
    (
        "{patch: 28, stages: [{width: 8, depth: 1, block: convnext}, {width: 8, depth: 1, block: \
          convnext}, {width: 8, depth: 1, block: convnext}]}",
        "halves the grid",
    ),
];

fn refusal(encoder: &str) -> String {
    let text = format!("image: 56x84\nencoder: {encoder}\nbridge: linear\nllm: {{width: 8}}\n");
    let ran = vlmcalc_reading(&["plan", "-"], text);
    assert_eq!(ran.code, 2, "{encoder}: {}", ran.stdout);
    ran.stderr
}

#[test]
fn what_a_tower_cannot_be_is_said_at_its_place() {
    for (encoder, field, words) in REFUSED {
        let refused = refusal(encoder);
        assert!(refused.contains(words), "{encoder}: {refused}");
        let column = "encoder: ".len() + encoder.rfind(&format!("{field}:")).unwrap() + 1;
        let value = column + field.len() + 2;
        let places = [column, value].map(|column| format!("<stdin>:2:{column}"));
        assert!(places.iter().any(|place| refused.contains(place)), "{encoder}: {refused}");
    }
}

#[test]
fn what_does_not_fit_says_what_would() {
    for (encoder, words) in MISFITS {
        let refused = refusal(encoder);
        assert!(refused.contains(words), "{encoder}: {refused}");
        assert!(refused.contains("<stdin>:2:"), "{encoder}: {refused}");
    }
}
