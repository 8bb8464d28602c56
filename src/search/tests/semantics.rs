//! What each kind of condition means, above all for values that are missing, lists, or of another type.

use super::world::{find, try_find};
use crate::{
    graph::fixture,
    model::Resource,
    search::{Limits, Query, select},
};

/// Asserts what every query finds among the nodes of a kind.
#[track_caller]
fn among(kind: &str, cases: &[(&str, &str)]) {
    for (condition, expected) in cases {
        let text = format!("is({kind}) and ({condition})");
        assert_eq!(find(&text), *expected, "{text}");
    }
}

/// Among the samples `a` is 3, 1 and 8, `b` is text, 2 and missing.
#[test]
fn a_missing_value_satisfies_only_what_negates() {
    among(
        "sample",
        &[
            ("b == 2", "s-full"),
            ("b = 2", "s-full"),
            ("b == null", "s-none"),
            ("b != null", "s-empty s-full"),
            ("b != 2", "s-empty s-none"),
            ("b < 3", "s-full"),
            ("b <= 2", "s-full"),
            ("b > 1", "s-full"),
            ("b >= 2", "s-full"),
            ("b in [2, text]", "s-empty s-full"),
            ("b not in [2, text]", "s-none"),
            ("b =~ \"T\"", "s-empty"),
            ("b !~ \"T\"", "s-full s-none"),
            ("not (b =~ \"T\")", "s-full s-none"),
            ("not b == 2", "s-empty s-none"),
            ("b in []", ""),
            ("b not in []", "s-empty s-full s-none"),
            ("b in [null, 2]", "s-full"),
            ("b == \"\"", ""),
        ],
    );
}

#[test]
fn a_value_that_is_null_is_a_missing_value() {
    among("instance", &[("instance_status == null", "i-3"), ("instance_status != running", "i-2 i-3")]);
}

#[test]
fn missing_values_mean_the_same_in_later_parts() {
    let first = find("is(sample) and b not in [2]");
    assert_eq!(find("is(region) --> is(sample) and b not in [2]"), first);
    assert_eq!(find("is(region) --> is(sample) and test none > 2"), find("is(sample) and test none > 2"));
}

/// Among the samples `test` is empty, 1 2 3, and missing.
#[test]
fn an_array_is_compared_by_its_elements_or_as_a_whole() {
    among(
        "sample",
        &[
            ("test > 2", "s-full"),
            ("test any > 2", "s-full"),
            ("test all > 2", "s-empty"),
            ("test all >= 1", "s-empty s-full"),
            ("test none > 2", "s-empty s-none"),
            ("test == 2", "s-full"),
            ("test != 2", "s-empty s-full s-none"),
            ("test in [3, 4]", "s-full"),
            ("test == []", "s-empty"),
            ("test != []", "s-full s-none"),
            ("test == [1, 2, 3]", "s-full"),
            ("test == [1.0, 2.0, 3.0]", "s-full"),
            ("test == [1, 2]", ""),
            ("test == null", "s-none"),
            ("test != null", "s-empty s-full"),
            ("test[0] == 1", "s-full"),
            ("test[7] == null", "s-empty s-full s-none"),
            ("test[*] == 3", "s-full"),
            ("test[] == 3", "s-full"),
        ],
    );
}

#[test]
fn a_path_goes_into_the_elements_of_an_array_only_where_it_says_so() {
    among(
        "sample",
        &[
            ("some.nested[*].prop > 2", "s-full"),
            ("some.nested[0].prop > 2", ""),
            ("some.nested[1].prop > 2", "s-full"),
            ("some.nested.prop > 2", ""),
            ("some.nested[*].prop all >= 1", "s-empty s-full"),
            ("some.nested[*].prop == null", "s-empty s-none"),
            ("some == {nested: [{prop: 1}]}", ""),
        ],
    );
}

