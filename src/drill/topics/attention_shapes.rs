//! Shapes inside an attention: heads, scores, and what is written side by side again.

use super::needs::Need;
use super::{Ask, Topic};
use crate::drill::answer::{Expected, show_shape};
use crate::drill::question::Question;
use crate::drill::rng::Rng;
use crate::drill::subject::Subject;
use crate::graph::{Component, Graph, Node, Role};
use crate::ops::{Op, Reach};
use crate::units::counted;

/// The topic.
pub const TOPIC: Topic = Topic {
    name: "attention-shapes",
    about: "shapes inside an attention: heads, keys, scores, output",
    levels: (2, 4),
    bridges: &[],
    needs: &[Need::Fact("gives no attention with all its sizes", |one| !layers(one).is_empty())],
    ask: Ask::Subject(ask),
};

/// An attention with its sizes.
struct Layer {
    component: Component,
    /// Whether tokens look at others than themselves.
    crosses: bool,
    images: i128,
    queries: i128,
    keys: i128,
    heads: i128,
    kv_heads: i128,
    size: i128,
}

/// What is asked of it.
#[derive(Clone, Copy)]
enum Part {
    Queries,
    Keys,
    Scores,
    Output,
}

fn ask(subject: &Subject, rng: &mut Rng) -> Option<Question> {
    let layers = layers(subject);
    // Each component as often as another, however many kinds of layers it has.
    let mut components: Vec<Component> = layers.iter().map(|layer| layer.component).collect();
    components.dedup();
    let component = rng.pick(&components)?;
    let of: Vec<&Layer> = layers.iter().filter(|layer| layer.component == component).collect();
    let layer = rng.pick(&of)?;
    let parts = [Part::Queries, Part::Keys, Part::Scores, Part::Scores, Part::Output];
    Some(question(subject, layer, rng.pick(&parts)?))
}

fn question(subject: &Subject, layer: &Layer, part: Part) -> Question {
    let Layer { queries, keys, heads, kv_heads, size, .. } = *layer;
    let order = "heads before tokens";
    let (asked, shape, step) = match part {
        Part::Queries => (
            format!("What is the shape of the queries, cut into heads, {order}?"),
            vec![heads, queries, size],
            format!("{heads} heads, each with {queries} queries of {size} values"),
        ),
        Part::Keys => (
            format!("What is the shape of the keys, cut into heads, {order}?"),
            vec![kv_heads, keys, size],
            format!("{kv_heads} key heads, each with {keys} keys of {size} values"),
        ),
        Part::Scores => (
            "What is the shape of the scores, QKᵀ, before the softmax?".to_owned(),
            vec![heads, queries, keys],
            format!("in each of {heads} heads, {queries} queries meet {keys} keys"),
        ),
        Part::Output => (
            "What is the shape of the heads' outputs, written side by side again, before the output \
             projection?"
                .to_owned(),
            vec![queries, heads * size],
            format!("{queries} tokens, each with {heads} × {size} = {} values", heads * size),
        ),
    };
    let facts = [Some(told(layer)), Some(of_heads(layer))];
    let steps = [step, show_shape(&shape)];
    let level = match layer.component {
        Component::VisionEncoder => 2,
        Component::Bridge => 3,
        Component::Llm | Component::Audio => 4,
    };
    let question =
        Question::new(TOPIC.name, level, subject.asks(facts, &asked), Expected::Shape(shape))
            .steps(steps);
    mistaken(question, layer, part)
}

/// The mistakes that people make on a part, and its hint.
fn mistaken(question: Question, layer: &Layer, part: Part) -> Question {
    let Layer { queries, keys, heads, kv_heads, size, .. } = *layer;
    let shape = |axes: [i128; 3]| axes.map(Some);
    let order = "heads stand before tokens here: the two axes are swapped after the cut";
    let width = "a head has its own share of the values, not all of them";
    match part {
        Part::Queries => question
            .hint("heads × tokens × size of a head")
            .shape_mistake(shape([queries, heads, size]), order)
            .shape_mistake(shape([heads, queries, heads * size]), width)
            .shape_mistake(
                shape([kv_heads, queries, size]),
                "those are the KV heads: each query head counts",
            )
            .shape_mistake(
                shape([heads, keys, size]),
                "those are the tokens that are looked at: the others ask",
            ),
        Part::Keys => question
            .hint("how many heads do keys have, and which tokens are they made of?")
            .shape_mistake(
                shape([heads, keys, size]),
                "those are the query heads: several of them share a key head",
            )
            .shape_mistake(shape([keys, kv_heads, size]), order)
            .shape_mistake(shape([kv_heads, keys, heads * size]), width)
            .shape_mistake(
                shape([kv_heads, queries, size]),
                "those are the tokens that ask: keys are made of the tokens that are looked at",
            ),
        Part::Scores => question
            .hint("one number for each head, query and key")
            .shape_mistake(
                shape([kv_heads, queries, keys]),
                "query heads share keys, but each of them has scores of its own",
            )
            .shape_mistake(
                shape([heads, keys, queries]),
                "a row is a query and a column a key: the softmax runs over the keys",
            )
            .shape_mistake(
                shape([heads, queries, size]),
                "the size of a head is summed over: a score is one number",
            )
            .shape_mistake(
                shape([heads, queries, queries]),
                "the keys are the tokens that are looked at, not those that ask",
            )
            .shape_mistake(
                [Some(queries), Some(keys)],
                "that is one head: each has its own scores",
            ),
        Part::Output => question
            .hint("the heads are concatenated: tokens first, width last")
            .shape_mistake(
                [Some(queries), Some(size)],
                "that is one head: all of them stand side by side",
            )
            .shape_mistake(
                [Some(keys), Some(heads * size)],
                "there is an output for each token that asks",
            )
            .shape_mistake(
                [Some(queries), Some(kv_heads * size)],
                "those are the KV heads: each query head has an output",
            ),
    }
}

