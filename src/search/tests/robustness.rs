//! Every tree prints as text that reads as the same tree; no text whatsoever brings the parser down.

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{
    model::EdgeType,
    search::{
        Index, Literal, Number, Path, Query, Segment, Span, Spanned,
        ast::{
            Additive, Aggregate, Comparison, Connective, Count, Depth, Expression, Function, FunctionKind, Group,
            GroupBy, Limit, Merge, MergeQuery, Multiplicative, Navigation, Operator, Part, Quantifier, Search, SortKey,
            Steps, TemplatePiece, Term, Usage, With,
        },
        parser,
    },
};

fn at<T>(node: T) -> Spanned<T> {
    Spanned::new(node, Span::default())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9_:/.-]{1,8}",
        1 => Just("null".to_owned()),
        1 => Just("--x".to_owned()),
        1 => Just("1.".to_owned()),
        2 => any::<String>(),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_][a-z0-9_]{0,6}", "[a-z]{1,3}-[a-z0-9]{1,3}"]
}

fn segment() -> impl Strategy<Value = Segment> {
    let name = prop_oneof![
        6 => name(),
        1 => "[^`]{1,6}",
        1 => prop::sample::select(vec!["not", "all", "sort", "with", "is", "id", "any", "in", "desc"]).prop_map(str::to_owned),
    ];
    let index = prop_oneof![Just(Index::Any), (0..20_usize).prop_map(Index::At)];
    (name, prop::collection::vec(index, 0..3)).prop_map(|(name, indexes)| Segment { name, indexes })
}

fn path() -> impl Strategy<Value = Path> {
    (any::<bool>(), prop::collection::vec(segment(), 1..4)).prop_map(|(absolute, segments)| Path { absolute, segments })
}

fn number() -> impl Strategy<Value = Number> {
    "[+-]?[0-9]{1,4}(\\.[0-9]{1,3})?".prop_map(|text| Number::new(&text).unwrap())
}

fn literal() -> impl Strategy<Value = Literal> {
    let leaf = prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        number().prop_map(Literal::Number),
        text().prop_map(Literal::Text),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Literal::List),
            prop::collection::btree_map(text(), inner, 0..3)
                .prop_map(|fields| Literal::Object(fields.into_iter().collect())),
        ]
    })
}

fn comparison() -> impl Strategy<Value = Comparison> {
    let operators: Vec<Operator> =
        Operator::SPELLINGS.iter().map(|(_, operator)| *operator).chain([Operator::In, Operator::NotIn]).collect();
    let quantifier = prop::option::of(prop::sample::select(&Quantifier::ALL));
    (path(), quantifier, prop::sample::select(operators), literal()).prop_map(|(path, quantifier, operator, value)| {
        Comparison { path: at(path), quantifier, operator, value: at(value) }
    })
}

fn term() -> impl Strategy<Value = Term> {
    let names = || prop::collection::vec(text().prop_filter("a kind has a name", |text| !text.is_empty()), 1..3);
    let leaf = prop_oneof![
        1 => Just(Term::All),
        2 => names().prop_map(|names| Term::Is(names.into_iter().map(at).collect())),
        1 => names().prop_map(|names| Term::Id(names.into_iter().map(at).collect())),
        1 => text().prop_map(|text| Term::Text(at(text))),
        1 => (path(), names()).prop_map(|(path, keys)| Term::HasKey { path: at(path), keys }),
        1 => (path(), "[0-9./]{1,12}").prop_map(|(path, network)| Term::InSubnet { path: at(path), network: at(network) }),
        1 => path().prop_map(|path| Term::HasDesiredChange(at(path))),
        6 => comparison().prop_map(Term::Compare),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let connective = prop_oneof![Just(Connective::And), Just(Connective::Or)].prop_map(at);
        prop_oneof![
            inner.clone().prop_map(|term| Term::Not(Box::new(term))),
            (path(), inner.clone()).prop_map(|(path, term)| Term::Context { path: at(path), term: Box::new(term) }),
            (inner.clone(), prop::collection::vec((connective, inner), 1..3))
                .prop_map(|(first, rest)| Term::Chain { first: Box::new(first), rest }),
        ]
    })
}

fn navigation() -> impl Strategy<Value = Navigation> {
    let types = || prop::collection::vec(prop::sample::select(&EdgeType::ALL), 0..3);
    let steps = prop_oneof![
        types().prop_map(Steps::Out),
        types().prop_map(Steps::In),
        (types(), types()).prop_map(|(inbound, outbound)| if inbound.is_empty() || outbound.is_empty() {
            Steps::Both { inbound: vec![], outbound: vec![] }
        } else {
            Steps::Both { inbound, outbound }
        }),
    ];
    let depth = (0..=Depth::LIMIT, 0..=Depth::LIMIT).prop_map(|(a, b)| Depth { min: a.min(b), max: a.max(b) });
    let depth = prop_oneof![Just(Depth::ONE), Just(Depth { min: 0, max: Depth::LIMIT }), depth];
    (steps, depth, prop::option::weighted(0.2, term().prop_map(at))).prop_map(|(steps, depth, filter)| Navigation {
        steps,
        depth,
        filter,
    })
}

