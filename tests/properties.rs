//! Rules that hold of every plan, on random small specs.
//!
//! A spec goes the whole way: written as YAML, loaded, built, counted. The closed forms of a vision
//! encoder and of a decoder stand here once more, in plain numbers and layer by layer, so that they
//! share nothing with the code they check.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use vlmcalc::cost::{MEASURES, Measure, Pass, Report, Row};
use vlmcalc::diag;
use vlmcalc::dim::{Sym, Symbols};
use vlmcalc::pipeline;
use vlmcalc::spec::{self, Overrides};
use vlmcalc::stages::decoder::Logits;

// ---- random specs ----

/// A transformer stack, as encoder and LLM have one.
#[derive(Clone, Debug)]
struct Stack {
    depth: i128,
    heads: i128,
    kv_heads: i128,
    head_dim: i128,
    /// The width, where it is not heads times head size.
    own_width: Option<i128>,
    mlp_width: i128,
    gated: bool,
    rms: bool,
    bias: [bool; 3],
    fused: bool,
    qk_norm: &'static str,
    position: Position,
}

/// How a stack knows positions.
#[derive(Clone, Debug)]
enum Position {
    Rotary,
    None,
    Learned(Option<i128>),
}

#[derive(Clone, Debug)]
struct Encoder {
    stack: Stack,
    patch: i128,
    patch_bias: bool,
    layer_scale: bool,
    class_token: bool,
    registers: i128,
    pre_norm: bool,
    post_norm: bool,
    batched: bool,
    /// Of all layers that exist, the one whose output is taken.
    feature_layer: Option<i128>,
    select_all: bool,
}

#[derive(Clone, Debug)]
struct Llm {
    stack: Stack,
    vocab: i128,
    tied: bool,
    head_bias: bool,
    four_norms: bool,
    final_norm: bool,
    window: Option<i128>,
    full_every: Option<i128>,
    context: i128,
}

#[derive(Clone, Debug)]
struct Prompt {
    batch: i128,
    images: i128,
    tiles: i128,
    text: i128,
    structural: i128,
}

