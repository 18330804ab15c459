//! Convolutions over the grid of tokens.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::flow::{At, Flow, Said};
use super::super::rounding::{Divisor, Rounding, cut};
use super::super::{NotSuited, Reduction, Target};
use super::short::ByOne;
use super::step::{StepStage, Written};
use super::width::Width;
use crate::dim::Dim;
use crate::graph::{AtMost, Builder, Multiple, Role};
use crate::ops::{Grid, GridConv};
use crate::stages::choice::Choice;
use crate::stages::faults::Faults;
use crate::units::{Amount, Size};

/// `{conv: 2}` makes one token of four by a matrix (GLM-4.1V); `{conv: {kernel: 3, stride: 1, padding:
/// 1, depthwise: true}}` lets each channel see its neighbours.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConvStep")]
pub struct ConvSpec {
    /// Side of a window in tokens. It may stand alone.
    #[schemars(example = 2)]
    pub kernel: Size,
    /// Tokens from one window to the next; `kernel` if not given.
    #[serde(default)]
    #[schemars(example = 1)]
    pub stride: Option<Size>,
    /// Rows and columns of zeros around the grid; 0 if not given.
    #[serde(default)]
    #[schemars(example = 1, extend("default" = 0))]
    pub padding: Choice<Amount>,
    /// Width that it makes: a number, `llm` (if not given), `same` (if not given beside `depthwise`),
    /// `input` (that of what came into the list of steps around), or `x4` and `x1/4`, times the width at
    /// hand.
    #[serde(default)]
    #[schemars(example = 4096)]
    pub width: Option<Width>,
    /// Groups of channels, each of which is read for its own part of the output only; 1 if not given.
    #[serde(default)]
    #[schemars(example = 1, extend("default" = 1))]
    pub groups: Choice<Size>,
    /// Whether there are as many groups as channels; false if not given.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub depthwise: Choice<bool>,
    /// Whether it has a bias; true if not given.
    #[serde(default)]
    #[schemars(extend("default" = true))]
    pub bias: Choice<bool>,
    /// What becomes of rows and columns that fill no window. If not given: an error where the stride
    /// is the kernel, dropped otherwise, as PyTorch does it.
    #[serde(default)]
    pub rounding: Option<Rounding>,
}

impl From<Size> for ConvSpec {
    fn from(kernel: Size) -> ConvSpec {
        let (stride, width, rounding) = (None, None, None);
        let (padding, groups) = (Choice::default(), Choice::default());
        let (depthwise, bias) = (Choice::default(), Choice::default());
        ConvSpec { kernel, stride, padding, width, groups, depthwise, bias, rounding }
    }
}

impl ByOne for ConvSpec {
    type One = Size;
}

/// A convolution, every choice made.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Side of a window in tokens.
    pub kernel: Said,
    /// Tokens from one window to the next.
    pub stride: Size,
    /// Rows and columns of zeros around the grid.
    pub padding: u64,
    /// Width that it makes.
    pub width: Width,
    /// Groups of channels; none are as many as channels.
    pub groups: Option<Size>,
    /// Whether it has a bias.
    pub bias: bool,
    /// What becomes of rows and columns that fill no window.
    pub rounding: Rounding,
}

impl Conv {
    /// A matrix on every token, stored as a convolution's kernel.
    pub const fn pointwise(width: Width, bias: bool) -> Conv {
        Conv {
            kernel: Said { size: Size::of(1), called: None },
            stride: Size::of(1),
            padding: 0,
            width,
            groups: Some(Size::of(1)),
            bias,
            rounding: Rounding::Exact,
        }
    }

    /// Each channel by itself, in windows around each token.
    pub fn depthwise(kernel: impl Into<Said>, stride: Size) -> Conv {
        let kernel = kernel.into();
        Conv {
            kernel,
            stride,
            padding: kernel.size.get() / 2,
            groups: None,
            rounding: Rounding::Floor,
            ..Conv::pointwise(Width::SAME, false)
        }
    }

    /// Whether windows are blocks side by side.
    fn in_blocks(&self) -> bool {
        self.stride == self.kernel.size && self.padding == 0
    }

    /// Whether there are as many windows as tokens.
    fn keeps_grid(&self) -> bool {
        self.stride.get() == 1 && 2 * self.padding + 1 == self.kernel.size.get()
    }

    /// The grid that windows of a side make of another, and its tokens.
    fn grid(
        &self,
        b: &mut Builder,
        x: &Flow,
        from: &Grid,
        kernel: &Dim,
        at: &At<'_>,
    ) -> (Grid, Dim) {
        if self.keeps_grid() {
            return (from.clone(), b.axis(x.node, 1));
        }
        if self.in_blocks() {
            let name = "kernel of the convolution";
            let divisor = Divisor { name, field: at.field, squared: None, rounds: true };
            let (tokens, side) = (b.axis(x.node, 1), (kernel.clone(), kernel.clone()));
            let blocks = cut(b, from.clone(), &side, &tokens, self.rounding, divisor);
            return (blocks.as_grid(), blocks.count);
        }
        let around = 2 * i128::from(self.padding);
        let stride = Dim::from(i128::from(self.stride));
        let [rows, columns] = [&from.rows, &from.columns].map(|side| {
            b.require(AtMost {
                needed: kernel.clone(),
                most: side + around,
                names: ("tokens on a side of the kernel", "tokens on a side of the padded grid"),
                field: at.here(),
                why: "a window must lie within it",
            });
            // From the first window to the last one.
            let way = side + (around - i128::from(self.kernel.size));
            let steps = match self.rounding {
                // ⌊x/s⌋ + 1 = ⌈(x + 1)/s⌉, which is shorter to read.
                Rounding::Floor => return b.symbols().ceil_div(&(way + Dim::one()), &stride),
                Rounding::Ceil => b.symbols().ceil_div(&way, &stride),
                Rounding::Exact => {
                    b.require(Multiple {
                        dividend: way.clone(),
                        divisor: stride.clone(),
                        names: ("way from the first window to the last", "stride"),
                        fields: [at.here(), "image".into()],
                        pixels: None,
                        squared: None,
                        way_out: Some("or say what becomes of the remainder: `rounding: floor`"),
                    });
                    way.over(&stride)
                }
            };
            steps + Dim::one()
        });
        let (patch, count) = (&from.patch * stride, &rows * &columns);
        (Grid { rows, columns, patch }, count)
    }
}

