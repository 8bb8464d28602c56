//! Generations: the graph, what it was made of, and the marks on it.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Graph, Inventory, Mark, Marks, NodeId};

/// One immutable state of the whole inventory.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Counts up with every graph that is published; 0 is the empty one before the first collection.
    pub number: u64,
    /// When the collection behind it ended; none before the first.
    pub collected_at: Option<Timestamp>,
    pub inventory: Arc<Inventory>,
    pub graph: Arc<Graph>,
    pub marks: Arc<Marks>,
}

impl Generation {
    /// The mark on a node, if a cleanup rule wants it gone.
    pub fn mark(&self, id: NodeId) -> Option<&Mark> {
        self.marks.get(&self.graph.node(id).key)
    }
}
