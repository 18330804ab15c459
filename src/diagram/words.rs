//! What boxes are called, and what is said of them.

use crate::cost::{Report, Row};
use crate::dim::Dim;
use crate::graph::{Component, Node, Role};
use crate::ops::{Attention, Op, ParamRole, PoolTarget};
use crate::render::{plain, times};
use crate::units::exact;

/// What one of the tokens is called that an image becomes for the LLM.
pub const VISUAL_TOKEN: &str = "LLM-side visual token";

/// The title of a component.
pub fn lane(report: &Report, component: Component) -> String {
    let title = match component {
        Component::Bridge => format!("Bridge: {}", report.design.bridge.kind().title),
        _ => capital(component.in_words()),
    };
    let idle = component != Component::Llm && report.tokens.encodings.value == Some(0);
    format!("{title}{}", if idle { ", not run" } else { "" })
}

/// The title of a box: `ViT block × 23`.
pub fn title(report: &Report, row: &Row) -> String {
    let title = match row.role {
        Some(role) => part(report, row, role),
        None => operation_title(report, row),
    };
    let unused = if row.unused { ", unused" } else { "" };
    match (times(report, row), row.of.is_some()) {
        (times, _) if times.is_empty() => format!("{title}{unused}"),
        (times, true) => format!("{title}, in {times}{unused}"),
        (times, false) => format!("{title} {times}{unused}"),
    }
}

/// The title of a part.
fn part(report: &Report, row: &Row, role: Role) -> String {
    let fixed = match role {
        Role::Component(component) => return lane(report, component),
        Role::Blocks | Role::LaterBlocks => match row.component {
            Component::VisionEncoder if is_in(report, row, Role::Stage) => "Block",
            Component::VisionEncoder => "ViT block",
            Component::Bridge => {
                return format!("{} block", capital(report.design.bridge.kind().title));
            }
            Component::Llm if is_in(report, row, Role::Reader) => "Encoder block",
            Component::Llm => "Decoder block",
            Component::Audio => "Stored block",
        },
        Role::PatchEmbedding => "Patch embedding",
        Role::SlidingBlocks if row.component == Component::VisionEncoder => "Windowed block",
        Role::SlidingBlocks => "Sliding-window block",
        Role::FullBlocks => "Full-attention block",
        Role::KindOfBlocks => return format!("Block of the kind {}", row.name),
        Role::Experts => "Mixture of experts",
        Role::Mlp => "MLP",
        Role::InputMlp => "Input MLP",
        Role::TokenEmbedding => "Token embedding",
        Role::PerLayerInputs => "Per-layer inputs",
        Role::PerLayer => "Per-layer input added",
        Role::PositionEmbedding => "Position embedding",
        Role::Join => "Joined with text",
        Role::Head => "LM head",
        Role::Norm if row.component == Component::VisionEncoder => "Post-norm",
        Role::Selection if row.component == Component::VisionEncoder => "Patches selected",
        Role::DeepStack => return deepstack(report, row),
        Role::Views => return views(report, row),
        Role::Learned => return format!("Learned {}", row.name),
        _ => return capital(&row.name.replace('_', " ")),
    };
    fixed.to_owned()
}

/// Whether a row stands in a part with this role.
fn is_in(report: &Report, row: &Row, role: Role) -> bool {
    let graph = &report.prefill.graph;
    let around = graph.scope(row.scope).parent.map(|scope| graph.scope(scope).role);
    around == Some(role)
}

/// Views of one size: `8 views of 476×644`.
fn views(report: &Report, row: &Row) -> String {
    let at: Option<usize> = row.name.rsplit('_').next().and_then(|at| at.parse().ok());
    let Some(of) = at.and_then(|at| report.tokens.views.get(at.checked_sub(1)?)) else {
        return capital(&row.name.replace('_', " "));
    };
    let size = format!("{}×{}", plain(report, &of.image.0), plain(report, &of.image.1));
    match &*value(report, &(&of.pictures.dim * &of.count.dim)) {
        "1" => format!("View of {size}"),
        count => format!("{count} views of {size}"),
    }
}

