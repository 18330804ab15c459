//! What boxes are called, and what is said of them.

use std::collections::BTreeSet;

use crate::cost::{MEASURES, Report, Row};
use crate::dim::Sym;
use crate::graph::{Node, NodeId};
use crate::pipeline::COMPONENTS;
use crate::render::{plain, times};
use crate::units::exact;

/// Names of rows that say more in other words; all others are written out: `Final norm`.
const TITLES: [(&str, &str); 16] = [
    ("vision_encoder.patch_embed", "Patch embedding"),
    ("vision_encoder.blocks", "ViT block"),
    ("vision_encoder.later_blocks", "ViT block"),
    ("vision_encoder.post_norm", "Post-norm"),
    ("vision_encoder.select", "Patches selected"),
    ("bridge.latents", "Learned latents"),
    ("bridge.input_mlp", "Input MLP"),
    ("bridge.mlp", "MLP"),
    ("bridge.visual_tokens", "Images of a prompt joined"),
    ("llm.embed_tokens", "Token embedding"),
    ("llm.embed_positions", "Position embedding"),
    ("llm.join", "Joined with text"),
    ("llm.blocks", "Decoder block"),
    ("llm.blocks.sliding", "Sliding-window block"),
    ("llm.blocks.full", "Full-attention block"),
    ("llm.lm_head", "LM head"),
];

/// Operations that are no news in a box: they move values about.
const SILENT: [&str; 8] =
    ["input", "concat", "add", "reshape", "slice", "split", "rotary", "kv cache"];

/// Symbols that tell a stack of blocks, by the letter before the index, and their words: `#` is the
/// value, `_` a blank at which no line is broken.
const SIZES: [(&str, &str); 4] =
    [("h", "#_heads"), ("g", "#_KV_heads"), ("D", "width_#"), ("F", "MLP_width_#")];

/// Symbols that tell an operation: its kind, the letter, the words.
const DETAILS: [(&str, &str, &str); 5] = [
    ("patch convolution", "P", "_#×#"),
    ("pixel shuffle", "r", "_#×# tokens into one"),
    ("average pool", "k", " of_#×#_tokens"),
    ("average pool", "s", " to_#×#_tokens"),
    ("embedding", "vocab", " of_#_tokens"),
];

/// The title of a component.
pub fn lane(report: &Report, name: &str) -> String {
    match name {
        "vision_encoder" => "Vision encoder".to_owned(),
        "bridge" => format!("Bridge: {}", bridge(report)),
        _ => "LLM".to_owned(),
    }
}

/// The bridge's name in prose.
fn bridge(report: &Report) -> &'static str {
    match report.design.bridge.name() {
        "qformer" => "Q-Former",
        "mlp" => "MLP",
        "pixel-shuffle" => "pixel shuffle",
        "avg-pool" => "average pool",
        name => name,
    }
}

/// The title of a box: `ViT block × 23`.
pub fn title(report: &Report, row: &Row) -> String {
    let known = TITLES.iter().find(|(path, _)| *path == row.path).map(|(_, title)| *title);
    let title = match (known, row.path.as_str()) {
        _ if row.depth == 0 => lane(report, &row.name),
        (Some(title), _) => title.to_owned(),
        (None, "bridge.blocks") => format!("{} block", capital(bridge(report))),
        // The Q-Former has a stage and an operation of this name: the text goes at the second.
        (None, "bridge.queries") if row.kind.is_some() => "Queries kept".to_owned(),
        (None, "bridge.queries") => "Learned queries".to_owned(),
        (None, _) if row.name == "mlp" => "MLP".to_owned(),
        _ => capital(&row.name.replace('_', " ")),
    };
    let unused = if row.unused { ", unused" } else { "" };
    match (times(report, row).replace(' ', "\u{a0}"), row.of.is_some()) {
        (times, _) if times.is_empty() => format!("{title}{unused}"),
        (times, true) => format!("{title}, in {times}{unused}"),
        (times, false) => format!("{title}\u{a0}{times}{unused}"),
    }
}

