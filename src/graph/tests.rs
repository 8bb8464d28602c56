use std::sync::Arc;

use super::{
    fixture::{inventory, now},
    *,
};
use crate::model::{DeleteOrder, EdgeType, KindModel, Link, LinkEnd, Resource, Selector};

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