impl Written for ConvSpec {
    type Step = Conv;

    fn design(&self, faults: &mut Faults) -> Conv {
        let depthwise = self.depthwise.unwrap_or(false);
        if depthwise && self.groups.get().is_some() {
            let text = "`groups` means nothing beside `depthwise`";
            let help = "take one of them out: `depthwise` is as many groups as channels";
            let problem = crate::diag::Diagnostic::error(crate::diag::Code::Mismatch, text);
            faults.add("groups", problem.help(help));
        }
        let stride = self.stride.unwrap_or(self.kernel);
        let usual = if stride == self.kernel { Rounding::Exact } else { Rounding::Floor };
        Conv {
            kernel: self.kernel.into(),
            stride,
            padding: self.padding.unwrap_or_default().get(),
            width: self.width.clone().unwrap_or(if depthwise { Width::SAME } else { Width::Llm }),
            groups: (!depthwise).then(|| self.groups.unwrap_or(Size::of(1))),
            bias: self.bias.unwrap_or(true),
            rounding: self.rounding.unwrap_or(usual),
        }
    }

    fn say(conv: &Conv) -> ConvSpec {
        let Conv { kernel, stride, padding, width, groups, bias, rounding } = conv.clone();
        ConvSpec {
            kernel: kernel.size,
            stride: Some(stride),
            padding: Amount::new(padding).unwrap_or_default().into(),
            width: Some(width),
            groups: groups.map(Choice::from).unwrap_or_default(),
            depthwise: groups.is_none().into(),
            bias: bias.into(),
            rounding: Some(rounding),
        }
    }
}

impl StepStage for Conv {
    fn part(&self) -> (&'static str, Role) {
        ("conv", Role::Merge)
    }

    fn in_brief(&self) -> String {
        let kind = if self.groups.is_none() { "depthwise convolution" } else { "convolution" };
        format!("a {kind} of {0}×{0}", self.kernel.size)
    }

    fn in_words(&self) -> Vec<&'static str> {
        vec![match (self.groups, self.in_blocks(), self.kernel.size.get()) {
            (Some(_), _, 1) => super::step::EACH_TOKEN,
            (Some(_), true, _) => {
                "Each block of neighbouring tokens becomes one by a matrix that reads all of it: a \
                 convolution whose stride is its kernel."
            }
            (Some(_), false, _) => "Tokens see their neighbours in a convolution.",
            (None, ..) => "Tokens see their neighbours, each channel by itself.",
        }]
    }

    fn reduction(&self) -> Reduction {
        match (self.in_blocks(), self.rounding) {
            _ if self.keeps_grid() => Reduction::Kept,
            (true, Rounding::Exact) => Reduction::Pooled(Some(self.kernel.size)),
            _ => Reduction::Regrouped,
        }
    }

    fn wire(&self, b: &mut Builder, x: Flow, to: &Target, at: &At<'_>) -> Result<Flow, NotSuited> {
        let kernel = match self.kernel.size.get() {
            1 => Dim::one(),
            _ => at.size(b, ("k", "side of a convolved window in tokens"), self.kernel),
        };
        let from = x.grid("conv", at)?;
        let (grid, count) = self.grid(b, &x, &from, &kernel, at);
        let output = self.width.wire(b, &x, to, at);
        let groups = match self.groups {
            None => x.width.clone(),
            Some(groups) if groups.get() == 1 => Dim::one(),
            Some(groups) => at.size(b, ("g", "groups of channels"), groups),
        };
        for (width, what) in [(&x.width, "width of the tokens"), (&output, "width that is made")] {
            if groups != *width && !groups.is_one() {
                b.require(Multiple {
                    dividend: width.clone(),
                    divisor: groups.clone(),
                    names: (what, "groups of channels"),
                    fields: [at.here(), at.here()],
                    pixels: None,
                    squared: None,
                    way_out: None,
                });
            }
        }
        let conv = GridConv {
            from: Box::new(from),
            to: Box::new(grid.clone()),
            count,
            kernel,
            stride: Dim::from(i128::from(self.stride)),
            padding: Dim::from(i128::from(self.padding)),
            groups,
            input: x.width.clone(),
            output: output.clone(),
            bias: self.bias,
        };
        let node = b.push((&*at.name("conv"), at.module), conv, &[x.node]);
        Ok(x.on_grid(node, output, grid))
    }
}
