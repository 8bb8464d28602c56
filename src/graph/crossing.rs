//! Crossings: the edges between nodes of different shards.

use crate::model::EdgeType;

use super::{
    Direction, NodeId,
    adjacency::{End, of_type},
};

/// Few, next to the edges within shards: sorted pairs, once for each way.
#[derive(Debug, Default)]
pub(super) struct Crossings {
    out: Side,
    into: Side,
}

#[derive(Debug, Default)]
struct Side {
    /// Where the pairs of each shard begin.
    starts: Box<[u32]>,
    /// A node and the other end, sorted.
    pairs: Box<[(u32, End)]>,
}

impl Crossings {
    /// Crossings of shards that begin at `starts`; the last of them is the number of nodes.
    pub(super) fn new(edges: &[(NodeId, NodeId, EdgeType)], starts: &[u32]) -> Self {
        let out = edges.iter().map(|(from, to, edge_type)| (from.0, End::new(*edge_type, to.0))).collect();
        let into = edges.iter().map(|(from, to, edge_type)| (to.0, End::new(*edge_type, from.0))).collect();
        Self { out: Side::new(out, starts), into: Side::new(into, starts) }
    }

    /// All of a shard, in order of its nodes.
    pub(super) fn of_shard(&self, shard: usize, direction: Direction) -> &[(u32, End)] {
        let side = match direction {
            Direction::Out => &self.out,
            Direction::In => &self.into,
        };
        match side.starts.get(shard..shard + 2) {
            Some(bounds) => &side.pairs[bounds[0] as usize..bounds[1] as usize],
            None => &[],
        }
    }

    /// Those of a node with one type, in order of the other end.
    pub(super) fn of(&self, shard: usize, node: NodeId, direction: Direction, edge_type: EdgeType) -> &[(u32, End)] {
        let pairs = self.of_shard(shard, direction);
        if pairs.is_empty() {
            return pairs;
        }
        let start = pairs.partition_point(|(near, _)| *near < node.0);
        let len = pairs[start..].partition_point(|(near, _)| *near == node.0);
        of_type(&pairs[start..start + len], edge_type, |(_, end)| *end)
    }

    /// The number of edges.
    pub(super) fn len(&self) -> usize {
        self.out.pairs.len()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        2 * (size_of_val(&*self.out.pairs) + size_of_val(&*self.out.starts))
    }
}

impl Side {
    fn new(mut pairs: Vec<(u32, End)>, starts: &[u32]) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let position = |start: &u32| {
            let position = pairs.partition_point(|(near, _)| near < start);
            u32::try_from(position).expect("there are fewer than 2^32 links")
        };
        Self { starts: starts.iter().map(position).collect(), pairs: pairs.into() }
    }
}
