//! The tree of a document, every part with its place.

use super::{Scalar, Segment, Span};

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub span: Span,
    pub value: NodeValue,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeValue {
    /// Nothing was written behind the key.
    Null,
    Scalar(Scalar),
    List(Vec<Node>),
    /// In the order of the text; no key twice.
    Map(Vec<Entry>),
}

/// One key of a map with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub node: Node,
}

impl Node {
    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// A key with its place, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a map; empty for everything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            NodeValue::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The number of values in the tree, itself included.
    pub(super) fn size(&self) -> usize {
        1 + match &self.value {
            NodeValue::Null | NodeValue::Scalar(_) => 0,
            NodeValue::List(items) => items.iter().map(Node::size).sum(),
            NodeValue::Map(entries) => entries.iter().map(|entry| entry.node.size()).sum(),
        }
    }

    /// The node that `path` leads to.
    pub fn at(&self, path: &[Segment]) -> Option<&Node> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match (first, &self.value) {
            (Segment::Index(index), NodeValue::List(items)) => items.get(*index)?.at(rest),
            (Segment::Key(key), NodeValue::Map(_)) => self.get(key)?.at(rest),
            _ => None,
        }
    }

    /// Takes the child at `steps` (positions, outermost first) out of the tree.
    pub(super) fn remove(&mut self, steps: &[usize]) {
        match (steps, &mut self.value) {
            ([last], NodeValue::List(items)) => drop(items.remove(*last)),
            ([last], NodeValue::Map(entries)) => drop(entries.remove(*last)),
            ([first, rest @ ..], NodeValue::List(items)) => items[*first].remove(rest),
            ([first, rest @ ..], NodeValue::Map(entries)) => entries[*first].node.remove(rest),
            _ => {}
        }
    }

    /// Adds an entry to the map at `path`, if there is one.
    pub(super) fn insert(&mut self, path: &[Segment], entry: Entry) {
        match (path, &mut self.value) {
            ([], NodeValue::Map(entries)) => entries.push(entry),
            ([Segment::Key(key), rest @ ..], NodeValue::Map(entries)) => {
                if let Some(child) = entries.iter_mut().find(|child| child.key == *key) {
                    child.node.insert(rest, entry);
                }
            }
            _ => {}
        }
    }

    /// The path of the child at `steps`; positions in maps become keys.
    pub(super) fn path(&self, steps: &[usize]) -> Vec<Segment> {
        let Some((first, rest)) = steps.split_first() else { return Vec::new() };
        let (segment, child) = match &self.value {
            NodeValue::List(items) => (Segment::Index(*first), &items[*first]),
            NodeValue::Map(entries) => (Segment::Key(entries[*first].key.clone()), &entries[*first].node),
            NodeValue::Null | NodeValue::Scalar(_) => return Vec::new(),
        };
        std::iter::once(segment).chain(child.path(rest)).collect()
    }
}
