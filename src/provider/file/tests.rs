//! Files in, scopes out.

use std::{fs, io::Write as _, path::Path, process::Command};

use tempfile::TempDir;

use super::{Config, FileProvider};
use crate::{
    model::{DeleteOrder, FailureClass, KindModel, LinkEnd, Listing, RegionId, Resource, ScopeKey, Value},
    provider::{DeleteTarget, Discovery, Provider, known_kinds},
};

/// A directory of files and the provider that reads them all.
struct Files {
    directory: TempDir,
    provider: FileProvider,
}

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let pattern = directory.path().join("*").to_str().unwrap().to_owned();
        let provider = FileProvider::new(Config { enabled: true, files: vec![pattern], ..Config::default() });
        let files_of = Self { directory, provider };
        for (name, text) in files {
            files_of.write(name, text);
        }
        files_of
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// Discovers and lists everything; messages lose the directory, which differs every time.
    async fn collect(&self) -> (Discovery, Vec<(ScopeKey, Listing)>) {
        let discovery = self.provider.discover().await;
        let mut listings = Vec::new();
        for scope in discovery.accounts.iter().flat_map(|account| &account.scopes) {
            listings.push((scope.clone(), self.provider.list(scope).await));
        }
        (discovery, listings)
    }

    async fn failure(&self) -> String {
        let failure = self.provider.discover().await.failure.expect("the files are bad").to_string();
        failure.replace(&format!("{}/", self.directory.path().display()), "")
    }

    async fn resources(&self) -> Vec<(String, Resource)> {
        let (discovery, listings) = self.collect().await;
        assert_eq!(discovery.failure, None);
        let complete = |(scope, listing): (ScopeKey, Listing)| match listing {
            Listing::Complete(resources) => resources.into_iter().map(move |resource| (scope.to_string(), resource)),
            other => panic!("{scope}: {other:?}"),
        };
        listings.into_iter().flat_map(complete).collect()
    }
}

const DOCUMENT: &str = "
cloud: onprem
account: {id: dc1, name: Data centre 1}
region: hall-a
kinds: {onprem_server: [instance]}
nodes:
- id: srv-1
  kind: onprem_server
  name: db-primary
  zone: rack-7
  tags: {owner: ada, floor: 3, empty: null}
  ctime: 2024-05-01
  properties: {instance_status: running, instance_cores: 32}
  protected: true
- {id: disk-1, kind: onprem_disk, is: [volume], region: {id: hall-b, name: Hall B}}
edges:
- {from: srv-1, to: disk-1}
- {from: disk-1, to: srv-1, type: delete}
- {from: {kind: aws_vpc, id: vpc-1, account: 123456789012}, to: srv-1}
";

#[tokio::test]
async fn a_document_becomes_scopes_of_its_account() {
    let files = Files::new(&[("dc.yaml", DOCUMENT)]);
    let found = files.resources().await;
    let scopes: Vec<&str> = found.iter().map(|(scope, _)| scope.as_str()).collect();
    assert_eq!(scopes, ["onprem/dc1/hall-a/onprem_server", "onprem/dc1/hall-b/onprem_disk"]);
    let server = &found[0].1;
    assert_eq!((server.name.as_str(), server.zone.as_deref(), server.protected), ("db-primary", Some("rack-7"), true));
    assert_eq!(server.tags.get("floor").map(String::as_str), Some("3"));
    assert_eq!(server.ctime.unwrap().to_string(), "2024-05-01T00:00:00Z");
    assert_eq!(server.properties.value("instance_cores").unwrap(), 32);
    assert_eq!(server.links.len(), 1);
    assert!(server.links[0].outer && server.links[0].other.value == "vpc-1");
    let link = &found[1].1.links[0];
    assert_eq!((link.end, link.delete, link.other.value.as_str()), (LinkEnd::From, DeleteOrder::Reverse, "srv-1"));
}

#[tokio::test]
async fn json_is_read_as_yaml_is() {
    let value: Value = serde_saphyr::from_str(DOCUMENT).unwrap();
    let json = Files::new(&[("dc.json", &serde_json::to_string_pretty(&value).unwrap())]);
    assert_eq!(json.resources().await, Files::new(&[("dc.yaml", DOCUMENT)]).resources().await);
}