/// Words with a value in them; `#_heads` of 1 is `1 head`.
fn filled(words: &str, value: &str) -> String {
    let counts = words.starts_with('#') && value == "1";
    let words = if counts { words.trim_end_matches('s') } else { words };
    words.replace('_', "\u{a0}").replace('#', value)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What a description says beyond its title: `2×2` of `pixel shuffle 2×2` below `Pixel shuffle`.
pub fn beyond(title: &str, what: &str) -> String {
    let [title, lower] = [title, what].map(str::to_lowercase);
    if title.ends_with(&lower) {
        return String::new();
    }
    let rest = lower.strip_prefix(&title).filter(|rest| rest.starts_with(['\u{a0}', ' ']));
    let rest = rest.and_then(|rest| what.get(what.len() - rest.len()..));
    rest.unwrap_or(what).trim_start().to_owned()
}

/// What a stack of blocks is: `16 heads, width 1,024, MLP width 4,096`.
pub fn stack(report: &Report, row: &Row) -> String {
    let symbols = &report.prefill.graph.symbols;
    let nodes = report.prefill.graph.nodes().skip(row.nodes.start).take(row.nodes.len());
    let used: BTreeSet<Sym> = nodes.flat_map(|(id, node)| used(report, id, node)).collect();
    let width = row.output.0.last();
    let said = SIZES.iter().flat_map(|(stem, words)| {
        let of_stem = used.iter().filter(move |sym| letter(&symbols.get(**sym).name) == *stem);
        // Tokens of another width may be read: the width is that of the output.
        let meant = of_stem.filter(|sym| *stem != "D" || width == Some(&(**sym).into()));
        meant.map(|sym| filled(words, &value(report, *sym))).collect::<Vec<_>>()
    });
    said.collect::<Vec<_>>().join(", ")
}

/// What the operations of a stage are: `LayerNorm, linear 1,024 → 4,096, gelu`.
pub fn operations(report: &Report, row: &Row) -> String {
    match row.path.as_str() {
        "vision_encoder.select" => return dropped(report),
        "llm.join" => return joined(report),
        _ => {}
    }
    let graph = &report.prefill.graph;
    let nodes = graph.nodes().skip(row.nodes.start).take(row.nodes.len());
    let told = nodes.filter(|(_, node)| !SILENT.contains(&node.op.kind()));
    let mut parts: Vec<String> = told.map(|(id, node)| operation(report, id, node)).collect();
    parts.dedup();
    parts.join(", ")
}

/// `class token dropped`.
fn dropped(report: &Report) -> String {
    let tokens = &report.tokens;
    let parts = [(tokens.class_token, "class token"), (tokens.registers > 0, "register tokens")];
    let named: Vec<&str> = parts.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
    format!("{} dropped", named.join(" and "))
}

/// `576 visual + 64 text tokens`.
fn joined(report: &Report) -> String {
    let tokens = &report.tokens;
    let parts =
        [(&tokens.visual, "visual"), (&tokens.structural, "structural"), (&tokens.text, "text")];
    let parts = parts.into_iter().filter(|(figure, _)| figure.value != Some(0));
    let parts: Vec<String> =
        parts.map(|(figure, name)| format!("{} {name}", plain(report, figure))).collect();
    format!("{} tokens", parts.join(" + "))
}

fn operation(report: &Report, id: NodeId, node: &Node) -> String {
    let symbols = &report.prefill.graph.symbols;
    let kind = node.op.kind();
    let inputs = report.prefill.graph.input_shapes(node);
    match (kind, inputs.first().and_then(|shape| shape.0.last()), node.shape.0.last()) {
        ("learned", ..) => return node.name.replace('_', " "),
        ("linear", Some(from), Some(to)) => {
            let [from, to] = [from, to].map(|dim| {
                symbols.eval(dim).ok().flatten().map_or_else(|| symbols.show(dim), exact)
            });
            let tied = node.name == "lm_head" && node.op.weights().is_empty();
            let tied = if tied { " by the embedding's matrix" } else { "" };
            return format!("linear\u{a0}{from}\u{a0}→\u{a0}{to}{tied}");
        }
        _ => {}
    }
    let details = DETAILS.iter().filter(|(of, ..)| *of == kind);
    let said = details.filter_map(|(_, stem, words)| {
        let mut used = used(report, id, node).into_iter();
        let sym = used.find(|sym| letter(&symbols.get(*sym).name) == *stem)?;
        Some(filled(words, &value(report, sym)))
    });
    std::iter::once(kind.to_owned()).chain(said).collect()
}

/// The symbols of an operation's costs and output.
fn used(report: &Report, id: NodeId, node: &Node) -> Vec<Sym> {
    let costs = MEASURES.into_iter().map(|measure| report.prefill.once(id, measure));
    let dims = costs.chain(node.shape.0.iter().cloned());
    dims.flat_map(|dim| dim.symbols().collect::<Vec<_>>()).collect()
}

/// A symbol's letter without its index: `D` of `D_v`.
fn letter(name: &str) -> &str {
    name.split('_').next().unwrap_or(name)
}

fn value(report: &Report, sym: Sym) -> String {
    let symbols = &report.prefill.graph.symbols;
    let value = symbols.eval(&sym.into()).ok().flatten();
    value.map_or_else(|| symbols.get(sym).name.clone(), exact)
}

/// What a value, or one token of it, is called that comes in from outside.
pub fn input(report: &Report, name: &str) -> &'static str {
    match name {
        "pixels" => "pixels",
        "token_ids" if report.tokens.structural.value != Some(0) => "text and structural token",
        "token_ids" => "text token",
        _ => "instruction token",
    }
}

/// What a token is called that leaves a box.
pub fn token(report: &Report, row: &Row, is_last: bool) -> &'static str {
    let component = COMPONENTS.iter().position(|name| row.path.split('.').next() == Some(name));
    match (component, row.name.as_str()) {
        (Some(0), _) => "encoder-side token",
        (Some(1), _) if is_last => "LLM-side visual token",
        (Some(2), "embed_tokens") => input(report, "token_ids"),
        _ => "token",
    }
}
