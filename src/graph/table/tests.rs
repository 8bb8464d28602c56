#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "made-up numbers are small"
)]

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use super::*;
use crate::{
    graph::AccountKey,
    model::{DeleteOrder, Link, LinkEnd, RegionId, Resource, Selector},
};

fn builder() -> TableBuilder {
    let account = AccountKey { provider: "test".into(), cloud: "sky".into(), account: "one".into() };
    TableBuilder::new(account, "volume".into())
}

fn table(rows: &[(RegionId, Resource)]) -> Table {
    let mut builder = builder();
    for (region, resource) in rows {
        builder.push(region, resource);
    }
    builder.finish()
}

/// The rows as a table should give them back.
fn sorted(rows: &[(RegionId, Resource)]) -> Vec<(RegionId, Resource)> {
    let mut rows = rows.to_vec();
    for (_, resource) in &mut rows {
        resource.properties.drop_nulls();
    }
    rows.sort_by_cached_key(|(scope, resource)| {
        (scope.clone(), resource.region.clone().unwrap_or(scope.clone()), resource.id.clone())
    });
    rows
}

fn rows(table: &Table) -> Vec<(RegionId, Resource)> {
    let scopes = table.runs().flat_map(|run| run.rows().map(move |_| run.scope_region.clone()));
    scopes.zip(table.resources()).collect()
}

fn link(kind: &str, value: String) -> Link {
    Link {
        end: LinkEnd::From,
        other: Selector { kind: kind.into(), property: "id".into(), value },
        delete: DeleteOrder::Reverse,
        outer: kind.len() > 6,
    }
}

/// Every position of every column, read in every way.
fn agrees(table: &Table) {
    let mut scratch = String::from("left over");
    for (name, column) in table.columns() {
        let (mut numbers, mut seconds, mut present) = (vec![0.5], vec![0.5], Vec::new());
        let all_numbers = column.numbers(&mut numbers) == Numbers::All;
        let all_times = column.seconds(&mut seconds) == Numbers::All;
        column.present(|row| present.push(row));
        let cells: Vec<_> = (0..table.len()).map(|row| column.cell(row)).collect();
        assert_eq!(cells.len(), column.len());
        let number = |cell: &Cell<'_>| cell.is_null() || cell.number().is_some();
        assert_eq!(all_numbers, cells.iter().all(number), "{name}");
        assert_eq!(all_times, cells.iter().all(|cell| matches!(cell, Cell::Null | Cell::Time(_))), "{name}");
        for (row, cell) in cells.iter().enumerate() {
            assert_eq!(column.text(row, &mut scratch), cell.text(), "{name}");
            assert_eq!(column.is_null(row), cell.is_null());
            assert_eq!(present.contains(&row), !cell.is_null());
            assert_eq!(
                cell.number().map(f64::to_bits),
                Some(numbers[row + 1]).filter(|n| !n.is_nan()).map(f64::to_bits)
            );
            if let Cell::Time(time) = cell {
                assert!((seconds[row + 1] - time.as_duration().as_secs_f64()).abs() < 1e-6);
            }
        }
        if let Some(coded) = column.coded() {
            let entries: Vec<_> = coded.entries().collect();
            assert!(entries.windows(2).all(|pair| pair[0].order(&pair[1]).is_lt()), "{entries:?}");
            assert_eq!(coded.has_null(), entries[0].is_null());
            assert_eq!(coded.codes().len(), table.len());
            for (row, cell) in cells.iter().enumerate() {
                assert_eq!(entries[coded.code(row) as usize], *cell);
            }
        }
    }
    for (code, shape) in table.link_shapes().iter().enumerate() {
        let column = table.link_column(code);
        let mut one_by_one: Vec<(usize, String)> = Vec::new();
        column.each(|row, position| one_by_one.push((row, column.values().cell(position).text().unwrap().to_owned())));
        let by_row = (0..table.len()).flat_map(|row| table.links(row).map(move |link| (row, link)));
        let by_row: Vec<_> =
            by_row.filter(|(_, link)| link.shape == shape).map(|(row, l)| (row, l.value.into_owned())).collect();
        assert_eq!(one_by_one, by_row);
    }
}

