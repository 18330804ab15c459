//! From a design to its graphs: the only place where stages are joined.

use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Symbols};
use crate::graph::{Broken, Builder, Component, Constraint, Graph, NodeId, Role};
use crate::ops::{Input, Op, Pick, Reshape, Shape};
use crate::spec::{Design, VisualTokens};
use crate::stages::bridge::Target;
use crate::stages::decoder::{Decoder, Logits};
use crate::stages::faults::Problem;
use crate::stages::join;
use crate::units::Size;

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
    /// What prompt and answer leave of it.
    pub left: Dim,
    /// Further images that fit into what is left.
    pub more_images: Dim,
    /// Width of an LLM-side token.
    pub llm_width: Dim,
}

/// Counts of what the encoder sees and makes of it; nothing where there is no encoder.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Height and width of an image (or tile) in pixels.
    pub image: Option<(Dim, Dim)>,
    /// Rows and columns of patches of an image (or tile).
    pub grid: (Dim, Dim),
    /// Encodings: images times tiles.
    pub encodings: Dim,
    /// Patches.
    pub patches: Dim,
    /// Encoder-side tokens, class and register tokens included.
    pub encoder: Dim,
    /// Width of an encoder-side token.
    pub encoder_width: Dim,
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
    let images = repetition(&mut b, images, "prompt.images", prompt.images);
    let Vision { encoded, decoder, text, bridged, deepstack, of_image } = match design.visual {
        VisualTokens::Said(count) => said(&mut b, design, &images, count),
        VisualTokens::Made | VisualTokens::Picked(_) => seen(&mut b, design, &batch, &images)?,
    };

    let meaning = "structural tokens of one image: its start, end, row breaks";
    let count = prompt.structural_tokens;
    let breaks = b.unless(0, "U", meaning, "prompt.structural_tokens", count);
    let breaks = breaks.map_or_else(Dim::zero, Dim::from);
    let structural = &images * &breaks;
    let words = &text + &structural;
    let llm = component(Component::Llm, "");
    let (visual, sequence, output) = b.scope(llm.0, llm.1, |b| {
        let width = &decoder.width;
        let bridged = match bridged {
            Bridged::Made(tokens) => tokens,
            Bridged::Said(count) => {
                let shape = Shape::new([batch.clone(), count, width.clone()]);
                let tokens = b.push("visual_tokens", Input { shape }, &[]);
                name_visual(b, tokens);
                tokens
            }
        };
        let joined = join::build(b, bridged, &words, &batch, &decoder.rows, width);
        let logits = decoder.prefill(b, &joined, &deepstack, logits);
        (b.axis(bridged, 1), joined.length, logits)
    });
    // Each token of the answer but the last is read too.
    let steps = prompt.generated_tokens.get().saturating_sub(1);
    decoder.require_positions(&mut b, &sequence + i128::from(steps));
    let generated = Some(prompt.generated_tokens);
    let generated: Dim =
        b.size("G", "tokens of the answer", "prompt.generated_tokens", generated).into();
    let context: Dim =
        b.size("ctx", "context length of the LLM", "llm.context", design.llm.context).into();
    let left = &context - &sequence - &generated;
    let tokens = Tokens {
        batch: batch.clone(),
        visual,
        structural,
        text,
        sequence: sequence.clone(),
        more_images: further(b.symbols(), &left, &(of_image + breaks)),
        generated,
        context,
        left,
        llm_width: decoder.width.clone(),
        seen: encoded,
    };

    b.end_pass(output);
    let logits = b.again(|b| b.scope(llm.0, llm.1, |b| decoder.decode(b, &batch, &sequence)));
    let read = &sequence + &tokens.generated - Dim::one();
    let answered_cache = (steps > 0).then(|| cached(&mut b, &read));
    b.end_pass(logits);
    let (prefill, decode, constraints) = finish(b)?;
    let problems = broken_constraints(&prefill.symbols, &constraints);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Pipeline { prefill, decode, tokens, answered_cache, constraints })
}

/// The visual tokens of a prompt.
enum Bridged {
    /// What a bridge makes, `[B, n_vis, D]`.
    Made(NodeId),
    /// So many, from nowhere.
    Said(Dim),
}

/// The visual tokens of a prompt, and what is declared on the way to them.
struct Vision<'d> {
    encoded: Seen,
    decoder: Decoder<'d>,
    text: Dim,
    bridged: Bridged,
    /// What is added to them within the LLM, `[B, n_vis, D]` each.
    deepstack: Vec<NodeId>,
    /// Visual tokens of one image.
    of_image: Dim,
}

