//! A picture in Graphviz's language, DOT.

use super::lines::Lines;
use super::picture::{Flow, Lane, Picture, Role, Share, Side, Stage};
use super::{Drawer, Edge, End, Kind, View};
use crate::diag::xml;
use crate::render::Format;

/// How the page, boxes and arrows look if nothing else is said. Without `newrank` no arrow keeps a
/// cluster above what is outside of it.
const DEFAULTS: [&str; 3] = [
    "graph [newrank=true, fontname=\"Helvetica\", labelloc=t, fontsize=18, ranksep=0.35]",
    "node [shape=box, style=\"filled,rounded\", fontname=\"Helvetica\", fontsize=11, margin=0.2]",
    "edge [fontname=\"Helvetica\", fontsize=11]",
];

/// Fill and border of what stands on a side.
fn colours(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Encoder => ("#dbeafe", "#1d4ed8"),
        Side::Bridge => ("#fef3c7", "#b45309"),
        Side::Llm => ("#dcfce7", "#15803d"),
    }
}

/// Diagrams for Graphviz.
pub const FORMAT: Format<Drawer> =
    Format { name: "dot", about: "Graphviz DOT", printer: Drawer { draw, may_follow: false } };

/// The graph, with or without costs in its boxes.
fn draw(picture: &Picture, view: &View) -> String {
    let costs = view.has_costs();
    let mut writer = Writer { costs, lines: Lines::default(), frames: 0 };
    writer.lines.push(0, "digraph vlm {");
    for line in DEFAULTS {
        writer.lines.push(1, line);
    }
    let title = [picture.name.as_str(), picture.subtitle.as_str()];
    writer.lines.push(1, &format!("label={}", label(&title)));
    for (at, flow) in picture.inputs().into_iter().enumerate() {
        writer.outside(&format!("in{at}"), flow);
    }
    for (at, lane) in picture.lanes.iter().enumerate() {
        if lane.side == Side::Bridge {
            writer.lines.push(
                1,
                &format!(
                    "boundary [label={}, style=filled, fillcolor=\"#b91c1c\", color=\"#7f1d1d\", \
                     fontcolor=white, fontsize=16, penwidth=4, width=9, height=0.5]",
                    label(&[&picture.stop])
                ),
            );
        }
        writer.lane(at, lane);
    }
    if let Some(flow) = picture.output() {
        writer.outside("out", flow);
    }
    for edge in picture.edges() {
        writer.lines.push(1, &arrow(&edge));
    }
    writer.lines.push(0, "}");
    writer.lines.text()
}

struct Writer {
    costs: bool,
    lines: Lines,
    /// Frames so far.
    frames: usize,
}

impl Writer {
    fn outside(&mut self, name: &str, flow: &Flow) {
        self.lines.push(1, &format!("{name} [label={}, shape=plaintext, style=solid]", said(flow)));
    }

    fn lane(&mut self, at: usize, lane: &Lane) {
        if lane.is_closed() {
            return lane.stages.iter().for_each(|stage| self.stage(1, stage, lane.side));
        }
        let costs = self.costs.then(|| lane.costs.shares().map(Share::in_words));
        let lines: Vec<String> =
            std::iter::once(lane.title.clone()).chain(costs.into_iter().flatten()).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        self.lines.push(1, &format!("subgraph cluster_lane{at} {{"));
        self.lines.push(2, "label=\"\"; style=rounded; color=\"#9ca3af\"");
        let first = lane.stages.first().and_then(first_box);
        self.title(
            2,
            &format!("lane{at}"),
            &format!("{}, fontsize=13", label_from_left(&lines)),
            first,
        );
        lane.stages.iter().for_each(|stage| self.stage(2, stage, lane.side));
        self.lines.push(1, "}");
    }

