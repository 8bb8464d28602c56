use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value as Json;

use super::*;
use crate::document::{Document, Mistakes, NodeValue, Source};

/// Loads from files and variables that exist only here.
fn loaded(files: &[(&str, &str)], variables: &[(&str, &str)], flags: Vec<Flag>) -> Result<Loaded<Settings>, Mistakes> {
    let content: BTreeMap<PathBuf, Vec<u8>> =
        files.iter().map(|(name, text)| (name.into(), text.as_bytes().to_vec())).collect();
    let read = move |path: &Path| content.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into());
    let named: Vec<PathBuf> = files.iter().map(|(name, _)| name.into()).collect();
    let environment = variables.iter().map(|(name, value)| (name.into(), value.into())).collect();
    load(&Input { files: named, environment, flags, read: Arc::new(read) })
}

fn good(files: &[(&str, &str)], variables: &[(&str, &str)], flags: Vec<Flag>) -> Settings {
    loaded(files, variables, flags).map_or_else(|mistakes| panic!("{mistakes}"), |loaded| loaded.settings)
}

fn bad(files: &[(&str, &str)], variables: &[(&str, &str)], flags: Vec<Flag>) -> String {
    loaded(files, variables, flags).expect_err("the settings are wrong").to_string()
}

fn json(settings: &Settings) -> Json {
    serde_json::to_value(settings).unwrap()
}

const CONCURRENCY: &[&str] = &["collect", "concurrency"];

#[test]
fn nothing_at_all_gives_the_defaults() {
    assert_eq!(json(&good(&[], &[], vec![])), json(&Settings::default()));
    assert_eq!(json(&good(&[("a", "")], &[], vec![])), json(&Settings::default()));
    assert_eq!(json(&good(&[("a", "collect:\n  # concurrency: 1\n")], &[], vec![])), json(&Settings::default()));
}

#[test]
fn each_layer_wins_over_the_one_below() {
    let files = [
        ("a", "collect: {concurrency: 1, scope_timeout: 1min, account_timeout: 1min}"),
        ("b", "collect: {concurrency: 2, scope_timeout: 2min}"),
    ];
    let variables = [("CLOUDGAUGE__COLLECT__CONCURRENCY", "3"), ("CLOUDGAUGE__COLLECT__STALE_AFTER", "3d")];
    let collect = |settings: Settings| {
        let collect = settings.collect;
        (collect.concurrency, collect.scope_timeout, collect.account_timeout, collect.stale_after)
    };
    let minutes = Duration::from_mins;
    let days = |days: u64| Duration::from_hours(24 * days);
    assert_eq!(collect(good(&files[..1], &[], vec![])), (1, minutes(1), minutes(1), days(7)));
    assert_eq!(collect(good(&files, &[], vec![])), (2, minutes(2), minutes(1), days(7)));
    assert_eq!(collect(good(&files, &variables, vec![])), (3, minutes(2), minutes(1), days(3)));
    let flags = vec![Flag::one("--collect.concurrency", CONCURRENCY, &4)];
    assert_eq!(collect(good(&files, &variables, flags)), (4, minutes(2), minutes(1), days(3)));
}

#[test]
fn an_empty_section_does_not_wipe_out_the_layer_below() {
    let settings = good(&[("a", "collect: {concurrency: 1}"), ("b", "collect:\n  # all is well\n")], &[], vec![]);
    assert_eq!(settings.collect.concurrency, 1);
}

#[test]
fn variables_of_others_and_empty_ones_are_ignored() {
    let variables = [
        ("CLOUDGAUGE_PORT", "tcp://10.0.0.1:9955"),
        ("CLOUDGAUGE_SERVICE_HOST", "10.0.0.1"),
        ("CLOUDGAUGE__COLLECT__CONCURRENCY", ""),
        ("HOME", "/root"),
    ];
    assert_eq!(json(&good(&[], &variables, vec![])), json(&Settings::default()));
}

