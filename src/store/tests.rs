#![allow(clippy::cast_possible_wrap, reason = "made-up numbers are small")]

use std::{fs, path::Path, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

use super::*;
use crate::{
    graph::{AccountKey, Draft, Generation, Inventory, Mark, Marks, Outcome, ScopeState, Slice, fixture},
    model::{DeleteOrder, Failure, FailureClass, KindModel, Link, LinkEnd, Resource, Selector},
};

fn kinds() -> Arc<KindModel> {
    Arc::new(KindModel::base())
}

/// Two accounts with links, marks, a failed scope and an empty one.
fn generation(number: u64) -> Generation {
    let instance = |n: usize| Resource {
        tags: [("team".to_owned(), format!("team-{}", n % 3))].into(),
        ctime: Timestamp::from_second(1_700_000_000 + 3600 * n as i64).ok(),
        properties: serde_json::json!({"cores": n % 8, "note": format!("ü {n}")}).as_object().unwrap().clone().into(),
        links: vec![Link {
            end: LinkEnd::To,
            other: Selector { kind: "volume".into(), property: "id".into(), value: format!("v-{n}") },
            delete: DeleteOrder::None,
            outer: false,
        }],
        ..Resource::new("instance", format!("i-{n}"))
    };
    let volumes = (0..9).map(|n| Resource::new("volume", format!("v-{n}")));
    let mut inventory = (*fixture::inventory(&[
        ("one", (0..40).map(instance).collect()),
        ("two", (0..9).map(instance).chain(volumes).collect()),
    ]))
    .clone();
    inventory.pack();
    let (scope, state) = inventory.scopes.iter().next().map(|(key, state)| (key.clone(), state.clone())).unwrap();
    let mut failed = (*state).clone();
    failed.entry.outcome = Outcome::Failed;
    failed.entry.failure = Some(Failure::new(FailureClass::Denied, "ListThings"));
    failed.entry.last_success = None;
    failed.entry.duration = std::time::Duration::from_nanos(1_234_567_891);
    (failed.entry.calls, failed.entry.throttles) = (12, u32::MAX);
    failed.entry.known_since = "2026-11-21T11:00:00.000000001Z".parse().unwrap();
    failed.entry.last_attempt = "2026-11-22T12:00:00.123456789Z".parse().unwrap();
    let empty = ScopeState { entry: state.entry.clone(), rows: Slice::default() };
    let mut other = scope.clone();
    other.region = "east".into();
    inventory.scopes.insert(scope, Arc::new(failed));
    inventory.scopes.insert(other, Arc::new(empty));
    inventory.accounts.get_mut(&key("two")).unwrap().failure = Some(Failure::new(FailureClass::Timeout, "no answer"));
    let (inventory, graph) = Draft::new(Arc::new(inventory), kinds()).seal();
    let marked = Mark { rule: "old".into(), reason: "too old".into(), since: fixture::now() };
    let node = graph.of_kind("volume").next().unwrap();
    let marks = Marks::from([(graph.node(node).key(), marked)]);
    Generation::new(number, Some(fixture::now()), inventory, graph).with_marks(marks)
}

fn key(account: &str) -> AccountKey {
    AccountKey { provider: "test".into(), cloud: "sky".into(), account: account.into() }
}

fn assert_same(read: &Generation, written: &Generation) {
    assert_eq!((read.number, read.collected_at), (written.number, written.collected_at));
    assert_eq!(*read.inventory, *written.inventory);
    assert_eq!(read.marks(), written.marks());
    assert_eq!(read.marked().len(), written.marked().len());
    assert_eq!((read.graph.len(), read.graph.edges()), (written.graph.len(), written.graph.edges()));
    let documents =
        |generation: &Generation| generation.graph.ids().map(|id| generation.document(id)).collect::<Vec<_>>();
    assert_eq!(documents(read), documents(written));
}

fn newest(directory: &Directory) -> Generation {
    let loaded = directory.load_generation(&kinds()).unwrap();
    assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
    loaded.generation.unwrap()
}

#[test]
fn a_generation_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not/there/yet");
    assert!(Directory::at(&path).load_generation(&kinds()).unwrap().generation.is_none());
    let directory = Directory::open(&path, 3).unwrap();
    assert!(directory.load_generation(&kinds()).unwrap().generation.is_none());
    let written = generation(7);
    let saved = directory.save_generation(&written, b"[7]".to_vec()).unwrap();
    assert_eq!(saved.bytes, fs::metadata(&saved.path).unwrap().len());
    assert_same(&newest(&directory), &written);
    assert_same(&newest(&Directory::at(&path)), &written);
    assert_eq!(directory.load_generation(&kinds()).unwrap().totals, b"[7]");
    assert_same(&read_generation(&saved.path, &kinds()).unwrap(), &written);
}

#[test]
fn the_ledger_can_be_read_without_the_resources() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 3).unwrap();
    assert_eq!(directory.load_ledger(), None);
    let written = generation(7);
    let path = directory.save_generation(&written, Vec::new()).unwrap().path;
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let Ledger { number, collected_at, lines } = directory.load_ledger().unwrap();
    assert_eq!((number, collected_at), (7, written.collected_at));
    let expected = written.inventory.scopes.iter().map(|(scope, state)| LedgerLine {
        scope: scope.clone(),
        account_name: format!("name of {}", scope.account),
        entry: state.entry.clone(),
        resources: state.rows.len(),
    });
    assert_eq!(lines, expected.collect::<Vec<_>>());
}

#[test]
fn the_generation_before_the_first_collection_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 1).unwrap();
    let (inventory, graph) = Draft::new(Arc::new(Inventory::default()), kinds()).seal();
    let written = Generation::new(0, None, inventory, graph);
    directory.save_generation(&written, Vec::new()).unwrap();
    assert_same(&newest(&directory), &written);
}

