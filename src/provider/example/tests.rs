//! The inventory as a whole: is it the same, is it believable, does it fit the model?

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::Timestamp;

use super::{Config, ExampleProvider};
use crate::{
    model::{
        FailureClass, FixedClock, KindModel, KindName, LinkEnd, Listing, Property, PropertyType, Resource, ScopeKey,
    },
    provider::{DeleteTarget, Provider, known_kinds},
};

/// A Wednesday, mid-morning.
const MORNING: &str = "2026-03-04T10:20:00Z";
const NIGHT: &str = "2026-03-04T03:20:00Z";

fn provider(time: &str, config: Config) -> ExampleProvider {
    ExampleProvider::new(config, Arc::new(FixedClock(time.parse().unwrap())))
}

async fn collect(provider: &ExampleProvider) -> Vec<(ScopeKey, Resource)> {
    let mut all = Vec::new();
    for scope in provider.discover().await.accounts.into_iter().flat_map(|account| account.scopes) {
        match provider.list(&scope).await {
            Listing::Complete(resources) => all.extend(resources.into_iter().map(|resource| (scope.clone(), resource))),
            other => panic!("{scope}: {other:?}"),
        }
    }
    all
}

async fn inventory(time: &str) -> Vec<(ScopeKey, Resource)> {
    collect(&provider(time, Config::default())).await
}

#[tokio::test]
async fn the_same_seed_and_hour_give_the_same_inventory() {
    let first = inventory(MORNING).await;
    assert!(first == inventory("2026-03-04T10:59:59Z").await);
    assert!(first != collect(&provider(MORNING, Config { seed: 43, ..Config::default() })).await);
}

#[tokio::test]
async fn its_size_is_about_what_was_asked_for() {
    for wanted in [1_000_u32, 5_000, 50_000] {
        let found = collect(&provider(MORNING, Config { resources: wanted, ..Config::default() })).await.len();
        let share = found * 100 / wanted as usize;
        assert!((80..=120).contains(&share), "{found} of {wanted}");
    }
}

#[tokio::test]
async fn from_hour_to_hour_a_little_changes() {
    let identities = |all: &[(ScopeKey, Resource)]| -> BTreeSet<(ScopeKey, String)> {
        all.iter().map(|(scope, resource)| (scope.clone(), resource.id.clone())).collect()
    };
    let before = identities(&inventory(MORNING).await);
    let after = identities(&inventory("2026-03-04T11:20:00Z").await);
    let gone = before.difference(&after).count();
    let new = after.difference(&before).count();
    assert!((1..500).contains(&gone) && (1..500).contains(&new), "{gone} gone, {new} new of {}", before.len());
}

#[tokio::test]
async fn nobody_needs_test_servers_at_night() {
    let running = |all: &[(ScopeKey, Resource)]| {
        all.iter()
            .filter(|(_, resource)| {
                resource.properties.get("instance_status").is_some_and(|s| s == Property::Text("running"))
            })
            .count()
    };
    let (day, night) = (running(&inventory(MORNING).await), running(&inventory(NIGHT).await));
    assert!(night * 10 < day * 9 && night > day / 4, "{night} at night, {day} by day");
}

#[tokio::test]
async fn every_resource_is_of_a_known_kind_with_properties_of_its_type() {
    let model = KindModel::new(known_kinds(&|_| false)).unwrap();
    for (scope, resource) in inventory(MORNING).await {
        assert!(model.get(&resource.kind).is_some(), "{}", resource.kind);
        assert_eq!(scope.kind, resource.kind);
        for (property, value) in &resource.properties.to_map() {
            let Some(described) = model.property(&resource.kind, property) else { continue };
            let fits = match described {
                PropertyType::String => value.is_string(),
                PropertyType::Int => value.is_i64() || value.is_u64(),
                PropertyType::Float => value.is_number(),
                PropertyType::Bool => value.is_boolean(),
                PropertyType::Datetime => value.as_str().is_some_and(|text| text.parse::<Timestamp>().is_ok()),
                PropertyType::Object => value.is_object(),
                PropertyType::List => value.is_array(),
                PropertyType::Any => true,
            };
            assert!(fits, "{}.{property} = {value} is no {described:?}", resource.kind);
        }
    }
}

#[tokio::test]
async fn no_two_resources_of_a_scope_share_an_id() {
    let mut seen = BTreeSet::new();
    for (scope, resource) in inventory(MORNING).await {
        assert!(seen.insert((scope.clone(), resource.id.clone())), "{scope} has {} twice", resource.id);
    }
}

#[tokio::test]
async fn every_link_leads_somewhere() {
    let all = inventory(MORNING).await;
    let local: BTreeSet<_> = all.iter().map(|(s, r)| (s.account.as_str(), r.kind.as_str(), r.id.as_str())).collect();
    let anywhere: BTreeSet<_> = all.iter().map(|(_, r)| (r.kind.as_str(), r.id.as_str())).collect();
    let (mut links, mut outer) = (0, 0);
    for (scope, resource) in &all {
        for link in &resource.links {
            let target = (link.other.kind.as_str(), link.other.value.as_str());
            let here = local.contains(&(scope.account.as_str(), target.0, target.1));
            let found = here || (link.outer && anywhere.contains(&target));
            assert!(found, "{} of {scope} names {target:?}", resource.name);
            links += 1;
            outer += usize::from(link.outer);
        }
    }
    assert!(links > all.len() && outer > 20, "{links} links, {outer} of them to other accounts");
}

