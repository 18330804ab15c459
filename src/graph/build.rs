//! Building a graph: stages call these to wire operations together.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{
    Component, Constraint, Graph, Node, NodeId, Param, ParamId, Read, Role, Rounds, Scope, ScopeId,
    When, when,
};
use crate::dim::{Dim, Sym, Symbols};
use crate::ops::{Add, Op, ParamRole, Shape, Slot};
use crate::units::Size;

/// What a part is called: in the graph, and as a module of a state dict.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    /// Its name in the scope around it.
    pub node: &'a str,
    /// Its module in the one around it; empty if it is no module of its own.
    pub module: &'a str,
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Name<'a> {
        Name { node: name, module: name }
    }
}

impl<'a> From<(&'a str, &'a str)> for Name<'a> {
    fn from((node, module): (&'a str, &'a str)) -> Name<'a> {
        Name { node, module }
    }
}

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

/// Where something is wired: what its tensors are called, and how many of them there are.
#[derive(Debug, Default)]
struct Place {
    /// The path of the current scope, with `{}` for a round.
    path: String,
    /// The current module, with `{}` for the number of a block.
    module: String,
    /// The component around it.
    component: Option<Component>,
    /// The repeated scopes around it.
    rounds: Vec<Rounds>,
}

/// A finished model.
#[derive(Debug)]
pub struct Built {
    /// Its passes, in the order in which they were wired.
    pub passes: Vec<Graph>,
    /// What must hold of its sizes.
    pub constraints: Vec<Constraint>,
}

/// The lengths of a [`Place`] to go back to.
struct Mark {
    path: usize,
    module: usize,
    component: Option<Component>,
    rounds: usize,
}

impl Place {
    fn mark(&self) -> Mark {
        let Place { path, module, component, rounds } = self;
        let (path, module, rounds) = (path.len(), module.len(), rounds.len());
        Mark { path, module, component: *component, rounds }
    }

    fn back(&mut self, mark: &Mark) {
        self.path.truncate(mark.path);
        self.module.truncate(mark.module);
        self.component = mark.component;
        self.rounds.truncate(mark.rounds);
    }
}

