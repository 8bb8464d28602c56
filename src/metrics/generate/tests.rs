use std::{collections::BTreeSet, fmt::Write};

use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::{
    document::Source,
    graph::{AccountKey, Draft as GraphDraft, Inventory, Outcome, fixture},
    metrics::{Config, CoverageConfig, CoveragePolicy, DefinitionConfig, MetricType, Sample},
    model::{DeleteOrder, Failure, FailureClass, KindModel, Link, LinkEnd, Resource, Selector},
};

const BY_STATUS: &str = "aggregate(cloud as cloud, account as account, region as region, volume_status as status: \
                         sum(1) as volumes): is(volume)";

/// Definitions by help and search, with small limits where a test wants them.
fn definitions(searches: &[&str], config: &Config) -> Definitions {
    let mut text = "metrics:\n".to_owned();
    for (index, search) in searches.iter().enumerate() {
        write!(text, "  d{index}:\n    help: Things\n    search: '{search}'\n").unwrap();
    }
    let config = Config { builtin: false, prefix: String::new(), ..config.clone() };
    Definitions::load(&config, &[Source::file("m.yaml", text)], &KindModel::base()).unwrap().0
}

fn volume(id: &str, status: &str, size: u64) -> Resource {
    let mut resource = Resource::new("volume", id);
    resource.properties.insert("volume_status", json!(status));
    resource.properties.insert("volume_size", json!(size));
    resource
}

fn of(inventory: Arc<Inventory>) -> Generation {
    let (inventory, graph) = GraphDraft::new(inventory, Arc::new(KindModel::base())).seal();
    Generation::new(1, Some(fixture::now()), inventory, graph)
}

fn generation(accounts: &[(&str, Vec<Resource>)]) -> Generation {
    of(fixture::inventory(accounts))
}

/// The inventory with every scope of an account at this outcome.
fn with_outcome(generation: &Generation, account: &str, outcome: Outcome) -> Generation {
    let mut inventory = (*generation.inventory).clone();
    for (key, scope) in &mut inventory.scopes {
        if key.account == account {
            let entry = &mut Arc::make_mut(scope).entry;
            entry.outcome = outcome;
            entry.last_success = Some(fixture::now() - SignedDuration::from_hours(2));
        }
    }
    of(Arc::new(inventory))
}

/// The exported series without the metrics about metrics.
fn series(generated: &Generated) -> String {
    let mut lines = Vec::new();
    for family in generated.families.iter().filter(|family| !family.name().starts_with("cloudgauge_metric_")) {
        for sample in family.samples().iter() {
            let labels =
                family.label_names().iter().zip(sample.labels()).map(|(name, value)| format!("{name}={value:?}"));
            let number = sample.number().unwrap();
            lines.push(format!("{}{{{}}} {number}", family.name(), labels.collect::<Vec<_>>().join(",")));
        }
    }
    lines.join("\n")
}

fn now() -> Timestamp {
    fixture::now()
}

fn once(searches: &[&str], generation: &Generation) -> String {
    let definitions = definitions(searches, &Config::default());
    series(&generate(generation, &definitions, &mut Known::default(), now()))
}

