//! Needs: which kinds must be listed, and for what.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::LazyLock,
};

use crate::{
    cleanup::Rule,
    cli::NeededKind,
    graph::{Direction, Generation},
    metrics::Definitions,
    model::{DeleteOrder, EdgeType, KindModel, KindName},
    provider::{
        aws::{self, Selection},
        catalogue::{Catalogue, ListScope},
    },
    search::{Query, Route},
};

/// The nodes of AWS that no listing finds, and that everything is below.
const ACCOUNT: &str = "aws_account";
const REGION: &str = "aws_region";

/// The kinds of the catalogue that something needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Needs(BTreeMap<KindName, Reasons>);

/// What needs a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reasons {
    metrics: BTreeSet<String>,
    rules: BTreeSet<String>,
    /// Who follows edges through it.
    ways: BTreeSet<String>,
    /// What a rule deletes and resources of this kind may depend on.
    dependants: BTreeSet<KindName>,
}

impl Needs {
    /// What metrics and rules need; with cleanup also what may depend on resources that rules find, because nothing is
    /// deleted while that is unknown.
    pub(super) fn new(definitions: &Definitions, rules: &[Rule], cleanup: bool, model: &KindModel) -> Self {
        let catalogue = aws_catalogue();
        let map = Map::new(&catalogue, model);
        let mut needs = Self::default();
        for definition in definitions.iter().filter(|definition| definition.collects) {
            let name = &definition.name;
            needs.read(&definition.query, &map, &format!("metric {name}"), |reasons| &mut reasons.metrics, name);
        }
        for rule in rules {
            let name = &rule.name;
            needs.read(&rule.query, &map, &format!("rule {name}"), |reasons| &mut reasons.rules, name);
            if cleanup {
                needs.depend(&catalogue, rule.query.finds(model).as_ref());
            }
        }
        needs
    }

    /// What one search needs.
    pub(super) fn of_query(query: &Query, model: &KindModel) -> Self {
        let catalogue = aws_catalogue();
        let mut needs = Self::default();
        needs.read(query, &Map::new(&catalogue, model), "the search", |reasons| &mut reasons.metrics, "");
        needs
    }

    /// The kinds alone.
    pub(super) fn kinds(&self) -> BTreeSet<KindName> {
        self.0.keys().cloned().collect()
    }

    fn read(
        &mut self,
        query: &Query,
        map: &Map<'_>,
        whose: &str,
        of: fn(&mut Reasons) -> &mut BTreeSet<String>,
        name: &str,
    ) {
        for kind in query.kinds(map.model).into_iter().filter(|kind| map.listed.contains(kind)) {
            of(self.0.entry(kind).or_default()).insert(name.to_owned());
        }
        for route in query.routes(map.model) {
            for kind in map.between(&route) {
                self.0.entry(kind).or_default().ways.insert(whose.to_owned());
            }
        }
    }

    fn depend(&mut self, catalogue: &Catalogue, found: Option<&BTreeSet<KindName>>) {
        let finds = |kind: &KindName| found.is_none_or(|found| found.contains(kind));
        for entry in catalogue.entries().filter(|entry| entry.delete.is_some() && finds(&entry.kind)) {
            for dependant in catalogue.dependants(&entry.kind) {
                if catalogue.get(&dependant).is_some_and(|entry| entry.list.is_some()) {
                    self.0.entry(dependant).or_default().dependants.insert(entry.kind.clone());
                }
            }
        }
    }

    /// Every kind that is collected or should be, with the reasons, in order of name.
    pub(super) fn rows(&self, selection: &Selection) -> Vec<NeededKind> {
        let catalogue = aws_catalogue();
        let listed = catalogue.entries().filter(|entry| entry.list.is_some());
        let rows = listed.filter_map(|entry| {
            let choice = selection.choice(&entry.kind);
            let reasons = self.0.get(&entry.kind);
            if reasons.is_none() && !choice.is_collected() {
                return None;
            }
            let reasons = reasons.cloned().unwrap_or_default();
            Some(NeededKind {
                kind: entry.kind.to_string(),
                provider: "aws".to_owned(),
                collected: choice.is_collected(),
                setting: match choice {
                    aws::Choice::Named => Some("collect".to_owned()),
                    aws::Choice::NotNamed => Some("not in collect".to_owned()),
                    aws::Choice::LeftOut => Some("no_collect".to_owned()),
                    aws::Choice::Needed | aws::Choice::NotNeeded => None,
                },
                metrics: reasons.metrics.into_iter().collect(),
                rules: reasons.rules.into_iter().collect(),
                on_the_way_for: reasons.ways.into_iter().collect(),
                may_depend_on: reasons.dependants.iter().map(ToString::to_string).collect(),
            })
        });
        rows.collect()
    }
}

/// How kinds are joined, as the catalogue describes it.
struct Map<'c> {
    model: &'c KindModel,
    listed: BTreeSet<KindName>,
    edges: BTreeMap<(Direction, EdgeType), BTreeMap<KindName, BTreeSet<KindName>>>,
}

impl<'c> Map<'c> {
    fn new(catalogue: &Catalogue, model: &'c KindModel) -> Self {
        let entries = || catalogue.entries().filter(|entry| entry.list.is_some());
        let listed: BTreeSet<KindName> = entries().map(|entry| entry.kind.clone()).collect();
        let mut map = Self { model, listed, edges: BTreeMap::new() };
        for (from, to, delete) in catalogue.edges() {
            // An edge may lead to a base kind.
            for from in map.all(from) {
                for to in map.all(to) {
                    map.join(&from, &to, EdgeType::Default);
                    match delete {
                        DeleteOrder::Same => map.join(&from, &to, EdgeType::Delete),
                        DeleteOrder::Reverse => map.join(&to, &from, EdgeType::Delete),
                        DeleteOrder::None => {}
                    }
                }
            }
        }
        map.join(&ACCOUNT.into(), &REGION.into(), EdgeType::Default);
        for entry in entries() {
            let above = if entry.scope == ListScope::Global { ACCOUNT } else { REGION };
            map.join(&above.into(), &entry.kind, EdgeType::Default);
        }
        map
    }

