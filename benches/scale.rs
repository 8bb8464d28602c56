//! The engine at scale: an inventory of any size from files, everything timed, one JSON object of figures.
//!
//! ```text
//! scale DIRECTORY AGAIN ROWS
//! scale DIRECTORY STORED
//! ```
//!
//! `DIRECTORY` and `AGAIN` hold `nodes.ndjson` and `edges.ndjson`; `AGAIN` is the same inventory with one account
//! collected again. The answers of the metrics and of a few searches are written to `ROWS`, for others to judge.
//! `benches/beside.py` runs it and prints the figures beside those of other engines.
//!
//! With two arguments it evaluates and renders again and again, for a profiler; the generation is kept in `STORED`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]
#![allow(clippy::cast_precision_loss, reason = "figures need no more than three digits")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cloudgauge::{
    cache::{Encoding, Format as PageFormat, Page, Pages, Part},
    collect::{self, Collector, NoObserver},
    graph::{AccountKey, Draft, Generation, Inventory, ScopeState},
    metrics::{
        Compat, Config, Definitions, Known,
        exposition::{Exposition, Format},
        generate,
    },
    model::{Clock, KindModel, Resource, ScopeKey, Value},
    provider::{
        file::{self, FileProvider},
        known_kinds,
    },
    search::{Answers, Batch, Limits, Plan, Query, Rows},
    store::Directory,
};
use jiff::Timestamp;
use mimalloc::MiMalloc;
use rayon::prelude::*;
use serde_json::{Map, json};
use tokio::{runtime::Runtime, time::Instant};

/// As in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
    if let [directory, stored] = arguments.as_slice() {
        return again_and_again(directory, stored);
    }
    let [directory, again, rows] = arguments.as_slice() else {
        println!(
            "skipped: it needs an inventory, the same collected again, and a file for answers; see benches/beside.py"
        );
        return;
    };
    let mut figures = Map::new();

    let runtime = Runtime::new().unwrap();
    let kinds = kinds(directory);
    let (generation, load) = timed(|| {
        let inventory = runtime.block_on(collected(directory, &Inventory::default()));
        seal(1, None, inventory, &kinds)
    });
    figures.insert("edges".to_owned(), generation.graph.edges().into());
    record(&mut figures, "load", &load);
    figures.insert("pss_engine_mb".to_owned(), json!(megabytes("Pss")));

    let definitions = definitions(&kinds);
    let batch = batch(&definitions, &kinds);
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
    let generated = repeated(|| assert!(text(&generation, &definitions, &mut known.clone()) > 0));
    record(&mut figures, "generate", &generated);
    let exposition = families(&generation, &definitions, &mut known);
    figures.insert("series".to_owned(), exposition.series().into());
    let ((page, part), compress) = timed(|| publish(&pages, &generation, &exposition, None));
    record(&mut figures, "compress", &compress);
    drop(exposition);
    figures.insert("body_mb".to_owned(), json!(size(&page, Encoding::Identity)));
    figures.insert("gzip_mb".to_owned(), json!(size(&page, Encoding::Gzip)));
    drop(page);
    figures.insert("pss_mb".to_owned(), json!(megabytes("Pss")));

    // One account is collected again.
    let complete = runtime.block_on(collected(again, &Inventory::default()));
    let listed = changed(&generation.inventory, &complete);
    let count: usize = listed.iter().map(|(_, resources)| resources.len()).sum();
    figures.insert("again_resources".to_owned(), count.into());
    let mut known_again = known.clone();
    let ((page, _), time) = timed(|| {
        let inventory = replaced(&generation.inventory, &complete, &listed);
        let next = seal(2, Some(&generation), inventory, &kinds);
        publish(&pages, &next, &families(&next, &definitions, &mut known_again), Some(&part))
    });
    record(&mut figures, "again", &time);
    let rebuilt = seal(2, None, complete, &kinds);
    let anew = Pages::new(now());
    let (whole, _) = publish(&anew, &rebuilt, &families(&rebuilt, &definitions, &mut known.clone()), None);
    let same = |encoding| bytes(&page, encoding) == bytes(&whole, encoding);
    figures.insert("again_identical".to_owned(), u8::from(same(Encoding::Identity) && same(Encoding::Gzip)).into());
    drop((page, whole, anew, rebuilt));

    // Stored, and read by a program that has just been started.
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 1).unwrap();
    let (saved, store) = timed(|| directory.save_generation(&generation, Vec::new()).unwrap());
    record(&mut figures, "store", &store);
    figures.insert("stored_mb".to_owned(), json!(saved.bytes as f64 / 1e6));
    let (restored, restore) = timed(|| {
        let restored = directory.load_generation(&kinds).unwrap().generation.unwrap();
        let exposition = families(&restored, &definitions, &mut Known::default());
        publish(&Pages::new(now()), &restored, &exposition, None)
    });
    figures.insert("restore_s".to_owned(), json!(restore.wall / 1e3));
    figures.insert("restore_cpu_s".to_owned(), json!(restore.cpu / 1e3));
    drop(restored);

    // Everything is collected again while the page is served.
    let before = megabytes("Rss");
    forget_peak();
    let next = runtime.block_on(collected(again, &generation.inventory));
    let next = seal(3, Some(&generation), next, &kinds);
    drop(publish(&pages, &next, &families(&next, &definitions, &mut known.clone()), Some(&part)));
    figures.insert("peak_ratio".to_owned(), json!(peak_megabytes() / before));

    fs::write(rows, serde_json::to_vec(&judged).unwrap()).unwrap();
    println!("{}", Value::Object(figures));
}

