//! Aggregates: functions, arithmetic and groups.

use super::Case;
use crate::search::company::all_answer;

pub(super) const ARITHMETIC: &[Case] = &[
    (
        "aggregate(sum(a), avg(a), min(a), max(a), count(a), stddev(a), variance(a)): is(sample)",
        ": sum_of_a=4 avg_of_a=2 min_of_a=1 max_of_a=3 count_of_a=2 stddev_of_a=1 variance_of_a=1",
    ),
    ("aggregate(sum(a + 2 * 3) as x): is(sample)", ": x=16"),
    ("aggregate(sum((a + 2) * 3) as x): is(sample)", ": x=24"),
    ("aggregate(sum(a * b) as x): is(sample)", ": x=20"),
    ("aggregate(sum(2 * a * b) as x): is(sample)", ": x=40"),
    ("aggregate(sum(10 / 4 - a) as x): is(sample)", ": x=1"),
    ("aggregate(sum(a - -5) as x): is(sample)", ": x=14"),
    ("aggregate(sum(a - 2 - 3) as x): is(sample)", ": x=-6"),
    ("aggregate(sum(b % 4) as x): is(sample)", ": x=4"),
    ("aggregate(sum((a + b) * (a + b)) as x): is(sample)", ": x=90"),
    ("aggregate(max(-1 * a) as x): is(sample)", ": x=-1"),
    ("aggregate(sum(a / 0) as x, avg(a / 0) as y): is(sample)", ": x=0 y=none"),
    ("aggregate(sum(a * volume_size) as x, min(a * volume_size) as y): is(sample)", ": x=0 y=none"),
    ("aggregate(sum(1 * 5) as x): is(sample)", ": x=10"),
    ("aggregate(sum(0.5) as x): is(sample)", ": x=1"),
    ("aggregate(sum(volume_size * /ancestors.volume_type.reported.ondemand_cost) as cost): is(volume)", ": cost=4"),
    ("aggregate(sum(name) as s, max(volume_encrypted) as m): is(volume)", ": s=none m=none"),
    ("aggregate(sum(mixed) as s, count(mixed) as n): is(sample)", ": s=none n=2"),
    ("aggregate(count(volume_size) as n, sum(1) as c): is(volume)", ": n=5 c=5"),
    ("aggregate(sum(a) as s, count(a) as n, avg(a) as m): is(sample) and a > 100", ": s=0 n=0 m=none"),
    ("aggregate(kind: sum(a) as s): is(sample) and a > 100", ""),
    ("aggregate(max(age) as oldest, min(age) as youngest): is(volume)", ": oldest=5184000 youngest=7200"),
    ("aggregate(sum(age / 3600) as hours): is(volume) and age < 1d", ": hours=2"),
    // First for each node, then over the nodes.
    (
        "aggregate(sum(test[*]) as s, max(test[*]) as m, avg(test[*]) as a, count(test[*]) as n): is(sample)",
        ": s=206 m=200 a=51 n=2",
    ),
    ("aggregate(sum(test[*] * 2) as s): is(sample)", ": s=412"),
    ("aggregate(sum(test[0]) as s): is(sample)", ": s=1"),
];

#[test]
fn functions_compute_over_properties_and_numbers() {
    all_answer(ARITHMETIC);
}

