//! Bytes of the KV cache after the prefill.

use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::design::{Design, amount, dtype, size};
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::tolerance::Tolerance;
use crate::graph::Node;
use crate::ops::Storage;
use crate::units::{Unit, counted, exact, human};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "kv-cache",
    about: "bytes of the KV cache",
    levels: (4, 4),
    bridges: &[],
    ask: Ask::Design(|design, _| ask(design)),
};

fn ask(design: &Design) -> Option<Question> {
    let (report, llm) = (&design.report, &design.made().llm);
    let bytes = report.memory.kv_cache.value?;
    if llm.window.is_some() || !design.is_one_prompt() {
        return None;
    }
    let (attention, width, depth) = (llm.stack.attention, llm.stack.width?, llm.stack.depth?);
    let heads = attention.heads?;
    let kv_heads = attention.kv_heads.unwrap_or(heads);
    let (visual, sequence) = (report.tokens.visual.value?, report.tokens.sequence.value?);
    let head = match attention.head_dim {
        Some(size) => format!("heads of {size}"),
        None => format!("width {width}"),
    };
    let facts = [
        Some(format!("a prompt of {} and {}", counted(visual, "visual token"), design.text()?)),
        Some(format!(
            "an LLM of {depth} blocks, {heads} query heads, {}, {head}",
            counted(kv_heads.into(), "KV head")
        )),
        Some(dtype(design.made().prompt.formats.kv)),
    ];
    let asked = "How large is the KV cache after the prefill?";
    let elements = report.prefill.total.get(Measure::Cache)?;
    let cache = |design: Option<Design>| design?.report.memory.kv_cache.value;
    let all_heads = cache(design.with(|spec| spec.llm.kv_heads = spec.llm.heads));
    let one_block = design.with(|spec| spec.llm.depth = Some(size(1)))?;
    let per_block = one_block.report.prefill.total.get(Measure::Cache)?;
    let no_text = cache(design.with(|spec| spec.prompt.text_tokens = amount(0)));
    let (kv_width, half) = (cached_width(design)?, bytes.checked_div(2));
    let halved = if half == Some(elements) {
        "half of that: keys and values both are cached, and each number takes 2 bytes"
    } else {
        "half of that: keys and values both are cached"
    };
    let expected = Expected::number(bytes, Kind::Byte, Tolerance::Digits(3));
    let question = Question::new(TOPIC.name, 4, design.asks(facts, asked), expected)
        .hint("keys and values, in every block, for every token, of the KV heads")
        .steps([
            format!("{} in the sequence", counted(sequence, "token")),
            format!(
                "2 (keys and values) × {} tokens × {kv_width} (KV heads × their size) = {} numbers",
                exact(sequence),
                exact(per_block)
            ),
            format!("in {depth} blocks: {}", exact(elements)),
            format!("in bytes: {} = {}", exact(bytes), human(bytes, Unit::Byte)),
        ])
        .mistake(half, halved)
        .mistake(all_heads, "only the KV heads are cached: query heads share them (GQA)")
        .mistake(Some(elements), "that is the number of values, not of bytes")
        .mistake(bytes.checked_mul(8), "those are bits: 8 to a byte")
        .mistake(cache(Some(one_block)), "that is one block: every block has a cache of its own")
        .mistake(no_text, "the text tokens are missing: they are cached too");
    Some(question)
}

/// How many values of a token one block caches for its keys.
fn cached_width(design: &Design) -> Option<i128> {
    let graph = &design.report.prefill.graph;
    let cached = |node: &Node| {
        let storage = node.op.storage(&graph.input_shapes(node), &node.shape);
        matches!(storage, Storage::Cached(_))
    };
    let (_, node) = graph.nodes().find(|(_, node)| cached(node))?;
    design.shape(&node.shape)?.last().copied()
}
