//! Building a graph: stages call these to wire operations together.

mod place;
mod rounds;
mod sizes;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use smallvec::SmallVec;

pub use place::Name;

use place::{Place, extend, joined};

use super::{Constraint, Graph, Node, NodeId, Param, ParamId, Read, Role, Rounds, Scope, ScopeId};
use crate::dim::{Dim, Symbols};
use crate::ops::{Add, Op, Shape};

/// The operations and tensors of a pass for which there is room from the start: most have fewer.
const USUAL: usize = 64;

/// A stored tensor that an operation is to read, or some rows of it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The tensor.
    pub param: ParamId,
    /// Rows before those that are read; none if all are.
    pub offset: Option<Dim>,
}

impl From<ParamId> for Stored {
    fn from(param: ParamId) -> Stored {
        Stored { param, offset: None }
    }
}

/// The passes of a model under construction, one after the other.
#[derive(Debug)]
pub struct Builder {
    symbols: Symbols,
    params: Vec<Param>,
    /// Passes that are finished.
    passes: Vec<Pass>,
    nodes: Vec<Node>,
    scopes: Vec<Scope>,
    current: ScopeId,
    place: Place,
    /// For each stored tensor, whether an operation of this pass reads it.
    is_read: Vec<bool>,
    /// Whether what is wired reads the tensors of modules that are there.
    again: bool,
    constraints: Vec<Constraint>,
    problems: Vec<String>,
}

/// A finished pass without its tables.
#[derive(Debug)]
struct Pass {
    nodes: Vec<Node>,
    scopes: Vec<Scope>,
    output: NodeId,
}

/// A finished model.
#[derive(Debug)]
pub struct Built {
    /// The passes, in the order in which they were wired.
    pub passes: Vec<Graph>,
    /// What must hold of its sizes.
    pub constraints: Vec<Constraint>,
}

impl Builder {
    /// An empty model, in which symbols that are declared by these names are to vary.
    pub fn varying(names: &[&str]) -> Builder {
        Builder {
            symbols: Symbols::varying(names.iter().copied()),
            params: Vec::with_capacity(USUAL),
            passes: Vec::new(),
            nodes: Vec::with_capacity(USUAL),
            scopes: vec![Scope::root()],
            current: ScopeId(0),
            place: Place::default(),
            is_read: Vec::new(),
            again: false,
            constraints: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The symbol table.
    pub fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// Adds an operation to the current scope, with stored tensors of its own.
    pub fn push<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        op: impl Into<Op>,
        inputs: &[NodeId],
    ) -> NodeId {
        self.push_on(name, op, inputs, &[])
    }

    /// Adds an operation whose first slots read these stored tensors; those of the others are its
    /// own.
    pub fn push_on<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        op: impl Into<Op>,
        inputs: &[NodeId],
        stored: &[Stored],
    ) -> NodeId {
        let (name, op) = (name.into(), op.into());
        let shape = self.shape_of(name.node, &op, inputs);
        let mut reads = SmallVec::new();
        for (at, slot) in op.slots().into_iter().enumerate() {
            let Stored { param, offset } = match stored.get(at) {
                Some(stored) => {
                    self.check_fit(name.node, stored, &slot.shape);
                    stored.clone()
                }
                None => self.store_slot(name, slot).into(),
            };
            let is_first = !std::mem::replace(&mut self.is_read[param.0], true);
            reads.push(Read { param, offset, is_first });
        }
        let (name, inputs) = (name.node.into(), inputs.into());
        self.nodes.push(Node { name, op, inputs, reads, shape, scope: self.current });
        NodeId(self.nodes.len() - 1)
    }

    /// The shape that an operation makes; any where its inputs do not fit, which is noted.
    fn shape_of(&mut self, name: &str, op: &Op, inputs: &[NodeId]) -> Shape {
        let made = {
            let shapes: SmallVec<[&Shape; 4]> =
                inputs.iter().map(|id| &self.nodes[id.0].shape).collect();
            op.shape(&shapes)
        };
        made.unwrap_or_else(|mismatch| {
            self.problem(name, &mismatch.0);
            inputs.first().map_or(Shape::new([]), |id| self.nodes[id.0].shape.clone())
        })
    }

