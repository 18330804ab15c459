//! From a design to its graphs: the only place where stages are joined.

mod counts;
mod seen;

pub use counts::{Seen, SeenPicture, SeenViews};

use seen::{Bridged, Vision, said, seen};

use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Symbols};
use crate::graph::{Broken, Builder, Component, Constraint, Graph, NodeId, Role};
use crate::ops::{Input, Op, Shape};
use crate::spec::{Design, Images, VisualTokens};
use crate::stages::beside::Asked;
use crate::stages::decoder::Logits;
use crate::stages::faults::Problem;
use crate::stages::join;

/// A pipeline: the pass over the prompt, one decode step after it, and its token counts.
#[derive(Debug)]
pub struct Pipeline {
    /// The pass over the whole prompt.
    pub prefill: Graph,
    /// One more token with the KV cache of the prefill.
    pub decode: Graph,
    /// Token counts.
    pub tokens: Tokens,
    /// Elements of the KV cache after the last step of the answer; none if there is no answer.
    pub answered_cache: Option<Dim>,
    /// What must hold of its sizes; it does.
    pub constraints: Vec<Constraint>,
}

/// Token counts of one prompt, all its images together.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Prompts in a batch.
    pub batch: Dim,
    /// What the encoder sees and makes of it.
    pub seen: Seen,
    /// LLM-side visual tokens.
    pub visual: Dim,
    /// Visual tokens that layers with cross-attention ask, where they do not stand in the sequence.
    pub asked: Option<Dim>,
    /// Tokens around the images that are neither text nor image.
    pub structural: Dim,
    /// Text tokens.
    pub text: Dim,
    /// What the LLM reads.
    pub sequence: Dim,
    /// Tokens that its decoder has read after the prompt: the same, or the one that a decoder begins
    /// with whose encoder reads the prompt.
    pub past: Dim,
    /// Tokens of the answer.
    pub generated: Dim,
    /// Tokens that fit the LLM's context.
    pub context: Dim,
    /// What prompt and answer leave of it.
    pub left: Dim,
    /// Further images that fit into what is left.
    pub more_images: Dim,
    /// Width of an LLM-side token.
    pub llm_width: Dim,
}

/// Wires the pipeline and checks what must hold of its sizes. Sizes whose symbols have one of the
/// names in `varying` are to vary: wherever the constraints hold, the formulas do.
///
/// # Errors
/// Every problem found, each with the path of the field to point at.
pub fn build(design: &Design, logits: Logits, varying: &[&str]) -> Result<Pipeline, Vec<Problem>> {
    let mut b = Builder::varying(varying);
    let prompt = &design.prompt;
    let batch: Dim = b.count("B", "prompts in a batch", "prompt.batch", Some(prompt.batch)).into();
    let images = ("I", "images of a prompt");
    let images = match &prompt.images {
        Images::Alike(count) => repetition(&mut b, images, "prompt.images", *count),
        Images::Sizes(sizes) => Dim::from(sizes.len() as i128),
    };
    let Vision { encoded, decoder, text, bridged, deepstack, of_image } = match design.visual {
        VisualTokens::Said(count) => said(&mut b, design, &images, count),
        VisualTokens::Made | VisualTokens::Picked(_) => seen(&mut b, design, &batch, &images)?,
    };

    let meaning = "structural tokens of one image: its start, end, row breaks";
    let count = prompt.structural_tokens;
    let breaks = b.unless(0, "U", meaning, "prompt.structural_tokens", count);
    let breaks = breaks.map_or_else(Dim::zero, Dim::from);
    let written: Dim = encoded.structural().into_iter().map(|(_, count)| count).sum();
    let structural = &images * &breaks + written;
    let llm = component(Component::Llm, "");
    let handed_width = decoder.asked_width().unwrap_or(&decoder.width);
    let (bridged, sequence, output) = b.scope(llm.0, llm.1, |b| {
        let bridged = match bridged {
            Bridged::Made(tokens) => tokens,
            Bridged::Said(count) => {
                let shape = Shape::new([batch.clone(), count, handed_width.clone()]);
                let tokens = b.push("visual_tokens", Input { shape }, &[]);
                name_visual(b, tokens);
                tokens
            }
        };
        let asks = decoder.asked_width().is_some();
        let visual = (!asks).then_some(bridged);
        let words = decoder.words(&text, &structural);
        let joined = join::build(b, visual, &words, &batch);
        let tokens = b.axis(bridged, 1);
        let asked = asks.then(|| Asked::of(b, bridged));
        let logits = decoder.prefill(b, &joined, &deepstack, asked, logits);
        (tokens, joined.length, logits)
    });
    let (visual, asked, of_image) = match decoder.asked_width() {
        None => (bridged, None, of_image),
        Some(_) => (Dim::zero(), Some(bridged), Dim::zero()),
    };
    // Each token of the answer but the last is read too.
    let steps = prompt.generated_tokens.get().saturating_sub(1);
    decoder.require_positions(&mut b, &sequence + i128::from(steps));
    let past = match decoder.has_encoder() {
        false => sequence.clone(),
        true => {
            let what = "tokens that the LLM's decoder has read";
            b.size("N_d", what, "llm.encoder", Some(1)).into()
        }
    };
    let generated = Some(prompt.generated_tokens);
    let generated: Dim =
        b.size("G", "tokens of the answer", "prompt.generated_tokens", generated).into();
    let context: Dim =
        b.size("ctx", "context length of the LLM", "llm.context", design.llm.context).into();
    let left = &context - &sequence - &generated;
    let tokens = Tokens {
        batch: batch.clone(),
        visual,
        asked: asked.clone(),
        structural,
        text,
        sequence: sequence.clone(),
        past: past.clone(),
        more_images: further(b.symbols(), &left, &(of_image + breaks)),
        generated,
        context,
        left,
        llm_width: decoder.width.clone(),
        seen: encoded,
    };

    if let Some(audio) = &design.audio {
        audio.build(&mut b);
    }
    b.end_pass(output);
    let logits = b.again(|b| {
        b.scope(llm.0, llm.1, |b| {
            let read = decoder.has_encoder().then(|| sequence.clone());
            let asked = asked.or(read).map(|tokens| {
                let node = decoder.asks_anew().then(|| {
                    let width = handed_width.clone();
                    let shape = Shape::new([batch.clone(), tokens.clone(), width]);
                    b.push("visual_tokens", Input { shape }, &[])
                });
                Asked { node, batch: batch.clone(), tokens }
            });
            decoder.decode(b, &batch, &past, asked)
        })
    });
    let read = &past + &tokens.generated - Dim::one();
    let answered_cache = (steps > 0).then(|| cached(&mut b, &read));
    b.end_pass(logits);
    let (prefill, decode, constraints) = finish(b)?;
    let problems = broken_constraints(&prefill.symbols, &constraints);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Pipeline { prefill, decode, tokens, answered_cache, constraints })
}

