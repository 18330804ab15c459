//! One pass over a graph: scopes, rounds, values that come and go, and the comparison with the
//! prediction.

use std::sync::Arc;
use std::time::Instant;

use super::cpu::{Cache, Cpu};
use super::held::Held;
use super::options::{Options, Progress};
use super::report::{Difference, MOST_DIFFERENCES, Measured};
use super::weights::{Inputs, WeightSource};
use crate::cost::{Measure, Pass};
use crate::dim::{Dim, Sym};
use crate::graph::{Graph, Lifetimes, Node, NodeId, ScopeId, scope_ends};
use crate::kernels::Counter;
use crate::ops::{Embedding, Op, Shared, Value};

/// What a pass made.
#[derive(Debug, Default)]
pub struct Outputs {
    /// The result: logits, or what the stage hands on.
    pub result: Value,
    /// Values of the scopes that were asked for, by path.
    pub scopes: Vec<(String, Value)>,
}

/// What stands in a scope, in order.
#[derive(Clone, Copy, Debug)]
enum Item {
    Node(NodeId),
    Scope(ScopeId),
}

/// A pass under way.
pub(super) struct Run<'a> {
    graph: &'a Graph,
    pub cpu: Cpu<'a>,
    options: &'a Options,
    items: Vec<Vec<Item>>,
    ends: Vec<usize>,
    lifetimes: Lifetimes,
    values: Vec<Option<Shared>>,
    predicted: Vec<(Vec<usize>, Option<i128>)>,
    measured: Measured,
    pub differences: Vec<Difference>,
    /// The round of each repetition around the current operation.
    rounds: Vec<u64>,
    kept: Vec<(String, Value)>,
}

