//! Walking: all nodes at a distance, by widening circles.

use std::collections::BTreeSet;

use cloudgauge::{
    model::EdgeType,
    search::ast::{Navigation, Steps},
};

use super::Reference;

impl Reference<'_> {
    /// The nodes whose distance from the start is within the range.
    pub(super) fn reached(&self, navigation: &Navigation, edge_types: &[EdgeType], start: usize) -> Vec<usize> {
        let types = |named: &[EdgeType]| -> Vec<EdgeType> {
            match (named.is_empty(), edge_types.is_empty()) {
                (false, _) => named.to_vec(),
                (true, false) => edge_types.to_vec(),
                (true, true) => vec![EdgeType::Default],
            }
        };
        let (outbound, inbound) = match &navigation.steps {
            Steps::Out(named) => (types(named), vec![]),
            Steps::In(named) => (vec![], types(named)),
            Steps::Both { inbound, outbound } => (types(outbound), types(inbound)),
        };
        let mut result = Vec::new();
        for (distance, circle) in self.circles(start, &outbound, &inbound).into_iter().enumerate() {
            if (navigation.depth.min as usize..=navigation.depth.max as usize).contains(&distance) {
                result.extend(circle);
            }
        }
        result
    }

    /// The nearest node of a kind over default edges, the node itself included.
    pub(super) fn nearest(&self, start: usize, kind: &str, outwards: bool) -> Option<usize> {
        let along = [EdgeType::Default];
        let (outbound, inbound): (&[_], &[_]) = if outwards { (&along, &[]) } else { (&[], &along) };
        let circles = self.circles(start, outbound, inbound);
        circles.into_iter().flatten().find(|node| self.is(*node, kind))
    }

    /// The nodes at distance 0, 1, 2, ... from the start, each once, in the order in which a walk meets them.
    fn circles(&self, start: usize, outbound: &[EdgeType], inbound: &[EdgeType]) -> Vec<Vec<usize>> {
        let mut seen = BTreeSet::from([start]);
        let mut circles = vec![vec![start]];
        while !circles[circles.len() - 1].is_empty() {
            let mut next = Vec::new();
            for node in &circles[circles.len() - 1] {
                for (other, edge, outwards) in &self.world.neighbours[*node] {
                    let followed = if *outwards { outbound } else { inbound };
                    if followed.contains(edge) && seen.insert(*other) {
                        next.push(*other);
                    }
                }
            }
            circles.push(next);
        }
        circles
    }
}