#[derive(Clone, Debug)]
struct Case {
    /// Side of the blocks that a bridge may fold; it divides the grid.
    factor: i128,
    /// Rows and columns of such blocks.
    blocks: (i128, i128),
    channels: i128,
    encoder: Encoder,
    /// The bridge's name and the YAML of its fields.
    bridge: (&'static str, String),
    llm: Llm,
    prompt: Prompt,
}

fn stack() -> impl Strategy<Value = Stack> {
    let heads = (1i128..4, 1i128..4, 1i128..6, option::of(1i128..20));
    let mlp = (1i128..5, 1i128..30, any::<bool>(), any::<bool>());
    let norms = select(vec!["none", "head", "full"]);
    let flags = (any::<[bool; 3]>(), any::<bool>(), norms, position());
    (heads, mlp, flags).prop_map(|(heads, (depth, mlp_width, gated, rms), flags)| {
        let (kv_heads, groups, head_dim, own_width) = heads;
        let (bias, fused, qk_norm, position) = flags;
        let heads = kv_heads * groups;
        Stack {
            depth,
            heads,
            kv_heads,
            head_dim,
            own_width,
            mlp_width,
            gated,
            rms,
            bias,
            fused,
            qk_norm,
            position,
        }
    })
}

fn position() -> impl Strategy<Value = Position> {
    prop_oneof![
        Just(Position::Rotary),
        Just(Position::None),
        option::of(1i128..50).prop_map(Position::Learned),
    ]
}

fn encoder() -> impl Strategy<Value = Encoder> {
    let flags = any::<[bool; 7]>();
    (stack(), 1i128..5, flags, 0i128..3, option::of(0i128..100)).prop_map(
        |(stack, patch, flags, registers, layer)| {
            let [patch_bias, layer_scale, class_token, pre_norm, post_norm, batched, select_all] =
                flags;
            let depth = stack.depth;
            // From -depth - 1 to depth: the ways to count forwards and backwards.
            let feature_layer = layer.map(|layer| layer % (2 * depth + 2) - depth - 1);
            Encoder {
                stack,
                patch,
                patch_bias,
                layer_scale,
                class_token,
                registers,
                pre_norm,
                post_norm,
                batched,
                feature_layer,
                select_all,
            }
        },
    )
}

fn llm() -> impl Strategy<Value = Llm> {
    let window = (option::of(1i128..40), option::of(1i128..4));
    (stack(), 1i128..50, any::<[bool; 4]>(), window, 1i128..100).prop_map(
        |(stack, vocab, [tied, head_bias, four_norms, final_norm], window, context)| Llm {
            stack,
            vocab,
            tied,
            head_bias,
            four_norms,
            final_norm,
            window: window.0,
            full_every: window.1,
            context,
        },
    )
}

fn prompt() -> impl Strategy<Value = Prompt> {
    (1i128..4, 1i128..4, 1i128..4, 0i128..10, 0i128..4).prop_map(
        |(batch, images, tiles, text, structural)| Prompt {
            batch,
            images,
            tiles,
            text,
            structural,
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let image = (1i128..4, (1i128..4, 1i128..4), 1i128..5);
    image.prop_flat_map(|(factor, blocks, channels)| {
        // Boxed: in one piece the strategies do not fit a test's stack.
        let parts = (encoder().boxed(), bridge(factor).boxed(), llm().boxed(), prompt().boxed());
        parts.prop_map(move |(mut encoder, bridge, llm, prompt)| {
            let on_grid = ["pixel-shuffle", "avg-pool"].contains(&bridge.0);
            encoder.select_all &= !on_grid;
            Case { factor, blocks, channels, encoder, bridge, llm, prompt }
        })
    })
}

/// All six bridges, with fields in which they may be given.
fn bridge(factor: i128) -> impl Strategy<Value = (&'static str, String)> {
    let folded = |name, key: &'static str| {
        projector().prop_map(move |then| (name, map([yes(key, factor), some("then", then)])))
    };
    prop_oneof![
        linear().prop_map(|fields| ("linear", fields)).boxed(),
        mlp(true).prop_map(|fields| ("mlp", fields)).boxed(),
        qformer().prop_map(|fields| ("qformer", fields)).boxed(),
        perceiver(true).prop_map(|fields| ("resampler", fields)).boxed(),
        cross_attention(true).prop_map(|fields| ("resampler", fields)).boxed(),
        folded("pixel-shuffle", "factor").boxed(),
        folded("avg-pool", "kernel").boxed(),
    ]
}

fn norm() -> impl Strategy<Value = Option<&'static str>> {
    option::of(select(vec!["layernorm", "rmsnorm"]))
}

fn linear() -> impl Strategy<Value = String> {
    (any::<bool>(), norm(), any::<bool>()).prop_map(|(bias, norm, in_out)| {
        let layout = if in_out { "in_out" } else { "out_in" };
        map([yes("bias", bias), some("norm", norm), yes("layout", layout)])
    })
}

fn mlp(whole_bridge: bool) -> impl Strategy<Value = String> {
    let layers = prop_oneof![
        option::of(1i128..4).prop_map(|depth| some("depth", depth)),
        prop::collection::vec(1i128..20, 0..3)
            .prop_map(|widths| yes("hidden", format!("{widths:?}"))),
    ];
    (layers, any::<bool>(), norm(), any::<bool>()).prop_map(move |(layers, bias, norm, newline)| {
        let newline = (whole_bridge && newline).then_some(true);
        map([layers, yes("bias", bias), some("norm", norm), some("image_newline", newline)])
    })
}

fn projector() -> impl Strategy<Value = Option<String>> {
    option::of(prop_oneof![
        linear().prop_map(|fields| map([yes("linear", fields)])),
        mlp(false).prop_map(|fields| map([yes("mlp", fields)])),
    ])
}

fn qformer() -> impl Strategy<Value = String> {
    let sizes = (1i128..6, 1i128..5, 1i128..4, 1i128..5, 1i128..20, 1i128..4);
    let text = option::of((1i128..30, 1i128..30, option::of(0i128..6)));
    (sizes, text, projector()).prop_map(|(sizes, text, then)| {
        let (queries, heads, size, depth, mlp_width, every) = sizes;
        let text = text.map(|(vocab, positions, tokens)| {
            map([yes("vocab", vocab), yes("positions", positions), some("tokens", tokens)])
        });
        map([
            yes("queries", queries),
            yes("width", heads * size),
            yes("depth", depth),
            yes("heads", heads),
            yes("mlp_width", mlp_width),
            yes("cross_attention_every", every),
            some("text", text),
            some("then", then),
        ])
    })
}

/// The fields that both forms of a resampler have; `own_width` says whether the width may be.
fn resampler(own_width: bool) -> impl Strategy<Value = Vec<Entry>> {
    let heads = (1i128..3, 1i128..4, 1i128..5);
    // No encoder and no LLM here is as wide, so leaving their width out changes no structure.
    let options = (option::of(100i128..120), norm(), option::of(biases()), any::<bool>());
    let rest = (1i128..6, select(vec!["none", "head", "full"]), projector());
    (heads, options, rest).prop_map(
        move |((kv, groups, size), options, (latents, qk_norm, then))| {
            let (width, norm, bias, fused) = options;
            vec![
                yes("latents", latents),
                some("width", width.filter(|_| own_width)),
                yes("heads", kv * groups),
                yes("kv_heads", kv),
                yes("head_dim", size),
                some("norm", norm),
                some("bias", bias),
                yes("qkv", storage(fused)),
                yes("qk_norm", qk_norm),
                some("then", then),
            ]
        },
    )
}

fn perceiver(own_width: bool) -> impl Strategy<Value = String> {
    let blocks = (1i128..4, 1i128..20, any::<bool>(), option::of(any::<bool>()));
    let input = option::of((1i128..20, any::<bool>(), any::<bool>()));
    (resampler(own_width), blocks, input).prop_map(|(mut fields, blocks, input)| {
        let (depth, mlp_width, gated, with_latents) = blocks;
        let input = input.map(|(width, gated, bias)| {
            map([yes("width", width), yes("mlp", kind(gated)), yes("bias", bias)])
        });
        fields.extend([
            yes("depth", depth),
            yes("mlp_width", mlp_width),
            yes("mlp", kind(gated)),
            some("keys_with_latents", with_latents),
            some("input_mlp", input),
        ]);
        map(fields)
    })
}

fn cross_attention(own_width: bool) -> impl Strategy<Value = String> {
    (resampler(own_width), option::of(any::<bool>())).prop_map(|(mut fields, position)| {
        fields.extend([yes("form", "cross-attention"), some("position", position)]);
        map(fields)
    })
}

fn biases() -> impl Strategy<Value = String> {
    any::<[bool; 3]>().prop_map(bias)
}

// ---- as YAML ----

/// A key and its value, if it is to be written.
type Entry = (&'static str, Option<String>);

fn some(key: &'static str, value: Option<impl Display>) -> Entry {
    (key, value.map(|value| value.to_string()))
}

fn yes(key: &'static str, value: impl Display) -> Entry {
    some(key, Some(value))
}

/// A map in flow style.
fn map(entries: impl IntoIterator<Item = Entry>) -> String {
    let written = entries.into_iter().filter_map(|(key, value)| Some(format!("{key}: {}", value?)));
    format!("{{{}}}", written.collect::<Vec<_>>().join(", "))
}

fn bias([qkv, out, mlp]: [bool; 3]) -> String {
    map([yes("qkv", qkv), yes("out", out), yes("mlp", mlp)])
}

fn kind(gated: bool) -> &'static str {
    if gated { "gated" } else { "plain" }
}

fn storage(fused: bool) -> &'static str {
    if fused { "fused" } else { "separate" }
}