#[test]
fn groups_become_labels_and_functions_values() {
    let generation = generation(&[
        ("dev", vec![volume("a", "in-use", 10), volume("b", "in-use", 20), volume("c", "available", 1)]),
        ("prod", vec![volume("d", "in-use", 5)]),
    ]);
    let search = "aggregate(account as account, account.id as account_id, volume_status as status: sum(1) as volumes, \
                  sum(volume_size * 1024 * 1024 * 1024) as volume_bytes, max(volume_size)): is(volume)";
    insta::assert_snapshot!(once(&[search], &generation), @r#"
    max_of_volume_size{account="name of dev",account_id="dev",status="available"} 1
    max_of_volume_size{account="name of dev",account_id="dev",status="in-use"} 20
    max_of_volume_size{account="name of prod",account_id="prod",status="in-use"} 5
    volume_bytes{account="name of dev",account_id="dev",status="available"} 1073741824
    volume_bytes{account="name of dev",account_id="dev",status="in-use"} 32212254720
    volume_bytes{account="name of prod",account_id="prod",status="in-use"} 5368709120
    volumes{account="name of dev",account_id="dev",status="available"} 1
    volumes{account="name of dev",account_id="dev",status="in-use"} 2
    volumes{account="name of prod",account_id="prod",status="in-use"} 1
    "#);
}

#[test]
fn what_has_no_value_has_an_empty_label_and_no_sample() {
    let generation = generation(&[("dev", vec![Resource::new("volume", "a")])]);
    let search = "aggregate(volume_status as status, volume_encrypted as encrypted: avg(volume_size) as mean, \
                  sum(1) as volumes): is(volume)";
    insta::assert_snapshot!(once(&[search], &generation), @r#"volumes{status="",encrypted=""} 1"#);
}

#[test]
fn truth_values_and_numbers_have_plain_texts() {
    let mut resource = volume("a", "in-use", 10);
    resource.properties.insert("volume_encrypted", json!(true));
    resource.properties.insert("volume_iops", json!(3000.0));
    let generation = generation(&[("dev", vec![resource])]);
    let search = "aggregate(volume_encrypted as encrypted, volume_iops as iops: sum(1) as volumes): is(volume)";
    insta::assert_snapshot!(once(&[search], &generation), @r#"volumes{encrypted="true",iops="3000"} 1"#);
}

#[test]
fn a_search_without_groups_has_one_series_even_of_nothing() {
    let search = "aggregate(sum(1) as volumes, avg(volume_size) as mean): is(volume)";
    let empty = generation(&[("dev", vec![])]);
    insta::assert_snapshot!(once(&[search], &empty), @"volumes{} 0");
}

#[test]
fn values_of_one_text_are_added_up() {
    // Null and the empty text cannot be told apart in a label.
    let generation = generation(&[("dev", vec![Resource::new("volume", "a"), volume("b", "", 3)])]);
    let search = "aggregate(volume_status as status: count(id) as volumes): is(volume)";
    insta::assert_snapshot!(once(&[search], &generation), @r#"volumes{status=""} 2"#);
}

#[test]
fn two_definitions_feed_one_family() {
    let mut snapshot = Resource::new("snapshot", "s");
    snapshot.properties.insert("volume_size", json!(7));
    let generation = generation(&[("dev", vec![volume("a", "in-use", 10), snapshot])]);
    let of = |kind| format!("aggregate(account as account: sum(volume_size) as gib): is({kind})");
    insta::assert_snapshot!(once(&[&of("volume"), &of("snapshot")], &generation), @r#"gib{account="name of dev"} 17"#);
}

/// What one document of definitions makes of volumes `(id, owner, size)` of two accounts.
fn of_volumes(text: &str, volumes: &[(&str, &str, u64)]) -> String {
    let config = Config { builtin: false, prefix: String::new(), ..Config::default() };
    let text = format!("metrics:\n{text}");
    let (definitions, _) = Definitions::load(&config, &[Source::file("m.yaml", text)], &KindModel::base()).unwrap();
    let volume = |&(id, owner, size): &(&str, &str, u64)| {
        let mut volume = volume(id, "in-use", size);
        if !owner.is_empty() {
            volume.tags.insert("owner".into(), owner.into());
        }
        volume
    };
    let (first, second) = volumes.split_at(volumes.len() / 2);
    let generation =
        generation(&[("dev", first.iter().map(volume).collect()), ("prod", second.iter().map(volume).collect())]);
    series(&generate(&generation, &definitions, &mut Known::default(), now()))
}

const OWNED: [(&str, &str, u64); 4] = [("a", "Ada", 10), ("b", "", 20), ("c", "ada", 5), ("d", "eve", 1)];

#[test]
fn groups_whose_labels_become_equal_are_joined() {
    let text = "
  volumes:
    help: Volumes
    search: 'aggregate(tags.owner as owner: sum(1) as volumes, sum(volume_size) as gib, min(volume_size) as least, max(volume_size) as most): is(volume)'
    labels:
    - {label: owner, case: lower}
    - {label: owner, allow: [ada]}
";
    insta::assert_snapshot!(of_volumes(text, &OWNED), @r#"
    gib{owner=""} 20
    gib{owner="__other__"} 1
    gib{owner="ada"} 15
    least{owner=""} 20
    least{owner="__other__"} 1
    least{owner="ada"} 5
    most{owner=""} 20
    most{owner="__other__"} 1
    most{owner="ada"} 10
    volumes{owner=""} 1
    volumes{owner="__other__"} 1
    volumes{owner="ada"} 2
    "#);
}

#[test]
fn a_mean_without_a_label_is_computed_and_not_joined() {
    let text = "
  mean:
    help: Mean
    search: 'aggregate(account as account, kind as kind: avg(volume_size) as mean): is(volume)'
    labels:
    - {label: account, drop: true}
    - {label: kind, rename: what}
    - {label: stage, value: test}
";
    insta::assert_snapshot!(of_volumes(text, &OWNED), @r#"mean{what="volume",stage="test"} 9"#);
}

#[test]
fn tags_become_labels() {
    let text = "
  volumes:
    help: Volumes
    search: 'aggregate(account as account: sum(1) as volumes): is(volume)'
    tags: [owner]
    labels:
    - {label: tag_owner, map: {'': nobody}}
";
    insta::assert_snapshot!(of_volumes(text, &OWNED), @r#"
    volumes{account="name of dev",tag_owner="Ada"} 1
    volumes{account="name of dev",tag_owner="nobody"} 1
    volumes{account="name of prod",tag_owner="ada"} 1
    volumes{account="name of prod",tag_owner="eve"} 1
    "#);
}

#[test]
fn a_metric_may_have_a_limit_on_series_of_its_own() {
    let text = "
  volumes:
    help: Volumes
    search: 'aggregate(id as id: sum(volume_size) as gib): is(volume)'
    series_max: 1
  all:
    help: Volumes
    search: 'aggregate(id as id: sum(1) as volumes): is(volume)'
";
    let series = of_volumes(text, &OWNED);
    assert_eq!(
        series.lines().filter(|line| line.starts_with("gib")).collect::<Vec<_>>(),
        [r#"gib{id="__other__"} 36"#]
    );
    assert_eq!(series.lines().filter(|line| line.starts_with("volumes")).count(), 4);
}

/// Evaluates generations an hour apart with one memory.
fn hours(definitions: &Definitions, generations: &[&Generation]) -> Vec<String> {
    let mut known = Known::default();
    let mut time = now();
    let mut texts = Vec::new();
    for generation in generations {
        texts.push(series(&generate(generation, definitions, &mut known, time)));
        time += SignedDuration::from_hours(1);
    }
    texts
}

#[test]
fn a_group_that_is_gone_for_sure_says_zero() {
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let first = generation(&[("dev", vec![volume("a", "in-use", 1), volume("b", "available", 1)])]);
    let second = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let texts = hours(&definitions, &[&first, &second, &second, &first]);
    insta::assert_snapshot!(texts[1], @r#"
    volumes{cloud="sky",account="name of dev",region="west",status="available"} 0
    volumes{cloud="sky",account="name of dev",region="west",status="in-use"} 1
    "#);
    assert_eq!(texts[2], texts[1]);
    assert_eq!(texts[3], texts[0]);
}

#[test]
fn a_group_says_nothing_while_a_scope_it_could_come_from_has_failed() {
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let first = generation(&[("dev", vec![volume("a", "in-use", 1), volume("b", "available", 1)])]);
    // The failed scope's resources were kept, all but one: the retention of `collect` ended for it.
    let second = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let failed = with_outcome(&second, "dev", Outcome::Failed);
    let texts = hours(&definitions, &[&first, &failed, &second, &failed]);
    insta::assert_snapshot!(texts[1], @r#"volumes{cloud="sky",account="name of dev",region="west",status="in-use"} 1"#);
    assert!(texts[2].contains(r#"status="available"} 0"#), "{}", texts[2]);
    // What was empty for sure stays so.
    assert_eq!(texts[3], texts[2]);
}

#[test]
fn a_failed_scope_keeps_its_groups_and_holds_back_no_other_account() {
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let both = |dev: Vec<Resource>, prod: Vec<Resource>| generation(&[("dev", dev), ("prod", prod)]);
    let first = both(vec![volume("a", "in-use", 1)], vec![volume("b", "in-use", 1), volume("c", "available", 1)]);
    let second = both(vec![volume("a", "in-use", 1)], vec![volume("c", "available", 1)]);
    let second = with_outcome(&second, "dev", Outcome::Failed);
    let texts = hours(&definitions, &[&first, &second]);
    insta::assert_snapshot!(texts[1], @r#"
    volumes{cloud="sky",account="name of dev",region="west",status="in-use"} 1
    volumes{cloud="sky",account="name of prod",region="west",status="available"} 1
    volumes{cloud="sky",account="name of prod",region="west",status="in-use"} 0
    "#);
}

#[test]
fn an_account_that_could_not_be_entered_settles_nothing() {
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let first = generation(&[("dev", vec![volume("a", "in-use", 1), volume("b", "available", 1)])]);
    let second = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let mut inventory = (*second.inventory).clone();
    let key = AccountKey { provider: "test".into(), cloud: "sky".into(), account: "dev".into() };
    inventory.accounts.get_mut(&key).unwrap().failure = Some(Failure::new(FailureClass::Denied, "no role"));
    let locked = of(Arc::new(inventory));
    let texts = hours(&definitions, &[&first, &locked, &second]);
    assert!(!texts[1].contains("available"), "{}", texts[1]);
    assert!(texts[2].contains(r#"status="available"} 0"#), "{}", texts[2]);
}

#[test]
fn an_account_that_is_no_longer_collected_takes_its_groups_along() {
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let first = generation(&[("dev", vec![volume("a", "in-use", 1)]), ("prod", vec![volume("b", "in-use", 1)])]);
    let second = generation(&[("prod", vec![volume("b", "in-use", 1)])]);
    let texts = hours(&definitions, &[&first, &second]);
    insta::assert_snapshot!(texts[1], @r#"volumes{cloud="sky",account="name of prod",region="west",status="in-use"} 1"#);
}

#[test]
fn two_accounts_of_one_name_are_two_series() {
    let by_id = BY_STATUS.replace("account as account,", "account as account, account.id as account_id,");
    let accounts = [("one", vec![volume("a", "in-use", 1)]), ("two", vec![volume("b", "in-use", 1)])];
    let mut inventory = (*fixture::inventory(&accounts)).clone();
    for account in inventory.accounts.values_mut() {
        account.account.name = "prod".to_owned();
    }
    insta::assert_snapshot!(once(&[&by_id], &of(Arc::new(inventory))), @r#"
    volumes{cloud="sky",account="prod",account_id="one",region="west",status="in-use"} 1
    volumes{cloud="sky",account="prod",account_id="two",region="west",status="in-use"} 1
    "#);
}

#[test]
fn a_zero_ends_after_its_retention() {
    let config = Config { zero_retention: Duration::from_hours(2), ..Config::default() };
    let definitions = definitions(&[BY_STATUS], &config);
    let first = generation(&[("dev", vec![volume("a", "in-use", 1), volume("b", "available", 1)])]);
    let second = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let texts = hours(&definitions, &[&first, &second, &second, &second, &second, &second]);
    let zeros: Vec<_> = texts.iter().map(|text| text.contains("available")).collect();
    assert_eq!(zeros, [true, true, true, true, false, false]);
}

#[test]
fn means_and_extremes_vanish_with_their_group() {
    let search = "aggregate(volume_status as status: avg(volume_size) as mean, min(volume_size) as least): is(volume)";
    let definitions = definitions(&[search], &Config::default());
    let first = generation(&[("dev", vec![volume("a", "in-use", 1), volume("b", "available", 1)])]);
    let second = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let texts = hours(&definitions, &[&first, &second]);
    insta::assert_snapshot!(texts[1], @r#"
    least{status="in-use"} 1
    mean{status="in-use"} 1
    "#);
}

#[test]
fn a_search_that_fails_keeps_its_values_and_hurts_no_other() {
    let by_id = "aggregate(id as id: sum(1) as volumes_by_id): is(volume)";
    let total = "aggregate(sum(1) as volumes): is(volume)";
    let mut definitions = definitions(&[by_id, total], &Config::default());
    definitions.limits.groups = 2;
    let mut known = Known::default();
    let first = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    generate(&first, &definitions, &mut known, now());
    let many = generation(&[("dev", ["a", "b", "c"].map(|id| volume(id, "in-use", 1)).into())]);
    let generated = generate(&many, &definitions, &mut known, now());
    insta::assert_snapshot!(series(&generated), @r#"
    volumes{} 3
    volumes_by_id{id="a"} 1
    "#);
    let errors: Vec<_> =
        generated.reports.iter().map(|report| (report.family.as_str(), report.error.as_deref())).collect();
    assert_eq!(errors, [("volumes", None), ("volumes_by_id", Some("the query yields more than 2 groups"))]);
}

/// So many volumes, each of which leads to the next ten.
fn chained(count: usize) -> Generation {
    let link = |id: usize| Link {
        end: LinkEnd::To,
        other: Selector { kind: "volume".into(), property: "id".into(), value: id.to_string() },
        delete: DeleteOrder::None,
        outer: false,
    };
    let volume = |id: usize| Resource {
        links: (id + 1..count.min(id + 11)).map(link).collect(),
        ..volume(&id.to_string(), "in-use", 1)
    };
    let snapshot = Resource::new("snapshot", "s");
    generation(&[("dev", (0..count).map(volume).chain([snapshot]).collect())])
}

#[test]
fn a_definition_that_takes_too_long_keeps_its_values_and_the_others_are_of_the_new_generation() {
    // Looks for what is not there below each volume, which is below all others before it.
    let endless = "aggregate(/descendants.snapshot.reported.name as snapshot: sum(1) as endless): is(volume)";
    let searches = [endless, BY_STATUS, "aggregate(volume_status as status: sum(volume_size) as size): is(volume)"];
    let (first, second) = (chained(3), chained(4_000));
    let config = Config { timeout: Duration::from_secs(1), ..Config::default() };
    let definitions = definitions(&searches, &config);
    let mut known = Known::default();
    generate(&first, &definitions, &mut known, now());
    let generated = generate(&second, &definitions, &mut known, now());
    insta::assert_snapshot!(series(&generated), @r#"
    endless{snapshot=""} 3
    size{status="in-use"} 4000
    volumes{cloud="sky",account="name of dev",region="west",status="in-use"} 4000
    "#);
    let up: Vec<_> = generated.reports.iter().map(|report| (report.family.as_str(), report.error.is_none())).collect();
    assert_eq!(up, [("endless", false), ("size", true), ("volumes", true)]);
    let error = generated.reports[0].error.as_deref().unwrap();
    assert_eq!(error, "the query takes longer than 1s");

    // In a hurry it fails sooner, and everything else is there all the same.
    let hurry = Some(Duration::from_millis(100));
    let hurried = generate_within(&second, &definitions, &mut known.clone(), now(), hurry);
    assert!(hurried.is_hurried && !generated.is_hurried);
    assert_eq!(series(&hurried), series(&generated));
    assert!(!generate_within(&first, &definitions, &mut known.clone(), now(), Some(Duration::from_mins(1))).is_hurried);

    // Stored and read again, as after a restart, it still says what it said.
    let text = serde_json::to_string(&known).unwrap();
    let mut known: Known = serde_json::from_str(&text).unwrap();
    assert_eq!(series(&generate(&second, &definitions, &mut known, now())), series(&generated));
}

#[test]
fn what_is_known_survives_a_restart() {
    let full = generation(&[("dev", vec![volume("a", "in-use", 1), volume("b", "available", 2)])]);
    let less = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let mut known = Known::default();
    generate(&full, &definitions, &mut known, now());
    let before = series(&generate(&less, &definitions, &mut known, now()));
    assert!(before.contains("available"), "what is gone says 0");
    let text = serde_json::to_string(&known).unwrap();
    for at in [now(), now() + SignedDuration::from_hours(23)] {
        let mut known: Known = serde_json::from_str(&text).unwrap();
        assert_eq!(series(&generate(&less, &definitions, &mut known, at)), before);
    }
    let mut known: Known = serde_json::from_str(&text).unwrap();
    let later = now() + SignedDuration::from_hours(25);
    assert!(!series(&generate(&less, &definitions, &mut known, later)).contains("available"));
}

#[test]
fn histograms_of_a_failed_search_survive_a_restart() {
    let config = Config {
        definitions: [(
            "sizes".to_owned(),
            DefinitionConfig {
                help: Some("Sizes".to_owned()),
                search: Some("aggregate(volume_status as status: sum(volume_size) as sizes): is(volume)".to_owned()),
                kind: Some(MetricType::Histogram),
                buckets: Some(serde_json::from_str("[10]").unwrap()),
                ..DefinitionConfig::default()
            },
        )]
        .into(),
        ..Config::default()
    };
    let definitions = definitions(&[], &config);
    let generation = generation(&[("dev", vec![volume("a", "in-use", 5), volume("b", "in-use", 20)])]);
    let mut known = Known::default();
    let page = |known: &mut Known, definitions: &Definitions| {
        let generated = generate(&generation, definitions, known, now());
        let sizes = generated.families.into_iter().filter(|family| family.name() == "sizes");
        let exposition = crate::metrics::exposition::Exposition::new(sizes).unwrap();
        String::from_utf8(exposition.encode(crate::metrics::exposition::Format::Text004)).unwrap()
    };
    let whole = page(&mut known, &definitions);
    assert!(whole.contains("sizes_bucket{status=\"in-use\",le=\"10.0\"} 1"), "{whole}");
    let mut failing = definitions.clone();
    failing.limits.groups = 0;
    assert_eq!(page(&mut known, &failing), whole);
    let mut known: Known = serde_json::from_str(&serde_json::to_string(&known).unwrap()).unwrap();
    assert_eq!(page(&mut known, &failing), whole);
}

#[test]
fn a_value_that_no_counter_can_have_keeps_the_family_as_it_was() {
    let text = "metrics:\n  a:\n    help: A\n    search: 'aggregate(sum(volume_size - 5) as a): is(volume)'\n    type: counter\n";
    let config = Config { builtin: false, prefix: String::new(), ..Config::default() };
    let (definitions, _) = Definitions::load(&config, &[Source::file("m.yaml", text)], &KindModel::base()).unwrap();
    let mut known = Known::default();
    generate(&generation(&[("dev", vec![volume("a", "in-use", 7)])]), &definitions, &mut known, now());
    let bad = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let generated = generate(&bad, &definitions, &mut known, now());
    assert_eq!(series(&generated), "a_total{} 2");
    assert!(generated.reports[0].error.is_some());
}

#[test]
fn the_smallest_groups_share_a_series_and_are_counted() {
    let search = "aggregate(name as name: sum(volume_size) as gib): is(volume)";
    let config = Config { series_max: 2, ..Config::default() };
    let definitions = definitions(&[search], &config);
    let volumes = [("a", 1), ("b", 30), ("c", 20), ("d", 1)].map(|(id, size)| volume(id, "in-use", size));
    let generated = generate(&generation(&[("dev", volumes.into())]), &definitions, &mut Known::default(), now());
    insta::assert_snapshot!(series(&generated), @r#"
    gib{name="__other__"} 22
    gib{name="b"} 30
    "#);
    let report = &generated.reports[0];
    assert_eq!((report.series, report.folded, report.dropped), (2, 3, 0));
}

#[test]
fn the_series_of_what_was_folded_goes_when_everything_fits_again() {
    let search = "aggregate(name as name: sum(volume_size) as gib): is(volume)";
    let config = Config { series_max: 2, ..Config::default() };
    let definitions = definitions(&[search], &config);
    let of = |ids: &[&str]| generation(&[("dev", ids.iter().map(|id| volume(id, "in-use", 1)).collect())]);
    let texts = hours(&definitions, &[&of(&["a", "b", "c"]), &of(&["a"]), &of(&["__other__"]), &of(&[])]);
    assert_eq!(
        texts,
        [
            "gib{name=\"__other__\"} 2\ngib{name=\"a\"} 1",
            "gib{name=\"a\"} 1",
            "gib{name=\"__other__\"} 1\ngib{name=\"a\"} 0",
            "gib{name=\"__other__\"} 0\ngib{name=\"a\"} 0",
        ]
    );
}

#[test]
fn zeros_share_the_series_of_what_is_folded() {
    let search = "aggregate(name as name: sum(volume_size) as gib): is(volume)";
    let config = Config { series_max: 2, ..Config::default() };
    let definitions = definitions(&[search], &config);
    let of = |ids: &[&str]| generation(&[("dev", ids.iter().map(|id| volume(id, "in-use", 1)).collect())]);
    let texts = hours(&definitions, &[&of(&["a", "b"]), &of(&["c", "d"])]);
    assert_eq!(texts[1], "gib{name=\"__other__\"} 1\ngib{name=\"c\"} 1");
}

/// What the metrics about metrics say of the volumes: complete, marked and withheld; and the volumes.
fn told(generated: &Generated) -> (Option<f64>, Option<f64>, Option<f64>, String) {
    let of = |name: &str| {
        let family = generated.families.iter().find(|family| family.name() == name)?;
        let mut samples = family.samples().iter();
        samples.find(|sample| sample.labels().next() == Some("volumes"))?.number()
    };
    let about = ["coverage_ratio", "incomplete", "withheld"].map(|name| of(&format!("cloudgauge_metric_{name}")));
    (about[0], about[1], about[2], series(generated))
}

fn with_policy(policy: CoveragePolicy, min_ratio: f64) -> Config {
    Config { coverage: CoverageConfig { policy, min_ratio, ..CoverageConfig::default() }, ..Config::default() }
}

#[test]
fn what_covers_too_little_is_kept_marked_or_withheld_as_its_policy_says() {
    let whole = generation(&[("dev", vec![volume("a", "in-use", 1)]), ("prod", vec![volume("b", "in-use", 1)])]);
    let half = with_outcome(&whole, "dev", Outcome::Failed);
    let told_with = |policy, min_ratio, generation| {
        let definitions = definitions(&[BY_STATUS], &with_policy(policy, min_ratio));
        told(&generate(generation, &definitions, &mut Known::default(), now()))
    };
    let values = series(&generate(&half, &definitions(&[BY_STATUS], &Config::default()), &mut Known::default(), now()));
    assert!(!values.is_empty());
    let kept = told_with(CoveragePolicy::Keep, 1.0, &half);
    assert_eq!(kept, (Some(0.5), None, None, values.clone()));
    let marked = told_with(CoveragePolicy::Mark, 0.9, &half);
    assert_eq!(marked, (Some(0.5), Some(1.0), None, values.clone()));
    let withheld = told_with(CoveragePolicy::Withhold, 0.9, &half);
    assert_eq!(withheld, (Some(0.5), Some(1.0), Some(1.0), String::new()));
    for (min_ratio, generation) in [(0.5, &half), (1.0, &whole)] {
        let (_, incomplete, withheld, text) = told_with(CoveragePolicy::Withhold, min_ratio, generation);
        assert_eq!((incomplete, withheld, text), (Some(0.0), Some(0.0), values.clone()));
    }
}

#[test]
fn a_metric_that_was_withheld_comes_back_with_its_zeros() {
    let first = generation(&[("dev", vec![volume("a", "in-use", 1), volume("b", "available", 1)])]);
    let second = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let failed = with_outcome(&first, "dev", Outcome::Failed);
    let withholding = definitions(&[BY_STATUS], &with_policy(CoveragePolicy::Withhold, 1.0));
    let texts = hours(&withholding, &[&first, &failed, &second]);
    assert_eq!(texts[1], "");
    assert!(texts[2].contains(r#"status="available"} 0"#), "{}", texts[2]);
}

#[test]
fn a_complete_listing_that_is_no_longer_fresh_lowers_the_ratio() {
    let generation = generation(&[("dev", vec![volume("a", "in-use", 1)])]);
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let ratio_after = |hours| {
        let later = now() + SignedDuration::from_hours(hours);
        told(&generate(&generation, &definitions, &mut Known::default(), later)).0
    };
    assert_eq!((ratio_after(3), ratio_after(4)), (Some(1.0), Some(0.0)));
}

#[test]
fn the_families_tell_how_they_came_about() {
    let definitions =
        definitions(&[BY_STATUS, "aggregate(cloud as cloud: sum(1) as accounts): is(account)"], &Config::default());
    let both = generation(&[("dev", vec![volume("a", "in-use", 1)]), ("prod", vec![volume("b", "in-use", 1)])]);
    let both = with_outcome(&both, "dev", Outcome::Partial);
    let generated = generate(&both, &definitions, &mut Known::default(), now());
    let about: Vec<_> = generated
        .families
        .iter()
        .filter(|family| family.name().starts_with("cloudgauge_metric_"))
        .flat_map(|family| {
            let line = |sample: Sample<'_>| {
                format!("{}{{{}}} {}", family.name(), sample.labels().next().unwrap(), sample.number().unwrap())
            };
            family.samples().iter().map(line).collect::<Vec<_>>()
        })
        .collect();
    insta::assert_snapshot!(about.join("\n"));
    let volumes = &generated.reports[1];
    assert_eq!((volumes.coverage.feeding, volumes.coverage.complete), (2, 1));
    assert_eq!(volumes.coverage.oldest_success, Some(now() - SignedDuration::from_hours(2)));
}

#[test]
fn an_empty_inventory_yields_no_series_of_resources() {
    let (definitions, _) = Definitions::load(&Config::default(), &[], &KindModel::shipped()).unwrap();
    let generated = generate(&generation(&[]), &definitions, &mut Known::default(), now());
    assert_eq!(series(&generated), "");
    assert!(generated.reports.iter().all(|report| report.error.is_none()));
}

#[test]
fn the_same_state_yields_the_same_families() {
    let definitions = definitions(&[BY_STATUS], &Config::default());
    let inventory = fixture::inventory(&[("dev", vec![volume("b", "in-use", 1), volume("a", "available", 1)])]);
    let mut known = (Known::default(), Known::default());
    let first = generate(&of(inventory.clone()), &definitions, &mut known.0, now());
    let second = generate(&of(inventory), &definitions, &mut known.1, now());
    assert_eq!(first.families, second.families);
    let names: BTreeSet<_> = first.families.iter().map(|family| family.name()).collect();
    assert!(first.families.iter().map(|family| family.name()).eq(names));
}
