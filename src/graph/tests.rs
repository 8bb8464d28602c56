use std::sync::Arc;

use super::{
    fixture::{inventory, now},
    *,
};
use crate::model::{DeleteOrder, EdgeType, KindModel, Link, LinkEnd, RegionId, Resource, ScopeKey, Selector};

fn link(end: LinkEnd, kind: &str, value: &str, delete: DeleteOrder) -> Link {
    let other = Selector { kind: kind.into(), property: "id".into(), value: value.into() };
    Link { end, other, delete, outer: false }
}

fn linked(kind: &str, id: &str, links: Vec<Link>) -> Resource {
    Resource { links, ..Resource::new(kind, id) }
}

fn sealed(accounts: &[(&str, Vec<Resource>)]) -> Graph {
    Draft::new(inventory(accounts), Arc::new(KindModel::base())).seal().1
}

fn the(graph: &Graph, kind: &str) -> NodeId {
    let [only] = graph.of_kind(kind).collect::<Vec<_>>()[..] else { panic!("not exactly one {kind}") };
    only
}

fn names(graph: &Graph, ids: impl Iterator<Item = NodeId>) -> Vec<String> {
    ids.map(|id| graph.node(id).name().into_owned()).collect()
}

#[test]
fn resources_hang_below_root_cloud_account_and_region() {
    let zoned = Resource { zone: Some("west-1".into()), ..Resource::new("volume", "v") };
    let graph = sealed(&[("a", vec![zoned, Resource::new("instance", "i")])]);
    let volume = the(&graph, "volume");
    let path = std::iter::successors(Some(volume), |id| graph.neighbours(*id, Direction::In, EdgeType::Default).next());
    assert_eq!(names(&graph, path), ["v", "west-1", "west", "name of a", "sky", "root"]);
    let instance = the(&graph, "instance");
    assert_eq!(graph.ancestor(instance, "region"), Some(the(&graph, "region")));
    assert_eq!(graph.ancestor(instance, "zone"), None);
    assert_eq!(graph.ancestor(the(&graph, "account"), "account"), Some(the(&graph, "account")));
}

#[test]
fn a_link_becomes_a_default_edge_and_the_delete_edge_it_asks_for() {
    let graph = sealed(&[(
        "a",
        vec![
            Resource::new("instance", "i"),
            linked("volume", "v", vec![link(LinkEnd::From, "instance", "i", DeleteOrder::Reverse)]),
        ],
    )]);
    let (instance, volume) = (the(&graph, "instance"), the(&graph, "volume"));
    assert!(graph.neighbours(instance, Direction::Out, EdgeType::Default).any(|id| id == volume));
    assert_eq!(graph.neighbours(volume, Direction::Out, EdgeType::Delete).collect::<Vec<_>>(), [instance]);
    assert_eq!(graph.ancestor(volume, "instance"), Some(instance));
    assert_eq!(graph.descendant(instance, "volume"), Some(volume));
}

#[test]
fn a_link_does_not_leave_its_account_unless_it_may() {
    let mut peering = link(LinkEnd::To, "network", "n", DeleteOrder::None);
    let accounts = |link: &Link| {
        [
            ("a", vec![Resource::new("network", "m"), linked("peering_connection", "p", vec![link.clone()])]),
            ("b", vec![Resource::new("network", "n")]),
        ]
    };
    let graph = sealed(&accounts(&peering));
    assert_eq!(graph.neighbours(the(&graph, "peering_connection"), Direction::Out, EdgeType::Default).count(), 0);
    let key = ("peering_connection".into(), "network".into(), Reason::MissingTarget);
    assert_eq!(*graph.unresolved(), Unresolved::from([(key, 1)]));

    peering.outer = true;
    let draft = Draft::new(inventory(&accounts(&peering)), Arc::new(KindModel::base()));
    assert_eq!(draft.outer(), 1);
    let graph = draft.seal().1;
    let out = graph.neighbours(the(&graph, "peering_connection"), Direction::Out, EdgeType::Default);
    assert_eq!(names(&graph, out), ["n"]);
    assert!(graph.unresolved().is_empty());
}

