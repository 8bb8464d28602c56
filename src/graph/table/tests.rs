use super::*;
use crate::{
    graph::AccountKey,
    model::{DeleteOrder, Link, LinkEnd, Resource, Selector},
};

fn builder() -> TableBuilder {
    let account = AccountKey { provider: "test".into(), cloud: "sky".into(), account: "one".into() };
    TableBuilder::new(account, "volume".into())
}

fn rich(id: &str) -> Resource {
    let properties = serde_json::json!({
        "size": 8, "rate": 1.0, "huge": u64::MAX, "minus_zero": -0.0, "on": true, "empty": "",
        "nested": {"a": [1, 1.0, null, {"b": "ü"}]}, "name": "a property", "id": 7,
    });
    Resource {
        name: format!("name of {id}"),
        zone: Some("west-a".into()),
        tags: [("name".to_owned(), "a tag".to_owned()), ("ü".to_owned(), String::new())].into(),
        ctime: Some("2026-01-01T00:00:00.000000001Z".parse().unwrap()),
        properties: properties.as_object().unwrap().clone(),
        protected: true,
        links: vec![Link {
            end: LinkEnd::From,
            other: Selector { kind: "instance".into(), property: "id".into(), value: format!("i-{id}") },
            delete: DeleteOrder::Reverse,
            outer: true,
        }],
        ..Resource::new("volume", id)
    }
}

#[test]
fn a_resource_comes_back_as_it_was() {
    let mut builder = builder();
    let elsewhere = Resource { region: Some("east".into()), ..Resource::new("volume", "c") };
    for resource in [&elsewhere, &rich("b"), &Resource::new("volume", "a")] {
        builder.push(&"west".into(), resource);
    }
    let table = builder.finish();
    assert_eq!(table.resources().collect::<Vec<_>>(), [elsewhere, Resource::new("volume", "a"), rich("b")]);
    let runs: Vec<_> = table.runs().map(|run| (run.scope_region.as_str(), run.region.as_str(), run.rows())).collect();
    assert_eq!(runs, [("west", "east", 0..1), ("west", "west", 1..3)]);
}
