//! Keys of other programs' files that say a field in another way: as a ratio, as a switch, or in
//! another section than the spec has it.

use super::aliases;
use crate::diag::{Code, Diagnostic, Sources, Span, quote};
use crate::yaml::{self, Entry, Node, Value};

/// A key that says fields in another way.
#[derive(Clone, Copy, Debug)]
pub struct Converted {
    /// The dotted path of the map that the key is in; `""` is the top level.
    pub section: &'static str,
    /// The key.
    pub key: &'static str,
    /// The paths of the fields that it says.
    pub fields: &'static [&'static str],
    /// What it is written as.
    pub kind: Kind,
    /// The value of the fields, from that of the key and the map that it stands in.
    value: fn(&Node, &Node) -> Result<Value, &'static str>,
}

/// What a converted key is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A number; it may have a fraction.
    Number,
    /// A ratio to the width that stands beside it.
    RatioToWidth,
    /// A name, such as this one.
    Name(&'static str),
    /// What the field is written as.
    Same,
}

const fn switch(
    section: &'static str,
    key: &'static str,
    fields: &'static [&'static str],
) -> Converted {
    Converted { section, key, fields, kind: Kind::Switch, value: as_switch }
}

const fn layer_scale(key: &'static str) -> Converted {
    let fields = &["encoder.layer_scale"];
    Converted { section: "encoder", key, fields, kind: Kind::Number, value: as_scale }
}

