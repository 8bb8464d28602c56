//! The store: the one pointer to the current generation.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::{Draft, Generation, Graph, Inventory, Marks};

/// Holds the current generation; readers never wait, writers publish whole generations.
#[derive(Debug)]
pub struct Store {
    current: ArcSwap<Generation>,
    /// Serialises publications, so that none is lost.
    publishing: Mutex<()>,
}

impl Store {
    /// A store with the empty generation 0.
    pub fn new(empty: Graph) -> Self {
        let generation = Generation::new(0, None, Arc::new(Inventory::default()), empty);
        Self { current: ArcSwap::from_pointee(generation), publishing: Mutex::new(()) }
    }

    /// The current generation; it stays valid for as long as it is held.
    pub fn current(&self) -> Arc<Generation> {
        self.current.load_full()
    }

    /// Seals a draft and publishes it. Marks stay on the nodes that still exist.
    pub fn publish(&self, draft: Draft, collected_at: Timestamp) -> Arc<Generation> {
        let (inventory, graph) = draft.seal();
        self.swap(|current| {
            let next = Generation::new(current.number + 1, Some(collected_at), inventory, graph);
            let marks = current.marks().iter().filter(|(key, _)| next.graph.by_key(key).is_some());
            let marks: Marks = marks.map(|(key, mark)| (key.clone(), mark.clone())).collect();
            next.with_marks(marks)
        })
    }

    /// Puts a generation of an earlier run into force, unless something was published since the start.
    pub fn restore(&self, generation: Generation) -> Arc<Generation> {
        self.swap(|current| if current.number == 0 { generation } else { current.clone() })
    }

    /// Lays other marks over the current graph; it stays the same generation.
    pub fn publish_marks(&self, marks: Marks) -> Arc<Generation> {
        self.swap(|current| current.clone().with_marks(marks))
    }

    fn swap(&self, next: impl FnOnce(&Generation) -> Generation) -> Arc<Generation> {
        let guard = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let next = Arc::new(next(&self.current.load()));
        self.current.store(next.clone());
        drop(guard);
        next
    }
}