/// `self-attention of the LLM over 640 tokens`, with the images where there are several.
fn told(layer: &Layer) -> String {
    let whose = layer.component.in_words();
    let images = match layer.images {
        1 => String::new(),
        images => format!(", in each of {images} images"),
    };
    if layer.crosses {
        let (queries, keys) = (counted(layer.queries, "query"), counted(layer.keys, "token"));
        let queries = queries.replace("querys", "queries");
        format!("an attention of the {whose} in which {queries} look at {keys}{images}")
    } else {
        format!("self-attention of the {whose} over {}{images}", counted(layer.keys, "token"))
    }
}

/// `32 heads of 128 values`; with grouped heads how many of keys and values.
fn of_heads(layer: &Layer) -> String {
    let heads = counted(layer.heads, "head");
    if layer.kv_heads == layer.heads {
        return format!("{heads} of {} values", layer.size);
    }
    let shared = counted(layer.kv_heads, "head");
    format!(
        "{} query {} and {shared} of keys and values, of {} values each",
        layer.heads,
        if layer.heads == 1 { "head" } else { "heads" },
        layer.size
    )
}

/// The attentions of a pipeline, each kind once, of those whose sizes are known.
fn layers(subject: &Subject) -> Vec<Layer> {
    let graph = &subject.report.prefill.graph;
    let mut layers: Vec<Layer> = Vec::new();
    for (_, node) in graph.nodes() {
        let Some(layer) = layer(subject, graph, node) else { continue };
        let sizes = |one: &Layer| {
            let Layer { component, queries, keys, heads, kv_heads, size, .. } = *one;
            (component, [queries, keys, heads, kv_heads, size])
        };
        if layers.iter().all(|known| sizes(known) != sizes(&layer)) {
            layers.push(layer);
        }
    }
    layers
}

fn layer(subject: &Subject, graph: &Graph, node: &Node) -> Option<Layer> {
    let Op::Attention(core) = &node.op else { return None };
    if matches!(core.reach, Reach::Windows(_)) {
        return None;
    }
    let [queries, keys, _] = graph.input_shapes(node)[..] else { return None };
    let [images, queries, _] = subject.shape(queries)?[..] else { return None };
    let [_, keys, _] = subject.shape(keys)?[..] else { return None };
    let size = |dim| graph.symbols.eval(dim).ok().flatten();
    // The scope that says what the attention is for stands around that of its operations.
    let scopes = std::iter::successors(Some(node.scope), |at| graph.scope(*at).parent);
    let roles: Vec<Role> = scopes.map(|at| graph.scope(at).role).collect();
    let component = roles.iter().find_map(|role| match role {
        Role::Component(component) => Some(*component),
        _ => None,
    })?;
    let crosses = queries != keys || roles.contains(&Role::CrossAttention);
    let (heads, kv_heads) = (size(&core.heads)?, size(&core.kv_heads)?);
    let size = size(&core.head_dim)?;
    Some(Layer { component, crosses, images, queries, keys, heads, kv_heads, size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Overrides, load};

    fn told_of(name: &str) -> Vec<(String, Vec<String>)> {
        let subject = Subject::new(name, load(name, &Overrides::default()).unwrap().spec).unwrap();
        let parts = [Part::Queries, Part::Keys, Part::Scores, Part::Output];
        let shown = |layer: &Layer| {
            let asked = parts.map(|part| question(&subject, layer, part).expected.show());
            (told(layer), asked.to_vec())
        };
        layers(&subject).iter().map(shown).collect()
    }

    #[test]
    fn the_shapes_of_known_models() {
        let is = |name: &str, expected: &[(&str, [&str; 4])]| {
            let found = told_of(name);
            assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
            for ((told, shapes), (words, expected)) in found.iter().zip(expected) {
                assert_eq!(told, words, "{name}");
                assert_eq!(shapes, expected, "{name}: {told}");
            }
        };
        is(
            "llava-1.5-7b",
            &[
                (
                    "self-attention of the vision encoder over 577 tokens",
                    ["[16, 577, 64]", "[16, 577, 64]", "[16, 577, 577]", "[577, 1024]"],
                ),
                (
                    "self-attention of the LLM over 640 tokens",
                    ["[32, 640, 128]", "[32, 640, 128]", "[32, 640, 640]", "[640, 4096]"],
                ),
            ],
        );
        let blip = told_of("blip2-opt-2.7b");
        let bridge: Vec<_> = blip.iter().filter(|(told, _)| told.contains("bridge")).collect();
        assert_eq!(bridge[0].1, ["[12, 32, 64]", "[12, 32, 64]", "[12, 32, 32]", "[32, 768]"]);
        assert_eq!(
            bridge[1].0,
            "an attention of the bridge in which 32 queries look at 257 tokens"
        );
        assert_eq!(bridge[1].1, ["[12, 32, 64]", "[12, 257, 64]", "[12, 32, 257]", "[32, 768]"]);
        // Grouped heads: 28 query heads share 4 key heads.
        let qwen = told_of("internvl3-8b");
        let (_, shapes) = qwen.last().unwrap();
        assert!(shapes[0].starts_with("[28, ") && shapes[1].starts_with("[4, "), "{shapes:?}");
        assert!(shapes[2].starts_with("[28, "), "{shapes:?}");
    }
}
