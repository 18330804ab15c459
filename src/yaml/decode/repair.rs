//! Changes a copy of the tree so that reading gets past a fault.

use super::fault::{Fault, Kind};
use super::hole::{HOLE, has_hole, hole};
use super::report::locate;
use crate::diag::near;
use crate::yaml::{Entry, Node, Value};

/// A copy of the tree under repair.
pub(super) struct Patient {
    pub tree: Node,
    /// Keys whose stand-in did not help and was removed, as (path of the map, key).
    removed: Vec<(String, String)>,
    /// Paths of bare choices (`bridge: qformr`) that were renamed to what was probably meant.
    renamed: Vec<String>,
}

impl Patient {
    pub fn new(tree: Node) -> Self {
        Patient { tree, removed: Vec::new(), renamed: Vec::new() }
    }

    /// Whether the fault only comes from an earlier repair, and so is not one of the user's.
    pub fn is_consequence(&self, fault: &Fault) -> bool {
        let place = locate(&self.tree, fault);
        match fault.kind {
            _ if fault.in_hole => true,
            // Nobody has chosen yet what the content of a renamed choice is.
            Kind::Missing(_) if matches!(place.node.value, Value::Str(_)) => {
                self.renamed.contains(&place.path)
            }
            Kind::Missing(key) => self.was_removed(&place.path, key),
            Kind::Custom(_) => has_hole(place.node),
            _ => false,
        }
    }

    fn was_removed(&self, path: &str, key: &str) -> bool {
        self.removed.iter().any(|(map, name)| map == path && name == key)
    }

    /// Repairs the place of the fault. `false` if nothing more can be done.
    pub fn repair(&mut self, fault: &Fault) -> bool {
        let path = locate(&self.tree, fault).path;
        let given_up = matches!(fault.kind, Kind::Missing(key) if self.was_removed(&path, key));
        if fault.in_hole || fault.on_key {
            return self.remove(fault);
        }
        let Some(node) = node_mut(&mut self.tree, &fault.steps) else {
            return false;
        };
        match &fault.kind {
            Kind::Missing(key) if !given_up => add_hole(node, key),
            Kind::UnknownKey { known, .. } => fix_keys(node, known),
            Kind::UnknownVariant { name, known } => {
                match (near(name, known.iter().copied()), &mut node.value) {
                    (Some(name), Value::Str(text)) => {
                        name.clone_into(text);
                        self.renamed.push(path);
                    }
                    (Some(name), Value::Map(entries)) if !entries.is_empty() => {
                        name.clone_into(&mut entries[0].key);
                    }
                    _ => *node = hole(),
                }
            }
            _ => *node = hole(),
        }
        true
    }

    /// Removes the entry that the fault is at, or what contains it.
    fn remove(&mut self, fault: &Fault) -> bool {
        let Some((&index, above)) = fault.steps.split_first() else {
            return false;
        };
        let parent = Fault { steps: above.to_vec(), ..Fault::new(Kind::NoContent) };
        let path = locate(&self.tree, &parent).path;
        let Some(node) = node_mut(&mut self.tree, above) else {
            return false;
        };
        match &mut node.value {
            Value::Map(entries) if entries.len() > 1 && index < entries.len() => {
                self.removed.push((path, entries.remove(index).key));
            }
            // A choice has one key, and the items of a list may be counted.
            _ => *node = hole(),
        }
        true
    }
}

/// Gives the map at a node one more key. A bare choice (`bridge: mlp`) becomes a map first.
fn add_hole(node: &mut Node, key: &str) {
    let entry = Entry::new(key, HOLE, hole());
    match &mut node.value {
        Value::Map(entries) => entries.push(entry),
        Value::Str(name) => {
            let content = Node { value: Value::Map(vec![entry]), span: node.span };
            node.value = Value::Map(vec![Entry::new(std::mem::take(name), node.span, content)]);
        }
        Value::Null => node.value = Value::Map(vec![entry]),
        _ => *node = hole(),
    }
}

/// Renames unknown keys to what was probably meant, so that their values are checked too, and
/// removes the others.
fn fix_keys(node: &mut Node, known: &[&'static str]) {
    let Value::Map(entries) = &mut node.value else {
        *node = hole();
        return;
    };
    let is_known = |key: &str| known.contains(&key);
    let mut taken: Vec<String> =
        entries.iter().map(|entry| entry.key.clone()).filter(|key| is_known(key)).collect();
    let before = entries.len();
    let mut renamed = false;
    entries.retain_mut(|entry| {
        if is_known(&entry.key) {
            return true;
        }
        let meant = near(&entry.key, known.iter().copied())
            .filter(|name| !taken.iter().any(|key| key == name));
        meant.is_some_and(|name| {
            taken.push(name.to_owned());
            name.clone_into(&mut entry.key);
            renamed = true;
            true
        })
    });
    if before == entries.len() && !renamed {
        // A type's own `Deserialize` refused a key that it says it knows.
        *node = hole();
    }
}

/// The node at the steps, which lead from it to the root.
fn node_mut<'t>(root: &'t mut Node, steps: &[usize]) -> Option<&'t mut Node> {
    steps.iter().rev().try_fold(root, |node, &index| match &mut node.value {
        Value::Map(entries) => entries.get_mut(index).map(|entry| &mut entry.value),
        Value::Seq(items) => items.get_mut(index),
        _ => None,
    })
}
