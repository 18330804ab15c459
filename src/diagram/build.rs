//! From a report to a picture.

use std::ops::Range;

use super::picture::{Costs, Flow, Lane, Picture, Role, Share, Side, Stage};
use super::text::whole_items;
use super::{on_disk, reads, words};
use crate::cost::{self, Measure, Report, Row, ViewFigures};
use crate::diag::sanitize;
use crate::dim::Dim;
use crate::graph::{self, COMPONENTS, Component, NodeId};
use crate::ops::Op;
use crate::ops::Shape;
use crate::render::{legend, shape_names, shape_numbers, subtitle};
use crate::units::{Unit, counted, exact, human, percent};

/// Below blocks stand operations, which have no boxes of their own.
const DEEPEST: usize = 2;

/// A report's stages, opened to `depth`, as boxes of no format yet.
pub fn picture(report: &Report, depth: usize) -> Picture {
    let depth = depth.min(DEEPEST);
    let mut builder = Builder { report, depth, boxes: Vec::new(), shapes: Vec::new() };
    let mut lanes: Vec<Lane> = [Side::Encoder, Side::Bridge, Side::Llm]
        .into_iter()
        .zip(COMPONENTS)
        .filter_map(|(side, name)| builder.lane(side, name))
        .collect();
    reads::connect(&mut lanes, &builder.boxes, &report.prefill.graph);
    on_disk::put_before(&mut lanes, report, builder.boxes.len());
    let axes: Vec<&Dim> = builder.shapes.iter().flat_map(|shape| shape.0.iter()).collect();
    Picture {
        name: sanitize(&report.name).into_owned(),
        subtitle: whole_items(&subtitle(report)),
        lanes,
        stop: stop(report),
        total: costs(report, &report.prefill.total),
        legend: legend(report, &axes),
    }
}

/// What reaches the line, the encoder's output of all encodings of a prompt together, and stops.
fn stop(report: &Report) -> String {
    let of_views = report
        .tokens
        .views
        .iter()
        .map(|view| &view.pictures.dim * &view.count.dim * report.read_of(view));
    let all: Dim = of_views.sum();
    let verb = match value(report, &all) {
        Some(0) => return "no encoder-side tokens: the prompt has no image".to_owned(),
        Some(1) => "stops",
        _ => "stop",
    };
    format!("{} {verb} here", count(report, &all, "encoder-side token"))
}

fn value(report: &Report, dim: &Dim) -> Option<i128> {
    report.prefill.graph.symbols.eval(dim).ok().flatten()
}

/// A count in full, or its formula.
fn amount(report: &Report, dim: &Dim) -> String {
    value(report, dim).map_or_else(|| report.prefill.graph.symbols.show(dim), exact)
}

/// `576 tokens`, `1 token`, `no tokens`, `S tokens`.
fn count(report: &Report, dim: &Dim, noun: &str) -> String {
    match value(report, dim) {
        Some(0) => format!("no {noun}s"),
        Some(value) => counted(value, noun),
        None => format!("{} {noun}s", report.prefill.graph.symbols.show(dim)),
    }
}

/// What parameters and FLOPs cost, with their shares of the whole.
fn costs(report: &Report, costs: &cost::Costs) -> Costs {
    let share = |measure, unit, noun: [&str; 2]| {
        let value = costs.get(measure);
        let amount = match value {
            Some(0) => return Share::default(),
            None => format!("symbolic {}", noun[1]),
            Some(value) => format!("{}{}", human(value, unit), noun[0]),
        };
        let whole = value.zip(report.prefill.total.get(measure));
        let share = whole.map_or_else(String::new, |(part, whole)| percent(part, whole));
        Share { amount, share }
    };
    Costs {
        params: share(Measure::Params, Unit::Count, [" params", "params"]),
        flops: share(Measure::MatmulFlops, Unit::Flop, ["", "FLOPs"]),
    }
}

struct Builder<'a> {
    report: &'a Report,
    depth: usize,
    /// The operations of each box.
    boxes: Vec<Range<usize>>,
    /// Every shape that is shown.
    shapes: Vec<Shape>,
}

