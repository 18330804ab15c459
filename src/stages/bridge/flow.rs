//! Tokens on their way through a bridge.

use super::{NotSuited, Target, Visual};
use crate::diag::{Code, Diagnostic};
use crate::dim::{Dim, Field};
use crate::graph::{Builder, Name, NodeId, Role};
use crate::ops::{Blocks, Grid};
use crate::stages::beside::Relative;
use crate::units::{Size, exact};

/// Tokens on their way through a bridge, `[B·images, N, width]`.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The tokens.
    pub node: NodeId,
    /// Values of each.
    pub width: Dim,
    /// The tokens to which the encoder padded them, if it did.
    pub padded: Option<Dim>,
    /// The grid that they form; none where others stand among them.
    grid: Option<Grid>,
    /// Whether they are as many as the encoder handed over.
    is_encoders: bool,
    /// The grid of the encoder's patches.
    patches: Grid,
    /// What they can ask: the tokens that there were before learned or made ones took their place.
    context: Option<Box<Flow>>,
    /// A place on the grid for each of them, `[B·images, N, 2]`.
    pub places: Option<NodeId>,
    /// Learned biases of their attention by distance, in so many heads.
    pub relative: Option<(Relative, Dim)>,
}

impl Flow {
    /// The encoder's tokens.
    pub fn of(x: &Visual) -> Flow {
        let grid = x.patches_only.then(|| x.grid.clone());
        let (node, width, patches) = (x.node, x.width.clone(), x.grid.clone());
        let padded = x.padded.clone();
        Flow {
            node,
            width,
            padded,
            grid,
            is_encoders: true,
            patches,
            context: None,
            places: None,
            relative: None,
        }
    }

    /// Other values of the same tokens.
    #[must_use]
    pub fn with(self, node: NodeId, width: Dim) -> Flow {
        Flow { node, width, ..self }
    }

    /// As many other values of the same tokens.
    #[must_use]
    pub fn of_same_width(self, node: NodeId) -> Flow {
        Flow { node, ..self }
    }

    /// One token for each block.
    #[must_use]
    pub fn merged(self, node: NodeId, width: Dim, blocks: &Blocks) -> Flow {
        self.on_grid(node, width, blocks.as_grid())
    }

    /// Tokens of another grid.
    #[must_use]
    pub fn on_grid(self, node: NodeId, width: Dim, grid: Grid) -> Flow {
        Flow { node, width, padded: None, grid: Some(grid), ..self }
    }

    /// Tokens in a row, which form no grid.
    #[must_use]
    pub fn in_a_row(self, node: NodeId) -> Flow {
        Flow { node, padded: None, grid: None, is_encoders: false, ..self }
    }

    /// As many tokens as the encoder has patches: these form the grid again.
    #[must_use]
    pub fn on_patches(self, node: NodeId) -> Flow {
        let grid = Some(self.patches.clone());
        Flow { node, grid, ..self }
    }

    /// The patches of an image.
    pub fn patches(&self) -> Dim {
        &self.patches.rows * &self.patches.columns
    }

    /// These tokens, which from here on ask what others were.
    #[must_use]
    pub fn asking(self, others: Flow, places: Option<NodeId>) -> Flow {
        Flow { context: Some(Box::new(others)), places, ..self }
    }

    /// What they can ask.
    ///
    /// # Errors
    /// There is nothing.
    pub fn context(&self, what: &str, at: &At<'_>) -> Result<Flow, NotSuited> {
        self.context.as_deref().cloned().ok_or_else(|| {
            let text = format!("`{what}` has nothing to attend to");
            let help = "put `{latents: 64}` before it, learned tokens that ask those of the image, \
                        or `{queries: […]}`, tokens that steps make of them";
            at.problem(Diagnostic::error(Code::Mismatch, text).help(help))
        })
    }

    /// The same tokens, whose attention has biases by distance from here on.
    #[must_use]
    pub fn with_relative(self, relative: Relative, heads: Dim) -> Flow {
        Flow { relative: Some((relative, heads)), ..self }
    }