/// Features on their way into the LLM, or there.
fn deepstack(report: &Report, row: &Row) -> String {
    let at: Option<usize> = row.name.rsplit('_').next().and_then(|at| at.parse().ok());
    let layers = report.design.deepstack.as_ref().map(|deepstack| &deepstack.layers);
    let of = at.and_then(|at| Some((at, layers?.get(at)?.get())));
    match of {
        Some((_, block)) if row.component == Component::Llm => {
            format!("Features of ViT block {block} added")
        }
        Some((at, block)) => {
            format!("Features of ViT block {block}, added after decoder block {at}")
        }
        None => capital(&row.name),
    }
}

/// The title of an operation that stands beside parts: the bridge's views of its result.
fn operation_title(report: &Report, row: &Row) -> String {
    match report.prefill.graph.nodes().nth(row.nodes.start).map(|(_, node)| &node.op) {
        Some(Op::Reshape(_)) => "Images of the prompt joined".to_owned(),
        Some(Op::Pick(_)) => "Visual tokens chosen".to_owned(),
        Some(Op::Slice(_)) => format!("{} kept", capital(&row.name)),
        _ => capital(&row.name.replace('_', " ")),
    }
}

/// Words with a value in them; `# heads` of 1 is `1 head`.
fn filled(words: &str, value: &str) -> String {
    let counts = words.starts_with('#') && value == "1";
    let words = if counts { words.trim_end_matches('s') } else { words };
    words.replace('#', value)
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
    let more = lower.strip_prefix(&title).filter(|more| more.starts_with(' '));
    let more = more.and_then(|more| what.get(what.len() - more.len()..));
    more.unwrap_or(what).trim_start().to_owned()
}

/// What a stack of blocks is: `16 heads, width 1,024, MLP width 4,096`.
pub fn stack(report: &Report, row: &Row) -> String {
    let pass = &report.prefill;
    let cores = pass.operations(row).filter_map(|(_, node)| match &node.op {
        Op::Attention(attention) => Some(attention),
        _ => None,
    });
    let cores: Vec<&Attention> = cores.collect();
    let heads = cores.iter().map(|core| ("# heads", &core.heads));
    let grouped = cores.iter().filter(|core| core.kv_heads != core.heads);
    let grouped = grouped.map(|core| ("# KV heads", &core.kv_heads));
    let width = [("width #", &row.output.0[row.output.0.len().saturating_sub(1)])];
    let hidden: Vec<Dim> = pass.within(row).filter_map(|part| hidden(report, part)).collect();
    let hidden = hidden.iter().map(|width| ("MLP width #", width));
    let mut said: Vec<String> = Vec::new();
    for (words, dim) in heads.chain(grouped).chain(width).chain(hidden) {
        let words = filled(words, &value(report, dim));
        if !said.contains(&words) {
            said.push(words);
        }
    }
    said.join(", ")
}

/// The width inside an MLP, if a part is one.
fn hidden(report: &Report, part: &Row) -> Option<Dim> {
    let is_mlp = matches!(part.role, Some(Role::Mlp | Role::InputMlp));
    let mut operations = report.prefill.operations(part).filter(|_| is_mlp);
    let first = operations.find(|(_, node)| matches!(node.op, Op::Linear(_)));
    first.map(|(_, node)| node.shape.last())
}