#[tokio::test]
async fn accounts_and_regions_have_the_names_that_files_give_them() {
    let (discovery, _) = Files::new(&[("dc.yaml", DOCUMENT)]).collect().await;
    let account = &discovery.accounts[0];
    assert_eq!((account.account.name.as_str(), account.account.kind.as_str()), ("Data centre 1", "account"));
    let regions: Vec<&str> = account.regions.iter().map(|region| region.name.as_str()).collect();
    assert_eq!(regions, ["hall-a", "Hall B"]);
}

#[test]
fn declared_kinds_join_the_model() {
    let files = Files::new(&[("dc.yaml", DOCUMENT)]);
    let known = KindModel::new(known_kinds(&|_| false)).unwrap();
    let declared = files.provider.declared_kinds(&|name| known.get(name).is_some());
    let model = KindModel::new(known_kinds(&|_| false).into_iter().chain(declared)).unwrap();
    assert!(model.is_a("onprem_server", "instance"));
    assert!(model.is_a("onprem_disk", "volume"));
    assert!(model.is_open("onprem_disk"));
}

#[tokio::test]
async fn an_export_of_the_original_is_read() {
    let lines = r#"
{"id":"a1","type":"node","revision":"x","reported":{"kind":"aws_ec2_instance","id":"i-1","name":"web","tags":{"owner":"ada"},"ctime":"2024-01-01T00:00:00Z","age":"2yr","instance_cores":2.0,"gone":null},"kinds":["aws_ec2_instance","instance","aws_resource","resource"],"metadata":{"protected":true},"ancestors":{"cloud":{"reported":{"id":"aws","name":"aws"}},"account":{"reported":{"id":"123","name":"prod"}},"region":{"reported":{"id":"eu-1","name":"eu-1"}}}}
{"id":"a2","reported":{"kind":"aws_ec2_volume","id":"vol-1"},"ancestors":{"cloud":{"reported":{"id":"aws"}},"account":{"reported":{"id":"123"}},"region":{"reported":{"id":"eu-1"}}}}
{"type":"edge","from":"a1","to":"a2","edge_type":"default"}
"#;
    let found = Files::new(&[("export.ndjson", lines)]).resources().await;
    assert_eq!(found[0].0, "aws/123/eu-1/aws_ec2_instance");
    assert_eq!(found[0].1.properties.keys().collect::<Vec<_>>(), ["instance_cores"]);
    assert!(found[0].1.protected);
    assert_eq!(found[1].1.links[0].other.value, "i-1");
}

#[tokio::test]
async fn edges_tell_where_a_node_lives() {
    let lines = r#"
{"id":"c","reported":{"kind":"cloud","id":"aws"}}
{"id":"a","reported":{"kind":"aws_account","id":"123","name":"prod"}}
{"id":"r","reported":{"kind":"aws_region","id":"eu-1","long_name":"Europe"}}
{"id":"i","reported":{"kind":"aws_ec2_instance","id":"i-1"}}
{"id":"u","reported":{"kind":"aws_iam_user","id":"u-1"}}
{"from":"c","to":"a"}
{"from":"a","to":"r"}
{"from":"r","to":"i"}
{"from":"a","to":"u"}
"#;
    let files = Files::new(&[("graph.ndjson", lines)]);
    let (discovery, listings) = files.collect().await;
    let scopes: Vec<String> = listings.iter().map(|(scope, _)| scope.to_string()).collect();
    assert_eq!(scopes, ["aws/123/eu-1/aws_ec2_instance", "aws/123/global/aws_iam_user"]);
    assert_eq!(discovery.accounts[0].account.name, "prod");
    assert_eq!(discovery.accounts[0].account.kind, "aws_account");
    assert_eq!(discovery.accounts[0].regions[0].properties["long_name"], "Europe");
    assert_eq!(discovery.accounts[0].regions.len(), 1, "what is in no region makes none");
    let Listing::Complete(users) = &listings[1].1 else { panic!("the file is good") };
    assert_eq!(users[0].region, Some(RegionId::none()));
}