fn with() -> impl Strategy<Value = With> {
    let compared = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
    ];
    let count = prop_oneof![
        Just(Count::Empty),
        Just(Count::Any),
        (prop::sample::select(compared.to_vec()), any::<u32>())
            .prop_map(|(operator, count)| Count::Compare(operator, count.into())),
    ];
    let one = (count, navigation(), term())
        .prop_map(|(count, navigation, term)| With { count, navigation, term, with: None })
        .boxed();
    one.clone().prop_recursive(2, 3, 1, move |inner| {
        (one.clone(), inner).prop_map(|(outer, inner)| With { with: Some(Box::new(inner)), ..outer })
    })
}

fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![number().prop_map(Expression::Number), path().prop_map(|path| Expression::Path(at(path)))];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let additive = prop_oneof![Just(Additive::Plus), Just(Additive::Minus)];
        let multiplicative =
            prop_oneof![Just(Multiplicative::Times), Just(Multiplicative::Over), Just(Multiplicative::Modulo)];
        prop_oneof![
            (inner.clone(), prop::collection::vec((additive, inner.clone()), 1..3))
                .prop_map(|(first, rest)| Expression::Sum { first: Box::new(first), rest }),
            (inner.clone(), prop::collection::vec((multiplicative, inner), 1..3))
                .prop_map(|(first, rest)| Expression::Product { first: Box::new(first), rest }),
        ]
    })
}

fn aggregate() -> impl Strategy<Value = Aggregate> {
    let template =
        (prop::option::of("[^{]{1,5}"), path(), prop::option::of("[^{]{1,5}")).prop_map(|(before, path, after)| {
            let pieces =
                [before.map(TemplatePiece::Text), Some(TemplatePiece::Path(path)), after.map(TemplatePiece::Text)];
            GroupBy::Template(pieces.into_iter().flatten().collect())
        });
    let by = prop_oneof![3 => path().prop_map(GroupBy::Path), 1 => template];
    let group = (by, prop::option::of(name())).prop_map(|(by, name)| Group { by: at(by), name });
    let function = (prop::sample::select(&FunctionKind::ALL), expression(), prop::option::of(name()))
        .prop_map(|(kind, operand, name)| Function { kind, operand: at(operand), name });
    (prop::collection::vec(group, 0..3), prop::collection::vec(function, 1..3))
        .prop_map(|(groups, functions)| Aggregate { groups, functions })
}

/// A part; a merge in it has the given sub-queries.
fn part(merge: impl Strategy<Value = Option<Merge>>) -> impl Strategy<Value = Part> {
    let usage = (text(), prop::option::of(text()), prop::collection::vec(name(), 1..3))
        .prop_map(|(start, end, metrics)| Usage { start: at(start), end, metrics });
    let key = (path(), any::<bool>()).prop_map(|(path, descending)| SortKey { path: at(path), descending });
    let limit = (0..100_usize, 0..100_usize).prop_map(|(offset, count)| Limit { offset, count });
    (
        prop::option::weighted(0.1, usage),
        term(),
        merge,
        prop::option::weighted(0.2, with()),
        prop::option::weighted(0.1, name()),
        prop::collection::vec(key, 0..3),
        prop::option::of(limit),
        any::<bool>(),
    )
        .prop_map(|(usage, term, merge, with, tag, sort, limit, reversed)| Part {
            usage,
            term,
            merge,
            with,
            tag,
            sort,
            limit,
            reversed,
            navigation: None,
        })
}

fn search() -> impl Strategy<Value = Search> {
    let assemble =
        |(aggregate, edge_types, steps, last, end): (_, _, Vec<(Part, Navigation)>, _, Option<Navigation>)| {
            let steps = steps.into_iter().map(|(part, navigation)| Part { navigation: Some(navigation), ..part });
            let last = Part { navigation: end, ..last };
            Search { aggregate, edge_types, parts: steps.chain([last]).collect() }
        };
    let types = || prop::collection::vec(prop::sample::select(&EdgeType::ALL), 0..2);
    let end = || prop::option::weighted(0.3, navigation());
    let plain = || part(Just(None)).boxed();
    let inner = (prop::option::weighted(0.3, aggregate()), types(), Just(vec![]), plain(), end()).prop_map(assemble);
    let query = (path(), any::<bool>(), inner).prop_map(|(mut name, list, search)| {
        // Indexes at the end of the name would be read as the sign of a list.
        name.segments.last_mut().unwrap().indexes.clear();
        MergeQuery { name: at(name), list, search }
    });
    let merge = (prop::collection::vec(query, 1..3), prop::option::of(term()))
        .prop_map(|(queries, then)| Merge { queries, then });
    let step = (part(Just(None)), navigation());
    let last = part(prop::option::weighted(0.2, merge));
    (prop::option::weighted(0.3, aggregate()), types(), prop::collection::vec(step, 0..2), last, end())
        .prop_map(assemble)
}

