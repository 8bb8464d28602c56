//! Walking along edges, counting what is reached, and the order of what is found.

use super::world::{find, try_find};
use crate::search::Query;

#[test]
fn a_step_goes_out_in_or_both_ways() {
    assert_eq!(find("is(aws_ec2_instance) and name = prod-web --> "), "tg-2 v-1");
    assert_eq!(find("id = i-1 <--"), "west t3.large");
    assert_eq!(find("id = tg-2 <-->"), "west lb-2 i-1");
    assert_eq!(find("id = i-1 --> is(volume)"), "v-1");
    assert_eq!(find("id = t3.large --> --> is(load_balancer)"), "");
    assert_eq!(find("id = t3.large --> --> --> is(load_balancer)"), "lb-2");
}

#[test]
fn a_depth_is_exact_or_a_range() {
    assert_eq!(find("id = t3.large -[0]->"), "t3.large");
    assert_eq!(find("id = t3.large -[2]->"), "tg-2 v-1");
    assert_eq!(find("id = t3.large -[2:3]->"), "lb-2 tg-2 v-1");
    assert_eq!(find("id = t3.large -[2,3]->"), "lb-2 tg-2 v-1");
    assert_eq!(find("id = t3.large -[2..3]->"), "lb-2 tg-2 v-1");
    assert_eq!(find("id = t3.large -[0:]->"), "lb-2 tg-2 i-1 i-2 v-1 t3.large");
    assert_eq!(find("id = t3.large -[1:]->"), "lb-2 tg-2 i-1 i-2 v-1");
    assert_eq!(find("is(cloud) -[0:]-> is(volume)"), "v-9 v-1 v-2 v-3");
}

#[test]
fn a_start_is_found_again_when_another_start_reaches_it() {
    assert_eq!(find("id in [t3.large, i-1] -[1:2]->"), "lb-2 tg-2 i-1 i-2 v-1");
    assert_eq!(find("id in [t3.large, i-1] -->"), "tg-2 i-1 i-2 v-1");
}

#[test]
fn edges_are_of_the_types_that_the_step_or_the_query_names() {
    assert_eq!(find("id = v-1 -delete->"), "i-1");
    assert_eq!(find("id = v-1 -delete[1:]->"), "i-1 t3.large");
    assert_eq!(find("id = v-1 -[1:]delete->"), "i-1 t3.large");
    assert_eq!(find("(edge_type=delete): id = v-1 -[1:]->"), "i-1 t3.large");
    assert_eq!(find("(edge_type=delete): id = v-1 <-default-"), "west i-1");
    assert_eq!(find("id = v-1 -default,delete->"), "i-1");
    assert_eq!(find("id = i-1 <-delete[1:1]delete->"), "tg-2 v-1 t3.large");
    assert_eq!(find("id = i-1 <-default[1:1]delete->"), "west t3.large");
    assert_eq!(find("id = i-1 -iam->"), "");
}

#[test]
fn a_condition_on_edges_is_about_their_type() {
    assert_eq!(find("id = v-1 -{edge_type == delete}->"), find("id = v-1 -delete->"));
    assert_eq!(find("id = v-1 -[1:]{type in [delete, iam]}->"), find("id = v-1 -delete,iam[1:]->"));
    assert_eq!(find("id = i-1 <-{type =~ \"^DEF\"}->"), find("id = i-1 <-->"));
    assert_eq!(find("id = i-1 <-{not type == delete and type != iam}->"), find("id = i-1 <-->"));
    assert_eq!(find("id = v-1 -default{type == delete}->"), "");
    assert_eq!(find("(edge_type=delete): id = v-1 <-{type == default}-"), "");
    let told = |text: &str| try_find(text).unwrap_err().to_string();
    assert_eq!(told("id = v-1 -{since > 3d}->"), "edges have a type and no other attributes");
    assert_eq!(told("id = v-1 -{is(volume)}->"), "edges have a type and no other attributes");
    assert_eq!(told("id = v-1 -{type = owns}->"), "there is no edge type `owns`");
}