#[tokio::test]
async fn a_table_has_typed_properties() {
    let table = "id,kind,name,cloud,account,account_name,region,tags.owner,instance_cores,serial,encrypted\n\
                 s1,instance,web,onprem,dc1,Data centre,hall-a,ada,8,007,true\n\
                 s2,instance,,onprem,dc1,,hall-a,,,,\n";
    let found = Files::new(&[("servers.csv", table)]).resources().await;
    let first = &found[0].1;
    assert_eq!(first.properties.value("instance_cores").unwrap(), 8);
    assert_eq!(first.properties.value("serial").unwrap(), "007");
    assert_eq!(first.properties.value("encrypted").unwrap(), true);
    assert_eq!(first.tags["owner"], "ada");
    assert_eq!((found[1].1.name.as_str(), found[1].1.properties.len(), found[1].1.tags.len()), ("s2", 0, 0));
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        ("bad.yaml", "nodes:\n- {id: a, kind: instance\n"),
        ("bad.yaml", "nodse: []\n"),
        ("bad.json", "{\n\"nodes\": [\n{\"id\": 1}\n]}"),
        ("bad.json", "{\"nodes\": 5}"),
        ("bad.ndjson", "{\"id\": \"a\", \"kind\": \"instance\"}\n{\"id\": \"b\"}\nno json\n"),
        ("bad.ndjson", "{\"id\":\"a\",\"kind\":\"instance\",\"colour\":1}\n"),
        ("bad.ndjson", "{\"id\":\"a\",\"kind\":\"instance\",\"ctime\":\"yesterday\"}\n"),
        ("bad.ndjson", "{\"id\":\"a\",\"kind\":\"instance\"}\n{\"from\":\"a\",\"to\":\"b\",\"type\":\"uses\"}\n"),
        ("bad.csv", "name,kind\nweb,instance\n"),
        ("bad.csv", "id,kind\na,instance\nb\n"),
        ("bad.txt", "hello"),
    ];
    let mut told = Vec::new();
    for (name, text) in cases {
        told.push(Files::new(&[(name, text)]).failure().await);
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    bad_answer: bad.yaml:2:3: unclosed bracket '{'
    bad_answer: bad.yaml:1:1: unknown field `nodse`, expected one of cloud, account, region, kinds, nodes, edges
    bad_answer: bad.json: no entry can be used; 1 unusable entry: bad.json:3: a node has no `kind`; it needs at least `id` and `kind`
    bad_answer: bad.json:1:11: invalid type: integer `5`, expected a sequence
    bad_answer: 2 unusable entries: bad.ndjson:2: a node has no `kind`; it needs at least `id` and `kind`; bad.ndjson:3: no JSON at column 2: expected ident
    bad_answer: bad.ndjson: no entry can be used; 1 unusable entry: bad.ndjson:1: unknown field `colour`, expected one of `id`, `kind`, `name`, `cloud`, `account`, `region`, `zone`, `tags`, `ctime`, `mtime`, `atime`, `properties`, `is`, `protected`, `provider_link`
    bad_answer: bad.ndjson: no entry can be used; 1 unusable entry: bad.ndjson:1: `ctime` is `yesterday`, which is no time; write for example 2026-01-31T12:00:00Z
    bad_answer: 1 unusable entry: bad.ndjson:2: edge type `uses` is unknown; write `default` or `delete`
    bad_answer: bad.csv:1: the header has no column `id`; a table needs `id` and `kind`
    bad_answer: 1 unusable entry: bad.csv:3: the row has 1 cells, the header 2; quote cells that contain commas
    bad_answer: bad.txt: unknown file type; name it .yaml, .yml, .json, .ndjson, .jsonl or .csv
    "#);
}

#[tokio::test]
async fn a_pattern_without_a_match_is_a_failure() {
    let provider =
        FileProvider::new(Config { files: vec!["/nonexistent/*.yaml".into(), "a[".into()], ..Config::default() });
    let discovery = provider.discover().await;
    assert!(discovery.accounts.is_empty());
    let message = discovery.failure.unwrap().message;
    assert!(message.starts_with("`/nonexistent/*.yaml` matches no file"), "{message}");
    assert!(message.ends_with("and 1 more files or patterns fail"), "{message}");
}

