//! Groups, functions and arithmetic.

use super::world::{rows, try_rows};
use crate::search::{Limits, Query, aggregate};

#[test]
fn functions_ignore_missing_values_and_count_does_not() {
    assert_eq!(
        rows(
            "aggregate(sum(b) as sum, count(b) as count, min(a) as min, max(a) as max, avg(a) as avg, \
              variance(a) as variance, stddev(a) as stddev): is(sample) and a != 8"
        ),
        ": sum=none count=2 min=1 max=3 avg=2 variance=1 stddev=1"
    );
    assert_eq!(rows("aggregate(sum(b) as s, avg(b) as m, count(b) as n): is(sample) and b != text"), ": s=2 m=2 n=2");
}

#[test]
fn nothing_yields_one_row_without_groups_and_none_with_groups() {
    let nothing = "is(sample) and a > 100";
    assert_eq!(
        rows(&format!(
            "aggregate(sum(a) as s, sum(1) as c, count(a) as n, min(a) as lo, max(a) as hi, avg(a) as m, stddev(a) as d, variance(a) as v): {nothing}"
        )),
        ": s=0 c=0 n=0 lo=none hi=none m=none d=none v=none"
    );
    assert_eq!(rows(&format!("aggregate(kind: sum(1) as c): {nothing}")), "");
}

#[test]
fn a_sum_of_missing_values_is_zero_and_other_functions_of_them_are_none() {
    assert_eq!(
        rows(
            "aggregate(sum(instance_cores) as s, sum(instance_cores * 1024) as k, avg(instance_cores) as m): is(instance) and name = tmp"
        ),
        ": s=0 k=0 m=none"
    );
}

#[test]
fn text_and_booleans_have_no_sum() {
    assert_eq!(
        rows("aggregate(sum(name) as s, max(volume_encrypted) as m): is(volume) and id = v-1"),
        ": s=none m=none"
    );
}

#[test]
fn arithmetic_has_precedence_brackets_and_several_properties() {
    let of = |expression: &str| rows(&format!("aggregate(sum({expression}) as x): is(sample) and a = 1"));
    assert_eq!(of("a + 2 * 3"), ": x=7");
    assert_eq!(of("(a + 2) * 3"), ": x=9");
    assert_eq!(of("a * 7 % 4"), ": x=3");
    assert_eq!(of("10 / 4 - b"), ": x=0.5");
    assert_eq!(of("a - -5"), ": x=6");
    assert_eq!(of("a - 2 - 3"), ": x=-4");
    assert_eq!(of("2 * a * b"), ": x=4");
    assert_eq!(of("a / 0"), ": x=0");
    assert_eq!(of("(a + b) * (a + b)"), ": x=9");
    assert_eq!(
        rows(
            "aggregate(account.id as account: sum(volume_size * /ancestors.volume_type.reported.ondemand_cost) as cost): is(volume)"
        ),
        "account=\"123456789012\": cost=4\naccount=\"dev\": cost=0"
    );
}

#[test]
fn an_ungrouped_sum_of_a_constant_keeps_its_operators() {
    assert_eq!(rows("aggregate(sum(1 * 5) as x): is(volume)"), ": x=20");
}

#[test]
fn names_default_to_the_path_and_the_function() {
    let names = |text: &str| {
        let query = Query::parse(text).unwrap();
        (query.group_names().join(" "), query.function_names().join(" "))
    };
    assert_eq!(
        names(
            "aggregate(/ancestors.cloud.reported.name, tags.`my key`, \"{name}-x\": sum(1), sum(volume_size * 1024), avg(/reported.a.b), max(a * b)): all"
        ),
        ("name my key {name}-x".to_owned(), "sum_of_1 sum_of_volume_size avg_of_reported_a_b max_of_a_b".to_owned())
    );
}

#[test]
fn null_is_a_group_and_rows_are_sorted_with_it_first() {
    assert_eq!(
        rows("aggregate(volume_type as type, volume_encrypted as encrypted: sum(volume_size) as s): is(volume)"),
        "type=null encrypted=null: s=10\n\
         type=\"gp3\" encrypted=null: s=50\n\
         type=\"gp3\" encrypted=false: s=20\n\
         type=\"gp3\" encrypted=true: s=100"
    );
}

#[test]
fn a_missing_part_of_a_template_contributes_nothing() {
    assert_eq!(
        rows("aggregate(\"{volume_type}/{volume_size}\" as t: sum(1) as c): is(volume) and account.id = dev"),
        "t=\"/10\": c=1\nt=\"gp3/100\": c=1\nt=\"gp3/20\": c=1"
    );
}

#[test]
fn grouping_by_an_array_counts_a_node_once_for_each_element() {
    let groups = "group_ip_permissions[*].ip_protocol as protocol, group_ip_permissions[*].from_port as port";
    assert_eq!(
        rows(&format!(
            "aggregate({groups}: sum(1) as c, sum(group_ip_permissions[*].to_port) as ports): is(security_group)"
        )),
        "protocol=\"tcp\" port=22: c=2 ports=44\nprotocol=\"tcp\" port=80: c=1 ports=80\nprotocol=\"udp\" port=53: c=1 ports=53"
    );
    assert_eq!(
        rows(
            "aggregate(group_ip_permissions[*].ip_ranges[*].cidr_ip as cidr, group_ip_permissions[*].from_port as port: sum(1) as c): is(security_group)"
        ),
        "cidr=\"0.0.0.0/0\" port=22: c=1\ncidr=\"0.0.0.0/0\" port=80: c=1\ncidr=\"10.0.0.0/8\" port=22: c=2"
    );
}

#[test]
fn a_function_on_an_array_is_computed_for_each_node_first() {
    assert_eq!(
        rows(
            "aggregate(sum(test[*]) as sum, max(test[*]) as max, avg(test[*]) as avg, count(test[*]) as count): is(sample)"
        ),
        ": sum=6 max=3 avg=2 count=3"
    );
    assert_eq!(
        rows("aggregate(name: sum(test[*] * 2) as s): is(sample) and test != null"),
        "name=\"s-empty\": s=0\nname=\"s-full\": s=12"
    );
}

#[test]
fn an_age_is_a_number_of_seconds() {
    assert_eq!(
        rows("aggregate(max(age) as oldest, min(age) as youngest): is(volume)"),
        ": oldest=5184000 youngest=7200"
    );
}

#[test]
fn an_aggregate_is_over_what_the_navigation_reaches() {
    assert_eq!(
        rows("aggregate(kind: sum(1) as c): id = i-1 -->"),
        "kind=\"aws_alb_target_group\": c=1\nkind=\"aws_ec2_volume\": c=1"
    );
    assert_eq!(rows("aggregate(sum(volume_size) as s): is(volume) sort volume_size desc limit 2"), ": s=150");
}

#[test]
fn a_query_without_aggregate_has_no_rows() {
    assert_eq!(try_rows("is(volume)").unwrap_err().message(), "this query computes nothing");
}

#[test]
fn limits_end_what_is_too_much() {
    let world = super::world::generation();
    let run = |text: &str, limits| {
        aggregate(&Query::parse(text).unwrap(), &world, super::world::now(), limits).unwrap_err().message().to_owned()
    };
    let groups = Limits { groups: 2, ..Limits::default() };
    assert_eq!(run("aggregate(id: sum(1)): is(volume)", groups), "the query yields more than 2 groups");
    let steps = Limits { steps: 20, ..Limits::default() };
    assert_eq!(run("aggregate(sum(1)): is(cloud) -[0:]->", steps), "the query looks at more than 20 nodes and edges");
}
