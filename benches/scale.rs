//! The engine at scale: an inventory of any size from files, everything timed, one JSON object of figures.
//!
//! ```text
//! scale DIRECTORY AGAIN ROWS
//! ```
//!
//! `DIRECTORY` and `AGAIN` hold `nodes.ndjson` and `edges.ndjson`; `AGAIN` is the same inventory with one account
//! collected again. The answers of the metrics and of a few searches are written to `ROWS`, for others to judge.
//! `benches/beside.py` runs it and prints the figures beside those of other engines.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]
#![allow(clippy::cast_precision_loss, reason = "figures need no more than three digits")]

mod inventory;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use cloudgauge::{
    cache::{Encoding, Format as PageFormat, Page, Pages, Part},
    graph::{AccountKey, Draft, Generation, Inventory, ScopeState},
    metrics::{
        Compat, Config, Definitions, Known,
        exposition::{Exposition, Format},
        generate,
    },
    model::{KindModel, Resource, ScopeKey, Value},
    search::{Answers, Batch, Limits, Plan, Query, Rows},
};
use jiff::Timestamp;
use serde_json::{Map, json};

const ROUNDS: usize = 11;
const VARIANTS: usize = 400;

/// Searches beside the metrics, with the names that the reference gives their answers.
const SEARCHES: [(&str, &str); 6] = [
    ("a1_by_team_tag", "aggregate(cloud as cloud, tags.team as team: sum(1) as n): all"),
    (
        "a2_vol_of_stopped",
        "aggregate(account as account: sum(volume_size) as size): \
         is(instance) and instance_status = stopped --> is(volume)",
    ),
    ("a3_unused_sg", "aggregate(account as account: sum(1) as n): is(security_group) with(empty, --> is(instance))"),
    ("a4_name_regex", "aggregate(kind as kind: sum(1) as n): name =~ \"^prod-.*7$\""),
    (
        "a5_two_hop",
        "aggregate(region as region: sum(1) as n): is(instance) and instance_status = running -[2]-> is(snapshot)",
    ),
    (
        "a6_arith",
        "aggregate(volume_type as type: avg(volume_size * volume_iops) as x): is(volume) and volume_size >= 100",
    ),
];

/// Searches that a figure is about.
const TIMED: [(&str, &str); 3] = [
    ("two_hops_ms", "is(instance) and instance_status = running -[2]-> is(snapshot)"),
    ("with_empty_ms", "is(volume) with(empty, <-- is(instance))"),
    ("regex_ms", "name =~ \"^prod-.*7$\""),
];

