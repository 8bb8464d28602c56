//! Walks from whole sets of nodes at once.
//!
//! A node is reached when its distance from some start lies within the walk's depth, and a start is at distance 0 from
//! itself: whether one start is reached from another must not depend on it being a start too.

use crate::{
    graph::{Direction, Graph, NodeId},
    search::{
        limits::{Budget, Exhausted},
        traverse::{Seen, Walk},
    },
};

use super::bits::Bits;

impl Walk {
    /// The walk that leads back.
    pub(super) fn reversed(&self) -> Self {
        let edges = self.edges.iter().map(|(direction, edge_type)| match direction {
            Direction::Out => (Direction::In, *edge_type),
            Direction::In => (Direction::Out, *edge_type),
        });
        Self { edges: edges.collect(), depth: self.depth }
    }

    /// All nodes that are reached from any of the starts; nodes that are not wanted may be left out.
    pub(super) fn targets(
        &self,
        graph: &Graph,
        starts: &Bits,
        wanted: Option<&Bits>,
        budget: &mut Budget,
    ) -> Result<Bits, Exhausted> {
        match (self.depth.min, self.depth.max) {
            (0, _) => self.reach(graph, starts, budget),
            (1, 1) => {
                let mut found = Bits::new(graph.len());
                for start in starts.iter() {
                    self.step(graph, NodeId::new(start), budget, |node| {
                        found.insert(node.index());
                    })?;
                }
                Ok(found)
            }
            (1, _) => self.reach_from_others(graph, starts, budget),
            _ => self.reach_beyond(graph, starts, wanted, budget),
        }
    }

    /// All nodes at most as far from the nearest start as the walk goes, the starts included.
    pub(super) fn reach(&self, graph: &Graph, starts: &Bits, budget: &mut Budget) -> Result<Bits, Exhausted> {
        let mut found = starts.clone();
        let mut frontier: Vec<NodeId> = starts.iter().map(NodeId::new).collect();
        for _ in 0..self.depth.max {
            let mut next = Vec::new();
            for node in frontier {
                self.step(graph, node, budget, |neighbour| {
                    if found.insert(neighbour.index()) {
                        next.push(neighbour);
                    }
                })?;
            }
            if next.is_empty() {
                break;
            }
            frontier = next;
        }
        Ok(found)
    }

    /// All nodes that are reached from a start which is not the node itself, by one step or more.
    ///
    /// Two different starts for each node are enough to know that: one of the nearest two is another one.
    fn reach_from_others(&self, graph: &Graph, starts: &Bits, budget: &mut Budget) -> Result<Bits, Exhausted> {
        const NONE: u32 = u32::MAX;
        let mut found = Bits::new(graph.len());
        let mut origins = vec![[NONE; 2]; graph.len()];
        let mut frontier = Vec::new();
        for (start, origin) in starts.iter().zip(0..) {
            origins[start][0] = origin;
            frontier.push((NodeId::new(start), origin));
        }
        for _ in 0..self.depth.max {
            let mut next = Vec::new();
            for (node, origin) in frontier {
                self.step(graph, node, budget, |neighbour| {
                    let known = &mut origins[neighbour.index()];
                    if known.contains(&origin) {
                        return;
                    }
                    let Some(free) = known.iter_mut().find(|known| **known == NONE) else { return };
                    *free = origin;
                    found.insert(neighbour.index());
                    next.push((neighbour, origin));
                })?;
            }
            if next.is_empty() {
                break;
            }
            frontier = next;
        }
        Ok(found)
    }