#[tokio::test]
async fn a_file_that_turns_bad_takes_nothing_away() {
    let node =
        |account: &str, id: &str| format!("{{\"id\":\"{id}\",\"kind\":\"instance\",\"account\":\"{account}\"}}\n");
    let files = Files::new(&[
        ("a.ndjson", &(node("one", "i-1") + &node("both", "i-2"))),
        ("b.ndjson", &(node("two", "i-3") + &node("both", "i-4"))),
    ]);
    assert!(files.collect().await.1.iter().all(|(_, listing)| matches!(listing, Listing::Complete(_))));

    files.write("a.ndjson", "not json at all\n");
    let (discovery, listings) = files.collect().await;
    // Account `one` is not named, and must not count as gone.
    assert!(discovery.failure.is_some());
    let of: Vec<(&str, bool, bool)> = listings
        .iter()
        .zip(&discovery.accounts)
        .map(|((scope, listing), found)| {
            (scope.account.as_str(), matches!(listing, Listing::Complete(_)), found.failure.is_some())
        })
        .collect();
    assert_eq!(of, [("both", false, true), ("two", true, false)]);
}

#[tokio::test]
async fn a_file_that_was_never_readable_may_hold_anything() {
    let files = Files::new(&[("a.yaml", "nodes: ["), ("b.csv", "id,kind\ni-1,instance\n")]);
    let (discovery, listings) = files.collect().await;
    assert!(discovery.failure.is_some() && discovery.accounts[0].failure.is_some());
    assert!(matches!(&listings[0].1, Listing::Partial { resources, .. } if resources.len() == 1));
}

#[tokio::test]
async fn an_unusable_entry_makes_its_file_partial_and_leaves_others_alone() {
    let files = Files::new(&[
        ("a.ndjson", "{\"id\":\"i-1\",\"kind\":\"instance\",\"account\":\"one\"}\n{\"id\":\"i-2\"}\n"),
        ("b.csv", "id,kind,account\ni-1,instance,two\n"),
    ]);
    let (_, listings) = files.collect().await;
    assert!(matches!(&listings[0].1, Listing::Partial { missing, .. } if missing.message.contains("a.ndjson:2:")));
    assert!(matches!(&listings[1].1, Listing::Complete(_)));
}