    /// The grid, for what works on neighbours.
    ///
    /// # Errors
    /// Class or register tokens stand among the patches, or the tokens are others.
    pub fn grid(&self, what: &str, at: &At<'_>) -> Result<Grid, NotSuited> {
        self.grid.clone().ok_or_else(|| {
            if self.is_encoders {
                let text =
                    format!("`{what}` needs the patch grid, but class or register tokens are kept");
                let help = "write `feature_select: patches` to drop them before the bridge";
                let problem = Diagnostic::error(Code::Mismatch, text).help(help);
                return ("encoder.feature_select".to_owned(), problem);
            }
            let text = format!("`{what}` needs tokens that form a grid, but these do not");
            let help = "put it before the step that makes other tokens of the grid's or puts some \
                        beside them";
            at.problem(Diagnostic::error(Code::Mismatch, text).help(help))
        })
    }

    /// The same tokens, called as wide as others.
    ///
    /// # Errors
    /// They are not.
    pub fn meet(
        &self,
        b: &mut Builder,
        other: &Flow,
        what: &str,
        at: &At<'_>,
    ) -> Result<(), NotSuited> {
        self.meet_axis(b, other, (2, "width"), what, at)
    }

    /// The same tokens, called as many as others.
    ///
    /// # Errors
    /// They are not.
    pub fn meet_tokens(
        &self,
        b: &mut Builder,
        other: &Flow,
        what: &str,
        at: &At<'_>,
    ) -> Result<(), NotSuited> {
        self.meet_axis(b, other, (1, "number of tokens"), what, at)
    }

    fn meet_axis(
        &self,
        b: &mut Builder,
        other: &Flow,
        (axis, name): (usize, &str),
        what: &str,
        at: &At<'_>,
    ) -> Result<(), NotSuited> {
        let like = b.axis(other.node, axis);
        if b.same_axis(self.node, other.node, axis) {
            b.rename_axis(self.node, axis, &like);
            return Ok(());
        }
        if b.call_axis(self.node, axis, &like) {
            return Ok(());
        }
        let own = b.axis(self.node, axis);
        let [own, like] = [own, like].map(|dim| in_numbers(b, &dim));
        let text = format!("{what}: a {name} of {own} meets one of {like}");
        let help = match axis {
            2 => "let both have the same width: end one with `{linear: same}` or with a width",
            _ => "let both change the number of tokens in the same way",
        };
        Err(at.problem(Diagnostic::error(Code::Mismatch, text).help(help)))
    }

    /// The tokens as the LLM reads them: of its width.
    ///
    /// # Errors
    /// They have another; the problem is that of a field.
    pub fn finish(self, b: &mut Builder, to: &Dim, field: &str) -> Result<NodeId, NotSuited> {
        if b.call_axis(self.node, 2, to) {
            return Ok(self.node);
        }
        let [width, llm] = [&self.width, to].map(|dim| in_numbers(b, dim));
        let message = format!("the bridge ends with tokens of width {width}, the LLM's have {llm}");
        let help = "end it with `linear`, which goes to the LLM's width";
        Err((field.to_owned(), Diagnostic::error(Code::Mismatch, message).help(help)))
    }
}

/// What a round does with the tokens, as one that a graph carries from round to round; a problem is
/// put aside.
pub fn carried(
    b: &mut Builder,
    x: &Flow,
    node: NodeId,
    problem: &mut Option<NotSuited>,
    round: impl FnOnce(&mut Builder, Flow) -> Result<Flow, NotSuited>,
) -> NodeId {
    match round(b, x.clone().of_same_width(node)) {
        Ok(made) => made.node,
        Err(found) => {
            *problem = Some(found);
            node
        }
    }
}

/// Rounds of what leaves number and width of the tokens as they are.
pub fn rounds<'n>(
    b: &mut Builder,
    name: impl Into<Name<'n>>,
    count: Dim,
    x: Flow,
    round: impl FnOnce(&mut Builder, Flow) -> Result<Flow, NotSuited>,
) -> Result<Flow, NotSuited> {
    let mut problem = None;
    let node = b.repeat(name, Role::Blocks, count, x.node, |b, node| {
        carried(b, &x, node, &mut problem, round)
    });
    problem.map_or(Ok(x.of_same_width(node)), Err)
}

