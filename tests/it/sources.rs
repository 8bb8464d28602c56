//! From the providers that need no cloud to a sealed graph.

use std::{fs, path::Path, process::Command, sync::Arc};

use cloudgauge::{
    collect::{Collector, Config, NoObserver},
    graph::{Draft, Graph, Inventory},
    model::{FixedClock, KindModel},
    provider::{Provider, example, file, known_kinds},
};
use serde_json::Value;

async fn graph(provider: Arc<dyn Provider>, kinds: KindModel) -> Graph {
    let clock = Arc::new(FixedClock("2026-03-04T10:20:00Z".parse().unwrap()));
    let collector = Collector::new(Config::default(), vec![provider], clock);
    let collected = collector.collect(&Inventory::default(), Arc::new(NoObserver)).await;
    Draft::new(Arc::new(collected.inventory), Arc::new(kinds)).seal().1
}

#[tokio::test]
async fn every_link_of_the_example_becomes_an_edge() {
    let clock = Arc::new(FixedClock("2026-03-04T10:20:00Z".parse().unwrap()));
    let provider = example::ExampleProvider::new(example::Config::default(), clock);
    let graph = graph(Arc::new(provider), KindModel::new(known_kinds(&|_| false)).unwrap()).await;
    assert!(graph.unresolved().is_empty());
    let priced = graph.of_kind("instance").filter(|id| graph.ancestor(*id, "instance_type").is_some());
    assert_eq!(priced.count(), graph.of_kind("instance").count(), "nodes of clusters have their server's");
}

#[tokio::test]
async fn the_benchmark_inventory_keeps_its_kinds() {
    let generator = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench/gen.py");
    let directory = tempfile::tempdir().unwrap();
    let ran = Command::new("python3").args([generator.as_os_str(), "10000".as_ref()]).arg(directory.path()).output();
    if !generator.exists() || !ran.is_ok_and(|output| output.status.success()) {
        return crate::skipped("no benchmark generator beside the checkout, or no python3");
    }
    let pattern = directory.path().join("*.ndjson").to_str().unwrap().to_owned();
    let provider = file::FileProvider::new(file::Config { files: vec![pattern], ..file::Config::default() });
    let known = KindModel::new(known_kinds(&|_| false)).unwrap();
    let declared = provider.declared_kinds(&|name| known.get(name).is_some());
    let kinds = KindModel::new(known_kinds(&|_| false).into_iter().chain(declared)).unwrap();
    let graph = graph(Arc::new(provider), kinds).await;

    let text = fs::read_to_string(directory.path().join("nodes.ndjson")).unwrap();
    let nodes: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for kind in ["instance", "volume", "instance_type", "account", "access_key", "instance_quota", "phantom_resource"] {
        let written = nodes.iter().filter(|node| node["kinds"].as_array().unwrap().contains(&kind.into())).count();
        assert_eq!(graph.of_kind(kind).count(), written, "{kind}");
    }
}