const fn hidden_width(section: &'static str, fields: &'static [&'static str]) -> Converted {
    let (key, kind) = ("projector_hidden_size", Kind::Number);
    Converted { section, key, fields, kind, value: as_list }
}

const fn moved(key: &'static str, fields: &'static [&'static str]) -> Converted {
    Converted { section: "", key, fields, kind: Kind::Same, value: as_it_is }
}

/// All of them.
pub const CONVERTED: [Converted; 28] = [
    // InternVL's attention has its biases in q, k and v (transformers' InternVLVisionAttention).
    switch("encoder", "attention_bias", &["encoder.bias.qkv"]),
    switch("encoder", "qkv_bias", &["encoder.bias.qkv"]),
    switch("encoder", "mlp_bias", &["encoder.bias.mlp"]),
    // Llama's in q, k, v and the output projection (transformers' LlamaAttention, LlamaMLP).
    switch("llm", "attention_bias", &["llm.bias.qkv", "llm.bias.out"]),
    switch("llm", "qkv_bias", &["llm.bias.qkv"]),
    switch("llm", "mlp_bias", &["llm.bias.mlp"]),
    // One norm over all heads together (transformers' InternVLVisionAttention).
    Converted { value: as_full_norm, ..switch("encoder", "use_qk_norm", &["encoder.qk_norm"]) },
    Converted { value: as_no_norm, ..switch("llm", "use_qk_norm", &["llm.qk_norm"]) },
    // InternVL and BEiT, DINOv2, timm, open_clip.
    layer_scale("layer_scale_init_value"),
    layer_scale("layerscale_value"),
    layer_scale("init_values"),
    layer_scale("ls_init_value"),
    Converted {
        section: "encoder",
        key: "mlp_ratio",
        fields: &["encoder.mlp_width"],
        kind: Kind::RatioToWidth,
        value: as_mlp_width,
    },
    // InternVL: the side of the grid shrinks to this part of itself.
    Converted {
        section: "bridge.pixel-shuffle",
        key: "downsample_ratio",
        fields: &["bridge.pixel-shuffle.factor"],
        kind: Kind::Number,
        value: as_factor,
    },
    hidden_width("bridge.mlp", &["bridge.mlp.hidden"]),
    hidden_width("bridge.qformer.then.mlp", &["bridge.qformer.then.mlp.hidden"]),
    hidden_width("bridge.resampler.then.mlp", &["bridge.resampler.then.mlp.hidden"]),
    hidden_width("bridge.pixel-shuffle.then.mlp", &["bridge.pixel-shuffle.then.mlp.hidden"]),
    hidden_width("bridge.avg-pool.then.mlp", &["bridge.avg-pool.then.mlp.hidden"]),
    // LLaVA's own files: `linear`, `mlp2x_gelu`.
    Converted {
        section: "",
        key: "mm_projector_type",
        fields: &["bridge"],
        kind: Kind::Name("mlp2x_gelu"),
        value: as_bridge,
    },
    // Qwen2.5-VL's windows are said in pixels.
    Converted {
        section: "encoder",
        key: "window_size",
        fields: &["encoder.window"],
        kind: Kind::Number,
        value: as_window,
    },
    Converted { value: as_head, ..switch("encoder", "vision_use_head", &["encoder.head"]) },
    moved("vision_feature_layers", &["encoder.feature_layer"]),
    moved("vision_feature_layer", &["encoder.feature_layer"]),
    moved("vision_select_layer", &["encoder.feature_layer"]),
    moved("mm_vision_select_layer", &["encoder.feature_layer"]),
    moved("vision_feature_select_strategy", &["encoder.feature_select"]),
    moved("tie_word_embeddings", &["llm.tied"]),
];

/// Gives every key of a spec its own name, and writes what other keys say in another way.
pub fn by_own_names(tree: &mut Node, sources: &Sources) -> Vec<Diagnostic> {
    let mut faults = yaml::canonicalise(tree, &aliases::all());
    faults.append(&mut convert(tree, sources));
    faults
}

/// Writes the fields that converted keys say, in the place of the keys, and `patch: [14, 14]` as its
/// side. A field that the command line sets later wins; one that stands beside the key is a fault.
pub fn convert(tree: &mut Node, sources: &Sources) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let again = CONVERTED.iter().filter_map(|one| Some((*one, aliases::again(one.section)?)));
    let own = CONVERTED.iter().map(|one| (*one, one.section));
    for (converted, section) in own.chain(again) {
        let above = section.strip_suffix(converted.section).unwrap_or_default();
        let Some(section) = map_at(tree, section) else { continue };
        let Some(at) = section.entries().iter().position(|entry| entry.key == converted.key) else {
            continue;
        };
        let value = (converted.value)(&section.entries()[at].value, section);
        let Value::Map(entries) = &mut section.value else { continue };
        let entry = entries.remove(at);
        if entry.value.value == Value::Null {
            continue;
        }
        match value {
            Ok(value) => {
                for field in converted.fields {
                    faults.extend(put(tree, &format!("{above}{field}"), &entry, &value));
                }
            }
            Err(help) => faults.push(cannot(&converted, &entry, help, sources)),
        }
    }
    square(tree);
    faults
}

fn cannot(converted: &Converted, entry: &Entry, help: &str, sources: &Sources) -> Diagnostic {
    let field = converted.fields.first().map_or("", |field| last(field));
    let message = format!(
        "{} {} says no {}",
        quote(&entry.written),
        quote(entry.value.raw(sources)),
        quote(field)
    );
    Diagnostic::error(Code::BadValue, message).at(entry.value.span, "").help(help)
}

/// Sets a field to what a key says.
fn put(tree: &mut Node, field: &str, entry: &Entry, value: &Value) -> Option<Diagnostic> {
    let (above, name) = field.rsplit_once('.').unwrap_or(("", field));
    let span = entry.key_span;
    let Some(Value::Map(entries)) = open(tree, above, span).map(|map| &mut map.value) else {
        return Some(given_twice(entry, last(above), span));
    };
    let node = Node { value: value.clone(), span: entry.value.span };
    let new = Entry { written: entry.written.clone(), ..Entry::new(name, span, node) };
    match entries.iter_mut().find(|known| known.key == name) {
        None => entries.push(new),
        Some(known) if known.key_span.source > span.source => {}
        Some(known) if known.value.value == Value::Null || known.key_span.source < span.source => {
            *known = new;
        }
        Some(known) => return Some(given_twice(entry, &known.written, known.key_span)),
    }
    None
}

fn given_twice(entry: &Entry, other: &str, at: Span) -> Diagnostic {
    let (one, other) = (quote(&entry.written), quote(other));
    Diagnostic::error(Code::DuplicateKey, format!("{one} and {other} say the same"))
        .at(entry.key_span, "given again here")
        .label(at, "first given here")
        .help(format!("keep either {one} or {other}"))
}

/// The map at a path, if there is one.
fn map_at<'t>(tree: &'t mut Node, path: &str) -> Option<&'t mut Node> {
    path.split('.').filter(|key| !key.is_empty()).try_fold(tree, |node, key| {
        let Value::Map(entries) = &mut node.value else { return None };
        entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
    })
}

/// The map at a path, made where it is missing; nothing where something else stands.
fn open<'t>(tree: &'t mut Node, path: &str, span: Span) -> Option<&'t mut Node> {
    path.split('.').filter(|key| !key.is_empty()).try_fold(tree, |node, key| {
        let Value::Map(entries) = &mut node.value else { return None };
        let found = entries.iter().position(|entry| entry.key == key);
        let at = found.unwrap_or(entries.len());
        if found.is_none() {
            entries.push(Entry::new(key, span, Node { value: Value::Null, span }));
        }
        let child = &mut entries[at].value;
        if child.value == Value::Null {
            child.value = Value::Map(Vec::new());
        }
        Some(child)
    })
}

