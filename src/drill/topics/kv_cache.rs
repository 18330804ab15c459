//! Bytes of the KV cache after the prefill.

use super::needs::{
    IMAGE, LLM_DEPTH, LLM_HEADS, LLM_WIDTH, NO_WINDOW, ONE_PROMPT, PATCH, PLAIN_LLM, SEEN, TEXT,
    VISUAL,
};
use super::{Ask, Topic};
use crate::cost::Measure;
use crate::drill::answer::Expected;
use crate::drill::kept;
use crate::drill::kind::Kind;
use crate::drill::question::Question;
use crate::drill::subject::{Subject, amount, sum};
use crate::drill::tolerance::Tolerance;
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "kv-cache",
    about: "bytes of the KV cache",
    levels: (4, 4),
    bridges: &[],
    needs: &[
        SEEN, PLAIN_LLM, NO_WINDOW, ONE_PROMPT, IMAGE, PATCH, TEXT, VISUAL, LLM_WIDTH, LLM_DEPTH,
        LLM_HEADS,
    ],
    ask: Ask::Subject(|subject, _| ask(subject)),
};

fn ask(subject: &Subject) -> Option<Question> {
    let (report, llm) = (&subject.report, &subject.made().llm);
    let bytes = report.memory.kv_cache.value?;
    let (attention, width, depth) = (llm.stack().attention, llm.stack().width?, llm.stack().depth?);
    let heads = attention.heads?;
    let kv_heads = attention.kv_heads.unwrap_or(heads);
    let (visual, sequence) = (report.tokens.visual.value?, report.tokens.sequence.value?);
    let head = match attention.head_dim {
        Some(size) => format!("heads of {size}"),
        None => format!("width {width}"),
    };
    let facts = [
        Some(format!(
            "a prompt of {}{} {}",
            counted(visual, "visual token"),
            if subject.structural() == 0 { " and" } else { "," },
            subject.text()?
        )),
        Some(format!(
            "an LLM of {depth} blocks, {heads} query heads, {}, {head}",
            counted(kv_heads.into(), "KV head")
        )),
        Some(kept::format(subject, "keys and values")),
    ];
    let asked = "How large is the KV cache after the prefill?";
    let elements = report.prefill.total.get(Measure::Cache)?;
    let cache = |subject: Option<Subject>| subject?.report.memory.kv_cache.value;
    let all_heads = cache(subject.with(|spec| spec.llm.kv_heads = spec.llm.heads));
    // No layer has a window: the blocks are alike.
    let per_block = elements.checked_div(depth.into())?;
    let no_text = cache(subject.with(|spec| spec.prompt.text_tokens = amount(0)));
    let (kv_width, half) = (*kept::kept(subject)?.first()?.widths.first()?, bytes.checked_div(2));
    let halved = if half == Some(elements) {
        "half of that: keys and values both are cached, in 2 bytes each"
    } else {
        "half of that: keys and values both are cached"
    };
    let tokens = sum(&[visual, report.tokens.text.value?, subject.structural()], sequence);
    let expected = Expected::number(bytes, Kind::Byte, Tolerance::Percent(1));
    let question = Question::new(TOPIC.name, 4, subject.asks(facts, asked), expected)
        .hint("keys and values, in every block, for every token, of the KV heads")
        .steps([
            format!("tokens in the sequence: {tokens}"),
            format!(
                "2 (keys and values) × {} × {kv_width} (KV heads × their size) = {} values",
                exact(sequence),
                exact(per_block)
            ),
            format!("in {depth} blocks: {depth} × {} = {}", exact(per_block), exact(elements)),
            kept::in_bytes(subject, bytes),
        ])
        .mistake(half, halved)
        .mistake(all_heads, "only the KV heads are cached: query heads share them")
        .mistake(Some(elements), "that is the number of values, not of bytes")
        .mistake(bytes.checked_mul(8), "those are bits: 8 to a byte")
        .mistake(
            bytes.checked_div(depth.into()),
            "that is one block: every block has a cache of its own",
        )
        .mistake(no_text, "that leaves out the text tokens, which are cached too");
    Some(question)
}