pub(super) const GROUPS: &[Case] = &[
    (
        "aggregate(volume_type as t, volume_encrypted as e: sum(1) as c): is(volume)",
        "t=null e=null: c=2\nt=gp3 e=null: c=1\nt=gp3 e=false: c=1\nt=gp3 e=true: c=1",
    ),
    (
        "aggregate(account as account: sum(1) as c): is(volume)",
        "account=dev: c=3\naccount=proj: c=1\naccount=sales: c=1",
    ),
    (
        "aggregate(/ancestors.instance.reported.name as i: sum(1) as c): is(volume)",
        "i=null: c=3\ni=prod-web: c=1\ni=tmp-1: c=1",
    ),
    ("aggregate(tags.`owner` as o: sum(1) as c): is(database)", "o=null: c=1\no=bob: c=1"),
    (
        "aggregate(tags as t: sum(1) as c): is(instance)",
        "t={}: c=3\nt={\"aws:cloudformation:stack-name\":\"web\",\"owner\":\"ann\"}: c=1",
    ),
    ("aggregate(backends as b: sum(1) as c): is(load_balancer)", "b=null: c=1\nb=[]: c=2\nb=[\"i-1\",\"i-2\"]: c=1"),
    ("aggregate(volume_size as s: sum(1) as c): is(volume) and volume_size < 30", "s=10: c=1\ns=20: c=1"),
    ("aggregate(expires as e: sum(1) as c): is(certificate) and expires < 2026-11-22", "e=2026-11-21T00:00:00Z: c=1"),
    (
        "aggregate(tags.owner, volume_type: sum(volume_size * 1024)): is(volume) and id = v-9",
        "owner=bob volume_type=gp3: sum_of_volume_size=51200",
    ),
    (
        "aggregate(\"{volume_type}/{volume_size}\" as t: sum(1) as c): is(volume)",
        "t=/: c=1\nt=/10: c=1\nt=gp3/100: c=1\nt=gp3/20: c=1\nt=gp3/50: c=1",
    ),
    ("aggregate(\"fixed\" as t: sum(1) as c): is(volume)", "t=fixed: c=5"),
    (
        "aggregate(\"{volume_encrypted}\": sum(1) as c): is(volume) and volume_type = gp3",
        "{volume_encrypted}=: c=1\n{volume_encrypted}=false: c=1\n{volume_encrypted}=true: c=1",
    ),
    // Arrays are unfolded; groups within one array go together.
    (
        "aggregate(group_ip_permissions[*].ip_protocol as p, group_ip_permissions[*].from_port as f: sum(1) as c): is(security_group)",
        "p=tcp f=22: c=2\np=tcp f=80: c=1\np=udp f=53: c=1",
    ),
    (
        "aggregate(group_ip_permissions[*].ip_ranges[*].cidr_ip as cidr: sum(1) as c): is(security_group)",
        "cidr=0.0.0.0/0: c=2\ncidr=10.0.0.0/8: c=2",
    ),
    (
        "aggregate(group_ip_permissions[*].ip_protocol as p: sum(group_ip_permissions[*].to_port) as ports): is(security_group)",
        "p=tcp: ports=124\np=udp: ports=53",
    ),
    (
        "aggregate(id as i: sum(group_ip_permissions[*].to_port) as ports): is(security_group)",
        "i=sg-open: ports=75\ni=sg-shut: ports=102",
    ),
    (
        "aggregate(test[*] as t, some.nested[*].prop as p: sum(1) as c): is(sample) and a = 3",
        "t=0 p=1: c=1\nt=0 p=3: c=1\nt=200 p=1: c=1\nt=200 p=3: c=1",
    ),
    ("aggregate(\"{test[*]}\" as t: sum(1) as c): is(sample) and a = 3", "t=0: c=1\nt=200: c=1"),
    ("aggregate(backends[*] as b: sum(1) as c): is(load_balancer)", "b=i-1: c=1\nb=i-2: c=1"),
    (
        "aggregate(mixed[*] as m: sum(1) as c): is(sample)",
        "m=null: c=1\nm=true: c=1\nm=1: c=1\nm=2.5: c=1\nm=one: c=1\nm=[7]: c=1\nm={\"k\":1}: c=1",
    ),
    // Over what the parts before have found.
    ("aggregate(kind: sum(1) as c): id = i-1 -->", "kind=aws_alb_target_group: c=1\nkind=aws_ec2_volume: c=1"),
    ("aggregate(sum(volume_size) as s): is(volume) sort volume_size desc limit 2", ": s=150"),
    (
        "aggregate(cloud as cloud: sum(1) as c): is(account) with(any, --> is(region) with(any, -->))",
        "cloud=aws: c=2\ncloud=gcp: c=1",
    ),
    (
        "aggregate(kind: sum(1) as c) (edge_type=delete): is(volume) -->",
        "kind=aws_ec2_instance: c=1\nkind=volume_type: c=1",
    ),
];

#[test]
fn groups_are_values_templates_and_elements() {
    all_answer(GROUPS);
}