#[tokio::test]
async fn a_long_line_costs_itself_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.ndjson");
    let node = |id: &str| format!("{{\"id\":\"{id}\",\"kind\":\"instance\"}}");
    fs::write(&path, format!("{}\n{}{}\n{}", node("a"), node("b"), " ".repeat(500), node("c"))).unwrap();
    let files = vec![path.to_str().unwrap().to_owned()];
    let provider = FileProvider::new(Config { files, line_bytes_max: 100, ..Config::default() });
    let scope = provider.discover().await.accounts[0].scopes[0].clone();
    let Listing::Partial { resources, missing } = provider.list(&scope).await else { panic!("one line is too long") };
    assert_eq!(resources.iter().map(|resource| resource.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
    assert!(missing.message.contains("x.ndjson:2: the line is longer than 100 bytes"), "{missing}");
}

#[tokio::test]
async fn a_scope_is_handed_out_once() {
    let files = Files::new(&[("b.csv", "id,kind\ni-1,instance\n")]);
    let (_, listings) = files.collect().await;
    assert!(matches!(files.provider.list(&listings[0].0).await, Listing::Failed(_)));
}

#[tokio::test]
async fn a_file_that_is_replaced_meanwhile_is_read_as_it_was() {
    let files = Files::new(&[("a.ndjson", "{\"id\":\"i-1\",\"kind\":\"instance\",\"name\":\"before\"}\n")]);
    let discovery = files.provider.discover().await;
    files.write("a.new", "{\"id\":\"i-1\",\"kind\":\"instance\",\"name\":\"after\"}\n");
    fs::rename(files.directory.path().join("a.new"), files.directory.path().join("a.ndjson")).unwrap();
    let Listing::Complete(resources) = files.provider.list(&discovery.accounts[0].scopes[0]).await else {
        panic!("the file that was discovered is still open")
    };
    assert_eq!(resources[0].name, "before");
}

#[tokio::test]
async fn a_file_that_is_written_into_meanwhile_fails_the_scopes_whose_lines_changed() {
    let node = |kind: &str, name: &str| format!("{{\"id\":\"i-1\",\"kind\":\"{kind}\",\"name\":\"{name}\"}}\n");
    let files = Files::new(&[("a.ndjson", &(node("instance", "a") + &node("volume", "b")))]);
    for (written, message) in [
        (node("instance", "a") + &node("volume", "c"), "a.ndjson:2: the line changed while the file was being read"),
        (node("instance", "a"), "a.ndjson:2: the line changed while the file was being read"),
    ] {
        let scopes = files.provider.discover().await.accounts[0].scopes.clone();
        files.write("a.ndjson", &written);
        assert!(matches!(files.provider.list(&scopes[0]).await, Listing::Complete(_)));
        let Listing::Failed(failure) = files.provider.list(&scopes[1]).await else { panic!("the line changed") };
        assert!(failure.message.contains(message), "{failure}");
        files.write("a.ndjson", &(node("instance", "a") + &node("volume", "b")));
    }
}

#[tokio::test]
async fn edges_may_come_before_the_nodes_they_join() {
    let nodes = "{\"id\":\"i\",\"kind\":\"instance\"}\n{\"id\":\"v\",\"kind\":\"volume\"}\n";
    let edges = "{\"from\":\"i\",\"to\":\"v\"}\n{\"from\":\"v\",\"to\":\"i\",\"type\":\"delete\"}\n";
    let links = |found: Vec<(String, Resource)>| found.into_iter().map(|(_, node)| node.links).collect::<Vec<_>>();
    let before = links(Files::new(&[("a.ndjson", edges), ("b.ndjson", nodes)]).resources().await);
    assert_eq!(before, links(Files::new(&[("a.ndjson", nodes), ("b.ndjson", edges)]).resources().await));
    assert_eq!((before[0].len(), before[1].len(), before[1][0].delete), (0, 1, DeleteOrder::Reverse));
}

#[tokio::test]
async fn nothing_can_be_deleted() {
    let files = Files::new(&[("b.csv", "id,kind\ni-1,instance\n")]);
    let (_, listings) = files.collect().await;
    let target =
        DeleteTarget { scope: listings[0].0.clone(), resource: Resource::new("instance", "i-1"), neighbours: vec![] };
    assert!(!files.provider.deletes("instance"));
    assert_eq!(files.provider.delete(&target).await.unwrap_err().class, FailureClass::Unsupported);
}

/// The benchmark's generator writes nodes and edges apart, with accounts and regions as nodes.
#[tokio::test]
async fn the_generated_benchmark_inventory_is_read() {
    let generator = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench/gen.py");
    let directory = tempfile::tempdir().unwrap();
    let ran = Command::new("python3").args([generator.as_os_str(), "10000".as_ref()]).arg(directory.path()).output();
    if !generator.exists() || !ran.is_ok_and(|output| output.status.success()) {
        // Past the capture of what tests print, since the test passes.
        std::io::stderr().write_all(b"skipped: no benchmark generator beside the checkout, or no python3\n").unwrap();
        return;
    }
    let pattern = directory.path().join("*.ndjson").to_str().unwrap().to_owned();
    let provider = FileProvider::new(Config { files: vec![pattern], ..Config::default() });
    let discovery = provider.discover().await;
    assert_eq!(discovery.failure, None);
    assert_eq!(discovery.accounts.len(), 5);
    let regions: usize = discovery.accounts.iter().map(|account| account.regions.len()).sum();
    let mut resources = 0;
    for scope in discovery.accounts.iter().flat_map(|account| &account.scopes) {
        let Listing::Complete(listed) = provider.list(scope).await else { panic!("{scope} is complete") };
        resources += listed.len();
    }
    // Besides the resources: the root, four clouds, five accounts, and the regions.
    assert_eq!(resources + 1 + 4 + 5 + regions, 10_000);
}
