use std::collections::BTreeMap;

use super::*;
use crate::{
    document::Validate,
    metrics::{Case, DefinitionConfig, Family, FamilyKind, LabelRule, MetricType, labels::LabelSource},
};

fn load(config: &Config, documents: &[(&str, &str)]) -> Result<(Definitions, Vec<Note>), LoadError> {
    let sources: Vec<_> = documents.iter().map(|(name, text)| Source::file(*name, *text)).collect();
    Definitions::load(config, &sources, &KindModel::shipped())
}

fn nothing_shipped() -> Config {
    Config { builtin: false, ..Config::default() }
}

fn mistakes(text: &str) -> String {
    load(&nothing_shipped(), &[("m.yaml", text)]).unwrap_err().documents.to_string()
}

fn families(definitions: &Definitions) -> Vec<&str> {
    definitions.families().map(Family::name).collect()
}

fn one(name: &str, search: &str) -> String {
    format!("metrics:\n  {name}:\n    help: Volumes\n    search: '{search}'\n")
}

#[test]
fn the_shipped_definitions_fit_the_kinds() {
    for (compat, expected) in [(Compat::None, 67), (Compat::Resoto, 111), (Compat::Fix, 111)] {
        let (definitions, notes) = load(&Config { compat, ..Config::default() }, &[]).unwrap();
        assert_eq!(definitions.len(), expected);
        assert_eq!(families(&definitions).len(), expected);
        assert_eq!(notes, []);
    }
}

#[test]
fn what_is_grouped_by_account_has_its_id_too() {
    let (definitions, _) = load(&Config::default(), &[]).unwrap();
    let by_account =
        definitions.iter().map(|definition| definition.query.text()).filter(|text| text.contains("account as account"));
    let mut count = 0;
    for text in by_account {
        assert!(text.contains("account.id as account_id"), "two accounts of one name would be one: {text}");
        count += 1;
    }
    assert!(count > 30, "{count}");
}

#[test]
fn our_own_names_follow_prometheus() {
    let (definitions, _) = load(&Config::default(), &[]).unwrap();
    for family in definitions.families() {
        let name = family.name();
        assert!(name.starts_with("cloudgauge_") && !name.ends_with("_total") && !name.contains("_count"), "{name}");
        assert!(family.label_names().iter().any(|label| &**label == "cloud"), "{name}");
        for unit in ["bytes", "dollars", "seconds"] {
            assert_eq!(family.unit() == Some(unit), name.ends_with(unit), "{name}");
        }
    }
}

#[test]
fn a_document_of_resoto_loads_as_it_is() {
    let text = include_str!("../../../tests/fixtures/resoto-metrics.yaml");
    let (definitions, notes) = load(&nothing_shipped(), &[("resoto.yaml", text)]).unwrap();
    let names = include_str!("../../../tests/fixtures/resoto-metric-names.txt");
    let expected: BTreeMap<_, _> = names.lines().map(|line| line.split_once(' ').unwrap()).collect();
    assert_eq!(expected.len(), 44);
    let found: BTreeMap<_, _> =
        definitions.families().map(|family| (family.name(), family.label_names().join(","))).collect();
    assert_eq!(found, expected.iter().map(|(name, labels)| (*name, (*labels).to_owned())).collect());

    // The shipped file is the same under either name.
    let (shipped, _) = load(&Config { compat: Compat::Resoto, ..nothing_shipped() }, &[]).unwrap();
    let queries = |definitions: &Definitions| -> Vec<_> {
        definitions.iter().map(|definition| (definition.name.clone(), definition.query.to_string())).collect()
    };
    assert_eq!(queries(&shipped), queries(&definitions));

    let notes: Vec<_> = notes.iter().map(|note| format!("{}: {}", note.place, note.message)).collect();
    insta::assert_snapshot!(notes.join("\n"));
}

#[test]
fn a_document_of_fix_inventory_keeps_its_prefix() {
    let text = "fixmetrics:\n  metrics:\n    x:\n      help: Volumes\n      search: 'aggregate(sum(1) as volumes, avg(volume_size) as mean): is(volume)'\n      type: counter\n";
    let (definitions, _) = load(&nothing_shipped(), &[("fix.yaml", text)]).unwrap();
    assert_eq!(families(&definitions), ["fix_mean_total", "fix_volumes_total"]);
    assert!(definitions.families().all(|family| family.kind() == FamilyKind::Counter));
    assert_eq!(definitions.iter().next().unwrap().families, ["fix_volumes_total", "fix_mean_total"]);
}

