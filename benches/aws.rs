//! AWS: how fast answers are read, and how much a whole organization costs.
//!
//! ```text
//! aws parse BODY ROUNDS
//! aws stand-in FOLDER
//! aws collect URL ACCOUNTS
//! aws idle URL ACCOUNTS
//! ```
//!
//! `benches/aws.py` runs it and prints the figures, beside those of botocore. Times of reading are CPU times, as a machine
//! may be busy with something else.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

mod standin;

use std::{collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use cloudgauge::{
    collect::{self, Collected, Collector, NoObserver},
    graph::{Draft, Generation, Inventory},
    model::{Clock, KindModel, Resource, SystemClock},
    provider::{
        NeededKinds, NoMeter,
        aws::{
            self, AccountConfig, AwsProvider, LimitsConfig, kinds,
            protocol::{self, Projection, Response},
            schema::Schema,
        },
        catalogue::{Anomalies, Answer, Call, Place, Scope, resource},
        known_kinds,
    },
};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tokio::time::Instant;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["parse", body, rounds] => parse(body, rounds.parse().unwrap()),
        ["stand-in", folder] => runtime().block_on(standin::serve(Path::new(folder))),
        ["collect", url, accounts] => runtime().block_on(collect(url, accounts.parse().unwrap())),
        ["idle", url, accounts] => runtime().block_on(idle(url, accounts.parse().unwrap())),
        _ => println!("skipped: it needs recorded answers; see benches/aws.py"),
    }
}

/// Reads and maps a body of `DescribeInstances`, as often as asked; prints milliseconds of each time, all that was made
/// dropped again included.
fn parse(body: &str, rounds: usize) {
    let body = Bytes::from(fs::read(body).unwrap());
    let response = Response { status: 200, body, ..Response::default() };
    let service = Schema::embedded().service("ec2").unwrap();
    let operation = service.operation("DescribeInstances").unwrap();
    let catalogue = kinds::catalogue([]).unwrap();
    let entry = catalogue.get("aws_ec2_instance").unwrap();
    let list = entry.list.as_ref().unwrap();
    let projection = catalogue.projection(&Call::try_from("ec2:DescribeInstances".to_owned()).unwrap());
    let place = Place { account: "123456789012".into(), partition: "aws".to_owned(), region: "us-east-1".into() };
    let read = |projection: &Projection| {
        let parsed = protocol::parse(service, operation, &response, projection).unwrap();
        assert_eq!(parsed.anomalies, 0);
        Arc::new(parsed.answer)
    };
    let map = |page: Arc<Answer>| {
        let mut anomalies = Anomalies::default();
        let items = list.items.find(&Scope::new(&page));
        items.into_iter().filter_map(|item| resource(entry, item, &place, &mut anomalies)).collect::<Vec<Resource>>()
    };
    for _ in 0..rounds {
        println!(
            "{}",
            json!({
                "resources": map(read(&projection)).len(),
                "read_all_ms": milliseconds(|| drop(read(&Projection::All))),
                "read_ms": milliseconds(|| drop(read(&projection))),
                "read_and_map_ms": milliseconds(|| drop(map(read(&projection)))),
            })
        );
    }
}

/// CPU time of one of ten times that something is done.
fn milliseconds(what: impl Fn()) -> f64 {
    let cpu = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap()).as_secs_f64()
    };
    let began = cpu();
    (0..10).for_each(|_| what());
    (cpu() - began) * 1e2
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