fn main() {
    let arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let arguments: Vec<PathBuf> = arguments.filter(|argument| !argument.starts_with("--bench")).collect();
    let [directory, again, rows] = arguments.as_slice() else {
        println!(
            "skipped: it needs an inventory, the same collected again, and a file for answers; see benches/beside.py"
        );
        return;
    };
    let mut figures = Map::new();

    let ((generation, kinds), load) = timed(|| {
        let (inventory, kinds) = inventory::load(directory);
        (seal(1, None, inventory, &kinds), kinds)
    });
    figures.insert("edges".to_owned(), generation.graph.edges().into());
    record(&mut figures, "load", &load);
    figures.insert("pss_engine_mb".to_owned(), json!(megabytes("Pss")));

    let definitions = definitions(&kinds);
    let batch =
        Batch::new(definitions.iter().map(|definition| compile(&definition.query.to_string(), &kinds)).collect());
    let mut answers = batch.evaluate(&generation, now(), Limits::default());
    let evaluate = repeated(|| answers = batch.evaluate(&generation, now(), Limits::default()));
    record(&mut figures, "evaluate", &evaluate);
    let mut judged = Map::new();
    for (definition, answer) in definitions.iter().zip(&answers.answers) {
        let name = definition.name.trim_start_matches("resoto_").to_owned();
        judged.insert(name, table(&answers, answer.as_ref().unwrap()));
    }
    drop(answers);

    let variants = Batch::new(variants(&definitions).iter().map(|text| compile(text, &kinds)).collect());
    let many = repeated(|| drop(variants.evaluate(&generation, now(), Limits::default())));
    record(&mut figures, "evaluate_400", &many);
    drop(variants);

    for (name, text) in SEARCHES {
        let single = Batch::new(vec![compile(text, &kinds)]);
        let answers = single.evaluate(&generation, now(), Limits::default());
        judged.insert(name.to_owned(), table(&answers, answers.answers[0].as_ref().unwrap()));
        let time = repeated(|| drop(single.evaluate(&generation, now(), Limits::default())));
        figures.insert(format!("{}_ms", &name[..2]), json!(time.wall));
    }
    for (name, text) in TIMED {
        let plan = compile(text, &kinds);
        let time = repeated(|| drop(plan.select(&generation, now(), Limits::default()).unwrap()));
        figures.insert(name.to_owned(), json!(time.wall));
    }

    // What an hour does after the collection.
    let pages = Pages::new(now());
    let mut known = Known::default();
    let generated = repeated(|| drop(render(&generation, &definitions, &mut known.clone())));
    record(&mut figures, "generate", &generated);
    let rendered = render(&generation, &definitions, &mut known);
    figures.insert("series".to_owned(), rendered.series.into());
    let (page, compress) = timed(|| publish(&pages, &generation, rendered));
    record(&mut figures, "compress", &compress);
    figures.insert("body_mb".to_owned(), json!(size(&page, Encoding::Identity)));
    figures.insert("gzip_mb".to_owned(), json!(size(&page, Encoding::Gzip)));
    drop(page);
    let pss = megabytes("Pss");
    figures.insert("pss_mb".to_owned(), json!(pss));
    figures.insert("pss_per_resource".to_owned(), json!(pss * 1024.0 * 1024.0 / generation.graph.len() as f64));

    // One account is collected again.
    let (complete, _) = inventory::load(again);
    let listed = changed(&generation.inventory, &complete);
    let count: usize = listed.iter().map(|(_, resources)| resources.len()).sum();
    figures.insert("again_resources".to_owned(), count.into());
    let mut known_again = known.clone();
    let (page, time) = timed(|| {
        let inventory = replaced(&generation.inventory, &complete, &listed);
        let next = seal(2, Some(&generation), inventory, &kinds);
        let rendered = render(&next, &definitions, &mut known_again);
        publish(&pages, &next, rendered)
    });
    record(&mut figures, "again", &time);
    let rebuilt = seal(2, None, complete, &kinds);
    let anew = Pages::new(now());
    let whole = publish(&anew, &rebuilt, render(&rebuilt, &definitions, &mut known.clone()));
    let same = |encoding| bytes(&page, encoding) == bytes(&whole, encoding);
    figures.insert("again_identical".to_owned(), u8::from(same(Encoding::Identity) && same(Encoding::Gzip)).into());
    drop((page, whole, anew, rebuilt));

    // Everything is collected again while the page is served.
    let before = megabytes("Rss");
    forget_peak();
    let (next, _) = inventory::load(again);
    let next = seal(3, Some(&generation), next, &kinds);
    let rendered = render(&next, &definitions, &mut known.clone());
    drop(publish(&pages, &next, rendered));
    figures.insert("peak_ratio".to_owned(), json!(peak_megabytes() / before));

    fs::write(rows, serde_json::to_vec(&judged).unwrap()).unwrap();
    println!("{}", Value::Object(figures));
}

fn now() -> Timestamp {
    inventory::COLLECTED_AT.parse().unwrap()
}

fn definitions(kinds: &KindModel) -> Definitions {
    let unlimited = 10_000_000;
    let config = Config {
        builtin: false,
        compat: Compat::Resoto,
        series_max: unlimited,
        series_total_max: unlimited,
        ..Config::default()
    };
    Definitions::load(&config, &[], kinds).unwrap().0
}

fn compile(text: &str, kinds: &KindModel) -> Plan {
    Query::parse(text).unwrap().compile(kinds).unwrap()
}

/// The definitions over and over, with other filters and other groups.
fn variants(definitions: &Definitions) -> Vec<String> {
    let texts: Vec<String> = definitions.iter().map(|definition| definition.query.to_string()).collect();
    (0..VARIANTS)
        .map(|number| {
            let (text, variant) = (&texts[number % texts.len()], number / texts.len());
            let filtered = |filter: &str| format!("{text} and {filter}");
            match variant {
                0 => text.clone(),
                1 => filtered("tags.env == prod"),
                2 => filtered("tags.env != prod"),
                3 => filtered("age > 1000d"),
                4 => filtered("name =~ \"^prod-\""),
                5 => text.replacen("aggregate(", "aggregate(tags.env as env, ", 1),
                6 => text.replacen("/ancestors.region.reported.name as region", "tags.env as region", 1),
                7 => filtered("tags.team in [team-000, team-001]"),
                8 => filtered("region =~ east"),
                _ => filtered("id != null"),
            }
        })
        .collect()
}

fn seal(number: u64, previous: Option<&Generation>, inventory: Inventory, kinds: &Arc<KindModel>) -> Generation {
    let inventory = Arc::new(inventory);
    let draft = match previous {
        Some(previous) => Draft::following(previous, inventory),
        None => Draft::new(inventory, kinds.clone()),
    };
    let (inventory, graph) = draft.seal();
    Generation::new(number, Some(now()), inventory, graph)
}

