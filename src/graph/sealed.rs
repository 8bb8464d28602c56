//! The sealed graph: nodes in a fixed order and petgraph's topology over them.

use std::{collections::BTreeMap, collections::VecDeque, sync::Arc};

use petgraph::{
    graph::{DiGraph, NodeIndex},
    visit::EdgeRef,
};

use crate::model::{EdgeType, KindModel, KindName};

use super::{Node, NodeId, Unresolved};

/// No path is followed further than this, as in the original.
const DEPTH_MAX: usize = 250;

/// Which way an edge is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From predecessor to successor.
    Out,
    /// From successor to predecessor.
    In,
}

/// All nodes and edges of one generation; it never changes.
#[derive(Clone, Debug)]
pub struct Graph {
    kinds: Arc<KindModel>,
    /// Sorted: the root, the clouds, accounts, regions, zones, then resources by scope and id.
    nodes: Vec<Node>,
    topology: DiGraph<(), EdgeType>,
    by_kind: BTreeMap<KindName, Vec<NodeId>>,
    by_key: BTreeMap<Arc<str>, NodeId>,
    unresolved: Unresolved,
}

impl Graph {
    /// The graph of an inventory that has nothing in it.
    pub fn empty(kinds: Arc<KindModel>) -> Self {
        Self::new(kinds, Vec::new(), &[], Unresolved::new())
    }

    pub(super) fn new(
        kinds: Arc<KindModel>,
        nodes: Vec<Node>,
        edges: &[(NodeId, NodeId, EdgeType)],
        unresolved: Unresolved,
    ) -> Self {
        let mut topology = DiGraph::with_capacity(nodes.len(), edges.len());
        let mut by_kind: BTreeMap<KindName, Vec<NodeId>> = BTreeMap::new();
        let mut by_key = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            topology.add_node(());
            let id = NodeId::new(index);
            by_key.insert(node.key.clone(), id);
            for kind in &*node.lineage {
                match by_kind.get_mut(kind) {
                    Some(ids) => ids.push(id),
                    None => drop(by_kind.insert(kind.clone(), vec![id])),
                }
            }
        }
        // petgraph walks the last edge first; adding them backwards makes a walk follow the order given.
        for (from, to, edge) in edges.iter().rev() {
            topology.add_edge(NodeIndex::new(from.index()), NodeIndex::new(to.index()), *edge);
        }
        Self { kinds, nodes, topology, by_kind, by_key, unresolved }
    }

    /// Every kind that exists, whether or not a node has it.
    pub fn kinds(&self) -> &KindModel {
        &self.kinds
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The number of edges of every type.
    pub fn edges(&self) -> usize {
        self.topology.edge_count()
    }

    /// Every node, in an order that is the same for the same inventory.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::new)
    }

    /// The node; its id must come from this graph.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The nodes that are of the kind or inherit from it, in order.
    pub fn of_kind(&self, kind: &str) -> &[NodeId] {
        self.by_kind.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The node with this key.
    pub fn by_key(&self, key: &str) -> Option<NodeId> {
        self.by_key.get(key).copied()
    }

    /// The nodes one step away over edges of one type.
    pub fn neighbours(
        &self,
        id: NodeId,
        direction: Direction,
        edge_type: EdgeType,
    ) -> impl Iterator<Item = NodeId> + use<'_> {
        let index = NodeIndex::new(id.index());
        let direction = match direction {
            Direction::Out => petgraph::Direction::Outgoing,
            Direction::In => petgraph::Direction::Incoming,
        };
        self.topology.edges_directed(index, direction).filter(move |edge| *edge.weight() == edge_type).map(
            move |edge| match direction {
                petgraph::Direction::Outgoing => NodeId::new(edge.target().index()),
                petgraph::Direction::Incoming => NodeId::new(edge.source().index()),
            },
        )
    }

    /// The nearest node of a kind against the default edges, the node itself included.
    pub fn ancestor(&self, id: NodeId, kind: &str) -> Option<NodeId> {
        let node = self.node(id);
        // Resolved when the graph was laid out; nothing nearer can exist.
        let known = match kind {
            "cloud" => Some(node.cloud),
            "account" => Some(node.account),
            "region" => Some(node.region),
            "zone" => Some(node.zone),
            _ => None,
        };
        known.unwrap_or_else(|| self.nearest(id, kind, Direction::In))
    }

    /// The nearest node of a kind along the default edges, the node itself included.
    pub fn descendant(&self, id: NodeId, kind: &str) -> Option<NodeId> {
        self.nearest(id, kind, Direction::Out)
    }

    /// The links that became no edge.
    pub fn unresolved(&self) -> &Unresolved {
        &self.unresolved
    }

    /// The edges as petgraph sees them, for its algorithms; a node's index is that of its [`NodeId`].
    pub fn topology(&self) -> &DiGraph<(), EdgeType> {
        &self.topology
    }

    fn nearest(&self, id: NodeId, kind: &str, direction: Direction) -> Option<NodeId> {
        if self.of_kind(kind).is_empty() {
            return None;
        }
        let mut seen = std::collections::HashSet::from([id]);
        let mut open = VecDeque::from([(id, 0)]);
        while let Some((next, depth)) = open.pop_front() {
            if self.node(next).is(kind) {
                return Some(next);
            }
            if depth < DEPTH_MAX {
                let unseen = self.neighbours(next, direction, EdgeType::Default).filter(|id| seen.insert(*id));
                open.extend(unseen.map(|id| (id, depth + 1)));
            }
        }
        None
    }
}