#[test]
fn links_that_find_nothing_are_counted_by_reason() {
    let links = vec![
        link(LinkEnd::To, "volume", "gone", DeleteOrder::None),
        link(LinkEnd::To, "bucket", "b", DeleteOrder::None),
        link(LinkEnd::To, "volume", "twin", DeleteOrder::None),
    ];
    let twin = |region: &str| Resource { region: Some(region.into()), ..Resource::new("volume", "twin") };
    let graph = sealed(&[("a", vec![linked("instance", "i", links), twin("north"), twin("south")])]);
    let reasons: Vec<_> =
        graph.unresolved().iter().map(|((_, to, reason), count)| (to.as_str(), *reason, *count)).collect();
    assert_eq!(
        reasons,
        [
            ("bucket", Reason::KindNotCollected, 1),
            ("volume", Reason::MissingTarget, 1),
            ("volume", Reason::Ambiguous, 1)
        ]
    );
}

#[test]
fn a_node_keeps_its_key_when_the_rest_changes() {
    let before = sealed(&[("a", vec![Resource::new("volume", "v")])]);
    let renamed = Resource { name: "other".into(), ..Resource::new("volume", "v") };
    let after =
        sealed(&[("a", vec![Resource::new("instance", "i"), renamed]), ("b", vec![Resource::new("volume", "v")])]);
    let key = before.node(the(&before, "volume")).key();
    assert_eq!(after.node(after.by_key(&key).unwrap()).name(), "other");
    assert_eq!(after.of_kind("volume").count(), 2);
}

#[test]
fn marks_stay_on_the_nodes_that_still_exist() {
    let kinds = Arc::new(KindModel::base());
    let store = Store::new(Graph::empty(kinds.clone()));
    let both = inventory(&[("a", vec![Resource::new("volume", "v"), Resource::new("volume", "w")])]);
    let first = store.publish(Draft::new(both, kinds.clone()), now());
    let mark = Mark { rule: "old".into(), reason: "too old".into(), since: now() };
    let marks: Marks = first.graph.of_kind("volume").map(|id| (first.graph.node(id).key(), mark.clone())).collect();
    assert_eq!(store.publish_marks(marks).number, first.number);

    let one = inventory(&[("a", vec![Resource::new("volume", "v")])]);
    let third = store.publish(Draft::new(one, kinds), now());
    assert_eq!((third.number, third.marks().len()), (2, 1));
    let volume = the(&third.graph, "volume");
    assert_eq!(third.document(volume)["desired"]["clean"], true);
    assert_eq!(third.document(volume)["metadata"]["cleanup"]["rule"], "old");
    assert!(first.marks().is_empty(), "a generation that is held does not change");
}

/// The second inventory, with what is the same in both as in the first.
fn collected_again(first: &Generation, second: &[(&str, Vec<Resource>)]) -> Generation {
    let mut next = (*inventory(second)).clone();
    for (scope, state) in &mut next.scopes {
        if let Some(before) = first.inventory.scopes.get(scope).filter(|before| before.rows == state.rows) {
            *state = before.clone();
        }
    }
    next.pack();
    let (inventory, graph) = Draft::following(first, Arc::new(next)).seal();
    Generation::new(2, Some(now()), inventory, graph)
}

fn first(accounts: &[(&str, Vec<Resource>)]) -> Generation {
    super::fixture::generation(accounts)
}

fn shard_of<'a>(generation: &'a Generation, account: &str) -> &'a Arc<Shard> {
    let mut shards = generation.graph.shards().map(|view| view.shard);
    shards.find(|shard| shard.account().is_some_and(|(_, id)| *id == *account)).unwrap()
}

#[test]
fn an_account_that_did_not_change_keeps_its_shard() {
    let volume = |id: &str| Resource::new("volume", id);
    let before = first(&[("a", vec![volume("v")]), ("b", vec![volume("w")])]);
    let after = collected_again(&before, &[("a", vec![volume("v")]), ("b", vec![volume("w"), volume("x")])]);
    assert!(Arc::ptr_eq(shard_of(&before, "a"), shard_of(&after, "a")));
    assert!(!Arc::ptr_eq(shard_of(&before, "b"), shard_of(&after, "b")));
    assert_eq!(after.graph.of_kind("volume").count(), 3);
    assert_eq!(before.graph.of_kind("volume").count(), 2, "a generation that is held does not change");
}