#[test]
fn equal_generations_are_equal_files() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 3).unwrap();
    let first = fs::read(directory.save_generation(&generation(1), Vec::new()).unwrap().path).unwrap();
    let read = newest(&directory);
    assert_eq!(fs::read(directory.save_generation(&read, Vec::new()).unwrap().path).unwrap(), first);
}

#[test]
fn the_newest_generations_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 2).unwrap();
    for number in [9, 10, 11, 100] {
        directory.save_generation(&generation(number), Vec::new()).unwrap();
    }
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let expected = [11, 100].map(|number| format!("generation-{number:020}.cloudgauge"));
    assert_eq!(names, expected.map(std::ffi::OsString::from));
    assert_eq!(newest(&directory).number, 100);
}

#[test]
fn a_damaged_generation_is_reported_and_the_one_before_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 3).unwrap();
    directory.save_generation(&generation(1), Vec::new()).unwrap();
    let path = directory.save_generation(&generation(2), Vec::new()).unwrap().path;
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let loaded = directory.load_generation(&kinds()).unwrap();
    assert_eq!(loaded.generation.unwrap().number, 1);
    let [skipped] = &loaded.skipped[..] else { panic!("{:?}", loaded.skipped) };
    assert_eq!((&skipped.path, skipped.error.to_string()), (&path, "the checksum of its rows is wrong".to_owned()));
    // The number is given again by the next collection, which replaces the damaged file.
    directory.save_generation(&generation(2), Vec::new()).unwrap();
    assert_eq!(newest(&directory).number, 2);
}

#[test]
fn what_an_interrupted_write_left_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join("generation-00000000000000000001.partial");
    let foreign = folder.path().join("notes.txt");
    fs::write(&left, "half").unwrap();
    fs::write(&foreign, "mine").unwrap();
    let directory = Directory::open(folder.path(), 1).unwrap();
    directory.save_generation(&generation(1), Vec::new()).unwrap();
    assert!(!left.exists() && foreign.exists());
}

#[test]
fn bodies_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 1).unwrap();
    assert_eq!(directory.load_bodies().unwrap(), None);
    let pieces = [("text", "a 1\n"), ("empty", ""), ("openmetrics", "a 1\n# EOF\n")];
    let pieces = pieces.map(|(name, text)| (name.to_owned(), Bytes::from_static(text.as_bytes())));
    let bodies =
        Bodies { generation: 3, collected_at: fixture::now(), rendered_at: fixture::now(), pieces: pieces.into() };
    directory.save_bodies(&bodies).unwrap();
    assert_eq!(directory.load_bodies().unwrap(), Some(bodies));
    assert!(directory.load_generation(&kinds()).unwrap().skipped.is_empty());
}

#[test]
fn a_message_says_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 1).unwrap();
    let saved = directory.save_generation(&generation(1), Vec::new()).unwrap();
    let right = fs::read(&saved.path).unwrap();
    let says = |change: fn(&mut Vec<u8>)| {
        let mut bytes = right.clone();
        change(&mut bytes);
        fs::write(&saved.path, bytes).unwrap();
        let loaded = directory.load_generation(&kinds()).unwrap();
        loaded.skipped[0].error.to_string()
    };
    assert_eq!(says(Vec::clear), "it is no file of cloudgauge");
    assert_eq!(says(|bytes| bytes[0] = b'C'), "it is no file of cloudgauge");
    assert_eq!(says(|bytes| bytes[8] = 9), "it has version 9 of the format, and this program reads version 2");
    assert_eq!(says(|bytes| bytes[12..16].reverse()), "it was written on a machine with another byte order");
    assert_eq!(says(|bytes| bytes[30] ^= 1), "the checksum of its head is wrong");
    assert!(says(|bytes| bytes.truncate(bytes.len() - 1)).starts_with("it has "));
    fs::copy(&saved.path, folder.path().join("bodies.cloudgauge")).unwrap();
    fs::write(folder.path().join("bodies.cloudgauge"), &right).unwrap();
    let error = directory.load_bodies().unwrap_err();
    assert!(matches!(error, StoreError::Read { source: FileError::Content, .. }), "{error:?}");
}

/// Reads a file that somebody changed: an error, or what was written.
fn assert_harmless(path: &Path, bytes: &[u8], written: &Generation) {
    fs::write(path, bytes).unwrap();
    let folder = path.parent().unwrap();
    let loaded = Directory::open(folder, 1).unwrap().load_generation(&kinds()).unwrap();
    if let Some(read) = loaded.generation {
        assert_same(&read, written);
    } else {
        assert_eq!(loaded.skipped.len(), 1);
    }
}

#[test]
fn a_file_that_was_cut_or_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(folder.path(), 1).unwrap();
    let written = generation(1);
    let path = directory.save_generation(&written, Vec::new()).unwrap().path;
    let bytes = fs::read(&path).unwrap();
    for len in (0..bytes.len()).step_by(bytes.len() / 150 + 1).chain(0..40) {
        assert_harmless(&path, &bytes[..len], &written);
    }
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..600 {
        let mut changed = bytes.clone();
        // A third of the changes hit the head, where lengths are.
        let reach = if round % 3 == 0 { 240 } else { bytes.len() };
        for _ in 0..=random(3) {
            changed[random(reach)] ^= 1 << random(8);
        }
        if round % 5 == 0 {
            let at = random(changed.len());
            changed.drain(at..(at + random(30)).min(bytes.len()));
        }
        assert_harmless(&path, &changed, &written);
    }
}