fn text(b: &mut Builder, design: &Design) -> Dim {
    let count = design.prompt.text_tokens;
    b.size("T", "text tokens of a prompt", "prompt.text_tokens", count).into()
}

fn name_visual(b: &mut Builder, tokens: NodeId) {
    b.name_axis(tokens, 1, "n_vis", "LLM-side visual tokens of a prompt");
}

/// How many more of so many tokens fit; 0 where they take none, so that no number bounds them.
fn further(symbols: &mut Symbols, left: &Dim, each: &Dim) -> Dim {
    if each.is_zero() {
        return Dim::zero();
    }
    let left = symbols.max(left, &Dim::zero());
    symbols.floor_div(&left, each)
}

/// Elements that the layers of the pass under construction keep of so many tokens.
fn cached(b: &mut Builder, seen: &Dim) -> Dim {
    b.sum(|symbols, node| match &node.op {
        Op::KvCache(cache) => Some(node.shape.with(1, cache.kept_of(symbols, seen)).elements()),
        Op::Recall(_) => Some(node.shape.elements()),
        _ => None,
    })
}

/// The name and role of a component, with its module in a state dict.
fn component(component: Component, module: &str) -> ((&str, &str), Role) {
    ((component.key(), module), Role::Component(component))
}

/// A count that formulas mention only if it is neither one nor nothing.
fn repetition(
    b: &mut Builder,
    (name, meaning): (&str, &str),
    field: &'static str,
    count: impl Into<i128>,
) -> Dim {
    let count = count.into();
    if count == 0 && !b.symbols().is_varying(name) {
        // Nothing of something is nothing, whatever is not known of it.
        return Dim::zero();
    }
    let Some(sym) = b.unless(1, name, meaning, field, count) else { return Dim::one() };
    b.symbols().count(sym);
    sym.into()
}

/// The finished passes. Stages that do not fit together are the tool's fault, not the spec's.
fn finish(b: Builder) -> Result<(Graph, Graph, Vec<Constraint>), Vec<Problem>> {
    let mismatch = |text| vec![(String::new(), Diagnostic::error(Code::Mismatch, text))];
    let built = b
        .finish()
        .map_err(|problems| problems.into_iter().flat_map(&mismatch).collect::<Vec<_>>())?;
    let mut passes = built.passes.into_iter();
    match (passes.next(), passes.next()) {
        (Some(prefill), Some(decode)) => Ok((prefill, decode, built.constraints)),
        _ => Err(mismatch("a pipeline has two passes".to_owned())),
    }
}

/// The constraints that known sizes break.
fn broken_constraints(symbols: &Symbols, constraints: &[Constraint]) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut seen = Vec::new();
    for Broken { field, problem, reason } in constraints.iter().filter_map(|c| c.broken(symbols)) {
        // Height and width of a square break the same rule: that is one problem.
        if !seen.contains(&reason) {
            seen.push(reason);
            problems.push((field.into_owned(), problem));
        }
    }
    problems
}
