//! Merges: what sub-queries add to nodes, and who can read it.

use serde_json::{Value, json};

use super::world::{find, generation, now, rows};
use crate::search::{Limits, Query};

/// The values at a place of the documents that a query finds, by the id of the node.
fn merged(text: &str, pointer: &str) -> Vec<(String, Value)> {
    let generation = generation();
    let plan = Query::parse(text).unwrap().compile(generation.graph.kinds()).unwrap();
    let found = plan.find(&generation, now(), Limits::default()).unwrap();
    let documents = found.nodes.iter().map(|node| {
        let document = found.document(&generation, *node);
        let value = document.pointer(pointer).cloned().unwrap_or_else(|| json!("nothing there"));
        (generation.graph.node(*node).id().into_owned(), value)
    });
    documents.collect()
}

#[test]
fn a_name_gets_the_first_node_or_null() {
    let instances = merged("is(volume) { instance: <-- is(instance) }", "/instance");
    let ids: Vec<_> = instances.iter().map(|(id, value)| (id.as_str(), &value["reported"]["id"])).collect();
    assert_eq!(ids, [("v-9", &Value::Null), ("v-1", &json!("i-1")), ("v-2", &Value::Null), ("v-3", &Value::Null)]);
}

#[test]
fn a_list_gets_all_of_them_and_an_aggregate_its_rows() {
    let text = "is(instance) and name = prod-web { below[]: --> all, counts: aggregate(kind: sum(1) as c): --> all }";
    let [(_, below)] = merged(text, "/below").try_into().unwrap();
    let ids: Vec<_> = below.as_array().unwrap().iter().map(|value| &value["reported"]["id"]).collect();
    assert_eq!(ids, ["tg-2", "v-1"]);
    let rows =
        json!([{"group": {"kind": "aws_alb_target_group"}, "c": 1}, {"group": {"kind": "aws_ec2_volume"}, "c": 1}]);
    assert_eq!(merged(text, "/counts"), [("i-1".to_owned(), rows)]);
}

#[test]
fn a_name_may_lie_deeper_and_a_merge_within_a_merge() {
    let text = "is(account) and name =~ dev { /far.away: --> is(region) { up: <-- all } }";
    assert_eq!(merged(text, "/far/away/up/reported/id"), [("dev".to_owned(), json!("dev"))]);
}

#[test]
fn conditions_sorting_and_aggregates_read_what_is_merged() {
    assert_eq!(find("is(volume) { i: <-- is(instance) } i.reported.name == prod-web"), "v-1");
    assert_eq!(
        find("is(volume) { i: <-- is(instance) } not i.reported.name == prod-web and volume_size < 30"),
        "v-2 v-3"
    );
    assert_eq!(find("is(instance) { n: aggregate(sum(1) as c): --> } sort n[0].c desc, id"), "i-1 i-2 i-3");
    assert_eq!(
        rows("aggregate(i.reported.name as name: sum(volume_size) as size): is(volume) { i: <-- is(instance) }"),
        "name=null: size=80\nname=\"prod-web\": size=100"
    );
}
