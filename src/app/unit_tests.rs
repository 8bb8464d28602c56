//! Unit tests of metrics: from a file with an inventory and expectations to what differs.

use std::{collections::BTreeMap, fs, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    cli::{TestDifference, TestFile, TestResult},
    collect::{self, Collector, NoObserver},
    config::{Loaded, Settings},
    document::{Complaint, Document, Mistake, Mistakes, Origin, Source},
    graph::{Draft, Generation, Inventory},
    metrics::{
        self, Compat, DefinitionConfig, DefinitionFiles, Definitions, Difference, Expectation, Family, Known, generate,
    },
    model::{FixedClock, Kind, KindModel},
    provider::file::{InlineInventory, InlineProvider},
};

use super::{kinds, prepared::directory};

macro_rules! shipped {
    ($name:literal) => {
        (
            concat!("config/metrics/tests/", $name, ".yaml (shipped)"),
            include_str!(concat!("../../config/metrics/tests/", $name, ".yaml")),
        )
    };
}

/// The tests of the definitions that the program brings along.
const SHIPPED: [(&str, &str); 8] = [
    shipped!("inventory"),
    shipped!("compute"),
    shipped!("storage"),
    shipped!("databases"),
    shipped!("network"),
    shipped!("access"),
    shipped!("quotas"),
    shipped!("resoto-compat"),
];

/// The largest file of tests that is read.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// A file of tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitTests {
    /// When the metrics are computed: what ages and expirations are counted from.
    #[serde(default = "new_year")]
    now: Timestamp,
    /// Instead of the configuration's `metrics.compat`.
    #[serde(default)]
    compat: Option<Compat>,
    /// Definitions beside those of the configuration, written as under `metrics.definitions`.
    #[serde(default)]
    definitions: BTreeMap<String, DefinitionConfig>,
    /// The inventory of the tests that have none of their own: a document of the file provider.
    #[serde(default)]
    inventory: InlineInventory,
    tests: Vec<UnitTest>,
}

/// One test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitTest {
    name: String,
    /// Instead of the file's.
    #[serde(default)]
    now: Option<Timestamp>,
    /// Instead of the file's.
    #[serde(default)]
    inventory: Option<InlineInventory>,
    /// The definitions whose metrics are compared, by name, with or without its prefix.
    metrics: Vec<String>,
    /// Everything that they export, in Prometheus' text format.
    expect: String,
}

fn new_year() -> Timestamp {
    Timestamp::constant(1_767_225_600, 0)
}

/// Runs the tests of the files; without files those of the shipped definitions, as they are shipped.
///
/// # Errors
/// Everything that is wrong with the configuration or the files.
pub(super) async fn run(loaded: &Loaded<Settings>, files: &[PathBuf]) -> Result<Vec<TestFile>, Mistakes> {
    let mut mistakes = Mistakes::new();
    let (config, documents) = if files.is_empty() {
        (metrics::Config::default(), Vec::new())
    } else {
        (loaded.settings.metrics.clone(), definition_files(loaded, &mut mistakes))
    };
    let mut sources: Vec<_> = files.iter().filter_map(|file| read(file, &mut mistakes)).collect();
    if files.is_empty() {
        sources.extend(SHIPPED.map(|(name, text)| Source::file(name, text)));
    }
    let mut definitions = Loader { config, documents, described: kinds::described(), shared: BTreeMap::new() };
    let mut reports = Vec::new();
    for source in &sources {
        if let Some(file) = Prepared::new(source, &mut definitions, &mut mistakes) {
            let mut tests = Vec::new();
            for test in file.tests {
                tests.push(test.run(&file.compiled).await);
            }
            reports.push(TestFile { name: source.origin.to_string(), tests });
        }
    }
    mistakes.or(reports)
}