#[tokio::test]
async fn nothing_happens_in_the_future() {
    let now: Timestamp = MORNING.parse().unwrap();
    for (scope, resource) in inventory(MORNING).await {
        for time in [resource.ctime, resource.mtime, resource.atime].into_iter().flatten() {
            assert!(time <= now, "{scope} {}: {time}", resource.id);
        }
        assert!(resource.mtime >= resource.ctime, "{scope} {}", resource.id);
    }
}

#[tokio::test]
async fn nearly_every_base_kind_of_the_default_metrics_has_resources() {
    let model = KindModel::new(known_kinds(&|_| false)).unwrap();
    let all = inventory(MORNING).await;
    let missing: Vec<&str> = BASE_KINDS
        .iter()
        .copied()
        .filter(|base| !all.iter().any(|(_, resource)| model.is_a(&resource.kind, base)))
        .collect();
    // No provider has kinds for these.
    assert_eq!(
        missing,
        ["bucket_quota", "certificate_quota", "gateway_quota", "instance_quota", "load_balancer_quota"]
    );
}

/// What the default metrics count; accounts are no resources of a scope.
const BASE_KINDS: &[&str] = &[
    "access_key",
    "autoscaling_group",
    "bucket",
    "bucket_quota",
    "certificate",
    "certificate_quota",
    "database",
    "endpoint",
    "gateway",
    "gateway_quota",
    "group",
    "health_check",
    "instance",
    "instance_profile",
    "instance_quota",
    "instance_type",
    "ip_address",
    "keypair",
    "load_balancer",
    "load_balancer_quota",
    "network",
    "network_acl",
    "network_interface",
    "network_quota",
    "peering_connection",
    "policy",
    "role",
    "routing_table",
    "security_group",
    "snapshot",
    "stack",
    "subnet",
    "tunnel",
    "user",
    "volume",
    "volume_type",
];

#[tokio::test]
async fn failures_are_shown_when_asked_for() {
    let provider = provider(MORNING, Config { failing_scopes: 14, ..Config::default() });
    let mut classes: BTreeMap<FailureClass, usize> = BTreeMap::new();
    for scope in provider.discover().await.accounts.into_iter().flat_map(|account| account.scopes) {
        if let Listing::Failed(failure) = provider.list(&scope).await {
            *classes.entry(failure.class).or_default() += 1;
        }
    }
    assert_eq!(classes.values().copied().collect::<Vec<_>>(), [2; 7]);
}

#[tokio::test]
async fn what_was_deleted_stays_away() {
    let provider = provider(MORNING, Config::default());
    let all = collect(&provider).await;
    let (scope, resource) = all.iter().find(|(_, resource)| resource.kind == "aws_ec2_volume").cloned().unwrap();
    assert!(provider.deletes(&resource.kind));
    assert!(!provider.deletes("aws_ec2_instance_type"));
    provider.delete(&DeleteTarget { scope, resource: resource.clone(), neighbours: Vec::new() }).await.unwrap();
    let left = collect(&provider).await;
    assert_eq!(left.len(), all.len() - 1);
    assert!(!left.iter().any(|(_, other)| other.id == resource.id));
}

#[tokio::test]
async fn what_must_go_first_is_known_by_kind() {
    let provider = provider(MORNING, Config::default());
    provider.discover().await;
    let before = provider.dependants("aws_vpc");
    assert!(before.contains(&"aws_ec2_subnet".into()) && before.contains(&"aws_ec2_instance".into()), "{before:?}");
    assert_eq!(provider.dependants("aws_ec2_volume"), [KindName::from("aws_ec2_instance")]);
}

#[tokio::test]
async fn some_resources_are_expired_some_protected_and_some_idle() {
    let all = inventory(MORNING).await;
    let count = |test: &dyn Fn(&Resource) -> bool| all.iter().filter(|(_, resource)| test(resource)).count();
    assert!(count(&|r| r.tags.contains_key("expiration")) > 10);
    assert!(count(&|r| r.protected) > 5);
    assert!(count(&|r| r.properties.get("volume_status") == Some(Property::Text("available"))) > 10);
    assert!(count(&|r| r.tags.is_empty() && !r.kind.ends_with("_type")) > 100);
}

#[tokio::test]
async fn the_order_of_deletion_has_no_cycle() {
    let all = inventory(MORNING).await;
    let node = |kind: &str, id: &str| format!("{kind}/{id}");
    let mut graph = petgraph::stable_graph::StableDiGraph::<(), ()>::new();
    let mut nodes = BTreeMap::new();
    let names: Vec<(String, String)> = all
        .iter()
        .flat_map(|(_, resource)| resource.links.iter().map(move |link| (resource, link)))
        .filter_map(|(resource, link)| {
            let this = node(&resource.kind, &resource.id);
            let other = node(&link.other.kind, &link.other.value);
            let (from, to) = if link.end == LinkEnd::From { (other, this) } else { (this, other) };
            match link.delete {
                crate::model::DeleteOrder::None => None,
                crate::model::DeleteOrder::Same => Some((from, to)),
                crate::model::DeleteOrder::Reverse => Some((to, from)),
            }
        })
        .collect();
    for (from, to) in &names {
        let [from, to] = [from, to].map(|name| *nodes.entry(name).or_insert_with(|| graph.add_node(())));
        graph.add_edge(from, to, ());
    }
    assert!(petgraph::algo::toposort(&graph, None).is_ok());
}
