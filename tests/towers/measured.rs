//! Public towers, compared with all that was measured of them: the shapes that come out, the shape of
//! every stored tensor, parameters and matmul FLOPs, and what their code refuses.
//!
//! `measured.py` made `measured.json`. A test says each kind as a spec by the sizes of its cases, and
//! lists every difference.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use vlmcalc::internals::cost::{Measure, Report, Row};
use vlmcalc::internals::dim::Dim;
use vlmcalc::internals::graph::Component;
use vlmcalc::internals::ops::Shape;

use super::{Counts, loaded, of_tower, tensors};

/// A kind of tower.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    #[serde(rename = "source")]
    _source: Value,
    cases: Vec<Case>,
}

/// A tower of certain sizes on an image.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    config: Value,
    #[serde(default)]
    outputs: Vec<Vec<i64>>,
    #[serde(default)]
    params: i128,
    #[serde(default)]
    tensors: Counts,
    #[serde(default)]
    matmul_flops: i128,
    refused: Option<String>,
}

/// The sizes of a case.
struct Sizes<'a>(&'a Value);

impl Sizes<'_> {
    fn of(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_else(|| panic!("{name} in {}", self.0))
    }

    fn is(&self, name: &str) -> bool {
        self.0[name].as_bool().unwrap_or(false)
    }

    fn text(&self, name: &str) -> String {
        self.0[name].to_string()
    }

    fn image(&self) -> String {
        let [height, width] = [0, 1].map(|at| self.0["image"][at].as_u64().unwrap());
        format!("{height}x{width}")
    }

    /// Patches of the square image that the position table was made for.
    fn table(&self) -> u64 {
        (self.of("table_image") / self.of("patch")).pow(2)
    }

    /// The blocks of a ViT.
    fn vit(&self) -> String {
        let [width, depth, heads, mlp] =
            ["width", "depth", "heads", "mlp_width"].map(|name| self.of(name));
        format!("width: {width}, depth: {depth}, heads: {heads}, mlp_width: {mlp}")
    }
}

/// Says a kind of tower by its sizes: the section `image`, and the section `encoder`.
type Say = fn(&Sizes) -> [String; 2];

