//! The worked examples of the language's manual: all are read, and evaluated on a small world.

use crate::search::Query;

use super::world::{rows, try_find};

/// The number in the manual, and the query.
const EXAMPLES: [(u32, &str); 78] = [
    (1, "all"),
    (2, "is(instance)"),
    (3, "is(aws_ec2_instance)"),
    (4, "is(instance, volume)"),
    (4, "is([instance, volume])"),
    (5, "id(abc123)"),
    (6, "is(instance) and instance_status == running"),
    (7, "is(instance) and instance_cores > 2"),
    (8, "is(volume) and volume_status != in-use and volume_size > 10 and age > 30d and last_access > 7d"),
    (9, "is(volume) and volume_status = available"),
    (10, r#"name =~ "^prod-.*""#),
    (11, "name ~ sun"),
    (12, r#"name !~ "^tmp""#),
    (13, r#"name in ["sunset", "sunrise"]"#),
    (14, "instance_status not in [running, stopped]"),
    (15, "tags.owner == null"),
    (16, "tags.owner != null"),
    (17, "is(volume) and has_key(tags, owner)"),
    (18, "not has_key(tags, [owner, expiration])"),
    (19, r#"tags.`aws:cloudformation:stack-name` = "web""#),
    (20, "age > 30d"),
    (21, r#"age < "2 days and 4 hours""#),
    (22, "age > 1d3h"),
    (23, "ctime < 2021-12-09"),
    (24, "ctime < -30d"),
    (25, r#"is(certificate) and expires < "@UTC@""#),
    (26, "/metadata.expires < 2024-01-01"),
    (27, "/desired.clean == true"),
    (28, "/metadata.protected != true"),
    (29, "/ancestors.cloud.reported.name == aws and is(database)"),
    (29, "cloud = aws and is(database)"),
    (30, "account = sales and region in [us-east-1, eu-west-1]"),
    (31, "account.id = 123456789012"),
    (32, "is(volume) and /ancestors.account.reported.id == dev"),
    (33, r#"is(instance) and /ancestors.aws_vpc.reported.id == "vpc-1""#),
    (34, r#""167.123.13.102""#),
    (35, r#"("167.123" or "192.168") and "13.102""#),
    (36, r#""10.0" and is(load_balancer) and age > 3w"#),
    (37, r#"in_subnet(public_ip_address, "167.123.0.0/16")"#),
    (38, "some.nested[0].prop > 2"),
    (39, "some.nested[*].prop > 2"),
    (40, "test all >= 1"),
    (40, "test any > 2"),
    (40, "test none > 100"),
    (41, r#"group_ip_permissions[*].{from_port <= 22 and to_port >= 22 and ip_ranges[*].cidr_ip = "0.0.0.0/0"}"#),
    (42, "backends == []"),
    (43, "is(aws_alb) with(empty, <-- is(aws_alb_target_group))"),
    (44, "is(volume) with(any, <-- is(instance))"),
    (45, "is(account) with(count > 5, --> is(region))"),
    (
        46,
        "is(aws_alb) and age > 7d and backends==[] with(empty, <-- is(aws_alb_target_group) and target_type = instance and age > 7d with(empty, <-- is(aws_ec2_instance) and instance_status != terminated)) <-[0:1]- is(aws_alb_target_group) or is(aws_alb)",
    ),
    (47, "is(account) and name = dev -[0:]-> is(volume)"),
    (48, "is(instance) <-- "),
    (49, "is(instance) -delete->"),
    (50, "(edge_type=delete): is(volume) <-- is(instance)"),
    (51, "is(instance) <-[0:]- is(cloud)"),
    (52, "is(a) -{foo==bar}-> is(b)"),
    (53, "is(instance) sort instance_memory desc limit 10"),
    (54, "is(instance) sort name limit 20, 10"),
    (55, "is(volume) { account: <-[0:]- is(account) }"),
    (56, "is(volume) { preds[]: <-- all } preds[*].reported.kind = aws_ec2_instance"),
    (57, "is(volume) { n: aggregate(sum(1) as c): --> }"),
    (58, "aggregate(kind: sum(1) as count): all"),
    (59, "aggregate(sum(1) as count): is(volume)"),
    (
        60,
        "aggregate(/ancestors.cloud.reported.name as cloud, /ancestors.account.reported.name as account, /ancestors.region.reported.name as region, instance_type as type, instance_status as status: sum(1) as instances_total): is(instance)",
    ),
    (
        61,
        "aggregate(/ancestors.cloud.reported.name as cloud, instance_type as type: sum(instance_memory * 1024 * 1024 * 1024) as memory_bytes): is(instance) and instance_status == running",
    ),
    (
        62,
        "aggregate(/ancestors.account.reported.name as account: sum(/ancestors.instance_type.reported.ondemand_cost) as cost): is(instance) and instance_status == running",
    ),
    (
        63,
        "aggregate(kind as k: sum(volume_size) as total, avg(volume_size) as mean, min(volume_size) as lo, max(volume_size) as hi, count(id) as n): is(volume)",
    ),
    (64, r#"aggregate("{name}_{kind}" as nk: sum(1) as c): all"#),
    (65, "aggregate(tags.owner as owner: sum(1) as volumes_by_owner): is(volume)"),
    (66, "aggregate(volume_encrypted as encrypted: sum(1) as c): is(volume)"),
    (67, r#"aggregate(user_name as user: sum(1) as number_of_keys): is(access_key) and access_key_status = "Active""#),
    (68, "aggregate(kind: stddev(a), variance(b)): all"),
    (69, "aggregate(group_ip_permissions[*].ip_protocol as proto: sum(1) as rules): is(aws_ec2_security_group)"),
    (70, "is(quota) and usage > 0"),
    (71, "has_desired_change(/clean)"),
    (72, "with_usage(1w, cpu) is(instance) and /usage.cpu.max < 5"),
    (73, "volume_size > 10GB"),
    (74, "is(instance) and (tags.owner == null or tags.expiration == null)"),
];

#[test]
fn every_example_is_read_and_its_canonical_text_means_the_same() {
    for (number, text) in EXAMPLES {
        let query = Query::parse(text).unwrap_or_else(|error| panic!("{number}: {}", error.render()));
        let canonical = query.to_string();
        let again = Query::parse(&canonical).unwrap_or_else(|error| panic!("{number}: {}", error.render()));
        assert_eq!(query, again, "{number}: {text} became {canonical}");
        assert_eq!(canonical, again.to_string(), "{number}");
    }
}

#[test]
fn every_example_gives_its_answer() {
    let answers = EXAMPLES.map(|(number, text)| {
        let query = Query::parse(text).unwrap();
        let answer = match try_find(text) {
            Ok(_) if query.is_aggregate() => rows(text),
            Ok(found) if found.len() > 30 => format!("{} nodes", found.len()),
            Ok(found) => found.join(" "),
            Err(error) => format!("error: {}", error.message()),
        };
        format!("{number}: {text}\n{answer}\n")
    });
    insta::assert_snapshot!(answers.join("\n"));
}
