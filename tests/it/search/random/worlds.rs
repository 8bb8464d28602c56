//! Random worlds: several clouds, accounts and regions, values of every type in every property, and links across.

use std::{collections::BTreeMap, sync::Arc};

use cloudgauge::model::{DeleteOrder, Kind, KindModel, KindName, LinkEnd, Map, PropertyType, Resource, Value};
use jiff::SignedDuration;
use serde_json::json;

use super::Dice;
use crate::search::world::{AccountDescription, Description, History, Joint, Placed, RegionDescription, now};

/// The texts that values are made of; few, so that queries meet them.
pub(super) const TEXTS: [&str; 16] = [
    "alpha",
    "beta",
    "Alpha",
    "",
    "ünï-çødé",
    "10",
    "007",
    "true",
    "10GB",
    "2026-11-01",
    "alpha beta",
    "a/b:c@d.e_f",
    "\"quoted\" \\ back",
    "line\nbreak",
    "🦀",
    "running",
];

/// The kinds of resources in a random world.
const KINDS: [&str; 6] = ["machine", "disk", "sample", "sample_large", "other", "certificate"];

/// The base kinds, and some with properties of every type.
pub(crate) fn kinds() -> Arc<KindModel> {
    use PropertyType::{Any, Bool, Datetime, Float, Int, List, Object, String};
    let kind = |name: &str, base: &str, properties: &[(&str, PropertyType)]| Kind {
        name: name.into(),
        bases: vec![KindName::from(base)],
        properties: properties.iter().map(|(name, property)| ((*name).to_owned(), *property)).collect(),
        phantom: false,
        open: false,
    };
    let model = KindModel::new([
        kind("sky_account", "account", &[("s", String), ("n", Float)]),
        kind("sky_region", "region", &[("s", String), ("n", Float)]),
        kind("machine", "instance", &[("s", String), ("private_ip", String)]),
        kind("disk", "volume", &[("os", List)]),
        kind(
            "sample",
            "resource",
            &[
                ("n", Float),
                ("i", Int),
                ("s", String),
                ("f", Bool),
                ("t", Datetime),
                ("l", List),
                ("o", Object),
                ("m", Any),
                ("os", List),
                ("ip", String),
                ("size_mb", Int),
            ],
        ),
        kind("sample_large", "sample", &[("x", Int)]),
        kind("other", "resource", &[("s", String), ("m", Any), ("n", Float), ("i", Int)]),
    ]);
    Arc::new(model.unwrap())
}

/// A world of at most so many resources.
pub(crate) fn world(dice: &mut Dice, resources: usize) -> Description {
    let accounts: Vec<AccountDescription> = (0..dice.within(1, 3)).map(|position| account(dice, position)).collect();
    let resources: Vec<Placed> =
        (0..dice.within(resources / 6, resources)).map(|number| placed(dice, &accounts, number)).collect();
    let mut links = Vec::new();
    for _ in 0..resources.len() * 3 / 2 {
        let link = Joint {
            holder: dice.below(resources.len()),
            other: dice.below(resources.len()),
            end: *dice.one(&[LinkEnd::From, LinkEnd::To]),
            delete: *dice.one(&[DeleteOrder::None, DeleteOrder::Same, DeleteOrder::Reverse]),
            outer: dice.percent(40),
        };
        links.push(link);
    }
    let history = match dice.below(3) {
        0 => History::Listed,
        1 => History::Packed,
        _ => History::Grown(dice.below(resources.len() + 1)),
    };
    Description { accounts, resources, links, history }
}

fn account(dice: &mut Dice, position: usize) -> AccountDescription {
    let regions = ["west", "east", "global"].into_iter().filter(|_| dice.percent(70)).collect::<Vec<_>>();
    let regions = regions.into_iter().map(|id| RegionDescription {
        id: id.to_owned(),
        name: dice.word(&["west", "east", "alpha"]),
        kind: dice.word(&["sky_region", "sky_region", "region"]),
        properties: if dice.percent(50) { json!({ "s": text(dice), "n": number(dice) }) } else { json!({}) },
    });
    let regions = regions.collect();
    AccountDescription {
        cloud: dice.word(&["sky", "aws"]),
        id: ["dev", "123456789012", "007"][position].to_owned(),
        name: dice.word(&["alpha", "beta", "dev"]),
        kind: dice.word(&["sky_account", "account"]),
        properties: json!({ "s": text(dice) }),
        regions,
    }
}