#[test]
fn a_context_term_wants_one_element_that_satisfies_everything() {
    let open = "from_port <= 22 and to_port >= 22 and ip_ranges[*].cidr_ip = \"0.0.0.0/0\"";
    let comma = open.replace(" and ", ", ");
    let permissions = "group_ip_permissions[*]";
    among(
        "security_group",
        &[
            (&format!("{permissions}.{{{open}}}"), "sg-open"),
            (&format!("{permissions}.{{{comma}}}"), "sg-open"),
            (&format!("group_ip_permissions.{{{open}}}"), "sg-open"),
            (&format!("not {permissions}.{{{open}}}"), "sg-none sg-shut"),
            (&format!("{permissions}.{{ip_ranges[*].{{cidr_ip = 10.0.0.0/8}} and from_port = 22}}"), "sg-open sg-shut"),
            (&format!("{permissions}.{{not ip_protocol = tcp}}"), "sg-open"),
            (
                &format!("{permissions}.from_port = 22 and {permissions}.ip_ranges[*].cidr_ip = 0.0.0.0/0"),
                "sg-open sg-shut",
            ),
        ],
    );
}

#[test]
fn a_literal_takes_the_type_of_the_property() {
    assert_eq!(find("is(account) and id = 123456789012"), "123456789012");
    assert_eq!(find("is(account) and id = 0123456789012"), "");
    assert_eq!(find("is(account) and id in [123456789012, dev]"), "123456789012 dev");
    among(
        "aws_ec2_volume",
        &[
            ("volume_size = \"20\"", "v-2"),
            ("volume_size > abc", ""),
            ("volume_encrypted = yes", "v-1"),
            ("volume_encrypted = on", "v-1"),
            ("volume_encrypted = 1", "v-1"),
            ("volume_encrypted = true", "v-1"),
            ("volume_encrypted = \"False\"", "v-2"),
            ("volume_encrypted != true", "v-9 v-2 v-3"),
            ("volume_size =~ \"^1\"", "v-1 v-3"),
        ],
    );
}

#[test]
fn a_size_is_converted_to_the_unit_of_the_property() {
    among(
        "volume",
        &[
            ("volume_size = 20GiB", "v-2"),
            ("volume_size >= 20GB", "v-9 v-1 v-2"),
            ("volume_size > 20GiB", "v-9 v-1"),
            ("volume_size < 0.02TB", "v-3"),
        ],
    );
    assert_eq!(find("instance_memory >= 4608MiB"), "i-1 i-2");
}

#[test]
fn an_age_counts_from_now_and_needs_a_time() {
    among(
        "volume",
        &[
            ("age > 30d", "v-1 v-2"),
            ("age < 30d", "v-3"),
            ("age <= 2h", "v-3"),
            ("age < 2h", ""),
            ("age > 1d3h", "v-1 v-2"),
            ("age >= \"59 days and 24 hours\"", "v-1 v-2"),
            ("last_access > 9d", "v-1"),
            ("last_access < 9d", "v-2"),
            ("last_update > 1s", ""),
            ("age == null", "v-9"),
            ("age > P1D", "v-1 v-2"),
        ],
    );
}

#[test]
fn a_time_is_compared_with_dates_and_with_durations_from_now() {
    among(
        "volume",
        &[
            ("ctime < 2026-11-01", "v-1 v-2"),
            ("ctime < 2026-11-22T11:00:00+01:00", "v-1 v-2"),
            ("ctime <= 2026-11-22T11:00:00+01:00", "v-1 v-2 v-3"),
            ("ctime < -30d", "v-1 v-2"),
            ("ctime > -30d", "v-3"),
            ("ctime < +30d", "v-1 v-2 v-3"),
            // Without a sign the age is meant.
            ("ctime > 30d", "v-1 v-2"),
            ("ctime < 30d", "v-3"),
            ("ctime < \"@TODAY@\"", "v-1 v-2"),
            ("ctime > \"@YESTERDAY@\"", "v-3"),
        ],
    );
    assert_eq!(find("expires < +30d"), "c-past c-soon");
    assert_eq!(find("expires < 2026-11-30T23:30:00Z"), "c-past c-soon");
    assert_eq!(find("expires < 2026-11-30T22:30:00Z"), "c-past");
    assert_eq!(find("/metadata.expires < \"@NOW@\""), "v-2");
}

