//! Measured bridges as a spec says them.

use serde_json::Value;

use super::Case;

/// Cambrian's gate before its MLP.
const CAMBRIAN_SE: [&str; 4] = [
    "{residual: [{gate: [{pool: {tokens: 1}}, {linear: {width: same, bias: false}}, relu, \
     {linear: {width: same, bias: false}}, sigmoid]}]}",
    "linear",
    "gelu",
    "linear",
];

impl Case {
    fn number(&self, key: &str) -> Option<u64> {
        self.settings.get(key)?.as_u64()
    }

    fn text(&self, key: &str) -> &str {
        self.settings.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is(&self, key: &str) -> bool {
        self.settings.get(key) == Some(&Value::Bool(true))
    }

    fn numbers(&self, key: &str) -> Vec<u64> {
        let list = self.settings[key].as_array().into_iter().flatten();
        list.map(|number| number.as_u64().unwrap()).collect()
    }

    fn size(&self, key: &str) -> u64 {
        self.number(key).unwrap_or_else(|| panic!("no `{key}` in {:?}", self.settings))
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

    /// The folding of code that takes the root of the number of tokens for the side of the grid.
    fn fold_square(&self) -> [String; 2] {
        ["square".to_owned(), self.fold("ceil")]
    }

    /// The bridge as a spec says it; none if that has no words for it.
    pub(super) fn bridge(&self, kind: &str) -> Option<String> {
        let kernel = self.number("kernel").unwrap_or(1);
        match kind {
            "blip2_qformer_lavis" => Some(self.qformer(false)),
            "cambrian_se_mlp" => self.steps(CAMBRIAN_SE.map(str::to_owned)),
            "deepseek_ocr_projector" => self.deepseek_ocr(),
            "deepseek_vl_projector" => self.deepseek_vl(),
            "emu_causal_former" => self.emu(),
            "flamingo_perceiver" => Some(self.perceiver("none")),
            "honeybee_c_abstractor" => Some(self.c_abstractor()),
            "honeybee_d_abstractor" => self.d_abstractor(),
            "honeybee_mlp" => {
                let silu = (1..self.size("depth")).flat_map(|_| ["silu", "linear"]);
                let layers = ["linear"].into_iter().chain(silu).map(str::to_owned);
                self.steps(self.positions().into_iter().chain(layers))
            }
            "honeybee_resampler" => self.latents(true),
            "internvl_mlp1" => Some(format!(
                "{{pixel-shuffle: {{factor: {kernel}, then: {{mlp: {{norm: layernorm}}}}}}}}"
            )),
            "llava_uhd_merger" => {
                let kernel = &self.settings["kernel"];
                let (rows, columns) = (&kernel[0], &kernel[1]);
                Some(format!("{{merger: {{factor: {rows}, columns: {columns}, rounding: floor}}}}"))
            }
            "llava_uhd_resampler" => Some(self.one_attention(false)),
            "minicpm_v_resampler" => Some(self.one_attention(true)),
            "mobilevlm_ldp" => Some("ldp".to_owned()),
            "molmo_pooling" => self.molmo(),
            "mplug_owl2_abstractor" => {
                // Its sine tables have as many rows as the tower had tokens.
                let tokens = self.grid.0 * self.grid.1;
                self.refused.is_none().then_some(tokens).and_then(|_| self.latents(false))
            }
            "ovis_visual_head" => {
                let size = self.size("visual_vocab");
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
            "seed_causal_qformer" => Some(self.qformer(true)),
            "video_llama_qformer" => self.video_llama(),
            "vila_projector" => self.vila(),
            "xgen_perceiver" => Some(self.perceiver("linear")),
            _ => panic!("no bridge of kind `{kind}`"),
        }
    }

    fn positions(&self) -> Option<String> {
        self.is("position_embedding").then(|| "positions".to_owned())
    }

    fn end_tokens(&self) -> Option<String> {
        let tokens = self.number("eos_tokens").or(self.number("end_tokens")).unwrap_or(0);
        (tokens > 0).then(|| format!("{{append: {tokens}}}"))
    }

    fn qformer(&self, causal: bool) -> String {
        let sizes: Vec<String> =
            ["queries", "width", "depth", "heads", "mlp_width", "cross_attention_every"]
                .map(|key| format!("{key}: {}", self.size(key)))
                .into();
        let text = if self.is("text_branch_stored") {
            let [vocab, positions, tokens] =
                ["vocab", "max_text_positions", "text_tokens"].map(|key| self.size(key));
            format!(", text: {{vocab: {vocab}, positions: {positions}, tokens: {tokens}}}")
        } else {
            String::new()
        };
        let sizes = sizes.join(", ");
        format!("{{qformer: {{{sizes}, norm: layernorm, causal: {causal}{text}}}}}")
    }

    fn perceiver(&self, then: &str) -> String {
        let [latents, depth, heads, head_dim, mlp_width] =
            ["queries", "depth", "heads", "head_width", "mlp_width"].map(|key| self.size(key));
        let others =
            [("frames", "frames"), ("frame_rows", "max_frames"), ("media_rows", "max_images")];
        let others: String = others
            .iter()
            .filter_map(|(field, key)| Some(format!("{field}: {}, ", self.number(key)?)))
            .collect();
        format!(
            "{{resampler: {{latents: {latents}, depth: {depth}, heads: {heads}, head_dim: \
             {head_dim}, mlp_width: {mlp_width}, mlp: plain, activation: gelu, norm: layernorm, qkv: \
             kv, {others}then: {then}}}}}"
        )
    }

    fn one_attention(&self, square: bool) -> String {
        let latents = self.size("queries");
        // A refused case says no heads.
        let heads = self.number("heads").unwrap_or(1);
        format!(
            "{{resampler: {{form: cross-attention, latents: {latents}, heads: {heads}, qkv: fused, \
             square: {square}, then: {{linear: {{bias: false, norm: layernorm, layout: in_out}}}}}}}}"
        )
    }

    fn c_abstractor(&self) -> String {
        let [queries, width, depth, mlp_depth] =
            ["queries", "width", "depth", "mlp_depth"].map(|key| self.size(key));
        let [position, prenorm] = ["position_embedding", "prenorm"].map(|key| self.is(key));
        let end_tokens = self.number("eos_tokens").unwrap_or(0);
        format!(
            "{{c-abstractor: {{queries: {queries}, width: {width}, depth: {depth}, mlp_depth: \
             {mlp_depth}, end_tokens: {end_tokens}, position: {position}, prenorm: {prenorm}}}}}"
        )
    }

    fn d_abstractor(&self) -> Option<String> {
        if self.number("levels") != Some(1) {
            // Its code asserts one level.
            return Some("{d-abstractor: {levels: 2}}".to_owned());
        }
        let [queries, width, depth, heads] =
            ["queries", "width", "depth", "heads"].map(|key| self.size(key));
        let [mlp_width, points, end_tokens] =
            ["mlp_width", "points", "eos_tokens"].map(|key| self.size(key));
        let pooled = match self.text("pooled_query") {
            "query" => "position",
            "tgt" => "query",
            other => other,
        };
        let position = self.is("position_embedding");
        Some(format!(
            "{{d-abstractor: {{queries: {queries}, width: {width}, depth: {depth}, heads: {heads}, \
             mlp_width: {mlp_width}, points: {points}, pooled: {pooled}, end_tokens: {end_tokens}, \
             position: {position}}}}}"
        ))
    }

    /// Honeybee's resampler, or mPLUG-Owl2's, which has no linear layer first.
    fn latents(&self, input: bool) -> Option<String> {
        let [queries, width, depth, heads, hidden] =
            ["queries", "width", "depth", "heads", "mlp_width"].map(|key| self.size(key));
        let input = input.then(|| self.linear(width));
        let latents = format!("{{latents: {{count: {queries}, storage: batched}}}}");
        let rounds = format!(
            "{{repeat: {{times: {depth}, steps: [{{residual: [norm, {{cross-attention: {{heads: \
             {heads}, keys: [norm], with_own: true}}}}]}}, {{residual: [norm, {{branches: {{join: \
             multiply, of: [[{{linear: {hidden}}}, silu], [{{linear: {hidden}}}]]}}}}, norm, \
             {{linear: input}}]}}]}}}}"
        );
        let steps = self.positions().into_iter().chain(input);
        let steps = steps.chain([latents, rounds, "linear".to_owned()]);
        self.steps(steps.chain(self.end_tokens()))
    }

    fn video_llama(&self) -> Option<String> {
        // A refused case says the frames alone.
        let size = |key: &str| self.number(key).unwrap_or(2);
        let stack = |depth: &str, queries: &str, width: String| {
            let [heads, hidden, every] = ["heads", "mlp_width", "cross_attention_every"].map(size);
            [
                format!(
                    "{{latents: {{count: {}, width: {width}, storage: batched}}}}",
                    size(queries)
                ),
                "norm".to_owned(),
                format!(
                    "{{repeat: {{times: {}, steps: [{{residual: [{{self-attention: {heads}}}]}}, \
                     norm, {{every: {{period: {every}, steps: [{{residual: [{{cross-attention: \
                     {heads}}}]}}, norm]}}}}, {{residual: [{{linear: {hidden}}}, gelu, {{linear: \
                     input}}]}}, norm]}}}}",
                    size(depth)
                ),
            ]
        };
        let join = format!(
            "{{join-images: {{images: {}, rows: {}}}}}",
            size("frames"),
            size("max_frames")
        );
        let first = stack("depth", "queries", size("width").to_string());
        let second = stack("video_depth", "video_queries", "same".to_owned());
        let steps = ["norm".to_owned()].into_iter().chain(first).chain([join]).chain(second);
        self.steps(steps.chain(["linear".to_owned()]))
    }

    fn emu(&self) -> Option<String> {
        let [queries, width, depth, heads, head_dim, hidden, buckets] =
            ["queries", "width", "depth", "heads", "head_width", "mlp_width", "buckets"]
                .map(|key| self.size(key));
        let attention = format!("heads: {heads}, head_dim: {head_dim}, bias: false");
        let up = format!("{{linear: {{width: {hidden}, bias: false}}}}");
        let up = if self.is("gated_mlp") {
            format!("{{branches: {{join: multiply, of: [[{up}, gelu_tanh], [{up}]]}}}}")
        } else {
            format!("{up}, relu")
        };
        self.steps([
            format!("{{latents: {{count: {queries}, width: {width}, storage: batched}}}}"),
            format!("{{relative-positions: {{buckets: {buckets}, heads: {heads}}}}}"),
            format!(
                "{{repeat: {{times: {depth}, steps: [{{residual: [{{norm: rmsnorm}}, \
                 {{self-attention: {{{attention}, causal: true, relative: true}}}}]}}, {{residual: \
                 [{{norm: rmsnorm}}, {{cross-attention: {{{attention}}}}}]}}, {{residual: [{{norm: \
                 rmsnorm}}, {up}, {{linear: {{width: input, bias: false}}}}]}}]}}}}"
            ),
            "{norm: rmsnorm}".to_owned(),
            "linear".to_owned(),
        ])
    }

    fn deepseek_vl(&self) -> Option<String> {
        match self.text("variant") {
            "identity" => self.steps([]),
            "linear" => Some("linear".to_owned()),
            "mlp_gelu" => Some(format!("{{mlp: {{depth: {}}}}}", self.size("depth"))),
            _ => {
                let later = (1..self.size("depth")).flat_map(|_| ["gelu", "{linear: same}"]);
                let branch = self.linear(self.llm / 2);
                let half = self.width / 2;
                self.steps(
                    [self.halves([half, half], &branch)]
                        .into_iter()
                        .chain(later.map(str::to_owned)),
                )
            }
        }
    }

    /// The same steps on two parts of a token's values, side by side.
    fn halves(&self, [low, high]: [u64; 2], branch: &str) -> String {
        format!(
            "{{branches: {{split: [{low}, {high}], join: channels, of: [[{branch}], [{branch}]]}}}}"
        )
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
                let folded = self.fold_square().into_iter().chain(norm);
                self.steps(folded.chain(between(depth.max(2) - 1, hidden)).chain(last))
            }
            "hybrid_split_feature_mlp_gelu" => {
                let split = self.numbers("split");
                let halves = self.halves([split[0], split[1]], &self.linear(self.llm / 2));
                let later =
                    (1..depth).flat_map(|_| ["gelu".to_owned(), "{linear: same}".to_owned()]);
                self.steps(pooling.chain([halves]).chain(later))
            }
            "low_high_split_mlp_gelu" => {
                let layer = format!("gelu, {}", self.linear(self.llm / 2));
                let branch = (1..depth).map(|_| layer.clone()).collect::<Vec<_>>().join(", ");
                self.steps([self.halves([self.width / 2, self.width / 2], &branch)])
            }
            other => panic!("no variant `{other}`"),
        }
    }

    fn molmo(&self) -> Option<String> {
        let kernel = self.number("kernel")?;
        if self.text("pooling") == "stack" {
            return self.steps([self.fold("exact"), "{linear: {bias: false}}".to_owned()]);
        }
        // A query of the block's first token costs what one of its mean costs.
        let (heads, hidden) = (self.number("heads")?, self.number("mlp_width")?);
        let projected = self.tensors.iter().find(|(_, shape)| shape.len() == 1);
        let size = projected.map_or(12, |(_, bias)| bias[0]) / i128::from(heads);
        // Its padding is right for blocks of 2×2 only.
        let rounding = if kernel == 2 { "ceil" } else { "exact" };
        Some(format!(
            "{{attention-pool: {{kernel: {kernel}, heads: {heads}, head_dim: {size}, hidden: \
             {hidden}, rounding: {rounding}}}}}"
        ))
    }

    fn vila(&self) -> Option<String> {
        let mut steps = self.fold_square().to_vec();
        let Some(widths) = self.settings.get("linear_widths") else { return self.steps(steps) };
        let norms = self.numbers("norm_widths");
        for at in 1..widths.as_array()?.len() {
            steps.extend((at > 1).then(|| "gelu".to_owned()));
            steps.extend(norms.get(at - 1).map(|_| "norm".to_owned()));
            steps.push(self.linear(self.numbers("linear_widths")[at]));
        }
        self.steps(steps)
    }
}
