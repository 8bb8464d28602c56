//! Order: which resources must be gone before which others.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::{algo::tarjan_scc, graph::DiGraph};

use crate::{
    graph::{Direction, Generation, NodeId},
    model::EdgeType,
};

/// What must be gone before each resource: the successors of its delete edges.
///
/// A resource that goes with its owner is looked through: what must go before it must go before its owner.
pub(super) struct Prerequisites<'a> {
    generation: &'a Generation,
    goes_with_its_owner: &'a dyn Fn(NodeId) -> bool,
}

impl<'a> Prerequisites<'a> {
    pub(super) fn new(generation: &'a Generation, goes_with_its_owner: &'a dyn Fn(NodeId) -> bool) -> Self {
        Self { generation, goes_with_its_owner }
    }

    pub(super) fn of(&self, id: NodeId) -> BTreeSet<NodeId> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::from([id]);
        let mut open = vec![id];
        while let Some(next) = open.pop() {
            for successor in self.generation.graph.neighbours(next, Direction::Out, EdgeType::Delete) {
                if !seen.insert(successor) {
                    continue;
                }
                if (self.goes_with_its_owner)(successor) {
                    open.push(successor);
                } else {
                    found.insert(successor);
                }
            }
        }
        found
    }
}

/// Puts resources into waves: everything that must go before a resource is in an earlier wave.
///
/// Resources that wait for each other in a circle share a wave: no order can satisfy them.
pub(super) fn waves(prerequisites: &BTreeMap<NodeId, BTreeSet<NodeId>>) -> Vec<Vec<NodeId>> {
    let mut graph = DiGraph::<NodeId, ()>::new();
    let indices: BTreeMap<NodeId, _> = prerequisites.keys().map(|id| (*id, graph.add_node(*id))).collect();
    for (id, before) in prerequisites {
        for other in before.iter().filter_map(|other| indices.get(other)) {
            graph.add_edge(indices[id], *other, ());
        }
    }
    let mut wave_of = BTreeMap::new();
    let mut waves: Vec<Vec<NodeId>> = Vec::new();
    // The components come in such an order that what an edge points to comes before what it comes from.
    for component in tarjan_scc(&graph) {
        let before = component.iter().flat_map(|index| graph.neighbors(*index)).filter_map(|index| wave_of.get(&index));
        let wave = before.map(|wave: &usize| wave + 1).max().unwrap_or(0);
        waves.resize_with(waves.len().max(wave + 1), Vec::new);
        for index in component {
            wave_of.insert(index, wave);
            waves[wave].push(graph[index]);
        }
    }
    for wave in &mut waves {
        wave.sort_unstable();
    }
    waves
}