/// Evaluates and renders a generation that was collected once, and prints the times.
fn again_and_again(directory: &Path, stored: &Path) {
    let kinds = kinds(directory);
    let folder = Directory::open(stored, 1).unwrap();
    let generation = folder.load_generation(&kinds).unwrap().generation.unwrap_or_else(|| {
        let inventory = Runtime::new().unwrap().block_on(collected(directory, &Inventory::default()));
        let generation = seal(1, None, inventory, &kinds);
        folder.save_generation(&generation, Vec::new()).unwrap();
        generation
    });
    println!("PSS {:.0} MB, {} scopes", megabytes("Pss"), generation.inventory.scopes.len());
    let definitions = definitions(&kinds);
    let batch = batch(&definitions, &kinds);
    let evaluate = repeated(|| drop(batch.evaluate(&generation, now(), Limits::default())));
    println!("evaluate {:.1} ms, cpu {:.1} ms", evaluate.wall, evaluate.cpu);
    println!("PSS {:.0} MB", megabytes("Pss"));
    let many = Batch::new(variants(&definitions).iter().map(|text| compile(text, &kinds)).collect());
    let evaluate = repeated(|| drop(many.evaluate(&generation, now(), Limits::default())));
    println!("{VARIANTS} definitions {:.1} ms, cpu {:.1} ms", evaluate.wall, evaluate.cpu);
    println!("PSS {:.0} MB", megabytes("Pss"));
    let mut known = Known::default();
    drop(families(&generation, &definitions, &mut known));
    let generated = repeated(|| assert!(text(&generation, &definitions, &mut known) > 0));
    println!("generate {:.1} ms, cpu {:.1} ms", generated.wall, generated.cpu);
    println!("PSS {:.0} MB", megabytes("Pss"));
}

/// When everything was collected.
fn now() -> Timestamp {
    "2026-03-04T10:20:00Z".parse().unwrap()
}

/// Always that moment.
#[derive(Debug)]
struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        now()
    }
}

fn files(directory: &Path) -> FileProvider {
    let files = vec![directory.join("*.ndjson").to_str().unwrap().to_owned()];
    FileProvider::new(file::Config { enabled: true, files, ..file::Config::default() })
}

/// The known kinds and those of the files.
fn kinds(directory: &Path) -> Arc<KindModel> {
    let known = KindModel::new(known_kinds(&|_| false)).unwrap();
    let declared = files(directory).declared_kinds(&|name| known.get(name).is_some());
    Arc::new(KindModel::new(known_kinds(&|_| false).into_iter().chain(declared)).unwrap())
}

/// The inventory in the files of a directory, collected as the program does it.
async fn collected(directory: &Path, before: &Inventory) -> Inventory {
    let hour = Duration::from_hours(1);
    let config = collect::Config { discover_timeout: hour, scope_timeout: hour, ..collect::Config::default() };
    let collector = Collector::new(config, vec![Arc::new(files(directory))], Arc::new(Then));
    collector.collect(before, Arc::new(NoObserver)).await.inventory
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

fn batch(definitions: &Definitions, kinds: &KindModel) -> Batch {
    Batch::new(definitions.iter().map(|definition| compile(&definition.query.to_string(), kinds)).collect())
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

fn families(generation: &Generation, definitions: &Definitions, known: &mut Known) -> Exposition {
    Exposition::new(generate(generation, definitions, known, now()).families).unwrap()
}

/// The families and their text, in pieces as the page has them, not compressed.
fn text(generation: &Generation, definitions: &Definitions, known: &mut Known) -> usize {
    let exposition = families(generation, definitions, known);
    let rendered = exposition.blocks().into_par_iter().map(|block| {
        let mut text = Vec::new();
        block.encode(Format::Text004, &mut text);
        text
    });
    rendered.collect::<Vec<_>>().iter().map(Vec::len).sum()
}

/// The listings of the accounts that are not what they were.
fn changed(before: &Inventory, after: &Inventory) -> Vec<(ScopeKey, Vec<Resource>)> {
    let rows = |state: &Arc<ScopeState>| state.rows.clone();
    let differs =
        |(scope, state): &(&ScopeKey, &Arc<ScopeState>)| before.scopes.get(*scope).map(rows) != Some(rows(state));
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

fn publish(
    pages: &Pages,
    generation: &Generation,
    exposition: &Exposition,
    earlier: Option<&Part>,
) -> (Arc<Page>, Part) {
    let part = Part::render(exposition, earlier);
    (pages.publish_generation(generation.number, part.clone(), now()), part)
}