fn check(rows_in: &[(RegionId, Resource)]) {
    let table = table(rows_in);
    assert_eq!(rows(&table), sorted(rows_in));
    agrees(&table);
    let mut copied = builder();
    // Rows of one id keep the order in which they are pushed, so those are not torn apart.
    let id = |row: usize| (table.run_of(row).region.clone(), table.id(row).into_owned());
    let half = (0..table.len() / 2).rev().find(|row| id(*row) != id(row + 1)).map_or(0, |row| row + 1);
    copied.push_rows(&table, half..table.len());
    copied.push_rows(&table, 0..half);
    assert_eq!(copied.finish(), table, "a copy is the same");
}

fn rich(id: &str) -> Resource {
    let properties = json!({
        "size": 8, "rate": 1.0, "huge": u64::MAX, "minus_zero": -0.0, "on": true, "empty": "", "least": i64::MIN,
        "nested": {"a": [1, 1.0, null, {"b": "ü"}]}, "name": "a property", "id": 7, "arn": format!("arn:x:{id}"),
    });
    Resource {
        name: format!("name of {id}"),
        zone: Some("west-a".into()),
        tags: [("name".to_owned(), "a tag".to_owned()), ("ü".to_owned(), String::new())].into(),
        ctime: Some("2026-01-01T00:00:00.000000001Z".parse().unwrap()),
        atime: Some(Timestamp::MIN),
        properties: properties.as_object().unwrap().clone().into(),
        protected: true,
        links: vec![link("instance", format!("i-{id}")), link("key", "k".into()), link("instance", "i".into())],
        ..Resource::new("volume", id)
    }
}

#[test]
fn a_resource_comes_back_as_it_was() {
    let elsewhere = Resource { region: Some("east".into()), ..Resource::new("volume", "c") };
    let pushed = [elsewhere.clone(), rich("b"), Resource::new("volume", "a")].map(|row| ("west".into(), row));
    check(&pushed);
    let table = table(&pushed);
    assert_eq!(table.resources().collect::<Vec<_>>(), [elsewhere, Resource::new("volume", "a"), rich("b")]);
    let runs: Vec<_> = table.runs().map(|run| (run.scope_region.as_str(), run.region.as_str(), run.rows())).collect();
    assert_eq!(runs, [("west", "east", 0..1), ("west", "west", 1..3)]);
    assert_eq!((0..3).map(|row| table.run_of(row).region.as_str()).collect::<Vec<_>>(), ["east", "west", "west"]);
}

#[test]
fn a_table_may_be_empty() {
    check(&[]);
    assert!(table(&[]).is_empty());
}

#[test]
fn a_missing_property_and_an_explicit_null_are_the_same() {
    let with = |value: Value| Resource {
        properties: [("a".to_owned(), value)].into_iter().collect(),
        ..Resource::new("volume", "v")
    };
    let region = RegionId::from("west");
    let without = Resource { properties: crate::model::Properties::new(), ..with(Value::Null) };
    assert_eq!(table(&[(region.clone(), with(Value::Null))]), table(&[(region, without)]));
}

#[test]
fn the_order_of_pushing_does_not_matter() {
    let mut pushed: Vec<_> = (0..40).map(|number| ("west".into(), rich(&format!("v-{number}")))).collect();
    let forward = table(&pushed);
    pushed.reverse();
    assert_eq!(table(&pushed), forward);
}

#[test]
fn what_is_nested_too_deep_is_kept_as_text() {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let mut resource = Resource::new("volume", "v");
    resource.properties.insert("deep", deep.clone());
    let read = table(&[("west".into(), resource)]).resource(0);
    assert_eq!(read.properties.value("deep").unwrap(), Value::String(deep.to_string()));
}

