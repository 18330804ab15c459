//! Bridges whose numbers are known exactly, compared to the last integer: tokens, parameters, the
//! shape of every stored tensor and matmul FLOPs, on grids that blocks fill and on others.
//! `extract.py` made `bridges.json`.

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
    width: u64,
    llm: u64,
    settings: Map<String, Value>,
    #[serde(default)]
    tokens: i128,
    #[serde(default)]
    params: i128,
    #[serde(default)]
    tensors: Vec<Vec<i128>>,
    #[serde(default)]
    flops: i128,
    refused: Option<String>,
}

impl Case {
    fn number(&self, key: &str) -> Option<u64> {
        self.settings.get(key)?.as_u64()
    }

    fn text(&self, key: &str) -> &str {
        self.settings.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    fn is(&self, key: &str) -> bool {
        self.settings.get(key) == Some(&Value::Bool(true))
    }

    fn numbers(&self, key: &str) -> Vec<u64> {
        let list = self.settings[key].as_array().into_iter().flatten();
        list.map(|number| number.as_u64().unwrap()).collect()
    }

    /// Steps as a spec lists them.
    fn steps(&self, steps: impl IntoIterator<Item = String>) -> Option<String> {
        Some(format!("{{steps: [{}]}}", steps.into_iter().collect::<Vec<_>>().join(", ")))
    }

    fn linear(&self, width: u64) -> String {
        format!("{{linear: {width}}}")
    }

    fn fold(&self, rounding: &str) -> String {
        let kernel = self.number("kernel").unwrap_or(1);
        format!("{{fold: {{factor: {kernel}, rounding: {rounding}}}}}")
    }

    /// The bridge as a spec says it; none if that has no words for it.
    fn bridge(&self, kind: &str) -> Option<String> {
        let kernel = self.number("kernel").unwrap_or(1);
        match kind {
            "deepseek_ocr_projector" => self.deepseek_ocr(),
            "deepseek_vl_projector" => match self.text("variant") {
                "identity" => self.steps([]),
                "linear" => Some("linear".to_owned()),
                "mlp_gelu" => Some(format!("{{mlp: {{depth: {}}}}}", self.number("depth")?)),
                _ => None,
            },
            "honeybee_mlp" => {
                let rows = self.grid.0 * self.grid.1;
                let positions =
                    self.is("position_embedding").then(|| format!("{{positions: {rows}}}"));
                let silu = (1..self.number("depth")?).flat_map(|_| ["silu", "linear"]);
                let layers = ["linear"].into_iter().chain(silu).map(str::to_owned);
                self.steps(positions.into_iter().chain(layers))
            }
            "internvl_mlp1" => Some(format!(
                "{{pixel-shuffle: {{factor: {kernel}, then: {{mlp: {{norm: layernorm}}}}}}}}"
            )),
            // A block of two different sides has no words here.
            "llava_uhd_merger" => {
                (self.settings["kernel"][0] == self.settings["kernel"][1]).then(|| {
                    let side = &self.settings["kernel"][0];
                    format!("{{merger: {{factor: {side}, rounding: floor}}}}")
                })
            }
            "molmo_pooling" => self.molmo(),
            "ovis_visual_head" => {
                let size = self.number("visual_vocab")?;
                let indicators = self.number("indicator_words").unwrap_or(4);
                Some(format!(
                    "{{visual-vocabulary: {{factor: {kernel}, size: {size}, indicators: \
                     {indicators}}}}}"
                ))
            }
            "prismatic_projectors" => Some(match self.text("variant") {
                "linear" => "linear".to_owned(),
                "gelu-mlp" => "mlp".to_owned(),
                _ => format!("{{mlp: {{hidden: [{}, {}]}}}}", 4 * self.width, self.llm),
            }),
            "vila_projector" => self.vila(),
            _ => panic!("no bridge of kind `{kind}`"),
        }
    }

    fn deepseek_ocr(&self) -> Option<String> {
        let pooling = self
            .is("token_pooling")
            .then(|| ["{fold: {factor: 2, rounding: floor}}".to_owned(), self.linear(self.width)]);
        let pooling = pooling.into_iter().flatten();
        let depth = self.number("depth").unwrap_or(1);
        let variant = self.text("variant");
        let hidden = self.llm * self.number("mlp_ratio").unwrap_or(1);
        let between = |count: u64, width| {
            (0..count).flat_map(move |_| [self.linear(width), "gelu".to_owned()])
        };
        let last = ["linear".to_owned()];
        match variant {
            "linear" => self.steps(pooling.chain(last)),
            "mlp_gelu" => self.steps(pooling.chain(between(depth - 1, self.llm)).chain(last)),
            "downsample_mlp_gelu" | "normlayer_downsample_mlp_gelu" => {
                let norm = variant.starts_with("norm").then(|| "norm".to_owned());
                let folded = [self.fold("ceil")].into_iter().chain(norm);
                self.steps(folded.chain(between(depth.max(2) - 1, hidden)).chain(last))
            }
            _ => None,
        }
    }

    fn molmo(&self) -> Option<String> {
        let kernel = self.number("kernel")?;
        if self.text("pooling") == "stack" {
            return self.steps([self.fold("exact"), "{linear: {bias: false}}".to_owned()]);
        }
        // A query of the block's first token costs what one of its mean costs.
        let (heads, hidden) = (self.number("heads")?, self.number("mlp_width")?);
        let projected = self.tensors.iter().find(|shape| shape.len() == 1);
        let size = projected.map_or(12, |bias| bias[0]) / i128::from(heads);
        // Its padding is right for blocks of 2×2 only.
        let rounding = if kernel == 2 { "ceil" } else { "exact" };
        Some(format!(
            "{{attention-pool: {{kernel: {kernel}, heads: {heads}, head_dim: {size}, hidden: \
             {hidden}, rounding: {rounding}}}}}"
        ))
    }

    fn vila(&self) -> Option<String> {
        let mut steps = vec![self.fold("ceil")];
        let (widths, norms) = (self.settings.get("linear_widths")?, self.numbers("norm_widths"));
        for at in 1..widths.as_array()?.len() {
            steps.extend((at > 1).then(|| "gelu".to_owned()));
            steps.extend(norms.get(at - 1).map(|_| "norm".to_owned()));
            steps.push(self.linear(self.numbers("linear_widths")[at]));
        }
        self.steps(steps)
    }

    fn plan(&self, name: &str, bridge: &str) -> Result<Report, String> {
        plan(name, bridge, self.grid, self.images, [self.width, self.llm])
    }
}

/// The plan of a bridge after a tower with such a grid and width, to an LLM of a width.
fn plan(
    name: &str,
    bridge: &str,
    (rows, columns): (u64, u64),
    images: u64,
    [width, llm]: [u64; 2],
) -> Result<Report, String> {
    let text = format!(
        "image: {{size: {}x{}, tiles: {images}}}\n\
         encoder: {{patch: 14, width: {width}, depth: 1, heads: 1, mlp_width: 1}}\n\
         bridge: {bridge}\nllm: {{width: {llm}}}\n",
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

/// The shapes of the tensors that the bridge stores.
fn tensors(report: &Report) -> Vec<Vec<i128>> {
    let graph = &report.prefill.graph;
    let value = |dim: &Dim| graph.symbols.eval(dim).unwrap().unwrap();
    let own = graph.params.iter().filter(|param| param.component == Component::Bridge);
    let mut shapes: Vec<Vec<i128>> =
        own.map(|param| param.shape.0.iter().map(value).collect()).collect();
    shapes.sort();
    shapes
}

#[test]
fn bridges_are_exact() {
    let kinds: BTreeMap<String, BTreeMap<String, Case>> =
        serde_json::from_str(include_str!("bridges.json")).unwrap();
    let (mut compared, mut refused, mut unsaid) = (0, 0, Vec::new());
    for (kind, cases) in &kinds {
        for (id, case) in cases {
            let place = format!("{kind} {id}");
            // Their code takes the root of the number of tokens for the side of the grid; here a grid
            // need not be square.
            let is_square_only = case.refused.is_some() && case.grid.0 != case.grid.1;
            let Some(bridge) = case.bridge(kind).filter(|_| !is_square_only) else {
                unsaid.push(place);
                continue;
            };
            let plan = case.plan(kind, &bridge);
            if case.refused.is_some() {
                assert!(plan.is_err(), "{place}: {bridge} is not refused");
                refused += 1;
                continue;
            }
            let report = plan.unwrap_or_else(|problem| panic!("{place}: {bridge}: {problem}"));
            let costs = &report.prefill.component(Component::Bridge).unwrap().costs;
            assert_eq!(costs.get(Measure::Params), Some(case.params), "{place}: {bridge}");
            assert_eq!(costs.get(Measure::MatmulFlops), Some(case.flops), "{place}: {bridge}");
            assert_eq!(report.tokens.visual.value, Some(case.tokens), "{place}: {bridge}");
            assert_eq!(tensors(&report), case.tensors, "{place}: {bridge}");
            compared += 1;
        }
    }
    assert!(compared > 50 && refused > 3, "{compared} compared, {refused} refused");
    assert!(unsaid.len() < 5, "{unsaid:?}");
}

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
