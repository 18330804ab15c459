//! Bridges whose numbers are known exactly, compared to the last integer: tokens, parameters, the
//! shape of every stored tensor and matmul FLOPs, on grids that blocks fill and on others.
//! `extract.py` made `bridges.json`.

mod said;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use vlmcalc::internals::cost::{Measure, Report};
use vlmcalc::internals::dim::Dim;
use vlmcalc::internals::graph::Component;
use vlmcalc::internals::planned::count;
use vlmcalc::internals::spec::{self, Overrides};
use vlmcalc::internals::stages::decoder::Logits;

/// What was measured of a bridge, or why its code refuses a grid.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    grid: (u64, u64),
    images: u64,
    views: u64,
    width: u64,
    llm: u64,
    settings: Map<String, Value>,
    #[serde(default)]
    tokens: i128,
    #[serde(default)]
    params: i128,
    #[serde(default)]
    tensors: Vec<(usize, Vec<i128>)>,
    #[serde(default)]
    flops: i128,
    refused: Option<String>,
}

impl Case {
    fn plan(&self, name: &str, bridge: &str) -> Result<Report, String> {
        let (rows, columns) = self.grid;
        let class_token = self.is("class_token");
        let encoder = format!(
            "class_token: {class_token}, feature_select: {}",
            if class_token { "all" } else { "patches" }
        );
        let prompt = format!("{{images: {}}}", self.images);
        let views = (rows, columns, self.views);
        plan_of(name, bridge, views, [self.width, self.llm], &encoder, &prompt)
    }
}

/// The plan of a bridge after a tower with such a grid and width, to an LLM of a width.
fn plan(
    name: &str,
    bridge: &str,
    (rows, columns): (u64, u64),
    views: u64,
    widths: [u64; 2],
) -> Result<Report, String> {
    plan_of(name, bridge, (rows, columns, views), widths, "class_token: false", "{images: 1}")
}