#[test]
fn an_account_that_is_described_differently_gets_a_new_shard() {
    let accounts = [("a", vec![Resource::new("volume", "v")])];
    let before = first(&accounts);
    let mut renamed = (*before.inventory).clone();
    renamed.accounts.values_mut().for_each(|state| state.account.name = "another".to_owned());
    let graph = Draft::following(&before, Arc::new(renamed)).seal().1;
    assert_eq!(graph.node(the(&graph, "account")).name(), "another");
}

#[test]
fn what_is_in_no_region_hangs_directly_below_its_account() {
    let user = Resource { region: Some(RegionId::none()), ..Resource::new("user", "u") };
    let graph = sealed(&[("a", vec![user])]);
    let user = the(&graph, "user");
    let above = graph.neighbours(user, Direction::In, EdgeType::Default);
    assert_eq!(above.collect::<Vec<_>>(), [the(&graph, "account")]);
    assert_eq!(graph.ancestor(user, "region"), None);
    assert_eq!(graph.node(user).scope().unwrap().region, *"west");
}

#[test]
fn a_resource_that_two_providers_list_is_there_once() {
    let named = |name: &str| Resource { name: name.into(), ..Resource::new("volume", "v") };
    let mut both = (*inventory(&[("a", vec![named("first"), Resource::new("volume", "only first")])])).clone();
    let other = inventory(&[("a", vec![named("second"), Resource::new("volume", "only second")])]);
    let provider = || "zzz".into();
    for (key, state) in &other.accounts {
        both.accounts.insert(AccountKey { provider: provider(), ..key.clone() }, state.clone());
    }
    for (scope, state) in &other.scopes {
        let scope = ScopeKey { provider: provider(), ..scope.clone() };
        let resources: Vec<Resource> = state.rows.resources().collect();
        both.scopes.insert(scope.clone(), Arc::new(ScopeState::listed(&scope, state.entry.clone(), &resources)));
    }
    let graph = Draft::new(Arc::new(both), Arc::new(KindModel::base())).seal().1;
    assert_eq!(names(&graph, graph.of_kind("volume")), ["only first", "first", "only second"]);
    assert_eq!(graph.of_kind("account").count(), 1);
}

#[test]
fn a_table_is_packed_from_its_scopes_once() {
    let mut loose = (*inventory(&[("a", vec![Resource::new("volume", "v")])])).clone();
    let (west, state) = loose.scopes.iter().next().map(|(scope, state)| (scope.clone(), state.clone())).unwrap();
    let east = ScopeKey { region: "east".into(), ..west.clone() };
    let listed = ScopeState::listed(&east, state.entry.clone(), &[Resource::new("volume", "e")]);
    loose.scopes.insert(east.clone(), Arc::new(listed));
    let table = |inventory: &Inventory, scope| inventory.scopes[scope].rows.table().unwrap().clone();
    assert!(!Arc::ptr_eq(&table(&loose, &east), &table(&loose, &west)));
    let mut packed = loose.clone();
    packed.pack();
    assert!(Arc::ptr_eq(&table(&packed, &east), &table(&packed, &west)));
    assert_eq!(packed, loose, "the resources are the same");
    let mut again = packed.clone();
    again.pack();
    assert!(Arc::ptr_eq(&table(&packed, &east), &table(&again, &east)));
}

#[test]
fn petgraphs_algorithms_run_on_the_edges_of_a_type() {
    let links = |to: &str| vec![link(LinkEnd::From, "volume", to, DeleteOrder::Same)];
    let graph = sealed(&[(
        "a",
        vec![linked("volume", "c", links("b")), linked("volume", "b", links("a")), Resource::new("volume", "a")],
    )]);
    let order = petgraph::algo::toposort(graph.topology(EdgeType::Default), None).unwrap();
    let volumes = order.into_iter().filter(|id| graph.node(*id).is("volume"));
    assert_eq!(names(&graph, volumes), ["a", "b", "c"]);
    let components = petgraph::algo::tarjan_scc(graph.topology(EdgeType::Delete));
    assert_eq!(components.len(), graph.len(), "no circle, so that each node is on its own");
}

