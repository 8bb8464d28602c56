//! What a run's computing costs: evaluating the shipped definitions, rendering, reading a page of AWS.
//!
//! `cargo bench` prints the table; compare ratios of one batch, not times between machines.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use cloudgauge::{
    collect::{self, Collector, NoObserver},
    graph::{Draft, Generation, Inventory},
    metrics::{
        Compat, Config, Definitions, Family, FamilyKind, Known,
        exposition::{Exposition, Format},
        generate,
    },
    model::{Clock, FixedClock, KindModel, KindName},
    provider::{
        aws::{
            self,
            protocol::{self, Projection, Response},
            schema::Schema,
        },
        example::{self, ExampleProvider},
        known_kinds,
    },
    search::{Limits, Query},
};
use divan::{Bencher, black_box, counter::ItemsCount};

const RESOURCES: u32 = 50_000;
const SERIES: usize = 100_000;
const INSTANCES: usize = 1_000;

fn main() {
    divan::main();
}

fn kinds() -> KindModel {
    let described = aws::kinds::catalogue([]).unwrap().kinds();
    let names: BTreeSet<KindName> = described.iter().map(|kind| kind.name.clone()).collect();
    KindModel::new(described.into_iter().chain(known_kinds(&|name| names.contains(name)))).unwrap()
}

/// The example company, larger.
fn inventory() -> Inventory {
    let clock = Arc::new(FixedClock("2026-03-04T10:20:00Z".parse().unwrap()));
    let config = example::Config { resources: RESOURCES, ..example::Config::default() };
    let provider = Arc::new(ExampleProvider::new(config, clock.clone()));
    let collector = Collector::new(collect::Config::default(), vec![provider], clock);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(collector.collect(&Inventory::default(), Arc::new(NoObserver))).inventory
}

fn generation() -> Generation {
    let (inventory, graph) = Draft::new(Arc::new(inventory()), Arc::new(kinds())).seal();
    Generation::new(1, Some(FixedClock("2026-03-04T10:20:00Z".parse().unwrap()).now()), inventory, graph)
}

fn definitions() -> Definitions {
    let config = Config { compat: Compat::Resoto, ..Config::default() };
    Definitions::load(&config, &[], &kinds()).unwrap().0
}

/// Lays out and seals the graph of a collected inventory.
#[divan::bench]
fn build_the_graph(bencher: Bencher) {
    let (inventory, kinds) = (Arc::new(inventory()), Arc::new(kinds()));
    let resources = inventory.scopes.values().map(|scope| scope.rows.len()).sum::<usize>();
    bencher
        .counter(ItemsCount::new(resources))
        .bench(|| Draft::new(black_box(inventory.clone()), kinds.clone()).seal());
}

/// Parses, compiles and evaluates every shipped definition, Resoto's included.
#[divan::bench]
fn search_every_definition(bencher: Bencher) {
    let (generation, definitions) = (generation(), definitions());
    let now = generation.collected_at.unwrap();
    let texts: Vec<&str> = definitions.iter().map(|definition| definition.query.text()).collect();
    bencher.counter(ItemsCount::new(generation.graph.len())).bench(|| {
        let rows = texts.iter().map(|text| {
            let plan = Query::parse(black_box(text)).unwrap().compile(generation.graph.kinds()).unwrap();
            plan.aggregate(&generation, now, Limits::default()).unwrap().len()
        });
        rows.sum::<usize>()
    });
}

/// What the phase `generate_metrics` computes before rendering.
#[divan::bench]
fn generate_families(bencher: Bencher) {
    let (generation, definitions) = (generation(), definitions());
    let now = generation.collected_at.unwrap();
    bencher
        .counter(ItemsCount::new(generation.graph.len()))
        .bench(|| generate(black_box(&generation), &definitions, &mut Known::default(), now));
}

#[divan::bench(args = [Format::Text004, Format::OpenMetrics])]
fn encode_series(bencher: Bencher, format: Format) {
    let exposition = Exposition::new([Arc::new(family())]).unwrap();
    bencher.counter(ItemsCount::new(exposition.series())).bench(|| exposition.encode(black_box(format)));
}