#[test]
fn a_list_comes_from_a_variable_with_commas_or_from_a_repeated_flag() {
    let addresses = |settings: Settings| json(&settings)["web"]["listen_addresses"].clone();
    let variable = |value| [("CLOUDGAUGE__WEB__LISTEN_ADDRESSES", value)];
    let expected = serde_json::json!([":1", "[::1]:2"]);
    assert_eq!(addresses(good(&[], &variable(":1, [::1]:2"), vec![])), expected);
    assert_eq!(addresses(good(&[], &variable(r#"[":1", "[::1]:2"]"#), vec![])), expected);
    let flag = Flag::many("--web.listen-address", &["web", "listen_addresses"], vec![":1".into(), "[::1]:2".into()]);
    assert_eq!(addresses(good(&[("a", "web: {listen_addresses: [\":3\"]}")], &[], vec![flag])), expected);
}

#[test]
fn the_first_standard_file_counts() {
    let load_from = |present: &'static [&'static str]| {
        let read = move |path: &Path| match present.iter().position(|name| Path::new(name) == path) {
            Some(position) => Ok(format!("collect: {{concurrency: {}}}", position + 1).into_bytes()),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        let loaded =
            load::<Settings>(&Input { files: vec![], environment: vec![], flags: vec![], read: Arc::new(read) })
                .unwrap();
        (loaded.settings.collect.concurrency, loaded.files)
    };
    let path = |path: &str| vec![PathBuf::from(path)];
    assert_eq!(load_from(&[]), (Settings::default().collect.concurrency, vec![]));
    assert_eq!(load_from(&["/etc/cloudgauge/cloudgauge.yaml"]), (1, path("/etc/cloudgauge/cloudgauge.yaml")));
    let both = &["/etc/cloudgauge/cloudgauge.yaml", "./config/cloudgauge.yaml"];
    assert_eq!(load_from(both), (2, path("./config/cloudgauge.yaml")));
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let read = |path: &Path| fs::read(path);
    let files = vec!["tests/fixtures/config/absent.yaml".into(), "tests/fixtures/config".into()];
    let input = Input { files, environment: vec![], flags: vec![], read: Arc::new(read) };
    assert_snapshot!(load::<Settings>(&input).unwrap_err(), @r"
    error: this is a directory, not a file
    --> tests/fixtures/config
     = help: name the file in it; give `--config.file` several times for several files

    error: there is no such file
    --> tests/fixtures/config/absent.yaml
     = help: relative paths start at the working directory
    ");
}

#[test]
fn a_mistake_in_a_flag_names_the_flag() {
    assert_snapshot!(bad(&[], &[], vec![Flag::one("--collect.concurrency", CONCURRENCY, &"few")]), @r"
    error: --collect.concurrency: collect.concurrency: expected a whole number, 0 or more, found the text `few`
     |
     | --collect.concurrency=few
     |                       ^^^
    ");
}

#[test]
fn the_fingerprint_changes_with_the_settings_only() {
    let fingerprint = |text: &str| loaded(&[("a", text)], &[], vec![]).unwrap().fingerprint;
    assert_eq!(fingerprint(""), fingerprint("# a comment\ncollect: {}\n"));
    assert_ne!(fingerprint(""), fingerprint("collect: {concurrency: 3}"));
    assert!(fingerprint("") < 1 << 48);
}

#[test]
fn later_checks_point_into_the_layer_that_has_the_value() {
    use crate::document::Complaint;
    let files = [("a", "collect: {concurrency: 1}"), ("b", "collect:\n  concurrency: 2\n")];
    let loaded = loaded(&files, &[("CLOUDGAUGE__COLLECT__STALE_AFTER", "1s")], vec![]).unwrap();
    let complaint = |key: &str| Complaint::new("is too low").at("collect").at(key);
    assert_snapshot!(loaded.locate([complaint("concurrency"), complaint("stale_after")]), @r"
    error: collect.concurrency: is too low
     --> b:2:16
      |
    2 |   concurrency: 2
      |                ^

    error: CLOUDGAUGE__COLLECT__STALE_AFTER: collect.stale_after: is too low
     |
     | CLOUDGAUGE__COLLECT__STALE_AFTER=1s
     |                                  ^^
    ");
}

/// Every file of `tests/fixtures/config/bad` has its error beside it; `name.env` gives variables to it.
#[test]
fn every_bad_configuration_is_explained() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config/bad");
    let mut names: Vec<PathBuf> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    names.sort();
    assert!(names.len() >= 20, "only {} bad configurations", names.len());
    for path in names {
        let shown = PathBuf::from(path.file_name().unwrap());
        let content = path.clone();
        let read = move |_: &Path| fs::read(&content);
        let variables = fs::read_to_string(path.with_extension("env")).unwrap_or_default();
        let environment = variables.lines().filter_map(|line| line.split_once('='));
        let environment = environment.map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
        let input = Input { files: vec![shown.clone()], environment, flags: vec![], read: Arc::new(read) };
        let mistakes = load::<Settings>(&input).expect_err(&shown.display().to_string());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&directory);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let name = path.file_stem().unwrap().to_string_lossy();
        settings.bind(|| assert_snapshot!(name.as_ref(), mistakes));
    }
}

/// Settings that the shipped file sets to something else than the default, and why.
const SHIPPED_DIFFERENCES: [(&str, &str); 1] =
    [("providers.example.enabled", "a first start shows something without any account")];

fn shipped() -> (String, Document) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/cloudgauge.yaml");
    let text = fs::read_to_string(path).unwrap();
    let mut mistakes = Mistakes::new();
    let document = Document::parse(&Source::file("cloudgauge.yaml", text.as_str()), &mut mistakes).unwrap();
    assert!(mistakes.is_empty(), "{mistakes}");
    (text, document)
}

/// All values below `value` by their dotted path.
fn leaves(value: &Json, path: &str, found: &mut BTreeMap<String, Json>) {
    match value {
        Json::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let separator = if path.is_empty() { "" } else { "." };
                leaves(value, &format!("{path}{separator}{key}"), found);
            }
        }
        other => drop(found.insert(path.to_owned(), other.clone())),
    }
}

#[test]
fn the_shipped_file_has_every_setting_with_its_default() {
    let (text, document) = shipped();
    let (mut defaults, mut written) = (BTreeMap::new(), BTreeMap::new());
    leaves(&json(&Settings::default()), "", &mut defaults);
    leaves(&json(&good(&[("cloudgauge.yaml", text.as_str())], &[], vec![])), "", &mut written);
    let differing: BTreeSet<&str> = defaults
        .keys()
        .chain(written.keys())
        .filter(|path| defaults.get(*path) != written.get(*path))
        .map(String::as_str)
        .collect();
    assert_eq!(differing, SHIPPED_DIFFERENCES.map(|(path, _)| path).into());
    for path in defaults.keys() {
        let node = path.split('.').try_fold(document.root(), |node, key| node.get(key));
        assert!(node.is_some(), "{path} is not in config/cloudgauge.yaml");
    }
}

#[test]
fn the_shipped_file_explains_every_setting() {
    let (text, document) = shipped();
    let lines: Vec<&str> = text.lines().collect();
    let mut open = vec![document.root()];
    while let Some(node) = open.pop() {
        for entry in node.entries() {
            let (line, _) = entry.key_span.position();
            let above = lines[..line - 1].last().map_or("", |line| line.trim());
            assert!(above.starts_with('#') || lines[line - 1].contains(" # "), "{} has no comment", entry.key);
            if matches!(entry.node.value, NodeValue::Map(_)) {
                open.push(&entry.node);
            }
        }
    }
}
