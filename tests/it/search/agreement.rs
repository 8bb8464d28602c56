//! The engine and the second evaluator agree on random worlds and random queries.

use std::{fmt::Write as _, sync::Arc, thread};

use cloudgauge::search::{self, Answers, Batch, Limits, Plan, Query, ast::Search};

use super::{
    coverage::{CONSTRUCTS, Coverage},
    random::{Dice, queries, worlds},
    reference::{Reference, Row, same_rows},
    shrink,
    world::{Description, World, now},
};

const WORLDS: usize = 180;
const QUERIES: usize = 64;
/// The most resources of one world.
const RESOURCES: usize = 24;

/// What one thread has compared.
#[derive(Debug, Default)]
struct Tally {
    pairs: usize,
    /// Pairs of a query that found something, but not everything.
    telling: usize,
    /// Queries that the compiler refused.
    refused: usize,
    coverage: Coverage,
    /// The first pair that differs, made small.
    reports: Vec<String>,
}

#[test]
fn the_engine_and_the_second_evaluator_agree_on_random_queries() {
    let threads = 2;
    let tallies: Vec<Tally> = thread::scope(|scope| {
        let compare = |first| (first..WORLDS).step_by(threads).map(compare_world).collect::<Vec<_>>();
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || compare(first))).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut total = Tally::default();
    for tally in &tallies {
        total.pairs += tally.pairs;
        total.telling += tally.telling;
        total.refused += tally.refused;
        total.coverage.join(&tally.coverage);
        total.reports.extend(tally.reports.clone());
    }
    assert!(total.reports.is_empty(), "{}", total.reports.join("\n"));
    assert!(total.pairs >= 10_000, "{} pairs, {} refused", total.pairs, total.refused);
    assert!(total.telling * 3 > total.pairs, "only {} of {} pairs tell anything", total.telling, total.pairs);
    let missing: Vec<&str> =
        CONSTRUCTS.iter().filter(|construct| total.coverage.count(construct) < 20).copied().collect();
    assert_eq!(missing, [""; 0], "hardly compared");
}

fn compare_world(number: usize) -> Tally {
    let mut dice = Dice::new(number as u64);
    let kinds = worlds::kinds();
    let description = worlds::world(&mut dice, RESOURCES);
    let world = World::new(&kinds, &description);
    let keys: Vec<String> = world.nodes.iter().map(|node| node.document["id"].as_str().unwrap().to_owned()).collect();
    let mut tally = Tally::default();
    let mut aggregates = Vec::new();
    for _ in 0..QUERIES {
        let text = queries::query(&mut dice, &keys);
        let query = Query::parse(&text).unwrap_or_else(|error| panic!("{}", error.render()));
        match difference(&world, query.search()) {
            Verdict::Refused => tally.refused += 1,
            Verdict::Same { telling } => {
                tally.pairs += 1;
                tally.telling += usize::from(telling);
                tally.coverage.search(query.search());
            }
            Verdict::Different(_) => {
                tally.reports.push(report(&description, query.search()));
                return tally;
            }
        }
        if query.is_aggregate() {
            aggregates.push(query);
        }
    }
    tally.reports.extend(batch_difference(&world, &aggregates));
    tally
}

/// What a batch of all aggregates answers otherwise than each of them alone.
fn batch_difference(world: &World, queries: &[Query]) -> Option<String> {
    let (queries, plans): (Vec<&Query>, Vec<Plan>) =
        queries.iter().filter_map(|query| Some((query, query.compile(&world.kinds).ok()?))).unzip();
    let Answers { pool, answers } = Batch::new(plans).evaluate(&world.generation, now(), Limits::default());
    queries.into_iter().zip(answers).find_map(|(query, answer)| {
        let answer = answer.unwrap();
        let named = |names: Vec<String>| names.into_iter().map(Arc::<str>::from).collect::<Vec<_>>();
        let (groups, functions) = (named(query.group_names()), named(query.function_names()));
        let rows = (0..answer.len()).map(|row| search::Row {
            group: groups
                .iter()
                .cloned()
                .zip(&answer.groups)
                .map(|(name, ids)| (name, pool.value(ids[row]).clone()))
                .collect(),
            values: functions
                .iter()
                .cloned()
                .zip(&answer.values)
                .map(|(name, values)| (name, (!values[row].is_nan()).then_some(values[row])))
                .collect(),
        });
        let rows: Vec<search::Row> = rows.collect();
        let expected = Reference::new(world, now()).aggregate(query.search());
        let same = same_rows(&rows, &expected);
        (!same).then(|| format!("in a batch: {query}\n{}", both(&rows, &expected)))
    })
}

fn both(rows: &[search::Row], expected: &[Row]) -> String {
    let mut text = "got\n".to_owned();
    for row in rows {
        writeln!(text, "    {:?} {:?}", row.group, row.values).unwrap();
    }
    text += "expected\n";
    for row in expected {
        writeln!(text, "    {:?} {:?}", row.group, row.values).unwrap();
    }
    text
}

#[derive(Debug)]
enum Verdict {
    /// The query does not fit the kinds.
    Refused,
    Same {
        telling: bool,
    },
    Different(String),
}

/// What the engine says otherwise than the second evaluator.
fn difference(world: &World, search: &Search) -> Verdict {
    let query = Query::parse(&search.to_string()).unwrap_or_else(|error| panic!("{}", error.render()));
    if query.search() != search {
        return Verdict::Different(format!("`{search}` is read as another query"));
    }
    let Ok(plan) = query.compile(&world.kinds) else { return Verdict::Refused };
    let reference = Reference::new(world, now());
    let expected = reference.select(search);
    let found = plan.select(&world.generation, now(), Limits::default()).unwrap();
    let found: Vec<usize> = found.into_iter().map(World::position).collect();
    let ids = |nodes: &[usize]| nodes.iter().map(|node| world.nodes[*node].id()).collect::<Vec<_>>().join(" ");
    if found != expected {
        return Verdict::Different(format!("got      {}\nexpected {}\n", ids(&found), ids(&expected)));
    }
    let telling = !found.is_empty() && found.len() < world.nodes.len();
    if !query.is_aggregate() {
        return Verdict::Same { telling };
    }
    let expected = reference.aggregate(search);
    let rows = plan.aggregate(&world.generation, now(), Limits::default()).unwrap();
    if same_rows(&rows, &expected) {
        return Verdict::Same { telling };
    }
    Verdict::Different(both(&rows, &expected))
}

/// The smallest query and world that still differ, for people.
fn report(description: &Description, search: &Search) -> String {
    let kinds = worlds::kinds();
    let differs = |description: &Description, search: &Search| {
        matches!(difference(&World::new(&kinds, description), search), Verdict::Different(_))
    };
    let (description, search) = shrink::smallest(description.clone(), search.clone(), &differs);
    let verdict = difference(&World::new(&kinds, &description), &search);
    let Verdict::Different(difference) = verdict else { unreachable!("it differs") };
    let mut text = format!("\n{search}\n{difference}");
    for account in &description.accounts {
        writeln!(text, "{account:?}").unwrap();
    }
    for placed in &description.resources {
        let place = format!("account {} region {} marked {}", placed.account, placed.region, placed.marked);
        writeln!(text, "{place} {}", serde_json::to_string(&placed.resource).unwrap()).unwrap();
    }
    for link in &description.links {
        writeln!(text, "{link:?}").unwrap();
    }
    text
}
