//! Neighbours: the nodes one step away from a node.

use std::{iter::FusedIterator, slice};

use super::{NodeId, adjacency::End};

/// The nodes at the other ends of a node's edges of one type, in order.
#[derive(Clone, Debug)]
pub struct Neighbours<'a> {
    /// In shards before the node's own.
    before: slice::Iter<'a, (u32, End)>,
    /// In its own, by local id.
    near: slice::Iter<'a, End>,
    /// The first node of its own shard.
    start: u32,
    after: slice::Iter<'a, (u32, End)>,
}

impl<'a> Neighbours<'a> {
    pub(super) fn new(near: &'a [End], start: u32, far: &'a [(u32, End)]) -> Self {
        let (before, after) = far.split_at(far.partition_point(|(_, end)| end.node() < start));
        Self { before: before.iter(), near: near.iter(), start, after: after.iter() }
    }
}

impl Iterator for Neighbours<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let far = |(_, end): &(u32, End)| NodeId(end.node());
        self.before
            .next()
            .map(far)
            .or_else(|| self.near.next().map(|end| NodeId(self.start + end.node())))
            .or_else(|| self.after.next().map(far))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.before.len() + self.near.len() + self.after.len();
        (len, Some(len))
    }
}

impl ExactSizeIterator for Neighbours<'_> {}

impl FusedIterator for Neighbours<'_> {}