/// What the operations of a stage are: `LayerNorm, linear 1,024 → 4,096, gelu`.
pub fn operations(report: &Report, row: &Row) -> String {
    match row.role {
        Some(Role::Selection) if row.component == Component::VisionEncoder => {
            return dropped(report);
        }
        Some(Role::Join) => return joined(report),
        _ => {}
    }
    let told = report.prefill.operations(row);
    let mut parts: Vec<String> = told.filter_map(|(_, node)| operation(report, node)).collect();
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

/// What an operation is; nothing for those that only move values about, which are no news.
fn operation(report: &Report, node: &Node) -> Option<String> {
    let graph = &report.prefill.graph;
    let detail = |words: &str, dim: &Dim| filled(words, &value(report, dim));
    let details = match &node.op {
        Op::Input(_)
        | Op::Concat(_)
        | Op::SideBySide(_)
        | Op::Keep(_)
        | Op::Add(_)
        | Op::AddFirst(_)
        | Op::Reshape(_)
        | Op::Slice(_)
        | Op::Times(_)
        | Op::OfRound(_)
        | Op::PadIds(_)
        | Op::Pick(_)
        | Op::Split(_)
        | Op::Pad(_)
        | Op::Widen(_)
        | Op::Rope(_)
        | Op::FromWindows(_)
        | Op::Hold(_)
        | Op::Stored(_)
        | Op::Recall(_)
        | Op::KvCache(_) => return None,
        Op::Learned(_) => return Some(node.name.replace('_', " ")),
        Op::Linear(linear) => {
            let [from, to] = [&linear.input, &linear.output].map(|dim| value(report, dim));
            let by_words = graph.reads(node).any(|param| param.role == ParamRole::Words);
            let tied = if by_words { " by the embedding's matrix" } else { "" };
            return Some(format!("linear {from} → {to}{tied}"));
        }
        Op::PatchConv(conv) => detail(" #×#", conv.side()),
        Op::SpaceToDepth(fold) => detail(" #×# tokens into one", &fold.blocks.side.0),
        Op::GridConv(conv) => detail(" of #×# tokens", &conv.kernel),
        Op::ToWindows(windows) => detail(" of #×# tokens", &windows.0.side),
        Op::BlockAttention(core) => detail(" of #×# tokens", &core.blocks.side.0),
        Op::Interpolate(read) => {
            let [rows, columns] = [&read.to.rows, &read.to.columns].map(|dim| value(report, dim));
            format!(" to {rows}×{columns} tokens")
        }
        Op::AdaptivePool(pool) => {
            let [rows, columns] = [&pool.to.rows, &pool.to.columns].map(|dim| value(report, dim));
            format!(" to {rows}×{columns} tokens")
        }
        Op::Deformable(core) => detail(" to # places of a head", &core.points),
        Op::AvgPool(pool) => match &pool.target {
            PoolTarget::Kernel(kernel) => detail(" of #×# tokens", kernel),
            PoolTarget::Square(side) => detail(" to #×# tokens", side),
        },
        Op::JoinTiles(joint) => {
            let [rows, columns] = [&joint.kept.0, &joint.kept.1].map(|dim| value(report, dim));
            format!(" to {rows}×{columns} tokens")
        }
        Op::Experts(experts) => {
            let [chosen, all] = [&experts.chosen, &experts.experts].map(|dim| value(report, dim));
            format!(", {chosen} of {all} for each token")
        }
        Op::Embedding(embedding) => detail(" of # tokens", &embedding.rows),
        Op::Activation(_)
        | Op::AddRows(_)
        | Op::AddTable(_)
        | Op::AddToOthers(_)
        | Op::Attention(_)
        | Op::CausalConv(_)
        | Op::CorrectStreams(_)
        | Op::DeltaRule(_)
        | Op::Gate(_)
        | Op::LatentAttention(_)
        | Op::MixStreams(_)
        | Op::RelativeAttention(_)
        | Op::MaskProduct(_)
        | Op::Multiply(_)
        | Op::MultiplyEach(_)
        | Op::Norm(_)
        | Op::SameSize(_)
        | Op::GridAttention(_)
        | Op::ChannelAttention(_)
        | Op::Scale(_)
        | Op::Softmax(_)
        | Op::TileTable(_) => String::new(),
    };
    Some(format!("{}{details}", node.op.kind()))
}

/// A size in numbers, or its formula.
fn value(report: &Report, dim: &Dim) -> String {
    let symbols = &report.prefill.graph.symbols;
    symbols.eval(dim).ok().flatten().map_or_else(|| symbols.show(dim), exact)
}

/// What a value, or one token of it, is called that comes in from outside.
pub fn input(report: &Report, row: &Row) -> &'static str {
    let has_structural = report.tokens.structural.value != Some(0);
    match row.component {
        Component::VisionEncoder => "pixels",
        Component::Bridge => "instruction token",
        Component::Llm if has_structural => "text and structural token",
        Component::Llm => "text token",
        Component::Audio => "sound",
    }
}

/// What a token is called that leaves a box.
pub fn token(report: &Report, row: &Row, is_last: bool) -> &'static str {
    match (row.component, row.role) {
        (Component::VisionEncoder, _) => "encoder-side token",
        (Component::Bridge, _) if is_last => VISUAL_TOKEN,
        (Component::Llm, Some(Role::TokenEmbedding)) => input(report, row),
        _ => "token",
    }
}