impl Stack {
    fn width(&self) -> i128 {
        self.own_width.unwrap_or(self.heads * self.head_dim)
    }

    fn entries(&self) -> Vec<Entry> {
        let position = match self.position {
            Position::Rotary => "rotary".to_owned(),
            Position::None => "none".to_owned(),
            Position::Learned(rows) => map([yes("learned", map([some("rows", rows)]))]),
        };
        vec![
            yes("width", self.width()),
            yes("depth", self.depth),
            yes("heads", self.heads),
            yes("kv_heads", self.kv_heads),
            some("head_dim", self.own_width.map(|_| self.head_dim)),
            yes("mlp_width", self.mlp_width),
            yes("mlp", kind(self.gated)),
            yes("norm", if self.rms { "rmsnorm" } else { "layernorm" }),
            yes("bias", bias(self.bias)),
            yes("qkv", storage(self.fused)),
            yes("qk_norm", self.qk_norm),
            yes("position", position),
        ]
    }
}

impl Encoder {
    fn yaml(&self) -> String {
        let own = [
            yes("patch", self.patch),
            yes("patch_bias", self.patch_bias),
            yes("layer_scale", self.layer_scale),
            yes("class_token", self.class_token),
            yes("registers", self.registers),
            yes("pre_norm", self.pre_norm),
            yes("post_norm", self.post_norm),
            yes("table_storage", if self.batched { "batched" } else { "flat" }),
            some("feature_layer", self.feature_layer),
            yes("feature_select", if self.select_all { "all" } else { "patches" }),
        ];
        map(self.stack.entries().into_iter().chain(own))
    }
}

