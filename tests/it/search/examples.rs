//! The worked examples of the language's manual, with the answers that a reader would expect.

use super::company::all_answer;

/// The number in the manual, the query, and its answer.
const EXAMPLES: [(u32, &str, &str); 79] = [
    (1, "all", "48 nodes"),
    (2, "is(instance)", "g-1 i-1 i-2 i-3"),
    (3, "is(aws_ec2_instance)", "i-1 i-2 i-3"),
    (4, "is(instance, volume)", "g-1 g-2 i-1 i-2 i-3 v-1 v-2 v-3 v-9"),
    (4, "is([instance, volume])", "g-1 g-2 i-1 i-2 i-3 v-1 v-2 v-3 v-9"),
    (5, "id(abc123)", ""),
    (5, "id(\"<v-1>\")", "v-1"),
    (6, "is(instance) and instance_status == running", "g-1 i-1"),
    (7, "is(instance) and instance_cores > 2", "g-1 i-1"),
    (8, "is(volume) and volume_status != in-use and volume_size > 10 and age > 30d and last_access > 7d", "v-2 v-9"),
    (9, "is(volume) and volume_status = available", "v-2 v-9"),
    (10, r#"name =~ "^prod-.*""#, "i-1 i-2"),
    (11, "name ~ sun", "v-9"),
    (12, r#"name !~ "^tmp""#, "47 nodes"),
    (13, r#"name in ["sunset", "sunrise"]"#, "v-9"),
    (14, "instance_status not in [running, stopped]", "i-3"),
    (15, "tags.owner == null", "45 nodes"),
    (16, "tags.owner != null", "db-1 i-1 v-9"),
    (17, "is(volume) and has_key(tags, owner)", "v-9"),
    (18, "not has_key(tags, [owner, expiration])", "47 nodes"),
    (19, r#"tags.`aws:cloudformation:stack-name` = "web""#, "i-1"),
    (20, "age > 30d", "db-1 i-1 lb-old v-1 v-2 v-9"),
    (21, r#"age < "2 days and 4 hours""#, "g-1 i-2 v-3"),
    (22, "age > 1d3h", "db-1 i-1 lb-1 lb-2 lb-3 lb-old tg-1 tg-2 v-1 v-2 v-9"),
    (23, "ctime < 2021-12-09", "db-1"),
    (24, "ctime < -30d", "db-1 i-1 lb-old v-1 v-2 v-9"),
    (25, r#"is(certificate) and expires < "@UTC@""#, "c-past"),
    (26, "/metadata.expires < 2024-01-01", "db-1"),
    (27, "/desired.clean == true", "v-3"),
    (28, "/metadata.protected != true", "47 nodes"),
    (29, "/ancestors.cloud.reported.name == aws and is(database)", "db-1"),
    (29, "cloud = aws and is(database)", "db-1"),
    (30, "account = sales and region in [us-east-1, eu-west-1]", "db-1 eu-west-1 gp3 i-3 us-east-1 v-9"),
    (31, "account.id = 123456789012", "123456789012 db-1 eu-west-1 gp3 i-3 us-east-1 v-9"),
    (32, "is(volume) and /ancestors.account.reported.id == dev", "v-1 v-2 v-3"),
    (33, r#"is(instance) and /ancestors.aws_vpc.reported.id == "vpc-1""#, "i-1"),
    (34, r#""167.123.13.102""#, "lb-2"),
    (35, r#"("167.123" or "192.168") and "13.102""#, "g-db lb-2"),
    (36, r#""10.0" and is(load_balancer) and age > 3w"#, "lb-old"),
    (37, r#"in_subnet(public_ip_address, "167.123.0.0/16")"#, "lb-2"),
    (38, "some.nested[0].prop > 2", "s-full"),
    (39, "some.nested[*].prop > 2", "s-full s-part"),
    (40, "test all >= 1", "s-full"),
    (40, "test any > 2", "s-full s-part"),
    (40, "test none > 100", "s-full"),
    (
        41,
        r#"group_ip_permissions[*].{from_port <= 22 and to_port >= 22 and ip_ranges[*].cidr_ip = "0.0.0.0/0"}"#,
        "sg-open",
    ),
    (42, "backends == []", "lb-1 lb-3"),
    (43, "is(aws_alb) with(empty, <-- is(aws_alb_target_group))", "lb-3"),
    (44, "is(volume) with(any, <-- is(instance))", "g-2 v-1"),
    (45, "is(account) with(count > 5, --> is(region))", "wide"),
    (
        46,
        "is(aws_alb) and age > 7d and backends==[] with(empty, <-- is(aws_alb_target_group) and target_type = instance \
         and age > 7d with(empty, <-- is(aws_ec2_instance) and instance_status != terminated)) <-[0:1]- \
         is(aws_alb_target_group) or is(aws_alb)",
        "lb-3",
    ),
    (47, "is(account) and name = dev -[0:]-> is(volume)", "v-1 v-2 v-3"),
    (48, "is(instance) <-- ", "europe-west1-b t3.large us-east-1 us-east-1 vpc-1"),
    (49, "is(instance) -delete->", "g-2 t3.large vpc-1"),
    (50, "(edge_type=delete): is(volume) <-- is(instance)", "g-1"),
    (51, "is(instance) <-[0:]- is(cloud)", "aws gcp"),
    (52, "is(a) -{foo==bar}-> is(b)", "error: edges have a type and no other attributes"),
    (53, "is(instance) sort instance_memory desc limit 10", "g-1 i-1 i-2 i-3"),
    (54, "is(instance) sort name limit 20, 10", ""),
    (55, "is(volume) { account: <-[0:]- is(account) }", "g-2 v-1 v-2 v-3 v-9"),
    (56, "is(volume) { preds[]: <-- all } preds[*].reported.kind = aws_ec2_instance", "v-1"),
    (57, "is(volume) { n: aggregate(sum(1) as c): --> }", "g-2 v-1 v-2 v-3 v-9"),
    (
        58,
        "aggregate(kind: sum(1) as count): all",
        "kind=account: count=4\nkind=aws_alb: count=3\nkind=aws_alb_target_group: count=2\n\
         kind=aws_ec2_instance: count=3\nkind=aws_ec2_security_group: count=2\nkind=aws_ec2_volume: count=4\n\
         kind=aws_iam_access_key: count=2\nkind=aws_rds_instance: count=1\nkind=aws_vpc: count=1\n\
         kind=bucket_quota: count=2\nkind=certificate: count=2\nkind=cloud: count=2\nkind=gcp_database: count=1\n\
         kind=gcp_disk: count=1\nkind=gcp_instance: count=1\nkind=gcp_load_balancer: count=1\n\
         kind=graph_root: count=1\nkind=instance_type: count=1\nkind=region: count=10\nkind=sample: count=2\n\
         kind=volume_type: count=1\nkind=zone: count=1",
    ),
    (59, "aggregate(sum(1) as count): is(volume)", ": count=5"),
    (
        60,
        "aggregate(/ancestors.cloud.reported.name as cloud, /ancestors.account.reported.name as account, \
         /ancestors.region.reported.name as region, instance_type as type, instance_status as status: sum(1) as \
         instances_total): is(instance)",
        "cloud=aws account=dev region=us-east-1 type=t3.large status=running: instances_total=1\n\
         cloud=aws account=dev region=us-east-1 type=t3.large status=stopped: instances_total=1\n\
         cloud=aws account=sales region=us-east-1 type=null status=null: instances_total=1\n\
         cloud=gcp account=proj region=europe-west1 type=null status=running: instances_total=1",
    ),
    (
        61,
        "aggregate(/ancestors.cloud.reported.name as cloud, instance_type as type: sum(instance_memory * 1024 * 1024 * \
         1024) as memory_bytes): is(instance) and instance_status == running",
        "cloud=aws type=t3.large: memory_bytes=8589934592\ncloud=gcp type=null: memory_bytes=34359738368",
    ),
    (
        62,
        "aggregate(/ancestors.account.reported.name as account: sum(/ancestors.instance_type.reported.ondemand_cost) \
         as cost): is(instance) and instance_status == running",
        "account=dev: cost=0.5\naccount=proj: cost=0",
    ),
    (
        63,
        "aggregate(kind as k: sum(volume_size) as total, avg(volume_size) as mean, min(volume_size) as lo, \
         max(volume_size) as hi, count(id) as n): is(volume)",
        "k=aws_ec2_volume: total=180 mean=45 lo=10 hi=100 n=4\nk=gcp_disk: total=0 mean=none lo=none hi=none n=1",
    ),
    (
        64,
        r#"aggregate("{name}_{kind}" as nk: sum(1) as c): all"#,
        "47 rows, such as nk=us-east-1_region: c=2\nnk=prod-web_aws_ec2_instance: c=1\nnk=dev_account: c=1",
    ),
    (
        65,
        "aggregate(tags.owner as owner: sum(1) as volumes_by_owner): is(volume)",
        "owner=null: volumes_by_owner=4\nowner=bob: volumes_by_owner=1",
    ),
    (
        66,
        "aggregate(volume_encrypted as encrypted: sum(1) as c): is(volume)",
        "encrypted=null: c=3\nencrypted=false: c=1\nencrypted=true: c=1",
    ),
    (
        67,
        r#"aggregate(user_name as user: sum(1) as number_of_keys): is(access_key) and access_key_status = "Active""#,
        "user=ann: number_of_keys=1",
    ),
    (
        68,
        "aggregate(kind: stddev(a), variance(b)): all",
        "22 rows, such as kind=sample: stddev_of_a=1 variance_of_b=4\n\
         kind=aws_ec2_volume: stddev_of_a=none variance_of_b=none",
    ),
    (
        69,
        "aggregate(group_ip_permissions[*].ip_protocol as proto: sum(1) as rules): is(aws_ec2_security_group)",
        "proto=tcp: rules=3\nproto=udp: rules=1",
    ),
    (70, "is(quota) and usage > 0", "quota-1"),
    (71, "has_desired_change(/clean)", "v-3"),
    (
        72,
        "with_usage(1w, cpu) is(instance) and /usage.cpu.max < 5",
        "error: no usage series are kept, so there is nothing to join",
    ),
    // Here sizes have units.
    (73, "volume_size > 10GB", "v-1 v-2 v-3 v-9"),
    (74, "is(instance) and (tags.owner == null or tags.expiration == null)", "g-1 i-1 i-2 i-3"),
];

pub(super) fn queries() -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().map(|(_, query, _)| *query)
}

#[test]
fn every_worked_example_gives_its_answer() {
    all_answer(&EXAMPLES.map(|(_, query, answer)| (query, answer)));
}

#[test]
fn no_worked_example_is_left_out() {
    let mut numbers: Vec<u32> = EXAMPLES.iter().map(|(number, ..)| *number).collect();
    numbers.dedup();
    assert_eq!(numbers, (1..=74).collect::<Vec<_>>());
}