#[test]
fn a_with_clause_counts_what_is_reached() {
    assert_eq!(find("is(volume) with(any, <-- is(instance))"), "v-1");
    assert_eq!(find("is(volume) with(empty, <-- is(instance))"), "v-9 v-2 v-3");
    assert_eq!(find("is(account) with(count == 1, --> is(region))"), "123456789012 dev");
    assert_eq!(find("is(account) with(count > 3, -[0:]-> is(volume))"), "");
    assert_eq!(find("is(account) with(count >= 3, -[0:]-> is(volume))"), "dev");
    assert_eq!(find("is(account) with(count < 3, -[0:]-> is(volume))"), "123456789012");
    assert_eq!(find("is(account) with(count != 3, -[0:]-> is(volume))"), "123456789012");
    assert_eq!(find("is(aws_alb) with(empty, <-- is(aws_alb_target_group))"), "lb-3");
}

#[test]
fn an_inner_with_clause_is_a_condition_on_each_reached_node() {
    // Load balancers with a target group that has no instance.
    let orphaned = "is(aws_alb) with(any, <-- is(aws_alb_target_group) with(empty, <-- is(instance)))";
    assert_eq!(find(orphaned), "lb-1");
    let served = "is(aws_alb) with(empty, <-- is(aws_alb_target_group) with(empty, <-- is(instance)))";
    assert_eq!(find(served), "lb-2 lb-3");
    assert_eq!(find("is(account) with(count == 3, -[0:]-> is(volume) with(count == 1, <-- is(region)))"), "dev");
}

#[test]
fn sorting_puts_missing_values_first_and_turns_ages_around() {
    assert_eq!(find("is(volume) sort volume_size"), "v-3 v-2 v-9 v-1");
    assert_eq!(find("is(volume) sort volume_size desc"), "v-1 v-9 v-2 v-3");
    assert_eq!(find("is(volume) sort volume_type, volume_size desc"), "v-3 v-1 v-9 v-2");
    assert_eq!(find("is(volume) sort ctime, name"), "v-9 v-1 v-2 v-3");
    // The youngest first; what has no time is last, as the original mirrors it.
    assert_eq!(find("is(volume) sort age"), "v-3 v-1 v-2 v-9");
    assert_eq!(find("is(volume) sort age desc"), "v-9 v-1 v-2 v-3");
    assert_eq!(find("is(volume) sort account.id desc, volume_size asc"), "v-3 v-2 v-1 v-9");
}

#[test]
fn people_get_what_they_find_in_order_of_kind_name_and_id() {
    const KEYS: &str = "sort /reported.kind, /reported.name, /reported.id";
    let ordered = |text: &str| Query::parse(text).unwrap().in_default_order().to_string();
    assert_eq!(ordered("is(volume) limit 3"), format!("is(volume) {KEYS} limit 3"));
    assert_eq!(ordered("is(volume) <--"), format!("is(volume) <-- all {KEYS}"));
    assert_eq!(ordered("is(volume) sort ctime"), "is(volume) sort ctime");
    assert_eq!(ordered("is(volume) and not \"a b\""), "is(volume) and not \"a b\"");
    assert_eq!(ordered("aggregate(kind: sum(1)): all"), "aggregate(kind: sum(1)): all");
}

#[test]
fn a_limit_has_an_offset_and_comes_before_reversed() {
    assert_eq!(find("is(volume) sort volume_size limit 2"), "v-3 v-2");
    assert_eq!(find("is(volume) sort volume_size limit 1, 2"), "v-2 v-9");
    assert_eq!(find("is(volume) sort volume_size limit 2 reversed"), "v-2 v-3");
    assert_eq!(find("is(volume) sort volume_size limit 9, 2"), "");
    assert_eq!(find("is(volume) limit 0"), "");
    assert_eq!(find("sort name limit 1"), find("all sort name limit 1"));
    assert_eq!(find("is(volume) sort volume_size desc limit 1 <-- is(instance)"), "i-1");
}