/// A patch that is written as two equal sides becomes one side.
fn square(tree: &mut Node) {
    let Some(patch) = map_at(tree, "encoder.patch") else { return };
    let side = match &patch.value {
        Value::Seq(sides) => match &sides[..] {
            [height, width] if height.value == width.value => Some(height.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(side) = side {
        *patch = side;
    }
}

fn as_it_is(value: &Node, _: &Node) -> Result<Value, &'static str> {
    Ok(value.value.clone())
}

fn as_list(value: &Node, _: &Node) -> Result<Value, &'static str> {
    Ok(Value::Seq(vec![value.clone()]))
}

fn as_switch(value: &Node, _: &Node) -> Result<Value, &'static str> {
    match value.value {
        Value::Bool(_) | Value::Null => Ok(value.value.clone()),
        _ => Err("write `true` or `false`"),
    }
}

fn as_full_norm(value: &Node, _: &Node) -> Result<Value, &'static str> {
    match value.value {
        Value::Bool(norm) => Ok(Value::Str(if norm { "full" } else { "none" }.to_owned())),
        Value::Null => Ok(Value::Null),
        _ => Err("write `true` or `false`"),
    }
}

fn as_no_norm(value: &Node, _: &Node) -> Result<Value, &'static str> {
    match value.value {
        Value::Bool(false) => Ok(Value::Str("none".to_owned())),
        Value::Null => Ok(Value::Null),
        _ => Err("say which norm: `qk_norm: head`, one weight for all heads (Qwen3, Gemma 3), or \
                  `qk_norm: full`, over all heads together"),
    }
}

/// A layer scale that starts at 0 is none.
fn as_scale(value: &Node, _: &Node) -> Result<Value, &'static str> {
    match value.value {
        Value::Null => Ok(Value::Null),
        _ => {
            number(value).map(|start| Value::Bool(start > 0.0)).ok_or("write a number, such as 0.1")
        }
    }
}

/// Rounded down, as timm and open_clip do.
fn as_mlp_width(value: &Node, section: &Node) -> Result<Value, &'static str> {
    if value.value == Value::Null {
        return Ok(Value::Null);
    }
    let help = "a ratio needs the encoder's width: give `width` beside it, or `mlp_width` instead";
    let width = section.get("width").and_then(number).ok_or(help)?;
    let ratio = number(value).filter(|ratio| *ratio > 0.0).ok_or("write a number, such as 4")?;
    Ok(Value::Int((width * ratio).floor() as i128))
}

/// In pixels where Qwen2.5-VL's list of blocks stands beside it, else in patches.
fn as_window(value: &Node, section: &Node) -> Result<Value, &'static str> {
    let in_pixels = section.entries().iter().any(|entry| entry.written == "fullatt_block_indexes");
    if !in_pixels {
        return Ok(value.value.clone());
    }
    let help = "with `fullatt_block_indexes` it is in pixels, a multiple of the patch beside it; \
                `window` is in patches: `window: 8`";
    match (&value.value, section.get("patch").map(|patch| &patch.value)) {
        (Value::Int(pixels), Some(Value::Int(patch))) if *patch > 0 && pixels % patch == 0 => {
            Ok(Value::Int(pixels / patch))
        }
        _ => Err(help),
    }
}

fn as_head(value: &Node, _: &Node) -> Result<Value, &'static str> {
    match value.value {
        Value::Bool(has) => Ok(Value::Str(if has { "attention-pool" } else { "none" }.to_owned())),
        Value::Null => Ok(Value::Null),
        _ => Err("write `true` or `false`"),
    }
}

fn as_factor(value: &Node, _: &Node) -> Result<Value, &'static str> {
    let help = "a ratio of 1/2, 1/3 … makes a block of 2, 3 … tokens a side: write `0.5`, or the \
                side as `factor: 2`";
    let factor = number(value).filter(|ratio| *ratio > 0.0).map(|ratio| 1.0 / ratio);
    // A third is written as 0.333.
    let whole = factor.map(f64::round).filter(|whole| {
        *whole >= 1.0 && factor.is_some_and(|factor| (factor / whole - 1.0).abs() < 0.01)
    });
    whole.map(|whole| Value::Int(whole as i128)).ok_or(help)
}

fn as_bridge(value: &Node, _: &Node) -> Result<Value, &'static str> {
    let help = "known are `linear` and `mlp2x_gelu`, `mlp3x_gelu` …; say another one as `bridge`";
    let Value::Str(name) = &value.value else { return Err(help) };
    if name == "linear" {
        return Ok(Value::Str("linear".to_owned()));
    }
    let depth = name.strip_prefix("mlp").and_then(|name| name.strip_suffix("x_gelu"));
    let depth: i128 = depth.and_then(|depth| depth.parse().ok()).ok_or(help)?;
    let map = |key: &str, inner| Value::Map(vec![Entry::new(key, value.span, inner)]);
    let of = |inner| Node { value: inner, span: value.span };
    Ok(map("mlp", of(map("depth", of(Value::Int(depth))))))
}

fn number(node: &Node) -> Option<f64> {
    match node.value {
        Value::Int(number) => Some(number as f64),
        Value::Float(number) => Some(number).filter(|number| number.is_finite()),
        _ => None,
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
