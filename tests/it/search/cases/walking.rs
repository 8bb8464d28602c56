//! Walking: navigation, counting and merging what is reached, order and limits.

use super::Case;
use crate::search::company::all_answer;

pub(super) const NAVIGATION: &[Case] = &[
    ("id = i-1 -->", "tg-2 v-1"),
    ("id = i-1 <--", "t3.large us-east-1 vpc-1"),
    ("id = i-1 <-->", "t3.large tg-2 us-east-1 v-1 vpc-1"),
    ("id = i-1 -[0]->", "i-1"),
    ("id = i-1 -[1]->", "tg-2 v-1"),
    ("id = i-1 -[0:1]->", "i-1 tg-2 v-1"),
    ("id = t3.large -[2]->", "tg-2 v-1"),
    ("id = t3.large -[2:3]->", "lb-2 tg-2 v-1"),
    ("id = t3.large -[2,3]->", "lb-2 tg-2 v-1"),
    ("id = t3.large -[2..3]->", "lb-2 tg-2 v-1"),
    ("id = t3.large -[1:]->", "i-1 i-2 lb-2 tg-2 v-1"),
    ("id = t3.large -[1,]->", "i-1 i-2 lb-2 tg-2 v-1"),
    ("id = t3.large -[0:]->", "i-1 i-2 lb-2 t3.large tg-2 v-1"),
    ("id = v-1 <-[1:]-", "aws dev i-1 root t3.large us-east-1 vpc-1"),
    ("id = v-1 <-[2]-", "dev t3.large vpc-1"),
    ("id in [t3.large, i-1] -->", "i-1 i-2 tg-2 v-1"),
    ("id = v-1 -delete->", "i-1"),
    ("id = v-1 -delete[1:]->", "i-1 t3.large vpc-1"),
    ("id = v-1 -[1:]delete->", "i-1 t3.large vpc-1"),
    ("(edge_type=delete): id = v-1 -[1:]->", "i-1 t3.large vpc-1"),
    ("(edge_type=delete,default): id = v-1 <--", "i-1 us-east-1"),
    ("(edge_type=delete): id = v-1 <-default-", "i-1 us-east-1"),
    ("id = v-1 -default,delete->", "i-1"),
    ("id = i-1 <-delete[1:1]delete->", "t3.large tg-2 v-1 vpc-1"),
    ("id = i-1 <-default[1:1]delete->", "t3.large us-east-1 vpc-1"),
    ("id = i-1 <-delete->", "t3.large tg-2 v-1 vpc-1"),
    ("id = i-1 -iam->", ""),
    ("id = i-1 -{edge_type = delete}->", "t3.large vpc-1"),
    ("id = i-1 -{type != default}->", "t3.large vpc-1"),
    ("id = i-1 -{not edge_type in [delete, iam]}->", "tg-2 v-1"),
    ("id = i-1 <-[1:2]{edge_type = default}-", "dev t3.large us-east-1 vpc-1"),
    ("is(cloud) --> is(account) --> is(region) and account = dev", "us-east-1"),
    ("is(region) and name = eu-west-1 --> is(database)", "db-1"),
    ("is(account) -[0:]-> is(volume) <-- is(instance)", "g-1 i-1"),
    ("is(account) -[0:]-> is(volume) and volume_size > 30 <-[0:]- is(account)", "123456789012 dev"),
    ("is(volume) -->", ""),
    ("is(volume) and name = nothing -[0:]->", ""),
];

#[test]
fn navigation_follows_edges_of_a_type_for_so_many_steps() {
    all_answer(NAVIGATION);
}

