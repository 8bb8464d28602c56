//! Every rule of the language on the small company: queries, and what a reader of the manual would expect of each.

mod aggregates;
mod conditions;
mod reading;
mod walking;

/// A query and its answer.
type Case = (&'static str, &'static str);

const ALL: [&[Case]; 17] = [
    reading::TOKENS,
    reading::REFUSED,
    reading::PLACEHOLDERS,
    conditions::TIMES,
    conditions::PATHS,
    conditions::MISSING,
    conditions::TYPES,
    conditions::MIXED,
    conditions::ARRAYS,
    conditions::CONTEXTS,
    conditions::FUNCTIONS,
    walking::NAVIGATION,
    walking::WITH,
    walking::ORDER,
    walking::MERGES,
    aggregates::ARITHMETIC,
    aggregates::GROUPS,
];

/// The queries of all cases.
pub(super) fn queries() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().flatten().map(|(query, _)| *query)
}

#[test]
fn no_case_stands_there_twice() {
    let mut queries: Vec<&str> = queries().collect();
    let all = queries.len();
    queries.sort_unstable();
    queries.dedup();
    assert_eq!(queries.len(), all);
    assert!(all >= 150, "{all}");
}
