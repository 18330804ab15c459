//! Storing tensors: each once, found again by its name and rounds.

use super::super::{Component, NodeId, Param, ParamId};
use super::place::{Name, joined};
use super::{Builder, Stored};
use crate::dim::Dim;
use crate::ops::{ParamRole, Shape, Slot};

impl Builder {
    /// Stores a tensor of the current scope that several operations read, under its whole name.
    pub fn store<'a>(
        &mut self,
        name: impl Into<Name<'a>>,
        shape: Shape,
        role: ParamRole,
    ) -> ParamId {
        let name = name.into();
        self.declare(name.node, name.module, (shape, role, None))
    }

    /// The stored tensor that an operation reads in a slot.
    pub fn param(&self, node: NodeId, slot: usize) -> ParamId {
        self.nodes[node.0].reads[slot].param
    }

    /// The tensor of an operation's own: a name of a product's part ends with the slot's.
    pub(super) fn store_slot(&mut self, name: Name<'_>, slot: Slot) -> ParamId {
        let path = joined(name.node, slot.name);
        if slot.role == ParamRole::Vector && !name.module.is_empty() {
            return self.declare(&path, name.module, (slot.shape, slot.role, slot.active));
        }
        let module = joined(name.module, slot.name);
        self.declare(&path, &module, (slot.shape, slot.role, slot.active))
    }

    /// A new tensor, or with [`again`](Self::again) the one that is there.
    fn declare(
        &mut self,
        path: &str,
        name: &str,
        (shape, role, touched): (Shape, ParamRole, Option<Dim>),
    ) -> ParamId {
        let name = joined(&self.place.module, name);
        if self.again {
            let rounds = &self.place.rounds;
            let is_same = |param: &Param| param.name == name && param.rounds == *rounds;
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
            touched,
            component: self.place.component.unwrap_or(Component::Llm),
            copies: self.scopes[self.current.0].copies.clone(),
            rounds: self.place.rounds.clone(),
        });
        self.is_read.push(false);
        ParamId(self.params.len() - 1)
    }

    /// Whether a slot of this shape can read a stored tensor: all of it, or rows of it.
    pub(super) fn check_fit(&mut self, name: &str, stored: &Stored, wanted: &Shape) {
        let shape = &self.params[stored.param.0].shape;
        let fits = match stored.offset {
            None => shape == wanted,
            Some(_) => shape.0.len() == wanted.0.len() && shape.0.get(1..) == wanted.0.get(1..),
        };
        if !fits {
            self.problem(name, "the stored tensor is not of the shape that is read");
        }
    }

    /// Two tensors of one name would be one in a state dict, and two of one path where they run.
    pub(super) fn refuse_twins(&mut self) {
        let of_name = twins(&self.params, |param| &param.name, |a, b| a.rounds == b.rounds);
        let of_path = twins(&self.params, |param| &param.path, |a, b| a.name != b.name);
        self.problems.extend(of_name.into_iter().chain(of_path));
    }
}

/// Stored tensors that follow each other by a key, have the same one and clash.
fn twins(
    params: &[Param],
    key: fn(&Param) -> &str,
    clash: fn(&Param, &Param) -> bool,
) -> Vec<String> {
    let mut sorted: Vec<&Param> = params.iter().collect();
    sorted.sort_unstable_by(|a, b| key(a).cmp(key(b)));
    let pairs = sorted.windows(2);
    let twins = pairs.filter(|pair| key(pair[0]) == key(pair[1]) && clash(pair[0], pair[1]));
    twins.map(|pair| format!("{}: stored twice", key(pair[0]))).collect()
}
