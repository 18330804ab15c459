//! The layout of a plan: tokens, shapes, costs, totals, formulas, legend, notes.

mod costs;
mod formulas;
mod media;
mod section;
mod shapes;
mod summary;
mod tokens;

pub use section::{SECTIONS, Sections};

use super::View;
use super::document::{Block, Document, Row as Line};
use super::symbols::plain;
use crate::cost::{Figure, Measure, Report, Row};
use crate::dim::Dim;
use crate::stages::decoder::Logits;
use crate::units::{Unit, counted, exact, human, human_count};

/// Lays a report out, in the sections that the view asks for.
pub fn document(report: &Report, view: &View) -> Document {
    // Where numbers are not known, formulas are what there is to say.
    let needs_formulas = view.sections == Sections::full() && has_unknowns(report);
    let sections = if needs_formulas { view.sections.with("formulas") } else { view.sections };
    let layout = Layout { report, view, formulas: sections.has("formulas") };
    let blocks = sections.iter().flat_map(|section| (section.blocks)(&layout)).collect();
    Document { title: report.name.clone(), subtitle: subtitle(report), blocks }
}

/// What a plan is of: batch, images, number format, logits.
pub fn subtitle(report: &Report) -> String {
    let tokens = &report.tokens;
    let logits = match report.logits {
        Logits::All => "logits at all positions",
        Logits::Last => "logits at the last position",
    };
    let images = match report.design.prompt.images.count() {
        0 => "no image".to_owned(),
        1 => "image".to_owned(),
        images => format!("{} images", exact(images.into())),
    };
    let tiles = match report.design.image.tiles.get() {
        1 => String::new(),
        tiles => format!(", {} tiles for each image", exact(tiles.into())),
    };
    let size = |(height, width): &(Figure, Figure)| {
        format!("{}×{}", plain(report, height), plain(report, width))
    };
    let mut sizes: Vec<String> = Vec::new();
    for view in &tokens.views {
        let size = size(view.disk.as_ref().unwrap_or(&view.image));
        if !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    let image = match &sizes[..] {
        [size] if report.design.prompt.video.is_some() => {
            format!("clip {size} (height × width)")
        }
        _ if report.design.prompt.images.count() == 0 => images,
        [] => format!("{images} given as visual tokens"),
        [size] => format!("{images} {size} (height × width){tiles}"),
        sizes => format!("{images} of {} sizes{tiles}", sizes.len()),
    };
    format!("batch {}, {image}, {}, {logits}", plain(report, &tokens.batch), report.formats())
}

struct Layout<'a> {
    report: &'a Report,
    view: &'a View,
    /// Whether formulas are shown: asked for, or needed since some numbers are not known.
    formulas: bool,
}

impl Layout<'_> {
    fn notes(&self) -> Block {
        let mut lines = self.report.notes.clone();
        lines.push(
            "matmul FLOPs: 2 per multiply-add of linears, convolutions and attention products, \
             dense attention, as the reference executes them; other FLOPs (norms, softmax, \
             activations, additions, rotary) apart"
                .to_owned(),
        );
        lines.push(
            "counts and FLOPs in powers of 1000, memory in powers of 1024; attention scores are \
             never stored whole; a size that is not given stays a symbol"
                .to_owned(),
        );
        Block::Notes { heading: "Notes".into(), lines }
    }

    /// A block, and the warning that belongs to this plan.
    fn warned(&self, block: Block) -> Vec<Block> {
        std::iter::once(block).chain(self.context_warning().map(Block::Warning)).collect()
    }

    fn context_warning(&self) -> Option<String> {
        let excess = self.report.excess()?;
        Some(format!("{}: {}", excess.clause.to_uppercase(), excess.by()))
    }

    /// The rows that the depth opens.
    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.report.prefill.rows.iter().filter(|row| row.depth <= self.view.depth)
    }

    fn indented(&self, row: &Row) -> String {
        format!("{}{}", "  ".repeat(row.depth), row.name)
    }

    /// The row's name, with a mark where the result does not need it.
    fn named(&self, row: &Row) -> String {
        let mark = if row.unused { " (unused)" } else { "" };
        format!("{}{mark}", self.indented(row))
    }

    /// A count in full, or its formula.
    fn plain(&self, figure: &Figure) -> String {
        plain(self.report, figure)
    }

    /// `640 tokens`, `1 token`, `S tokens`.
    fn counted(&self, figure: &Figure, noun: &str) -> String {
        let symbolic = || format!("{} {noun}s", self.show(&figure.dim));
        figure.value.map_or_else(symbolic, |value| counted(value, noun))
    }

    fn number(&self, value: Option<i128>, unit: Unit) -> String {
        match value {
            None => "symbolic".to_owned(),
            Some(value) if self.view.exact => exact(value),
            Some(0) if unit != Unit::Byte => "0".to_owned(),
            Some(value) if unit == Unit::Count => {
                human_count(value, self.view.counts).replace(' ', "\u{a0}")
            }
            Some(value) => human(value, unit).replace(' ', "\u{a0}"),
        }
    }

    /// Multiply-adds, if they are to stand beside these FLOPs of products.
    fn macs(&self, flops: Option<i128>) -> Option<String> {
        self.view.macs.then(|| match flops {
            None => "symbolic".to_owned(),
            Some(flops) if self.view.exact => exact(flops / 2),
            Some(flops) => human(flops / 2, Unit::Count).replace(' ', "\u{a0}"),
        })
    }

    fn show(&self, dim: &Dim) -> String {
        self.report.prefill.graph.symbols.show(dim)
    }
}

/// Whether some total is still symbolic.
fn has_unknowns(report: &Report) -> bool {
    [Measure::Params, Measure::MatmulFlops].iter().any(|m| report.prefill.total.get(*m).is_none())
}

/// What stores nothing and costs nothing.
fn is_free(row: &Row) -> bool {
    [Measure::Params, Measure::MatmulFlops, Measure::OtherFlops]
        .iter()
        .all(|measure| row.costs.get(*measure) == Some(0))
}

fn cells<const N: usize>(texts: [&str; N]) -> Line {
    Line::Cells(texts.map(str::to_owned).to_vec())
}