#[test]
fn placeholders_stand_for_the_time_of_the_evaluation() {
    // The world's time is a Sunday, the 22nd of November 2026, at noon UTC.
    assert_eq!(find("expires < @UTC@"), "c-past");
    assert_eq!(find("is(certificate) and expires < \"@sunday@\""), "c-past");
    assert_eq!(find("is(certificate) and expires < \"@MONDAY@\""), "c-past");
    assert_eq!(find("is(certificate) and expires > \"@TOMORROW@\""), "c-soon");
    assert_eq!(find("is(volume) and ctime >= \"@YEAR@-@MONTH@-@DAY@T@HOUR@:00:00Z\""), "");
    assert_eq!(find("is(volume) and ctime >= \"@YEAR@-@MONTH@-@DAY@T00:00:00@TZ_OFFSET@\""), "v-3");
    assert_eq!(find("is(sample) and a < \"@YEAR@\" and b in [\"@MONTH@\", text]"), "s-empty");
    assert_eq!(find("is(certificate) and expires == \"@YEAR@-11-21T00:00:00Z\""), "c-past");
    assert_eq!(find("is(volume) and name =~ \"^v-@SECOND@|v-2$\""), "v-2");
    assert_eq!(find("\"@YEAR@ 11 21T00\""), "c-past");
    assert_eq!(find("name = \"@TODAY\" or name = a@b@c"), "");
}

#[test]
fn a_plan_with_placeholders_serves_any_time() {
    let generation = super::world::generation();
    let plan = Query::parse("is(certificate) and expires =~ \"^@TODAY@\"").unwrap().compile(&super::world::kinds());
    let plan = plan.unwrap();
    let on = |time: &str| plan.select(&generation, time.parse().unwrap(), Limits::default()).unwrap().len();
    assert_eq!([on("2026-11-20T23:59:59Z"), on("2026-11-21T00:00:00Z"), on("2026-11-22T00:00:00Z")], [0, 1, 0]);
}

#[test]
fn and_and_or_are_read_from_left_to_right() {
    let a = "name = v-1";
    let b = "name = v-2";
    let both = "volume_size = 20";
    assert_eq!(find(&format!("{a} or {b} and {both}")), "v-2");
    assert_eq!(find(&format!("{a} or ({b} and {both})")), "v-1 v-2");
    assert_eq!(find(&format!("not {a} and {both}")), "v-2");
}

#[test]
fn a_property_of_some_kinds_restricts_a_search_to_them() {
    assert_eq!(find("volume_size != 10"), "v-9 v-1 v-2");
    assert_eq!(find("instance_status not in [running]"), "i-2 i-3");
    assert_eq!(find("not volume_size > 10"), "v-3");
    assert_eq!(find("volume_size > 10 or name = sky"), "sky v-9 v-1 v-2");
    assert_eq!(find("volume_size > 60 or id = sky"), "sky v-1");
    // It says itself which kinds it wants.
    assert_eq!(find("is(cloud) and volume_size != 10"), "sky");
}

#[test]
fn keys_and_subnets_are_asked_for_by_functions() {
    assert_eq!(find("has_key(tags, owner)"), "i-1");
    assert_eq!(find("has_key(tags, [owner, \"aws:cloudformation:stack-name\"])"), "i-1");
    assert_eq!(find("has_key(tags, [owner, expiration])"), "");
    assert_eq!(find("in_subnet(public_ip_address, 167.123.0.0/16)"), "lb-2");
    assert_eq!(find("in_subnet(public_ip_address, \"167.123.13.102\")"), "lb-2");
    assert_eq!(find("in_subnet(public_ip_address, 10.0.0.0/8)"), "");
    assert_eq!(find("in_subnet(public_ip_address, 0.0.0.0/0)"), "lb-2");
}

#[test]
fn a_phrase_is_found_in_any_reported_value() {
    assert_eq!(find("\"167.123\" and is(aws_alb)"), "lb-2");
    assert_eq!(find("\"PROD web\""), "i-1");
    assert_eq!(find("\"web prod\""), "");
    assert_eq!(find("\"67.123\""), "");
    assert_eq!(find("not \"ann\" and is(instance)"), "i-2 i-3");
}