/// What inventories are made of, in numbers that every encoding is chosen for.
#[test]
fn texts_of_every_form_come_back() {
    let forms: [fn(usize) -> String; 18] = [
        |n| format!("vol-{:016x}", (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        |n| format!("prod-web-app-{n}-{}", n * 37 % 1000),
        |n| format!("user{}@example.com", n * n),
        |n| format!("team-{n:03}"),
        |n| format!("10.{}.{}.0/24", n % 256, n * 7 % 256),
        |n| if n % 50 == 49 { "bl\u{e4}u \"x\"\n".to_owned() } else { format!("node {n}") },
        |n| "x".repeat(n % 7),
        |n| format!("{}ü{}", "ä".repeat(n % 3), n),
        |n| ["ä", "å", "æ"][n % 3].to_owned() + &"é".repeat(n % 5) + "ö",
        |n| n.to_string().repeat(9),
        |n| format!("0{n}"),
        |n| format!("a{}a", "a".repeat(n % 4)),
        |_| String::new(),
        |n| format!("{:?}", (n as f64).sin()),
        |n| format!("/a/b/{}/c/{}", n % 3, "d/".repeat(n % 4)),
        |n| format!("ip-10-0-{}-{}.eu.internal", n % 8, n % 200),
        |n| format!("2026-01-{:02}T{:02}:00:00Z", n % 28 + 1, n % 24),
        |n| format!("\u{1F600}{}", char::from_u32(0x80 + n as u32).unwrap()),
    ];
    for count in [1, 2, 3, 7, 33, 260, 700] {
        let resource = |n: usize| {
            let mut resource = Resource::new("volume", forms[0](n));
            resource.name = forms[n % 2](n);
            for (position, form) in forms.iter().enumerate() {
                let every = position + 1;
                resource.properties.insert(&format!("all{position}"), form(n).into());
                if n.is_multiple_of(every) {
                    resource.tags.insert(format!("some{position}"), form(n));
                }
            }
            resource.properties.insert("arn", format!("arn:{}:x/{}", n % 2, resource.id).into());
            resource.links = vec![link("subnet", forms[3](n)), link("vpc", format!("{:?}", n % 5))];
            (RegionId::from(format!("region-{}", n % 3)), resource)
        };
        check(&(0..count).map(resource).collect::<Vec<_>>());
    }
}

#[test]
fn numbers_of_every_form_come_back() {
    let forms: [fn(i64) -> Value; 12] = [
        |n| json!(n),
        |n| json!(n * 86_400 + 1_700_000_000),
        |n| json!(i64::MAX - n % 400 * (i64::MAX / 400)),
        |n| json!(if n % 2 == 0 { i64::MIN + n } else { i64::MAX - n }),
        |n| json!(n as f64),
        |n| json!(n as f64 / 100.0),
        |n| json!((n as f64).sqrt()),
        |n| json!(f64::MAX / (n + 1) as f64),
        |n| if n % 3 == 0 { json!(n) } else { json!(n as f64 + 0.5) },
        |n| json!(u64::MAX - n as u64),
        |n| json!([-0.0, 0.0, f64::MIN_POSITIVE][n as usize % 3]),
        |n| if n % 2 == 0 { json!(n % 4 == 0) } else { json!(n) },
    ];
    for count in [1, 2, 50, 300] {
        let resource = |n: i64| {
            let mut resource = Resource::new("volume", format!("{n:05}"));
            for (position, form) in forms.iter().enumerate() {
                if n % 11 != position as i64 {
                    resource.properties.insert(&position.to_string(), form(n));
                }
                if n % (10 * position as i64 + 1) == 0 {
                    resource.properties.insert(&format!("few{position}"), form(n));
                }
            }
            let second = 1_700_000_000 + n * 1_000_003;
            resource.ctime = Timestamp::from_second(second).ok();
            resource.mtime = Timestamp::new(second, (n % 7) as i32 * 1000).ok();
            resource.atime = (n % 5 == 0).then_some(if n % 2 == 0 { Timestamp::MAX } else { Timestamp::MIN });
            (RegionId::from("west"), resource)
        };
        check(&(0..count).map(resource).collect::<Vec<_>>());
    }
}

#[test]
fn a_table_may_have_more_rows_than_two_bytes_count() {
    let resource = |n: i64| {
        let mut resource = Resource::new("volume", format!("{n:06}"));
        resource.properties =
            [("same".into(), json!("x")), ("half".into(), json!(n % 67_000 * 1_000_003))].into_iter().collect();
        if n % 1000 == 0 {
            resource.properties.insert("few", json!(n));
        }
        (RegionId::from("west"), resource)
    };
    let rows_in: Vec<_> = (0..140_000).map(resource).collect();
    assert!(rows(&table(&rows_in)) == rows_in);
}

fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i64>().prop_map(Value::from),
        (-5..5i64).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("JSON has finite numbers", |n| serde_json::Number::from_f64(n).map(Value::Number)),
        (-500..500i32).prop_map(|n| Value::from(f64::from(n) / 10.0)),
    ];
    let leaf =
        prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool), number, text().prop_map(Value::String),];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::Array),
            proptest::collection::btree_map("[a-c]", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", "i-[0-9a-f]{8}", "[a-z]{1,3}-[0-9]{1,3}", "0?[0-9]{1,4}", ".{0,6}"]
}

