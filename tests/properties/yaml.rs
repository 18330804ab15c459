//! A random spec as YAML text, and its plan.

use std::fmt::Display;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use vlmcalc::internals::cost::Report;
use vlmcalc::internals::diag;
use vlmcalc::internals::planned::{self, Planned};
use vlmcalc::internals::spec::Overrides;
use vlmcalc::internals::stages::decoder::Logits;

use super::specs::*;

/// A key and its value, if it is to be written.
pub type Entry = (&'static str, Option<String>);

pub fn some(key: &'static str, value: Option<impl Display>) -> Entry {
    (key, value.map(|value| value.to_string()))
}

pub fn yes(key: &'static str, value: impl Display) -> Entry {
    some(key, Some(value))
}

/// A map in flow style.
pub fn map(entries: impl IntoIterator<Item = Entry>) -> String {
    let written = entries.into_iter().filter_map(|(key, value)| Some(format!("{key}: {}", value?)));
    format!("{{{}}}", written.collect::<Vec<_>>().join(", "))
}

pub fn bias([qkv, out, mlp]: [bool; 3]) -> String {
    map([yes("qkv", qkv), yes("out", out), yes("mlp", mlp)])
}

pub fn kind(gated: bool) -> &'static str {
    if gated { "gated" } else { "plain" }
}

pub fn storage(fused: bool) -> &'static str {
    if fused { "fused" } else { "separate" }
}

impl Stack {
    pub fn width(&self) -> i128 {
        self.own_width.unwrap_or(self.heads * self.head_dim)
    }

    pub fn entries(&self) -> Vec<Entry> {
        let position = match self.position {
            Position::Rotary => "rotary".to_owned(),
            Position::None => "none".to_owned(),
            Position::Learned(rows) => map([yes("learned", map([some("rows", rows)]))]),
            Position::LearnedAndRotary(rows) => {
                map([yes("learned-and-rotary", map([some("rows", rows)]))])
            }
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
    pub fn yaml(&self) -> String {
        let own = [
            yes("patch", self.patch),
            some("temporal_patch", self.frames),
            yes("patch_bias", self.patch_bias),
            yes("patch_storage", if self.matrix { "matrix" } else { "kernel" }),
            yes("layer_scale", self.layer_scale),
            yes("norms_per_block", if self.four_norms { 4 } else { 2 }),
            yes("class_token", self.class_token),
            yes("class_token_at", if self.at_end { "end" } else { "start" }),
            some("window", self.window),
            some("full_attention_every", self.full_every),
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
    pub fn yaml(&self) -> String {
        let own = [
            yes("vocab", self.vocab),
            yes("extra_vocab", self.extra_vocab),
            yes("gate_up", storage(self.gate_up)),
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
    pub fn grid(&self) -> (i128, i128) {
        (self.factor * self.blocks.0, self.factor * self.blocks.1)
    }

    pub fn yaml(&self) -> String {
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
    pub fn plan(&self, set: &[String]) -> Report {
        self.planned(set).report
    }

    /// Its plan with the spec.
    #[track_caller]
    pub fn planned(&self, set: &[String]) -> Planned {
        static FILES: AtomicUsize = AtomicUsize::new(0);
        let name = format!("properties-{}.yaml", FILES.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&path, self.yaml()).unwrap();
        let overrides = Overrides { set: set.to_vec(), ..Overrides::default() };
        let planned = planned::plan(path.to_str().unwrap(), &overrides, Logits::All);
        std::fs::remove_file(&path).unwrap();
        planned.unwrap_or_else(|failure| {
            let shown =
                failure.diagnostics.iter().map(|d| diag::render(d, &failure.sources, false));
            panic!("{}", shown.collect::<Vec<_>>().join("\n"));
        })
    }
}
