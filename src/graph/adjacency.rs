//! Adjacency: the edges among the nodes of one shard, as compressed sparse rows.

use crate::model::EdgeType;

/// Which way an edge is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From predecessor to successor.
    Out,
    /// From successor to predecessor.
    In,
}

/// An edge type and a node in one word: sorted words group by type, then follow the order of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End(u32);

impl End {
    const NODE_BITS: u32 = 30;

    /// One more than the largest node that fits.
    pub(super) const NODES_MAX: u32 = 1 << Self::NODE_BITS;

    pub(super) fn new(edge_type: EdgeType, node: u32) -> Self {
        assert!(node < Self::NODES_MAX, "a graph has fewer than 2^30 nodes");
        Self((edge_type as u32) << Self::NODE_BITS | node)
    }

    pub(super) fn node(self) -> u32 {
        self.0 & (Self::NODES_MAX - 1)
    }

    pub(super) fn edge_type(self) -> u32 {
        self.0 >> Self::NODE_BITS
    }
}

/// Edges of every type, both ways.
#[derive(Debug, Default)]
pub(super) struct Adjacency {
    out: Rows,
    into: Rows,
}

/// The ends of the edges of each node, sorted.
#[derive(Debug, Default)]
struct Rows {
    /// Where each node's ends begin; one more than there are nodes.
    starts: Box<[u32]>,
    ends: Box<[End]>,
}

/// Edges on their way into an adjacency, in any order and any number of times.
#[derive(Debug, Default)]
pub(super) struct Edges(Vec<(u32, End)>);

impl Edges {
    pub(super) fn push(&mut self, from: u32, to: u32, edge_type: EdgeType) {
        self.0.push((from, End::new(edge_type, to)));
    }

    pub(super) fn into_adjacency(mut self, nodes: u32) -> Adjacency {
        self.0.sort_unstable();
        self.0.dedup();
        let out = Rows::new(&self.0, nodes);
        for edge in &mut self.0 {
            let (from, to) = (edge.0, edge.1);
            *edge = (to.node(), End(to.0 & !(End::NODES_MAX - 1) | from));
        }
        self.0.sort_unstable();
        Adjacency { out, into: Rows::new(&self.0, nodes) }
    }
}

impl Adjacency {
    /// The ends of a node's edges of one type, in order.
    pub(super) fn ends(&self, node: u32, direction: Direction, edge_type: EdgeType) -> &[End] {
        let rows = match direction {
            Direction::Out => &self.out,
            Direction::In => &self.into,
        };
        of_type(rows.of(node), edge_type, |end| *end)
    }

    /// The number of edges.
    pub(super) fn len(&self) -> usize {
        self.out.ends.len()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.out.starts)
            + size_of_val(&*self.out.ends)
            + size_of_val(&*self.into.starts)
            + size_of_val(&*self.into.ends)
    }
}

/// The part of sorted items whose ends have the type.
pub(super) fn of_type<T>(items: &[T], edge_type: EdgeType, end: impl Fn(&T) -> End) -> &[T] {
    let edge_type = edge_type as u32;
    // Most nodes have a few default edges and nothing else.
    if items.last().is_none_or(|last| end(last).edge_type() == edge_type)
        && items.first().is_none_or(|first| end(first).edge_type() == edge_type)
    {
        return items;
    }
    let start = items.partition_point(|item| end(item).edge_type() < edge_type);
    let len = items[start..].partition_point(|item| end(item).edge_type() == edge_type);
    &items[start..start + len]
}

impl Rows {
    /// Rows from sorted edges.
    fn new(edges: &[(u32, End)], nodes: u32) -> Self {
        let mut starts = vec![0; nodes as usize + 1];
        for (node, _) in edges {
            starts[*node as usize + 1] += 1;
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        Self { starts: starts.into(), ends: edges.iter().map(|(_, end)| *end).collect() }
    }

    fn of(&self, node: u32) -> &[End] {
        let node = node as usize;
        &self.ends[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(ends: &[End]) -> Vec<u32> {
        ends.iter().map(|end| end.node()).collect()
    }

    #[test]
    fn edges_are_kept_once_and_in_order_both_ways() {
        let mut edges = Edges::default();
        for (from, to) in [(2, 1), (0, 3), (0, 1), (2, 1), (0, 2)] {
            edges.push(from, to, EdgeType::Default);
        }
        edges.push(0, 2, EdgeType::Delete);
        edges.push(1, 0, EdgeType::Iam);
        let adjacency = edges.into_adjacency(4);
        assert_eq!(adjacency.len(), 6);
        assert_eq!(nodes(adjacency.ends(0, Direction::Out, EdgeType::Default)), [1, 2, 3]);
        assert_eq!(nodes(adjacency.ends(0, Direction::Out, EdgeType::Delete)), [2]);
        assert_eq!(nodes(adjacency.ends(1, Direction::In, EdgeType::Default)), [0, 2]);
        assert_eq!(nodes(adjacency.ends(0, Direction::In, EdgeType::Iam)), [1]);
        assert!(adjacency.ends(3, Direction::Out, EdgeType::Default).is_empty());
        assert!(adjacency.ends(2, Direction::In, EdgeType::Iam).is_empty());
    }
}