proptest! {
    #![proptest_config(Config { cases: 1_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_canonical_text_of_a_tree_reads_as_the_same_tree(tree in search()) {
        let text = tree.to_string();
        match parser::parse(&text) {
            Ok(again) => prop_assert_eq!(&tree, &again, "{}", text),
            Err(complaint) => prop_assert!(false, "{complaint:?} in {text}"),
        }
    }
}

/// Pieces of queries, joined at random.
const PIECES: [&str; 72] = [
    "is(",
    "instance",
    ")",
    "(",
    " and ",
    " or ",
    "not ",
    "all",
    "\"",
    "'",
    "\\",
    "name",
    ".",
    "[",
    "]",
    "*",
    "{",
    "}",
    "/",
    "ancestors",
    "account",
    "reported",
    " == ",
    "=",
    "!=",
    "=~",
    "!~",
    "<",
    ">",
    "<=",
    "~",
    " in ",
    " not in ",
    ",",
    ":",
    "aggregate(",
    "sum(",
    "count(",
    " as ",
    "1",
    "007",
    "1.",
    ".5",
    "-5",
    "+",
    "30d",
    "10GB",
    "null",
    "true",
    "-->",
    "<--",
    "<-",
    "->",
    "-[0:]->",
    "<-delete[1:1]default->",
    "with(",
    "empty",
    "any",
    "count",
    "sort ",
    "limit ",
    "reversed",
    " desc",
    "#tag",
    "with_usage(",
    "(edge_type=delete):",
    "`",
    "é",
    "\u{0}",
    "\n",
    " ",
    "in_subnet(",
];

#[test]
fn no_text_brings_the_parser_down() {
    let kinds = crate::model::KindModel::base();
    let mut runner = TestRunner::new_with_rng(
        Config { failure_persistence: None, ..Config::default() },
        TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]),
    );
    let (mut read, mut refused) = (0, 0);
    for round in 0..200_000 {
        let length = runner.rng().random_range(1..24);
        let text: String = (0..length).map(|_| PIECES[runner.rng().random_range(0..PIECES.len())]).collect();
        match Query::parse(&text) {
            Ok(query) => {
                read += 1;
                let canonical = query.to_string();
                assert_eq!(Query::parse(&canonical).as_ref(), Ok(&query), "{text:?} became {canonical:?}");
                // Looking names up and drawing errors takes longer than reading.
                if round % 16 == 0 {
                    let (errors, warnings) = query.check(&kinds);
                    assert!(errors.iter().all(|error| !error.render().is_empty()));
                    assert!(warnings.iter().all(|warning| !warning.render().is_empty()));
                }
            }
            Err(error) => {
                refused += 1;
                assert!(error.span().end <= text.len() && error.span().start <= error.span().end, "{text:?}");
                assert!(round % 16 > 0 || !error.render().is_empty());
            }
        }
    }
    assert!(read > 1_000 && refused > 1_000, "{read} read, {refused} refused");
}

proptest! {
    #![proptest_config(Config { cases: 5_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_characters_bring_the_parser_down(text in any::<String>()) {
        if let Err(error) = Query::parse(&text) {
            prop_assert!(!error.render().is_empty());
        }
    }
}

#[test]
fn nesting_and_length_are_limited() {
    let nested = [
        "(".repeat(60_000),
        "not ".repeat(16_000),
        format!("a == {}", "[".repeat(60_000)),
        format!("a == {}", "{a:".repeat(20_000)),
        "a.{".repeat(20_000),
        format!("aggregate(sum({}", "(".repeat(60_000)),
        "all {a:".repeat(9_000),
        "all with(any, --> ".repeat(3_000),
    ];
    for text in nested {
        let error = Query::parse(&text).unwrap_err();
        assert!(error.message().contains("nested more than"), "{}: {}", &text[..12], error.message());
    }
    let error = Query::parse(&"a".repeat(70_000)).unwrap_err();
    assert_eq!(error.message(), "the query has 70000 bytes, more than the 65536 that are read");
}

#[test]
fn a_long_flat_query_is_no_deep_one() {
    let long = format!("name = a{}", " or name = a".repeat(5_000));
    assert_eq!(Query::parse(&long).unwrap().to_string().matches(" or ").count(), 5_000);
    let long = format!("aggregate(sum(1{})): all", " + 1 * 2".repeat(7_000));
    Query::parse(&long).unwrap();
    let long = format!("all{}", " -->".repeat(15_000));
    Query::parse(&long).unwrap();
}
