//! What layers see, and keep, that ask the image.

use super::needs::{CROSS, ONE_PROMPT, SEQUENCE};
use super::{Ask, Topic};
use crate::drill::answer::Expected;
use crate::drill::kept::{self, Kept, attention_in, kept};
use crate::drill::kind::Kind;
use crate::drill::llms;
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::subject::Subject;
use crate::drill::tolerance::Tolerance;
use crate::graph::{Component, Role};
use crate::units::{counted, exact};

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "cross-attention",
    about: "pairs and cache of layers that ask the image",
    levels: (4, 5),
    bridges: &[],
    needs: &[ONE_PROMPT, SEQUENCE, CROSS],
    ask: Ask::MadeUp(llms::cross, ask),
};

/// Layers of an LLM that ask the image.
#[derive(Debug)]
pub struct Asking {
    /// Those layers.
    layers: i128,
    /// All layers.
    depth: i128,
    /// Tokens of the sequence, which ask.
    tokens: i128,
    /// Tokens of the image, which are asked.
    asked: i128,
}

/// The layers that ask the image.
pub fn asking(subject: &Subject) -> Option<Asking> {
    let (report, llm) = (&subject.report, &subject.made().llm);
    let graph = &report.prefill.graph;
    let value = |dim| subject.value(dim);
    let row = report.prefill.part(Component::Llm, Role::CrossAttention)?;
    let (node, _) = attention_in(graph, row.scope)?;
    let [queries, keys, ..] = graph.input_shapes(node)[..] else { return None };
    let (tokens, asked) = (value(queries.0.get(1)?)?, value(keys.0.get(1)?)?);
    let layers = value(&graph.scope(row.scope).total)?;
    let depth = i128::from(llm.stack().depth?.get());
    (llm.encoder.is_none() && asked > 0).then_some(Asking { layers, depth, tokens, asked })
}

fn ask(subject: &Subject, rng: &mut Rng) -> Option<Question> {
    let asking = asking(subject)?;
    match of_cache(subject, &asking) {
        Some(question) if rng.one_in(2) => Some(question),
        _ => of_pairs(subject, &asking),
    }
}

/// The prompt and the layers.
fn told(asking: &Asking) -> [Option<String>; 2] {
    let Asking { layers, depth, tokens, asked } = asking;
    [
        Some(format!("a sequence of {} without the image", counted(*tokens, "token"))),
        Some(format!(
            "an LLM of {depth} layers, of which {layers} ask the {} of the image",
            counted(*asked, "token")
        )),
    ]
}

fn of_pairs(subject: &Subject, asking: &Asking) -> Option<Question> {
    let Asking { tokens, asked, .. } = *asking;
    let pairs = tokens.checked_mul(asked)?;
    let [prompt, layers] = told(asking);
    let text = "How many pairs of a query and a key does one head have in a layer that asks the \
                image, in the prefill?";
    let both = tokens.checked_add(asked)?;
    let expected = Expected::number(pairs, Kind::Count, Tolerance::Exact);
    let question = Question::new(TOPIC.name, 4, subject.asks([prompt, layers], text), expected)
        .hint("queries come from the sequence, keys from the image")
        .steps([
            format!("{} ask, {} are asked", counted(tokens, "token"), exact(asked)),
            format!("{} × {} = {}", exact(tokens), exact(asked), exact(pairs)),
        ])
        .mistake(
            both.checked_mul(both),
            "that puts the image into the sequence: here the sequence asks it",
        )
        .mistake(
            tokens.checked_mul(tokens),
            "those are the pairs of a layer that asks the sequence",
        )
        .mistake(asked.checked_mul(asked), "the tokens of the image ask nothing here")
        .mistake(tokens.checked_mul(both), "such a layer asks the image only, not the sequence too")
        .mistake(Some(asked), "those are the keys: each query meets all of them");
    Some(question)
}

/// The same of the cache; nothing where keys of the image are made anew in every step.
fn of_cache(subject: &Subject, asking: &Asking) -> Option<Question> {
    let Asking { layers, depth, tokens, asked } = *asking;
    let bytes = subject.report.memory.kv_cache.value?;
    let kinds = kept(subject)?;
    let [image, own]: [Vec<&Kept>; 2] =
        [true, false].map(|asks| kinds.iter().filter(|kind| kind.asks == asks).collect());
    let ([image], [own]) = (&image[..], &own[..]) else { return None };
    let are_alike =
        image.heads == own.heads && own.tokens == tokens && own.layers + layers == depth;
    are_alike.then_some(())?;
    let width = image.width();
    let [prompt, of_layers] = told(asking);
    let facts =
        [prompt, of_layers, Some(image.told()?), Some(kept::format(subject, "keys and values"))];
    let text =
        "Keys and values of the image are kept too. How large is the KV cache after the prefill?";
    let in_bytes = |values: Option<i128>| kept::bytes_of(subject, values);
    let values = image.all()?.checked_add(own.all()?)?;
    let everywhere = tokens.checked_add(asked)?.checked_mul(width)?.checked_mul(depth);
    let added = tokens.checked_mul(width)?.checked_mul(depth)?.checked_add(image.all()?);
    let expected = Expected::number(bytes, Kind::Byte, Tolerance::Percent(1));
    let question = Question::new(TOPIC.name, 5, subject.asks(facts, text), expected)
        .hint("layers that ask the image keep its tokens, the others those of the sequence")
        .steps([own.worked()?, image.worked()?, kept::in_bytes(subject, bytes)])
        .mistake(in_bytes(everywhere), "that keeps the image in the cache of every layer")
        .mistake(in_bytes(added), "layers that ask the image keep nothing of the sequence")
        .mistake(in_bytes(own.all()), "that leaves out the keys and values of the image")
        .mistake(in_bytes(image.all()), "that leaves out the layers that ask the sequence")
        .mistake(Some(values), "that is the number of values, not of bytes")
        .mistake(bytes.checked_div(2), "half of that: keys and values both are cached");
    Some(question)
}