const KINDS: [(&str, Say); 8] = [
    ("dinov2_registers_hf", |size| {
        let (patch, rows, vit) = (size.of("patch"), size.table() + 1, size.vit());
        let mlp = if size.is("gated_mlp") { "gated, activation: silu" } else { "plain" };
        let registers = size.of("registers");
        [
            format!("{{size: {}, remainder: drop}}", size.image()),
            format!(
                "{{patch: {patch}, {vit}, mlp: {mlp}, class_token: true, registers: {registers}, \
                 mask_token: true, layer_scale: true, table_storage: batched, \
                 position: {{learned: {{rows: {rows}}}}}, feature_select: all}}"
            ),
        ]
    }),
    ("open_clip_convnext", |size| {
        let list = |name: &str| -> Vec<u64> {
            size.0[name].as_array().unwrap().iter().map(|one| one.as_u64().unwrap()).collect()
        };
        let (widths, depths) = (list("widths"), list("depths"));
        let kernel = size.of("kernel");
        let stages = widths.iter().zip(&depths).map(|(width, depth)| {
            format!("{{width: {width}, depth: {depth}, block: {{convnext: {{kernel: {kernel}}}}}}}")
        });
        let stages = stages.collect::<Vec<_>>().join(", ");
        let embed = size.of("embed_width");
        let hidden = match size.0["projection"].as_str().unwrap() {
            "mlp" => format!(", hidden: {}", 2 * embed),
            _ => String::new(),
        };
        let run = size.0["output"] == "pooled";
        [
            format!("{{size: {}, remainder: drop}}", size.image()),
            format!(
                "{{patch: 4, stages: [{stages}], pre_norm: true, post_norm: false, \
                 head: {{average-pool: {{projection: {{width: {embed}{hidden}}}, run: {run}}}}}}}"
            ),
        ]
    }),
    ("open_clip_vit", |size| {
        let patch = size.of("patch");
        if size.0["width"].is_null() {
            // The sizes of the refused case are those of ViT-B/16.
            let rows = size.table() + 1;
            return [
                size.image(),
                format!(
                    "{{patch: {patch}, width: 768, depth: 12, heads: 12, mlp_width: 3072, \
                     class_token: true, position: {{learned: {{rows: {rows}, fixed: true}}}}}}"
                ),
            ];
        }
        let embed = size.of("embed_width");
        let projection = format!("projection: {{width: {embed}, stored: in-out}}");
        let (head, post_norm) = if size.is("attentional_pool") {
            let (queries, heads) = (size.of("queries"), size.of("pool_heads"));
            let sizes = format!("queries: {queries}, width: {embed}, heads: {heads}");
            (format!("{{query-pool: {{{sizes}, {projection}}}}}"), false)
        } else {
            (format!("{{class-token: {{{projection}}}}}"), true)
        };
        [
            format!("{{size: {}, remainder: drop}}", size.image()),
            format!(
                "{{patch: {patch}, patch_bias: false, {}, qkv: fused, class_token: true, \
                 pre_norm: true, post_norm: {post_norm}, head: {head}, feature_select: all}}",
                size.vit()
            ),
        ]
    }),
    ("radio_vit", |size| {
        let patch = size.of("patch");
        if size.0["width"].is_null() {
            return [size.image(), format!("{{patch: {patch}}}")];
        }
        let others = size.of("class_tokens") + size.of("registers");
        let rows = size.table();
        [
            size.image(),
            format!(
                "{{patch: {patch}, patch_bias: false, patch_storage: matrix, {}, qkv: fused, \
                 registers: {others}, table_storage: batched-table, position: {{learned: {{rows: {rows}}}}}, \
                 feature_select: all}}",
                size.vit()
            ),
        ]
    }),
    ("sam_vit", |size| {
        let patch = size.of("patch");
        if size.0["width"].is_null() {
            let side = size.of("table_image") / patch;
            return [
                size.image(),
                format!("{{patch: {patch}, position: {{learned: {{grid: {side}, fixed: true}}}}}}"),
            ];
        }
        let (window, full) = (size.of("window"), size.text("global_layers"));
        let neck = size.of("out_channels");
        [
            size.image(),
            format!(
                "{{patch: {patch}, {}, qkv: fused, window: {window}, window_edges: padded, \
                 full_attention: {full}, relative_positions: true, table_storage: grid, \
                 post_norm: false, neck: {{width: {neck}}}}}",
                size.vit()
            ),
        ]
    }),
    ("siglip_hf", |size| {
        let head = if size.is("pool_head") { "attention-pool" } else { "none" };
        let (patch, rows, vit) = (size.of("patch"), size.table(), size.vit());
        [
            format!("{{size: {}, remainder: drop}}", size.image()),
            format!(
                "{{patch: {patch}, {vit}, position: {{learned: {{rows: {rows}}}}}, head: {head}}}"
            ),
        ]
    }),
    ("timm_vit", |size| {
        let patch = size.of("patch");
        if size.0["width"].is_null() {
            let fixed = !size.is("dynamic");
            let rows = size.table() + 1;
            return [
                size.image(),
                format!(
                    "{{patch: {patch}, class_token: true, \
                     position: {{learned: {{rows: {rows}, fixed: {fixed}}}}}}}"
                ),
            ];
        }
        let has_class = size.of("class_tokens") > 0;
        let class_position = has_class && size.is("prefix_has_position");
        let rows = size.table() + u64::from(class_position);
        let fixed = !size.is("dynamic");
        let class_position =
            if has_class { format!("class_position: {class_position}, ") } else { String::new() };
        let head = match size.0["pool"].as_str().unwrap() {
            "token" => "class-token",
            "map" => "{attention-pool: {qkv: kv}}",
            pool => panic!("{pool}"),
        };
        let remainder = if size.is("pad_pixels") {
            "pad"
        } else if fixed {
            "drop"
        } else {
            "error"
        };
        [
            format!("{{size: {}, remainder: {remainder}}}", size.image()),
            format!(
                "{{patch: {patch}, {}, qkv: fused, class_token: {has_class}, {class_position}\
                 registers: {}, layer_scale: {}, table_storage: batched, head: {head}, \
                 position: {{learned: {{rows: {rows}, fixed: {fixed}}}}}, feature_select: all}}",
                size.vit(),
                size.of("registers"),
                size.is("layer_scale"),
            ),
        ]
    }),
    ("prismatic_dinosiglip", |size| {
        let [width, height] = [1, 0].map(|at| size.0["grid"][at].as_u64().unwrap());
        let patch = size.of("patch");
        let rows = width * height;
        let tower = |at: usize| {
            let tower = Sizes(&size.0["towers"][at]);
            let (has_class, registers) = (tower.of("class_tokens") > 0, tower.of("registers"));
            let beside = if has_class {
                format!("class_token: true, class_position: false, registers: {registers}, ")
            } else {
                String::new()
            };
            let head = if tower.is("pool_head_stored") {
                "{attention-pool: {qkv: kv, run: false}}"
            } else {
                "none"
            };
            format!(
                "{{patch: {patch}, {}, qkv: fused, {beside}layer_scale: {has_class}, head: {head}, \
                 table_storage: batched, position: {{learned: {{rows: {rows}}}}}, \
                 feature_layer: -2}}",
                tower.vit()
            )
        };
        [
            format!("{{size: {}, remainder: drop}}", size.image()),
            format!("{{towers: [{}, {}], join: channels}}", tower(0), tower(1)),
        ]
    }),
];

