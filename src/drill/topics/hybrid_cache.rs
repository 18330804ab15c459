//! Bytes of a cache of which layers of several kinds keep more or less.

use super::needs::{HYBRID, ONE_PROMPT, SEQUENCE};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kept::{self, Kept, kept};
use crate::drill::kind::Kind;
use crate::drill::llms;
use crate::drill::question::Question;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "hybrid-cache",
    about: "bytes of the cache of layers of several kinds",
    levels: (4, 4),
    bridges: &[],
    needs: &[ONE_PROMPT, SEQUENCE, HYBRID],
    ask: Ask::MadeUp(llms::hybrid, |subject, _| ask(subject)),
};

/// An LLM of which some layers keep more than others.
#[derive(Debug)]
pub struct Hybrid {
    /// The kinds of layers with keys and values of their own.
    kinds: Vec<Kept>,
    /// Layers that keep none.
    others: i128,
    /// All layers.
    depth: i128,
    /// Tokens of the sequence.
    tokens: i128,
}

/// What the kinds of layers keep; nothing where all keep alike, or one asks other tokens.
pub fn kinds(subject: &Subject) -> Option<Hybrid> {
    let llm = &subject.made().llm;
    let depth = i128::from(llm.stack().depth?.get());
    let tokens = subject.report.tokens.sequence.value?;
    let mut kinds: Vec<Kept> = Vec::new();
    for kind in kept(subject)? {
        let (heads, size) = kind.heads?;
        if kind.asks || kind.widths != [heads.checked_mul(size)?; 2] {
            return None;
        }
        let alike = |known: &&mut Kept| (known.tokens, known.heads) == (kind.tokens, kind.heads);
        match kinds.iter_mut().find(alike) {
            Some(known) => known.layers += kind.layers,
            None => kinds.push(kind),
        }
    }
    let others = depth - kinds.iter().map(|kind| kind.layers).sum::<i128>();
    let differ = kinds.len() > 1 || !kinds.is_empty() && others > 0;
    (llm.encoder.is_none() && differ).then_some(Hybrid { kinds, others, depth, tokens })
}

fn ask(subject: &Subject) -> Option<Question> {
    let Hybrid { kinds, others, depth, tokens } = kinds(subject)?;
    let memory = &subject.report.memory;
    let bytes = memory.kv_cache.value?;
    let told = |kind: &Kept| {
        let keep = match kind.tokens == tokens {
            true => "of all tokens".to_owned(),
            false => format!("of the last {}", counted(kind.tokens, "token")),
        };
        Some(format!("{} keep keys and values {keep} ({})", kind.layers, kind.told()?))
    };
    let mut layers = kinds.iter().map(told).collect::<Option<Vec<String>>>()?;
    if others > 0 {
        layers.push(match memory.states {
            Some(_) => format!("{others} keep a state of a fixed size instead"),
            None => format!("{others} read keys and values of other layers"),
        });
    }
    let facts = [
        Some(format!("a sequence of {}", counted(tokens, "token"))),
        Some(format!("an LLM of {depth} layers, of which {}", layers.join(", "))),
        Some(kept::format(subject, "keys and values")),
    ];
    let asked = "How large is the KV cache after the prefill, without states?";
    let values = kinds.iter().map(Kept::all).sum::<Option<i128>>()?;
    let in_bytes = |values: Option<i128>| kept::bytes_of(subject, values);
    let widest = kinds.iter().max_by_key(|kind| kind.each())?;
    let of_all_tokens = |kind: &Kept| tokens.checked_mul(kind.width())?.checked_mul(kind.layers);
    let all_tokens = kinds.iter().map(of_all_tokens).sum::<Option<i128>>();
    let mut steps = kinds.iter().map(Kept::worked).collect::<Option<Vec<String>>>()?;
    if kinds.len() > 1 {
        steps.push(format!("together {} values", exact(values)));
    }
    steps.push(kept::in_bytes(subject, bytes));
    let expected = Expected::number(bytes, Kind::Byte, Tolerance::Percent(1));
    let question = Question::new(TOPIC.name, 4, subject.asks(facts, asked), expected)
        .hint("a sum over the kinds of layers: how many there are, times what one of them keeps")
        .steps(steps)
        .mistake(
            in_bytes(widest.each().and_then(|each| each.checked_mul(depth))),
            "that gives each layer what the largest kind keeps",
        )
        .mistake(
            in_bytes(all_tokens),
            "that keeps all tokens in every layer: some keep the last ones only",
        )
        .mistake(
            in_bytes(widest.all()).filter(|_| kinds.len() > 1),
            "that is one kind of layers: the others keep keys and values too",
        )
        .mistake(bytes.checked_div(2), "half of that: keys and values both are cached")
        .mistake(Some(values), "that is the number of values, not of bytes")
        .mistake(in_bytes(widest.each()), "that is one layer");
    Some(question)
}
