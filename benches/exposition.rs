//! What the phase `generate_metrics` costs on a generated inventory: the 44 metrics of Resoto, without limits.
//!
//! `cargo bench --bench exposition [-- NODES]`; times of one run compare with each other, not with those of other
//! machines. The second time is that of all threads together.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its table")]

#[allow(dead_code, reason = "other benchmarks use the rest")]
mod inventory;

use std::{sync::Arc, time::Duration};

use cloudgauge::{
    cache::{Encoding, Page, Pages, Part},
    graph::{Draft, Generation, Inventory, ScopeState},
    metrics::{
        Compat, Config, Definitions, Known,
        exposition::{Exposition, Format},
        generate,
    },
    model::Resource,
    search::{Batch, Limits},
};
use tokio::time::Instant;

const NODES: u32 = 100_000;
const ROUNDS: usize = 7;

fn main() {
    let nodes = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(NODES);
    let Some(directory) = inventory::directory(nodes) else {
        println!("skipped: no benchmark generator beside the checkout, or no python3");
        return;
    };
    let (inventory, kinds) = inventory::load(&directory);
    let now = inventory::COLLECTED_AT.parse().unwrap();
    let sealed = |inventory| {
        let (inventory, graph) = Draft::new(Arc::new(inventory), kinds.clone()).seal();
        Generation::new(1, Some(now), inventory, graph)
    };
    let changed = sealed(one_account_changed(&inventory));
    let generation = sealed(inventory);
    let config = Config {
        builtin: false,
        compat: Compat::Resoto,
        series_max: 10_000_000,
        series_total_max: 10_000_000,
        ..Config::default()
    };
    let definitions = Definitions::load(&config, &[], &kinds).unwrap().0;
    let plans = definitions.iter().map(|definition| definition.query.compile(&kinds).unwrap());
    let batch = Batch::new(plans.collect());

    bench("evaluate the definitions", || batch.evaluate(&generation, now, Limits::default()));
    bench("evaluate and make families", || generate(&generation, &definitions, &mut Known::default(), now));
    let mut known = Known::default();
    let generated = generate(&generation, &definitions, &mut known, now);
    bench("the same, with what is known of an hour before", || {
        generate(&generation, &definitions, &mut known.clone(), now)
    });
    let exposition = Exposition::new(generated.families).unwrap();
    let series = exposition.series();
    let mut text = Vec::new();
    let encoding = bench("render in one thread", || {
        text.clear();
        exposition.blocks().iter().for_each(|block| block.encode(Format::Text004, &mut text));
    });
    bench("render and compress", || Part::render(&exposition, None));
    let part = Part::render(&exposition, None);
    bench("render again, nothing changed", || Part::render(&exposition, Some(&part)));
    let after = generate(&changed, &definitions, &mut known, now);
    let after = Exposition::new(after.families).unwrap();
    bench("render again, one account changed", || Part::render(&after, Some(&part)));
    bench("evaluate, make families and render again, one account changed", || {
        let generated = generate(&changed, &definitions, &mut known.clone(), now);
        Part::render(&Exposition::new(generated.families).unwrap(), Some(&part))
    });

    let pages = Pages::new(now);
    let before = pages.publish_generation(1, part.clone(), now);
    let page = pages.publish_generation(2, Part::render(&after, Some(&part)), now);
    println!(
        "{series} series, {} bytes, {} bytes gzipped, {} ns a series",
        text.len(),
        before.body(Format::Text004, Encoding::Gzip).len(),
        encoding.as_nanos() / series as u128
    );
    let (chunks, new) = new_chunks(&before, &page);
    println!("{chunks} chunks, {new} of them new after one account changed");
    let rebuilt = pages.publish_generation(3, Part::render(&after, None), now);
    let bytes = |page: &Page| page.body(Format::OpenMetrics, Encoding::Gzip).chunks().concat();
    assert_eq!(bytes(&page), bytes(&rebuilt), "chunks that are taken over are those of a full rebuild");
}

fn new_chunks(before: &Page, after: &Page) -> (usize, usize) {
    let of = |page: &Page| page.body(Format::Text004, Encoding::Gzip).chunks().to_vec();
    let known: Vec<*const u8> = of(before).iter().map(|chunk| chunk.as_ptr()).collect();
    // The first one and the last one are gzip's own.
    let chunks = of(after);
    let inner = &chunks[1..chunks.len() - 1];
    (inner.len(), inner.iter().filter(|chunk| !known.contains(&chunk.as_ptr())).count())
}

/// The inventory with a resource of the median account taken away.
fn one_account_changed(inventory: &Inventory) -> Inventory {
    let mut sizes: Vec<_> = inventory
        .accounts
        .keys()
        .map(|key| {
            let scopes = inventory.scopes.iter().filter(|(scope, _)| scope.account == key.account);
            (scopes.map(|(_, state)| state.rows.len()).sum::<usize>(), key.account.clone())
        })
        .collect();
    sizes.sort();
    let (_, account) = &sizes[sizes.len() / 2];
    let mut changed = inventory.clone();
    let of_account = |key: &&cloudgauge::model::ScopeKey| key.account == *account && key.kind.as_str() == "instance";
    let key = inventory
        .scopes
        .keys()
        .find(of_account)
        .or_else(|| inventory.scopes.keys().find(|key| key.account == *account));
    let key = key.unwrap();
    let state = changed.scopes.get_mut(key).unwrap();
    let mut resources: Vec<Resource> = state.rows.resources().collect();
    resources.pop();
    *state = Arc::new(ScopeState::listed(key, state.entry.clone(), &resources));
    changed.pack();
    changed
}

/// Prints the medians of wall time and of processor time; returns the former.
fn bench<T>(what: &str, mut work: impl FnMut() -> T) -> Duration {
    let mut times: Vec<(Duration, Duration)> = (0..ROUNDS)
        .map(|_| {
            let cpu = processor();
            let started = Instant::now();
            drop(work());
            (started.elapsed(), processor().saturating_sub(cpu))
        })
        .collect();
    times.sort();
    let wall = times[ROUNDS / 2].0;
    times.sort_by_key(|(_, cpu)| *cpu);
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!("{:>9.1} ms {:>9.1} ms  {what}", milliseconds(wall), milliseconds(times[ROUNDS / 2].1));
    wall
}

/// The processor time of all threads; nothing where the system does not say.
fn processor() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
