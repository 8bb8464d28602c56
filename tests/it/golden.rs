//! The whole exposition of the example inventory, as files that were read and found right.
//!
//! With a fixed clock and seed every byte is fixed. After a change that is meant, `INSTA_UPDATE=always cargo test`
//! writes the files anew; read their difference before it is committed.

use cloudgauge::{
    graph::Inventory,
    metrics::{
        Compat, Known,
        exposition::{Exposition, Format},
        generate,
    },
    provider::example,
};

use crate::example::{definitions, generation};

const TIME: &str = "2026-03-04T10:20:00Z";

/// Collects, generates and renders from nothing.
async fn body(compat: Compat, format: Format) -> String {
    let generation = generation(example::Config::default(), &Inventory::default(), TIME).await;
    let now = generation.collected_at.unwrap();
    let generated = generate(&generation, &definitions(compat), &mut Known::default(), now);
    let exposition = Exposition::new(generated.families).unwrap();
    String::from_utf8(exposition.encode(format)).unwrap()
}

fn check(name: &str, body: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/exposition"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, body);
    });
}

#[tokio::test]
async fn the_example_inventory_renders_as_it_was_reviewed() {
    check("cloudgauge", &body(Compat::None, Format::Text004).await);
}

#[tokio::test]
async fn the_metrics_of_resoto_render_as_they_were_reviewed() {
    let body = body(Compat::Resoto, Format::Text004).await;
    let belongs = |line: &&str| line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").starts_with("resoto_");
    let resoto: Vec<&str> = body.lines().filter(belongs).collect();
    check("resoto", &resoto.join("\n"));
}

#[tokio::test]
async fn two_collections_at_the_same_time_give_the_same_bytes() {
    for format in [Format::Text004, Format::OpenMetrics] {
        let (first, second) = (body(Compat::Fix, format).await, body(Compat::Fix, format).await);
        // Not `assert_eq!`, which would print megabytes.
        let differs = first.lines().zip(second.lines()).find(|(first, second)| first != second);
        assert_eq!(differs, None);
        assert_eq!(first.len(), second.len());
    }
}
