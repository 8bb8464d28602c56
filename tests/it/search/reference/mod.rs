//! The second evaluator: slow, and as plain as the manual of the language.
//!
//! It walks the syntax tree with nested loops over whole documents and looks every path up anew for every node. It
//! shares nothing with the engine but the syntax tree, so that a mistake must be made twice to go unseen.

mod aggregate;
mod condition;
mod literal;
mod order;
mod path;
mod same;
mod walk;

use cloudgauge::{
    model::{EdgeType, Value},
    search::{
        Path,
        ast::{Count, Operator, Part, Search, With},
    },
};
use jiff::Timestamp;
use serde_json::{Map, json};

use super::world::World;
pub(crate) use aggregate::Row;
pub(crate) use same::same_rows;

/// A world that is asked at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference<'w> {
    pub(crate) world: &'w World,
    pub(crate) now: Timestamp,
}

/// A node that was found, with what a merge has put beside its document.
#[derive(Clone, Debug)]
struct Found {
    node: usize,
    merged: Vec<(Path, Value)>,
}

impl Found {
    fn plain(node: usize) -> Self {
        Self { node, merged: Vec::new() }
    }
}

/// What a condition is asked of.
#[derive(Clone, Copy, Debug)]
struct Subject<'a> {
    found: &'a Found,
    /// Inside a context term, the element of the array.
    element: Option<&'a Value>,
}

impl<'w> Reference<'w> {
    pub(crate) fn new(world: &'w World, now: Timestamp) -> Self {
        Self { world, now }
    }

    /// The nodes that a search finds, in order.
    pub(crate) fn select(&self, search: &Search) -> Vec<usize> {
        self.find(search, &search.edge_types, None).into_iter().map(|found| found.node).collect()
    }

    /// The rows of an aggregate, sorted by group.
    pub(crate) fn aggregate(&self, search: &Search) -> Vec<Row> {
        let aggregate = search.aggregate.as_ref().expect("only aggregates have rows");
        self.rows(aggregate, &self.find(search, &search.edge_types, None))
    }

    /// Evaluates the parts from left to right; from one node, or else from all.
    fn find(&self, search: &Search, edge_types: &[EdgeType], start: Option<usize>) -> Vec<Found> {
        let all = 0..self.world.nodes.len();
        let mut nodes: Vec<usize> = start.map_or_else(|| all.collect(), |node| vec![node]);
        let mut result = Vec::new();
        for (index, part) in search.parts.iter().enumerate() {
            let ordered = part.limit.is_some() || (part.navigation.is_none() && search.aggregate.is_none());
            result = self.part(part, edge_types, index == 0 && start.is_none(), ordered, &nodes);
            nodes = result.iter().map(|found| found.node).collect();
        }
        result
    }

    fn part(&self, part: &Part, edge_types: &[EdgeType], first: bool, ordered: bool, nodes: &[usize]) -> Vec<Found> {
        let owners = if first { self.implicit_kinds(part) } else { None };
        let mut kept = Vec::new();
        for node in nodes {
            let mut found = Found::plain(*node);
            if let Some(owners) = &owners
                && !self.is_among(*node, owners)
            {
                continue;
            }
            if !self.holds(&part.term, Subject { found: &found, element: None }) {
                continue;
            }
            if let Some(merge) = &part.merge {
                for query in &merge.queries {
                    let value = self.merged(&query.search, edge_types, query.list, *node);
                    found.merged.push((query.name.node.clone(), value));
                }
                let then = merge.then.as_ref();
                if !then.is_none_or(|term| self.holds(term, Subject { found: &found, element: None })) {
                    continue;
                }
            }
            if part.with.as_ref().is_none_or(|with| self.with(with, edge_types, *node)) {
                kept.push(found);
            }
        }
        let mut kept = self.sorted(&part.sort, kept);
        if part.sort.is_empty() && ordered {
            kept = self.by_relevance(&part.term, kept);
        }
        if let Some(limit) = part.limit {
            kept = kept.into_iter().skip(limit.offset).take(limit.count).collect();
        }
        if part.reversed {
            kept.reverse();
        }
        let Some(navigation) = &part.navigation else { return kept };
        let mut reached: Vec<usize> =
            kept.iter().flat_map(|found| self.reached(navigation, edge_types, found.node)).collect();
        reached.sort_unstable();
        reached.dedup();
        reached.into_iter().map(Found::plain).collect()
    }

    /// What a sub-query puts beside one node; it follows the edges of the query around it, unless it names others.
    fn merged(&self, search: &Search, edge_types: &[EdgeType], list: bool, node: usize) -> Value {
        let edge_types = if search.edge_types.is_empty() { edge_types } else { &search.edge_types };
        let found = self.find(search, edge_types, Some(node));
        if let Some(aggregate) = &search.aggregate {
            return Value::Array(self.rows(aggregate, &found).iter().map(Row::document).collect());
        }
        let mut documents = found.iter().map(|found| self.document(found));
        if list { documents.collect() } else { documents.next().unwrap_or(Value::Null) }
    }

    /// The whole document of a node, as a merge puts it in.
    fn document(&self, found: &Found) -> Value {
        let node = &self.world.nodes[found.node];
        let mut document = node.document.clone();
        let ancestors: Map<String, Value> = node
            .places
            .iter()
            .map(|(kind, place)| {
                let above = &self.world.nodes[*place].document["reported"];
                ((*kind).to_owned(), json!({ "reported": { "id": above["id"], "name": above["name"] } }))
            })
            .collect();
        document["ancestors"] = Value::Object(ancestors);
        for (name, value) in &found.merged {
            let place = name.segments.iter().fold(&mut document, |place, segment| &mut place[segment.name.as_str()]);
            *place = value.clone();
        }
        document
    }

    fn with(&self, with: &With, edge_types: &[EdgeType], node: usize) -> bool {
        let mut counted = 0;
        for node in self.reached(&with.navigation, edge_types, node) {
            let found = Found::plain(node);
            let holds = self.holds(&with.term, Subject { found: &found, element: None });
            if holds && with.with.as_ref().is_none_or(|inner| self.with(inner, edge_types, node)) {
                counted += 1;
            }
        }
        match with.count {
            Count::Empty => counted == 0,
            Count::Any => counted > 0,
            Count::Compare(operator, count) => match operator {
                Operator::Equal => counted == count,
                Operator::NotEqual => counted != count,
                Operator::Less => counted < count,
                Operator::LessOrEqual => counted <= count,
                Operator::Greater => counted > count,
                Operator::GreaterOrEqual => counted >= count,
                _ => unreachable!("a count is compared"),
            },
        }
    }
}