/// Accounts of linked resources: kinds and links follow from a seed.
fn tangled(seed: u64, outer: bool) -> Vec<(&'static str, Vec<Resource>)> {
    let mut state = seed;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let kinds = ["instance", "volume", "network", "subnet", "snapshot"];
    let mut account = |account: &'static str| {
        let resources = (0..30).map(|number| {
            let links = (0..random(3)).map(|_| {
                let other = if outer && random(4) == 0 { "a" } else { account };
                let kind = kinds[usize::try_from(random(5)).unwrap()];
                let value = format!("{other}-{}", random(30));
                let end = if random(2) == 0 { LinkEnd::From } else { LinkEnd::To };
                Link { outer: true, ..link(end, kind, &value, DeleteOrder::None) }
            });
            let links = links.collect();
            let kind = kinds[usize::try_from(random(5)).unwrap()];
            let zone = (random(2) == 0).then(|| format!("zone {}", random(3)));
            Resource { zone, ..linked(kind, &format!("{account}-{number}"), links) }
        });
        (account, resources.collect())
    };
    vec![account("a"), account("b"), account("c")]
}

/// The definition: the first of the kind in breadth-first order.
fn nearest(graph: &Graph, id: NodeId, kind: &str) -> Option<NodeId> {
    let mut seen = vec![id];
    let mut next = 0;
    while let Some(node) = seen.get(next).copied() {
        if graph.node(node).is(kind) {
            return Some(node);
        }
        for above in graph.neighbours(node, Direction::In, EdgeType::Default) {
            if !seen.contains(&above) {
                seen.push(above);
            }
        }
        next += 1;
    }
    None
}

fn assert_ancestors(graph: &Graph) {
    let kinds = [
        "instance",
        "volume",
        "network",
        "subnet",
        "cloud",
        "account",
        "region",
        "zone",
        "base_cloud",
        "graph_root",
        "resource",
        "bucket",
    ];
    for (shard, view) in graph.shards().enumerate() {
        for table in 0..view.shard.tables().len() {
            let place = graph.place(shard, table);
            for kind in kinds {
                for _ in 0..2 {
                    let ancestors = graph.ancestors(shard, table, kind);
                    for (row, id) in place.nodes().enumerate() {
                        let expected = match kind {
                            // These follow from the place, whatever links say.
                            "cloud" | "account" | "region" | "zone" => graph.ancestor(id, kind),
                            kind => nearest(graph, id, kind),
                        };
                        assert_eq!(ancestors.get(row), expected, "{kind} of {:?}", graph.node(id));
                        assert_eq!(graph.ancestor(id, kind), expected);
                    }
                }
            }
        }
    }
}

#[test]
fn ancestors_of_a_table_are_those_of_its_rows() {
    for seed in 0..20 {
        assert_ancestors(&sealed(&tangled(seed, false)));
        assert_ancestors(&sealed(&tangled(seed, true)));
    }
}

#[test]
fn ancestors_that_a_shard_remembers_give_way_to_nearer_ones_from_elsewhere() {
    for seed in 0..20 {
        let before = first(&tangled(seed, false));
        assert_ancestors(&before.graph);
        let mut accounts = tangled(seed, false);
        accounts[0].1.extend((0..10).map(|number| {
            let end = Link { outer: true, ..link(LinkEnd::To, "subnet", &format!("b-{number}"), DeleteOrder::None) };
            linked("network", &format!("new-{number}"), vec![end])
        }));
        let after = collected_again(&before, &accounts);
        assert!(Arc::ptr_eq(shard_of(&before, "b"), shard_of(&after, "b")));
        assert_ancestors(&after.graph);
    }
}

#[test]
fn neighbours_come_in_the_order_of_the_graph_wherever_they_are() {
    for seed in 0..10 {
        let graph = sealed(&tangled(seed, true));
        let mut edges = 0;
        for id in graph.ids() {
            for edge_type in EdgeType::ALL {
                for direction in [Direction::In, Direction::Out] {
                    let around: Vec<_> = graph.neighbours(id, direction, edge_type).collect();
                    assert!(around.is_sorted_by(|a, b| a < b));
                    let back = if direction == Direction::In { Direction::Out } else { Direction::In };
                    let knows = |other| graph.neighbours(other, back, edge_type).any(|node| node == id);
                    assert!(around.iter().all(|other| knows(*other)));
                    edges += around.len();
                }
            }
        }
        assert_eq!(edges, 2 * graph.edges());
    }
}

#[test]
fn every_node_is_found_by_its_key() {
    let graph = sealed(&tangled(1, true));
    for id in graph.ids() {
        assert_eq!(graph.by_key(&graph.node(id).key()), Some(id));
    }
    assert_eq!(graph.by_key("no key"), None);
}