impl<'a> Run<'a> {
    /// A pass over a graph, nothing of it done.
    pub fn new(
        pass: &'a Pass,
        options: &'a Options,
        weights: &'a dyn WeightSource,
        inputs: &'a Inputs,
        bindings: Vec<(Sym, i128)>,
        cache: Option<Cache>,
    ) -> Run<'a> {
        let graph = &pass.graph;
        let cpu = Cpu {
            symbols: &graph.symbols,
            bindings,
            weights,
            inputs,
            precision: options.precision,
            counter: Counter::default(),
            cache,
            scope: String::new(),
            round: 0,
            name: String::new(),
            held: Vec::new(),
            ids: None,
            unknown: Vec::new(),
        };
        let predicted = graph
            .nodes()
            .map(|(id, node)| {
                let flops = pass.once(id, Measure::MatmulFlops);
                let flops = graph.symbols.eval_with(&flops, &cpu.bindings).ok().flatten();
                (cpu.shape(&node.shape), flops)
            })
            .collect();
        let count = graph.nodes().count();
        let mut measured = Measured::default();
        measured.operations.resize_with(count, Default::default);
        Run {
            graph,
            cpu,
            options,
            items: items(graph),
            ends: scope_ends(graph),
            lifetimes: Lifetimes::new(graph),
            values: vec![None; count],
            predicted,
            measured,
            differences: Vec::new(),
            rounds: Vec::new(),
            kept: Vec::new(),
        }
    }

    /// Runs it.
    pub fn pass(
        &mut self,
        wanted: &[&str],
        progress: &mut (dyn Progress + Send),
    ) -> (Measured, Outputs) {
        let start = Instant::now();
        let root = self.graph.root();
        let scope = self.options.stage.scope(self.graph);
        let result = if scope == root { self.graph.output() } else { self.handed_on(scope) };
        self.values_from_outside(scope);
        let mut path = String::new();
        if scope == root {
            self.items_of(scope, &mut path, wanted, progress);
        } else {
            self.enter(scope, &mut path, wanted, progress);
        }
        self.measured.time = start.elapsed();
        self.measured.matmul_flops = self.cpu.counter.flops();
        for path in std::mem::take(&mut self.cpu.unknown) {
            self.differences.push(Difference { path, text: "no such weight was given".into() });
        }
        let result = self.values[result.index()].take().map(Arc::unwrap_or_clone);
        let outputs =
            Outputs { result: result.unwrap_or_default(), scopes: std::mem::take(&mut self.kept) };
        (std::mem::take(&mut self.measured), outputs)
    }

    /// The value of a component that the next one reads, or the logits.
    fn handed_on(&self, scope: ScopeId) -> NodeId {
        let end = self.ends[scope.index()];
        let later = self.graph.nodes().skip(end + 1);
        let mut reads = later.flat_map(|(_, node)| &node.inputs);
        reads.find(|input| input.index() <= end).copied().unwrap_or_else(|| self.graph.output())
    }

    /// What a component reads from others is random.
    fn values_from_outside(&mut self, scope: ScopeId) {
        let end = self.ends[scope.index()];
        let inside: Vec<bool> =
            self.graph.nodes().map(|(_, node)| self.graph.is_within(node.scope, scope)).collect();
        for (id, node) in self.graph.nodes().take(end + 1) {
            for input in node.inputs.iter().filter(|_| inside[id.index()]) {
                if !inside[input.index()] && self.values[input.index()].is_none() {
                    let path = format!("outside.{}", self.graph.node(*input).name);
                    let shape = &self.predicted[input.index()].0;
                    let value = self.cpu.inputs.value(&path, shape, None);
                    self.values[input.index()] = Some(Arc::new(value));
                }
            }
        }
    }

    fn items_of(
        &mut self,
        scope: ScopeId,
        path: &mut String,
        wanted: &[&str],
        progress: &mut (dyn Progress + Send),
    ) {
        for at in 0..self.items[scope.index()].len() {
            match self.items[scope.index()][at] {
                Item::Node(id) => self.node(id, path, progress),
                Item::Scope(inner) => self.enter(inner, path, wanted, progress),
            }
        }
    }

    /// Runs a scope: once, in rounds, or not in this round.
    fn enter(
        &mut self,
        id: ScopeId,
        path: &mut String,
        wanted: &[&str],
        progress: &mut (dyn Progress + Send),
    ) {
        let graph = self.graph;
        let scope = graph.scope(id);
        let length = path.len();
        push(path, &scope.name);
        match scope.carry {
            Some((x, y)) if scope.is_repeated => {
                // Something after the rounds may read what came before them.
                let original = self.is_read_after(x, id).then(|| self.values[x.index()].clone());
                let rounds = self.cpu.size(&scope.times) as u64;
                for round in 0..rounds {
                    if round > 0 {
                        self.values[x.index()] = self.values[y.index()].take();
                    }
                    self.rounds.push(round);
                    let inner = path.len();
                    push(path, &self.stored_round(round).to_string());
                    self.items_of(id, path, wanted, progress);
                    self.keep(id, path, wanted);
                    path.truncate(inner);
                    self.rounds.pop();
                }
                if rounds == 0 {
                    self.values[y.index()] = self.values[x.index()].clone();
                }
                if let Some(original) = original {
                    self.values[x.index()] = original;
                }
            }
            Some((x, y)) if !self.is_met(id) => {
                self.values[y.index()] = self.values[x.index()].clone();
            }
            Some(_) | None => self.items_of(id, path, wanted, progress),
        }
        self.keep(id, path, wanted);
        for dead in &self.lifetimes.after_scope[id.index()] {
            self.values[dead.index()] = None;
        }
        path.truncate(length);
    }

    /// Whether a scope runs in the current round of the repetition around it.
    fn is_met(&self, id: ScopeId) -> bool {
        let round = self.rounds.last().copied().unwrap_or(0);
        self.graph.scope(id).when.as_ref().is_none_or(|when| when.runs_in(round))
    }

    /// The round whose stored tensors a round reads.
    fn stored_round(&self, round: u64) -> u64 {
        if self.options.reuse_weights { 0 } else { round }
    }

    /// The stored tensors that an operation reads; those that are not known are noted.
    fn held(&mut self, node: &Node) -> Vec<Held> {
        let rounds: Vec<u64> = self.rounds.iter().map(|round| self.stored_round(*round)).collect();
        let mut all = Vec::new();
        for (read, param) in node.reads.iter().zip(self.graph.reads(node)) {
            let path = param.path_in(&rounds);
            if !self.cpu.weights.knows(&path) {
                self.cpu.unknown.push(path.clone());
            }
            let first = read.offset.as_ref().map_or(0, |offset| self.cpu.size(offset));
            all.push(Held { path, shape: self.cpu.shape(&param.shape), first, role: param.role });
        }
        all
    }

    /// Keeps what a scope made, if it was asked for.
    fn keep(&mut self, scope: ScopeId, path: &str, wanted: &[&str]) {
        let made = &self.values[self.ends[scope.index()]];
        if let Some(value) = made.as_ref().filter(|_| wanted.contains(&path)) {
            self.kept.push((path.to_owned(), (**value).clone()));
        }
    }

    fn is_read_after(&self, value: NodeId, scope: ScopeId) -> bool {
        let end = self.ends[scope.index()];
        self.graph.nodes().skip(end + 1).any(|(_, node)| node.inputs.contains(&value))
    }

    fn node(&mut self, id: NodeId, path: &str, progress: &mut (dyn Progress + Send)) {
        let graph = self.graph;
        let node = graph.node(id);
        let inputs: Vec<Shared> = node
            .inputs
            .iter()
            .map(|input| self.values[input.index()].clone().unwrap_or_default())
            .collect();
        for dead in &self.lifetimes.after_node[id.index()] {
            self.values[dead.index()] = None;
        }
        path.clone_into(&mut self.cpu.scope);
        node.name.clone_into(&mut self.cpu.name);
        self.cpu.round = self.rounds.last().map_or(0, |round| *round as usize);
        self.cpu.held = self.held(node);
        self.cpu.ids = ids_below(graph, id).map(|rows| self.cpu.size(&rows));
        let (before, start) = (self.cpu.counter.flops(), Instant::now());
        let value = node.op.run(&mut self.cpu, inputs);
        let timing = &mut self.measured.operations[id.index()];
        timing.time += start.elapsed();
        timing.runs += 1;
        let flops = self.cpu.counter.flops() - before;
        timing.matmul_flops += flops;
        timing.shape.clone_from(&value.shape);
        self.compare(id, path, &value, flops);
        self.values[id.index()] = Some(Arc::new(value));
        progress.step(path, self.cpu.counter.flops());
    }

    /// Compares shape, element count and FLOPs with the prediction.
    fn compare(&mut self, id: NodeId, path: &str, value: &Value, flops: u64) {
        let (shape, predicted) = &self.predicted[id.index()];
        let mut differ = |text: String| {
            if self.differences.len() < MOST_DIFFERENCES {
                let path = format!("{path}.{}", self.graph.node(id).name);
                self.differences.push(Difference { path, text });
            }
        };
        if *shape != value.shape {
            differ(format!("predicted the shape {shape:?}, made {:?}", value.shape));
        }
        let elements: usize = shape.iter().product();
        if elements != value.data.len() {
            differ(format!("predicted {elements} elements, made {}", value.data.len()));
        }
        if *predicted != Some(i128::from(flops)) {
            let predicted = predicted.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
            differ(format!("predicted {predicted} matmul FLOPs, executed {flops}"));
        }
    }
}

/// What stands in each scope.
fn items(graph: &Graph) -> Vec<Vec<Item>> {
    let count = graph.scopes().count();
    let mut items: Vec<Vec<Item>> = vec![Vec::new(); count];
    let mut known = vec![false; count];
    for (id, node) in graph.nodes() {
        let mut scope = node.scope;
        items[scope.index()].push(Item::Node(id));
        // A scope stands in its parent where its first operation does.
        while !known[scope.index()] {
            known[scope.index()] = true;
            let Some(parent) = graph.scope(scope).parent else { break };
            items[parent.index()].push(Item::Scope(scope));
            scope = parent;
        }
    }
    items
}

/// If an input is token ids, the rows of the table that reads them.
fn ids_below(graph: &Graph, id: NodeId) -> Option<Dim> {
    let (_, reader) = graph.nodes().find(|(_, node)| node.inputs.first() == Some(&id))?;
    match &reader.op {
        Op::Embedding(Embedding { rows, .. }) => Some(rows.clone()),
        _ => None,
    }
}

fn push(path: &mut String, part: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(part);
}