/// The shapes that a tower makes: what it hands on, and what its head does.
fn made(report: &Report) -> Vec<Vec<i64>> {
    let symbols = &report.prefill.graph.symbols;
    let of_head = |row: &&Row| row.path.starts_with("vision_encoder.head");
    let handed_on = report.prefill.component(Component::Bridge).map(|row| &row.input);
    let heads = report.prefill.rows.iter().filter(of_head).map(|row| &row.output);
    let value = |dim: &Dim| i64::try_from(symbols.eval(dim).unwrap().unwrap()).unwrap();
    let shape = |shape: &Shape| shape.0.iter().map(value).collect();
    handed_on.into_iter().chain(heads).map(shape).collect()
}

/// Whether a tower makes a shape: as it is, as a map `[B, C, H, W]` of its tokens, or as one vector.
fn is_made(shape: &[i64], made: &[Vec<i64>]) -> bool {
    made.iter().any(|own| match (shape, &own[..]) {
        ([b, c, h, w], [own_b, n, own_c]) => b == own_b && c == own_c && h * w == *n,
        ([b, c], [own_b, 1, own_c]) => b == own_b && c == own_c,
        _ => shape == own,
    })
}

#[test]
fn measured_towers_are_exact() {
    let measured: BTreeMap<String, Kind> =
        serde_json::from_str(include_str!("measured.json")).unwrap();
    let mut differences = Vec::new();
    for (name, say) in KINDS {
        for case in &measured[name].cases {
            let [image, encoder] = say(&Sizes(&case.config));
            let place = format!("{name} {}", case.id);
            let report = match (loaded(&place, &image, &encoder), &case.refused) {
                (Err(_), Some(_)) => continue,
                (Ok(_), Some(refused)) => {
                    differences.push(format!("{place}: not refused: {refused}"));
                    continue;
                }
                (Err(text), None) => {
                    differences.push(format!("{place}: {text}"));
                    continue;
                }
                (Ok(report), None) => report,
            };
            let mut equal = |what: &str, expected: String, own: String| {
                if expected != own {
                    differences.push(format!("{place}: {what} {expected}, here {own}"));
                }
            };
            for (what, expected, measure) in [
                ("params", case.params, Measure::Params),
                ("matmul FLOPs", case.matmul_flops, Measure::MatmulFlops),
            ] {
                equal(
                    what,
                    format!("{expected}"),
                    format!("{}", of_tower(&report, measure).unwrap()),
                );
            }
            equal("tensors", format!("{:?}", case.tensors), format!("{:?}", tensors(&report)));
            let made = made(&report);
            for shape in case.outputs.iter().filter(|shape| !is_made(shape, &made)) {
                differences.push(format!("{place}: makes {shape:?}, here {made:?}"));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
