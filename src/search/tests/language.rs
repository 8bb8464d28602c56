//! Every rule of the grammar: what is read, as what, and what is refused.

use super::world::find;
use crate::search::Query;

/// Queries and their canonical text, rule by rule.
const READ: [(&str, &str); 71] = [
    // Queries and parts.
    ("aggregate(sum(1)): all", "aggregate(sum(1)): all"),
    ("aggregate(sum(1))(edge_type=delete): all", "aggregate(sum(1)) (edge_type=delete): all"),
    ("(edge_type=delete, iam): all", "(edge_type=delete,iam): all"),
    (": all", "all"),
    ("--> <-- is(volume)", "--> <-- is(volume)"),
    ("sort name", "all sort name"),
    ("limit 3", "all limit 3"),
    ("reversed", "all reversed"),
    ("with(any, --> )", "all with(any, --> all)"),
    ("is(volume) #tag sort name", "is(volume) #tag sort name"),
    ("  is ( volume )\n and\tname=a ", "is(volume) and name == a"),
    // Conditions.
    ("a == 1 or b == 2 and c == 3", "a == 1 or b == 2 and c == 3"),
    ("(a == 1 or b == 2) and c == 3", "(a == 1 or b == 2) and c == 3"),
    ("not a == 1 and b == 2", "not a == 1 and b == 2"),
    ("not (a == 1 and b == 2)", "not (a == 1 and b == 2)"),
    ("not not a == 1", "not not a == 1"),
    ("((a == 1))", "a == 1"),
    ("is(a)and is(b)", "is(a) and is(b)"),
    ("is([a, \"b\"])", "is(a, b)"),
    ("id(a-1, \"b c\")", "id(a-1, \"b c\")"),
    ("has_key(tags, \"a b\")", "has_key(tags, \"a b\")"),
    ("has_key(tags, [a, b])", "has_key(tags, [a, b])"),
    ("in_subnet(ip, 10.0.0.0/8)", "in_subnet(ip, \"10.0.0.0/8\")"),
    ("has_desired_change(/clean)", "has_desired_change(/clean)"),
    ("a[*].{b = 1, c = 2}", "a[*].{b == 1 and c == 2}"),
    ("a.{b[*].{c = 1} or not d = 2}", "a.{b[*].{c == 1} or not d == 2}"),
    ("\"a\" or not \"b\"", "\"a\" or not \"b\""),
    // Comparisons.
    ("a = 1", "a == 1"),
    ("a==1", "a == 1"),
    ("a ~ b", "a =~ b"),
    ("a!~b", "a !~ b"),
    ("a not  in [1]", "a not in [1]"),
    ("a all not in [1, 2]", "a all not in [1, 2]"),
    ("a none =~ \"x\"", "a none =~ x"),
    ("a any != null", "a any != null"),
    // Paths.
    ("/reported.a.b = 1", "/reported.a.b == 1"),
    ("a[0].b[*].c[] = 1", "a[0].b[*].c[*] == 1"),
    ("a[0][1] = 1", "a[0][1] == 1"),
    ("tags.`a.b c` = 1", "tags.`a.b c` == 1"),
    ("a-b_c = 1", "a-b_c == 1"),
    ("`all` = 1", "`all` == 1"),
    // Values.
    ("a = true and b = False", "a == true and b == False"),
    ("a = truely or b = nullify", "a == truely or b == nullify"),
    ("a = 007", "a == 007"),
    ("a = 1e3", "a == 1e3"),
    ("a = -1.5", "a == -1.5"),
    ("a = 2021-12-09T12:00:00Z", "a == 2021-12-09T12:00:00Z"),
    ("a = 2021-12-09T12:00:00+02:00", "a == \"2021-12-09T12:00:00+02:00\""),
    ("a = 10.0.0.1", "a == 10.0.0.1"),
    ("a = \"x \\\"y\\\" \\\\ \\d\"", "a == \"x \\\"y\\\" \\\\ \\\\d\""),
    ("a = [1, [b, \"c d\"], {e: null}]", "a == [1, [b, \"c d\"], {\"e\": null}]"),
    ("a = {b: 1, \"c d\": [x]}", "a == {\"b\": 1, \"c d\": [x]}"),
    ("a < 30d and b > 10GiB", "a < 30d and b > 10GiB"),
    // Navigation.
    ("all -[2]-> all", "-[2]-> all"),
    ("all -[0:]-> all", "-[0:]-> all"),
    ("all -[1,3]-> all", "-[1:3]-> all"),
    ("all -[1..]-> all", "-[1:]-> all"),
    ("all <-[0:1]-> all", "<-[0:1]-> all"),
    ("all -delete,iam-> all", "-delete,iam-> all"),
    ("all -[1:]delete-> all", "-delete[1:]-> all"),
    ("all <-delete[1:1]default,delete-> all", "<-delete[1]default,delete-> all"),
    ("all -{type = iam}-> all", "-{type == iam}-> all"),
    // With.
    ("all with(empty, <--)", "all with(empty, <-- all)"),
    ("all with(count>=2, -delete-> is(a) with(any, -->))", "all with(count >= 2, -delete-> is(a) with(any, --> all))"),
    // Sort and limit.
    ("all sort a desc, /metadata.b asc limit 20, 10 reversed", "all sort a desc, /metadata.b limit 20, 10 reversed"),
    // Merge.
    (
        "all { /a.b: <--, c[]: --> is(x) sort y, d: aggregate(sum(1)): --> } c[*].z = 1",
        "all { /a.b: <--, c[]: --> is(x) sort y, d: aggregate(sum(1)): --> } c[*].z == 1",
    ),
    ("all { a: --> { b: <-- } }", "all { a: --> all { b: <-- } }"),
    // Aggregates.
    (
        "aggregate(a, b.c as d, \"{e} {f.g}\" as h: count(a), sum(1) as n): all",
        "aggregate(a, b.c as d, \"{e} {f.g}\" as h: count(a), sum(1) as n): all",
    ),
    ("aggregate(sum((a + 2) * b / -3 % 4 - c)): all", "aggregate(sum((a + 2) * b / -3 % 4 - c)): all"),
    (
        "aggregate(min(a), max(a), avg(a), stddev(a), variance(a)): all",
        "aggregate(min(a), max(a), avg(a), stddev(a), variance(a)): all",
    ),
    ("with_usage(1w::2026-01-01, [cpu, mem]) all", "with_usage(1w::2026-01-01, cpu, mem) all"),
];