impl Llm {
    fn yaml(&self) -> String {
        let own = [
            yes("vocab", self.vocab),
            yes("tied", self.tied),
            yes("head_bias", self.head_bias),
            yes("norms_per_block", if self.four_norms { 4 } else { 2 }),
            yes("final_norm", self.final_norm),
            some("sliding_window", self.window),
            some("full_attention_every", self.window.and(self.full_every)),
            yes("context", self.context),
        ];
        map(self.stack.entries().into_iter().chain(own))
    }
}

impl Case {
    fn grid(&self) -> (i128, i128) {
        (self.factor * self.blocks.0, self.factor * self.blocks.1)
    }

    fn yaml(&self) -> String {
        let (rows, columns) = self.grid();
        let Prompt { batch, images, tiles, text, structural } = self.prompt;
        let image = map([
            yes("height", rows * self.encoder.patch),
            yes("width", columns * self.encoder.patch),
            yes("channels", self.channels),
            yes("tiles", tiles),
        ]);
        let prompt = map([
            yes("batch", batch),
            yes("images", images),
            yes("text_tokens", text),
            yes("structural_tokens", structural),
        ]);
        format!(
            "image: {image}\nencoder: {}\nbridge: {{{}: {}}}\nllm: {}\nprompt: {prompt}\n",
            self.encoder.yaml(),
            self.bridge.0,
            self.bridge.1,
            self.llm.yaml()
        )
    }

    /// Its plan with some values set otherwise.
    #[track_caller]
    fn plan(&self, set: &[String]) -> Report {
        static FILES: AtomicUsize = AtomicUsize::new(0);
        let name = format!("properties-{}.yaml", FILES.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, self.yaml()).unwrap();
        let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
        let loaded = spec::load(path.to_str().unwrap(), &overrides).unwrap_or_else(|failure| {
            let shown =
                failure.diagnostics.iter().map(|d| diag::render(d, &failure.sources, false));
            panic!("{}", shown.collect::<Vec<_>>().join("\n"));
        });
        std::fs::remove_file(&path).unwrap();
        let built = pipeline::build(&loaded.spec, Logits::All).unwrap_or_else(|problems| {
            let located = problems.into_iter().map(|(path, d)| loaded.locate(&path, d));
            let shown = located.map(|d| diag::render(&d, &loaded.sources, false));
            panic!("{}", shown.collect::<Vec<_>>().join("\n"));
        });
        Report::new("random", &loaded.spec, built, Logits::All).unwrap()
    }
}

// ---- closed forms ----

/// Parameters of a layer of `inputs` to `outputs`.
fn layer(inputs: i128, outputs: i128, bias: bool) -> i128 {
    inputs * outputs + if bias { outputs } else { 0 }
}

impl Stack {
    fn norm(&self, width: i128) -> i128 {
        if self.rms { width } else { 2 * width }
    }

