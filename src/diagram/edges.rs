//! The arrows of a picture, for formats that lay boxes out by themselves.

use super::picture::{Flow, Picture, Role, Side, Stage};

/// Where an arrow starts or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// What comes in from outside: the number of the flow among all that do.
    Input(usize),
    /// A box.
    Box(usize),
    /// The line between the two kinds of token.
    Boundary,
    /// What the pipeline is for: the logits.
    Output,
}

/// Why an arrow is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The logits depend on it.
    Needed,
    /// The logits do not depend on it.
    Unused,
    /// Nothing flows, and nothing is drawn: it keeps one thing above another.
    Order,
}

/// An arrow.
#[derive(Clone, Copy, Debug)]
pub struct Edge<'a> {
    /// The start.
    pub from: End,
    /// The end.
    pub to: End,
    /// What flows; none where another arrow says it.
    pub flow: Option<&'a Flow>,
    /// Why it is there.
    pub kind: Kind,
}

impl End {
    /// A name of ASCII letters and digits.
    pub fn name(self) -> String {
        match self {
            End::Input(at) => format!("in{at}"),
            End::Box(id) => format!("b{id}"),
            End::Boundary => "boundary".to_owned(),
            End::Output => "out".to_owned(),
        }
    }
}

impl Edge<'_> {
    /// Whether it starts or ends at the line.
    pub fn is_at_boundary(&self) -> bool {
        self.from == End::Boundary || self.to == End::Boundary
    }
}

impl Picture {
    /// What comes in from outside, in order.
    pub fn inputs(&self) -> Vec<&Flow> {
        let outside = self.boxes().filter(|(_, stage)| stage.from.is_none());
        outside.flat_map(|(_, stage)| &stage.takes).collect()
    }

    /// What comes out: the logits.
    pub fn output(&self) -> Option<&Flow> {
        self.boxes().last().map(|(_, stage)| &stage.makes)
    }

    /// All arrows. Those that leave the encoder's side meet at the line.
    pub fn edges(&self) -> Vec<Edge<'_>> {
        let mut edges = self.flows();
        edges.extend(self.order(&edges));
        edges
    }

    /// The arrows along which something flows.
    fn flows(&self) -> Vec<Edge<'_>> {
        let boxes: Vec<_> = self.boxes().collect();
        let mut edges: Vec<Edge<'_>> = Vec::new();
        let mut inputs = 0;
        for (lane, stage) in &boxes {
            let to = stage.id.map_or(End::Boundary, End::Box);
            let kind = if stage.role == Role::Unused { Kind::Unused } else { Kind::Needed };
            for flow in &stage.takes {
                if let Some(from) = stage.from.map(End::Box) {
                    edges.push(Edge { from, to, flow: Some(flow), kind });
                    continue;
                }
                edges.push(Edge { from: End::Input(inputs), to, flow: None, kind });
                inputs += 1;
            }
            let is_read = |id: Option<usize>| id.is_some_and(|id| stage.reads.contains(&id));
            for (before, other) in boxes.iter().filter(|(_, other)| is_read(other.id)) {
                let from = other.id.map_or(End::Boundary, End::Box);
                let flow = Some(&other.makes).filter(|_| kind == Kind::Needed);
                if before.side == lane.side || before.side != Side::Encoder {
                    edges.push(Edge { from, to, flow, kind });
                    continue;
                }
                if !edges.iter().any(|edge| edge.from == from && edge.to == End::Boundary) {
                    edges.push(Edge { from, to: End::Boundary, flow, kind });
                }
                edges.push(Edge { from: End::Boundary, to, flow: None, kind });
            }
        }
        let last = boxes.last().and_then(|(_, stage)| stage.id).map(End::Box);
        let output = |from| Edge { from, to: End::Output, flow: None, kind: Kind::Needed };
        edges.extend(last.map(output));
        edges
    }

    /// What keeps all of the encoder above the line, all else below it, and the LLM below the
    /// bridge.
    fn order<'a>(&'a self, flows: &[Edge<'a>]) -> Vec<Edge<'a>> {
        let order = |from, to| Edge { from, to, flow: None, kind: Kind::Order };
        let mut edges = Vec::new();
        let mut above = self.has_boundary().then_some(End::Boundary);
        for lane in &self.lanes {
            let boxes = || lane.stages.iter().flat_map(Stage::boxes).filter_map(|stage| stage.id);
            if lane.side == Side::Encoder {
                let dead = boxes().map(End::Box).filter(|at| flows.iter().all(|e| e.from != *at));
                edges.extend(dead.map(|from| order(from, End::Boundary)));
                continue;
            }
            let into = |id: usize| flows.iter().filter(move |edge| edge.to == End::Box(id));
            let inputs = boxes().flat_map(into).map(|edge| edge.from);
            let inputs = inputs.filter(|from| matches!(from, End::Input(_)));
            let sources = boxes().filter(|id| into(*id).next().is_none()).map(End::Box);
            edges.extend(inputs.chain(sources).flat_map(|to| above.map(|above| order(above, to))));
            above = boxes().next_back().map(End::Box).or(above);
        }
        edges
    }
}