    fn all(&self, kind: &KindName) -> Vec<KindName> {
        self.model.descendants(kind).map(|kind| kind.name.clone()).collect()
    }

    fn join(&mut self, from: &KindName, to: &KindName, edge_type: EdgeType) {
        for (direction, start, end) in [(Direction::Out, from, to), (Direction::In, to, from)] {
            let ends = self.edges.entry((direction, edge_type)).or_default().entry(start.clone()).or_default();
            ends.insert(end.clone());
        }
    }

    /// The kinds that are listed and lie on a route, its ends excluded.
    fn between(&self, route: &Route) -> BTreeSet<KindName> {
        let there = self.distances(&route.from, &route.edges);
        let back: Vec<_> =
            route.edges.iter().map(|(direction, edge_type)| (opposite(*direction), *edge_type)).collect();
        let back = self.distances(&route.to, &back);
        let lies_between = |kind: &&KindName| {
            let steps = there.get(*kind).zip(back.get(*kind)).map(|(there, back)| there + back);
            steps.is_some_and(|steps| steps <= route.steps_max)
        };
        let ends = |kind: &&KindName| !route.from.contains(*kind) && !route.to.contains(*kind);
        self.listed.iter().filter(ends).filter(lies_between).cloned().collect()
    }

    /// How many steps each kind is away from the nearest of some.
    fn distances(&self, from: &BTreeSet<KindName>, along: &[(Direction, EdgeType)]) -> BTreeMap<KindName, u32> {
        let mut distances: BTreeMap<KindName, u32> = from.iter().map(|kind| (kind.clone(), 0)).collect();
        let mut open: VecDeque<KindName> = from.iter().cloned().collect();
        while let Some(kind) = open.pop_front() {
            let next = distances[&kind] + 1;
            for ends in along.iter().filter_map(|edge| self.edges.get(edge)?.get(&kind)) {
                for end in ends {
                    if !distances.contains_key(end) {
                        distances.insert(end.clone(), next);
                        open.push_back(end.clone());
                    }
                }
            }
        }
        distances
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::In => Direction::Out,
        Direction::Out => Direction::In,
    }
}

/// What is to be said to whoever searches for kinds that are not collected: that nothing is found says nothing.
pub(super) fn not_collected(query: &Query, generation: &Generation) -> Option<String> {
    static LISTED: LazyLock<BTreeSet<KindName>> = LazyLock::new(|| {
        let catalogue = aws_catalogue();
        catalogue.entries().filter(|entry| entry.list.is_some()).map(|entry| entry.kind.clone()).collect()
    });
    let inventory = &generation.inventory;
    if generation.collected_at.is_none() || !inventory.accounts.keys().any(|account| *account.provider == *"aws") {
        return None;
    }
    let collected: BTreeSet<&KindName> = inventory.scopes.keys().map(|scope| &scope.kind).collect();
    let read = query.kinds(generation.graph.kinds());
    let missing: Vec<&str> =
        LISTED.intersection(&read).filter(|kind| !collected.contains(*kind)).map(KindName::as_str).collect();
    let names = match missing.as_slice() {
        [] => return None,
        [only] => format!("`{only}` is"),
        [first, more @ ..] => format!("`{first}` and {} other kinds of AWS are", more.len()),
    };
    Some(format!("{names} not collected; `providers.aws.collect` says what is, `[\"*\"]` is all"))
}

pub(super) fn aws_catalogue() -> Catalogue {
    aws::kinds::catalogue([]).expect("the shipped catalogue is checked by a test")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::kinds::described;

    fn of(query: &str) -> Needs {
        let model = KindModel::new(described()).unwrap();
        Needs::of_query(&Query::parse(query).unwrap(), &model)
    }

    fn names(needs: &Needs) -> String {
        needs.0.keys().map(KindName::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_search_needs_the_kinds_that_it_names() {
        assert_eq!(names(&of("is(aws_ec2_volume)")), "aws_ec2_volume");
        assert_eq!(names(&of("is(aws_ec2_volume) <-- is(aws_ec2_instance)")), "aws_ec2_instance aws_ec2_volume");
        assert_eq!(names(&of("is(gcp_disk)")), "", "nobody lists it");
    }

    #[test]
    fn a_search_for_anything_needs_every_kind() {
        let listed = aws_catalogue().entries().filter(|entry| entry.list.is_some()).count();
        assert_eq!(of("is(resource)").0.len(), listed);
        assert_eq!(of("/metadata.expires < \"@NOW@\"").0.len(), listed);
        assert_eq!(of("is(aws_vpc) -->").0.len(), listed);
    }

    #[test]
    fn what_lies_on_the_way_is_needed_too() {
        let needs = of("is(aws_vpc) -[1:2]-> is(aws_ec2_instance)");
        assert!(needs.0[&KindName::from("aws_ec2_subnet")].ways.contains("the search"), "{}", names(&needs));
        assert_eq!(names(&of("is(aws_vpc) --> is(aws_ec2_instance)")), "aws_ec2_instance aws_vpc");
    }

    #[test]
    fn what_is_above_every_resource_needs_nothing() {
        let query =
            "aggregate(/ancestors.region.reported.name as region, account as account: sum(1) as n): is(aws_vpc)";
        assert_eq!(names(&of(query)), "aws_vpc");
    }
}