    /// The title of a cluster, beside its first box: arrows go around boxes, but across the title
    /// that Graphviz gives a cluster.
    fn title(&mut self, depth: usize, name: &str, look: &str, first: Option<usize>) {
        let look = format!("label={look}, shape=plaintext, style=solid, margin=0");
        self.lines.push(depth, &format!("{name} [{look}]"));
        if let Some(id) = first {
            let beside = format!("{{ rank=same; {name} -> b{id} [style=invis, weight=0] }}");
            self.lines.push(depth, &beside);
        }
    }

    fn stage(&mut self, depth: usize, stage: &Stage, side: Side) {
        let mut parts = vec![&*stage.title, &*stage.what];
        let shares = stage.costs.iter().filter(|_| self.costs).flat_map(|costs| costs.shares());
        let costs: Vec<String> = shares.map(Share::in_words).collect();
        parts.extend(costs.iter().map(String::as_str));
        let (fill, border) = colours(side);
        let Some(id) = stage.id else {
            let name = format!("frame{}", self.frames);
            self.frames += 1;
            self.lines.push(depth, &format!("subgraph cluster_{name} {{"));
            self.lines.push(depth + 1, &format!("label=\"\"; style=rounded; color=\"{border}\""));
            self.title(depth + 1, &name, &label_from_left(&parts), first_box(stage));
            stage.inside.iter().for_each(|part| self.stage(depth + 1, part, side));
            return self.lines.push(depth, "}");
        };
        let look = if stage.role == Role::Unused {
            "style=\"filled,dashed\", fillcolor=\"#f3f4f6\", color=\"#6b7280\"".to_owned()
        } else {
            format!("fillcolor=\"{fill}\", color=\"{border}\"")
        };
        self.lines.push(depth, &format!("b{id} [label={}, {look}]", label(&parts)));
    }
}

/// The first box in a frame, or the box itself.
fn first_box(stage: &Stage) -> Option<usize> {
    stage.boxes().first().and_then(|first| first.id)
}

fn arrow(edge: &Edge) -> String {
    let [from, to] = [edge.from, edge.to].map(End::name);
    let look = match edge.kind {
        Kind::Order => Some("style=invis"),
        Kind::Unused => Some("style=dashed"),
        Kind::Needed if edge.is_at_boundary() => Some("penwidth=3, weight=10"),
        Kind::Needed => Some("weight=10"),
    };
    let label = edge.flow.map(|flow| {
        // Off the arrow.
        let lines = [&flow.label, &flow.numbers, &flow.symbols].map(|line| format!("\u{a0}{line}"));
        format!("label={}", label(&lines.each_ref().map(String::as_str)))
    });
    let attributes: Vec<String> = label.into_iter().chain(look.map(str::to_owned)).collect();
    format!("{from} -> {to} [{}]", attributes.join(", "))
}

fn said(flow: &Flow) -> String {
    label(&[&flow.label, &flow.numbers, &flow.symbols])
}

/// Lines of a label, the first one bold: an HTML-like string.
fn label(lines: &[&str]) -> String {
    lines_of(lines, "<br/>")
}

/// The same with its lines from the left.
fn label_from_left(lines: &[&str]) -> String {
    lines_of(lines, "<br align=\"left\"/>")
}

/// Lines each of which ends with a break, but for the last one of a centred label. A backslash
/// would start an escape.
fn lines_of(lines: &[&str], end: &str) -> String {
    let shown = lines.iter().filter(|line| !line.is_empty());
    let shown = shown.enumerate().map(|(at, line)| {
        let line = xml(line).replace('\\', "&#92;");
        if at == 0 { format!("<b>{line}</b>{end}") } else { format!("{line}{end}") }
    });
    let all = shown.collect::<String>();
    format!("<{}>", all.strip_suffix("<br/>").unwrap_or(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_label() {
        let odd = label(&["a\"b\\", "", "&lt;>"]);
        assert_eq!(odd, "<<b>a&quot;b&#92;</b><br/>&amp;lt;&gt;>");
    }
}
