//! From the example inventory to the families that are exported.

use std::collections::BTreeSet;

use cloudgauge::{
    graph::{Generation, Inventory},
    metrics::{Compat, Generated, Known, exposition::Exposition, generate},
    provider::example,
};

use crate::example::{definitions, generation};

fn without_data(generated: &Generated) -> Vec<&str> {
    generated.reports.iter().filter(|report| report.series == 0).map(|report| report.family.as_str()).collect()
}

#[tokio::test]
async fn the_example_has_data_for_the_shipped_metrics() {
    let generation = generation(example::Config::default(), &Inventory::default(), "2026-03-04T10:20:00Z").await;
    let now = generation.collected_at.unwrap();
    let definitions = definitions(Compat::Resoto);
    let generated = generate(&generation, &definitions, &mut Known::default(), now);

    assert!(generated.reports.iter().all(|report| report.error.is_none() && report.dropped == 0 && report.folded == 0));
    assert!(generated.reports.iter().all(|report| report.coverage.ratio().unwrap_or(1.0) == 1.0));
    insta::assert_snapshot!(without_data(&generated).join("\n"));

    let ours = generated.families.iter().filter(|family| family.name().starts_with("cloudgauge_"));
    let series: usize = ours.map(|family| family.samples().len()).sum();
    assert!((1_000..10_000).contains(&series), "{series} series");
    Exposition::new(generated.families).unwrap();
}

#[tokio::test]
async fn from_hour_to_hour_no_series_is_lost() {
    let example = example::Config::default();
    let first = generation(example.clone(), &Inventory::default(), "2026-03-04T10:20:00Z").await;
    let second = generation(example, &first.inventory, "2026-03-04T23:20:00Z").await;
    let definitions = definitions(Compat::None);
    let mut known = Known::default();
    let before = generate(&first, &definitions, &mut known, first.collected_at.unwrap());
    let after = generate(&second, &definitions, &mut known, second.collected_at.unwrap());

    let series = |generated: &Generated| -> BTreeSet<(String, Vec<String>)> {
        let families = generated.families.iter();
        families
            .flat_map(|family| {
                let labels = family.samples().iter().map(|sample| sample.labels().map(str::to_owned).collect());
                labels.map(|labels| (family.name().to_owned(), labels)).collect::<Vec<_>>()
            })
            .collect()
    };
    assert!(series(&before).is_subset(&series(&after)));
    // At night the test servers are off: what ran by day says 0.
    let cores = after.families.iter().find(|family| family.name() == "cloudgauge_cores").unwrap();
    assert!(cores.samples().iter().any(|sample| sample.number() == Some(0.0)));
}

#[tokio::test]
async fn failed_scopes_show_in_the_coverage_and_take_nothing_away() {
    let example = example::Config::default();
    let first = generation(example.clone(), &Inventory::default(), "2026-03-04T10:20:00Z").await;
    let failing = example::Config { failing_scopes: 20, ..example };
    let second = generation(failing, &first.inventory, "2026-03-04T10:50:00Z").await;
    let definitions = definitions(Compat::None);
    // At the same time, because ages grow.
    let now = first.collected_at.unwrap();
    let values = |generation: &Generation| {
        let generated = generate(generation, &definitions, &mut Known::default(), now);
        let own = |name: &str| name.starts_with("cloudgauge_metric_");
        let families = generated.families.into_iter().filter(|family| !own(family.name()));
        (families.collect::<Vec<_>>(), generated.reports)
    };
    let ((before, _), (after, reports)) = (values(&first), values(&second));
    assert_eq!(before, after);
    assert!(reports.iter().any(|report| report.coverage.ratio().is_some_and(|ratio| ratio < 1.0)));
}

#[test]
fn the_dashboards_use_metrics_that_exist() {
    let definitions = definitions(Compat::None);
    let families: BTreeSet<_> = definitions.families().map(|family| family.name().to_owned()).collect();
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/dashboards");
    let mut used = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        used.extend(words.filter(|word| word.starts_with("cloudgauge_")).map(str::to_owned));
    }
    assert!(!used.is_empty());
    assert_eq!(used.difference(&families).collect::<Vec<_>>(), Vec::<&String>::new());
}
