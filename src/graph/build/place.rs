//! Where something is wired, and what it is called there.

use super::super::{Component, Rounds};

/// What a part is called: in the graph, and as a module of a state dict.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    /// The name in the scope around it.
    pub node: &'a str,
    /// The module in the one around it; empty if it is no module of its own.
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

/// Where something is wired: what its tensors are called, and how many of them there are.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The path of the current scope, with `{}` for a round.
    pub path: String,
    /// The current module, with `{}` for the number of a block.
    pub module: String,
    /// The component around it.
    pub component: Option<Component>,
    /// The repeated scopes around it.
    pub rounds: Vec<Rounds>,
}

/// The lengths of a [`Place`] to go back to.
pub(super) struct Mark {
    path: usize,
    module: usize,
    component: Option<Component>,
    rounds: usize,
}

impl Place {
    pub fn mark(&self) -> Mark {
        let Place { path, module, component, rounds } = self;
        let (path, module, rounds) = (path.len(), module.len(), rounds.len());
        Mark { path, module, component: *component, rounds }
    }

    pub fn back(&mut self, mark: &Mark) {
        self.path.truncate(mark.path);
        self.module.truncate(mark.module);
        self.component = mark.component;
        self.rounds.truncate(mark.rounds);
    }
}

/// A name below a path; the path itself for none.
pub(super) fn joined(path: &str, name: &str) -> String {
    let mut joined = String::with_capacity(path.len() + 1 + name.len());
    joined.push_str(path);
    extend(&mut joined, name);
    joined
}

/// Puts a name below a path.
pub(super) fn extend(path: &mut String, name: &str) {
    if !path.is_empty() && !name.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}
