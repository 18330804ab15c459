//! Everything that a plan says, as data. Renderers read it and compute nothing.

use super::costs::too_large;
use super::{Answer, Bytes, Memory, Pass, notes};
use crate::diag::Diagnostic;
use crate::dim::{Dim, EvalError, Symbols};
use crate::graph::{Component, Constraint, Node, Role};
use crate::media::{Kind, Layout, Pixels};
use crate::ops::Op;
use crate::pipeline::{Pipeline, SeenPicture, SeenViews, Tokens};
use crate::spec::{Design, Formats, Spec};
use crate::stages::decoder::Logits;
use crate::stages::views::Frames;

/// A number with its closed form; no value where it is still symbolic.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The number.
    pub value: Option<i128>,
    /// The formula.
    pub dim: Dim,
}

impl Figure {
    /// A dimension with its value.
    ///
    /// # Errors
    /// As for [`Symbols::eval`].
    pub fn of(symbols: &Symbols, dim: &Dim) -> Result<Figure, EvalError> {
        Ok(Figure { value: symbols.eval(dim)?, dim: dim.clone() })
    }
}

/// Token counts of a prompt.
#[derive(Clone, Debug)]
pub struct TokenFigures {
    /// Prompts in a batch.
    pub batch: Figure,
    /// The pictures, those that are alike together; none where there is no encoder.
    pub pictures: Vec<PictureFigures>,
    /// The views that the encoder sees, those of one picture and size together; none where there is
    /// no encoder.
    pub views: Vec<ViewFigures>,
    /// Views of a prompt: how many times the encoder runs for it.
    pub encodings: Figure,
    /// Patches.
    pub patches: Figure,
    /// What the encoder makes of the patches: as many tokens, or fewer where it merges some.
    pub kept: Figure,
    /// Encoder-side tokens that run, padding included.
    pub encoder: Figure,
    /// Encoder-side tokens without padding.
    pub encoder_valid: Figure,
    /// Whether each encoding has a class token among its encoder-side tokens.
    pub class_token: bool,
    /// Register tokens of each encoding.
    pub registers: i128,
    /// LLM-side visual tokens.
    pub visual: Figure,
    /// Visual tokens that layers with cross-attention ask, where they do not stand in the sequence.
    pub asked: Option<Figure>,
    /// Structural tokens.
    pub structural: Figure,
    /// Those that the processor writes, by kind.
    pub structural_kinds: Vec<(Kind, Figure)>,
    /// Text tokens.
    pub text: Figure,
    /// The sequence that the LLM reads.
    pub sequence: Figure,
    /// Tokens that its decoder has read after the prompt.
    pub past: Figure,
    /// Tokens of the answer.
    pub generated: Figure,
    /// Context length of the LLM.
    pub context: Figure,
    /// What prompt and answer leave of it; below 0 if they do not fit.
    pub left: Figure,
    /// Further images of this size that fit into what is left.
    pub more_images: Figure,
    /// Visual tokens of the whole batch.
    pub visual_of_batch: Figure,
    /// Width of an encoder-side token.
    pub encoder_width: Figure,
    /// Width of an LLM-side token.
    pub llm_width: Figure,
    /// Values of what the encoder makes of all patches (the textbook's E).
    pub encoder_values: Figure,
    /// Values of all visual tokens (the textbook's V).
    pub visual_values: Figure,
}

/// Pictures of a prompt that are alike.
#[derive(Clone, Debug)]
pub struct PictureFigures {
    /// How many there are.
    pub count: Figure,
    /// Height and width on disk in pixels, where a processor resizes it.
    pub disk: Option<(Figure, Figure)>,
    /// The frames, where it is a clip that a video processor samples.
    pub frames: Option<Frames>,
    /// How the processor resizes and cuts it, if its size is known.
    pub layout: Option<Layout>,
    /// Its visual tokens.
    pub visual: Figure,
    /// Rows and columns of the grid that its tiles form, if they do.
    pub grid: Option<(Figure, Figure)>,
    /// Its structural tokens that the processor writes, by kind.
    pub structural: Vec<(Kind, Figure)>,
}

/// Views of one picture and size.
#[derive(Clone, Debug)]
pub struct ViewFigures {
    /// Pictures of a prompt that have them.
    pub pictures: Figure,
    /// Height and width of the picture on disk in pixels, where a processor resizes it.
    pub disk: Option<(Figure, Figure)>,
    /// Views of a picture.
    pub count: Figure,
    /// Height and width of a view in pixels.
    pub image: (Figure, Figure),
    /// Rows and columns of its patches.
    pub grid: (Figure, Figure),
    /// Its patches.
    pub patches: Figure,
    /// What the encoder makes of them: as many tokens, or fewer where it merges some.
    pub kept: Figure,
    /// Its encoder-side tokens that run, padding included.
    pub encoder: Figure,
    /// Its encoder-side tokens without padding.
    pub encoder_valid: Figure,
    /// The tokens that the bridge makes of it; nothing where it gets no view by itself.
    pub visual: Option<Figure>,
}