impl Builder<'_> {
    fn lane(&mut self, side: Side, component: Component) -> Option<Lane> {
        let rows = &self.report.prefill.rows;
        let at = rows.iter().position(|row| row.role == Some(graph::Role::Component(component)))?;
        let opened = if self.depth == 0 { vec![at] } else { self.children(at) };
        // What goes another way into the LLM is not what the component hands on.
        let is_aside = |row: &&usize| rows[**row].role == Some(graph::Role::DeepStack);
        let last = opened.iter().rfind(|row| !is_aside(row)).copied();
        let stages = opened.iter().map(|row| self.stage(*row, Some(*row) == last)).collect();
        let title = whole_items(&words::lane(self.report, component));
        Some(Lane { title, side, costs: costs(self.report, &rows[at].costs), stages })
    }

    /// The rows in a row. Below stages these are the blocks: operations stay in their box.
    fn children(&self, at: usize) -> Vec<usize> {
        let rows = &self.report.prefill.rows;
        let depth = rows[at].depth;
        let within = (at + 1..rows.len()).take_while(|row| rows[*row].depth > depth);
        let shown = within.filter(|row| {
            let row = &rows[*row];
            let is_told = row.kind.is_none() || depth == 0 && self.changes(row);
            row.depth == depth + 1 && is_told
        });
        shown.collect()
    }

    /// Whether an operation makes another shape, names of axes aside.
    fn changes(&self, row: &Row) -> bool {
        let symbols = &self.report.prefill.graph.symbols;
        let [input, output] = [&row.input, &row.output]
            .map(|shape| shape.0.iter().map(|axis| symbols.expand(axis)).collect::<Vec<_>>());
        input != output
    }

    fn stage(&mut self, at: usize, is_last: bool) -> Stage {
        let report = self.report;
        let row = &report.prefill.rows[at];
        let parts = self.children(at);
        let opened = row.depth < self.depth && parts.len() > 1;
        let what = match parts.len() {
            _ if opened => words::stack(report, row),
            0 => words::operations(report, row),
            1 if row.depth == 0 => words::operations(report, row),
            _ if row.depth == 0 => self.titles(&parts),
            _ => words::stack(report, row),
        };
        let title = words::title(report, row);
        let noun = words::token(report, row, is_last);
        // The last value of a component is its own, which has a name for its tokens.
        let component = report.prefill.component(row.component);
        let named = component.filter(|_| is_last).unwrap_or(row);
        let makes = self.makes(row, &named.output, noun);
        let (id, inside) = if opened {
            let last = parts.last().copied();
            let inside = parts.iter().map(|part| self.stage(*part, is_last && Some(*part) == last));
            (None, inside.collect())
        } else {
            self.boxes.push(row.nodes.clone());
            (Some(self.boxes.len() - 1), Vec::new())
        };
        let is_bridge = row.component == Component::Bridge;
        let free = [Measure::Params, Measure::MatmulFlops].map(|m| row.costs.get(m) == Some(0));
        Stage {
            id,
            what: whole_items(&words::beyond(&title, &what)),
            title: whole_items(&title),
            costs: (free != [true; 2]).then(|| costs(report, &row.costs)),
            role: match row.role {
                _ if row.unused => Role::Unused,
                Some(graph::Role::DeepStack) => Role::Aside,
                // Views of the first size are on the trunk.
                Some(graph::Role::Views) if is_bridge && row.name != "views_1" => Role::Branch,
                _ => Role::Trunk,
            },
            takes: if opened { Vec::new() } else { self.takes(row) },
            from: None,
            joins: Vec::new(),
            makes,
            reads: Vec::new(),
            inside,
        }
    }

    /// The titles of rows that stay closed.
    fn titles(&self, parts: &[usize]) -> String {
        let rows = parts.iter().map(|part| &self.report.prefill.rows[*part]);
        let titles: Vec<String> =
            rows.filter(|row| !row.unused).map(|row| words::title(self.report, row)).collect();
        titles.join(", ")
    }

    /// What a row makes: logits, or so many tokens, for each encoding where there are several.
    fn makes(&mut self, row: &Row, shape: &Shape, noun: &str) -> Flow {
        let report = self.report;
        let whole = &report.prefill.graph;
        let makes_logits = row.nodes.contains(&whole.output().index());
        let label = match &shape.0[..] {
            [_, tokens, ..] if makes_logits => {
                format!("logits at {}", count(report, tokens, "position"))
            }
            [runs, tokens, ..] => {
                let each = count(report, tokens, noun);
                let encodings = self.encodings(runs);
                // Before the tokens of a prompt stand together, there are so many for each image.
                if *runs == report.tokens.batch.dim || value(report, &encodings) == Some(1) {
                    each
                } else if value(report, &encodings) == Some(0) {
                    format!("no {noun}s")
                } else {
                    format!("{} × {each}", amount(report, &encodings))
                }
            }
            _ => format!("{noun}s"),
        };
        self.flow(shape, label)
    }

    /// Of this many encodings of a batch, those of a prompt.
    fn encodings(&self, runs: &Dim) -> Dim {
        let tokens = &self.report.tokens;
        let of_size = |view: &ViewFigures| &view.pictures.dim * &view.count.dim;
        let mut sizes = tokens.views.iter().map(of_size);
        let own = sizes.find(|encodings| *runs == &tokens.batch.dim * encodings);
        own.unwrap_or_else(|| tokens.encodings.dim.clone())
    }

    /// The inputs of the pipeline that a row reads: what is in it, and what is in no box.
    fn takes(&mut self, row: &Row) -> Vec<Flow> {
        let report = self.report;
        let graph = &report.prefill.graph;
        let boxes = self.boxes.clone();
        let is_read = |id: NodeId| {
            let nodes = graph.nodes().skip(row.nodes.start).take(row.nodes.len());
            nodes.flat_map(|(_, node)| &node.inputs).any(|input| *input == id)
        };
        let inputs = graph.nodes().filter(|(id, node)| {
            let is_free = || boxes.iter().all(|nodes| !nodes.contains(&id.index()));
            let is_own = row.nodes.contains(&id.index()) || is_free() && is_read(*id);
            matches!(node.op, Op::Input(_)) && is_own
        });
        let flows = inputs.map(|(_, node)| {
            let noun = words::input(report, row);
            let label = match &node.shape.0[..] {
                [_, tokens] => count(report, tokens, noun),
                [_, tokens, _] => count(report, tokens, words::VISUAL_TOKEN),
                [runs, ..] if value(report, runs) == Some(0) => format!("no {noun}"),
                _ => noun.to_owned(),
            };
            self.flow(&node.shape, label)
        });
        flows.collect()
    }

    fn flow(&mut self, shape: &Shape, label: String) -> Flow {
        self.shapes.push(shape.clone());
        let symbols = &self.report.prefill.graph.symbols;
        let [numbers, symbols] = [shape_numbers, shape_names].map(|show| show(symbols, shape));
        Flow { label: whole_items(&label), numbers, symbols }
    }
}
