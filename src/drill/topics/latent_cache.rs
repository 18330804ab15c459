//! Bytes of a cache of latents (multi-head latent attention).

use super::needs::{LATENTS, ONE_PROMPT, SEQUENCE};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kept::{self, Kept, kept};
use crate::drill::kind::Kind;
use crate::drill::llms;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::ops::{LatentAttention, Op};
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "latent-cache",
    about: "bytes of a cache of latents",
    levels: (4, 4),
    bridges: &[],
    needs: &[ONE_PROMPT, SEQUENCE, LATENTS],
    ask: Ask::MadeUp(llms::latent, |subject, _| ask(subject)),
};

/// What an LLM with latent attention keeps.
#[derive(Debug)]
pub struct Latents {
    /// Its layers, which all keep alike.
    layers: i128,
    /// Tokens of which each keeps a latent.
    tokens: i128,
    /// Size of a latent.
    latent: i128,
    /// Size of the key that all heads share.
    shared: i128,
    /// Heads.
    heads: i128,
    /// Values of keys and values of a token, were they kept for each head.
    expanded: i128,
    /// The part of a key that each head has for itself, and a value of one.
    of_head: (i128, i128),
}

/// The latents that all layers of an LLM keep; nothing where one keeps something else.
pub fn latents(subject: &Subject) -> Option<Latents> {
    let graph = &subject.report.prefill.graph;
    let value = |dim| subject.value(dim);
    let core = graph.nodes().find_map(|(_, node)| match &node.op {
        Op::LatentAttention(core) => Some(core),
        _ => None,
    })?;
    let LatentAttention { heads, own, shared, value: out, .. } = core;
    let (heads, own, shared, out) = (value(heads)?, value(own)?, value(shared)?, value(out)?);
    let kinds = kept(subject)?;
    let Kept { tokens, ref widths, .. } = *kinds.first()?;
    let [latent, key] = widths[..] else { return None };
    let are_alike = kinds.iter().all(|kind| kind.widths == *widths && kind.tokens == tokens);
    // Keys and values that are kept expanded are no latents.
    let made = heads.checked_mul(own.checked_add(out)?)?;
    (are_alike && key == shared && latent != made).then_some(())?;
    let expanded = heads.checked_mul(own.checked_add(shared)?.checked_add(out)?)?;
    let layers = kinds.iter().map(|kind| kind.layers).sum();
    Some(Latents { layers, tokens, latent, shared, heads, expanded, of_head: (own, out) })
}

fn ask(subject: &Subject) -> Option<Question> {
    let kept_of = latents(subject)?;
    let Latents { layers, tokens, latent, shared, heads, expanded, of_head: (own, out) } = kept_of;
    let bytes = subject.report.memory.kv_cache.value?;
    let facts = [
        Some(format!("a sequence of {}", counted(tokens, "token"))),
        Some(kept::format(subject, "all that is cached")),
        Some(format!(
            "an LLM of {layers} layers with latent attention, {heads} heads: a latent of {latent} \
             makes the keys ({own} of each head) and values ({out}), and all heads share {shared} \
             more values of a key, which carry the position"
        )),
    ];
    let asked =
        "Latents are cached, not what is made of them. How large is the cache after the prefill?";
    let width = latent.checked_add(shared)?;
    let all = |width: i128| tokens.checked_mul(width)?.checked_mul(layers);
    let in_bytes = |values: Option<i128>| kept::bytes_of(subject, values);
    let expected = Expected::number(bytes, Kind::Byte, Tolerance::Percent(1));
    let question = Question::new(TOPIC.name, 4, subject.asks(facts, asked), expected)
        .hint(
            "of each token and layer: one latent and one shared part of a key, whatever the heads",
        )
        .steps([
            format!("of a token in one layer: {latent} + {shared} = {width} values"),
            format!(
                "{} × {width} in {layers} layers: {} values",
                counted(tokens, "token"),
                exact(all(width)?)
            ),
            kept::in_bytes(subject, bytes),
        ])
        .mistake(
            in_bytes(all(expanded)),
            "those are the keys and values of all heads: they are made again of the latents",
        )
        .mistake(
            in_bytes(all(width.checked_mul(2)?)),
            "keys and values come from the same latent: it is cached once",
        )
        .mistake(in_bytes(all(latent)), "the shared part of a key is cached beside the latent")
        .mistake(
            in_bytes(all(latent.checked_add(shared.checked_mul(heads)?)?)),
            "all heads share that part of a key: it is cached once",
        )
        .mistake(all(width), "that is the number of values, not of bytes")
        .mistake(bytes.checked_div(layers), "that is one layer: each has a cache of its own");
    Some(question)
}