/// A size in numbers, or its formula.
fn in_numbers(b: &mut Builder, dim: &Dim) -> String {
    let symbols = b.symbols();
    match symbols.eval(dim) {
        Ok(Some(number)) => exact(number),
        _ => symbols.show(dim),
    }
}

/// A size that a spec says, and what it is called where a field of its own says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Said {
    /// The size.
    pub size: Size,
    /// Its symbol; without one, it is called after its step.
    pub called: Option<&'static Called>,
}

/// What a size is called that a field says.
#[derive(Debug, PartialEq)]
pub struct Called {
    /// The symbol.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// The field.
    pub field: &'static str,
}

impl Called {
    /// The size that the field says.
    pub fn of(&'static self, size: Size) -> Said {
        Said { size, called: Some(self) }
    }
}

impl From<Size> for Said {
    fn from(size: Size) -> Said {
        Said { size, called: None }
    }
}

/// Where a step of a bridge stands: what its tensors and sizes are called, and which field says it.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// Its module in a state dict.
    pub module: &'a str,
    /// The field to point at.
    pub field: &'static str,
    /// The section that says its sizes.
    pub section: &'static str,
    /// Its number, from 1, among steps that a spec lists; `3_1` in a list of the third.
    pub number: Option<&'a str>,
    /// The field, steps within steps included.
    pub place: &'a str,
    /// The width of what comes into the list that it stands in.
    pub input: Option<&'a Dim>,
}

impl<'a> At<'a> {
    /// A step of a bridge that has a field for it.
    pub fn named(module: &'a str, field: &'static str) -> At<'a> {
        At { module, field, section: field, number: None, place: field, input: None }
    }

    /// A size of the step as a symbol.
    pub fn size(&self, b: &mut Builder, usual: (&str, &str), said: impl Into<Said>) -> Dim {
        let (letter, meaning) = usual;
        let Said { size, called } = said.into();
        let sym = match (called, self.number) {
            (Some(called), _) => b.size(called.name, called.meaning, called.field, Some(size)),
            (None, None) => b.size(letter, meaning, self.field, Some(size)),
            // A number of a bridge with a name, which no field says.
            (None, Some(_)) if self.place == self.section => return Dim::from(i128::from(size)),
            (None, Some(n)) => {
                let (name, meaning) = (format!("{letter}_{n}"), format!("{meaning}, step {n}"));
                b.size(&name, &meaning, self.section, Some(size))
            }
        };
        sym.into()
    }

    /// A size as a symbol that counts repetitions.
    pub fn count(&self, b: &mut Builder, usual: (&str, &str), said: impl Into<Said>) -> Dim {
        let count = self.size(b, usual, said);
        let counted = count.symbols().next();
        if let Some(sym) = counted {
            b.symbols().count(sym);
        }
        count
    }

    /// What a part is called in the graph.
    pub fn name(&self, part: &str) -> String {
        self.number.map_or_else(|| part.to_owned(), |n| format!("{part}_{n}"))
    }

    /// The field, for a constraint.
    pub fn here(&self) -> Field {
        if self.place == self.field { self.field.into() } else { self.place.to_owned().into() }
    }

    /// A problem of the step.
    pub fn problem(&self, diagnostic: Diagnostic) -> NotSuited {
        (self.place.to_owned(), diagnostic)
    }
}

/// The width that a step makes: the LLM's where it is not said. Where it is said and the same, it is
/// the LLM's symbol.
pub fn width(b: &mut Builder, said: Option<Said>, to: &Target, at: &At<'_>) -> Dim {
    match said {
        Some(said) if !b.is(&to.width, said.size) => {
            at.size(b, ("M", "width within the bridge"), said)
        }
        _ => to.width.clone(),
    }
}
