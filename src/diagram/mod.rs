//! A pipeline drawn: boxes with shapes, and the line between encoder-side and LLM-side tokens.
//!
//! A report becomes a [`Picture`] once, without any format; a format draws it. To add a format,
//! write its file with its `FORMAT`, and its line in [`FORMATS`].

mod build;
mod dot;
mod edges;
mod lines;
mod mermaid;
mod on_disk;
mod picture;
mod reads;
mod svg;
mod terminal;
mod text;
mod words;

pub use build::picture;
pub use edges::{Edge, End, Kind};
pub use picture::{Picture, Role, Stage};

use crate::cost::Report;
use crate::render::Format;

/// The formats of diagrams.
pub const FORMATS: [Format<Drawer>; 4] =
    [terminal::FORMAT, mermaid::FORMAT, dot::FORMAT, svg::FORMAT];

/// What draws a picture.
#[derive(Clone, Copy, Debug)]
pub struct Drawer {
    /// The drawing, every line ended.
    pub draw: fn(&Picture, &View) -> String,
    /// Whether another drawing may follow in the same text.
    pub may_follow: bool,
}

/// How a diagram is drawn.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// How deep stages are opened: 0 components, 1 stages, 2 blocks.
    pub depth: usize,
    /// Whether boxes say what they cost; if not given, where there is room.
    pub costs: Option<bool>,
    /// Whether a terminal gets ASCII characters only.
    pub ascii: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether a terminal gets colour.
    pub color: bool,
}

impl View {
    /// Whether boxes say what they cost where there is always room.
    fn has_costs(&self) -> bool {
        self.costs.unwrap_or(true)
    }
}

/// Draws one pipeline, every line ended.
pub fn draw(report: &Report, format: &Format<Drawer>, view: &View) -> String {
    (format.printer.draw)(&picture(report, view.depth), view)
}
