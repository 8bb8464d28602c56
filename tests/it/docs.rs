//! README.md and ARCHITECTURE.md say what is so.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use cloudgauge::{
    app::Application,
    cli::Program,
    config::{Input, Loaded, Settings, load},
    provider::{
        NeededKinds,
        aws::{Selection, action, kinds, policy::Purpose},
    },
    search::Query,
};
use serde_json::Value;

fn text(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The blocks of a language, each without its indentation.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() != format!("```{language}") {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let block = lines.by_ref().take_while(|line| line.trim() != "```");
        found.push(block.map(|line| line.get(indent..).unwrap_or("")).collect::<Vec<_>>().join("\n"));
    }
    found
}

/// A configuration, or what is wrong with it, as a person reads it.
fn loaded(text: String) -> Result<Loaded<Settings>, String> {
    // Beside the fixtures, so that the document of Resoto that the README names is found.
    let input = Input {
        files: vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/README.yaml"))],
        environment: Vec::new(),
        flags: Vec::new(),
        read: Arc::new(move |_| Ok(text.clone().into_bytes())),
    };
    load(&input).map_err(|mistakes| mistakes.to_string())
}

/// What is wrong with a configuration and all it refers to.
fn check(text: String) -> Result<(), String> {
    let loaded = loaded(text)?;
    Application.check(&loaded).map(drop).map_err(|mistakes| mistakes.to_string())
}

#[test]
fn every_configuration_in_the_readme_is_a_good_one() {
    let settings = serde_json::to_value(Settings::default()).unwrap();
    let mut configurations = 0;
    for block in blocks(&text("README.md"), "yaml") {
        let first = block.split(':').next().unwrap();
        if settings.get(first).is_some() {
            configurations += 1;
            if let Err(mistakes) = check(block.clone()) {
                panic!("{block}\n\n{mistakes}");
            }
        } else {
            // Prometheus' configuration and rules, a file of the file provider, and one of tests.
            assert!(["scrape_configs", "groups", "cloud", "now"].contains(&first), "what is this? {block}");
        }
    }
    assert!(configurations > 5);
}

#[tokio::test]
async fn the_test_of_metrics_in_the_readme_passes() {
    let blocks = blocks(&text("README.md"), "yaml");
    let configuration = blocks.iter().find(|block| block.contains("servers_by_owner:")).unwrap().clone();
    let test = blocks.iter().find(|block| block.starts_with("now:")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.yaml");
    fs::write(&file, test).unwrap();
    let loaded = loaded(configuration).unwrap();
    let files = Application.test(&loaded, &[file]).await.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(files[0].tests.len(), 1);
    let result = &files[0].tests[0];
    assert!(result.differences.is_empty() && result.errors.is_empty(), "{result:?}");
}

#[test]
fn every_search_in_the_manual_of_the_language_can_be_evaluated() {
    let manual = text("docs/search.md");
    let [configuration] = blocks(&manual, "yaml").try_into().unwrap();
    check(configuration.clone()).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let settings: Settings = serde_saphyr::from_str(&configuration).unwrap();
    let kinds = crate::example::kinds();
    let searches = blocks(&manual, "search");
    let mut count = 0;
    for search in searches.iter().flat_map(|block| block.lines()) {
        let query = Query::parse_with(search, &settings.search.templates);
        let query = query.unwrap_or_else(|error| panic!("{}", error.render()));
        let (errors, _) = query.check(&kinds);
        assert!(errors.is_empty(), "{}", errors[0].render());
        count += 1;
    }
    assert!(count > 50);
}

#[test]
fn a_wrong_configuration_in_the_readme_would_be_found() {
    assert!(check("metrics: {definitions: {x: {help: h, search: nonsense}}}".to_owned()).is_err());
}

/// Every call of the catalogue but those of deletions and tags.
fn calls(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "delete" && *key != "tag") {
                match value {
                    Value::String(call) if key == "call" => drop(found.insert(call.clone())),
                    other => calls(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| calls(item, found)),
        _ => {}
    }
}

/// What a policy allows.
fn allowed(policy: &Value) -> BTreeSet<String> {
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// The policies for everything that a configuration collects.
fn policies(config: &str) -> BTreeSet<String> {
    let config = serde_saphyr::from_str(config).unwrap();
    let catalogue = kinds::catalogue([]).unwrap();
    let selection = Selection::new(&config, NeededKinds::new(BTreeSet::new())).unwrap();
    let listed = catalogue.entries().filter(|entry| entry.list.is_some() && selection.has(&entry.kind));
    let kinds = listed.map(|entry| entry.kind.clone()).collect();
    let deleted = BTreeSet::new();
    let purpose =
        Purpose { config: &config, catalogue: &catalogue, kinds: &kinds, deleted: &deleted, wildcards: false };
    purpose.policies().iter().flat_map(|policy| allowed(&policy.document)).collect()
}

#[test]
fn the_policy_in_the_readme_is_the_one_that_is_printed() {
    let policy = blocks(&text("README.md"), "json").into_iter().find(|block| block.contains("Statement")).unwrap();
    let printed = policies("{collect: [aws_ec2_instance, aws_s3_bucket], regions: [eu-west-1]}");
    assert_eq!(allowed(&serde_json::from_str(&policy).unwrap()), printed);
}

#[test]
fn the_policies_allow_what_the_catalogue_reads_and_change_nothing() {
    let printed = policies("collect: ['*']");
    let mut found = BTreeSet::from(["ec2:DescribeRegions".to_owned(), "iam:ListAccountAliases".to_owned()]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider/aws/kinds");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let file: Value = serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            calls(&file, &mut found);
        }
    }
    assert!(found.len() > 50);
    let needed = found.iter().map(|call| {
        let (service, operation) = call.split_once(':').unwrap();
        action::action(service, operation)
    });
    assert_eq!(printed, needed.collect());
    let reads = |action: &&String| {
        let operation = action.split(':').nth(1).unwrap();
        ["Describe", "GET", "Get", "List"].iter().any(|verb| operation.starts_with(verb))
    };
    assert_eq!(printed.iter().filter(|action| !reads(action)).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_test_that_holds_an_invariant_exists() {
    fn read(folder: &Path, code: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, code);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "py") {
                code.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut code = String::new();
    for folder in ["src", "tests"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut code);
    }
    let document = text("ARCHITECTURE.md");
    let section = document.split("## Invariants").nth(1).unwrap().split("\n## ").next().unwrap();
    let words = section.split('`').skip(1).step_by(2);
    let named: Vec<&str> = words.filter(|word| word.matches('_').count() >= 3 && !word.contains(['.', ' '])).collect();
    assert!(named.len() > 30);
    let exists = |name: &&str| ["fn", "def"].iter().any(|word| code.contains(&format!("{word} {name}(")));
    let missing: Vec<_> = named.into_iter().filter(|name| !exists(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for file in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"] {
        for target in text(file).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let leads = match target.split_once('#') {
                Some(("", anchor)) => anchors(&text(file)).contains(anchor),
                Some((other, anchor)) => anchors(&text(other)).contains(anchor),
                None => root.join(target).exists(),
            };
            assert!(target.starts_with("http") || leads, "{file}: {target}");
        }
    }
}

/// The names by which links reach the headings of a document.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings =
        document.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.chars().filter(|character| character.is_alphanumeric() || matches!(character, ' ' | '-'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}