pub(super) const WITH: &[Case] = &[
    ("is(account) with(count == 1, --> is(region))", "dev proj"),
    ("is(account) with(count = 6, --> is(region))", "wide"),
    ("is(account) with(count >= 2, --> is(region))", "123456789012 wide"),
    ("is(account) with(count < 2, --> is(region))", "dev proj"),
    ("is(account) with(count <= 2, --> is(region))", "123456789012 dev proj"),
    ("is(account) with(count != 1, --> is(region))", "123456789012 wide"),
    ("is(account) with(count > 100, -[0:]->)", ""),
    ("is(account) with(count = 0, -[0:]-> is(volume))", "wide"),
    ("is(account) with(empty, -[0:]-> is(volume))", "wide"),
    ("is(account) with(any, -[2]-> is(volume))", "123456789012 dev proj"),
    ("is(region) with(empty, -->)", "r-1 r-2 r-3 r-4 r-5 r-6"),
    ("is(volume) with(any, <-[0:]- is(volume_type))", "v-9"),
    ("is(volume) with(count = 1, -[0]-> is(volume))", "g-2 v-1 v-2 v-3 v-9"),
    ("is(aws_alb) with(any, <-- is(aws_alb_target_group) with(empty, <-- is(instance)))", "lb-1"),
    ("is(aws_alb) with(empty, <-- is(aws_alb_target_group) with(empty, <-- is(instance)))", "lb-2 lb-3"),
    ("is(account) with(empty, --> is(region) with(any, --> is(volume)))", "wide"),
    ("is(account) with(count = 1, --> is(region) with(any, --> is(database)))", "123456789012 proj"),
    (
        "is(cloud) with(any, --> is(account) with(any, --> is(region) with(any, --> is(database) and name = orders)))",
        "aws",
    ),
    ("is(volume) with(any, <-delete- is(instance))", "g-2"),
    ("(edge_type=delete): is(volume) with(any, --> is(instance))", "v-1"),
    ("is(region) with(any, --> is(volume)) --> is(instance)", "i-1 i-2 i-3"),
    ("is(volume) with(any, <-- is(instance)) sort name desc", "v-1 g-2"),
];

#[test]
fn a_with_clause_counts_what_is_reached() {
    all_answer(WITH);
}

pub(super) const ORDER: &[Case] = &[
    ("is(volume) sort volume_size", "g-2 v-3 v-2 v-9 v-1"),
    ("is(volume) sort volume_size asc", "g-2 v-3 v-2 v-9 v-1"),
    ("is(volume) sort volume_size desc", "v-1 v-9 v-2 v-3 g-2"),
    ("is(volume) sort volume_type, volume_size desc", "v-3 g-2 v-1 v-9 v-2"),
    ("is(volume) sort volume_encrypted, name", "g-2 v-9 v-3 v-2 v-1"),
    // The youngest first; what has no age comes last.
    ("is(volume) sort age, name", "v-3 v-9 v-1 v-2 g-2"),
    ("is(volume) sort age desc, name", "g-2 v-1 v-2 v-9 v-3"),
    ("is(volume) sort ctime, name", "g-2 v-1 v-2 v-9 v-3"),
    ("is(volume) sort account.id, name", "v-9 v-1 v-2 v-3 g-2"),
    ("is(volume) sort /ancestors.volume_type.reported.ondemand_cost, name", "g-2 v-1 v-2 v-3 v-9"),
    ("is(volume) sort tags.owner desc, name desc", "v-9 v-3 v-2 v-1 g-2"),
    ("is(certificate) sort expires desc", "c-soon c-past"),
    ("is(sample) sort test", "s-part s-full"),
    ("is(sample) sort mixed", "s-part s-full"),
    ("is(sample) sort test[*]", "s-part s-full"),
    ("is(volume) sort volume_size desc limit 2", "v-1 v-9"),
    ("is(volume) sort volume_size limit 1, 2", "v-3 v-2"),
    ("is(volume) sort name limit 1,1", "v-9"),
    ("is(volume) sort volume_size limit 2 reversed", "v-3 g-2"),
    ("is(volume) sort name reversed", "v-3 v-2 v-1 v-9 g-2"),
    ("is(volume) limit 0", ""),
    ("is(volume) sort name limit 9, 2", ""),
    ("is(volume) sort volume_size desc limit 1 <-- is(instance)", "i-1"),
    ("is(volume) sort volume_size desc limit 2 reversed <-- is(instance)", "i-1"),
    ("sort name, id limit 1", "i-2"),
];

