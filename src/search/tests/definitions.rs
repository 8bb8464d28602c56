//! The original's default metric definitions: all must load unchanged.

use crate::{model::KindModel, search::Query};

/// Name, labels beside cloud, account and region (`-` where only the cloud is one), function, filter.
const DEFINITIONS: [(&str, &str, &str, &str); 44] = [
    ("access_keys_total", "access_key_status as status", "sum(1)", "is(access_key)"),
    ("accounts_total", "-", "sum(1)", "is(account)"),
    ("autoscaling_groups_total", "", "sum(1)", "is(autoscaling_group)"),
    ("buckets_quotas_total", "", "sum(1)", "is(bucket_quota)"),
    ("buckets_total", "", "sum(1)", "is(bucket)"),
    ("certificates_quotas_total", "", "sum(1)", "is(certificate_quota)"),
    ("certificates_total", "", "sum(1)", "is(certificate)"),
    ("cores_total", "instance_type as type", "sum(instance_cores)", "is(instance) and instance_status == running"),
    (
        "databases_bytes",
        "db_type as type, instance_type as instance_type",
        "sum(volume_size * 1024 * 1024 * 1024)",
        "is(database)",
    ),
    ("databases_total", "db_type as type, instance_type as instance_type", "sum(1)", "is(database)"),
    ("endpoints_total", "", "sum(1)", "is(endpoint)"),
    ("gateways_quotas_total", "", "sum(1)", "is(gateway_quota)"),
    ("gateways_total", "", "sum(1)", "is(gateway)"),
    ("groups_total", "", "sum(1)", "is(group)"),
    ("health_checks_total", "", "sum(1)", "is(health_check)"),
    ("instance_profiles_total", "", "sum(1)", "is(instance_profile)"),
    (
        "instances_hourly_cost_estimate",
        "instance_type as type",
        "sum(/ancestors.instance_type.reported.ondemand_cost)",
        "is(instance) and instance_status == running",
    ),
    (
        "instances_quotas_total",
        "instance_type as type, quota_type as quota_type",
        "sum(quota)",
        "is(instance_quota) and quota >= 0",
    ),
    ("instances_total", "instance_type as type, instance_status as status", "sum(1)", "is(instance)"),
    ("ip_addresses_total", "", "sum(1)", "is(ip_address)"),
    ("keypairs_total", "", "sum(1)", "is(keypair)"),
    ("load_balancers_quotas_total", "", "sum(1)", "is(load_balancer_quota)"),
    ("load_balancers_total", "lb_type as type", "sum(1)", "is(load_balancer)"),
    (
        "memory_bytes",
        "instance_type as type",
        "sum(instance_memory * 1024 * 1024 * 1024)",
        "is(instance) and instance_status == running",
    ),
    ("network_acls_total", "", "sum(1)", "is(network_acl)"),
    ("network_interfaces_total", "network_interface_status as status", "sum(1)", "is(network_interface)"),
    ("networks_quotas_total", "", "sum(1)", "is(network_quota)"),
    ("networks_total", "", "sum(1)", "is(network)"),
    ("peering_connections_total", "", "sum(1)", "is(peering_connection)"),
    ("policies_total", "", "sum(1)", "is(policy)"),
    (
        "reserved_instances_total",
        "instance_type as type, quota_type as quota_type",
        "sum(reservations)",
        "is(instance_type) and reservations >= 0",
    ),
    ("roles_total", "", "sum(1)", "is(role)"),
    ("routing_tables_total", "", "sum(1)", "is(routing_table)"),
    ("security_groups_total", "", "sum(1)", "is(security_group)"),
    ("snapshots_total", "snapshot_status as status", "sum(1)", "is(snapshot)"),
    ("snapshots_volumes_bytes", "snapshot_status as status", "sum(volume_size * 1024 * 1024 * 1024)", "is(snapshot)"),
    ("stacks_total", "", "sum(1)", "is(stack)"),
    ("subnets_total", "", "sum(1)", "is(subnet)"),
    ("tunnels_total", "", "sum(1)", "is(tunnel)"),
    ("users_total", "", "sum(1)", "is(user)"),
    (
        "volume_bytes",
        "volume_type as type, volume_status as status",
        "sum(volume_size * 1024 * 1024 * 1024)",
        "is(volume)",
    ),
    (
        "volumes_monthly_cost_estimate",
        "volume_type as type, volume_status as status",
        "sum(/ancestors.volume_type.reported.ondemand_cost)",
        "is(volume)",
    ),
    (
        "volumes_quotas_bytes",
        "volume_type as type",
        "sum(quota * 1024 * 1024 * 1024 * 1024)",
        "is(volume_type) and quota >= 0",
    ),
    ("volumes_total", "volume_type as type, volume_status as status", "sum(1)", "is(volume)"),
];

/// A definition's query as the original's configuration spells it.
fn query((name, labels, function, filter): (&str, &str, &str, &str)) -> String {
    let ancestor = |kind| format!("/ancestors.{kind}.reported.name as {kind}");
    let mut groups = vec![ancestor("cloud")];
    if labels != "-" {
        groups.extend([ancestor("account"), ancestor("region")]);
        groups.extend((!labels.is_empty()).then(|| labels.to_owned()));
    }
    format!("aggregate({}: {function} as {name}): {filter}", groups.join(", "))
}

#[test]
fn every_default_definition_parses_and_fits_the_base_kinds() {
    let kinds = KindModel::base();
    for definition in DEFINITIONS {
        let text = query(definition);
        let query = Query::parse(&text).unwrap_or_else(|error| panic!("{}", error.render()));
        let (errors, warnings) = query.check(&kinds);
        assert_eq!((errors, warnings), (vec![], vec![]), "{text}");
        assert_eq!(query.function_names(), [definition.0]);
    }
}

#[test]
fn a_definition_knows_its_labels_and_the_kinds_that_feed_it() {
    let kinds = KindModel::base();
    let cost = DEFINITIONS.into_iter().find(|(name, ..)| *name == "instances_hourly_cost_estimate").unwrap();
    let query = Query::parse(&query(cost)).unwrap();
    assert!(query.is_aggregate());
    assert_eq!(query.group_names(), ["cloud", "account", "region", "type"]);
    let touched: Vec<String> = query.kinds(&kinds).iter().map(ToString::to_string).collect();
    assert_eq!(touched, ["account", "cloud", "database_instance_type", "instance", "instance_type", "region"]);
}

#[test]
fn a_query_without_kinds_is_fed_by_all_of_them() {
    let kinds = KindModel::base();
    let all = kinds.iter().count();
    for text in ["all", "name = x", "is(instance) or age > 3d", "is(instance) -->", "not is(instance)"] {
        assert_eq!(Query::parse(text).unwrap().kinds(&kinds).len(), all, "{text}");
    }
    let both = Query::parse("is(instance) --> is(volume) with(empty, <-- is(user))").unwrap().kinds(&kinds);
    assert_eq!(both.iter().map(ToString::to_string).collect::<Vec<_>>(), ["instance", "user", "volume"]);
}