impl TokenFigures {
    /// Whether the encoder runs on more than the pictures have.
    pub fn is_padded(&self) -> bool {
        self.encoder.dim != self.encoder_valid.dim
    }

    /// The only size of view, where the pictures have no others.
    pub fn only_view(&self) -> Option<&ViewFigures> {
        match &self.views[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The views of a picture: those with the same size on disk.
    pub fn views_of<'t>(
        &'t self,
        picture: &'t PictureFigures,
    ) -> impl Iterator<Item = &'t ViewFigures> {
        self.views.iter().filter(|view| view.disk == picture.disk)
    }
}

/// A whole plan.
#[derive(Debug)]
pub struct Report {
    /// The spec's name.
    pub name: String,
    /// What was counted.
    pub design: Design,
    /// Where logits are computed.
    pub logits: Logits,
    /// The pass over the prompt.
    pub prefill: Pass,
    /// One token after it.
    pub decode: Pass,
    /// Token counts.
    pub tokens: TokenFigures,
    /// Bytes.
    pub memory: Memory,
    /// The answer, if the prompt asks for one.
    pub answer: Option<Answer>,
    /// What a reader should know of this plan.
    pub notes: Vec<String>,
    /// What must hold of its sizes, where some vary.
    pub constraints: Vec<Constraint>,
}

impl Report {
    /// Counts a pipeline.
    ///
    /// # Errors
    /// A diagnostic if a number does not fit 128 bits.
    pub fn new(
        name: &str,
        design: Design,
        pipeline: Pipeline,
        logits: Logits,
    ) -> Result<Report, Diagnostic> {
        let Pipeline { prefill, decode, tokens, answered_cache, constraints } = pipeline;
        let prefill = Pass::new(prefill)?;
        let decode = Pass::new(decode)?;
        let overflow = |what| move |error| too_large(what, error);
        let symbols = &prefill.graph.symbols;
        let figures = token_figures(symbols, &tokens, &design).map_err(overflow("tokens"))?;
        let memory = Memory::new(&prefill, &decode, &tokens, &design.prompt.formats)
            .map_err(overflow("memory"))?;
        let cached = || match &answered_cache {
            Some(elements) => {
                Bytes::cached(&decode.graph.symbols, elements, &design.prompt.formats)
            }
            None => Ok(memory.kv_cache.clone()),
        };
        let answer = Answer::new(&decode, &tokens, &figures, cached).map_err(overflow("answer"))?;
        let notes = notes::notes(&design, &prefill, &figures);
        Ok(Report {
            name: name.to_owned(),
            design,
            logits,
            prefill,
            decode,
            tokens: figures,
            memory,
            answer,
            notes,
            constraints,
        })
    }

    /// The number formats.
    pub fn formats(&self) -> &Formats {
        &self.design.prompt.formats
    }

    /// The spec that says what was counted, every choice written.
    pub fn spec(&self) -> Spec {
        self.design.said(Some(self.name.clone()))
    }

    /// The plan with a note after its own, about how it came about.
    #[must_use]
    pub fn noting(self, note: Option<&str>) -> Report {
        let notes = self.notes.into_iter().chain(note.map(str::to_owned));
        Report { notes: notes.collect(), ..self }
    }

    /// Parameters in matrices (tensors of two or more axes) and in vectors, of one component.
    pub fn matrices_and_vectors(&self, component: Component) -> Option<(i128, i128)> {
        let graph = &self.prefill.graph;
        let mut sums = (0i128, 0i128);
        for param in graph.params.iter().filter(|param| param.component == component) {
            let count = graph.symbols.eval(&param.elements()).ok()??;
            let slot = if param.shape.0.len() > 1 { &mut sums.0 } else { &mut sums.1 };
            *slot = slot.checked_add(count)?;
        }
        Some(sums)
    }

    /// Input and output of the linear layer of a component, if it stores one matrix and no other
    /// tensor of several axes.
    pub fn only_matrix(&self, component: Component) -> Option<[i128; 2]> {
        let graph = &self.prefill.graph;
        let own = graph.params.iter().filter(|param| param.component == component);
        let mut matrices = own.filter(|param| param.shape.0.len() > 1);
        let (only, None) = (matrices.next()?, matrices.next()) else { return None };
        let reads = |node: &Node| graph.reads(node).any(|param| std::ptr::eq(param, only));
        let (_, reader) = graph.nodes().find(|(_, node)| reads(node))?;
        let Op::Linear(linear) = &reader.op else { return None };
        let side = |axis: &Dim| graph.symbols.eval(axis).ok().flatten();
        let sides = [side(&linear.input)?, side(&linear.output)?];
        (side(&only.copies) == Some(1)).then_some(sides)
    }

