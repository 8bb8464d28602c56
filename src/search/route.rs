//! Routes: between which kinds a query follows edges, and by how many steps.

use std::collections::BTreeSet;

use super::{
    Query,
    ast::{Depth, Navigation, Part, Search, Steps, Term, With},
    compile,
    location::{Location, Whose},
    path::Path,
};
use crate::{
    graph::Direction,
    model::{EdgeType, KindModel, KindName},
};

/// The base kinds of what every resource is in.
const PLACES: [&str; 4] = ["cloud", "account", "region", "zone"];

/// A way along edges from nodes of some kinds to nodes of others.
///
/// What lies between them must be known for the query to get there, though it shows nowhere in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub from: BTreeSet<KindName>,
    pub to: BTreeSet<KindName>,
    /// What one step may follow.
    pub edges: Vec<(Direction, EdgeType)>,
    /// Steps at most.
    pub steps_max: u32,
}

impl Query {
    /// The routes that a query takes from kinds that it names to others that it names.
    ///
    /// A route from or to any kind is not among them: it needs all kinds, as [`Query::kinds`] says.
    pub fn routes(&self, model: &KindModel) -> Vec<Route> {
        let mut routes = Routes { model, edge_types: &self.search().edge_types, found: Vec::new() };
        routes.search(self.search(), None);
        routes.found
    }

    /// The kinds that a query without an aggregate may find; none where it may find any.
    pub fn finds(&self, model: &KindModel) -> Option<BTreeSet<KindName>> {
        let last = self.search().parts.last().filter(|part| part.navigation.is_none())?;
        compile::part_kinds(last, model)
    }
}

struct Routes<'q> {
    model: &'q KindModel,
    /// What navigation follows where a step names nothing.
    edge_types: &'q [EdgeType],
    found: Vec<Route>,
}

type Kinds = Option<BTreeSet<KindName>>;

