use std::collections::BTreeMap;

use super::*;
use crate::{
    cleanup::{Config, RuleConfig, rules},
    graph::fixture,
    model::{KindModel, Resource},
    search::Templates,
};

fn rule(search: &str) -> Vec<Rule> {
    let rule = RuleConfig { enabled: true, search: Some(search.to_owned()), reason: Some("because".to_owned()) };
    let config = Config { rules: BTreeMap::from([("rule".to_owned(), rule)]), ..Config::default() };
    rules(&config, &KindModel::base(), &Templates::default()).unwrap()
}

/// A bundled rule, switched on as a user does it.
fn enabled(name: &str) -> Vec<Rule> {
    let rule = RuleConfig { enabled: true, ..RuleConfig::default() };
    let config = Config { rules: BTreeMap::from([(name.to_owned(), rule)]), ..Config::default() };
    rules(&config, &KindModel::base(), &Templates::default()).unwrap()
}

fn tagged(id: &str, key: &str, value: &str) -> Resource {
    Resource {
        tags: BTreeMap::from([(key.to_owned(), value.to_owned())]),
        ctime: Some("2026-11-01T00:00:00Z".parse().unwrap()),
        ..Resource::new("instance", id)
    }
}

fn marked_ids(generation: &Generation, rules: &[Rule]) -> Vec<String> {
    let marked = mark(generation, rules, fixture::now());
    assert!(marked.failed.is_empty());
    let graph = &generation.graph;
    marked.marks.keys().map(|key| graph.node(graph.by_key(key).unwrap()).id().into_owned()).collect()
}

#[test]
fn the_rule_expired_marks_what_its_own_tags_say() {
    let generation = fixture::generation(&[(
        "a",
        vec![
            tagged("past", "cloudgauge:expires", "2026-11-22T11:59:00Z"),
            tagged("future", "cloudgauge:expires", "2026-11-22T12:01:00Z"),
            tagged("old", "expiration", "3d"),
            tagged("young", "expiration", "30d"),
            tagged("never", "expiration", "never"),
            Resource::new("instance", "untagged"),
        ],
    )]);
    let mut ids = marked_ids(&generation, &enabled("expired"));
    ids.sort();
    assert_eq!(ids, ["old", "past"]);
}

#[test]
fn the_rule_unused_volumes_spares_what_was_used_lately() {
    let volume = |id: &str, status: &str, ctime: &str, atime: Option<&str>| Resource {
        ctime: Some(ctime.parse().unwrap()),
        atime: atime.map(|time| time.parse().unwrap()),
        properties: [("volume_status".to_owned(), status.into())].into_iter().collect(),
        ..Resource::new("volume", id)
    };
    let (old, new) = ("2026-10-01T00:00:00Z", "2026-11-20T00:00:00Z");
    let generation = fixture::generation(&[(
        "a",
        vec![
            volume("attached", "in-use", old, None),
            volume("young", "available", new, None),
            volume("read lately", "available", old, Some(new)),
            volume("read long ago", "available", old, Some(old)),
            volume("use not known", "available", old, None),
        ],
    )]);
    let mut ids = marked_ids(&generation, &enabled("unused_volumes"));
    ids.sort();
    assert_eq!(ids, ["read long ago", "use not known"]);
}

#[test]
fn accounts_and_regions_are_never_marked() {
    let generation = fixture::generation(&[("a", vec![Resource::new("instance", "i")])]);
    assert_eq!(marked_ids(&generation, &rule("all")), ["i"]);
}

#[test]
fn a_mark_remembers_since_when_its_rule_holds() {
    let mut generation = fixture::generation(&[("a", vec![Resource::new("instance", "i")])]);
    let rules = rule("is(instance)");
    let first = mark(&generation, &rules, fixture::now());
    generation = generation.with_marks(first.marks.clone());
    let later = fixture::now() + jiff::SignedDuration::from_hours(1);
    assert_eq!(mark(&generation, &rules, later).marks, first.marks);
    generation = generation.with_marks(Marks::new());
    assert_eq!(mark(&generation, &rules, later).marks.values().next().unwrap().since, later);
}

#[test]
fn a_resource_that_no_rule_matches_any_more_loses_its_mark() {
    let mut generation = fixture::generation(&[("a", vec![Resource::new("instance", "i")])]);
    let marks = mark(&generation, &rule("is(instance)"), fixture::now()).marks;
    generation = generation.with_marks(marks);
    assert!(mark(&generation, &rule("is(volume)"), fixture::now()).marks.is_empty());
}

#[test]
fn a_rule_that_cannot_be_used_is_refused_with_its_place() {
    let config = |search: &str, reason: &str| {
        let rule = RuleConfig { enabled: false, search: Some(search.to_owned()), reason: Some(reason.to_owned()) };
        Config { rules: BTreeMap::from([("mine".to_owned(), rule)]), ..Config::default() }
    };
    let errors = |search: &str, reason: &str| {
        rules(&config(search, reason), &KindModel::base(), &Templates::default()).unwrap_err()
    };
    let path = |field: &str| ["rules", "mine", field].map(crate::document::Segment::from);
    assert_eq!(errors("is(volume", "r")[0].path, path("search"));
    assert_eq!(errors("is(volumne)", "r")[0].within, Some(3..10));
    assert_eq!(errors("aggregate(sum(1) as n): is(volume)", "r").len(), 1);
    assert_eq!(errors("is(volume)", " ")[0].path, path("reason"));
    let nothing = Config { rules: BTreeMap::from([("mine".to_owned(), RuleConfig::default())]), ..Config::default() };
    assert_eq!(rules(&nothing, &KindModel::base(), &Templates::default()).unwrap_err().len(), 2);
}

#[test]
fn a_rule_may_use_templates() {
    let rule = |search: &str| RuleConfig {
        enabled: true,
        search: Some(search.to_owned()),
        reason: Some("because".to_owned()),
    };
    let config = |search| Config { rules: BTreeMap::from([("rule".to_owned(), rule(search))]), ..Config::default() };
    let templates = Templates::from_iter([("old", "age > {{age}}")]);
    assert_eq!(rules(&config("is(volume) and expand(old, age=30d)"), &KindModel::base(), &templates).unwrap().len(), 1);
    let errors = rules(&config("is(volume) and expand(odl)"), &KindModel::base(), &templates).unwrap_err();
    assert_eq!(
        (errors[0].message.as_str(), errors[0].help.as_deref()),
        ("there is no template `odl`", Some("did you mean `old`?"))
    );
}
