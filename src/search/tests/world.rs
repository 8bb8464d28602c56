//! A small world: two accounts with a bit of everything.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::{
    graph::{Draft, Generation, Mark, fixture},
    model::{DeleteOrder, Kind, KindModel, KindName, Link, LinkEnd, PropertyType, Resource, Selector, Value},
    search::{Limits, Query, Row, SearchError, aggregate, select},
};

pub(super) fn now() -> Timestamp {
    fixture::now()
}

fn ago(hours: i64) -> Timestamp {
    now() - SignedDuration::from_hours(hours)
}

fn days(days: i64) -> Timestamp {
    ago(24 * days)
}

fn kind(name: &str, base: &str, properties: &[(&str, PropertyType)]) -> Kind {
    Kind {
        name: name.into(),
        bases: vec![KindName::from(base)],
        properties: properties.iter().map(|(name, property)| ((*name).to_owned(), *property)).collect(),
        phantom: false,
        open: false,
    }
}

/// The base kinds, a few of AWS, and `sample` with arrays and numbers.
pub(super) fn kinds() -> KindModel {
    use PropertyType::{Any, Float, List, Object, String};
    KindModel::new([
        kind("aws_ec2_instance", "instance", &[]),
        kind("aws_ec2_volume", "volume", &[]),
        kind("aws_alb", "load_balancer", &[]),
        kind("aws_alb_target_group", "resource", &[("target_type", String)]),
        kind("aws_ec2_security_group", "security_group", &[("group_ip_permissions", List)]),
        kind("aws_iam_access_key", "access_key", &[("user_name", String)]),
        kind("aws_vpc", "network", &[]),
        kind("a", "resource", &[]),
        kind("b", "resource", &[]),
        kind("sample", "resource", &[("test", List), ("some", Object), ("a", Float), ("b", Any)]),
    ])
    .unwrap()
}

fn with(kind: &str, id: &str, properties: &Value) -> Resource {
    Resource { properties: properties.as_object().unwrap().clone().into(), ..Resource::new(kind, id) }
}

/// An edge from the named resource to the one that has the link; deleting goes the other way.
fn behind(kind: &str, id: &str) -> Vec<Link> {
    let other = Selector { kind: kind.into(), property: "id".into(), value: id.into() };
    vec![Link { end: LinkEnd::From, other, delete: DeleteOrder::Reverse, outer: false }]
}