#[test]
fn regular_expressions_ignore_case_and_match_anywhere() {
    among(
        "instance",
        &[
            ("name =~ PROD", "i-1 i-2"),
            ("name ~ \"od-D\"", "i-2"),
            ("name !~ PROD", "i-3"),
            ("name !~ prod", "i-3"),
            ("name =~ \"^(?-i)prod\"", "i-1"),
            ("name =~ \"\\d$\"", ""),
        ],
    );
}

#[test]
fn sections_and_ancestors_are_reached_by_absolute_paths() {
    assert_eq!(find("/metadata.protected == true"), "v-2");
    assert_eq!(find("/metadata.phantom == true and is(type)"), "gp3 t3.large");
    assert_eq!(find("/metadata.cleanup.rule == idle"), "v-3");
    assert_eq!(find("/metadata.cleanup.since <= \"@NOW@\""), "v-3");
    assert_eq!(find("/reported.name == v-1"), "v-1");
    assert_eq!(find("/kinds == aws_alb and name = lb-1"), "lb-1");
    assert_eq!(find("is(volume) and cloud = sky and account = \"name of dev\" and region = west"), "v-1 v-2 v-3");
    assert_eq!(find("is(volume) and account.id != dev"), "v-9");
    assert_eq!(find("is(volume) and zone = null"), "v-9 v-1 v-2 v-3");
    assert_eq!(find("/ancestors.instance_type.reported.ondemand_cost > 0.4"), "lb-2 tg-2 i-1 i-2 v-1 t3.large");
    assert_eq!(find("is(instance) and /descendants.volume.reported.volume_size > 50"), "i-1");
    assert_eq!(find("is(instance) and /ancestors.aws_vpc.reported.id == \"vpc-1\""), "i-2");
}

#[test]
fn a_node_is_found_by_its_key() {
    let generation = super::world::generation();
    let key = generation.graph.node(generation.graph.of_kind("cloud").next().unwrap()).key();
    assert_eq!(find(&format!("id(\"{key}\")")), "sky");
    assert_eq!(find(&format!("id(nobody, \"{key}\")")), "sky");
    assert_eq!(find(&format!("/id == \"{key}\"")), "sky");
}

#[test]
fn what_is_not_kept_is_refused_and_never_ignored() {
    for text in
        ["with_usage(1w, cpu) is(instance)", "/usage.cpu.max > 3", "usage.cpu > 3", "/security.has_issues = true"]
    {
        let error = try_find(text).unwrap_err();
        assert!(error.message().contains("are kept, so there is no"), "{error}");
    }
    // A property of that name is one.
    assert_eq!(find("is(quota) and usage > 0"), "");
}

#[test]
fn what_says_a_text_most_often_and_in_the_fewest_words_comes_first() {
    let named = |id: &str, name: &str| Resource { name: name.into(), ..Resource::new("volume", id) };
    let generation = fixture::generation(&[(
        "a",
        vec![named("1", "web with much else"), named("2", "web"), named("3", "web web"), named("4", "else")],
    )]);
    let found = |text: &str| {
        let nodes = select(&Query::parse(text).unwrap(), &generation, fixture::now(), Limits::default()).unwrap();
        nodes.into_iter().map(|node| generation.graph.node(node).id().into_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found("\"web\""), "3 2 1");
    assert_eq!(found("\"web\" limit 1"), "3");
    assert_eq!(found("\"web\" limit 2 reversed"), "2 3");
    assert_eq!(found("\"web\" or \"else\""), "3 1 2 4");
    assert_eq!(found("\"web\" sort id"), "1 2 3");
    assert_eq!(found("is(volume) and not \"much\""), "2 3 4");
    assert_eq!(found("\"web\" limit 1 <-[0:1]- is(volume)"), "3");
    assert_eq!(found("is(region) { w: --> \"web\" } w.reported.id = 3"), "west");
}