impl Default for Builder {
    fn default() -> Builder {
        Builder {
            symbols: Symbols::default(),
            params: Vec::new(),
            passes: Vec::new(),
            nodes: Vec::new(),
            scopes: vec![Scope::root()],
            current: ScopeId(0),
            place: Place::default(),
            is_read: Vec::new(),
            again: false,
            constraints: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl Builder {
    /// The symbol table.
    pub fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    /// A symbol for a size of the spec: known where the spec gives it, free where it does not.
    pub fn size(&mut self, name: &str, meaning: &str, value: Option<Size>) -> Sym {
        match value {
            Some(size) => self.symbols.given(name, meaning, size.into()),
            None => self.symbols.free(name, meaning),
        }
    }

    /// A [`size`](Self::size) that counts repetitions; formulas pull it out of their sums.
    pub fn count(&mut self, name: &str, meaning: &str, value: Option<Size>) -> Sym {
        let sym = self.size(name, meaning, value);
        self.symbols.count(sym);
        sym
    }

    /// Whether a dimension is known to have this value.
    pub fn is(&self, dim: &Dim, size: Size) -> bool {
        self.symbols.eval(dim) == Ok(Some(size.into()))
    }

    /// Abbreviates an axis of a value: from here on it is called `name`.
    pub fn name_axis(&mut self, id: NodeId, axis: usize, name: &str, meaning: &str) {
        let definition = self.axis(id, axis);
        let sym = self.symbols.named(name, meaning, definition);
        self.set_axis(id, axis, sym.into());
    }

    /// Calls an axis of a value by the symbol that stands for the same length elsewhere.
    pub fn rename_axis(&mut self, id: NodeId, axis: usize, like: &Dim) {
        if self.symbols.expand(&self.axis(id, axis)) == self.symbols.expand(like) {
            self.set_axis(id, axis, like.clone());
        } else {
            self.problems.push("two lengths that should be the same are not".into());
        }
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

    /// Stores a tensor of the current scope that several operations read, under its whole name.
    pub fn store<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        shape: Shape,
        role: ParamRole,
    ) -> ParamId {
        let name = name.into();
        self.declare(name.node, name.module, shape, role)
    }

    /// The stored tensor that an operation reads in a slot.
    pub fn param(&self, node: NodeId, slot: usize) -> ParamId {
        self.nodes[node.0].reads[slot].param
    }

    /// Wires a part that reads the tensors of modules that were wired before: on tokens of another
    /// shape, or in a later pass.
    pub fn again<R>(&mut self, body: impl FnOnce(&mut Self) -> R) -> R {
        let outer = std::mem::replace(&mut self.again, true);
        let result = body(self);
        self.again = outer;
        result
    }

    /// The tensor of an operation's own: a name of a product's part ends with the slot's.
    fn store_slot(&mut self, name: Name<'_>, slot: Slot) -> ParamId {
        let path = format!("{}.{}", name.node, slot.name);
        if slot.role == ParamRole::Vector {
            return self.declare(&path, name.module, slot.shape, slot.role);
        }
        self.declare(&path, &format!("{}.{}", name.module, slot.name), slot.shape, slot.role)
    }

    /// A new tensor, or with [`again`](Self::again) the one that is there.
    fn declare(&mut self, path: &str, name: &str, shape: Shape, role: ParamRole) -> ParamId {
        let name = joined(&self.place.module, name);
        if self.again {
            let rounds = &self.place.rounds;
            let is_same = |param: &Param| {
                let when = rounds.iter().map(|rounds| &rounds.when);
                param.name == name && param.rounds.iter().map(|rounds| &rounds.when).eq(when)
            };
            let found = self.params.iter().position(is_same);
            if let Some(found) = found {
                if self.params[found].shape != shape {
                    self.problem(path, "the stored tensor has another shape");
                }
                return ParamId(found);
            }
            self.problem(path, "no tensor of this name is stored");
        }
        self.params.push(Param {
            name,
            path: joined(&self.place.path, path),
            shape,
            role,
            component: self.place.component.unwrap_or(Component::Llm),
            copies: self.scopes[self.current.0].total.clone(),
            rounds: self.place.rounds.clone(),
        });
        self.is_read.push(false);
        ParamId(self.params.len() - 1)
    }

    /// Whether a slot of this shape can read a stored tensor: all of it, or rows of it.
    fn check_fit(&mut self, name: &str, stored: &Stored, wanted: &Shape) {
        let shape = &self.params[stored.param.0].shape;
        let fits = match stored.offset {
            None => shape == wanted,
            Some(_) => shape.0.len() == wanted.0.len() && shape.0.get(1..) == wanted.0.get(1..),
        };
        if !fits {
            self.problem(name, "the stored tensor is not of the shape that is read");
        }
    }

    fn problem(&mut self, name: &str, text: &str) {
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

    /// States a constraint on the spec's sizes.
    pub fn require(&mut self, constraint: Constraint) {
        self.constraints.push(constraint);
    }

    /// Opens a scope for what `body` wires.
    pub fn scope<'a, R>(
        &mut self,
        name: impl Into<Name<'a>>,
        role: Role,
        body: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let total = self.scopes[self.current.0].total.clone();
        self.within(name.into(), role, Repeats { times: Dim::one(), of: None, total }, None, body)
    }

    /// Opens a module for what `body` wires, in the same scope.
    pub fn module<R>(&mut self, name: &str, body: impl FnOnce(&mut Self) -> R) -> R {
        let mark = self.place.mark();
        extend(&mut self.place.module, name);
        let result = body(self);
        self.place.back(&mark);
        result
    }

    /// A block run `count` times, each round reading what the last one made. One that is known to
    /// run 0 times is not wired: its input is what it makes.
    pub fn repeat<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        role: Role,
        count: Dim,
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        self.repeat_from(name, role, (Dim::zero(), count), x, body)
    }

    /// A block as [`repeat`](Self::repeat) runs it, whose names are counted from a first number.
    pub fn repeat_from<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        role: Role,
        (first, count): (Dim, Dim),
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        if self.symbols.eval(&count) == Ok(Some(0)) {
            return x;
        }
        let total = &self.scopes[self.current.0].total * &count;
        let repeats = Repeats { times: count.clone(), of: None, total };
        let rounds = Rounds { first, count, when: Vec::new() };
        self.carry(name.into(), role, repeats, Some(rounds), x, body)
    }

    /// A part of a block that runs only in some of its rounds; in the others its input is passed
    /// on. One that is known to run in none is not wired.
    pub fn when<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        role: Role,
        condition: When,
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        let name = name.into();
        let Some(rounds) = self.place.rounds.last_mut() else {
            self.problem(name.node, "a condition without rounds");
            return x;
        };
        rounds.when.push(condition);
        let all = rounds.clone();
        let times = when::count(&mut self.symbols, &all.count, &all.when);
        let result = if self.symbols.eval(&times) == Ok(Some(0)) {
            x
        } else {
            let total = self.around_rounds() * &times;
            let of = (times != all.count).then_some(all.count);
            let repeats =
                Repeats { times: if of.is_some() { times } else { Dim::one() }, of, total };
            self.carry(name, role, repeats, None, x, body)
        };
        if let Some(rounds) = self.place.rounds.last_mut() {
            rounds.when.pop();
        }
        result
    }

