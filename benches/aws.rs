//! AWS: how fast answers are read, and how much a whole organization costs.
//!
//! ```text
//! aws parse BODY ROUNDS
//! ```
//!
//! `benches/aws.py` runs it and prints the figures, beside those of botocore.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]
#![allow(clippy::print_stdout, reason = "a benchmark's figures are its output")]

use std::{fs, time::Instant};

use bytes::Bytes;
use cloudgauge::provider::{
    aws::{
        kinds,
        protocol::{self, Projection, Response},
        schema::Schema,
    },
    catalogue::{Anomalies, Call, Place, resource},
};
use serde_json::json;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["parse", body, rounds] => parse(body, rounds.parse().unwrap()),
        _ => println!("skipped: it needs recorded answers; see benches/aws.py"),
    }
}

/// Reads and maps a body of `DescribeInstances`, as often as asked; prints milliseconds of each time.
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
        parsed.value
    };
    for _ in 0..rounds {
        let began = Instant::now();
        let whole = read(&Projection::All);
        let all = began.elapsed();
        drop(whole);
        let began = Instant::now();
        let page = read(&projection);
        let projected = began.elapsed();
        let mut anomalies = Anomalies::default();
        let items = list.items.take(page);
        let found = items.iter().filter_map(|item| resource(entry, item, &place, &mut anomalies)).count();
        let mapped = began.elapsed();
        drop(items);
        let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
        println!(
            "{}",
            json!({"resources": found, "parse_all_ms": milliseconds(all), "parse_ms": milliseconds(projected), "parse_and_map_ms": milliseconds(mapped)})
        );
    }
}
