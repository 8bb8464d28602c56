//! Conditions: paths, types, missing values, arrays.

use super::Case;
use crate::search::company::all_answer;

pub(super) const TIMES: &[Case] = &[
    ("age > 1yr", "db-1"),
    ("age > 1y", "db-1"),
    ("age > 34d23h", "db-1 i-1 lb-old v-1 v-2"),
    ("age > 4w3d", "db-1 i-1 lb-old v-1 v-2"),
    ("age >= \"4w,3d\"", "db-1 i-1 lb-old v-1 v-2 v-9"),
    ("age >= 1mo", "db-1 i-1 lb-old v-1 v-2 v-9"),
    ("age > \"5 weeks and 4 days\"", "db-1 i-1 v-1 v-2"),
    ("age < 2h30min", "v-3"),
    ("age <= 2h", "v-3"),
    ("age < 2h", ""),
    ("age < 1.5h", ""),
    ("age > P1M", "db-1 i-1 lb-old v-1 v-2"),
    ("age > P1Y", "db-1"),
    ("age <= PT3H", "g-1 v-3"),
    ("age = 60d", "v-1 v-2"),
    ("is(volume) and age != 60d", "g-2 v-3 v-9"),
    ("age in [60d, 2h]", "v-1 v-2 v-3"),
    ("is(volume) and age not in [60d]", "g-2 v-3 v-9"),
    ("is(volume) and age = null", "g-2"),
    ("is(volume) and age != null", "v-1 v-2 v-3 v-9"),
    ("last_access > 9d", "v-1"),
    ("last_access < 9d", "v-2 v-9"),
    ("last_update > 0s", ""),
    ("is(volume) and last_update = null", "g-2 v-1 v-2 v-3 v-9"),
    ("ctime <= 2021-12-08T23:59:59Z", "db-1"),
    ("ctime < 2021-12-08T23:59:59Z", ""),
    ("ctime < \"2021-12-09T01:00:00+01:00\"", "db-1"),
    ("ctime < 2021-12-08", ""),
    ("ctime > -1d3h", "g-1 i-2 v-3"),
    // Without a sign the age is meant.
    ("is(volume) and ctime > 40d", "v-1 v-2"),
    ("is(volume) and ctime < 40d", "v-3 v-9"),
    ("expires < +30d", "c-past c-soon"),
    ("expires > +5d", "c-soon"),
    ("expires > 1d", "c-past"),
    ("expires < 1d", "c-soon"),
    ("expires < 2026-11-30T23:30:00Z", "c-past c-soon"),
    ("expires < 2026-11-30T22:30:00Z", "c-past"),
    ("expires = 2026-11-30T23:00:00Z", "c-soon"),
    ("expires != 2026-11-21", "c-soon"),
    ("expires in [2026-11-21, 2026-11-22]", "c-past"),
    ("/metadata.expires != null", "db-1 v-2"),
    ("/metadata.expires > 2026-09-30", "v-2"),
    ("/metadata.expires < -53d", "db-1"),
    ("/metadata.expires <= -53d", "db-1 v-2"),
    ("/ancestors.instance.reported.age > 30d", "i-1 lb-2 tg-2 v-1"),
];

#[test]
fn times_are_compared_with_times_and_ages_with_durations() {
    all_answer(TIMES);
}

