//! Building a graph: stages call these to wire operations together.

use super::{Constraint, Graph, Node, NodeId, Scope, ScopeId, When};
use crate::dim::{Dim, Sym, Symbols};
use crate::ops::{Add, Op, Shape};
use crate::units::Size;

/// A graph under construction.
#[derive(Debug)]
pub struct Builder {
    symbols: Symbols,
    nodes: Vec<Node>,
    scopes: Vec<Scope>,
    current: ScopeId,
    constraints: Vec<Constraint>,
    problems: Vec<String>,
}

impl Builder {
    /// An empty graph over these symbols.
    pub fn new(symbols: Symbols) -> Builder {
        let root = Scope {
            name: String::new(),
            parent: None,
            times: Dim::one(),
            when: When::Always,
            of: None,
            carry: None,
            total: Dim::one(),
        };
        Builder {
            symbols,
            nodes: Vec::new(),
            scopes: vec![root],
            current: ScopeId(0),
            constraints: Vec::new(),
            problems: Vec::new(),
        }
    }

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

    /// Adds an operation to the current scope.
    pub fn push(&mut self, name: &str, op: impl Op + 'static, inputs: &[NodeId]) -> NodeId {
        let shapes: Vec<&Shape> = inputs.iter().map(|id| &self.nodes[id.0].shape).collect();
        let shape = match op.shape(&shapes) {
            Ok(shape) => shape,
            Err(mismatch) => {
                let fallback = shapes.first().map_or(Shape::new([]), |shape| (*shape).clone());
                self.problems.push(format!("{}: {}", self.path(name), mismatch.0));
                fallback
            }
        };
        let node = Node {
            name: name.into(),
            op: Box::new(op),
            inputs: inputs.into(),
            shape,
            scope: self.current,
        };
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
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
    pub fn require(&mut self, constraint: impl Into<Constraint>) {
        self.constraints.push(constraint.into());
    }

    /// Opens a scope for what `body` wires.
    pub fn scope<R>(&mut self, name: &str, body: impl FnOnce(&mut Self) -> R) -> R {
        self.enter(name, Dim::one(), When::Always, None);
        let result = body(self);
        self.leave();
        result
    }

    /// A block run `count` times, each round reading what the last one made. One that is known to
    /// run 0 times is not wired: its input is what it makes.
    pub fn repeat(
        &mut self,
        name: &str,
        count: Dim,
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        self.carry(name, count, When::Always, None, x, body)
    }

    /// A part of a block of `rounds` rounds that runs only in some of them; in the others its
    /// input is passed on. One that is known to run in none is not wired.
    pub fn when(
        &mut self,
        name: &str,
        rounds: &Dim,
        when: When,
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        // The scope around it already runs `rounds` times; as a share of that, it runs this often.
        let runs = self.runs(rounds, &when);
        self.carry(name, runs.over(rounds), when, Some(rounds.clone()), x, body)
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

    /// The finished graph with what must hold of its sizes, or what was wired wrongly.
    ///
    /// # Errors
    /// One line per operation whose inputs did not fit.
    pub fn finish(self, output: NodeId) -> Result<(Graph, Vec<Constraint>), Vec<String>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let graph = Graph { symbols: self.symbols, nodes: self.nodes, scopes: self.scopes, output };
        Ok((graph, self.constraints))
    }

    /// In how many of `rounds` rounds a part runs.
    fn runs(&mut self, rounds: &Dim, when: &When) -> Dim {
        match *when {
            When::Always => rounds.clone(),
            When::Every { period, offset } => {
                let period = Dim::from(period);
                let runs = match offset {
                    0 => self.symbols.ceil_div(rounds, &period),
                    // The same as ⌈(rounds − offset)/period⌉.
                    _ => {
                        let ahead = &period - 1 - Dim::from(offset);
                        self.symbols.floor_div(&(rounds + ahead), &period)
                    }
                };
                for sym in runs.symbols() {
                    self.symbols.count(sym);
                }
                runs
            }
            When::Except { period, offset } => {
                rounds - self.runs(rounds, &When::Every { period, offset })
            }
        }
    }

    fn set_axis(&mut self, id: NodeId, axis: usize, dim: Dim) {
        let node = &mut self.nodes[id.0];
        node.shape = node.shape.with(axis, dim);
    }

    fn carry(
        &mut self,
        name: &str,
        times: Dim,
        when: When,
        of: Option<Dim>,
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        if self.symbols.eval(&times) == Ok(Some(0)) {
            return x;
        }
        self.enter(name, times, when, of);
        let y = body(self, x);
        if self.shape(x) != self.shape(y) {
            self.problems.push(format!("{}: a round changes the shape", self.path("")));
        }
        self.scopes[self.current.0].carry = Some((x, y));
        self.leave();
        y
    }

    fn enter(&mut self, name: &str, times: Dim, when: When, of: Option<Dim>) {
        let total = &self.scopes[self.current.0].total * &times;
        let parent = Some(self.current);
        self.current = ScopeId(self.scopes.len());
        self.scopes.push(Scope { name: name.into(), parent, times, when, of, carry: None, total });
    }

    fn leave(&mut self) {
        if let Some(parent) = self.scopes[self.current.0].parent {
            self.current = parent;
        }
    }

    /// `llm.blocks.attention.name`, for messages.
    fn path(&self, name: &str) -> String {
        let mut parts = vec![name.to_owned()];
        let mut at = Some(self.current);
        while let Some(scope) = at {
            parts.push(self.scopes[scope.0].name.clone());
            at = self.scopes[scope.0].parent;
        }
        parts.retain(|part| !part.is_empty());
        parts.reverse();
        parts.join(".")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Input;

    /// A part of a block of `depth` rounds: its number of runs, if it is wired, and their formula.
    fn runs(depth: u64, when: When) -> (Option<i128>, String) {
        let mut b = Builder::new(Symbols::default());
        let depth = Dim::from(b.count("L", "", Size::new(depth)));
        let x = b.push("x", Input { shape: Shape::new([Dim::one()]) }, &[]);
        let y = b.repeat("blocks", depth.clone(), x, |b, x| {
            b.when("part", &depth, when, x, |b, x| b.residual(x, |_, x| x))
        });
        let (graph, _) = b.finish(y).unwrap();
        let part = graph.scopes().find(|(_, scope)| scope.name == "part");
        part.map_or((None, String::new()), |(_, part)| {
            let runs = &part.times * part.of.as_ref().unwrap();
            assert_eq!(runs, part.total);
            (graph.symbols.eval(&runs).unwrap(), graph.symbols.show(&runs))
        })
    }

    #[test]
    fn a_part_runs_in_as_many_rounds_as_are_counted() {
        for (period, offset) in [(1, 0), (2, 0), (2, 1), (3, 1), (6, 5), (6, 0)] {
            for depth in 1..15 {
                for when in [When::Every { period, offset }, When::Except { period, offset }] {
                    let counted = (0..depth).filter(|round| when.runs_in(*round)).count();
                    let expected = (counted > 0).then_some(counted as i128);
                    assert_eq!(runs(depth, when.clone()).0, expected, "{when:?} of {depth}");
                }
            }
        }
    }

    #[test]
    fn the_rounds_of_a_part_read_well() {
        let shown = |when| runs(34, when).1;
        assert_eq!(shown(When::Every { period: 6, offset: 5 }), "⌊L/6⌋");
        assert_eq!(shown(When::Except { period: 6, offset: 5 }), "L − ⌊L/6⌋");
        assert_eq!(shown(When::Every { period: 2, offset: 0 }), "⌈L/2⌉");
    }

    #[test]
    fn a_block_of_unknown_count_is_wired() {
        let mut b = Builder::new(Symbols::default());
        let depth = b.size("L", "", None).into();
        let x = b.push("x", Input { shape: Shape::new([Dim::one()]) }, &[]);
        let y = b.repeat("blocks", depth, x, |b, x| b.residual(x, |_, x| x));
        assert_ne!(x, y);
        assert_eq!(b.repeat("none", Dim::zero(), y, |_, _| unreachable!()), y);
    }
}
