//! Topology: the edges of one type as petgraph sees them.

use petgraph::{
    Directed,
    visit::{
        GraphBase, GraphProp, GraphRef, IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers,
        NodeCompactIndexable, NodeCount, NodeIndexable, VisitMap, Visitable,
    },
};

use crate::model::EdgeType;

use super::{Direction, Graph, Neighbours, NodeId};

/// A view of a graph that petgraph's algorithms run on; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Topology<'a> {
    graph: &'a Graph,
    edge_type: EdgeType,
}

/// The nodes that an algorithm has visited.
#[derive(Clone, Debug, Default)]
pub struct Visited(Vec<bool>);

impl<'a> Topology<'a> {
    pub(super) fn new(graph: &'a Graph, edge_type: EdgeType) -> Self {
        Self { graph, edge_type }
    }
}

impl GraphBase for Topology<'_> {
    /// The ends of an edge; with the type it is one of a kind.
    type EdgeId = (NodeId, NodeId);
    type NodeId = NodeId;
}

impl GraphRef for Topology<'_> {}

impl GraphProp for Topology<'_> {
    type EdgeType = Directed;
}

impl NodeCount for Topology<'_> {
    fn node_count(&self) -> usize {
        self.graph.len()
    }
}

impl NodeIndexable for Topology<'_> {
    fn node_bound(&self) -> usize {
        self.graph.len()
    }

    fn to_index(&self, node: NodeId) -> usize {
        node.index()
    }

    fn from_index(&self, index: usize) -> NodeId {
        NodeId::new(index)
    }
}

impl NodeCompactIndexable for Topology<'_> {}

impl IntoNodeIdentifiers for Topology<'_> {
    type NodeIdentifiers = std::iter::Map<std::ops::Range<usize>, fn(usize) -> NodeId>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        (0..self.graph.len()).map(NodeId::new)
    }
}

impl<'a> IntoNeighbors for Topology<'a> {
    type Neighbors = Neighbours<'a>;

    fn neighbors(self, node: NodeId) -> Neighbours<'a> {
        self.graph.neighbours(node, Direction::Out, self.edge_type)
    }
}

impl<'a> IntoNeighborsDirected for Topology<'a> {
    type NeighborsDirected = Neighbours<'a>;

    fn neighbors_directed(self, node: NodeId, direction: petgraph::Direction) -> Neighbours<'a> {
        let direction = match direction {
            petgraph::Direction::Outgoing => Direction::Out,
            petgraph::Direction::Incoming => Direction::In,
        };
        self.graph.neighbours(node, direction, self.edge_type)
    }
}

impl Visitable for Topology<'_> {
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        Visited(vec![false; self.graph.len()])
    }

    fn reset_map(&self, map: &mut Visited) {
        map.0.clear();
        map.0.resize(self.graph.len(), false);
    }
}

impl VisitMap<NodeId> for Visited {
    fn visit(&mut self, node: NodeId) -> bool {
        !std::mem::replace(&mut self.0[node.index()], true)
    }

    fn is_visited(&self, node: &NodeId) -> bool {
        self.0[node.index()]
    }

    fn unvisit(&mut self, node: NodeId) -> bool {
        std::mem::replace(&mut self.0[node.index()], false)
    }
}