pub(super) const PATHS: &[Case] = &[
    ("/id == \"<v-1>\"", "v-1"),
    ("id(\"<v-1>\", \"<i-1>\")", "i-1 v-1"),
    ("/kinds = aws_ec2_volume", "v-1 v-2 v-3 v-9"),
    ("/kinds[*] = aws_vpc", "vpc-1"),
    ("/reported.name = sunset", "v-9"),
    ("is(instance) and cloud = gcp", "g-1"),
    ("is(region) and cloud.id = gcp", "europe-west1"),
    ("zone = europe-west1-b", "europe-west1-b g-1"),
    ("zone != null", "europe-west1-b g-1"),
    ("region = eu-west-1", "db-1 eu-west-1"),
    ("is(region) and account = wide", "r-1 r-2 r-3 r-4 r-5 r-6"),
    ("is(cloud) and account = null", "aws gcp"),
    ("is(instance) and /descendants.volume.reported.volume_size = 100", "i-1"),
    ("is(network) and /descendants.aws_ec2_volume.reported.id = v-1", "vpc-1"),
    ("is(instance) and /descendants.volume.reported.id = null", "i-2 i-3"),
    ("/ancestors.volume_type.reported.ondemand_cost > 0.05", "gp3 v-9"),
    ("/ancestors.instance.reported.name = prod-web", "i-1 lb-2 tg-2 v-1"),
    ("is(volume) and /ancestors.instance.reported.name = null", "v-2 v-3 v-9"),
    ("is(volume) and /ancestors.instance.reported.tags.owner = ann", "v-1"),
    ("/metadata.protected = true", "v-2"),
    ("is(type) and /metadata.phantom = true", "gp3 t3.large"),
    ("is(account) and /metadata.phantom != true", "123456789012 dev proj wide"),
    ("/metadata.cleanup.rule = idle", "v-3"),
    ("has_key(/metadata.cleanup, reason)", "v-3"),
    ("is(volume) and /desired.clean = null", "g-2 v-1 v-2 v-9"),
    // Arrays.
    ("group_ip_permissions.from_port = 22", ""),
    ("group_ip_permissions[0].from_port = 22", "sg-open sg-shut"),
    ("group_ip_permissions[1].ip_ranges[0].cidr_ip = 0.0.0.0/0", "sg-shut"),
    ("group_ip_permissions[*].ip_ranges[*].cidr_ip = 10.0.0.0/8", "sg-open sg-shut"),
    ("group_ip_permissions[1].ip_ranges = []", "sg-open"),
    ("group_ip_permissions[7] = null", "sg-open sg-shut"),
    ("test[1] = 2", "s-full"),
    ("test[1] = 200", "s-part"),
    ("test[] = 3", "s-full"),
    ("test[*] = 0", "s-part"),
];

#[test]
fn paths_lead_into_sections_ancestors_and_arrays() {
    all_answer(PATHS);
}

pub(super) const MISSING: &[Case] = &[
    ("volume_status = available", "v-2 v-9"),
    ("volume_status == in-use", "v-1"),
    ("volume_status != available", "g-2 v-1 v-3"),
    ("not volume_status = available", "g-2 v-1 v-3"),
    ("volume_status in [available, in-use]", "v-1 v-2 v-9"),
    ("volume_status not in [available]", "g-2 v-1 v-3"),
    ("volume_status =~ USE", "v-1"),
    ("volume_status !~ USE", "g-2 v-2 v-3 v-9"),
    ("not (volume_status =~ use)", "g-2 v-2 v-3 v-9"),
    ("volume_status < b", "v-2 v-9"),
    ("volume_status <= available", "v-2 v-9"),
    ("volume_status > b", "v-1"),
    ("volume_status >= available", "v-1 v-2 v-9"),
    ("volume_status = null", "g-2 v-3"),
    ("volume_status != null", "v-1 v-2 v-9"),
    ("volume_status = \"\"", ""),
    ("volume_status in [null, in-use]", "v-1"),
    ("volume_status in []", ""),
    ("volume_status not in []", "g-2 v-1 v-2 v-3 v-9"),
    ("volume_status all = available", "v-2 v-9"),
    ("volume_status any = available", "v-2 v-9"),
    ("volume_status none = available", "g-2 v-1 v-3"),
    // A property that is null is missing.
    ("is(instance) and instance_status = null", "i-3"),
    ("is(instance) and instance_status != running", "i-2 i-3"),
    ("is(instance) and instance_status != null", "g-1 i-1 i-2"),
];

#[test]
fn a_missing_value_satisfies_only_what_negates() {
    all_answer(MISSING);
}

pub(super) const TYPES: &[Case] = &[
    ("is(account) and id = 123456789012", "123456789012"),
    ("is(account) and id = 0123456789012", ""),
    ("is(account) and id in [123456789012, dev]", "123456789012 dev"),
    ("is(account) and id > 100", ""),
    ("volume_size = \"20\"", "v-2"),
    ("volume_size = twenty", ""),
    ("volume_size < twenty", ""),
    ("volume_size != twenty", "db-1 g-2 g-db v-1 v-2 v-3 v-9"),
    ("volume_size =~ \"^1\"", "v-1 v-3"),
    ("volume_encrypted = true", "v-1"),
    ("volume_encrypted = yes", "v-1"),
    ("volume_encrypted = on", "v-1"),
    ("volume_encrypted = 1", "v-1"),
    ("volume_encrypted = off", "v-2"),
    ("volume_encrypted = \"0\"", "v-2"),
    ("volume_encrypted = False", "v-2"),
    ("volume_encrypted > false", "v-1"),
    ("volume_encrypted = maybe", ""),
    ("volume_encrypted != true", "db-1 g-2 g-db v-2 v-3 v-9"),
    ("volume_encrypted =~ \"^t\"", "v-1"),
    ("volume_size = 20GiB", "v-2"),
    ("volume_size >= 20GB", "v-1 v-2 v-9"),
    ("volume_size < 0.02TB", "v-3"),
    ("volume_size in [10GiB, 100GiB]", "v-1 v-3"),
    ("instance_memory > 6GiB", "g-1 i-1"),
    ("instance_memory = 4608MiB", "i-2"),
    ("instance_memory < 5GB", "i-2"),
    ("quota = 100", "quota-1 quota-2"),
];

