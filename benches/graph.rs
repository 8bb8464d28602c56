//! What the graph costs: laying out, sealing, one account collected again, and bytes a resource.
//!
//! `cargo bench --bench graph [-- NODES]`; times of one run compare with each other, not with those of other machines.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

mod inventory;

use std::{sync::Arc, time::Duration};

use cloudgauge::{
    graph::{Draft, Generation, Inventory, ScopeState, table::Table},
    model::{EdgeType, Resource},
};
use tokio::time::Instant;

const NODES: u32 = 100_000;
const ROUNDS: usize = 5;

fn main() {
    let nodes = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(NODES);
    let Some(directory) = inventory::directory(nodes) else {
        println!("skipped: no benchmark generator beside the checkout, or no python3");
        return;
    };
    let ((inventory, kinds), load) = timed(|| inventory::load(&directory));
    let inventory = Arc::new(inventory);
    line("load and pack", load);
    let before_graph = resident();
    let seal = |name: &str| {
        let (draft, lay_out) = timed(|| Draft::new(inventory.clone(), kinds.clone()));
        let ((inventory, graph), seal) = timed(|| draft.seal());
        line(&format!("{name}: lay out, join within accounts"), lay_out);
        line(&format!("{name}: join between accounts, seal"), seal);
        Generation::new(1, Some(inventory::COLLECTED_AT.parse().unwrap()), inventory, graph)
    };
    let generation = seal("all accounts");
    let after_graph = resident();
    let graph = &generation.graph;

    let resources = generation.inventory.resources();
    let again = median(ROUNDS, || Draft::following(&generation, generation.inventory.clone()).seal());
    line("nothing changed", again);
    let (changed, size) = one_account_again(&generation.inventory);
    let one = median(ROUNDS, || Draft::following(&generation, changed.clone()).seal());
    line(&format!("one account of {size} resources collected again"), one);
    let order = median(ROUNDS, || petgraph::algo::toposort(graph.topology(EdgeType::Default), None).unwrap().len());
    line("petgraph's toposort of everything", order);
    for (of, kind) in [("instance", "instance_type"), ("volume", "instance"), ("snapshot", "network")] {
        let (_, first) = timed(|| ancestors(&generation, of, kind));
        let (found, second) = timed(|| ancestors(&generation, of, kind));
        line(&format!("{kind} above every {of} ({found} found)"), first);
        line(&format!("{kind} above every {of}, remembered"), second);
    }

    let tables: Vec<&Arc<Table>> = {
        let mut tables: Vec<_> = generation.inventory.scopes.values().filter_map(|state| state.rows.table()).collect();
        tables.sort_by_key(|table| Arc::as_ptr(table));
        tables.dedup_by(|a, b| Arc::ptr_eq(a, b));
        tables
    };
    let per = |bytes: usize| bytes / resources.max(1);
    let table_bytes: usize = tables.iter().map(|table| table.heap_bytes()).sum();
    println!(
        "{resources} resources, {} nodes, {} edges, {} links without an end",
        graph.len(),
        graph.edges(),
        graph.unresolved().values().sum::<u64>()
    );
    println!("{} scopes, {} tables, {} shards", generation.inventory.scopes.len(), tables.len(), graph.shards().len());
    println!(
        "bytes a resource: tables {}, shards {}, resident {}, of that the graph {}",
        per(table_bytes),
        per(graph.heap_bytes()),
        per(after_graph),
        per(after_graph.saturating_sub(before_graph))
    );
}

fn ancestors(generation: &Generation, of: &str, kind: &str) -> usize {
    let mut found = 0;
    for place in generation.graph.tables_of(of) {
        let ancestors = generation.graph.ancestors(place.shard, place.position, kind);
        found += (0..place.table().len()).filter(|row| ancestors.get(*row).is_some()).count();
    }
    found
}

/// The inventory with one resource of the median account renamed, and the account's size.
fn one_account_again(inventory: &Inventory) -> (Arc<Inventory>, usize) {
    let mut sizes: Vec<(usize, &cloudgauge::model::AccountId)> = Vec::new();
    for key in inventory.accounts.keys() {
        let of_account = inventory.scopes.iter().filter(|(scope, _)| scope.account == key.account);
        sizes.push((of_account.map(|(_, state)| state.rows.len()).sum(), &key.account));
    }
    sizes.sort();
    let (size, account) = sizes[sizes.len() / 2];
    let mut changed = inventory.clone();
    let (scope, state) = changed.scopes.iter_mut().find(|(scope, _)| scope.account == *account).unwrap();
    let mut resources: Vec<Resource> = state.rows.resources().collect();
    resources[0].name.push_str(" renamed");
    *state = Arc::new(ScopeState::listed(scope, state.entry.clone(), &resources));
    changed.pack();
    (Arc::new(changed), size)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    (work(), started.elapsed())
}

fn median<T>(rounds: usize, mut work: impl FnMut() -> T) -> Duration {
    let mut times: Vec<Duration> = (0..rounds).map(|_| timed(&mut work).1).collect();
    times.sort();
    times[rounds / 2]
}

fn line(what: &str, time: Duration) {
    println!("{:>9.1} ms  {what}", time.as_secs_f64() * 1e3);
}

/// The process's resident bytes; 0 where the system does not say.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|number| number.parse::<usize>().ok());
    kilobytes.unwrap_or(0) * 1024
}
