use proptest::{collection::vec, prelude::*};

use super::{parse::parse, *};
use crate::metrics::Sample;

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
        family.with_samples(vec![
            Sample::new(["aws", "a\"b\\c\nd"], 1.5),
            Sample::new(["aws", ""], 3e15),
            Sample::new(["aws", "é"], -7.0),
        ])
    });
    let requests = Family::new("cloudgauge_sent_bytes_total", "Sent.", FamilyKind::Counter, ["to"])
        .and_then(|family| family.with_unit("bytes"))
        .and_then(|family| family.with_samples(vec![Sample::new(["x"], 1e21), Sample::new(["y"], f64::INFINITY)]));
    let empty = Family::new("cloudgauge_none", "Nothing yet.", FamilyKind::Gauge, ["kind"]);
    let bare = Family::new("zz", "", FamilyKind::Gauge, [""; 0])
        .and_then(|family| family.with_samples(vec![Sample::new([""; 0], -0.0)]));
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
            .map(|((a, b), value)| Sample::new([a.as_str(), b.as_str()], *value))
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