#[test]
fn the_type_of_a_property_decides_what_a_literal_is() {
    all_answer(TYPES);
}

/// Among the samples `mixed` is `[1, "one", true, null, 2.5, {"k": 1}, [7]]` and the text `"2"`.
pub(super) const MIXED: &[Case] = &[
    ("mixed = 1", "s-full"),
    ("mixed = 2", "s-part"),
    ("mixed = \"2\"", "s-part"),
    ("mixed > 2", "s-full"),
    ("mixed = one", "s-full"),
    ("mixed = true", "s-full"),
    ("mixed = false", ""),
    ("mixed = null", ""),
    ("mixed != null", "s-full s-part"),
    ("mixed any = null", "s-full"),
    ("mixed[*] = null", "s-full s-part"),
    ("mixed[3] = null", "s-full s-part"),
    ("mixed all != 3", "s-full s-part"),
    ("mixed none = one", "s-part"),
    ("mixed all =~ \".\"", "s-part"),
    ("mixed[5].k = 1", "s-full"),
    ("mixed[*].k = 1", "s-full"),
    ("mixed[5] = {k: 1.0}", "s-full"),
    ("mixed[6] = [7]", "s-full"),
    ("mixed[6] = 7", "s-full"),
    ("mixed[6][0] = 7", "s-full"),
    ("mixed in [one, two]", "s-full"),
    ("mixed not in [one]", "s-full s-part"),
    ("mixed none in [one]", "s-part"),
    ("has_key(mixed[5], k)", "s-full"),
    ("has_key(mixed, k)", ""),
    ("mixed < two", "s-full s-part"),
];

#[test]
fn values_of_different_types_are_neither_equal_nor_ordered() {
    all_answer(MIXED);
}

/// Among the samples `test` is `[1, 2, 3]` and `[0, 200]`; `backends` are missing, empty twice, and two instances.
pub(super) const ARRAYS: &[Case] = &[
    ("test = [1, 2, 3]", "s-full"),
    ("test = [1.0, 2.0, 3.0]", "s-full"),
    ("test = [3, 2, 1]", ""),
    ("test = [1, 2]", ""),
    ("test != [1, 2, 3]", "s-part"),
    ("test = []", ""),
    ("test != []", "s-full s-part"),
    ("test > 100", "s-part"),
    ("test any > 100", "s-part"),
    ("test all > 0", "s-full"),
    ("test all != 0", "s-full"),
    ("test none = 0", "s-full"),
    ("test none > 2", ""),
    ("test in [3, 4]", "s-full"),
    ("test all in [1, 2, 3]", "s-full"),
    ("test not in [0, 1, 2, 3]", "s-part"),
    ("test none in [3]", "s-part"),
    ("test =~ \"^20\"", "s-part"),
    ("test none =~ 2", ""),
    ("backends = i-1", "lb-2"),
    ("backends = null", "lb-old"),
    ("backends != null", "lb-1 lb-2 lb-3"),
    ("backends != []", "lb-2 lb-old"),
    ("backends != i-1", "lb-1 lb-2 lb-3 lb-old"),
    ("backends not in [i-1, i-2]", "lb-1 lb-3 lb-old"),
    ("backends all =~ \"^i-\"", "lb-1 lb-2 lb-3"),
    ("backends none = i-1", "lb-1 lb-3 lb-old"),
    ("backends[0] = i-1", "lb-2"),
    ("backends[0] = null", "lb-1 lb-3 lb-old"),
    ("backends[*] = null", "lb-1 lb-3 lb-old"),
    ("backends[*] all = i-1", "lb-1 lb-3"),
    // In a later part the same.
    ("is(region) --> is(sample) and test none > 100", "s-full"),
    ("is(region) --> is(load_balancer) and backends not in [i-1, i-2]", "lb-1 lb-3 lb-old"),
];

#[test]
fn arrays_are_compared_by_element_or_as_a_whole() {
    all_answer(ARRAYS);
}

