//! A small company that the examples ask about: three accounts in one cloud, one in another, a bit of everything.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, LazyLock},
};

use cloudgauge::{
    model::{DeleteOrder, Kind, KindModel, KindName, LinkEnd, PropertyType, Resource, Value, duration},
    search::{Limits, Query},
};
use jiff::Timestamp;
use serde_json::json;

use super::{
    reference::{self, Reference},
    world::{AccountDescription, Description, History, Joint, Placed, RegionDescription, World, now},
};

static COMPANY: LazyLock<World> = LazyLock::new(|| World::new(&kinds(), &description()));

/// What a query yields, as the examples write it.
///
/// Nodes are named by their ids, in order where the query sorts and sorted otherwise; rows are lines such as
/// `type=gp3 region=null: count=3`; an error is its message behind `error: `.
pub(crate) fn answer(text: &str) -> String {
    let world = &*COMPANY;
    // Keys are long; a query names the node instead.
    let text = keys(world).into_iter().fold(text.to_owned(), |text, (id, key)| text.replace(&format!("<{id}>"), key));
    let query = match Query::parse(&text) {
        Ok(query) => query,
        Err(error) => return format!("error: {}", error.message()),
    };
    let again = Query::parse(&query.to_string()).unwrap_or_else(|error| panic!("{}", error.render()));
    assert_eq!(query, again, "{text} became {query}");
    let plan = match query.compile(&world.kinds) {
        Ok(plan) => plan,
        Err(errors) => return format!("error: {}", errors[0].message()),
    };
    let second = Reference::new(world, now());
    if query.is_aggregate() {
        let rows = plan.aggregate(&world.generation, now(), Limits::default()).unwrap();
        let expected = second.aggregate(query.search());
        assert!(reference::same_rows(&rows, &expected), "{text}: {rows:?} is not {expected:?}");
        let rows: Vec<String> = rows.iter().map(line).collect();
        return rows.join("\n");
    }
    let nodes = plan.select(&world.generation, now(), Limits::default()).unwrap();
    let nodes: Vec<usize> = nodes.into_iter().map(World::position).collect();
    let mut ids: Vec<&str> = nodes.iter().map(|node| world.nodes[*node].id()).collect();
    assert_eq!(nodes, second.select(query.search()), "{text}: {ids:?}");
    let last = query.search().parts.last().unwrap();
    if last.sort.is_empty() || last.navigation.is_some() {
        ids.sort_unstable();
    }
    ids.join(" ")
}