    fn query_width(&self) -> i128 {
        self.heads * self.head_dim
    }

    fn kv_width(&self) -> i128 {
        self.kv_heads * self.head_dim
    }

    /// Parameters of one block, its norms over the width left out.
    fn block_params(&self) -> i128 {
        let (width, queries, keys) = (self.width(), self.query_width(), self.kv_width());
        let [qkv, out, mlp] = self.bias;
        let projections =
            layer(width, queries, qkv) + 2 * layer(width, keys, qkv) + layer(queries, width, out);
        let qk_norms = match self.qk_norm {
            "head" => 2 * self.norm(self.head_dim),
            "full" => self.norm(queries) + self.norm(keys),
            _ => 0,
        };
        let ups = if self.gated { 2 } else { 1 };
        let mlp = ups * layer(width, self.mlp_width, mlp) + layer(self.mlp_width, width, mlp);
        projections + qk_norms + mlp
    }

    /// FLOPs of one block over `tokens` that each see `keys`.
    fn block_flops(&self, tokens: i128, keys: i128) -> i128 {
        let (width, queries) = (self.width(), self.query_width());
        let projections = 2 * width * queries + 2 * width * self.kv_width();
        let mlp = if self.gated { 3 } else { 2 } * width * self.mlp_width;
        2 * tokens * (projections + mlp) + 4 * tokens * keys * queries
    }
}

impl Case {
    fn encodings(&self) -> i128 {
        self.prompt.batch * self.prompt.images * self.prompt.tiles
    }

    fn patches(&self) -> i128 {
        self.grid().0 * self.grid().1
    }

    fn encoder_tokens(&self) -> i128 {
        self.patches() + i128::from(self.encoder.class_token) + self.encoder.registers
    }

    fn encoder_params(&self) -> i128 {
        let Encoder { stack, patch, patch_bias, layer_scale, class_token, .. } = &self.encoder;
        let width = stack.width();
        let patches = layer(self.channels * patch * patch, width, *patch_bias);
        let prefix = (i128::from(*class_token) + self.encoder.registers) * width;
        let positions = match stack.position {
            Position::Learned(rows) => rows.unwrap_or(self.encoder_tokens()) * width,
            Position::Rotary | Position::None => 0,
        };
        let ends = i128::from(self.encoder.pre_norm) + i128::from(self.encoder.post_norm);
        let scales = if *layer_scale { 2 * width } else { 0 };
        let block = stack.block_params() + 2 * stack.norm(width) + scales;
        patches + prefix + positions + ends * stack.norm(width) + stack.depth * block
    }

    fn encoder_flops(&self) -> i128 {
        let Encoder { stack, patch, .. } = &self.encoder;
        let tokens = self.encoder_tokens();
        let conv = 2 * self.patches() * stack.width() * self.channels * patch * patch;
        self.encodings() * (conv + stack.depth * stack.block_flops(tokens, tokens))
    }

    fn llm_params(&self) -> i128 {
        let Llm { stack, vocab, tied, head_bias, four_norms, final_norm, context, .. } = &self.llm;
        let width = stack.width();
        let positions = match stack.position {
            Position::Learned(rows) => rows.unwrap_or(*context) * width,
            Position::Rotary | Position::None => 0,
        };
        let head = if *tied { 0 } else { vocab * width } + if *head_bias { *vocab } else { 0 };
        let norms = if *four_norms { 4 } else { 2 };
        let block = stack.block_params() + norms * stack.norm(width);
        let final_norm = if *final_norm { stack.norm(width) } else { 0 };
        vocab * width + positions + stack.depth * block + final_norm + head
    }

    /// FLOPs of the LLM over a whole prompt of `sequence` tokens.
    fn llm_flops(&self, sequence: i128) -> i128 {
        let Llm { stack, vocab, .. } = &self.llm;
        let blocks = stack.depth * stack.block_flops(sequence, sequence);
        self.prompt.batch * (blocks + 2 * sequence * stack.width() * vocab)
    }