pub(super) const CONTEXTS: &[Case] = &[
    ("group_ip_permissions[*].{ip_protocol = udp}", "sg-open"),
    ("group_ip_permissions.{from_port = 80}", "sg-shut"),
    ("group_ip_permissions[].{from_port = 80}", "sg-shut"),
    ("group_ip_permissions[0].{from_port = 22}", "sg-open sg-shut"),
    ("group_ip_permissions[*].{not ip_protocol = tcp}", "sg-open"),
    ("group_ip_permissions[*].{from_port = 22, ip_ranges[*].cidr_ip = 0.0.0.0/0}", "sg-open"),
    ("group_ip_permissions[*].{from_port = 22 and ip_ranges[*].{cidr_ip = 10.0.0.0/8}}", "sg-open sg-shut"),
    ("group_ip_permissions[*].{ip_ranges = []}", "sg-open"),
    ("group_ip_permissions[*].{ip_ranges != [] and from_port = 53}", ""),
    ("group_ip_permissions[*].{(from_port = 53 or from_port = 80) and ip_protocol = tcp}", "sg-shut"),
    ("group_ip_permissions[*].{from_port = 53 or from_port = 80 and ip_protocol = tcp}", "sg-shut"),
    ("group_ip_permissions[*].{has_key(ip_ranges[1], cidr_ip)}", "sg-open"),
    ("group_ip_permissions[*].{from_port = 22 and /reported.id = sg-open}", "sg-open"),
    ("group_ip_permissions[*].{name = null}", "sg-open sg-shut"),
    ("group_ip_permissions[*].{all}", "sg-open sg-shut"),
    ("not group_ip_permissions[*].{ip_protocol = udp}", "sg-shut"),
    ("some.nested[*].{prop > 2} and a = 1", "s-full"),
    ("some.nested[0].{prop = 3}", "s-full"),
    ("mixed[*].{k = 1}", "s-full"),
    // What is null or a scalar is no element with anything in it.
    ("mixed.{k = null}", "s-full s-part"),
    ("mixed[3].{all}", ""),
    ("backends.{all}", "lb-2"),
];

#[test]
fn a_context_term_is_about_one_element() {
    all_answer(CONTEXTS);
}

pub(super) const FUNCTIONS: &[Case] = &[
    ("has_key(tags, owner)", "db-1 i-1 v-9"),
    ("has_key(tags, \"aws:cloudformation:stack-name\")", "i-1"),
    ("has_key(tags, [owner, expiration])", "v-9"),
    ("has_key(some, nested)", "s-full s-part"),
    ("has_key(some.nested[*], prop)", "s-full s-part"),
    ("has_key(name, x)", ""),
    ("in_subnet(public_ip_address, 10.0.0.0/8)", "lb-old"),
    ("in_subnet(public_ip_address, 0.0.0.0/0)", "lb-2 lb-old"),
    ("in_subnet(public_ip_address, \"167.123.13.102\")", "lb-2"),
    ("in_subnet(public_ip_address, 167.123.13.103/31)", "lb-2"),
    ("not in_subnet(public_ip_address, 10.0.0.0/8)", "lb-1 lb-2 lb-3"),
    ("has_desired_change(clean)", "v-3"),
    ("is(volume) and not has_desired_change(clean)", "g-2 v-1 v-2 v-9"),
    ("\"prod web\"", "i-1"),
    ("\"WEB\"", "i-1"),
    ("\"we\"", ""),
    ("\"web prod\"", ""),
    ("\"ann\" or \"bob\"", "ak-1 ak-2 db-1 i-1 v-9"),
    ("is(instance) and not \"ann\"", "g-1 i-2 i-3"),
    ("\"10.0.0.0/8\"", "sg-open sg-shut"),
    ("\"\"", "48 nodes"),
    ("\"--\"", "48 nodes"),
    // Without `is(...)` only those that could have the property.
    ("instance_cores != 4", "g-1 i-2 i-3 t3.large"),
    ("instance_cores != 4 and name != i-2", "g-1 i-2 i-3 t3.large"),
    ("is(cloud) and instance_cores != 4", "aws gcp"),
    ("volume_size > 10 or name = vpc-1", "v-1 v-2 v-9 vpc-1"),
    ("volume_size > 10 or instance_cores > 2", "g-1 i-1 v-1 v-2 v-9"),
    ("is(account) and name = dev --> instance_cores != 4", "us-east-1"),
    ("all and volume_size != 10", "db-1 g-2 g-db v-1 v-2 v-9"),
];

#[test]
fn functions_ask_for_keys_networks_changes_and_phrases() {
    all_answer(FUNCTIONS);
}
