use proptest::{collection::vec, prelude::*};

use super::{parse::parse, *};
use crate::{metrics::FamilyError, search::Histograms};

fn text(exposition: &Exposition, format: Format) -> String {
    let mut bytes = exposition.encode(format);
    bytes.extend_from_slice(format.end());
    String::from_utf8(bytes).unwrap()
}

fn example() -> Exposition {
    let volumes = Family::new(
        "cloudgauge_volume_bytes",
        "Size of \"volumes\";\nback\\slash.",
        FamilyKind::Gauge,
        ["cloud", "tag"],
    )
    .and_then(|family| family.with_unit("bytes"))
    .and_then(|family| {
        family.with_samples(vec![(["aws", "a\"b\\c\nd"], 1.5), (["aws", ""], 3e15), (["aws", "é"], -7.0)])
    });
    let requests = Family::new("cloudgauge_sent_bytes_total", "Sent.", FamilyKind::Counter, ["to"])
        .and_then(|family| family.with_unit("bytes"))
        .and_then(|family| family.with_samples(vec![(["x"], 1e21), (["y"], f64::INFINITY)]));
    let empty = Family::new("cloudgauge_none", "Nothing yet.", FamilyKind::Gauge, ["kind"]);
    let bare =
        Family::new("zz", "", FamilyKind::Gauge, [""; 0]).and_then(|family| family.with_samples(vec![([""; 0], -0.0)]));
    Exposition::new([volumes, requests, empty, bare].map(|family| Arc::new(family.unwrap()))).unwrap()
}

