//! Tokens on their way through a bridge.

use super::{NotSuited, Target, Visual};
use crate::diag::{Code, Diagnostic};
use crate::dim::Dim;
use crate::graph::{Builder, NodeId};
use crate::ops::{Blocks, Grid};
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
}

impl Flow {
    /// The encoder's tokens.
    pub fn of(x: &Visual) -> Flow {
        let grid = x.patches_only.then(|| x.grid.clone());
        Flow { node: x.node, width: x.width.clone(), padded: x.padded.clone(), grid }
    }

    /// Other values of the same tokens.
    #[must_use]
    pub fn with(self, node: NodeId, width: Dim) -> Flow {
        Flow { node, width, ..self }
    }

    /// One token for each block.
    #[must_use]
    pub fn merged(self, node: NodeId, width: Dim, blocks: &Blocks) -> Flow {
        self.on_grid(node, width, blocks.as_grid())
    }

    /// Tokens of another grid.
    #[must_use]
    pub fn on_grid(self, node: NodeId, width: Dim, grid: Grid) -> Flow {
        Flow { node, width, padded: None, grid: Some(grid) }
    }

    /// The grid, for what works on neighbours.
    ///
    /// # Errors
    /// Class or register tokens stand among the patches.
    pub fn grid(&self, what: &str) -> Result<Grid, NotSuited> {
        self.grid.clone().ok_or_else(|| {
            let message =
                format!("`{what}` needs the patch grid, but class or register tokens are kept");
            let diagnostic = Diagnostic::error(Code::Mismatch, message)
                .help("write `feature_select: patches` to drop them before the bridge");
            ("encoder.feature_select", diagnostic)
        })
    }

    /// The tokens as the LLM reads them: of its width.
    ///
    /// # Errors
    /// They have another; the problem is that of a field.
    pub fn finish(
        self,
        b: &mut Builder,
        to: &Dim,
        field: &'static str,
    ) -> Result<NodeId, NotSuited> {
        if b.call_axis(self.node, 2, to) {
            return Ok(self.node);
        }
        let symbols = b.symbols();
        let [width, llm] = [&self.width, to].map(|dim| match symbols.eval(dim) {
            Ok(Some(number)) => exact(number),
            _ => symbols.show(dim),
        });
        let message = format!("the bridge ends with tokens of width {width}, the LLM's have {llm}");
        let help = "end it with `linear`, which goes to the LLM's width";
        Err((field, Diagnostic::error(Code::Mismatch, message).help(help)))
    }
}

/// Where a step of a bridge stands: what its tensors and sizes are called, and which field says it.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// Its module in a state dict.
    pub module: &'a str,
    /// The field to point at.
    pub field: &'static str,
    /// Its number, from 1, among steps that a spec lists.
    pub number: Option<usize>,
}

impl<'a> At<'a> {
    /// A step of a bridge that has a field for it.
    pub fn named(module: &'a str, field: &'static str) -> At<'a> {
        At { module, field, number: None }
    }

    /// A size of the step as a symbol.
    pub fn size(&self, b: &mut Builder, (letter, meaning): (&str, &str), size: Size) -> Dim {
        let sym = match self.number {
            None => b.size(letter, meaning, self.field, Some(size)),
            Some(n) => {
                let (name, meaning) = (format!("{letter}_{n}"), format!("{meaning}, step {n}"));
                b.size(&name, &meaning, "bridge.steps", Some(size))
            }
        };
        sym.into()
    }

    /// What a part is called in the graph.
    pub fn name(&self, part: &str) -> String {
        self.number.map_or_else(|| part.to_owned(), |n| format!("{part}_{n}"))
    }
}

/// The width that a step makes: the LLM's where it is not said. Where it is said and the same, it is
/// the LLM's symbol.
pub fn width(b: &mut Builder, said: Option<Size>, to: &Target, at: &At<'_>) -> Dim {
    match said {
        Some(size) if !b.is(&to.width, size) => at.size(b, ("M", "width within the bridge"), size),
        _ => to.width.clone(),
    }
}