fn tags(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn generation() -> Generation {
    let dev = vec![
        with("instance_type", "t3.large", &json!({"instance_type": "t3.large", "ondemand_cost": 0.5, "quota": 3})),
        Resource {
            name: "prod-web".into(),
            tags: tags(&[("owner", "ann"), ("aws:cloudformation:stack-name", "web")]),
            ctime: Some(days(40)),
            links: behind("instance_type", "t3.large"),
            ..with(
                "aws_ec2_instance",
                "i-1",
                &json!({"instance_status": "running", "instance_cores": 4, "instance_memory": 8.0, "instance_type": "t3.large"}),
            )
        },
        Resource {
            name: "Prod-db".into(),
            ctime: Some(days(1)),
            links: [behind("instance_type", "t3.large"), behind("aws_vpc", "vpc-1")].concat(),
            ..with(
                "aws_ec2_instance",
                "i-2",
                &json!({"instance_status": "stopped", "instance_cores": 2, "instance_memory": 4.5, "instance_type": "t3.large"}),
            )
        },
        Resource { name: "tmp".into(), ..with("instance", "i-3", &json!({"instance_status": null})) },
        Resource {
            ctime: Some(days(60)),
            atime: Some(days(10)),
            links: behind("aws_ec2_instance", "i-1"),
            ..with(
                "aws_ec2_volume",
                "v-1",
                &json!({"volume_size": 100, "volume_type": "gp3", "volume_status": "in-use", "volume_encrypted": true}),
            )
        },
        Resource {
            tags: tags(&[("expiration", "7d")]),
            ctime: Some(days(60)),
            atime: Some(days(8)),
            protected: true,
            ..with(
                "aws_ec2_volume",
                "v-2",
                &json!({"volume_size": 20, "volume_type": "gp3", "volume_status": "available", "volume_encrypted": false}),
            )
        },
        Resource { ctime: Some(ago(2)), ..with("aws_ec2_volume", "v-3", &json!({"volume_size": 10})) },
        Resource {
            ctime: Some(days(10)),
            links: behind("aws_alb_target_group", "tg-1"),
            ..with("aws_alb", "lb-1", &json!({"backends": []}))
        },
        Resource {
            ctime: Some(days(10)),
            links: behind("aws_alb_target_group", "tg-2"),
            ..with("aws_alb", "lb-2", &json!({"backends": ["i-1", "i-2"], "public_ip_address": "167.123.13.102"}))
        },
        Resource { ctime: Some(days(10)), ..with("aws_alb_target_group", "tg-1", &json!({"target_type": "instance"})) },
        Resource {
            ctime: Some(days(10)),
            links: behind("aws_ec2_instance", "i-1"),
            ..with("aws_alb_target_group", "tg-2", &json!({"target_type": "instance"}))
        },
        with(
            "aws_ec2_security_group",
            "sg-open",
            &json!({"group_ip_permissions": [
                {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "ip_ranges": [{"cidr_ip": "10.0.0.0/8"}, {"cidr_ip": "0.0.0.0/0"}]},
                {"ip_protocol": "udp", "from_port": 53, "to_port": 53, "ip_ranges": []},
            ]}),
        ),
        with(
            "aws_ec2_security_group",
            "sg-shut",
            &json!({"group_ip_permissions": [
                {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "ip_ranges": [{"cidr_ip": "10.0.0.0/8"}]},
                {"ip_protocol": "tcp", "from_port": 80, "to_port": 80, "ip_ranges": [{"cidr_ip": "0.0.0.0/0"}]},
            ]}),
        ),
        with("aws_ec2_security_group", "sg-none", &json!({"group_ip_permissions": []})),
        with("aws_iam_access_key", "ak-1", &json!({"user_name": "ann", "access_key_status": "Active"})),
        with("aws_iam_access_key", "ak-2", &json!({"user_name": "ann", "access_key_status": "Inactive"})),
        Resource {
            name: "sunset".into(),
            ..with("certificate", "c-past", &json!({"expires": "2026-11-21T00:00:00Z"}))
        },
        with("certificate", "c-soon", &json!({"expires": "2026-12-01T00:00:00+01:00"})),
        with("aws_vpc", "vpc-1", &json!({})),
        Resource { ctime: Some(days(10)), ..with("aws_alb", "lb-3", &json!({"backends": []})) },
        with(
            "sample",
            "s-full",
            &json!({"test": [1, 2, 3], "some": {"nested": [{"prop": 1}, {"prop": 3}]}, "a": 1, "b": 2}),
        ),
        with("sample", "s-empty", &json!({"test": [], "some": {"nested": []}, "a": 3, "b": "text"})),
        with("sample", "s-none", &json!({"a": 8})),
    ];
    let prod = vec![
        with("volume_type", "gp3", &json!({"volume_type": "gp3", "ondemand_cost": 0.08})),
        Resource {
            links: behind("volume_type", "gp3"),
            ..with(
                "aws_ec2_volume",
                "v-9",
                &json!({"volume_size": 50, "volume_type": "gp3", "volume_status": "in-use"}),
            )
        },
    ];
    let inventory = fixture::inventory(&[("dev", dev), ("123456789012", prod)]);
    let (inventory, graph) = Draft::new(inventory, Arc::new(kinds())).seal();
    let marked = graph.of_kind("aws_ec2_volume").find(|id| graph.node(*id).id() == "v-3").unwrap();
    let mark = Mark { rule: "idle".into(), reason: "no instance".into(), since: now() };
    let marks = BTreeMap::from([(graph.node(marked).key(), mark)]);
    Generation::new(1, Some(now()), inventory, graph).with_marks(marks)
}

/// The ids of what a query finds in the world, in the order it yields them.
pub(super) fn try_find(text: &str) -> Result<Vec<String>, SearchError> {
    let generation = generation();
    let nodes = select(&Query::parse(text)?, &generation, now(), Limits::default())?;
    Ok(nodes.into_iter().map(|node| generation.graph.node(node).id().into_owned()).collect())
}

/// As [`try_find`], joined by blanks.
pub(super) fn find(text: &str) -> String {
    try_find(text).unwrap_or_else(|error| panic!("{}", error.render())).join(" ")
}

pub(super) fn try_rows(text: &str) -> Result<Vec<Row>, SearchError> {
    aggregate(&Query::parse(text)?, &generation(), now(), Limits::default())
}

/// An aggregate's rows, one a line: `group=value ...: function=value ...`.
pub(super) fn rows(text: &str) -> String {
    let rows = try_rows(text).unwrap_or_else(|error| panic!("{}", error.render()));
    let line = |row: Row| {
        let group: Vec<String> = row.group.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let values = row.values.into_iter().map(|(name, value)| match value {
            Some(value) => format!("{name}={value}"),
            None => format!("{name}=none"),
        });
        let values: Vec<String> = values.collect();
        format!("{}: {}", group.join(" "), values.join(" "))
    };
    rows.into_iter().map(line).collect::<Vec<_>>().join("\n")
}