fn placed(dice: &mut Dice, accounts: &[AccountDescription], number: usize) -> Placed {
    let kind = dice.word(&KINDS);
    let mut properties = Map::new();
    let mut set = |dice: &mut Dice, name: &str, value: fn(&mut Dice) -> Value| {
        if dice.percent(75) {
            // Now and then something else than what the kind says, as clouds do.
            let value = if dice.percent(8) { anything(dice, 2) } else { value(dice) };
            properties.insert(name.to_owned(), value);
        }
    };
    match kind.as_str() {
        "machine" => {
            set(dice, "s", text);
            set(dice, "private_ip", address);
            set(dice, "instance_cores", self::number);
            set(dice, "instance_memory", self::number);
            set(dice, "instance_status", text);
        }
        "disk" => {
            set(dice, "volume_size", self::number);
            set(dice, "volume_type", text);
            set(dice, "volume_encrypted", boolean);
            set(dice, "os", objects);
        }
        "other" => {
            set(dice, "s", text);
            set(dice, "m", |dice| anything(dice, 3));
            set(dice, "n", self::number);
            set(dice, "i", integer);
        }
        "certificate" => {
            set(dice, "expires", time);
            set(dice, "dns_names", list);
        }
        sample => {
            set(dice, "n", self::number);
            set(dice, "i", integer);
            set(dice, "s", text);
            set(dice, "f", boolean);
            set(dice, "t", time);
            set(dice, "l", list);
            set(dice, "o", nested);
            set(dice, "m", |dice| anything(dice, 3));
            set(dice, "os", objects);
            set(dice, "ip", address);
            set(dice, "size_mb", integer);
            if sample == "sample_large" {
                set(dice, "x", integer);
            }
        }
    }
    let mut tags = BTreeMap::new();
    for key in ["owner", "a b", "expiration", "cloudgauge:expires"] {
        if dice.percent(30) {
            let value = match key {
                "expiration" => dice.word(&["7d", "never", "90d"]),
                "cloudgauge:expires" => dice.word(&["2026-11-01", "2027-01-01T00:00:00+01:00", "soon"]),
                _ => dice.word(&TEXTS),
            };
            tags.insert(key.to_owned(), value);
        }
    }
    let account = dice.below(accounts.len());
    let regions = ["west", "east", "global", "north"];
    let moment = |dice: &mut Dice| {
        let seconds = SignedDuration::from_millis(i64::try_from(dice.below(90)).unwrap() * 43_200_000 + 1_500);
        dice.percent(60).then(|| now() - seconds + SignedDuration::from_hours(24 * 15))
    };
    let resource = Resource {
        name: if dice.percent(50) { dice.word(&TEXTS) } else { format!("r{number}") },
        region: dice.percent(15).then(|| dice.word(&regions).into()),
        zone: dice.percent(30).then(|| dice.word(&["a", "b"])),
        tags,
        ctime: moment(dice),
        mtime: moment(dice),
        atime: moment(dice),
        properties: properties.into(),
        provider_link: dice.percent(20).then(|| format!("https://console.example/{number}")),
        protected: dice.percent(20),
        ..Resource::new(kind, format!("r{number}"))
    };
    let mut placed = Placed { account, region: dice.word(&regions), resource, marked: dice.percent(15) };
    if dice.percent(10) {
        // Some things belong to an account as a whole.
        placed.region = String::new();
        placed.resource.region = None;
        placed.resource.zone = None;
    }
    placed
}

fn text(dice: &mut Dice) -> Value {
    json!(dice.word(&TEXTS))
}

fn boolean(dice: &mut Dice) -> Value {
    json!(dice.percent(50))
}

fn integer(dice: &mut Dice) -> Value {
    match dice.below(20) {
        0 => json!(i64::MAX),
        1 => json!(u64::MAX),
        2 => json!(-1_000_000_007_i64),
        3 => json!(70_000),
        _ => json!(dice.below(12)),
    }
}

fn number(dice: &mut Dice) -> Value {
    match dice.below(10) {
        0 => json!(0.5),
        1 => json!(-2.25),
        2 => json!(3.0),
        3 => json!(1e15),
        _ => json!(dice.below(12)),
    }
}

fn time(dice: &mut Dice) -> Value {
    let times = [
        "2026-11-01",
        "2026-11-01T00:00:00Z",
        "2026-11-01T01:00:00+01:00",
        "2026-11-22T12:00:00.000001Z",
        "2026-12-24T18:00:00",
        "2020-02-29T23:59:59Z",
        "not a time",
    ];
    json!(dice.word(&times))
}

fn address(dice: &mut Dice) -> Value {
    let addresses = ["10.0.0.1", "10.1.2.3", "192.168.0.7", "::1", "nowhere"];
    if dice.percent(20) {
        return json!([dice.word(&addresses), dice.word(&addresses)]);
    }
    json!(dice.word(&addresses))
}

fn scalar(dice: &mut Dice) -> Value {
    match dice.below(8) {
        0 => Value::Null,
        1 => boolean(dice),
        2 | 3 => integer(dice),
        4 => number(dice),
        _ => text(dice),
    }
}

fn list(dice: &mut Dice) -> Value {
    let same = dice.percent(60);
    (0..dice.below(4)).map(|_| if same { json!(dice.below(4)) } else { scalar(dice) }).collect()
}

/// A list of objects that know each other's keys.
fn objects(dice: &mut Dice) -> Value {
    let objects = (0..dice.below(4)).map(|_| {
        let mut object = Map::new();
        if dice.percent(85) {
            object.insert("k".into(), text(dice));
        }
        if dice.percent(85) {
            object.insert("v".into(), number(dice));
        }
        if dice.percent(30) {
            object.insert("w".into(), Value::Null);
        }
        if dice.percent(60) {
            let inner =
                (0..dice.below(3)).map(|_| json!({ "c": dice.word(&TEXTS[..3]), "d": dice.below(3) })).collect();
            object.insert("in".into(), inner);
        }
        if dice.percent(5) { scalar(dice) } else { Value::Object(object) }
    });
    objects.collect()
}

fn nested(dice: &mut Dice) -> Value {
    let mut object = Map::new();
    if dice.percent(80) {
        object.insert("a".into(), json!({ "b": number(dice), "s": text(dice), "z": null }));
    }
    if dice.percent(60) {
        object.insert("l".into(), list(dice));
    }
    if dice.percent(60) {
        object.insert("items".into(), objects(dice));
    }
    if dice.percent(30) {
        object.insert("key.with:signs".into(), scalar(dice));
    }
    Value::Object(object)
}

fn anything(dice: &mut Dice, depth: usize) -> Value {
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0..=5 => scalar(dice),
        6 => (0..dice.below(3)).map(|_| anything(dice, depth - 1)).collect(),
        7 => objects(dice),
        _ => {
            let fields = (0..dice.below(3)).map(|_| (dice.word(&["x", "y", "k"]), anything(dice, depth - 1)));
            Value::Object(fields.collect())
        }
    }
}