fn definition_files(loaded: &Loaded<Settings>, mistakes: &mut Mistakes) -> Vec<Arc<Source>> {
    let files = DefinitionFiles::read(&loaded.settings.metrics.files, &directory(&loaded.files));
    mistakes.extend(loaded.locate(files.complaints.into_iter().map(|complaint| complaint.under("metrics"))));
    mistakes.extend(files.mistakes);
    files.sources
}

fn read(file: &PathBuf, mistakes: &mut Mistakes) -> Option<Arc<Source>> {
    let name = file.display().to_string();
    let text = fs::metadata(file).and_then(|metadata| match metadata.len() {
        bytes if bytes > FILE_BYTES_MAX => {
            Err(std::io::Error::other(format!("it has {bytes} bytes, more than {FILE_BYTES_MAX}")))
        }
        _ => fs::read_to_string(file),
    });
    match text {
        Ok(text) => Some(Source::file(name, text)),
        Err(error) => {
            mistakes.push(Mistake::of(Origin::File(name), format!("cannot read the tests: {error}")));
            None
        }
    }
}

/// Loads definitions for the files; those that need nothing of their own share them.
struct Loader {
    config: metrics::Config,
    documents: Vec<Arc<Source>>,
    described: Vec<Kind>,
    shared: BTreeMap<Compat, Arc<Compiled>>,
}

/// Definitions, and the kinds that they were checked against.
struct Compiled {
    definitions: Definitions,
    kinds: Arc<KindModel>,
}

/// A file of tests whose names and texts are checked.
struct Prepared {
    compiled: Arc<Compiled>,
    tests: Vec<PreparedTest>,
}

struct PreparedTest {
    name: String,
    now: Timestamp,
    provider: InlineProvider,
    /// The exported names to compare.
    families: Vec<String>,
    expected: Expectation,
}

impl Loader {
    fn load(&mut self, file: &UnitTests, document: &Document, mistakes: &mut Mistakes) -> Option<Arc<Compiled>> {
        let compat = file.compat.unwrap_or(self.config.compat);
        let inventories = file.tests.iter().filter_map(|test| test.inventory.as_ref()).chain([&file.inventory]);
        let declared = kinds::declared(&self.described, inventories);
        let plain = declared.is_empty() && file.definitions.is_empty();
        if let Some(compiled) = self.shared.get(&compat).filter(|_| plain) {
            return Some(compiled.clone());
        }
        let kinds = match KindModel::new(self.described.iter().cloned().chain(declared)) {
            Ok(kinds) => Arc::new(kinds),
            Err(error) => {
                mistakes.extend(document.locate([Complaint::new(error.to_string()).at("inventory")]));
                return None;
            }
        };
        let mut config = metrics::Config { compat, ..self.config.clone() };
        config.definitions.extend(file.definitions.clone());
        match Definitions::load(&config, &self.documents, &kinds) {
            Ok((definitions, _)) => {
                let compiled = Arc::new(Compiled { definitions, kinds });
                if plain {
                    self.shared.insert(compat, compiled.clone());
                }
                Some(compiled)
            }
            Err(error) => {
                mistakes.extend(error.documents);
                mistakes.extend(document.locate(error.settings));
                None
            }
        }
    }
}

impl Prepared {
    fn new(source: &Arc<Source>, loader: &mut Loader, mistakes: &mut Mistakes) -> Option<Self> {
        let mut document = Document::parse(source, mistakes)?;
        let file: UnitTests = document.read(mistakes)?;
        let compiled = loader.load(&file, &document, mistakes)?;
        let mut complaints = Vec::new();
        let mut tests = Vec::new();
        for (index, test) in file.tests.into_iter().enumerate() {
            let inventory = test.inventory.as_ref();
            let families = families(&test.metrics, &compiled.definitions, &loader.config.prefix);
            let expected = Expectation::parse(&test.expect)
                .map_err(|error| vec![Complaint::new(error.message).at("expect").within(error.within)]);
            let under = |complaint: Complaint| complaint.under(index).under("tests");
            let provider = inventory.unwrap_or(&file.inventory).provider().map_err(|found| {
                let place = |complaint: Complaint| match inventory {
                    Some(_) => under(complaint.under("inventory")),
                    None => complaint.under("inventory"),
                };
                complaints.extend(found.into_iter().map(place));
            });
            match (families, expected, provider) {
                (Ok(families), Ok(expected), Ok(provider)) => {
                    let now = test.now.unwrap_or(file.now);
                    tests.push(PreparedTest { name: test.name, now, provider, families, expected });
                }
                (families, expected, _) => {
                    let found = families.err().into_iter().chain(expected.err()).flatten();
                    complaints.extend(found.map(under));
                }
            }
        }
        complaints.dedup();
        let good = complaints.is_empty();
        mistakes.extend(document.locate(complaints));
        good.then_some(Self { compiled, tests })
    }
}