/// The text of a page's part, not compressed.
struct Rendered {
    exposition: Exposition,
    series: usize,
}

fn render(generation: &Generation, definitions: &Definitions, known: &mut Known) -> Rendered {
    let generated = generate(generation, definitions, known, now());
    let exposition = Exposition::new(generated.families).unwrap();
    Rendered { series: exposition.series(), exposition }
}

/// The listings of the accounts that are not what they were.
fn changed(before: &Inventory, after: &Inventory) -> Vec<(ScopeKey, Vec<Resource>)> {
    let differs = |(scope, state): &(&ScopeKey, &Arc<ScopeState>)| before.scopes.get(*scope) != Some(*state);
    let accounts: BTreeSet<AccountKey> =
        after.scopes.iter().filter(differs).map(|(scope, _)| AccountKey::of(scope)).collect();
    let of_them = after.scopes.iter().filter(|(scope, _)| accounts.contains(&AccountKey::of(scope)));
    of_them.map(|(scope, state)| (scope.clone(), state.rows.resources().collect())).collect()
}

/// The inventory before, with the accounts of these listings as they are after.
fn replaced(before: &Inventory, after: &Inventory, listed: &[(ScopeKey, Vec<Resource>)]) -> Inventory {
    let mut inventory = before.clone();
    let accounts: BTreeSet<AccountKey> = listed.iter().map(|(scope, _)| AccountKey::of(scope)).collect();
    inventory.scopes.retain(|scope, _| !accounts.contains(&AccountKey::of(scope)));
    for account in accounts {
        inventory.accounts.insert(account.clone(), after.accounts[&account].clone());
    }
    for (scope, resources) in listed {
        let entry = after.scopes[scope].entry.clone();
        inventory.scopes.insert(scope.clone(), Arc::new(ScopeState::listed(scope, entry, resources)));
    }
    inventory.pack();
    inventory
}

/// Rows as the reference has them: label values, then the number.
fn table(answers: &Answers, rows: &Rows) -> Value {
    let label = |id: u32| match answers.pool.value(id) {
        Value::Null => Value::from(""),
        value => value.clone(),
    };
    let row = |row: usize| {
        let labels = rows.groups.iter().map(|group| label(group[row]));
        labels.chain([json!(rows.values[0][row])]).collect::<Vec<_>>()
    };
    (0..rows.len()).map(row).collect()
}

#[derive(Clone, Copy)]
struct Time {
    /// Milliseconds on the wall.
    wall: f64,
    /// Milliseconds of all threads together.
    cpu: f64,
}

fn record(figures: &mut Map<String, Value>, name: &str, time: &Time) {
    figures.insert(format!("{name}_ms"), json!(time.wall));
    figures.insert(format!("{name}_cpu_ms"), json!(time.cpu));
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Time) {
    let (cpu, wall) = (cpu_milliseconds(), Instant::now());
    let result = work();
    (result, Time { wall: wall.elapsed().as_secs_f64() * 1e3, cpu: cpu_milliseconds() - cpu })
}

/// The median time of the wall; the mean of the processors, whose clock is coarse.
fn repeated(mut work: impl FnMut()) -> Time {
    let cpu = cpu_milliseconds();
    let mut walls: Vec<f64> = (0..ROUNDS).map(|_| timed(&mut work).1.wall).collect();
    walls.sort_by(f64::total_cmp);
    Time { wall: walls[ROUNDS / 2], cpu: (cpu_milliseconds() - cpu) / ROUNDS as f64 }
}

fn cpu_milliseconds() -> f64 {
    let stat = procfs::process::Process::myself().unwrap().stat().unwrap();
    (stat.utime + stat.stime) as f64 * 1e3 / procfs::ticks_per_second() as f64
}

/// A sum over the process's memory, as the kernel names it.
fn megabytes(name: &str) -> f64 {
    line_of_kilobytes("/proc/self/smaps_rollup", name)
}

fn peak_megabytes() -> f64 {
    line_of_kilobytes("/proc/self/status", "VmHWM")
}

fn line_of_kilobytes(file: &str, name: &str) -> f64 {
    let text = fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1024.0
}

/// From now on the peak is what comes.
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

fn size(page: &Page, encoding: Encoding) -> f64 {
    page.body(PageFormat::Text004, encoding).len() as f64 / 1e6
}

fn bytes(page: &Page, encoding: Encoding) -> Vec<u8> {
    page.body(PageFormat::Text004, encoding).chunks().concat()
}

fn publish(pages: &Pages, generation: &Generation, rendered: Rendered) -> Arc<Page> {
    let Rendered { exposition, .. } = rendered;
    let part = Part::compress(exposition.encode(Format::Text004), exposition.encode(Format::OpenMetrics));
    pages.publish_generation(generation.number, part, now())
}
