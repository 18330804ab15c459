//! A pipeline drawn: boxes with shapes, and the line between encoder-side and LLM-side tokens.
//!
//! A report becomes a [`Picture`] once, without any format; a format draws it. To add a format,
//! write its file and its line in [`Format`] and in [`draw`].

mod build;
mod dot;
mod edges;
mod lines;
mod mermaid;
mod picture;
mod reads;
mod svg;
mod terminal;
mod text;
mod words;

pub use build::picture;
pub use edges::{Edge, End, Kind};
pub use picture::{Costs, Flow, Lane, Picture, Role, Share, Side, Stage};

use crate::cost::Report;

/// What a diagram is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Box-drawing characters for a terminal.
    #[default]
    Terminal,
    /// A Mermaid flowchart, as GitHub and GitLab draw it in Markdown.
    Mermaid,
    /// Graphviz DOT.
    Dot,
    /// A picture that stands alone, for light and dark pages.
    Svg,
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

/// Draws one pipeline, every line ended.
pub fn draw(report: &Report, format: Format, view: &View) -> String {
    let picture = picture(report, view.depth);
    let costs = view.costs.unwrap_or(true);
    match format {
        Format::Terminal => terminal::draw(&picture, view),
        Format::Mermaid => mermaid::draw(&picture, costs),
        Format::Dot => dot::draw(&picture, costs),
        Format::Svg => svg::draw(&picture, costs),
    }
}
