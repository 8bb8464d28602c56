//! What a user is told about a query that is wrong or dubious.

use super::world::kinds;
use crate::{
    model::{Kind, KindModel},
    search::{Query, SearchError, Warning},
};

/// Queries with mistakes that people make.
const WRONG: [&str; 66] = [
    "",
    "is(instnace)",
    "is(instance) and instance_statsu == running",
    "is(instance) and nonsense == 1",
    "/ancestors.acount.reported.name = x",
    "/metadata.protectd = true",
    "/nowhere.x = 1",
    "desired.clean = true",
    "is(instance) and (name = a or name = b",
    "is(instance))",
    "is(instance",
    "is(instance) AND name = a",
    "name = 'prod'",
    "name = \"prod",
    "is(instance) && name = a",
    "!is(instance)",
    "instances(volume)",
    "has_keys(tags, owner)",
    "production",
    "name",
    "name ==",
    "name == prod web",
    "name in prod",
    "name =~ \"(\"",
    "volume_size > .5",
    "age > 30 days",
    "age > soon",
    "age > 2026-01-01",
    "ctime < tomorow",
    "in_subnet(public_ip_address, \"10.0.0.0/99\")",
    "volume_size > [1]",
    "aggregate(kind): all",
    "aggregate(): all",
    "aggregate(kind: sum(1))",
    "aggregate(kind: sum(1)) all",
    "aggregate(kind: sum(1)):",
    "aggregate(kind sum(1)): all",
    "aggregate(kind: total(1)): all",
    "aggregate(kind: sum(volume_size * )): all",
    "aggregate(kind: sum(1) as n, sum(2) as n): all",
    "aggregate(\"{name\": sum(1)): all",
    "is(volume) limit 5 sort name",
    "is(volume) <-[3:1]- is(instance)",
    "is(volume) -owns-> is(instance)",
    "is(volume) with(some, <-- is(instance))",
    "is(volume) | count",
    "is(volume) srot name",
    "is(volume) adn name = x",
    "name like prod",
    "name is prod",
    "is(volume) and with(empty, <-- is(instance))",
    "aggregat(kind: sum(1)): all",
    "is(account) and /ancestors.cloud.reported.nmae = x",
    "is(volume) -{since > 3d}-> is(instance)",
    "with_usage(1w, cpu) is(instance)",
    "/usage.cpu.max > 3",
    "/security.has_issues = true",
    "is(volume) { instance: is(instance) }",
    "is(volume) { reported: <-- is(instance) }",
    "is(volume) { a: <-- is(instance), a.b: --> all }",
    "is(volume) { i: <-- is(instance) } i.reported.instance_statsu = running",
    "is(volume) { i[]: <-- is(instance) } i.reported.instance_status = running",
    "is(volume) { n: aggregate(kind as k: sum(1) as c): --> } n[*].group.x = 1",
    "is(volume) { i: <-- is(instance) } i.ancestors.instance_type.reported.name = x",
    "is(volume) and expand(idle)",
    "is(volume) and\nvolume_size > 10 and\nvolume_stats = idle and age > 3x",
];

/// Queries that are allowed and probably not what was meant.
const DUBIOUS: [&str; 13] = [
    "is(volume) or is(instance) and name = x",
    "is(volume) and name = a or name = b and age > 3d",
    "ctime < 30d",
    "is(volume) and instance_cores > 3",
    "volume_size > big",
    "volume_encrypted = maybe",
    "quota > 10GB",
    "name in [a, null]",
    "name =~ \"@YESTERDY@\"",
    "is(volume) -default{edge_type == delete}->",
    "is(volume) { i: <-- is(instance) } i = x",
    "is(volume) { n[]: aggregate(sum(1) as c): --> }",
    "is(instance) --> is(volume) and backends == []",
];

/// Everything that is said about each query, errors first.
fn said(queries: &[&str]) -> String {
    let said = queries.iter().map(|text| match Query::parse(text) {
        Err(error) => error.render(),
        Ok(query) => {
            let (errors, warnings) = query.check(&kinds());
            let all = errors.iter().map(SearchError::render).chain(warnings.iter().map(Warning::render));
            all.collect::<Vec<_>>().join("\n")
        }
    });
    said.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_mistake_is_shown_in_its_place_with_what_would_be_right() {
    insta::assert_snapshot!(said(&WRONG));
}

#[test]
fn what_is_dubious_is_a_warning() {
    insta::assert_snapshot!(said(&DUBIOUS));
}

#[test]
fn a_mistake_is_never_passed_over() {
    for text in WRONG {
        let wrong = Query::parse(text).map_or(true, |query| !query.check(&kinds()).0.is_empty());
        assert!(wrong, "{text}");
    }
    for text in DUBIOUS {
        let (errors, warnings) = Query::parse(text).unwrap().check(&kinds());
        assert_eq!((errors.len(), warnings.is_empty()), (0, false), "{text}");
    }
}

#[test]
fn a_slip_is_a_mistake_even_where_kinds_are_open() {
    let open = Kind {
        name: "gcp_instance".into(),
        bases: vec!["instance".into()],
        properties: [].into(),
        phantom: false,
        open: true,
    };
    let kinds = KindModel::new([open]).unwrap();
    let said = |text: &str| {
        let (errors, warnings) = Query::parse(text).unwrap().check(&kinds);
        (errors.iter().map(SearchError::render).collect::<String>(), warnings.len())
    };
    for text in ["is(instance) and instance_statu = x", "is(gcp_instance) and instance_statu = x"] {
        let (error, _) = said(text);
        assert!(error.contains("did you mean `instance_status`? if not, write `/reported.instance_statu`"), "{error}");
    }
    assert_eq!(said("is(gcp_instance) and /reported.instance_statu = x"), (String::new(), 0));
    assert_eq!(said("is(gcp_instance) and can_ip_forward = true"), (String::new(), 0));
}

#[test]
fn a_place_can_be_asked_for() {
    let error = Query::parse("name = 'x'").unwrap_err();
    assert_eq!((error.span().start, error.span().end), (7, 8));
    assert_eq!(error.to_string(), "single quotes do not enclose text");
    assert_eq!(error.help(), Some("use double quotes: `\"...\"`"));
    assert_eq!(error.text(), "name = 'x'");
}