fn line(row: &cloudgauge::search::Row) -> String {
    let mut line = String::new();
    for (name, value) in &row.group {
        write!(line, "{name}={} ", value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap();
    }
    let mut line = line.trim_end().to_owned() + ":";
    for (name, value) in &row.values {
        write!(line, " {name}={}", value.map_or_else(|| "none".to_owned(), |value| value.to_string())).unwrap();
    }
    line
}

/// Asserts that every query yields what stands beside it; all that do not are shown at once.
///
/// `n nodes` and `n rows` stand for so many; rows behind `n rows, such as` are among them.
#[track_caller]
pub(crate) fn all_answer(cases: &[(&str, &str)]) {
    let mut wrong = String::new();
    for (query, expected) in cases {
        let answer = answer(query);
        if !fits(&answer, expected) {
            write!(wrong, "\n{query}\n    got      {answer}\n    expected {expected}\n").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn fits(answer: &str, expected: &str) -> bool {
    if let Some(count) = expected.strip_suffix(" nodes") {
        return answer.split_whitespace().count().to_string() == count;
    }
    if let Some((count, rows)) = expected.split_once(" rows, such as ") {
        return answer.lines().count().to_string() == count
            && rows.lines().all(|row| answer.lines().any(|line| line == row));
    }
    answer == expected
}

/// The company's nodes by the ids that are unique.
fn keys(world: &World) -> BTreeMap<&str, &str> {
    world.nodes.iter().map(|node| (node.id(), node.document["id"].as_str().unwrap())).collect()
}

fn kinds() -> Arc<KindModel> {
    use PropertyType::{Any, Float, List, Object, String};
    let kind = |name: &str, base: &str, properties: &[(&str, PropertyType)]| Kind {
        name: name.into(),
        bases: vec![KindName::from(base)],
        properties: properties.iter().map(|(name, property)| ((*name).to_owned(), *property)).collect(),
        phantom: false,
        open: false,
    };
    let model = KindModel::new([
        kind("aws_ec2_instance", "instance", &[]),
        kind("aws_ec2_volume", "volume", &[]),
        kind("aws_alb", "load_balancer", &[]),
        kind("aws_alb_target_group", "resource", &[("target_type", String)]),
        kind("aws_ec2_security_group", "security_group", &[("group_ip_permissions", List)]),
        kind("aws_iam_access_key", "access_key", &[("user_name", String)]),
        kind("aws_rds_instance", "database", &[]),
        kind("aws_vpc", "network", &[]),
        kind("gcp_instance", "instance", &[]),
        kind("gcp_disk", "volume", &[]),
        kind("gcp_database", "database", &[]),
        kind("gcp_load_balancer", "load_balancer", &[]),
        kind("a", "resource", &[]),
        kind("b", "resource", &[("foo", String)]),
        kind("sample", "resource", &[("test", List), ("some", Object), ("a", Float), ("b", Any), ("mixed", Any)]),
    ]);
    Arc::new(model.unwrap())
}

/// The company as a table: account, region, kind, id, and what else is said of it.
///
/// `created`, `updated` and `used` are ages or times; `behind` and `ahead` name resources from which an edge leads here,
/// which are deleted after it or before it; everything without a meaning of its own is a property.
fn nodes() -> Vec<(&'static str, &'static str, &'static str, &'static str, Value)> {
    let (dev, sales, proj) = ("dev", "123456789012", "proj");
    let (us, eu, gcp) = ("us-east-1", "eu-west-1", "europe-west1");
    vec![
        (dev, us, "instance_type", "t3.large", json!({"instance_type": "t3.large", "ondemand_cost": 0.5})),
        (dev, us, "aws_vpc", "vpc-1", json!({"cidr_blocks": ["10.0.0.0/16"]})),
        (
            dev,
            us,
            "aws_ec2_instance",
            "i-1",
            json!({"name": "prod-web", "created": "40d", "behind": ["t3.large", "vpc-1"],
            "tags": {"owner": "ann", "aws:cloudformation:stack-name": "web"}, "instance_status": "running",
            "instance_cores": 4, "instance_memory": 8.0, "instance_type": "t3.large"}),
        ),
        (
            dev,
            us,
            "aws_ec2_instance",
            "i-2",
            json!({"name": "Prod-db", "created": "1d", "behind": ["t3.large"],
            "instance_status": "stopped", "instance_cores": 2, "instance_memory": 4.5, "instance_type": "t3.large"}),
        ),
        (
            dev,
            us,
            "aws_ec2_volume",
            "v-1",
            json!({"created": "60d", "used": "10d", "behind": ["i-1"], "volume_size": 100,
            "volume_type": "gp3", "volume_status": "in-use", "volume_encrypted": true}),
        ),
        (
            dev,
            us,
            "aws_ec2_volume",
            "v-2",
            json!({"created": "60d", "used": "8d", "tags": {"expiration": "7d"},
            "protected": true, "volume_size": 20, "volume_type": "gp3", "volume_status": "available",
            "volume_encrypted": false}),
        ),
        (dev, us, "aws_ec2_volume", "v-3", json!({"created": "2h", "marked": true, "volume_size": 10})),
        (
            dev,
            us,
            "aws_ec2_security_group",
            "sg-open",
            json!({"group_ip_permissions": [
            {"ip_protocol": "tcp", "from_port": 22, "to_port": 22,
             "ip_ranges": [{"cidr_ip": "10.0.0.0/8"}, {"cidr_ip": "0.0.0.0/0"}]},
            {"ip_protocol": "udp", "from_port": 53, "to_port": 53, "ip_ranges": []}]}),
        ),
        (
            dev,
            us,
            "aws_ec2_security_group",
            "sg-shut",
            json!({"group_ip_permissions": [
            {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "ip_ranges": [{"cidr_ip": "10.0.0.0/8"}]},
            {"ip_protocol": "tcp", "from_port": 80, "to_port": 80, "ip_ranges": [{"cidr_ip": "0.0.0.0/0"}]}]}),
        ),
        (dev, us, "aws_alb", "lb-1", json!({"created": "10d", "behind": ["tg-1"], "backends": []})),
        (
            dev,
            us,
            "aws_alb",
            "lb-2",
            json!({"created": "10d", "behind": ["tg-2"], "backends": ["i-1", "i-2"],
            "public_ip_address": "167.123.13.102"}),
        ),
        (dev, us, "aws_alb", "lb-3", json!({"created": "10d", "backends": []})),
        (dev, us, "aws_alb_target_group", "tg-1", json!({"created": "10d", "target_type": "instance"})),
        (
            dev,
            us,
            "aws_alb_target_group",
            "tg-2",
            json!({"created": "10d", "behind": ["i-1"], "target_type": "instance"}),
        ),
        (dev, us, "aws_iam_access_key", "ak-1", json!({"user_name": "ann", "access_key_status": "Active"})),
        (dev, us, "aws_iam_access_key", "ak-2", json!({"user_name": "ann", "access_key_status": "Inactive"})),
        (dev, us, "certificate", "c-past", json!({"expires": "2026-11-21T00:00:00Z"})),
        (dev, us, "certificate", "c-soon", json!({"expires": "2026-12-01T00:00:00+01:00"})),
        (
            dev,
            us,
            "sample",
            "s-full",
            json!({"test": [1, 2, 3], "some": {"nested": [{"prop": 3}, {"prop": 1}]}, "a": 1,
            "b": 2, "mixed": [1, "one", true, null, 2.5, {"k": 1}, [7]]}),
        ),
        (
            dev,
            us,
            "sample",
            "s-part",
            json!({"test": [0, 200], "some": {"nested": [{"prop": 1}, {"prop": 3}]}, "a": 3,
            "b": 6, "mixed": "2"}),
        ),
        (dev, us, "bucket_quota", "quota-1", json!({"quota": 100, "usage": 3})),
        (dev, us, "bucket_quota", "quota-2", json!({"quota": 100, "usage": 0})),
        (sales, us, "volume_type", "gp3", json!({"volume_type": "gp3", "ondemand_cost": 0.08})),
        (
            sales,
            us,
            "aws_ec2_volume",
            "v-9",
            json!({"name": "sunset", "created": "31d", "used": "8d", "behind": ["gp3"],
            "tags": {"owner": "bob", "expiration": "never"}, "volume_size": 50, "volume_type": "gp3",
            "volume_status": "available"}),
        ),
        (sales, us, "aws_ec2_instance", "i-3", json!({"name": "bare", "instance_status": null})),
        (
            sales,
            eu,
            "aws_rds_instance",
            "db-1",
            json!({"name": "orders", "created": "2021-12-08T23:59:59Z",
            "tags": {"owner": "bob", "cloudgauge:expires": "2023-12-31"}}),
        ),
        (
            proj,
            gcp,
            "gcp_instance",
            "g-1",
            json!({"name": "tmp-1", "created": "3h", "zone": "europe-west1-b",
            "instance_status": "running", "instance_cores": 8, "instance_memory": 32}),
        ),
        (proj, gcp, "gcp_disk", "g-2", json!({"ahead": ["g-1"]})),
        (proj, gcp, "gcp_database", "g-db", json!({"db_endpoint": "192.168.13.102"})),
        (proj, gcp, "gcp_load_balancer", "lb-old", json!({"created": "35d", "public_ip_address": "10.0.0.9"})),
    ]
}

fn description() -> Description {
    let account = |cloud: &str, id: &str, name: &str, regions: &[&str]| AccountDescription {
        cloud: cloud.to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        kind: "account".to_owned(),
        properties: json!({}),
        regions: regions
            .iter()
            .map(|id| RegionDescription {
                id: (*id).to_owned(),
                name: (*id).to_owned(),
                kind: "region".to_owned(),
                properties: json!({}),
            })
            .collect(),
    };
    let accounts = vec![
        account("aws", "dev", "dev", &["us-east-1"]),
        account("aws", "123456789012", "sales", &["us-east-1", "eu-west-1"]),
        account("aws", "wide", "wide", &["r-1", "r-2", "r-3", "r-4", "r-5", "r-6"]),
        account("gcp", "proj", "proj", &["europe-west1"]),
    ];
    let (mut resources, mut links) = (Vec::new(), Vec::new());
    let table = nodes();
    for (holder, (account, region, kind, id, said)) in table.iter().enumerate() {
        let mut resource = Resource::new(*kind, *id);
        let mut marked = false;
        for (name, value) in said.as_object().unwrap() {
            let text = value.as_str().unwrap_or_default();
            match name.as_str() {
                "name" => text.clone_into(&mut resource.name),
                "zone" => resource.zone = Some(text.to_owned()),
                "created" => resource.ctime = Some(time(text)),
                "updated" => resource.mtime = Some(time(text)),
                "used" => resource.atime = Some(time(text)),
                "tags" => resource.tags = serde_json::from_value(value.clone()).unwrap(),
                "protected" => resource.protected = true,
                "marked" => marked = true,
                "behind" | "ahead" => {
                    let delete = if name == "behind" { DeleteOrder::Reverse } else { DeleteOrder::Same };
                    for other in value.as_array().unwrap() {
                        let other = table.iter().position(|(_, _, _, id, _)| other == id).unwrap();
                        links.push(Joint { holder, other, end: LinkEnd::From, delete, outer: false });
                    }
                }
                property => resource.properties.insert(property, value.clone()),
            }
        }
        let account = accounts.iter().position(|other| other.id == *account).unwrap();
        resources.push(Placed { account, region: (*region).to_owned(), resource, marked });
    }
    Description { accounts, resources, links, history: History::Packed }
}

/// A time, or so long ago.
fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| now() - duration::parse(text).unwrap())
}