/// Collects many accounts in three regions, as the program does, up to the graph; prints what that took.
async fn collect(url: &str, accounts: u64) {
    let regions = ["us-east-1", "us-west-2", "eu-west-1"].map(str::to_owned).to_vec();
    let kinds = ["instance", "instance_type", "network_interface", "security_group", "snapshot", "subnet", "volume"];
    let collect = kinds.iter().map(|kind| format!("aws_ec2_{kind}")).chain(["aws_vpc".to_owned()]).collect();
    let ids = (0..accounts).map(|number| format!("{:012}", 100_000_000_000 + number));
    let config = config(url, ids, aws::Config { regions, collect, ..aws::Config::default() });
    let before = cpu_seconds();
    let provider = provider(config);
    let collector = Collector::new(collect::Config::default(), vec![provider.clone()], Arc::new(SystemClock));
    let began = Instant::now();
    let Collected { inventory, report } = collector.collect(&Inventory::default(), Arc::new(NoObserver)).await;
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!((report.partial, report.failed, report.unreachable.len()), (0, 0, 0), "{report:?}");
    let began = Instant::now();
    let kinds = Arc::new(KindModel::new(known_kinds(&|_| false)).unwrap());
    let (inventory, graph) = Draft::new(Arc::new(inventory), kinds).seal();
    let generation = Generation::new(1, Some(SystemClock.now()), inventory, graph);
    let sealing = began.elapsed().as_secs_f64();
    let cpu = cpu_seconds() - before;
    settle().await;
    println!(
        "{}",
        json!({
            "accounts": report.accounts,
            "scopes": report.complete,
            "resources": report.resources,
            "nodes": generation.graph.len(),
            "edges": generation.graph.edges(),
            "collect_seconds": seconds,
            "seal_seconds": sealing,
            "cpu_seconds": cpu,
            "resident_bytes": memory("VmRSS"),
            "peak_bytes": memory("VmHWM"),
        })
    );
    // All that the program keeps was there when it was measured.
    drop((generation, collector, provider));
}

/// Collects many accounts with nothing in 20 regions, one kind in each, and keeps all that the program keeps.
async fn idle(url: &str, accounts: u64) {
    let regions = (1..=20).map(|number| format!("eu-west-{number}")).collect();
    let collect = vec!["aws_ec2_volume".to_owned()];
    let limits = LimitsConfig { share: 1.0, ..LimitsConfig::default() };
    let ids = (0..accounts).map(|number| format!("{:012}", 900_000_000_000 + number));
    let config = config(url, ids, aws::Config { regions, collect, limits, ..aws::Config::default() });
    let provider = provider(config);
    let collector = Collector::new(collect::Config::default(), vec![provider.clone()], Arc::new(SystemClock));
    let began = Instant::now();
    let mut inventory = Inventory::default();
    // The second one finds everything that the first one left.
    for _ in 0..2 {
        let Collected { inventory: next, report } = collector.collect(&inventory, Arc::new(NoObserver)).await;
        assert_eq!((report.partial, report.failed, report.unreachable.len()), (0, 0, 0), "{report:?}");
        inventory = next;
    }
    let seconds = began.elapsed().as_secs_f64();
    settle().await;
    println!(
        "{}",
        json!({
            "accounts": inventory.accounts.len(),
            "scopes": inventory.scopes.len(),
            "seconds": seconds,
            "resident_bytes": memory("VmRSS"),
            "peak_bytes": memory("VmHWM"),
        })
    );
    drop((inventory, collector, provider));
}

fn config(url: &str, ids: impl Iterator<Item = String>, config: aws::Config) -> aws::Config {
    let account =
        |id: String| AccountConfig { id: Some(id), role: Some("reader".to_owned()), ..AccountConfig::default() };
    aws::Config {
        enabled: true,
        accounts: ids.map(account).collect(),
        home_region: Some("us-east-1".to_owned()),
        endpoint_url: Some(url.to_owned()),
        ..config
    }
}

fn provider(config: aws::Config) -> Arc<AwsProvider> {
    let needed = NeededKinds::new(BTreeSet::new());
    Arc::new(AwsProvider::new(config, needed, Arc::new(NoMeter), Arc::new(SystemClock)).unwrap())
}

/// As after every run: threads that nobody needs end after ten seconds, and with the next work memory is given back.
async fn settle() {
    for _ in 0..12 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(vec![1_u8; 4 << 20]);
    }
}

/// CPU time of the process, its ended threads included.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, rest) = stat.rsplit_once(')').unwrap();
    let ticks: f64 = rest.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// A line of the kernel's about the process's memory, in bytes.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}