impl Routes<'_> {
    /// The first part of a sub-query is the node that it starts at, whose kinds are given.
    fn search(&mut self, search: &Search, start: Option<&Kinds>) {
        let mut before: Option<(Kinds, &Navigation)> = None;
        for (index, part) in search.parts.iter().enumerate() {
            let kinds = match start {
                Some(kinds) if index == 0 => kinds.clone(),
                _ => compile::part_kinds(part, self.model),
            };
            if let Some((from, navigation)) = before.take() {
                self.walk(&from, navigation, &kinds);
            }
            self.part(part, &kinds);
            before = part.navigation.as_ref().map(|navigation| (kinds, navigation));
        }
        let Some(aggregate) = &search.aggregate else { return };
        let kinds = search.parts.last().and_then(|part| compile::part_kinds(part, self.model));
        aggregate.group_paths().for_each(|path| self.path(path, &kinds));
        for function in &aggregate.functions {
            function.operand.node.paths().into_iter().for_each(|path| self.path(&path.node, &kinds));
        }
    }

    fn part(&mut self, part: &Part, kinds: &Kinds) {
        self.term(&part.term, kinds);
        if let Some(merge) = &part.merge {
            merge.queries.iter().for_each(|query| self.search(&query.search, Some(kinds)));
            merge.then.iter().for_each(|then| self.term(then, kinds));
        }
        if let Some(with) = &part.with {
            self.with(with, kinds);
        }
        part.sort.iter().for_each(|key| self.path(&key.path.node, kinds));
    }

    fn with(&mut self, with: &With, from: &Kinds) {
        let kinds = compile::kinds_of(&with.term, self.model);
        self.walk(from, &with.navigation, &kinds);
        self.term(&with.term, &kinds);
        if let Some(inner) = &with.with {
            self.with(inner, &kinds);
        }
    }

    fn term(&mut self, term: &Term, kinds: &Kinds) {
        match term {
            Term::Compare(comparison) => self.path(&comparison.path.node, kinds),
            Term::HasKey { path, .. } | Term::InSubnet { path, .. } => self.path(&path.node, kinds),
            Term::Context { path, term } => {
                self.path(&path.node, kinds);
                self.term(term, kinds);
            }
            Term::Not(inner) => self.term(inner, kinds),
            Term::Chain { first, rest } => {
                self.term(first, kinds);
                for (_, term) in rest {
                    self.term(term, kinds);
                }
            }
            Term::All | Term::Is(_) | Term::Id(_) | Term::Text(_) | Term::HasDesiredChange(_) => {}
        }
    }

    /// The way to an ancestor or a descendant, which is the nearest of its kind.
    fn path(&mut self, path: &Path, from: &Kinds) {
        let (direction, kind) = match Location::resolve(path).map(|location| location.whose) {
            Ok(Whose::Ancestor(kind)) => (Direction::In, kind),
            Ok(Whose::Descendant(kind)) => (Direction::Out, kind),
            _ => return,
        };
        // Everything is in an account and perhaps in a region: where a resource is follows from its place.
        if direction == Direction::In && PLACES.iter().any(|place| self.model.is_a(&kind, place)) {
            return;
        }
        let to = self.model.descendants(&kind).map(|kind| kind.name.clone()).collect();
        self.add(from, Some(to), vec![(direction, EdgeType::Default)], Depth::LIMIT);
    }

    fn walk(&mut self, from: &Kinds, navigation: &Navigation, to: &Kinds) {
        let along = |direction: Direction, types: &[EdgeType]| -> Vec<(Direction, EdgeType)> {
            let types = match (types, self.edge_types) {
                // A condition on the edges may let any through.
                ([], []) if navigation.filter.is_some() => &EdgeType::ALL,
                ([], []) => &[EdgeType::Default][..],
                ([], query) => query,
                (own, _) => own,
            };
            types.iter().map(|edge_type| (direction, *edge_type)).collect()
        };
        let edges = match &navigation.steps {
            Steps::Out(types) => along(Direction::Out, types),
            Steps::In(types) => along(Direction::In, types),
            Steps::Both { inbound, outbound } => {
                [along(Direction::In, inbound), along(Direction::Out, outbound)].concat()
            }
        };
        self.add(from, to.clone(), edges, navigation.depth.max);
    }

    fn add(&mut self, from: &Kinds, to: Kinds, edges: Vec<(Direction, EdgeType)>, steps_max: u32) {
        if let (Some(from), Some(to)) = (from.clone(), to) {
            let route = Route { from, to, edges, steps_max };
            if !self.found.contains(&route) {
                self.found.push(route);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    fn model() -> KindModel {
        let kind = |name: &str, base: &str| Kind {
            name: name.into(),
            bases: vec![base.into()],
            properties: [].into(),
            phantom: false,
            open: false,
        };
        KindModel::new([kind("server", "instance"), kind("disk", "volume"), kind("net", "network")]).unwrap()
    }

    fn routes(query: &str) -> Vec<String> {
        let short = |kinds: &BTreeSet<KindName>| {
            let names: Vec<&str> = kinds.iter().map(KindName::as_str).collect();
            names.join("|")
        };
        let line = |route: Route| {
            let edges: Vec<String> =
                route.edges.iter().map(|(way, edge)| format!("{way:?} {}", edge.as_str())).collect();
            format!("{} -> {}, {} x {}", short(&route.from), short(&route.to), edges.join(" or "), route.steps_max)
        };
        Query::parse(query).unwrap().routes(&model()).into_iter().map(line).collect()
    }

    #[test]
    fn steps_with_and_merges_are_routes() {
        assert_eq!(routes("is(disk) <-[1:3]- is(server)"), ["disk -> server, In default x 3"],);
        assert_eq!(
            routes("is(disk) with(empty, <-delete- is(server) with(any, --> is(net)))"),
            ["disk -> server, In delete x 1", "server -> net, Out default x 1"],
        );
        assert_eq!(routes("is(disk) {net: <-[0:2]- is(net)}"), ["disk -> net, In default x 2"]);
    }

    #[test]
    fn ancestors_may_be_any_number_of_steps_away() {
        assert_eq!(
            routes("aggregate(/ancestors.net.reported.name as net: sum(1) as n): is(server)"),
            ["server -> net, In default x 250"],
        );
        assert!(routes("aggregate(account as account, region.id as region: sum(1) as n): is(server)").is_empty());
    }

    #[test]
    fn a_way_to_anything_is_no_route() {
        assert!(routes("is(disk) -->").is_empty());
        assert!(routes("volume_size > 1 <-- is(server)").is_empty());
        assert!(routes("is(disk)").is_empty());
    }

    #[test]
    fn what_a_query_finds_is_what_its_last_part_keeps() {
        let finds = |query: &str| Query::parse(query).unwrap().finds(&model()).map(|kinds| kinds.len());
        assert_eq!(finds("is(disk) <-- is(server)"), Some(1));
        assert_eq!(finds("is(disk) <--"), None);
        assert_eq!(finds("volume_size > 10"), None);
    }
}