/// What is refused, whatever the kinds.
const REFUSED: [&str; 34] = [
    "",
    "AND",
    "a = 1 AND b = 2",
    "a = 1 b = 2",
    "a = 1 and",
    "a = 1 or_b = 2",
    "not",
    "(a = 1",
    "a = 1)",
    "a",
    "a =",
    "a = 'b'",
    "a = .5",
    "a = 1.",
    "a in",
    "a <> 1",
    "is()",
    "is(a",
    "id()",
    "has_key(tags)",
    "a.{}",
    "a.{b = 1",
    "all sort",
    "all sort a limit",
    "all reversed limit 2",
    "all limit 2 sort a",
    "all -[2:1]-> all",
    "all -[251]-> all",
    "all -nothing-> all",
    "all with(some, -->)",
    "all with(any)",
    "all {}",
    "aggregate(kind): all",
    "aggregate(sum(1)):",
];

#[test]
fn every_rule_of_the_grammar_is_read() {
    for (text, canonical) in READ {
        let query = Query::parse(text).unwrap_or_else(|error| panic!("{}", error.render()));
        assert_eq!(query.to_string(), canonical, "{text}");
        assert_eq!(Query::parse(canonical).unwrap(), query, "{text}");
    }
}

#[test]
fn what_is_no_query_is_refused_with_its_place() {
    for text in REFUSED {
        let error = Query::parse(text).expect_err(text);
        assert!(
            error.span().end <= text.len() && (error.label().is_some() || error.help().is_some()),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn a_quantifier_may_stand_in_every_condition() {
    for (condition, expected) in [
        ("test all in [1, 2, 3]", "s-empty s-full"),
        ("test any in [3, 4]", "s-full"),
        ("test none in [3, 4]", "s-empty s-none"),
        ("test all not in [4]", "s-empty s-full s-none"),
        ("test all =~ \"[0-9]\"", "s-empty s-full"),
        ("test none =~ 3", "s-empty s-none"),
        ("some.nested[*].prop all > 0", "s-empty s-full"),
        ("some.nested[*].prop all > 1", "s-empty"),
        ("some.nested[*].prop none > 1", "s-empty s-none"),
        ("some.{nested[*].prop all > 0}", "s-empty s-full"),
        ("not test all > 2", "s-full s-none"),
    ] {
        assert_eq!(find(&format!("is(sample) and ({condition})")), expected, "{condition}");
    }
    assert_eq!(find("is(volume) and /kinds any = volume limit 1"), find("is(volume) limit 1"));
    assert_eq!(find("is(region) --> is(sample) and test all >= 1"), "s-empty s-full");
}

#[test]
fn a_comma_in_a_context_term_joins_as_and_does() {
    let comma = "group_ip_permissions[*].{ip_protocol = tcp, from_port = 22, ip_ranges[*].{cidr_ip = \"0.0.0.0/0\"}}";
    assert_eq!(find(comma), "sg-open");
    assert_eq!(find(comma), find(&comma.replace(',', " and")));
}

#[test]
fn a_tag_changes_nothing() {
    assert_eq!(find("is(volume) #disks sort name"), find("is(volume) sort name"));
}
