//! Scopes that run in rounds, and parts that run in some of them.

use super::super::{NodeId, Role, Rounds, Scope, ScopeId, When, when};
use super::place::Name;
use super::{Builder, Repeats};
use crate::dim::Dim;

impl Builder {
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
        if self.is(&count, 0) {
            return x;
        }
        let around = &self.scopes[self.current.0];
        let (total, copies) = (&around.total * &count, &around.copies * &count);
        let repeats = Repeats { times: count.clone(), of: None, total, copies };
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
        let result = if self.is(&times, 0) {
            x
        } else {
            let times = self.count_of_kind((&name, role), times, &all);
            let (total, copies) = self.around_rounds();
            let (total, copies) = (total * &times, copies * &times);
            let of = (times != all.count).then_some(all.count);
            let repeats =
                Repeats { times: if of.is_some() { times } else { Dim::one() }, of, total, copies };
            self.carry(name, role, repeats, None, x, body)
        };
        if let Some(rounds) = self.place.rounds.last_mut() {
            rounds.when.pop();
        }
        result
    }

    /// How many blocks are of a kind, by a name for it: of `L` layers `L_full`.
    fn count_of_kind(&mut self, (kind, role): (&Name, Role), times: Dim, all: &Rounds) -> Dim {
        let is_kind = matches!(role, Role::KindOfBlocks | Role::SlidingBlocks | Role::FullBlocks);
        let Some(whole) = all.count.as_symbol().filter(|_| is_kind && all.when.len() == 1) else {
            return times;
        };
        if times == all.count {
            return times;
        }
        let name = format!("{}_{}", self.symbols.get(whole).name, kind.node);
        let part = self.named(&name, &format!("blocks of the kind `{}`", kind.node), times);
        self.symbols.count(part);
        self.symbols.part_of(part, whole);
        part.into()
    }

    /// Notes that the kinds of blocks that were wired in these rounds are all that there are.
    pub fn all_kinds(&mut self) {
        let rounds = self.place.rounds.last().and_then(|rounds| rounds.count.as_symbol());
        rounds.into_iter().for_each(|whole| self.symbols.parts_are_all(whole));
    }

    /// Whether what is wired here is run in rounds.
    pub fn is_in_rounds(&self) -> bool {
        !self.place.rounds.is_empty()
    }

    /// A part that is stored and does not run: its input is passed on.
    pub fn idle<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        role: Role,
        x: NodeId,
        body: impl FnOnce(&mut Self, NodeId) -> NodeId,
    ) -> NodeId {
        let copies = self.scopes[self.current.0].copies.clone();
        let (times, total) = (Dim::zero(), Dim::zero());
        let repeats = Repeats { times, of: Some(Dim::one()), total, copies };
        let scope = ScopeId(self.scopes.len());
        let y = self.carry(name.into(), role, repeats, None, x, body);
        self.scopes[scope.0].when = Some(When::Among([].into()));
        y
    }

    /// How many times the innermost repeated scope is begun, and of how many copies.
    fn around_rounds(&self) -> (Dim, Dim) {
        let mut scope = &self.scopes[self.current.0];
        while !scope.is_repeated {
            let Some(parent) = scope.parent else { return (Dim::one(), Dim::one()) };
            scope = &self.scopes[parent.0];
        }
        let Some(parent) = scope.parent else { return (Dim::one(), Dim::one()) };
        let Scope { total, copies, .. } = &self.scopes[parent.0];
        (total.clone(), copies.clone())
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
}
