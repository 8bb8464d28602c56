//! Walking: all nodes at a distance, by widening circles.

use std::collections::BTreeSet;

use cloudgauge::{
    model::EdgeType,
    search::{
        Literal,
        ast::{Connective, Navigation, Operator, Steps, Term},
    },
};

use super::Reference;

impl Reference<'_> {
    /// The nodes whose distance from the start is within the range.
    pub(super) fn reached(&self, navigation: &Navigation, edge_types: &[EdgeType], start: usize) -> Vec<usize> {
        let types = |named: &[EdgeType]| -> Vec<EdgeType> {
            match (named.is_empty(), edge_types.is_empty()) {
                (false, _) => named.to_vec(),
                (true, false) => edge_types.to_vec(),
                // A condition on edges looks at all of them.
                (true, true) if navigation.filter.is_some() => EdgeType::ALL.to_vec(),
                (true, true) => vec![EdgeType::Default],
            }
        };
        let types = |named: &[EdgeType]| -> Vec<EdgeType> {
            let types = types(named).into_iter();
            let passes =
                |edge: &EdgeType| navigation.filter.as_ref().is_none_or(|filter| edge_passes(&filter.node, *edge));
            types.filter(passes).collect()
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

/// Whether a condition on edges holds for those of a type, which is all that is known of them.
fn edge_passes(filter: &Term, edge: EdgeType) -> bool {
    match filter {
        Term::All => true,
        Term::Not(filter) => !edge_passes(filter, edge),
        Term::Chain { first, rest } => {
            rest.iter().fold(edge_passes(first, edge), |held, (connective, filter)| match connective.node {
                Connective::And => held && edge_passes(filter, edge),
                Connective::Or => held || edge_passes(filter, edge),
            })
        }
        Term::Compare(comparison) => {
            let named = |literal: &Literal| *literal == Literal::Text(edge.as_str().to_owned());
            match (comparison.operator, &comparison.value.node) {
                (Operator::Equal, literal) => named(literal),
                (Operator::NotEqual, literal) => !named(literal),
                (Operator::In, Literal::List(items)) => items.iter().any(named),
                (Operator::NotIn, Literal::List(items)) => !items.iter().any(named),
                (operator, _) => unreachable!("random queries ask no edges with {operator:?}"),
            }
        }
        _ => unreachable!("an edge has nothing but a type"),
    }
}