/// The exported names of the definitions that a test names.
fn families(names: &[String], definitions: &Definitions, prefix: &str) -> Result<Vec<String>, Vec<Complaint>> {
    let mut families = Vec::new();
    let mut complaints = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let prefixed = format!("{prefix}{name}");
        let mut found =
            definitions.iter().filter(|definition| [name, &prefixed].contains(&&definition.name)).peekable();
        if found.peek().is_none() {
            let known = definitions.iter().map(|definition| definition.name.as_str());
            let complaint = Complaint::new(format!("there is no definition `{name}`")).at("metrics").at(index);
            complaints.push(match metrics::similar(&prefixed, known) {
                Some(meant) => {
                    complaint.help(format!("did you mean `{}`?", meant.strip_prefix(prefix).unwrap_or(meant)))
                }
                None => complaint,
            });
        }
        families.extend(found.flat_map(|definition| definition.families.iter().cloned()));
    }
    if complaints.is_empty() { Ok(families) } else { Err(complaints) }
}

impl PreparedTest {
    /// Collects the inventory, generates the metrics and compares them.
    async fn run(self, compiled: &Compiled) -> TestResult {
        let Compiled { definitions, kinds } = compiled;
        let clock = Arc::new(FixedClock(self.now));
        let collector = Collector::new(collect::Config::default(), vec![Arc::new(self.provider)], clock);
        let collected = collector.collect(&Inventory::default(), Arc::new(NoObserver)).await;
        let (inventory, graph) = Draft::new(Arc::new(collected.inventory), kinds.clone()).seal();
        let generation = Generation::new(1, Some(self.now), inventory, graph);
        let generated = generate(&generation, definitions, &mut Known::default(), self.now);
        let is_named = |family: &str| self.families.iter().any(|name| name == family);
        let failed = generated.reports.iter().filter(|report| is_named(&report.family));
        let mut errors: Vec<String> =
            failed.filter_map(|report| Some(format!("{}: {}", report.family, report.error.as_ref()?))).collect();
        let families: Vec<Arc<Family>> =
            generated.families.into_iter().filter(|family| is_named(family.name())).collect();
        let differences = self.expected.differences(&families).unwrap_or_else(|error| {
            errors.push(error.to_string());
            Vec::new()
        });
        let difference = |difference: Difference| {
            let Difference { series, expected, found } = difference;
            TestDifference { series, expected, found }
        };
        TestResult { name: self.name, errors, differences: differences.into_iter().map(difference).collect() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{Input, load};

    fn defaults() -> Loaded<Settings> {
        let read = Arc::new(|_: &std::path::Path| Ok(Vec::new()));
        load(&Input { files: vec!["empty.yaml".into()], environment: Vec::new(), flags: Vec::new(), read }).unwrap()
    }

    /// Runs one file that a test writes.
    async fn run_text(text: &str) -> Result<Vec<TestFile>, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.yaml");
        fs::write(&file, text).unwrap();
        let place = format!("{}/", folder.path().display());
        run(&defaults(), &[file]).await.map_err(|mistakes| mistakes.to_string().replace(&place, ""))
    }

    #[tokio::test]
    async fn the_shipped_definitions_pass_their_tests() {
        let files = run(&defaults(), &[]).await.unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert_eq!(files.len(), SHIPPED.len());
        for test in files.iter().flat_map(|file| &file.tests) {
            assert!(test.errors.is_empty() && test.differences.is_empty(), "{test:#?}");
        }
    }

    #[test]
    fn every_shipped_definition_has_a_test_in_which_it_has_a_value() {
        let mut untested: BTreeSet<String> = BTreeSet::new();
        let mut tested: BTreeSet<String> = BTreeSet::new();
        let config = metrics::Config { compat: Compat::Resoto, ..metrics::Config::default() };
        let described = kinds::described();
        let mut definitions = Loader { config, documents: Vec::new(), described, shared: BTreeMap::new() };
        for (name, text) in SHIPPED {
            let mut mistakes = Mistakes::new();
            let file = Prepared::new(&Source::file(name, text), &mut definitions, &mut mistakes);
            let file = file.unwrap_or_else(|| panic!("{mistakes}"));
            untested
                .extend(file.compiled.definitions.iter().flat_map(|definition| definition.families.iter().cloned()));
            for test in file.tests {
                let has = |family: &&String| test.expected.has(family);
                tested.extend(test.families.iter().filter(has).cloned());
            }
        }
        untested.retain(|family| !tested.contains(family));
        assert_eq!(untested, BTreeSet::new());
        assert!(tested.len() >= 98);
    }

    #[tokio::test]
    async fn a_test_may_bring_its_own_kinds_definitions_and_time() {
        let text = r#"
now: 2026-01-10T00:00:00Z
definitions:
  old_servers:
    help: Servers that are more than a week old
    search: "aggregate(account as account: sum(1) as old_servers): is(server) and age > 7d"
inventory:
  account: cellar
  kinds: {server: [instance]}
  nodes:
  - {id: a, kind: server, ctime: 2026-01-01T00:00:00Z}
  - {id: b, kind: server, ctime: 2026-01-09T00:00:00Z}
tests:
- name: as the file has it
  metrics: [old_servers, cloudgauge_instances]
  expect: |
    cloudgauge_instances{cloud="file",account="cellar",account_id="cellar"} 2
    cloudgauge_old_servers{account="cellar"} 1
- name: another time
  now: 2027-01-01T00:00:00Z
  metrics: [old_servers]
  expect: cloudgauge_old_servers{account="cellar"} 1
- name: another inventory
  inventory: {nodes: [{id: a, kind: server}]}
  metrics: [old_servers]
  expect: ""
"#;
        let files = run_text(text).await.unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let failed: Vec<_> =
            files[0].tests.iter().filter(|test| !test.differences.is_empty()).map(|test| &test.name).collect();
        assert_eq!(failed, ["another time"]);
        let [difference] = files[0].tests[1].differences.as_slice() else { panic!("{files:?}") };
        assert_eq!((difference.expected, difference.found), (Some(1.0), Some(2.0)));
    }

    #[tokio::test]
    async fn what_is_wrong_with_a_file_of_tests_has_its_place() {
        let text = r#"
inventory:
  nodes:
  - {id: a}
  edges:
  - {from: a}
definitions:
  mine: {help: Mine, search: "aggregate(sum(1) as mine): is(volum)"}
tests:
- name: one
  metrics: [instanses]
  expect: |
    cloudgauge_instances 1
    cloudgauge_instances{cloud="aws} 1
"#;
        let bad_definition = run_text(text).await.unwrap_err();
        insta::assert_snapshot!(bad_definition);
        let rest = text.replace("is(volum)", "is(volume)");
        insta::assert_snapshot!(run_text(&rest).await.unwrap_err());
        insta::assert_snapshot!(run_text("tests:\n- {name: a, metric: [x], expect: ''}\n").await.unwrap_err());
    }
}
