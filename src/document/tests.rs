use std::collections::BTreeMap;
use std::num::NonZeroU16;

use insta::assert_snapshot;
use serde::{Deserialize, Serialize};

use super::*;

/// A little of everything that settings are made of.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sample {
    web: Web,
    rules: BTreeMap<String, Rule>,
    accounts: Vec<String>,
    color: Option<Color>,
    ratio: f64,
    anything: serde_json::Value,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Web {
    listen_addresses: Vec<String>,
    max_requests: usize,
    workers: NonZeroU16,
    enabled: bool,
    timeout: Seconds,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen_addresses: vec![":9955".to_owned()],
            max_requests: 40,
            workers: NonZeroU16::MIN,
            enabled: false,
            timeout: Seconds(0),
        }
    }
}

/// A type that reads text and has its own words for what is wrong.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String")]
struct Seconds(u64);

impl TryFrom<String> for Seconds {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.strip_suffix('s').and_then(|number| number.parse().ok());
        number.map(Self).ok_or_else(|| format!("`{text}` is not a duration; write for example `90s`"))
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    search: String,
    age: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Color {
    Red,
    Blue,
    Mixed { red: u8 },
}

fn parsed(text: &str) -> (Document, Mistakes) {
    let mut mistakes = Mistakes::new();
    let document = Document::parse(&Source::file("a.yaml", text), &mut mistakes).expect("the text is YAML");
    (document, mistakes)
}

fn read(text: &str) -> Sample {
    let (mut document, mut mistakes) = parsed(text);
    let sample = document.read(&mut mistakes);
    assert!(mistakes.is_empty(), "{mistakes}");
    sample.expect("without mistakes there is a value")
}

fn mistakes(text: &str) -> String {
    let mut mistakes = Mistakes::new();
    if let Some(mut document) = Document::parse(&Source::file("a.yaml", text), &mut mistakes) {
        document.read::<Sample>(&mut mistakes);
    }
    assert!(!mistakes.is_empty(), "nothing was found wrong");
    mistakes.to_string()
}

fn complain(text: &str, complaint: Complaint) -> String {
    let (document, _) = parsed(text);
    document.locate([complaint])[0].to_string()
}

#[test]
fn an_empty_text_is_all_defaults() {
    assert_eq!(read(""), Sample::default());
    assert_eq!(read("# nothing but a comment\n"), Sample::default());
    assert_eq!(read("web:\nrules:\naccounts:\n"), Sample { accounts: vec![], ..Sample::default() });
}

#[test]
fn an_account_number_keeps_its_leading_zero() {
    assert_eq!(read("accounts: [012345678901, 1e3, true]").accounts, ["012345678901", "1e3", "true"]);
}

#[test]
fn values_without_a_type_are_what_yaml_takes_them_for() {
    let value = read("anything: [1, -2, 1.5, true, yes, '1', null, {a: b}, 0x1F, 1-2, .5, inf]").anything;
    assert_eq!(value, serde_json::json!([1, -2, 1.5, true, "yes", "1", null, {"a": "b"}, "0x1F", "1-2", 0.5, "inf"]));
}

#[test]
fn anchors_aliases_and_merges_are_followed() {
    let rule = |age: Option<&str>| Rule { search: "is(volume)".to_owned(), age: age.map(str::to_owned) };
    let sample = read("rules:\n  a: &a {search: is(volume)}\n  b: *a\n  c: {<<: *a, age: 3d}\n  d: {<<: [*a]}\n");
    let expected = [("a", rule(None)), ("b", rule(None)), ("c", rule(Some("3d"))), ("d", rule(None))];
    assert_eq!(sample.rules, expected.map(|(name, rule)| (name.to_owned(), rule)).into());
}

#[test]
fn enums_are_a_word_or_a_map_with_one_key() {
    assert_eq!(read("color: red").color, Some(Color::Red));
    assert_eq!(read("color: {mixed: {red: 3}}").color, Some(Color::Mixed { red: 3 }));
    assert_eq!(read("color:").color, None);
}

#[test]
fn aliases_cannot_grow_without_limit() {
    let first = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_owned();
    let line = |level: usize| {
        let alias = format!("*a{}", level - 1);
        format!("a{level}: &a{level} [{}]", [alias.as_str(); 10].join(", "))
    };
    let text = std::iter::once(first).chain((1..9).map(line)).collect::<Vec<_>>().join("\n");
    assert!(mistakes(&text).contains("more than 500000 values"), "{}", mistakes(&text));
}

#[test]
fn all_mistakes_are_reported_at_once_in_order_of_lines() {
    assert_snapshot!(mistakes(r#"
web:
  listen_addresses: ":9955"
  max_request: 10
  max_requests: many
  workers: 0
  enabled: "true"
  timeout: 5 parsecs
  timeout: 5s
rules:
  old:
    serach: is(volume)
  young:
    age: 3d
  none:
color: {red: 1, blue: 2}
ratio: high
colour: green
"#), @r#"
    error: web.listen_addresses: expected a list, found the text `:9955`
     --> a.yaml:3:21
      |
    3 |   listen_addresses: ":9955"
      |                     ^^^^^^^
      |
      = help: write one entry per line, each behind `- `, or all in one line as `[a, b]`

    error: web: there is no setting `max_request`
     --> a.yaml:4:3
      |
    4 |   max_request: 10
      |   ^^^^^^^^^^^
      |
      = help: did you mean `max_requests`?

    error: web.max_requests: expected a whole number, 0 or more, found the text `many`
     --> a.yaml:5:17
      |
    5 |   max_requests: many
      |                 ^^^^

    error: web.workers: expected a whole number, 1 or more, found the number `0`
     --> a.yaml:6:12
      |
    6 |   workers: 0
      |            ^

    error: web.enabled: expected `true` or `false`, found the quoted text `true`
     --> a.yaml:7:12
      |
    7 |   enabled: "true"
      |            ^^^^^^
      |
      = help: remove the quotes

    error: web.timeout: `5 parsecs` is not a duration; write for example `90s`
     --> a.yaml:8:12
      |
    8 |   timeout: 5 parsecs
      |            ^^^^^^^^^

    error: `timeout` is given twice
     --> a.yaml:9:3
      |
    9 |   timeout: 5s
      |   ^^^^^^^
      |
      = help: it already stands in line 8; remove one of the two

    error: rules.old: there is no setting `serach`
      --> a.yaml:12:5
       |
    12 |     serach: is(volume)
       |     ^^^^^^
       |
       = help: did you mean `search`?

    error: rules.young: the setting `search` is missing
      --> a.yaml:13:3
       |
    13 |   young:
       |   ^^^^^

    error: rules.none: the setting `search` is missing
      --> a.yaml:15:3
       |
    15 |   none:
       |   ^^^^

    error: color: expected a map with exactly one key, found 2 keys
      --> a.yaml:16:1
       |
    16 | color: {red: 1, blue: 2}
       | ^^^^^

    error: ratio: expected a number, found the text `high`
      --> a.yaml:17:8
       |
    17 | ratio: high
       |        ^^^^

    error: there is no setting `colour`
      --> a.yaml:18:1
       |
    18 | colour: green
       | ^^^^^^
       |
       = help: did you mean `color`?
    "#);
}

#[test]
fn a_document_of_another_shape_is_refused() {
    assert_snapshot!(mistakes("- a\n- b\n"), @r"
    error: expected a map of `key: value` lines, found a list
     --> a.yaml:1:1
      |
    1 | - a
      | ^^^
    ");
    assert_snapshot!(mistakes("just words"), @r"
    error: expected a map of `key: value` lines, found the text `just words`
     --> a.yaml:1:1
      |
    1 | just words
      | ^^^^^^^^^^
    ");
    assert_snapshot!(mistakes("color: gren\n"), @r"
    error: color: `gren` is not one of the possible values
     --> a.yaml:1:8
      |
    1 | color: gren
      |        ^^^^
      |
      = help: possible are `red`, `blue` and `mixed`
    ");
    assert_snapshot!(mistakes("color: {mixed: {red: 300}}\n"), @r"
    error: color.mixed.red: expected a whole number from 0 to 255, found the number `300`
     --> a.yaml:1:22
      |
    1 | color: {mixed: {red: 300}}
      |                      ^^^
    ");
    assert_snapshot!(mistakes("color: {mixd: {red: 3}}\n"), @r"
    error: color: `mixd` is not one of the possible values
     --> a.yaml:1:9
      |
    1 | color: {mixd: {red: 3}}
      |         ^^^^
      |
      = help: did you mean `mixed`?
    ");
}

#[test]
fn what_is_no_yaml_says_where_it_ends_to_be() {
    assert_snapshot!(mistakes("web:\n\tenabled: true\n"), @r"
    error: YAML does not allow tabs for indentation
     --> a.yaml:2:1
      |
    2 |     enabled: true
      | ^^^^
      |
      = help: use spaces, for example two for each level
    ");
    assert_snapshot!(mistakes("accounts: [a, b\nweb:\n  enabled: true\n"), @r"
    error: this is not valid YAML: illegal placement of ':' indicator
     --> a.yaml:2:4
      |
    2 | web:
      |    ^
    ");
    assert_snapshot!(mistakes("web:\n   enabled: true\n  max_requests: 3\n"), @r"
    error: this is not valid YAML: while parsing a block mapping, did not find expected key
     --> a.yaml:3:3
      |
    3 |   max_requests: 3
      |   ^
      |
      = help: the keys of one section are indented alike
    ");
    assert_snapshot!(mistakes("accounts: \"abc\n"), @r#"
    error: this is not valid YAML: unclosed quote
     --> a.yaml:1:11
      |
    1 | accounts: "abc
      |           ^
    "#);
    assert_snapshot!(mistakes("a: *unknown\n"), @r#"
    error: this is not valid YAML: while parsing node, found unknown anchor
     --> a.yaml:1:4
      |
    1 | a: *unknown
      |    ^
      |
      = help: a text that begins with `*` or `&` needs quotes, for example "* * * * *"
    "#);
    assert_snapshot!(mistakes("web: {}\n---\nweb: {}\n"), @r"
    error: a second document starts here; only one is read from a file
     --> a.yaml:3:1
      |
    3 | web: {}
      | ^
      |
      = help: remove the `---` line, or put the second document into a file of its own
    ");
    assert_snapshot!(mistakes("? [a, b]\n: c\n"), @r"
    error: a key must be a word or a text
     --> a.yaml:1:3
      |
    1 | ? [a, b]
      |   ^
    ");
    assert_snapshot!(mistakes("accounts: !secret abc\n"), @r"
    error: the tag `!secret` means nothing here
     --> a.yaml:1:19
      |
    1 | accounts: !secret abc
      |                   ^^^
      |
      = help: remove the tag

    error: accounts: expected a list, found the text `abc`
     --> a.yaml:1:19
      |
    1 | accounts: !secret abc
      |                   ^^^
      |
      = help: write one entry per line, each behind `- `, or all in one line as `[a, b]`
    ");
}

#[test]
fn a_complaint_points_into_the_text_of_a_value() {
    let at = |text: &str, range: std::ops::Range<usize>| {
        let complaint = Complaint::new("no such kind").at("rules").at("a").at("search").within(range);
        let mistake = complain(text, complaint);
        let lines: Vec<&str> = mistake.lines().skip(1).take(4).map(str::trim_end).collect();
        lines.join("\n")
    };
    // `is(volume) and x`, the word `volume`
    assert_snapshot!(at("rules:\n  a:\n    search: is(volume) and x\n", 3..9), @r"
     --> a.yaml:3:16
      |
    3 |     search: is(volume) and x
      |                ^^^^^^
    ");
    assert_snapshot!(at("rules:\n  a:\n    search: 'is(volume) and x'\n", 3..9), @r"
     --> a.yaml:3:17
      |
    3 |     search: 'is(volume) and x'
      |                 ^^^^^^
    ");
    assert_snapshot!(at("rules:\n  a:\n    search: 'it''s(volume)'\n", 5..11), @r"
     --> a.yaml:3:20
      |
    3 |     search: 'it''s(volume)'
      |                    ^^^^^^
    ");
    assert_snapshot!(at("rules: {a: {search: \"is(volume) and x\"}}\n", 3..9), @r#"
     --> a.yaml:1:25
      |
    1 | rules: {a: {search: "is(volume) and x"}}
      |                         ^^^^^^
    "#);
    assert_snapshot!(at("rules:\n  a:\n    search: |\n      is(volume)\n      and x\n", 15..16), @r"
     --> a.yaml:5:11
      |
    5 |       and x
      |           ^
    ");
    assert_snapshot!(at("rules:\n  a:\n    search: >-\n      is(volume)\n      and x\n", 15..16), @r"
     --> a.yaml:5:11
      |
    5 |       and x
      |           ^
    ");
    // Escapes: the whole value.
    assert_snapshot!(at("rules:\n  a:\n    search: \"is(\\u0076olume)\"\n", 3..9), @r#"
     --> a.yaml:3:13
      |
    3 |     search: "is(\u0076olume)"
      |             ^^^^^^^^^^^^^^^^^
    "#);
    // Behind the end.
    assert_snapshot!(at("rules:\n  a:\n    search: is(volume\n", 9..9), @r"
     --> a.yaml:3:22
      |
    3 |     search: is(volume
      |                      ^
    ");
}

#[test]
fn a_complaint_about_what_is_not_written_is_placed_around_it() {
    let complaint =
        |text: &str| complain(text, Complaint::new("is too low").at("web").at("max_requests").help("take 10"));
    assert_snapshot!(complaint("web:\n  enabled: true\n"), @r"
    error: web.max_requests: is too low
     --> a.yaml:1:1
      |
    1 | web:
      | ^^^
      |
      = help: take 10
    ");
    assert_snapshot!(complaint("color: red\n"), @r"
    error: web.max_requests: is too low
     |
     = help: take 10
    ");
}

#[test]
fn a_complaint_about_something_already_reported_is_dropped() {
    let (mut document, mut mistakes) = parsed("web:\n  max_requests: many\n");
    document.read::<Sample>(&mut mistakes);
    assert_eq!(mistakes.len(), 1);
    let complaint = |key: &str| Complaint::new("is too low").at("web").at(key);
    assert_eq!(document.locate([complaint("max_requests")]), []);
    assert_eq!(document.locate([complaint("workers")]).len(), 1);
}
