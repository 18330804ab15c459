//! Towers of open_clip, compared with its own profile to the printed digit: million parameters and
//! GFLOP, both with two decimals, of the tower with its head.
//!
//! `open_clip.csv` is from docs/model_profile.csv of open_clip; the sizes are those of its model
//! configurations, and of timm's models where these name one.

use vlmcalc::internals::cost::Measure;

use super::{loaded, of_tower};

/// A row of the profile.
struct Row {
    model: String,
    image: u64,
    width: u64,
    embed: u64,
    millions: String,
    gflop: String,
}

fn rows() -> Vec<Row> {
    let lines = include_str!("open_clip.csv").lines().skip(1);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |at: usize| cells[at].parse().unwrap();
        let [model, .., millions, gflop] = &cells[..] else { panic!("{line}") };
        Row {
            model: (*model).to_owned(),
            image: number(1),
            width: number(2),
            embed: number(3),
            millions: (*millions).to_owned(),
            gflop: (*gflop).to_owned(),
        }
    };
    lines.map(row).collect()
}

/// The encoder of a row.
fn encoder(Row { model, width, embed, .. }: &Row) -> String {
    let patch = match model.split(['-', '_']).find_map(|part| match part {
        "14" => Some(14),
        "16" => Some(16),
        "32" => Some(32),
        _ => None,
    }) {
        Some(patch) => patch,
        None => panic!("{model}"),
    };
    if model.contains("SigLIP") {
        let (width, depth, heads, mlp) = match (model.contains("SO400M"), model.contains("-L-")) {
            (true, _) => (1152, 27, 16, 4304),
            (_, true) => (1024, 24, 16, 4096),
            _ => (768, 12, 12, 3072),
        };
        return format!(
            "{{patch: {patch}, width: {width}, depth: {depth}, heads: {heads}, mlp_width: {mlp}, \
             qkv: fused, table_storage: batched, head: {{attention-pool: {{qkv: kv}}}}}}"
        );
    }
    if model.starts_with("EVA") {
        let gated = "mlp: gated, activation: silu, mlp_norm: true, attention_norm: true, \
                     position: learned-and-rotary";
        let blocks = match &model[..7] {
            "EVA02-B" => format!("width: 768, depth: 12, heads: 12, mlp_width: 2048, {gated}"),
            "EVA02-L" => format!("width: 1024, depth: 24, heads: 16, mlp_width: 2730, {gated}"),
            "EVA01-g" => {
                "width: 1408, depth: 40, heads: 16, mlp_width: 6144, qkv: fused".to_owned()
            }
            "EVA02-E" => "width: 1792, depth: 64, heads: 16, mlp_width: 15360, qkv: fused, \
                          norm_at: branch"
                .to_owned(),
            _ => panic!("{model}"),
        };
        return format!(
            "{{patch: {patch}, {blocks}, bias: {{key: false}}, class_token: true, \
             table_storage: batched, head: {{class-token: {{projection: {{width: {embed}, \
             bias: true}}}}}}}}"
        );
    }
    let (depth, heads, mlp) = match width {
        384 | 512 | 768 | 896 => (12, width / 64, 4 * width),
        1024 => (24, 16, 4096),
        1280 => (32, 16, 5120),
        1408 => (40, 16, 6144),
        1664 => (48, 16, 8192),
        _ => panic!("{model}"),
    };
    let projection = format!("projection: {{width: {embed}, stored: in-out}}");
    let (pre_norm, post_norm, head) = if model.contains("CLIPA") {
        (false, false, format!("{{average-pool: {{{projection}}}}}"))
    } else if model.starts_with("coca_ViT") {
        let sizes = format!("queries: 256, width: {embed}, heads: 8");
        (true, false, format!("{{query-pool: {{{sizes}, {projection}}}}}"))
    } else {
        (true, true, format!("{{class-token: {{{projection}}}}}"))
    };
    format!(
        "{{patch: {patch}, patch_bias: false, width: {width}, depth: {depth}, heads: {heads}, \
         mlp_width: {mlp}, qkv: fused, class_token: true, pre_norm: {pre_norm}, \
         post_norm: {post_norm}, head: {head}}}"
    )
}

#[test]
fn towers_of_open_clip_are_as_it_prints_them() {
    let rows = rows();
    assert_eq!(rows.len(), 30);
    let mut differences = Vec::new();
    for row in &rows {
        let Row { model, image, millions, gflop, .. } = row;
        let image = format!("{{size: {image}, remainder: drop}}");
        let report = match loaded(model, &image, &encoder(row)) {
            Ok(report) => report,
            Err(text) => {
                differences.push(format!("{model}: {text}"));
                continue;
            }
        };
        for (what, expected, measure, unit) in [
            ("M parameters", millions, Measure::Params, 1e6),
            ("GFLOP", gflop, Measure::MatmulFlops, 1e9),
        ] {
            let own = of_tower(&report, measure).unwrap() as f64 / unit;
            let expected: f64 = expected.parse().unwrap();
            if format!("{own:.2}") != format!("{expected:.2}") {
                differences.push(format!("{model}: {expected} {what}, here {own:.4}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