    /// Tokens that each layer still holds after `sequence` of them.
    fn kept(&self, sequence: i128) -> impl Iterator<Item = i128> {
        let Llm { stack, window, full_every, .. } = self.llm.clone();
        (0..stack.depth).map(move |at| {
            let full = full_every.is_some_and(|every| at % every == every - 1);
            match window {
                Some(window) if !full => sequence.min(window - 1),
                _ => sequence,
            }
        })
    }

    fn decode_flops(&self, sequence: i128) -> i128 {
        let Llm { stack, vocab, .. } = &self.llm;
        let blocks: i128 = self.kept(sequence).map(|kept| stack.block_flops(1, kept + 1)).sum();
        self.prompt.batch * (blocks + 2 * stack.width() * vocab)
    }

    fn kv_cache_bytes(&self, sequence: i128) -> i128 {
        let kept: i128 = self.kept(sequence).sum();
        2 * self.prompt.batch * 2 * self.llm.stack.kv_width() * kept
    }
}

// ---- rules ----

fn config() -> Config {
    Config { cases: 96, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn encoder_and_decoder_cost_what_their_closed_forms_say(case in case()) {
        let report = case.plan(&[]);
        let sequence = report.tokens.sequence.value.unwrap();
        let encodings = case.encodings() / case.prompt.batch;
        let [patches, tokens] = [case.patches(), case.encoder_tokens()].map(|n| n * encodings);
        prop_assert_eq!(report.tokens.patches.value, Some(patches));
        prop_assert_eq!(report.tokens.encoder.value, Some(tokens));
        let cost = |path: &str, measure| report.prefill.row(path).unwrap().costs.get(measure);
        prop_assert_eq!(cost("vision_encoder", Measure::Params), Some(case.encoder_params()));
        prop_assert_eq!(cost("vision_encoder", Measure::MatmulFlops), Some(case.encoder_flops()));
        prop_assert_eq!(cost("llm", Measure::Params), Some(case.llm_params()));
        prop_assert_eq!(cost("llm", Measure::MatmulFlops), Some(case.llm_flops(sequence)));
        let decode = &report.decode.total;
        prop_assert_eq!(decode.get(Measure::Params), Some(case.llm_params()));
        prop_assert_eq!(decode.get(Measure::MatmulFlops), Some(case.decode_flops(sequence)));
        prop_assert_eq!(report.memory.kv_cache.value, Some(case.kv_cache_bytes(sequence)));
    }

    #[test]
    fn a_row_is_the_sum_of_its_children(case in case()) {
        let report = case.plan(&[]);
        rows_add_up(&report.prefill)?;
        rows_add_up(&report.decode)?;
    }

    #[test]
    fn twice_the_batch_is_twice_the_work_of_the_same_parameters(case in case()) {
        let once = case.plan(&[]);
        let twice = case.plan(&[format!("prompt.batch={}", 2 * case.prompt.batch)]);
        same_rows(&once.prefill, &twice.prefill, 2)?;
        same_rows(&once.decode, &twice.decode, 2)?;
        let bytes = once.memory.kv_cache.value.map(|bytes| 2 * bytes);
        prop_assert_eq!(twice.memory.kv_cache.value, bytes);
        prop_assert_eq!(twice.memory.weights.value, once.memory.weights.value);
        prop_assert_eq!(twice.tokens.sequence.value, once.tokens.sequence.value);
    }

    #[test]
    fn twice_the_images_are_twice_the_work_before_the_llm(case in case()) {
        let once = case.plan(&[]);
        let twice = case.plan(&[format!("prompt.images={}", 2 * case.prompt.images)]);
        for component in ["vision_encoder", "bridge"] {
            let [a, b] = [&once, &twice].map(|report| report.prefill.row(component).unwrap());
            prop_assert_eq!(times(b, 1)?, times(a, 2)?);
        }
        let [a, b] = [&once, &twice].map(|report| report.prefill.total.get(Measure::Params));
        prop_assert_eq!(a, b);
        prop_assert_eq!(twice.tokens.visual.value, once.tokens.visual.value.map(|n| 2 * n));
    }

    #[test]
    fn a_table_of_its_own_size_frees_the_parameters_of_the_image(
        mut case in case(),
        rows in 1i128..50,
    ) {
        if let Position::Learned(table) = &mut case.encoder.stack.position {
            *table = Some(rows);
        }
        let small = case.plan(&[]);
        case.blocks = (case.blocks.0 + 1, 2 * case.blocks.1);
        let large = case.plan(&[]);
        prop_assert!(large.tokens.patches.value > small.tokens.patches.value);
        for (a, b) in small.prefill.rows.iter().zip(&large.prefill.rows) {
            let [a, b] = [a, b].map(|row| (&row.path, row.costs.get(Measure::Params)));
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn blocks_cost_in_proportion_to_their_number(mut case in case(), factor in 2i128..5) {
        case.encoder.feature_layer = None;
        // Whole rounds of sliding and full layers.
        case.llm.stack.depth *= case.llm.window.and(case.llm.full_every).unwrap_or(1);
        let few = case.plan(&[]);
        case.encoder.stack.depth *= factor;
        case.llm.stack.depth *= factor;
        let many = case.plan(&[]);
        for (few, many) in [(&few.prefill, &many.prefill), (&few.decode, &many.decode)] {
            prop_assert_eq!(few.rows.len(), many.rows.len());
            for (a, b) in few.rows.iter().zip(&many.rows).filter(|(a, _)| a.depth > 0) {
                let blocks = ["vision_encoder.blocks", "llm.blocks"];
                let repeated = blocks.iter().any(|blocks| a.path.starts_with(blocks));
                for measure in MEASURES {
                    let factor = if repeated { factor } else { 1 };
                    let cost = a.costs.get(measure).map(|cost| cost * factor);
                    prop_assert_eq!(b.costs.get(measure), cost, "{} {:?}", a.path, measure);
                }
            }
        }
    }

    #[test]
    fn a_formula_gives_the_number_once_its_symbol_is_bound(
        case in case(),
        pick in any::<prop::sample::Index>(),
    ) {
        let concrete = case.plan(&[]);
        let open = case.open_fields();
        let (field, name, value) = *pick.get(&open);
        let symbolic = case.plan(&[format!("{field}=null")]);
        same_once_bound(&concrete.prefill, &symbolic.prefill, (name, value))?;
        same_once_bound(&concrete.decode, &symbolic.decode, (name, value))?;
    }

    #[test]
    fn a_head_size_that_is_written_down_changes_nothing(case in case()) {
        let stacks = [("encoder", &case.encoder.stack), ("llm", &case.llm.stack)];
        let set = stacks.map(|(name, stack)| format!("{name}.head_dim={}", stack.head_dim));
        let (silent, written) = (case.plan(&[]), case.plan(&set));
        same_rows(&silent.prefill, &written.prefill, 1)?;
        same_rows(&silent.decode, &written.decode, 1)?;
    }

    #[test]
    fn a_resampler_width_that_is_written_down_changes_nothing(
        mut case in case(),
        perceiver in perceiver(false),
        cross_attention in cross_attention(false),
    ) {
        let (at_encoder, at_llm) = (case.encoder.stack.width(), case.llm.stack.width());
        let perceiver_width = if perceiver.contains("input_mlp") { at_llm } else { at_encoder };
        for (fields, width) in [(perceiver, perceiver_width), (cross_attention, at_llm)] {
            case.bridge = ("resampler", fields);
            let silent = case.plan(&[]);
            let written = case.plan(&[format!("bridge.resampler.width={width}")]);
            same_rows(&silent.prefill, &written.prefill, 1)?;
        }
    }
}

/// The costs of a row, those that are no parameters times a factor.
fn times(row: &Row, factor: i128) -> Result<[i128; 4], TestCaseError> {
    let mut costs = [0; 4];
    for (slot, measure) in costs.iter_mut().zip(MEASURES) {
        let cost = row.costs.get(measure);
        prop_assert!(cost.is_some(), "{} {:?}", row.path, measure);
        let factor = if measure == Measure::Params { 1 } else { factor };
        *slot = cost.unwrap_or_default() * factor;
    }
    Ok(costs)
}

/// Both passes have the same rows; the second one's costs are the first one's `factor` times over,
/// those of parameters once.
fn same_rows(first: &Pass, second: &Pass, factor: i128) -> Result<(), TestCaseError> {
    let paths = |pass: &Pass| pass.rows.iter().map(|row| row.path.clone()).collect::<Vec<_>>();
    prop_assert_eq!(paths(first), paths(second));
    for (a, b) in first.rows.iter().zip(&second.rows) {
        prop_assert_eq!(times(b, 1)?, times(a, factor)?, "{}", a.path);
    }
    Ok(())
}

/// Every scope's cost is the sum of what stands in it, and the total that of the components.
fn rows_add_up(pass: &Pass) -> Result<(), TestCaseError> {
    for measure in MEASURES {
        let sum = |rows: &mut dyn Iterator<Item = &Row>| {
            rows.map(|row| row.costs.get(measure)).sum::<Option<i128>>()
        };
        let components = sum(&mut pass.rows.iter().filter(|row| row.depth == 0));
        prop_assert_eq!(components, pass.total.get(measure), "{:?}", measure);
        for (at, row) in pass.rows.iter().enumerate().filter(|(_, row)| row.kind.is_none()) {
            let inside = pass.rows[at + 1..].iter().take_while(|other| other.depth > row.depth);
            let children = sum(&mut inside.filter(|other| other.depth == row.depth + 1));
            prop_assert_eq!(children, row.costs.get(measure), "{} {:?}", row.path, measure);
        }
    }
    Ok(())
}

impl Case {
    /// Fields that may be left out, with the symbol that then stands for each and its value.
    fn open_fields(&self) -> Vec<(&'static str, &'static str, i128)> {
        let (rows, columns) = self.grid();
        let (encoder, llm, patch) = (&self.encoder.stack, &self.llm.stack, self.encoder.patch);
        vec![
            ("image.height", "H", rows * patch),
            ("image.width", "W", columns * patch),
            ("encoder.patch", "P", patch),
            ("encoder.depth", "L_v", encoder.depth),
            ("encoder.width", "D_v", encoder.width()),
            ("encoder.heads", "h_v", encoder.heads),
            ("encoder.mlp_width", "F_v", encoder.mlp_width),
            ("llm.depth", "L", llm.depth),
            ("llm.width", "D", llm.width()),
            ("llm.heads", "h", llm.heads),
            ("llm.mlp_width", "F", llm.mlp_width),
            ("llm.vocab", "vocab", self.llm.vocab),
            ("prompt.text_tokens", "T", self.prompt.text),
        ]
    }
}

/// Every row of the symbolic pass has the concrete one's cost, once the symbol has its value. A
/// part that does not exist in the concrete pass costs nothing.
fn same_once_bound(
    concrete: &Pass,
    symbolic: &Pass,
    (name, value): (&str, i128),
) -> Result<(), TestCaseError> {
    let symbols = &symbolic.graph.symbols;
    let bindings = [(sym(symbols, name), value)];
    let (known, found) = (by_path(concrete), by_path(symbolic));
    for (path, row) in &found {
        for measure in MEASURES {
            let formula = symbolic.formula(measure, row.nodes.clone());
            let bound = symbols.eval_with(&formula, &bindings).unwrap();
            let expected = known.get(path).map_or(Some(0), |row| row.costs.get(measure));
            prop_assert_eq!(bound, expected, "{:?} {:?} without {}", path, measure, name);
        }
    }
    let gone = known.keys().find(|path| !found.contains_key(*path));
    prop_assert_eq!(gone, None, "without {}", name);
    Ok(())
}

/// The rows by path, and by number among those of the same path.
fn by_path(pass: &Pass) -> BTreeMap<(&str, usize), &Row> {
    let mut rows = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &pass.rows {
        let number = counts.entry(&row.path).or_default();
        rows.insert((row.path.as_str(), *number), row);
        *number += 1;
    }
    rows
}

fn sym(symbols: &Symbols, name: &str) -> Sym {
    let found = symbols.iter().find(|(_, symbol)| symbol.name == name);
    found.map(|(sym, _)| sym).unwrap_or_else(|| panic!("no symbol `{name}`"))
}
