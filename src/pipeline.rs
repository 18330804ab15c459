//! From a design to its graphs: the only place where stages are joined.

use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Symbols};
use crate::graph::{Broken, Builder, Component, Constraint, Graph, Role};
use crate::ops::{Reshape, Shape};
use crate::spec::Design;
use crate::stages::bridge::Target;
use crate::stages::decoder::{Decoder, Logits};
use crate::stages::faults::Problem;
use crate::stages::join;
use crate::units::Amount;

/// A pipeline: the pass over the prompt, one decode step after it, and its token counts.
#[derive(Debug)]
pub struct Pipeline {
    /// The pass over the whole prompt.
    pub prefill: Graph,
    /// One more token with the KV cache of the prefill.
    pub decode: Graph,
    /// Token counts.
    pub tokens: Tokens,
}

/// Token counts of one prompt, all its images together.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Prompts in a batch.
    pub batch: Dim,
    /// Height and width of an image (or tile) in pixels.
    pub image: (Dim, Dim),
    /// Rows and columns of patches of an image (or tile).
    pub grid: (Dim, Dim),
    /// Encodings: images times tiles.
    pub encodings: Dim,
    /// Patches.
    pub patches: Dim,
    /// Encoder-side tokens, class and register tokens included.
    pub encoder: Dim,
    /// LLM-side visual tokens.
    pub visual: Dim,
    /// Tokens around the images that are neither text nor image.
    pub structural: Dim,
    /// Text tokens.
    pub text: Dim,
    /// What the LLM reads.
    pub sequence: Dim,
    /// Tokens of the answer.
    pub generated: Dim,
    /// Tokens that fit the LLM's context.
    pub context: Dim,
    /// Width of an encoder-side token.
    pub encoder_width: Dim,
    /// Width of an LLM-side token.
    pub llm_width: Dim,
}

/// Wires the pipeline and checks what must hold of its sizes.
///
/// # Errors
/// Every problem found, each with the path of the field to point at.
pub fn build(design: &Design, logits: Logits) -> Result<Pipeline, Vec<Problem>> {
    let mut b = Builder::default();
    let batch: Dim = b.count("B", "prompts in a batch", Some(design.prompt.batch)).into();
    let images = repetition(&mut b, "I", "images of a prompt", design.prompt.images.get());
    let tiles = repetition(&mut b, "t", "tiles of an image", design.image.tiles.get());
    let encodings = &images * &tiles;
    let encoder = component(Component::VisionEncoder, "model.vision_tower");
    let encoded = b.scope(encoder.0, encoder.1, |b| {
        design.encoder.build(b, &design.image, &(&batch * &encodings))
    });

    let decoder = Decoder::declare(&mut b, &design.llm);
    let text = amount(&mut b, "T", "text tokens of a prompt", design.prompt.text_tokens);
    let target = Target { width: decoder.width.clone(), text: text.clone() };
    let visual = &encoded.visual;
    let bridge = component(Component::Bridge, "model.multi_modal_projector");
    let bridged = b
        .scope(bridge.0, bridge.1, |b| {
            let x = design.bridge.stage().build(b, visual, &target)?;
            let all = &encodings * b.axis(x, 1);
            let shape = Shape::new([batch.clone(), all, decoder.width.clone()]);
            let tokens = b.push("visual_tokens", Reshape { shape }, &[x]);
            b.name_axis(tokens, 1, "V", "LLM-side visual tokens of a prompt");
            Ok(tokens)
        })
        .map_err(|(path, diagnostic): (&str, Diagnostic)| vec![(path.to_owned(), diagnostic)])?;

    let structural = match design.prompt.structural_tokens.get() {
        0 => Dim::zero(),
        _ => {
            let meaning = "structural tokens of one image: its start, end, row breaks";
            &images * amount(&mut b, "U", meaning, Some(design.prompt.structural_tokens))
        }
    };
    let words = &text + &structural;
    let llm = component(Component::Llm, "");
    let (sequence, output) = b.scope(llm.0, llm.1, |b| {
        let width = &decoder.width;
        let joined = join::build(b, bridged, &words, &batch, &decoder.vocab, width);
        let logits = decoder.prefill(b, &joined, logits);
        (joined.length, logits)
    });
    // Each token of the answer but the last is read too.
    let steps = design.prompt.generated_tokens.get().saturating_sub(1);
    decoder.require_positions(&mut b, &sequence + i128::from(steps));
    let grid = &visual.grid;
    let tokens = Tokens {
        batch: batch.clone(),
        image: encoded.image.clone(),
        grid: (grid.rows.clone(), grid.columns.clone()),
        patches: &encodings * &encoded.patches,
        encoder: &encodings * &encoded.tokens,
        visual: b.axis(bridged, 1),
        structural,
        text,
        sequence: sequence.clone(),
        generated: amount(
            &mut b,
            "G",
            "tokens of the answer",
            Some(design.prompt.generated_tokens),
        ),
        context: b.size("ctx", "context length of the LLM", design.llm.context).into(),
        encoder_width: visual.width.clone(),
        llm_width: decoder.width.clone(),
        encodings,
    };

    b.end_pass(output);
    let logits = b.again(|b| b.scope(llm.0, llm.1, |b| decoder.decode(b, &batch, &sequence)));
    b.end_pass(logits);
    let (prefill, decode, constraints) = finish(b)?;
    let problems = broken_constraints(&prefill.symbols, &constraints);
    if problems.is_empty() { Ok(Pipeline { prefill, decode, tokens }) } else { Err(problems) }
}

/// The name and role of a component, with its module in a state dict.
fn component(component: Component, module: &str) -> ((&str, &str), Role) {
    ((component.key(), module), Role::Component(component))
}

/// A count that formulas mention only if it is not one.
fn repetition(b: &mut Builder, name: &str, meaning: &str, count: u64) -> Dim {
    if count == 1 {
        return Dim::one();
    }
    let sym = b.symbols().given(name, meaning, count.into());
    b.symbols().count(sym);
    sym.into()
}

/// A symbol for a number that may be zero.
fn amount(b: &mut Builder, name: &str, meaning: &str, value: Option<Amount>) -> Dim {
    match value {
        Some(value) => b.symbols().given(name, meaning, value.into()).into(),
        None => b.symbols().free(name, meaning).into(),
    }
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
            problems.push((field.to_owned(), problem));
        }
    }
    problems
}