#[test]
fn a_function_without_a_name_gets_the_originals_default() {
    let (definitions, _) =
        load(&nothing_shipped(), &[("m.yaml", &one("a", "aggregate(kind as kind: sum(volume_size)): is(volume)"))])
            .unwrap();
    assert_eq!(families(&definitions), ["cloudgauge_sum_of_volume_size"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once_and_with_its_place() {
    let text = mistakes(
        r#"metrics:
  broken:
    help: A search that cannot be read
    search: 'aggregate(kind as kind sum(1) as broken): is(volume)'
  kind:
    help: A kind and a property that do not exist, in a folded text
    search: >-
      aggregate(kind as kind, volume_sise as size:
      sum(1) as kind_of_things):
      is(volum)
  no_aggregate:
    help: Finds nodes
    search: is(volume)
  label:
    help: A label name that Prometheus refuses
    search: "aggregate(tags.`owner-team` as owner-team, tags.x as le, tags.y: sum(1) as label): is(volume)"
  name:
    help: A metric name that Prometheus refuses
    search: 'aggregate(kind as kind: sum(1) as volumes-by-kind): is(volume)'
  own:
    help: A name of ours
    search: 'aggregate(kind as kind: sum(1) as metric_up): is(volume)'
  unit:
    help: A unit that is not in the name
    search: 'aggregate(kind as kind: sum(volume_size) as volume_size): is(volume)'
    unit: bytes
  twice:
    help: Two labels of one name
    search: 'aggregate(kind as kind, name as kind: sum(1) as twice): is(volume)'
  type:
    help: No such type
    search: 'aggregate(sum(1) as a): is(volume)'
    type: guage
  unknown:
    help: An unknown key
    serach: 'aggregate(sum(1) as b): is(volume)'
"#,
    );
    insta::assert_snapshot!(text);
}

#[test]
fn definitions_that_cannot_share_a_family_are_refused() {
    let text = mistakes(
        r"metrics:
  a:
    help: Volumes
    search: 'aggregate(cloud as cloud: sum(1) as volumes): is(volume)'
  b_labels:
    help: Volumes
    search: 'aggregate(region as region: sum(1) as volumes): is(volume)'
  c_help:
    help: Volumes in use
    search: 'aggregate(cloud as cloud: sum(1) as volumes): is(volume) and volume_status == in-use'
  d_mean:
    help: Volumes
    search: 'aggregate(cloud as cloud: avg(volume_size) as volumes): is(volume)'
  e_counter:
    help: Volumes
    search: 'aggregate(cloud as cloud: sum(1) as volumes): is(volume)'
    type: counter
",
    );
    insta::assert_snapshot!(text);
}

#[test]
fn labels_go_through_their_rules_and_then_through_those_for_all() {
    let text = r"metrics:
  volumes:
    help: Volumes
    search: 'aggregate(cloud as cloud, account as account, volume_status as status: sum(1) as volumes): is(volume)'
    tags: [owner, cost-center]
    labels:
    - {label: tag_owner, rename: owner}
    - {label: owner, case: lower}
    - {label: status, map: {in-use: used}}
    - {label: stage, value: prod}
  users:
    help: Users
    search: 'aggregate(cloud as cloud, account as account: avg(1) as users): is(user)'
";
    let config = Config {
        labels: vec![
            LabelRule { label: "cloud".into(), drop: true, ..Default::default() },
            LabelRule { label: "owner".into(), allow: Some(vec!["ada".into()]), ..Default::default() },
            LabelRule { label: "stage".into(), value: Some("test".into()), ..Default::default() },
        ],
        ..nothing_shipped()
    };
    let (definitions, notes) = load(&config, &[("m.yaml", text)]).unwrap();
    let labels = |name: &str| {
        let family = definitions.families().find(|family| family.name() == name).unwrap();
        family.label_names().join(" ")
    };
    assert_eq!(labels("cloudgauge_volumes"), "account status owner tag_cost_center stage");
    // A mean over clouds is computed by the search; only rules that change values cannot follow.
    assert_eq!(labels("cloudgauge_users"), "account stage");
    let queries: Vec<_> = definitions.iter().map(|definition| definition.query.to_string()).collect();
    insta::assert_snapshot!(queries.join("\n"), @r"
    aggregate(account as account: avg(1) as users): is(user)
    aggregate(account as account, volume_status as status, tags.owner as tag_owner, tags.cost-center as tag_cost_center: sum(1) as volumes): is(volume)
    ");
    let volumes = &definitions.list[1].labels.list;
    let texts: Vec<_> = volumes.iter().map(|label| label.text("Ada").into_owned()).collect();
    assert_eq!(texts, ["Ada", "Ada", "ada", "Ada", "Ada"]);
    assert_eq!(volumes[4].source, LabelSource::Constant("prod".into()));
    assert_eq!(notes.len(), 1);
    insta::assert_snapshot!(format!("{}: {}", notes[0].place, notes[0].message), @"m.yaml:5:19: tag `cost-center` is label `tag_cost_center`: Prometheus' names have no other characters");
}

#[test]
fn labels_that_cannot_be_are_refused_with_their_place() {
    let text = r"metrics:
  absent:
    help: A label that is not there
    search: 'aggregate(cloud as cloud, region as region: sum(1) as absent): is(volume)'
    labels:
    - {label: clout, drop: true}
    - {label: region, rename: place}
    - {label: region, case: lower}
    - {label: cloud, value: x}
  action:
    help: A rule that does two things, and one that does nothing
    search: 'aggregate(cloud as cloud: sum(1) as action): is(volume)'
    labels:
    - {label: cloud, drop: true, case: lower}
    - {label: cloud}
    - {label: cloud, replace: '(a'}
  key:
    help: An unknown key
    search: 'aggregate(cloud as cloud: sum(1) as key): is(volume)'
    labels:
    - {label: cloud, renam: x}
  merged:
    help: A mean that cannot be joined
    search: 'aggregate(cloud as cloud, name as name: avg(volume_size) as mean, max(volume_size) as most): is(volume)'
    labels:
    - {label: cloud, rename: provider}
    - {label: name, replace: '-[0-9]+$'}
  names:
    help: Names
    search: 'aggregate(cloud as cloud, region as region: sum(1) as names): is(volume)'
    tags: [owner, '', owner]
    labels:
    - {label: cloud, rename: le}
    - {label: region, rename: 'a b'}
    - {label: tag_owner, rename: le}
  limits:
    help: Limits that leave nothing
    search: 'aggregate(cloud as cloud: sum(1) as limits): is(volume)'
    series_max: 0
    timeout: 0s
    coverage: {policy: withhold, min_ratio: 90}
";
    insta::assert_snapshot!(mistakes(text));
}

#[test]
fn a_histogram_counts_what_is_added_up_into_its_buckets() {
    let text = "metrics:\n  a:\n    help: A\n    type: histogram\n    unit: bytes\n    buckets: [1, 10GiB]\n    search: 'aggregate(cloud as cloud: sum(volume_size) as a_bytes): is(volume)'\n";
    let (definitions, _) = load(&nothing_shipped(), &[("m.yaml", text)]).unwrap();
    assert_eq!(definitions.plans[0].form.kind(), FamilyKind::Histogram);
    assert_eq!(definitions.plans[0].bounds, [1.0, 10_737_418_240.0]);

    insta::assert_snapshot!(mistakes(
        r"metrics:
  functions:
    help: Functions that a histogram cannot have
    type: histogram
    buckets: [1, 2]
    search: 'aggregate(cloud as cloud: avg(volume_size) as x, sum(volume_size) as y): is(volume)'
  none:
    help: No buckets
    type: histogram
    search: 'aggregate(cloud as cloud: sum(volume_size) as none): is(volume)'
  gauge:
    help: Buckets without a histogram
    buckets: [1, 2]
    search: 'aggregate(cloud as cloud: sum(volume_size) as gauge): is(volume)'
  bounds:
    help: Bounds that are none
    type: histogram
    unit: seconds
    buckets: [1h, 30min, 1GiB]
    search: 'aggregate(cloud as cloud: sum(age) as bounds_seconds): is(volume)'
  text:
    help: A text
    type: histogram
    buckets: [1, many]
    search: 'aggregate(cloud as cloud: sum(volume_size) as text): is(volume)'
  size:
    help: A histogram
    type: histogram
    buckets: [1]
    search: 'aggregate(cloud as cloud: sum(volume_size) as size): is(volume)'
  size_count:
    help: One of its series
    search: 'aggregate(cloud as cloud: sum(1) as size_count): is(volume)'
"
    ));
}

#[test]
fn a_rule_for_all_that_no_metric_needs_is_a_mistake() {
    let rule = |label: &str| LabelRule { label: label.into(), case: Some(Case::Lower), ..Default::default() };
    let config = Config { labels: vec![rule("name"), rule("account"), rule("acount")], ..Config::default() };
    let error = load(&config, &[]).unwrap_err();
    assert_eq!(error.settings.len(), 1);
    assert_eq!(error.settings[0].path, ["labels".into(), 2.into(), "label".into()]);
    assert_eq!(error.settings[0].message, "no metric has a label `acount`");
}

#[test]
fn two_documents_must_not_define_the_same_name() {
    let text = one("volumes", "aggregate(sum(1) as volumes): is(volume)");
    let error = load(&nothing_shipped(), &[("a.yaml", &text), ("b.yaml", &text)]).unwrap_err();
    insta::assert_snapshot!(error.documents);
}

#[test]
fn a_document_may_change_what_is_shipped() {
    let text = one("volumes", "aggregate(cloud as cloud: sum(1) as volumes): is(volume)");
    let (definitions, _) = load(&Config::default(), &[("a.yaml", &text)]).unwrap();
    let volumes = definitions.families().find(|family| family.name() == "cloudgauge_volumes").unwrap();
    assert_eq!(volumes.label_names().len(), 1);
    assert_eq!(definitions.len(), 67);
}

#[test]
fn settings_change_add_and_drop_definitions() {
    let set = |definition: DefinitionConfig, name: &str| (name.to_owned(), definition);
    let config = Config {
        compat: Compat::Resoto,
        definitions: BTreeMap::from([
            set(DefinitionConfig { help: Some("Machines".into()), ..Default::default() }, "instances"),
            set(DefinitionConfig { enabled: false, ..Default::default() }, "cores"),
            set(DefinitionConfig { enabled: false, ..Default::default() }, "resoto_memory_bytes"),
            set(
                DefinitionConfig {
                    help: Some("Volumes by owner.".into()),
                    search: Some("aggregate(tags.owner as owner: sum(1) as volumes_by_owner): is(volume)".into()),
                    kind: Some(MetricType::Gauge),
                    ..Default::default()
                },
                "by_owner",
            ),
        ]),
        ..Config::default()
    };
    let (definitions, _) = load(&config, &[]).unwrap();
    let names = families(&definitions);
    assert_eq!(names.len(), 67 + 44 - 2 + 1);
    assert!(!names.contains(&"cloudgauge_cores") && !names.contains(&"resoto_memory_bytes"));
    assert!(names.contains(&"resoto_cores_total") && names.contains(&"cloudgauge_memory_bytes"));
    let help = |name| definitions.families().find(|family| family.name() == name).unwrap().help().to_owned();
    assert_eq!(help("cloudgauge_instances"), "Machines (cached, refreshed each collection).");
    assert_eq!(help("cloudgauge_volumes_by_owner"), "Volumes by owner (cached, refreshed each collection).");
}

#[test]
fn what_is_wrong_in_the_settings_has_its_path() {
    let search = "aggregate(kind as kind: sum(volume_sise) as x): is(volume)";
    let config = Config {
        definitions: BTreeMap::from([
            ("coers".to_owned(), DefinitionConfig { enabled: false, ..Default::default() }),
            ("new".to_owned(), DefinitionConfig { help: Some("New".into()), ..Default::default() }),
            (
                "x".to_owned(),
                DefinitionConfig { help: Some("X".into()), search: Some(search.into()), ..Default::default() },
            ),
        ]),
        ..Config::default()
    };
    let error = load(&config, &[]).unwrap_err();
    assert!(error.documents.is_empty());
    let within = error.settings[2].within.clone().unwrap();
    assert_eq!(&search[within], "volume_sise");
    insta::assert_debug_snapshot!(error.settings);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    assert_eq!(Config::default().validate(), []);
    let config = Config { prefix: "2nd-".into(), series_max: 0, ..Config::default() };
    let complaints: Vec<_> = config.validate().into_iter().map(|complaint| complaint.path).collect();
    assert_eq!(complaints, [vec!["prefix".into()], vec!["series_max".into()]]);
}

#[test]
fn the_settings_are_written_and_read_alike() {
    let text = serde_json::to_string(&Config::default()).unwrap();
    assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), Config::default());
    assert!(serde_json::from_str::<Config>(r#"{"compat": "resotto"}"#).is_err());
}

#[test]
fn a_definition_may_use_templates_and_its_mistakes_keep_their_place() {
    let load = |search: &str| {
        let text = format!("metrics:\n  volumes:\n    help: Volumes\n    search: '{search}'\n");
        let templates = Templates::from_iter([("old", "is(volume) and age > {{age}}")]);
        Definitions::load_with(&nothing_shipped(), &[Source::file("m.yaml", text)], &KindModel::base(), &templates)
    };
    let (definitions, _) = load("aggregate(kind as kind: sum(1) as old_volumes): expand(old, age=30d)").unwrap();
    assert_eq!(definitions.families().count(), 1);
    let error = load("aggregate(kind as kind: sum(1) as old_volumes): expand(old, age=soon)").unwrap_err();
    let text = error.documents.to_string();
    assert!(text.contains("`soon` is not a duration") && text.contains("m.yaml:4:62"), "{text}");
}