fn plan_of(
    name: &str,
    bridge: &str,
    (rows, columns, views): (u64, u64, u64),
    [width, llm]: [u64; 2],
    encoder: &str,
    prompt: &str,
) -> Result<Report, String> {
    let text = format!(
        "image: {{size: {}x{}, tiles: {views}}}\n\
         encoder: {{patch: 14, width: {width}, depth: 1, heads: 1, mlp_width: 1, {encoder}}}\n\
         bridge: {bridge}\nllm: {{width: {llm}}}\nprompt: {prompt}\n",
        14 * rows,
        14 * columns,
    );
    let path = std::env::temp_dir().join(format!("vlmcalc-{name}-{}.yaml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let loaded = spec::load(path.to_str().unwrap(), &Overrides::default());
    std::fs::remove_file(&path).unwrap();
    let loaded = loaded.map_err(|failure| format!("{:?}", failure.diagnostics))?;
    count(name, &loaded.spec, Logits::All).map_err(|problems| format!("{problems:?}"))
}

fn params(report: &Report) -> Option<i128> {
    report.prefill.component(Component::Bridge).unwrap().costs.get(Measure::Params)
}

/// The shapes of the tensors that the bridge stores, each with how many there are.
fn tensors(report: &Report) -> Vec<(usize, Vec<i128>)> {
    let graph = &report.prefill.graph;
    let value = |dim: &Dim| graph.symbols.eval(dim).unwrap().unwrap();
    let mut shapes = BTreeMap::new();
    for param in graph.params.iter().filter(|param| param.component == Component::Bridge) {
        let shape: Vec<i128> = param.shape.0.iter().map(value).collect();
        *shapes.entry(shape).or_insert(0) += usize::try_from(value(&param.copies)).unwrap();
    }
    shapes.into_iter().map(|(shape, count)| (count, shape)).collect()
}

/// What of a plan is not as it was measured.
fn differences(case: &Case, report: &Report) -> Vec<String> {
    let costs = &report.prefill.component(Component::Bridge).unwrap().costs;
    let mut found = Vec::new();
    let mut compare = |what: &str, own: Option<i128>, measured: i128| {
        if own != Some(measured) {
            found.push(format!("{what}: {own:?}, measured {measured}"));
        }
    };
    compare("parameters", costs.get(Measure::Params), case.params);
    compare("FLOPs", costs.get(Measure::MatmulFlops), case.flops);
    compare("tokens", report.tokens.visual.value, case.tokens);
    let own = tensors(report);
    let only = |these: &[(usize, Vec<i128>)], those: &[(usize, Vec<i128>)]| {
        let only = these.iter().filter(|one| !those.contains(one));
        only.cloned().collect::<Vec<_>>()
    };
    let (extra, missing) = (only(&own, &case.tensors), only(&case.tensors, &own));
    if own != case.tensors {
        found.push(format!("tensors: {extra:?}, measured {missing:?}"));
    }
    found
}

#[test]
fn bridges_are_exact() {
    let kinds: BTreeMap<String, BTreeMap<String, Case>> =
        serde_json::from_str(include_str!("bridges.json")).unwrap();
    let (mut compared, mut refused) = (0, 0);
    let (mut unsaid, mut wrong) = (Vec::new(), Vec::new());
    for (kind, cases) in &kinds {
        for (id, case) in cases {
            let place = format!("{kind} {id}");
            let Some(bridge) = case.bridge(kind) else {
                unsaid.push(place);
                continue;
            };
            match (case.plan(kind, &bridge), &case.refused) {
                (Ok(_), Some(why)) => {
                    wrong.push(format!("{place}: {bridge} is not refused: {why}"))
                }
                (Err(_), Some(_)) => refused += 1,
                (Err(problem), None) => wrong.push(format!("{place}: {bridge}: {problem}")),
                (Ok(report), None) => {
                    let found = differences(case, &report);
                    wrong.extend(found.into_iter().map(|one| format!("{place}: {bridge}: {one}")));
                    compared += 1;
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 100 && refused > 12, "{compared} compared, {refused} refused");
    assert_eq!(unsaid, UNSAID);
}

/// Refused for tables of a fixed size, which no step has.
const UNSAID: [&str; 1] = ["mplug_owl2_abstractor 25-on-4x4"];

/// A norm before folding is over a token, one after it over a block: dots.ocr has the first.
#[test]
fn a_norm_before_folding_is_smaller() {
    let merger = |over: &str| {
        let bridge = format!("{{merger: {{norm_over: {over}}}}}");
        params(&plan("dots", &bridge, (2, 2), 1, [1536, 7168]).unwrap())
    };
    assert_eq!((merger("token"), merger("block")), (Some(81_805_312), Some(81_814_528)));
    let shuffled = "{pixel-shuffle: {factor: 2, norm: layernorm, then: {mlp: {hidden: [6144]}}}}";
    let shuffled = plan("dots-shuffled", shuffled, (2, 2), 1, [1536, 7168]).unwrap();
    assert_eq!(params(&shuffled), merger("token"));
}

/// SigLIP at 384/14 pooled with stride 2: averaged the last row is dropped, interpolated it is not.
#[test]
fn odd_grids_are_pooled_as_models_do() {
    let tokens = |name: &str, bridge: &str| {
        let report = plan(name, bridge, (27, 27), 1, [1152, 3584]).unwrap();
        report.tokens.visual.value
    };
    assert_eq!(tokens("floor", "{avg-pool: {kernel: 2, rounding: floor}}"), Some(169));
    let video = "{steps: [linear, gelu, linear, {interpolate: {factor: 2, rounding: ceil}}]}";
    assert_eq!(tokens("ceil", video), Some(196));
}

/// An OpenFlamingo Perceiver of 9 latents and no media-time row, at the LLM's width.
#[test]
fn nothing_need_follow_a_perceiver() {
    let perceiver = |llm| {
        let bridge = "{resampler: {latents: 9, depth: 3, heads: 4, head_dim: 128, mlp_width: 3072, \
                      mlp: plain, activation: gelu, norm: layernorm, then: none}}";
        plan("perceiver", bridge, (2, 2), 1, [768, llm])
    };
    assert_eq!(params(&perceiver(768).unwrap()), Some(18_896_640));
    let problem = perceiver(1024).unwrap_err();
    assert!(problem.contains("tokens of width 768, the LLM's have 1,024"), "{problem}");
}

/// Two gated MLPs one after the other have tensors of their own.
#[test]
fn the_same_step_twice() {
    let bridge = "{steps: [norm, {gated-mlp: {hidden: 12, width: same}}, gelu, {gated-mlp: 12}]}";
    let report = plan("twice", bridge, (4, 6), 1, [16, 24]).unwrap();
    assert_eq!(params(&report), Some(2 * 16 + 3 * 12 * 16 + 2 * 12 * 16 + 12 * 24));
}

/// Steps that do not fit together are told at their own places, with what would do.
#[test]
fn steps_that_do_not_meet_are_told() {
    for (steps, place, message) in [
        ("{residual: [{linear: 12}]}", "bridge.steps.0", "a width of 12 meets one of 16"),
        ("{cross-attention: 8}", "bridge.steps.0", "has nothing to attend to"),
        (
            "{residual: [{repeat: {times: 2, steps: [{fold: 2}]}}]}",
            "bridge.steps.0.residual.0",
            "a number of tokens of 6 meets one of 24",
        ),
        ("{every: {period: 2, steps: [gelu]}}", "bridge.steps.0", "stands outside of `repeat`"),
        (
            "gelu, {branches: {of: [[{linear: 12}], [{linear: 13}]]}}",
            "bridge.steps.1",
            "a width of 13 meets one of 12",
        ),
        (
            "{branches: {split: [12, 5], of: [[], []], join: channels}}",
            "bridge.steps.0",
            "all parts are 17, but the values of a token are 16",
        ),
        ("{latents: 4}, {fold: 2}", "bridge.steps.1", "tokens that form a grid, but these do not"),
        (
            "{latents: 4}, {deformable-attention: {heads: 2, points: 2}}",
            "bridge.steps.1",
            "needs a place on the grid",
        ),
        ("{self-attention: {heads: 2, relative: true}}", "bridge.steps.0", "without biases"),
        ("{self-attention: 3}", "bridge.steps.0", "not a multiple of the number of heads (3)"),
        ("square", "bridge.steps.0", "rows of the grid are 4"),
        ("{join-images: 3}", "bridge.steps.0", "not a multiple of the images that become one (3)"),
        ("{drop: 40}", "bridge.steps.0", "(41) are more than the tokens (24)"),
        ("{conv: {kernel: 9, stride: 1}}", "bridge.steps.0", "(9) are more than the tokens"),
    ] {
        let bridge = format!("{{steps: [{steps}, linear]}}");
        let problem = plan("unmet", &bridge, (4, 6), 1, [16, 24]).unwrap_err();
        let said = format!("(\"{place}\", ");
        assert!(problem.contains(&said) && problem.contains(message), "{bridge}: {problem}");
        assert!(problem.contains("help: Some("), "{bridge}: {problem}");
    }
}