    /// Wires a part that reads the tensors of modules that were wired before: on tokens of another
    /// shape, or in a later pass.
    pub fn again<R>(&mut self, body: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.again, true);
        let result = body(self);
        self.again = outer;
        result
    }

    /// Notes that something is wired wrongly, at a name in the current scope.
    pub fn problem(&mut self, name: &str, text: &str) {
        let path = joined(&self.place.path, name);
        self.problems.push(format!("{path}: {text}"));
    }

    /// Shape of a value.
    pub fn shape(&self, id: NodeId) -> &Shape {
        &self.nodes[id.0].shape
    }

    /// One axis of a value; 1 where it has none such.
    pub fn axis(&self, id: NodeId, axis: usize) -> Dim {
        self.shape(id).0.get(axis).cloned().unwrap_or_else(Dim::one)
    }

    /// The sum over all rounds of what `each` counts of an operation of this pass.
    pub fn sum(&mut self, mut each: impl FnMut(&mut Symbols, &Node) -> Option<Dim>) -> Dim {
        let Builder { symbols, nodes, scopes, .. } = self;
        let once = nodes.iter().filter_map(|node| Some((node.scope, each(symbols, node)?)));
        once.map(|(scope, once)| once * &scopes[scope.0].total).sum()
    }

    /// States a constraint on the spec's sizes.
    pub fn require(&mut self, constraint: impl Into<Constraint>) {
        self.constraints.push(constraint.into());
    }

    /// Opens a scope for what `body` wires.
    pub fn scope<'a, R>(
        &mut self,
        name: impl Into<Name<'a>>,
        role: Role,
        body: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let Scope { total, copies, .. } = &self.scopes[self.current.0];
        let (total, copies) = (total.clone(), copies.clone());
        let repeats = Repeats { times: Dim::one(), of: None, total, copies };
        self.within(name.into(), role, repeats, None, body)
    }

    /// Opens a module for what `body` wires, in the same scope.
    pub fn module<R>(&mut self, name: &str, body: impl FnOnce(&mut Self) -> R) -> R {
        let mark = self.place.mark();
        extend(&mut self.place.module, name);
        let result = body(self);
        self.place.back(&mark);
        result
    }

    /// `x + branch(x)`: a residual connection.
    pub fn residual(
        &mut self,
        x: NodeId,
        branch: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        let y = branch(self, x);
        self.push("residual", Add, &[x, y])
    }

    /// Ends the pass that was wired; the next one has the same symbols and stored tensors.
    pub fn end_pass(&mut self, output: NodeId) {
        let nodes = std::mem::replace(&mut self.nodes, Vec::with_capacity(USUAL));
        let scopes = std::mem::replace(&mut self.scopes, vec![Scope::root()]);
        self.passes.push(Pass { nodes, scopes, output });
        self.is_read.fill(false);
    }

    /// The finished model, or what was wired wrongly.
    ///
    /// # Errors
    /// One line per operation whose inputs did not fit.
    pub fn finish(mut self) -> Result<Built, Vec<String>> {
        self.refuse_twins();
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let (symbols, params) = (Arc::new(self.symbols), Arc::from(self.params));
        let graph = |Pass { nodes, scopes, output }| Graph {
            symbols: Arc::clone(&symbols),
            params: Arc::clone(&params),
            nodes,
            scopes,
            output,
        };
        let passes = self.passes.into_iter().map(graph).collect();
        Ok(Built { passes, constraints: self.constraints })
    }

    fn set_axis(&mut self, id: NodeId, axis: usize, dim: Dim) {
        let node = &mut self.nodes[id.0];
        node.shape = node.shape.with(axis, dim);
    }

    /// Wires a body in a scope of its own.
    fn within<R>(
        &mut self,
        name: Name<'_>,
        role: Role,
        Repeats { times, of, total, copies }: Repeats,
        rounds: Option<Rounds>,
        body: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let (mark, outer) = (self.place.mark(), self.current);
        let when = match &of {
            Some(_) => self.place.rounds.last().and_then(|rounds| rounds.when.last().cloned()),
            None => None,
        };
        extend(&mut self.place.path, name.node);
        extend(&mut self.place.module, name.module);
        if let Role::Component(component) = role {
            self.place.component = Some(component);
        }
        let is_repeated = rounds.is_some();
        if let Some(rounds) = rounds {
            extend(&mut self.place.path, "{}");
            extend(&mut self.place.module, "{}");
            self.place.rounds.push(rounds);
        }
        self.current = ScopeId(self.scopes.len());
        let (name, parent) = (name.node.into(), Some(outer));
        let carry = None;
        let scope =
            Scope { name, role, parent, times, when, of, is_repeated, carry, total, copies };
        self.scopes.push(scope);
        let result = body(self);
        self.current = outer;
        self.place.back(&mark);
        result
    }
}

/// How many times a scope runs.
struct Repeats {
    times: Dim,
    of: Option<Dim>,
    total: Dim,
    copies: Dim,
}
