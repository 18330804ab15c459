//! A picture as a Mermaid flowchart.

use super::lines::Lines;
use super::picture::{Costs, Flow, Lane, Picture, Role, Side, Stage};
use super::{Drawer, Edge, End, Kind, View};
use crate::render::Format;

/// How boxes look. Each class has fill, border and text of its own, so that it can be read on light
/// and dark pages alike: a flowchart does not know which it stands on.
const CLASSES: [&str; 6] = [
    "classDef encoder fill:#dbeafe,stroke:#1d4ed8,color:#0b1f4b",
    "classDef bridge fill:#fef3c7,stroke:#b45309,color:#451a03",
    "classDef llm fill:#dcfce7,stroke:#15803d,color:#052e16",
    "classDef unused fill:#f3f4f6,stroke:#6b7280,color:#374151,stroke-dasharray:4 3",
    "classDef outside fill:#ffffff,stroke:#6b7280,color:#111827",
    "classDef boundary fill:#b91c1c,stroke:#7f1d1d,color:#ffffff,stroke-width:4px",
];

/// How frames look: their titles have the colour of the page's text.
const FRAME: &str = "fill:none,stroke:#6b7280";

/// Room for the titles of frames, and for lines that are not broken.
const CONFIG: &str =
    "config: {flowchart: {wrappingWidth: 480, subGraphTitleMargin: {top: 12, bottom: 14}}}";

/// Makes the line between the two kinds of token long.
const RULE: &str = "━━━━━━━━━━";

/// Diagrams for Mermaid.
pub const FORMAT: Format<Drawer> = Format {
    name: "mermaid",
    about: "A Mermaid flowchart, as GitHub and GitLab draw it in Markdown",
    printer: Drawer { draw, may_follow: false },
};

/// The flowchart, with or without costs in its boxes.
fn draw(picture: &Picture, view: &View) -> String {
    let costs = view.has_costs();
    let title = format!("{}: {}", picture.name, picture.subtitle);
    let title = format!("title: \"{}\"", escaped(&title, |c| format!("\\x{c:02x}")));
    let mut writer = Writer { costs, lines: Lines::default(), frames: 0 };
    for line in ["---", &title, CONFIG, "---", "flowchart TB"] {
        writer.lines.push(0, line);
    }
    for (at, flow) in picture.inputs().into_iter().enumerate() {
        writer.lines.push(1, &format!("in{at}([{}]):::outside", said(flow)));
    }
    for (at, lane) in picture.lanes.iter().enumerate() {
        if lane.side == Side::Bridge {
            let words = format!("{RULE} {} {RULE}", picture.stop);
            writer.lines.push(1, &format!("boundary[[{}]]:::boundary", label(&[(true, &words)])));
        }
        writer.lane(at, lane);
    }
    if let Some(flow) = picture.output() {
        writer.lines.push(1, &format!("out([{}]):::outside", said(flow)));
    }
    for edge in picture.edges() {
        writer.lines.push(1, &arrow(&edge));
    }
    for class in CLASSES {
        writer.lines.push(1, class);
    }
    writer.lines.text()
}

struct Writer {
    costs: bool,
    lines: Lines,
    /// Frames so far.
    frames: usize,
}

impl Writer {
    fn lane(&mut self, at: usize, lane: &Lane) {
        let class = match lane.side {
            Side::Encoder => "encoder",
            Side::Bridge => "bridge",
            Side::Llm => "llm",
        };
        if lane.is_closed() {
            return lane.stages.iter().for_each(|stage| self.stage(1, stage, class));
        }
        let costs = if self.costs { lane.costs.in_words() } else { String::new() };
        let title = label(&[(true, &in_a_line(&lane.title, &costs))]);
        self.lines.push(1, &format!("subgraph lane{at}[{title}]"));
        lane.stages.iter().for_each(|stage| self.stage(2, stage, class));
        self.lines.push(1, "end");
        self.lines.push(1, &format!("style lane{at} {FRAME}"));
    }

    fn stage(&mut self, depth: usize, stage: &Stage, class: &str) {
        let costs = stage.costs.as_ref().filter(|_| self.costs);
        let costs = costs.map(Costs::in_words).unwrap_or_default();
        let Some(id) = stage.id else {
            let title = label(&[(true, &in_a_line(&stage.title, &costs))]);
            let name = format!("frame{}", self.frames);
            self.frames += 1;
            self.lines.push(depth, &format!("subgraph {name}[{title}]"));
            stage.inside.iter().for_each(|part| self.stage(depth + 1, part, class));
            self.lines.push(depth, "end");
            return self.lines.push(depth, &format!("style {name} {FRAME}"));
        };
        let class = if stage.role == Role::Unused { "unused" } else { class };
        let says = label(&[(true, &stage.title), (false, &stage.what), (false, &costs)]);
        self.lines.push(depth, &format!("b{id}[{says}]:::{class}"));
    }
}

/// A title with costs after it: a frame has room for one line.
fn in_a_line(title: &str, costs: &str) -> String {
    let parts = [title, costs].into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(": ")
}

fn arrow(edge: &Edge) -> String {
    let [from, to] = [edge.from, edge.to].map(End::name);
    let arrow = match edge.kind {
        Kind::Order => "~~~",
        Kind::Unused => "-.->",
        Kind::Needed if edge.is_at_boundary() => "==>",
        Kind::Needed => "-->",
    };
    let said = edge.flow.map_or_else(String::new, |flow| format!("|{}|", said(flow)));
    format!("{from} {arrow}{said} {to}")
}

fn said(flow: &Flow) -> String {
    label(&[(true, &flow.label), (false, &flow.numbers), (false, &flow.symbols)])
}

/// Lines of a label, the first ones bold, in quotes.
fn label(lines: &[(bool, &str)]) -> String {
    let lines = lines.iter().filter(|(_, text)| !text.is_empty());
    let lines = lines.map(|(bold, text)| {
        let text = escape(text);
        if *bold { format!("<b>{text}</b>") } else { text }
    });
    format!("\"{}\"", lines.collect::<Vec<_>>().join("<br/>"))
}

/// Text that Mermaid and HTML take as it is: whatever has a meaning to one of them becomes a
/// number, `#35;` for `#`.
fn escape(text: &str) -> String {
    escaped(text, |c| format!("#{c};"))
}

/// The text with what may have a meaning written by its number.
fn escaped(text: &str, number: impl Fn(u32) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !".,:()/+-_".contains(c) {
            out.push_str(&number(c.into()));
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_leave_its_label() {
        assert_eq!(escape("a\"b<i>#;`"), "a#34;b#60;i#62;#35;#59;#96;");
        assert_eq!(escape("[1, ⌊H/P⌋·2] 4.1 %"), "#91;1, ⌊H/P⌋·2#93; 4.1 #37;");
        assert_eq!(label(&[(true, "x"), (false, ""), (false, "y")]), "\"<b>x</b><br/>y\"");
    }
}