    /// Whether the bridge reads nothing but patches: no class and no register tokens.
    pub fn are_patches_only(&self) -> bool {
        let has_others = self.tokens.class_token || self.tokens.registers > 0;
        !has_others || self.prefill.part(Component::VisionEncoder, Role::Selection).is_some()
    }

    /// The encoder-side tokens of a view that the bridge reads.
    pub fn read_of(&self, view: &ViewFigures) -> Dim {
        let only = self.tokens.only_view().and(self.prefill.component(Component::Bridge));
        match only.and_then(|row| row.input.0.get(1)) {
            Some(tokens) => tokens.clone(),
            None if self.are_patches_only() => view.kept.dim.clone(),
            None => view.encoder_valid.dim.clone(),
        }
    }

    /// The share of the context that prompt and answer take, as a fraction (used, length).
    pub fn context_use(&self) -> Option<(i128, i128)> {
        let tokens = &self.tokens;
        let used = tokens.sequence.value?.checked_add(tokens.generated.value?)?;
        Some((used, tokens.context.value?))
    }
}

fn token_figures(
    symbols: &Symbols,
    tokens: &Tokens,
    design: &Design,
) -> Result<TokenFigures, EvalError> {
    let figure = |dim: &Dim| Figure::of(symbols, dim);
    let seen = &tokens.seen;
    let pair = |pair: &(Dim, Dim)| Ok((figure(&pair.0)?, figure(&pair.1)?));
    let view = |views: &SeenViews| {
        Ok(ViewFigures {
            pictures: figure(&views.pictures)?,
            disk: views.disk.as_ref().map(pair).transpose()?,
            count: figure(&views.count)?,
            image: pair(&views.image)?,
            grid: pair(&views.grid)?,
            patches: figure(&views.patches)?,
            kept: figure(&views.kept)?,
            encoder: figure(&views.encoder)?,
            encoder_valid: figure(&views.encoder_valid)?,
            visual: views.visual.as_ref().map(figure).transpose()?,
        })
    };
    let kind = |(kind, count): &(Kind, Dim)| Ok((*kind, figure(count)?));
    // Its settings are checked where it is designed.
    let rule = design.processor.as_ref().and_then(|processor| processor.rule().ok());
    let layout = |(height, width): &(Figure, Figure)| {
        let side = |side: &Figure| u64::try_from(side.value?).ok();
        let picture = Pixels::new(side(height)?, side(width)?);
        rule.as_ref()?.layout_among(picture, design.prompt.images.count()).ok()
    };
    let picture = |picture: &SeenPicture| {
        let disk = picture.disk.as_ref().map(pair).transpose()?;
        let becomes = &picture.becomes;
        Ok(PictureFigures {
            count: figure(&picture.count)?,
            layout: disk.as_ref().filter(|_| picture.frames.is_none()).and_then(layout),
            frames: picture.frames.clone(),
            disk,
            visual: figure(&becomes.visual)?,
            grid: becomes.grid.as_ref().map(pair).transpose()?,
            structural: becomes.structural.iter().map(kind).collect::<Result<_, _>>()?,
        })
    };
    Ok(TokenFigures {
        batch: figure(&tokens.batch)?,
        pictures: seen.pictures.iter().map(picture).collect::<Result<_, _>>()?,
        views: seen.views.iter().map(view).collect::<Result<_, _>>()?,
        encodings: figure(&seen.encodings)?,
        patches: figure(&seen.patches)?,
        kept: figure(&seen.kept)?,
        encoder: figure(&seen.encoder)?,
        encoder_valid: figure(&seen.encoder_valid)?,
        class_token: design.towers.is_one() && design.encoder().class_token,
        registers: if design.towers.is_one() { design.encoder().registers.into() } else { 0 },
        visual: figure(&tokens.visual)?,
        asked: tokens.asked.as_ref().map(figure).transpose()?,
        structural: figure(&tokens.structural)?,
        structural_kinds: seen.structural().iter().map(kind).collect::<Result<_, _>>()?,
        text: figure(&tokens.text)?,
        sequence: figure(&tokens.sequence)?,
        past: figure(&tokens.past)?,
        generated: figure(&tokens.generated)?,
        context: figure(&tokens.context)?,
        left: figure(&tokens.left)?,
        more_images: figure(&tokens.more_images)?,
        visual_of_batch: figure(&(&tokens.visual * &tokens.batch))?,
        encoder_width: figure(&seen.encoder_width)?,
        llm_width: figure(&tokens.llm_width)?,
        encoder_values: figure(&(&seen.kept * &seen.encoder_width))?,
        visual_values: figure(&(&tokens.visual * &tokens.llm_width))?,
    })
}