fn family() -> Family {
    let samples = (0..SERIES).map(|n| {
        let labels = [
            ["aws", "gcp", "azure", "kubernetes"][n % 4].to_owned(),
            format!("account-{:03}", n / 1_000),
            format!("{:012}", n / 1_000),
            format!("region-{}", n % 20),
            format!("type.{n}"),
        ];
        (labels, f64::from(u32::try_from(n).unwrap()) * 1.5)
    });
    let labels = ["cloud", "account", "account_id", "region", "type"];
    let family = Family::new("cloudgauge_cores", "Cores of running instances", FamilyKind::Gauge, labels).unwrap();
    family.with_samples(samples).unwrap()
}

/// Reads the XML of a page as large as EC2 gives.
#[divan::bench]
fn parse_describe_instances(bencher: Bencher) {
    let service = Schema::embedded().service("ec2").unwrap();
    let operation = service.operation("DescribeInstances").unwrap();
    let response = Response { status: 200, body: describe_instances().into(), ..Response::default() };
    bencher.counter(ItemsCount::new(INSTANCES)).bench(|| {
        let parsed = protocol::parse(service, operation, black_box(&response), &Projection::All).unwrap();
        assert_eq!(parsed.anomalies, 0);
        parsed
    });
}

fn describe_instances() -> String {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <DescribeInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
         <requestId>fdcdcab1-ae5c-489e-9c33-4637c5dda355</requestId><reservationSet>",
    );
    for n in 0..INSTANCES {
        write!(
            xml,
            "<item><reservationId>r-{n:017x}</reservationId><ownerId>123456789012</ownerId><groupSet/><instancesSet>\
             <item><instanceId>i-{n:017x}</instanceId><imageId>ami-0b5eea76982371e91</imageId>\
             <instanceState><code>16</code><name>running</name></instanceState>\
             <privateDnsName>ip-10-0-0-4.eu-central-1.compute.internal</privateDnsName><dnsName/>\
             <keyName>operations</keyName><amiLaunchIndex>0</amiLaunchIndex><productCodes/>\
             <instanceType>m6i.2xlarge</instanceType><launchTime>2026-01-02T03:04:05.000Z</launchTime>\
             <placement><availabilityZone>eu-central-1a</availabilityZone><groupName/><tenancy>default</tenancy>\
             </placement><monitoring><state>disabled</state></monitoring><subnetId>subnet-{n:017x}</subnetId>\
             <vpcId>vpc-0f1e2d3c4b5a69788</vpcId><privateIpAddress>10.0.0.4</privateIpAddress>\
             <sourceDestCheck>true</sourceDestCheck><groupSet><item><groupId>sg-{n:017x}</groupId>\
             <groupName>web</groupName></item></groupSet><architecture>x86_64</architecture>\
             <rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item>\
             <deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-{n:017x}</volumeId><status>attached</status>\
             <attachTime>2026-01-02T03:04:06.000Z</attachTime><deleteOnTermination>true</deleteOnTermination></ebs>\
             </item></blockDeviceMapping><virtualizationType>hvm</virtualizationType>\
             <clientToken>token-{n}</clientToken><tagSet><item><key>Name</key><value>web-{n}</value></item><item>\
             <key>team</key><value>checkout</value></item></tagSet><hypervisor>xen</hypervisor>\
             <ebsOptimized>true</ebsOptimized><cpuOptions><coreCount>4</coreCount><threadsPerCore>2</threadsPerCore>\
             </cpuOptions><metadataOptions><state>applied</state><httpTokens>required</httpTokens>\
             <httpPutResponseHopLimit>2</httpPutResponseHopLimit><httpEndpoint>enabled</httpEndpoint>\
             </metadataOptions></item></instancesSet></item>"
        )
        .unwrap();
    }
    xml.push_str("</reservationSet></DescribeInstancesResponse>");
    xml
}
