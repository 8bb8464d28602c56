use super::*;
use crate::search::Query;

fn templates() -> Templates {
    Templates::from_iter([
        ("prod", "account in [prod, live] or tags.stage = prod"),
        ("idle", "is(volume) and volume_status = available and age > {{age}}"),
        ("owned", "tags.owner = \"{{owner}}\""),
        ("both", "expand(prod) and expand(owned, owner=\"{{who}}\")"),
        ("rest", "sort {{by}} desc limit 3"),
        ("loop", "expand(pool)"),
        ("pool", "expand(loop)"),
        ("one-of", "name in {{names}}"),
        ("broken", "expand(idle"),
        ("unfinished", "is(volume) and name =="),
    ])
}

fn said(text: &str) -> String {
    match Query::parse_with(text, &templates()) {
        Ok(query) => query.to_string(),
        Err(error) => error.render(),
    }
}

#[test]
fn a_call_stands_for_the_text_of_its_template() {
    assert_eq!(said("expand(idle, age=30d)"), "is(volume) and volume_status == available and age > 30d");
    assert_eq!(said("is(volume) and expand(owned, owner=ann)"), "is(volume) and tags.owner == ann");
    assert_eq!(said("is(volume) expand(rest, by=volume_size)"), "is(volume) sort volume_size desc limit 3");
    assert_eq!(said("expand( one-of , names = [a, \"b c\"] )"), "name in [a, \"b c\"]");
    assert_eq!(
        said("expand(idle, age=\"2 weeks\")"),
        "is(volume) and volume_status == available and age > \"2 weeks\""
    );
    assert_eq!(said("expand(idle, age=\"30d\")"), "is(volume) and volume_status == available and age > 30d");
    assert_eq!(said("all"), "all");
}

#[test]
fn a_condition_stays_one_whatever_stands_around_the_call() {
    assert_eq!(said("is(volume) and expand(prod)"), "is(volume) and (account in [prod, live] or tags.stage == prod)");
    assert_eq!(
        said("not expand(both, who=\"O\\\"Hara\")"),
        "not ((account in [prod, live] or tags.stage == prod) and tags.owner == \"O\\\"Hara\")"
    );
}

#[test]
fn a_call_in_quotes_is_text_and_a_longer_name_is_another_name() {
    assert_eq!(said("name = \"expand(idle)\""), "name == \"expand(idle)\"");
    assert_eq!(said("`expand(idle)` = 1"), "`expand(idle)` == 1");
    assert_eq!(said("expanded = 1 and a.expand = 2 and expand = 3"), "expanded == 1 and a.expand == 2 and expand == 3");
}

#[test]
fn every_mistake_is_shown_in_its_place() {
    let wrong = [
        "is(volume) and expand(idel, age=3d)",
        "expand(nothing_like_it)",
        "is(volume) and expand(idle)",
        "expand(idle, age=3d, size=5)",
        "expand(prod, age=3d)",
        "expand(loop)",
        "expand(broken)",
        "expand(idle age=3d)",
        "expand(idle, age)",
        "expand(idle, age=3d, age=4d)",
        "expand(",
        "expand(unfinished)",
        "expand(owned, owner=ann) and expand(idle, age=3d) and nonsense",
    ];
    insta::assert_snapshot!(wrong.map(|text| format!("{}\n", said(text))).join("\n"));
}

#[test]
fn a_place_is_that_of_the_call() {
    let text = "is(volume) and expand(idle, age=soon) and naem = x";
    let query = Query::parse_with(text, &templates()).unwrap();
    assert_eq!(query.text(), text);
    let (errors, _) = query.check(&crate::model::KindModel::base());
    let places: Vec<&str> = errors.iter().map(|error| &text[error.span().start..error.span().end]).collect();
    assert_eq!(places, ["expand(idle, age=soon)", "naem"]);
}

#[test]
fn templates_without_sense_are_found_when_they_are_read() {
    let templates = Templates::from_iter([
        ("a b", "all"),
        ("empty", " "),
        ("good", "name = {{name}}"),
        ("key", "name = {{}}"),
        ("loop", "expand(loop)"),
        ("lost", "expand(nowhere)"),
    ]);
    let problems: Vec<String> = templates.problems().iter().map(|(name, why)| format!("{name}: {why}")).collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    a b: the name of a template has letters, digits, `_` and `-`
    empty: a template needs a text
    key: `{{` encloses no key, as in `{{name}}`
    loop: the template uses itself: loop → loop
    lost: it uses `nowhere`, which does not exist
    ");
}

#[test]
fn an_expansion_that_grows_without_end_is_refused() {
    let mut grown = vec![("t0".to_owned(), "name = abcdefghij or ".repeat(40) + "all")];
    grown.extend((1..15).map(|level| {
        (format!("t{level}"), format!("expand(t{0}) or expand(t{0}) or expand(t{0}) or expand(t{0})", level - 1))
    }));
    let error = Query::parse_with("expand(t14)", &Templates::from_iter(grown)).unwrap_err();
    assert_eq!(error.message(), "the expanded query is too long");
}
