//! Traversal: from a set of nodes along edges to another set.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    graph::{Direction, Graph, NodeId},
    model::EdgeType,
};

use super::{
    ast::Depth,
    limits::{Budget, Exhausted},
};

/// A compiled navigation.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    /// Which edges one step may take.
    pub(super) edges: Vec<(Direction, EdgeType)>,
    pub(super) depth: Depth,
}

/// Which nodes a walk has seen: cheap to clear, because one walk after the other uses it.
#[derive(Debug)]
pub(super) struct Seen {
    /// The number of the walk that saw the node last.
    stamps: Vec<u32>,
    walk: u32,
}

impl Seen {
    pub(super) fn new(graph: &Graph) -> Self {
        Self { stamps: vec![0; graph.len()], walk: 0 }
    }

    fn next_walk(&mut self) {
        if self.walk == u32::MAX {
            self.stamps.fill(0);
            self.walk = 0;
        }
        self.walk += 1;
    }

    fn insert(&mut self, node: NodeId) -> bool {
        let stamp = &mut self.stamps[node.index()];
        let new = *stamp != self.walk;
        *stamp = self.walk;
        new
    }
}

impl Walk {
    /// All nodes that are reached from any of the starts, in the order of the graph.
    ///
    /// For few starts, walked one by one.
    pub(super) fn targets_of_few(
        &self,
        graph: &Graph,
        starts: &[NodeId],
        seen: &mut Seen,
        budget: &mut Budget,
    ) -> Result<Vec<NodeId>, Exhausted> {
        let mut found = BTreeSet::new();
        if self.depth.min == 0 {
            // The starts belong to the answer, so one walk from all of them at once finds the same nodes.
            self.visit(graph, starts, seen, budget, &mut |node| {
                found.insert(node);
                true
            })?;
        } else {
            // Whether a start is reached from another one must not depend on it being a start.
            for start in starts {
                self.visit(graph, &[*start], seen, budget, &mut |node| {
                    found.insert(node);
                    true
                })?;
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Calls `f` with each node that is reached from the starts, nearest first, each once; false ends the walk.
    pub(super) fn visit(
        &self,
        graph: &Graph,
        starts: &[NodeId],
        seen: &mut Seen,
        budget: &mut Budget,
        f: &mut dyn FnMut(NodeId) -> bool,
    ) -> Result<(), Exhausted> {
        seen.next_walk();
        let mut open: VecDeque<(NodeId, u32)> = VecDeque::new();
        for start in starts {
            if seen.insert(*start) {
                open.push_back((*start, 0));
            }
        }
        while let Some((node, depth)) = open.pop_front() {
            budget.step()?;
            if depth >= self.depth.min && !f(node) {
                return Ok(());
            }
            if depth == self.depth.max {
                continue;
            }
            for (direction, edge_type) in &self.edges {
                for neighbour in graph.neighbours(node, *direction, *edge_type) {
                    budget.step()?;
                    if seen.insert(neighbour) {
                        open.push_back((neighbour, depth + 1));
                    }
                }
            }
        }
        Ok(())
    }
}