#[test]
fn nodes_come_in_the_order_that_was_asked_for() {
    all_answer(ORDER);
}

pub(super) const MERGES: &[Case] = &[
    ("is(volume) { i: <-- is(instance) }", "g-2 v-1 v-2 v-3 v-9"),
    ("is(volume) { i: <-- is(instance) } i.reported.name = prod-web", "v-1"),
    ("is(volume) { i: <-- is(instance) } /i.reported.name = prod-web", "v-1"),
    ("is(volume) { /i: <-- is(instance) } i.reported.name = prod-web", "v-1"),
    ("is(volume) { i: <-- is(instance) } i = null", "v-2 v-3 v-9"),
    ("is(volume) { i: <-- is(instance) } i != null", "g-2 v-1"),
    ("is(volume) { i: <-- is(instance) } not i.reported.name = prod-web and volume_size < 30", "v-2 v-3"),
    ("is(volume) { i: <-- is(instance) } i.reported.age > 30d", "v-1"),
    ("is(volume) { i: <-- is(instance) } i.reported.ctime > -1d", "g-2"),
    ("is(volume) { i: <-- is(instance) } i.ancestors.account.reported.name = dev", "v-1"),
    ("is(volume) { i: <-- is(instance) } i.id = \"<i-1>\"", "v-1"),
    ("is(volume) { far.away: <-- is(instance) } far.away.metadata.phantom = false", "g-2 v-1"),
    ("is(instance) { below[]: --> all } below[*].reported.kind = aws_ec2_volume", "i-1"),
    ("is(instance) { below[]: --> all } below = []", "i-2 i-3"),
    ("is(instance) { below[]: --> all } below[1] != null", "i-1"),
    ("is(instance) { below[]: --> all } below[*].{reported.kind = aws_ec2_volume and reported.id = v-1}", "i-1"),
    ("is(account) { below[]: -[2]-> is(volume) } below[*].reported.volume_size all > 5", "123456789012 dev wide"),
    ("is(instance) { n: aggregate(sum(1) as c): --> } n[0].c = 2", "i-1"),
    ("is(instance) { n: aggregate(kind as k: sum(1) as c): --> } n[*].group.k = aws_ec2_volume", "i-1"),
    ("is(account) { v: aggregate(sum(volume_size) as s): -[2:]-> is(volume) } v[0].s > 100", "dev"),
    ("is(account) { r[]: --> is(region), v[]: -[2]-> is(volume) } r != [] and v = []", "wide"),
    ("is(account) { r: --> is(region) { v: --> is(volume) } } r.v.reported.id = v-1", "dev"),
    ("is(account) { r: --> is(region) sort name desc { v: --> is(volume) } } all", "error: `{` is not expected here"),
    ("is(account) { r: --> is(region) sort name desc } r.reported.name = us-east-1", "123456789012 dev"),
    ("is(instance) { n: aggregate(sum(1) as c): --> } sort n[0].c desc, name", "i-1 g-1 i-2 i-3"),
    ("is(volume) { i: <-- is(instance) } with(any, <-- is(volume_type))", "v-9"),
    ("is(volume) { i: <-- is(instance) } i != null <-- is(instance)", "g-1 i-1"),
    ("(edge_type=delete): is(volume) { i: --> is(instance) } i != null", "v-1"),
    ("(edge_type=delete): is(volume) { i: (edge_type=default): <-- is(instance) } i != null", "g-2 v-1"),
    (
        "aggregate(i.reported.name as name: sum(volume_size) as size): is(volume) { i: <-- is(instance) }",
        "name=null: size=80\nname=prod-web: size=100\nname=tmp-1: size=0",
    ),
    (
        "aggregate(b[*].reported.kind as k: sum(1) as c): is(instance) { b[]: --> all }",
        "k=aws_alb_target_group: c=1\nk=aws_ec2_volume: c=1\nk=gcp_disk: c=1",
    ),
];

#[test]
fn a_merge_puts_what_is_reached_beside_the_node() {
    all_answer(MERGES);
}