    /// How often the innermost repeated scope is begun.
    fn around_rounds(&self) -> Dim {
        let mut scope = &self.scopes[self.current.0];
        while !scope.is_repeated {
            let Some(parent) = scope.parent else { return Dim::one() };
            scope = &self.scopes[parent.0];
        }
        scope.parent.map_or_else(Dim::one, |parent| self.scopes[parent.0].total.clone())
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
        let nodes = std::mem::take(&mut self.nodes);
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

    /// Two tensors of one name would be one in a state dict.
    fn refuse_twins(&mut self) {
        let mut sorted: Vec<&Param> = self.params.iter().collect();
        sorted.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let conditions = |param: &Param| -> Vec<Vec<When>> {
            param.rounds.iter().map(|rounds| rounds.when.clone()).collect()
        };
        let mut twins = Vec::new();
        for pair in sorted.windows(2) {
            if pair[0].name == pair[1].name && conditions(pair[0]) == conditions(pair[1]) {
                twins.push(format!("{}: stored twice", pair[0].name));
            }
        }
        self.problems.append(&mut twins);
    }

    fn set_axis(&mut self, id: NodeId, axis: usize, dim: Dim) {
        let node = &mut self.nodes[id.0];
        node.shape = node.shape.with(axis, dim);
    }

    fn carry(
        &mut self,
        name: Name<'_>,
        role: Role,
        repeats: Repeats,
        rounds: Option<Rounds>,
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        let scope = ScopeId(self.scopes.len());
        let y = self.within(name, role, repeats, rounds, |b| {
            let y = body(b, x);
            if b.shape(x) != b.shape(y) {
                b.problem("", "a round changes the shape");
            }
            y
        });
        self.scopes[scope.0].carry = Some((x, y));
        y
    }

    /// Wires a body in a scope of its own.
    fn within<R>(
        &mut self,
        name: Name<'_>,
        role: Role,
        Repeats { times, of, total }: Repeats,
        rounds: Option<Rounds>,
        body: impl FnOnce(&mut Self) -> R,
    ) -> R {
        let (mark, outer) = (self.place.mark(), self.current);
        let when = match &of {
            Some(_) => self.place.rounds.last().and_then(|rounds| rounds.when.last().copied()),
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
        let scope = Scope { name, role, parent, times, when, of, is_repeated, carry: None, total };
        self.scopes.push(scope);
        let result = body(self);
        self.current = outer;
        self.place.back(&mark);
        result
    }
}

/// How often a scope runs.
struct Repeats {
    times: Dim,
    of: Option<Dim>,
    total: Dim,
}

/// A name below a path; the path itself for none.
fn joined(path: &str, name: &str) -> String {
    let mut joined = path.to_owned();
    extend(&mut joined, name);
    joined
}

/// Puts a name below a path.
fn extend(path: &mut String, name: &str) {
    if !path.is_empty() && !name.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::{Input, Layout, Linear};

    fn builder() -> (Builder, NodeId) {
        let mut b = Builder::default();
        let x = b.push("x", Input { shape: Shape::new([Dim::one(), 7.into()]) }, &[]);
        (b, x)
    }

    fn linear(b: &mut Builder, x: NodeId) -> NodeId {
        let (input, output) = (Dim::from(7), Dim::from(7));
        b.push("proj", Linear { input, output, bias: true, layout: Layout::OutIn }, &[x])
    }

    #[test]
    fn a_condition_within_a_condition_counts_the_rounds_that_meet_both() {
        let (mut b, x) = builder();
        let depth = Dim::from(b.count("L", "", Size::new(12)));
        let y = b.repeat("blocks", Role::Blocks, depth, x, |b, x| {
            let every = |period| When::Every { period, offset: 0 };
            b.when("outer", Role::Mlp, every(2), x, |b, x| {
                b.when("inner", Role::Mlp, every(3), x, |b, x| linear(b, x))
            })
        });
        b.end_pass(y);
        let built = b.finish().unwrap();
        let graph = &built.passes[0];
        let inner = graph.scopes().find(|(_, scope)| scope.name == "inner").unwrap().1;
        let value = |dim: &Dim| graph.symbols.eval(dim).unwrap();
        assert_eq!((value(&inner.total), value(&inner.times)), (Some(2), Some(2)));
        assert_eq!(value(&graph.params[0].copies), Some(2));
        let rounds = &graph.params[0].rounds[0];
        assert_eq!((0..12).filter(|round| rounds.include(*round)).collect::<Vec<_>>(), [0, 6]);
    }

    #[test]
    fn a_part_that_runs_on_two_shapes_is_stored_once() {
        let (mut b, x) = builder();
        let other = b.push("other", Input { shape: Shape::new([2.into(), 7.into()]) }, &[]);
        let tower = |b: &mut Builder, name: &str, x| {
            b.scope((name, "tower"), Role::Component(Component::VisionEncoder), |b| linear(b, x))
        };
        tower(&mut b, "tiles", x);
        let y = b.again(|b| tower(b, "thumbnail", other));
        b.end_pass(y);
        let graph = b.finish().unwrap().passes.remove(0);
        let names: Vec<&str> = graph.params.iter().map(|param| param.name.as_str()).collect();
        assert_eq!(names, ["tower.proj.weight", "tower.proj.bias"]);
        let first: Vec<bool> =
            graph.nodes().flat_map(|(_, node)| node.reads.iter().map(|r| r.is_first)).collect();
        assert_eq!(first, [true, true, false, false]);
    }

    #[test]
    fn what_is_stored_twice_or_never_is_wired_wrongly() {
        let (mut b, x) = builder();
        let x = linear(&mut b, x);
        let y = linear(&mut b, x);
        b.end_pass(y);
        assert_eq!(
            b.finish().unwrap_err(),
            ["proj.bias: stored twice", "proj.weight: stored twice"]
        );
        let (mut b, x) = builder();
        let y = b.again(|b| linear(b, x));
        b.end_pass(y);
        assert!(b.finish().unwrap_err()[0].contains("no tensor of this name"));
    }

    #[test]
    fn parts_of_one_stored_matrix() {
        let (mut b, x) = builder();
        let shape = Shape::new([Dim::from(21), Dim::from(7)]);
        let all = b.store(("in_proj.weight", "attn.in_proj_weight"), shape, ParamRole::Matrix);
        let read = |b: &mut Builder, name: &str, rows: i128| {
            let (input, output) = (Dim::from(7), Dim::from(7));
            let layer = Linear { input, output, bias: false, layout: Layout::OutIn };
            let part = Stored { param: all, offset: Some(rows.into()) };
            b.push_on(name, layer, &[x], &[part])
        };
        read(&mut b, "q", 0);
        let y = read(&mut b, "k", 7);
        b.end_pass(y);
        let graph = b.finish().unwrap().passes.remove(0);
        assert_eq!((graph.params.len(), graph.params[0].name.as_str()), (1, "attn.in_proj_weight"));
    }

    #[test]
    fn a_block_of_unknown_count_is_wired() {
        let (mut b, x) = builder();
        let depth = b.size("L", "", None).into();
        let y = b.repeat("blocks", Role::Blocks, depth, x, |b, x| b.residual(x, |_, x| x));
        assert_ne!(x, y);
        assert_eq!(b.repeat("none", Role::Blocks, Dim::zero(), y, |_, _| unreachable!()), y);
    }
}