/// Names that tags, properties and fields share.
const NAMES: [&str; 5] = ["a", "b", "id", "name", "ctime"];

fn resource() -> impl Strategy<Value = (RegionId, Resource)> {
    let time = || option::of((-62_135_596_800i64..253_402_207_200, 0..1_000_000_000i32));
    let time = || time().prop_map(|time| time.and_then(|(second, nano)| Timestamp::new(second, nano).ok()));
    let properties = proptest::collection::btree_map(select(&NAMES[..]), value(), 0..5);
    let tags = proptest::collection::btree_map(select(&NAMES[..]), text(), 0..5);
    let links = vec((select(&["x", "y", "wide kind"][..]), text()), 0..4);
    let texts = (text(), option::of(text()), option::of(text()), option::of(text()), option::of(text()));
    (select(&["", "west"][..]), texts, time(), time(), any::<bool>(), properties, tags, links).prop_map(
        |(scope, (id, name, region, zone, provider_link), ctime, mtime, protected, properties, tags, links)| {
            let resource = Resource {
                name: name.unwrap_or_else(|| id.clone()),
                region: region.map(RegionId::from),
                zone,
                provider_link,
                ctime,
                mtime,
                protected,
                properties: properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                tags: tags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<BTreeMap<_, _>>(),
                links: links.into_iter().map(|(kind, value)| link(kind, value)).collect(),
                ..Resource::new("volume", id)
            };
            (scope.into(), resource)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_is_pushed_comes_back(rows in vec(resource(), 0..30)) {
        check(&rows);
    }
}

/// A table with every encoding, link order included.
fn varied(count: usize) -> Table {
    let resource = |n: usize| {
        let mut resource = Resource { name: format!("prod-web-{}", n % 7), ..rich(&format!("vol-{:08x}", n * 7919)) };
        resource.properties.insert("few", if n.is_multiple_of(29) { json!(n) } else { Value::Null });
        resource.properties.insert("mixed", if n.is_multiple_of(2) { json!(n) } else { json!(format!("{n}")) });
        resource.properties.insert("path", json!(format!("{}/{}/{}", n % 3, n, n * n)));
        (RegionId::from(format!("region-{}", n % 3)), resource)
    };
    table(&(0..count).map(resource).collect::<Vec<_>>())
}

fn again(table: &Table, buffer: Vec<u64>) -> Result<Table, Unsound> {
    let TableParts { account, kind, schema, regions, .. } = table.parts();
    Table::from_parts(account.clone(), kind.clone(), schema.clone(), regions.clone(), buffer.into())
}

/// Reads everything in every way, for the panics that must not happen.
fn read_all(table: &Table) {
    let mut scratch = String::new();
    for (_, column) in table.columns() {
        let mut numbers = Vec::new();
        column.numbers(&mut numbers);
        column.seconds(&mut numbers);
        column.present(|row| assert!(row < table.len()));
        if let Some(coded) = column.coded() {
            coded.entries().for_each(drop);
            (0..table.len()).for_each(|row| drop(coded.entry(coded.code(row))));
        }
        (0..table.len())
            .for_each(|row| assert!(column.text(row, &mut scratch).is_none_or(|text| text.len() < 1 << 20)));
    }
    for shape in 0..table.link_shapes().len() {
        let column = table.link_column(shape);
        column.each(|_, position| drop(column.values().cell(position)));
    }
    table.runs().for_each(drop);
    table.resources().for_each(drop);
}

#[test]
fn a_table_is_put_together_from_its_parts() {
    let table = varied(50);
    assert_eq!(again(&table, table.parts().buffer.to_vec()), Ok(table.clone()));
    let mut copy = builder();
    copy.push_rows(&table, 0..table.len());
    let mut interner = Interner::default();
    interner.keep(&table);
    let mut copy = copy.finish();
    interner.intern(&mut copy);
    assert!(std::ptr::eq(&raw const **table.parts().schema, &raw const **copy.parts().schema));
}

#[test]
fn a_damaged_buffer_is_refused_or_read_without_a_panic() {
    let table = varied(60);
    let words = table.parts().buffer;
    for len in (0..words.len()).step_by(7).chain(0..80) {
        if let Ok(read) = again(&table, words[..len].to_vec()) {
            read_all(&read);
        }
    }
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap()
    };
    let (mut refused, mut read) = (0, 0);
    for _ in 0..600 {
        let mut damaged = words.to_vec();
        // The heads are in the first part, so that is where most damage is done.
        let reach = if random() % 3 == 0 { words.len() } else { words.len().min(60) };
        for _ in 0..=random() % 3 {
            damaged[random() % reach] ^= match random() % 3 {
                0 => 1 << (random() % 64),
                1 => 0xff << (8 * (random() % 8)),
                _ => random() as u64 * random() as u64,
            };
        }
        match again(&table, damaged) {
            Err(_) => refused += 1,
            Ok(table) => {
                read += 1;
                read_all(&table);
            }
        }
    }
    assert!(refused > 50 && read > 50, "{refused} {read}");
}

/// An instance as inventories have them: 22 fields, 5 tags, a link.
fn typical(n: u64) -> Resource {
    let random = |salt: u64, below: u64| {
        let mut bits = (n * 64 + salt + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (bits ^ (bits >> 31)) % below
    };
    let id = format!("ins-{:016x}", random(0, u64::MAX));
    let name = format!(
        "{}-{}-app-{}-{n}",
        ["prod", "dev"][random(2, 2) as usize],
        ["web", "api", "etl"][random(17, 3) as usize],
        random(3, 800)
    );
    let status = ["running", "stopped", "terminated"][random(5, 3) as usize];
    let properties = json!({
        "arn": format!("arn:aws:instance:eu-west-{}:116676712211:instance/{id}", n % 2), "owner_id": "116676712211",
        "age_days": random(4, 3000), "instance_status": status,
        "instance_cores": f64::from(1 << random(6, 5) as u32), "instance_memory": f64::from(4 << random(6, 5) as u32),
        "private_ip": format!("10.{}.{}.{}", random(7, 256), random(8, 256), random(9, 256)), "tenancy": "default",
        "image_id": format!("ami-{:08x}", random(10, 400)), "instance_type": format!("m5.{}xlarge", 1 << random(6, 5)),
    });
    let tags = [
        ("team", format!("team-{:03}", random(11, 120))),
        ("owner", format!("user{}@example.com", random(12, 3000))),
        ("env", ["prod", "dev"][random(2, 2) as usize].to_owned()),
        ("cost_center", format!("CC-{}", 1000 + random(13, 200))),
        ("app", format!("app-{}", random(3, 800))),
    ];
    Resource {
        name,
        ctime: Timestamp::from_second(1_500_000_000 + random(14, 250_000_000) as i64).ok(),
        mtime: Timestamp::from_second(1_735_689_600 + 86_400 * random(15, 336) as i64).ok(),
        properties: properties.as_object().unwrap().clone().into(),
        tags: tags.map(|(key, value)| (key.to_owned(), value)).into(),
        links: vec![link("subnet", format!("sub-{:016x}", random(16, 12) * 0x1234_5678_9ABC_DEF0))],
        ..Resource::new("volume", id)
    }
}

#[test]
fn a_hundred_typical_resources_take_less_than_a_hundred_bytes_each() {
    let rows: Vec<_> = (0..100).map(|n| (RegionId::from(format!("eu-west-{}", n % 2)), typical(n))).collect();
    check(&rows);
    let bytes = size_of_val(table(&rows).parts().buffer) / rows.len();
    assert!(bytes < 100, "{bytes} bytes");
}