#[test]
fn text_004_is_written_as_prometheus_specifies() {
    insta::assert_snapshot!(text(&example(), Format::Text004), @r#"
    # HELP cloudgauge_none Nothing yet.
    # TYPE cloudgauge_none gauge
    # HELP cloudgauge_sent_bytes_total Sent.
    # TYPE cloudgauge_sent_bytes_total counter
    cloudgauge_sent_bytes_total{to="x"} 1e21
    cloudgauge_sent_bytes_total{to="y"} +Inf
    # HELP cloudgauge_volume_bytes Size of "volumes";\nback\\slash.
    # TYPE cloudgauge_volume_bytes gauge
    cloudgauge_volume_bytes{cloud="aws",tag=""} 3000000000000000
    cloudgauge_volume_bytes{cloud="aws",tag="a\"b\\c\nd"} 1.5
    cloudgauge_volume_bytes{cloud="aws",tag="é"} -7
    # HELP zz 
    # TYPE zz gauge
    zz 0
    "#);
}

#[test]
fn openmetrics_names_counters_without_total_and_states_units() {
    insta::assert_snapshot!(text(&example(), Format::OpenMetrics), @r#"
    # HELP cloudgauge_none Nothing yet.
    # TYPE cloudgauge_none gauge
    # HELP cloudgauge_sent_bytes Sent.
    # TYPE cloudgauge_sent_bytes counter
    # UNIT cloudgauge_sent_bytes bytes
    cloudgauge_sent_bytes_total{to="x"} 1e21
    cloudgauge_sent_bytes_total{to="y"} +Inf
    # HELP cloudgauge_volume_bytes Size of \"volumes\";\nback\\slash.
    # TYPE cloudgauge_volume_bytes gauge
    # UNIT cloudgauge_volume_bytes bytes
    cloudgauge_volume_bytes{cloud="aws",tag=""} 3000000000000000
    cloudgauge_volume_bytes{cloud="aws",tag="a\"b\\c\nd"} 1.5
    cloudgauge_volume_bytes{cloud="aws",tag="é"} -7
    # HELP zz 
    # TYPE zz gauge
    zz 0
    # EOF
    "#);
}

#[test]
fn a_family_without_samples_keeps_its_header_and_its_neighbours_theirs() {
    let families = parse(&text(&example(), Format::Text004), false);
    let kinds: Vec<_> = families.iter().map(|(name, family)| (name.as_str(), family.kind.as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("cloudgauge_none", "gauge"),
            ("cloudgauge_sent_bytes_total", "counter"),
            ("cloudgauge_volume_bytes", "gauge"),
            ("zz", "gauge"),
        ]
    );
}

#[test]
fn families_are_ordered_by_name_whatever_the_order_they_came_in() {
    let mut reversed = example().families().to_vec();
    reversed.reverse();
    assert_eq!(Exposition::new(reversed).unwrap(), example());
}

#[test]
fn two_families_of_one_name_are_refused() {
    let family = |name: &str, kind| Arc::new(Family::new(name, "", kind, [""; 0]).unwrap());
    let twice = [family("a", FamilyKind::Gauge), family("a", FamilyKind::Gauge)];
    assert_eq!(Exposition::new(twice), Err(ExpositionError::Twice { family: "a".to_owned() }));
    let clash = [family("a", FamilyKind::Gauge), family("a_total", FamilyKind::Counter)];
    insta::assert_snapshot!(Exposition::new(clash).unwrap_err(), @"counter `a_total` and metric `a` cannot both exist: they are one family in OpenMetrics");
    let clash = [family("a", FamilyKind::Histogram), family("a_sum", FamilyKind::Gauge)];
    insta::assert_snapshot!(Exposition::new(clash).unwrap_err(), @"histogram `a` and metric `a_sum` cannot both exist: the former has series of that name");
    // A gauge keeps its `_total`, so nothing clashes.
    assert!(Exposition::new([family("a", FamilyKind::Gauge), family("a_total", FamilyKind::Gauge)]).is_ok());
}

/// Text in which the characters that need care are likely.
fn awkward() -> impl Strategy<Value = String> {
    vec(
        prop_oneof![Just('\\'), Just('"'), Just('\n'), Just('n'), Just('}'), Just(','), Just('\r'), any::<char>()],
        0..9,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("unknown is left out", |number| !number.is_nan()),
        (-1_000_000_i32..1_000_000).prop_map(f64::from),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
    ]
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(
        help in awkward(),
        rows in proptest::collection::btree_map((awkward(), awkward()), number(), 0..6),
    ) {
        let samples: Vec<_> = rows
            .iter()
            .map(|((a, b), value)| ([a.as_str(), b.as_str()], *value))
            .collect();
        let family = Family::new("m", help.as_str(), FamilyKind::Gauge, ["a", "b"]).unwrap();
        let exposition = Exposition::new([Arc::new(family.with_samples(samples).unwrap())]).unwrap();
        for format in Format::ALL {
            let families = parse(&text(&exposition, format), format == Format::OpenMetrics);
            prop_assert_eq!(families.len(), 1);
            prop_assert_eq!(&families[0].1.help, &help);
            let read: Vec<_> = families[0].1.samples.iter()
                .map(|(_, labels, value)| ((labels["a"].clone(), labels["b"].clone()), *value))
                .collect();
            let written: Vec<_> = rows.iter().map(|(labels, value)| (labels.clone(), *value)).collect();
            prop_assert_eq!(read, written);
        }
    }
}

#[test]
fn a_histogram_has_buckets_a_sum_and_a_count() {
    let histograms = Histograms {
        bounds: [0.5, 10.0].into(),
        buckets: vec![1, 3, 0, 0],
        counts: vec![4, 0],
        sums: vec![100.25, 0.0],
    };
    let ages = Family::new("age_days", "Age \"of\" instances.", FamilyKind::Histogram, ["state"]).unwrap();
    let ages = ages.with_unit("days").unwrap().with_histograms([["run\"ning"], [""]], histograms.clone()).unwrap();
    let exposition = Exposition::new([Arc::new(ages)]).unwrap();
    assert_eq!(exposition.series(), 10);
    insta::assert_snapshot!(text(&exposition, Format::OpenMetrics), @r#"
    # HELP age_days Age \"of\" instances.
    # TYPE age_days histogram
    # UNIT age_days days
    age_days_bucket{state="",le="0.5"} 0
    age_days_bucket{state="",le="10.0"} 0
    age_days_bucket{state="",le="+Inf"} 0
    age_days_sum{state=""} 0
    age_days_count{state=""} 0
    age_days_bucket{state="run\"ning",le="0.5"} 1
    age_days_bucket{state="run\"ning",le="10.0"} 3
    age_days_bucket{state="run\"ning",le="+Inf"} 4
    age_days_sum{state="run\"ning"} 100.25
    age_days_count{state="run\"ning"} 4
    # EOF
    "#);
    parse(&text(&exposition, Format::Text004), false);

    let bare = Family::new("size", "", FamilyKind::Histogram, [""; 0]).unwrap();
    let all = Histograms { buckets: vec![1, 3], counts: vec![4], sums: vec![0.0], ..histograms.clone() };
    let bare = bare.clone().with_histograms([[""; 0]], all).unwrap();
    insta::assert_snapshot!(text(&Exposition::new([Arc::new(bare)]).unwrap(), Format::Text004), @r#"
    # HELP size 
    # TYPE size histogram
    size_bucket{le="0.5"} 1
    size_bucket{le="10.0"} 3
    size_bucket{le="+Inf"} 4
    size_sum 0
    size_count 4
    "#);
}

#[test]
fn a_histogram_whose_columns_do_not_fit_is_refused() {
    let form = || Family::new("size", "", FamilyKind::Histogram, ["state"]).unwrap();
    let good = Histograms { bounds: [1.0].into(), buckets: vec![1], counts: vec![1], sums: vec![1.0] };
    assert!(form().with_histograms([["a"]], good.clone()).is_ok());
    for bad in [
        Histograms { buckets: vec![1, 1], ..good.clone() },
        Histograms { counts: vec![], ..good.clone() },
        Histograms { sums: vec![1.0, 1.0], ..good.clone() },
        Histograms { bounds: [f64::INFINITY].into(), ..good.clone() },
        Histograms { bounds: [1.0, 1.0].into(), buckets: vec![1, 1], ..good.clone() },
    ] {
        assert!(matches!(form().with_histograms([["a"]], bad), Err(FamilyError::Buckets { .. })));
    }
    assert!(Family::new("size", "", FamilyKind::Histogram, ["le"]).is_err());
    assert!(form().with_samples([(["a"], 1.0)]).is_err(), "numbers are no histograms");
}

/// A family of so many accounts, in the second half of which one has a sample more.
fn accounts(number: u32, one_more: bool) -> Family {
    let rows = (0..number).flat_map(|account| {
        let regions = 6 + u32::from(one_more && account == number / 2);
        (0..regions).map(move |region| (account, region))
    });
    let samples = rows.map(|(account, region)| {
        let labels = ["aws".to_owned(), format!("account {account:05}"), format!("region-{region}")];
        (labels, f64::from(account % 7) + 0.5)
    });
    let family = Family::new("cloudgauge_instances", "Instances.", FamilyKind::Gauge, ["cloud", "account", "region"]);
    family.unwrap().with_samples(samples).unwrap()
}

fn block_texts(exposition: &Exposition) -> Vec<Vec<u8>> {
    let encoded = |block: &Block<'_>| {
        let mut text = Vec::new();
        block.encode(Format::Text004, &mut text);
        text
    };
    exposition.blocks().iter().map(encoded).collect()
}

#[test]
fn blocks_are_the_whole_text_and_begin_with_a_family_or_an_account() {
    let other = Arc::new(Family::new("a", "", FamilyKind::Gauge, [""; 0]).unwrap());
    let exposition = Exposition::new([other, Arc::new(accounts(4000, false))]).unwrap();
    let blocks = block_texts(&exposition);
    assert_eq!(blocks.concat(), exposition.encode(Format::Text004));
    assert!(blocks.len() > 6, "{}", blocks.len());
    for block in &blocks[1..] {
        assert!(block.starts_with(b"cloudgauge_instances{cloud=\"aws\",account=\"account "));
        let first = block.split(|byte| *byte == b'\n').next().unwrap();
        assert!(String::from_utf8_lossy(first).contains("region-0"));
        assert!(block.len() < 1024 * 1024);
    }
}

#[test]
fn a_change_in_one_account_changes_few_blocks() {
    let [before, after] =
        [false, true].map(|more| block_texts(&Exposition::new([Arc::new(accounts(20_000, more))]).unwrap()));
    let changed = after.iter().filter(|block| !before.contains(block)).count();
    assert!((1..=3).contains(&changed), "{changed} of {}", after.len());
}

#[test]
fn an_account_without_end_is_cut_all_the_same() {
    let samples = (0..60_000).map(|id| (["aws".to_owned(), "one".to_owned(), format!("{id:08}")], 1.0));
    let family = Family::new("m", "", FamilyKind::Gauge, ["cloud", "account", "id"]).unwrap();
    let exposition = Exposition::new([Arc::new(family.with_samples(samples).unwrap())]).unwrap();
    let blocks = block_texts(&exposition);
    assert!(blocks.iter().all(|block| block.len() < 1024 * 1024));
    assert_eq!(blocks.concat(), exposition.encode(Format::Text004));
}