    /// All nodes that are reached by two steps or more.
    ///
    /// A node whose nearest start is far enough away is reached from it. Of the nearer ones another start may be at the
    /// right distance: they are looked at one by one, against the direction of the walk.
    fn reach_beyond(
        &self,
        graph: &Graph,
        starts: &Bits,
        wanted: Option<&Bits>,
        budget: &mut Budget,
    ) -> Result<Bits, Exhausted> {
        let mut found = Bits::new(graph.len());
        let mut seen = starts.clone();
        let mut near: Vec<NodeId> = Vec::new();
        let mut frontier: Vec<NodeId> = starts.iter().map(NodeId::new).collect();
        for depth in 0..=self.depth.max {
            if depth >= self.depth.min {
                found.extend(frontier.iter().map(|node| node.index()));
            } else {
                near.extend(&frontier);
            }
            if depth == self.depth.max || frontier.is_empty() {
                break;
            }
            let mut next = Vec::new();
            for node in frontier {
                self.step(graph, node, budget, |neighbour| {
                    if seen.insert(neighbour.index()) {
                        next.push(neighbour);
                    }
                })?;
            }
            frontier = next;
        }
        let back = self.reversed();
        let mut seen = Seen::new(graph);
        for node in near.into_iter().filter(|node| wanted.is_none_or(|wanted| wanted.contains(node.index()))) {
            let mut reached = false;
            back.visit(graph, &[node], &mut seen, budget, &mut |start| {
                reached = starts.contains(start.index());
                !reached
            })?;
            if reached {
                found.insert(node.index());
            }
        }
        Ok(found)
    }

    /// Calls `f` with the nodes one step away; with some more than once, if several edges lead there.
    pub(super) fn step(
        &self,
        graph: &Graph,
        node: NodeId,
        budget: &mut Budget,
        mut f: impl FnMut(NodeId),
    ) -> Result<(), Exhausted> {
        budget.step()?;
        for (direction, edge_type) in &self.edges {
            for neighbour in graph.neighbours(node, *direction, *edge_type) {
                budget.step()?;
                f(neighbour);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        graph::fixture,
        model::{DeleteOrder, EdgeType, Link, LinkEnd, Resource, Selector},
        search::{Limits, ast::Depth},
    };

    /// Volumes `0..count` with edges among them.
    fn graph(count: usize, edges: &[(usize, usize)]) -> std::sync::Arc<Graph> {
        let volume = |from: usize| {
            let link = |to: &usize| Link {
                end: LinkEnd::To,
                other: Selector { kind: "volume".into(), property: "id".into(), value: to.to_string() },
                delete: DeleteOrder::None,
                outer: false,
            };
            let links = edges.iter().filter(|edge| edge.0 == from).map(|edge| link(&edge.1));
            Resource { links: links.collect(), ..Resource::new("volume", from.to_string()) }
        };
        fixture::generation(&[("a", (0..count).map(volume).collect())]).graph
    }

    fn one_by_one(walk: &Walk, graph: &Graph, starts: &Bits) -> Bits {
        let (mut seen, mut budget) = (Seen::new(graph), Budget::new(Limits::default()));
        let mut found = Bits::new(graph.len());
        for start in starts.iter() {
            walk.visit(graph, &[NodeId::new(start)], &mut seen, &mut budget, &mut |node| {
                found.insert(node.index());
                true
            })
            .unwrap();
        }
        found
    }

    proptest! {
        #[test]
        fn all_starts_at_once_reach_what_they_reach_one_by_one(
            edges in prop::collection::vec((0_usize..9, 0_usize..9), 0..20),
            starts in prop::collection::vec(0_usize..9, 0..5),
            min in 0_u32..4,
            more in 0_u32..4,
            both in any::<bool>(),
        ) {
            let graph = graph(9, &edges);
            let mut edges = vec![(Direction::Out, EdgeType::Default)];
            if both {
                edges.push((Direction::In, EdgeType::Default));
            }
            let walk = Walk { edges, depth: Depth { min, max: min + more } };
            let mut set = Bits::new(graph.len());
            let nodes: Vec<NodeId> = graph.of_kind("volume").collect();
            set.extend(starts.iter().map(|start| nodes[*start].index()));
            let found = walk.targets(&graph, &set, None, &mut Budget::new(Limits::default())).unwrap();
            prop_assert_eq!(found, one_by_one(&walk, &graph, &set));
        }
    }
}
