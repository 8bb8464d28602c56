//! Generations: the graph, what it was made of, and the marks on it.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::{Graph, Inventory, Mark, Marks, NodeId};

type Marked = [(NodeId, Arc<str>)];

/// One immutable state of the whole inventory.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Counts up with every graph that is published; 0 is the empty one before the first collection.
    pub number: u64,
    /// When the collection behind it ended; none before the first.
    pub collected_at: Option<Timestamp>,
    pub inventory: Arc<Inventory>,
    pub graph: Arc<Graph>,
    marks: Arc<Marks>,
    /// The marked nodes, in order; resolved when the first is asked for.
    marked: OnceLock<Arc<Marked>>,
}

impl Generation {
    /// A generation without marks.
    pub fn new(
        number: u64,
        collected_at: Option<Timestamp>,
        inventory: Arc<Inventory>,
        graph: impl Into<Arc<Graph>>,
    ) -> Self {
        let marks = Arc::new(Marks::new());
        Self { number, collected_at, inventory, graph: graph.into(), marks, marked: OnceLock::new() }
    }

    /// The same generation under other marks; those on nodes that do not exist stay unseen.
    #[must_use]
    pub fn with_marks(self, marks: impl Into<Arc<Marks>>) -> Self {
        Self { marks: marks.into(), marked: OnceLock::new(), ..self }
    }

    /// All marks, by the key of the marked node.
    pub fn marks(&self) -> &Arc<Marks> {
        &self.marks
    }

    /// The marked nodes with their keys, in order; costs nothing where there are none.
    pub fn marked(&self) -> &Marked {
        if self.marks.is_empty() {
            return &[];
        }
        self.marked.get_or_init(|| {
            let nodes = self.marks.keys().filter_map(|key| Some((self.graph.by_key(key)?, key.clone())));
            let mut marked: Vec<_> = nodes.collect();
            marked.sort_unstable();
            marked.into()
        })
    }

    /// The mark on a node, if a cleanup rule wants it gone.
    pub fn mark(&self, id: NodeId) -> Option<&Mark> {
        let marked = self.marked();
        let position = marked.binary_search_by_key(&id, |(node, _)| *node).ok()?;
        self.marks.get(&marked[position].1)
    }
}