/// Images, encoded and bridged.
fn seen<'d>(
    b: &mut Builder,
    design: &'d Design,
    batch: &Dim,
    images: &Dim,
) -> Result<Vision<'d>, Vec<Problem>> {
    let tiles = ("t", "tiles of an image");
    let tiles = repetition(b, tiles, "image.tiles", design.image.tiles);
    let encodings = images * &tiles;
    let encoder = component(Component::VisionEncoder, "model.vision_tower");
    let inner = design.deepstack.iter().flat_map(|deepstack| &deepstack.layers);
    let inner: Vec<u64> = inner.map(|layer| layer.get()).collect();
    let encoded = b.scope(encoder.0, encoder.1, |b| {
        design.encoder.build(b, &design.image, &(batch * &encodings), &inner)
    });
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let target = Target { width: decoder.width.clone(), text: text.clone() };
    let visual = &encoded.visual;
    let bridge = component(Component::Bridge, "model.multi_modal_projector");
    // The tokens of all encodings of a prompt, as many as the LLM reads.
    let of_prompt = |b: &mut Builder, x: NodeId| {
        let of_encoding = b.axis(x, 1);
        let all = &encodings * &of_encoding;
        let shape = Shape::new([batch.clone(), all, decoder.width.clone()]);
        let tokens = b.push("visual_tokens", Reshape { shape }, &[x]);
        match design.visual {
            VisualTokens::Picked(count) => {
                let of_image = stated(b, count);
                let length = images * &of_image;
                (b.push("picked_tokens", Pick { length }, &[tokens]), of_image)
            }
            VisualTokens::Made | VisualTokens::Said(_) => (tokens, of_encoding * &tiles),
        }
    };
    let (bridged, of_image, deepstack) = b
        .scope(bridge.0, bridge.1, |b| {
            let x = design.bridge.stage().build(b, visual, &target)?;
            let (tokens, of_image) = of_prompt(b, x);
            name_visual(b, tokens);
            let mut added = Vec::new();
            if let Some(deepstack) = &design.deepstack {
                for (at, inner) in encoded.inner.iter().enumerate() {
                    let (name, module) = (format!("deepstack_{at}"), format!("deepstack.{at}"));
                    let features = b.scope((&*name, &*module), Role::DeepStack, |b| {
                        let features = deepstack.bridge.stage().build(b, inner, &target)?;
                        Ok(of_prompt(b, features).0)
                    })?;
                    if !b.same_axis(features, tokens, 1) {
                        return Err(("deepstack.bridge", other_tokens()));
                    }
                    added.push(features);
                }
            }
            Ok((tokens, of_image, added))
        })
        .map_err(|(path, diagnostic): (&str, Diagnostic)| vec![(path.to_owned(), diagnostic)])?;
    let grid = &visual.grid;
    let encoded = Seen {
        image: Some(encoded.image.clone()),
        grid: (grid.rows.clone(), grid.columns.clone()),
        patches: &encodings * &encoded.patches,
        encoder: &encodings * &encoded.tokens,
        encoder_width: visual.width.clone(),
        encodings,
    };
    Ok(Vision { encoded, decoder, text, bridged: Bridged::Made(bridged), deepstack, of_image })
}

/// Visual tokens that are said outright: of image, encoder and bridge there is nothing.
fn said<'d>(b: &mut Builder, design: &'d Design, images: &Dim, count: Size) -> Vision<'d> {
    let decoder = Decoder::declare(b, &design.llm);
    let text = text(b, design);
    let of_image = stated(b, count);
    let bridged = Bridged::Said(images * &of_image);
    Vision { encoded: Seen::default(), decoder, text, bridged, deepstack: Vec::new(), of_image }
}

/// The features of inner layers are as many tokens as those that they are added to.
fn other_tokens() -> Diagnostic {
    let text = "the bridge of `deepstack` makes another number of tokens than `bridge`";
    Diagnostic::error(Code::Mismatch, text).help(
        "each of its tokens is added to a visual token: let both merge patches in the same way",
    )
}

fn text(b: &mut Builder, design: &Design) -> Dim {
    let count = design.prompt.text_tokens;
    b.size("T", "text tokens of a prompt", "prompt.text_tokens", count).into()
}

fn name_visual(b: &mut Builder, tokens: NodeId) {
    b.name_axis(tokens, 1, "n_vis", "LLM-side visual tokens of a prompt");
}

/// The visual tokens of an image that are said outright.
fn stated(b: &mut Builder, count: Size) -> Dim {
    b.size("n_img", "visual tokens of an image, as given", "visual_tokens", Some(count)).into()
}

/// How many more of so many tokens fit.
fn further(symbols: &mut Symbols, left: &Dim, each: &Dim) -> Dim {
    let left = symbols.max(left, &Dim::zero());
    symbols.floor_div(&left, each)
}

/// Elements that the layers of the pass under construction keep of so many tokens.
fn cached(b: &mut Builder, seen: &Dim) -> Dim {
    b.sum(|symbols, node| match &node.op {
        Op::KvCache(cache) => Some(node.shape.with(1, cache.kept_of(symbols, seen)).elements()),
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
            problems.push((field.to_owned(), problem));
        }
    }
    problems
}
