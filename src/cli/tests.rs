use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use clap::CommandFactory as _;
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::json;

use super::*;
use crate::collect::{Observer, Report};
use crate::config::{Flag, Input, Loaded, Settings};
use crate::document::{Complaint, Mistakes};
use crate::graph::{Entry, Outcome};
use crate::model::{Account, Failure as ScopeFailure, FailureClass, ScopeKey, Value};
use crate::provider::{DiscoveredAccount, Discovery, PriceReport, PriceRow};

mod needs;
mod prices;
mod searches;

/// Plays the application.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a way to be played")]
struct Played {
    rows: Vec<Value>,
    notes: Vec<String>,
    /// What was asked, in words.
    asked: Mutex<Vec<String>>,
    server_is_down: bool,
    has_stored: bool,
    check_fails: bool,
    all_is_well: bool,
}

impl Played {
    fn asked(&self, what: impl Into<String>) {
        self.asked.lock().unwrap().push(what.into());
    }

    fn collection(&self, observer: &dyn Observer) -> Report {
        let scope = |region: &str, kind: &str| ScopeKey {
            provider: "aws".into(),
            cloud: "aws".into(),
            account: "012345678901".into(),
            region: region.into(),
            kind: kind.into(),
        };
        let scopes = [
            scope("eu-central-1", "aws_ec2_instance"),
            scope("eu-central-1", "aws_ec2_volume"),
            scope("us-east-1", "aws_ec2_volume"),
        ];
        let account = Account {
            cloud: "aws".into(),
            id: "012345678901".into(),
            name: "production".into(),
            kind: "aws_account".into(),
            properties: serde_json::Map::new(),
        };
        let account = DiscoveredAccount { account, regions: vec![], scopes: scopes.to_vec(), failure: None };
        observer.discovered(&"aws".into(), &Discovery { accounts: vec![account], failure: None });
        let denied = ScopeFailure::new(FailureClass::Denied, "ec2:DescribeVolumes is not allowed");
        for scope in &scopes {
            observer.started(scope);
            let fails = !self.all_is_well && &*scope.kind == "aws_ec2_volume" && &*scope.region == "eu-central-1";
            let entry = Entry {
                outcome: if fails { Outcome::Failed } else { Outcome::Complete },
                failure: fails.then(|| denied.clone()),
                last_attempt: Timestamp::UNIX_EPOCH,
                last_success: None,
                known_since: Timestamp::UNIX_EPOCH,
                duration: Duration::ZERO,
                calls: 0,
                throttles: 0,
            };
            observer.listed(scope, &entry, if fails { 0 } else { 1200 });
        }
        let failed = usize::from(!self.all_is_well);
        Report { complete: scopes.len() - failed, failed, ..Report::default() }
    }
}

#[async_trait]
impl Program for Played {
    async fn serve(&self, settings: Loaded<Settings>, input: Input) -> Result<(), CliError> {
        self.asked(format!("serve {} with {} flags", settings.settings.collect.concurrency, input.flags.len()));
        Ok(())
    }

    async fn collect(&self, _settings: Loaded<Settings>, observer: Arc<dyn Observer>) -> Result<Report, CliError> {
        Ok(self.collection(&*observer))
    }

    async fn search_collected(
        &self,
        settings: Loaded<Settings>,
        _search: &Search,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, CliError> {
        let files = &settings.settings.providers.file.files;
        if !files.is_empty() {
            self.asked(format!("files {}", files.join(" ")));
        }
        self.collection(&*observer);
        Ok(Answer { rows: self.rows.clone(), source: "a fresh collection".to_owned(), ..Answer::default() })
    }

    async fn search_server(&self, server: &str, search: &Search) -> Result<Answer, CliError> {
        let Search { query, limit, explain } = search;
        self.asked(format!("search {query} at {server}, {limit} rows"));
        if self.server_is_down {
            let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
            return Err(CliError::NoServer(Box::new(Unreachable(refused))));
        }
        Ok(Answer {
            rows: self.rows.clone(),
            explanation: explain.then(|| "a scan".to_owned()),
            source: "the server".to_owned(),
            notes: self.notes.clone(),
        })
    }

    async fn search_stored(
        &self,
        _settings: Loaded<Settings>,
        file: Option<&Path>,
        search: &Search,
    ) -> Result<Option<Answer>, CliError> {
        self.asked(format!("search {} in {}", search.query, file.map_or("the last".into(), Path::to_string_lossy)));
        let answer = Answer { rows: self.rows.clone(), source: "a stored generation".to_owned(), ..Answer::default() };
        Ok(self.has_stored.then_some(answer))
    }

    async fn scopes_server(&self, server: &str, scopes: &Scopes) -> Result<Answer<ScopeRow>, CliError> {
        self.asked(format!("scopes at {server}, {} rows", scopes.limit));
        if self.server_is_down {
            return Err(CliError::NoServer(Box::new(Unreachable(io::ErrorKind::ConnectionRefused.into()))));
        }
        let rows = vec![ScopeRow { account_name: Some("production".to_owned()), ..ScopeRow::default() }];
        Ok(Answer { rows, source: "the server".to_owned(), notes: self.notes.clone(), explanation: None })
    }

    async fn scopes_stored(
        &self,
        _settings: Loaded<Settings>,
        file: Option<&Path>,
        _scopes: &Scopes,
    ) -> Result<Option<Answer<ScopeRow>>, CliError> {
        self.asked(format!("scopes in {}", file.map_or("the last".into(), Path::to_string_lossy)));
        Ok(self.has_stored.then(Answer::default))
    }

    async fn workflows(&self, server: &str, command: &WorkflowsCommand) -> Result<String, CliError> {
        self.asked(format!("{command:?} at {server}"));
        Ok("collect\n".to_owned())
    }

    fn check(&self, settings: &Loaded<Settings>) -> Result<CheckSummary, Mistakes> {
        if self.check_fails {
            let complaint = Complaint::new("1 is not enough").at("collect").at("concurrency").help("take 8");
            return Err(settings.locate([complaint]));
        }
        Ok(CheckSummary { lines: vec![("providers".to_owned(), "example".to_owned())] })
    }

    fn needed_kinds(&self, _settings: &Loaded<Settings>) -> Result<Vec<NeededKind>, CliError> {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Ok(vec![
            NeededKind {
                kind: "aws_account".to_owned(),
                provider: "aws".to_owned(),
                setting: Some("no_collect".to_owned()),
                on_the_way_for: names(&["metric a"]),
                ..NeededKind::default()
            },
            NeededKind {
                kind: "aws_ec2_volume".to_owned(),
                provider: "aws".to_owned(),
                collected: true,
                setting: None,
                metrics: names(&["a", "b", "c", "d"]),
                rules: names(&["old"]),
                on_the_way_for: Vec::new(),
                may_depend_on: names(&["aws_vpc", "aws_ec2_instance"]),
            },
        ])
    }

    async fn permissions(
        &self,
        _settings: &Loaded<Settings>,
        arguments: &PermissionsArguments,
    ) -> Result<Permissions, CliError> {
        let row = |action: &str, regions: &[&str], kinds: &[&str]| MissingRow {
            account: "1".to_owned(),
            action: action.to_owned(),
            regions: regions.iter().map(|region| (*region).to_owned()).collect(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        };
        if arguments.probe {
            let mut rows = vec![
                row("ec2:DescribeRegions", &[], &[]),
                row("ec2:DescribeVpcs", &["eu-west-1"], &["aws_vpc", "b", "c", "d", "e"]),
            ];
            rows.retain(|_| !self.all_is_well);
            return Ok(Permissions::Missing { rows, silent: vec![("2".to_owned(), "denied: no".to_owned())] });
        }
        let policy = PermissionPolicy {
            name: "cloudgauge-read".to_owned(),
            attach_to: "the role".to_owned(),
            policy: json!({"Statement": []}),
        };
        Ok(Permissions::Policies { kinds: 3, policies: vec![policy] })
    }

    async fn estimate(
        &self,
        _settings: &Loaded<Settings>,
        arguments: &EstimateArguments,
    ) -> Result<Estimate, CliError> {
        Ok(Estimate { calls: arguments.items, runs_per_day: 24.0, ..Estimate::default() })
    }

    async fn forecast(&self, _settings: &Loaded<Settings>, against: &str) -> Result<Forecast, CliError> {
        let label = |label: &str, values| LabelForecast { label: label.into(), values };
        let metric = |name: &str, series, error: Option<&str>| MetricForecast {
            metric: name.into(),
            definitions: vec![name.into()],
            series,
            series_max: 10_000,
            exceeds: series > 10_000,
            bytes: 100 * series as u64,
            gzip_bytes: 10 * series as u64,
            labels: vec![label("id", series), label("account", 3), label("cloud", 1), label("kind", 1)],
            error: error.map(str::to_owned),
        };
        let mut metrics = vec![metric("cloudgauge_volumes", 120, None)];
        if !self.all_is_well {
            metrics.insert(0, metric("cloudgauge_by_id", 20_000, None));
            metrics.push(metric("cloudgauge_slow", 0, Some("the query takes longer than 60s")));
        }
        let series = metrics.iter().map(|metric| metric.series).sum();
        let (bytes, gzip_bytes) = (100 * series as u64, 10 * series as u64);
        let against = format!("3 resources of {against}");
        Ok(Forecast { against, series, series_total_max: 500_000, bytes, gzip_bytes, metrics })
    }

    async fn test(&self, _settings: &Loaded<Settings>, files: &[PathBuf]) -> Result<Vec<TestFile>, Mistakes> {
        self.asked(format!("test {files:?}"));
        let good = TestResult { name: "volumes are counted".into(), errors: vec![], differences: vec![] };
        let difference = |status: &str, expected, found| TestDifference {
            series: format!("cloudgauge_volumes{{status={status:?}}}"),
            expected,
            found,
        };
        let bad = TestResult {
            name: "volumes are counted by status".into(),
            errors: vec!["cloudgauge_volumes: the query takes longer than 1s".into()],
            differences: vec![
                difference("available", Some(1.0), None),
                difference("error", None, Some(0.5)),
                difference("in-use", Some(1.0), Some(2.0)),
            ],
        };
        let tests = if self.all_is_well { vec![good] } else { vec![good, bad] };
        Ok(vec![TestFile { name: "storage.yaml".into(), tests }])
    }

    fn prices(&self, _settings: &Loaded<Settings>) -> Result<Vec<(String, PriceReport)>, CliError> {
        Ok(prices::report())
    }

    fn prices_of(&self, _settings: &Loaded<Settings>, types: &[String]) -> Result<Vec<PriceRow>, CliError> {
        Ok(prices::rows(types))
    }

    async fn refresh_prices(&self, _settings: &Loaded<Settings>) -> Result<PathBuf, CliError> {
        self.asked("refresh prices");
        Ok("/var/lib/cloudgauge/prices-aws.json".into())
    }

    fn kinds(&self) -> Vec<KindRow> {
        let kind = |name: &str, provider: Option<&str>, bases: &[&str], deletable| KindRow {
            name: name.to_owned(),
            provider: provider.map(str::to_owned),
            bases: bases.iter().map(|base| (*base).to_owned()).collect(),
            lineage: bases.iter().copied().chain([name, "resource"]).map(str::to_owned).collect(),
            deletable,
        };
        vec![
            kind("volume", None, &["resource"], false),
            kind("aws_ec2_volume", Some("aws"), &["volume"], true),
            kind("aws_account", Some("aws"), &["account"], false),
        ]
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no server answers at `http://127.0.0.1:9955`")]
struct Unreachable(#[source] io::Error);

/// A stream that a test can read afterwards.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// A reader that has had enough.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs a command line over one configuration file; stdout, stderr and the exit code.
fn cli(line: &str, file: &str, program: &Played) -> (String, String, ExitCode) {
    let (stdout, stderr) = (Written::default(), Written::default());
    let code = run_with(line, file, program, Printer::new(stdout.clone(), false), Printer::new(stderr.clone(), false));
    (stdout.text(), stderr.text(), code)
}

fn run_with(line: &str, file: &str, program: &Played, stdout: Printer, stderr: Printer) -> ExitCode {
    let content = file.as_bytes().to_vec();
    let read = move |path: &Path| {
        let is_there = path == Path::new("./cloudgauge.yaml");
        is_there.then(|| content.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    let arguments = std::iter::once("cloudgauge").chain(line.split('|').map(str::trim).filter(|part| !part.is_empty()));
    let process = Process {
        arguments: arguments.map(OsString::from).collect(),
        environment: vec![],
        read: Arc::new(read),
        stdout,
        stderr,
    };
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(process, program))
}

fn instance(name: &str, cores: u32) -> Value {
    json!({
        "id": format!("key-{name}"),
        "reported": {"kind": "aws_ec2_instance", "id": format!("i-{name}"), "name": name, "cores": cores,
            "tags": {"owner": "a, \"b\""}, "ctime": "2026-01-01T00:00:00Z"},
        "ancestors": {"cloud": {"reported": {"id": "aws", "name": "AWS"}}, "account": {"reported": {"id": "1"}}},
    })
}

#[test]
fn the_grammar_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn help_is_worth_reading() {
    for (name, line) in [("help", "--help"), ("help_search", "search|--help"), ("help_workflows", "workflows|-h")] {
        let (stdout, stderr, code) = cli(line, "", &Played::default());
        assert_eq!((stderr.as_str(), code), ("", ExitCode::Success));
        assert_snapshot!(name, stdout);
    }
}

#[test]
fn the_version_says_what_it_was_built_from() {
    let (stdout, _, code) = cli("--version", "", &Played::default());
    assert_eq!(code, ExitCode::Success);
    assert!(
        stdout.starts_with("cloudgauge 0.") && stdout.contains("revision ") && stdout.contains("rustc 1."),
        "{stdout}"
    );
}

#[test]
fn a_wrong_command_line_has_its_own_exit_code() {
    let (stdout, stderr, code) = cli("serch|x", "", &Played::default());
    assert_eq!((stdout.as_str(), code), ("", ExitCode::Usage));
    assert_snapshot!(stderr, @r"
    error: unrecognized subcommand 'serch'

      tip: some similar subcommands exist: 'serve', 'search'

    Usage: cloudgauge [OPTIONS] [COMMAND]

    For more information, try '--help'.
    ");
    assert_eq!(cli("search|--collect|--server|http://x|q", "", &Played::default()).2, ExitCode::Usage);
}

#[test]
fn without_a_command_it_serves() {
    let program = Played::default();
    assert_eq!(cli("", "collect: {concurrency: 7}", &program).2, ExitCode::Success);
    assert_eq!(*program.asked.lock().unwrap(), ["serve 7 with 0 flags"]);
}

#[test]
fn nothing_starts_with_a_wrong_configuration() {
    let program = Played::default();
    let (stdout, stderr, code) = cli("serve", "collect: {concurency: 7}", &program);
    assert_eq!((stdout.as_str(), code), ("", ExitCode::Configuration));
    assert_snapshot!(stderr, @r"
    error: collect: there is no setting `concurency`
     --> ./cloudgauge.yaml:1:11
      |
    1 | collect: {concurency: 7}
      |           ^^^^^^^^^^
      |
      = help: did you mean `concurrency`?

    one mistake in the configuration
    ");
    assert!(program.asked.lock().unwrap().is_empty());
}

#[test]
fn every_flag_is_a_setting() {
    let line = "--web.listen-address=:1|--web.listen-address=:2|--web.telemetry-path=/m|--web.max-requests=3\
        |--web.disable-exporter-metrics|--web.enable-lifecycle|--log.level=debug|--log.format=json";
    let arguments = <Arguments as clap::Parser>::parse_from(std::iter::once("cloudgauge").chain(line.split('|')));
    let flags: Vec<String> = arguments
        .flags()
        .iter()
        .map(|flag| format!("{} {} {:?}", flag.name, flag.path.join("."), flag.value))
        .collect();
    assert_snapshot!(flags.join("\n"), @r#"
    --web.listen-address web.listen_addresses Many([":1", ":2"])
    --web.telemetry-path web.telemetry_path One("/m")
    --web.max-requests web.max_requests One("3")
    --web.disable-exporter-metrics web.disable_exporter_metrics One("true")
    --web.enable-lifecycle web.enable_lifecycle One("true")
    --log.level log.level One("debug")
    --log.format log.format One("json")
    "#);
}

#[test]
fn server_flags_stand_in_front_of_serve_or_behind_it() {
    let flags = |line: &str| {
        let arguments = <Arguments as clap::Parser>::parse_from(std::iter::once("cloudgauge").chain(line.split('|')));
        arguments.flags()
    };
    let expected = [Flag::one("--web.max-requests", &["web", "max_requests"], &5)];
    assert_eq!(flags("--web.max-requests=5"), expected);
    assert_eq!(flags("--web.max-requests=5|serve"), expected);
    assert_eq!(flags("--web.max-requests=4|serve|--web.max-requests=5"), expected);
}

#[test]
fn the_server_comes_from_flag_variable_or_default() {
    let server = |flag: Option<&str>, variable: &str| {
        let environment = [(OsString::from("CLOUDGAUGE_SERVER"), OsString::from(variable))];
        Server { address: flag.map(str::to_owned) }.address(&environment)
    };
    assert_eq!(server(Some("http://flag"), "http://variable"), "http://flag");
    assert_eq!(server(None, "http://variable"), "http://variable");
    assert_eq!(server(None, ""), "http://127.0.0.1:9955");
}

#[test]
fn check_says_what_would_run() {
    let (stdout, stderr, code) = cli("check", "", &Played::default());
    assert_eq!((stderr.as_str(), code), ("", ExitCode::Success));
    assert_snapshot!(stdout, @r"
    providers  example

    Nothing is wrong.
    ");
}

#[test]
fn a_forecast_shows_what_would_be_cut_and_fails() {
    let (stdout, _, code) = cli("check|--against=a.yaml", "", &Played::default());
    assert_eq!(code, ExitCode::Failure);
    insta::assert_snapshot!(stdout);
    let good = Played { all_is_well: true, ..Played::default() };
    let (stdout, _, code) = cli("check|--against=a.yaml|-o|json", "", &good);
    assert_eq!(code, ExitCode::Success);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["metrics"][0]["labels"][0], json!({"label": "id", "values": 120}));
    let (stdout, ..) = cli("check|--against=a.yaml|-o|csv", "", &good);
    assert_eq!(stdout, "metric,series,series_max,bytes,gzip_bytes,error\ncloudgauge_volumes,120,10000,12000,1200,\n");
    let (stdout, ..) = cli("check|--against=a.yaml|-o|ndjson", "", &good);
    assert_eq!(stdout.lines().count(), 1);
    let (_, _, code) = cli("check|-o|json", "", &good);
    assert_eq!(code, ExitCode::Usage);
}

#[test]
fn tests_of_metrics_show_what_was_expected_and_what_was_found() {
    let program = Played::default();
    let (stdout, _, code) = cli("test|storage.yaml", "", &program);
    assert_eq!(code, ExitCode::Failure);
    insta::assert_snapshot!(stdout, @r#"
    storage.yaml
      ok     volumes are counted
      FAILED volumes are counted by status
          ! cloudgauge_volumes: the query takes longer than 1s
          - cloudgauge_volumes{status="available"} 1
          + cloudgauge_volumes{status="error"} 0.5
          - cloudgauge_volumes{status="in-use"} 1
          + cloudgauge_volumes{status="in-use"} 2

    1 of 2 tests FAILED.
    "#);
    let (stdout, _, code) = cli("test", "", &Played { all_is_well: true, ..Played::default() });
    assert_eq!(code, ExitCode::Success);
    assert!(stdout.ends_with("\n1 tests are ok.\n"), "{stdout}");
}

#[test]
fn check_points_at_what_is_wrong_beyond_the_settings() {
    let program = Played { check_fails: true, ..Played::default() };
    let (_, stderr, code) = cli("check", "collect:\n  concurrency: 1\n", &program);
    assert_eq!(code, ExitCode::Configuration);
    assert_snapshot!(stderr, @r"
    error: collect.concurrency: 1 is not enough
     --> ./cloudgauge.yaml:2:16
      |
    2 |   concurrency: 1
      |                ^
      |
      = help: take 8

    one mistake in the configuration
    ");
}

#[test]
fn a_collection_shows_progress_in_lines_and_ends_with_a_table() {
    let (stdout, stderr, code) = cli("collect", "", &Played::default());
    assert_eq!(code, ExitCode::Incomplete);
    assert_snapshot!(stderr, @r"
    aws: 1 accounts, 3 scopes to list
    aws/012345678901/eu-central-1: 2 scopes, 0 partial, 1 failed, 1200 resources
    aws/012345678901/us-east-1: 1 scopes, 0 partial, 0 failed, 1200 resources
    ");
    assert_snapshot!(stdout, @r"
    CLOUD  ACCOUNT       REGION        COMPLETE  PARTIAL  FAILED  RESOURCES
    aws    012345678901  eu-central-1         1        0       1       1200
    aws    012345678901  us-east-1            1        0       0       1200
    total                                     2        0       1       2400

    FAILED                         CLASS   KINDS           REASON
    aws/012345678901/eu-central-1  denied  aws_ec2_volume  ec2:DescribeVolumes is not allowed
    ");
    assert_eq!(cli("collect", "", &Played { all_is_well: true, ..Played::default() }).2, ExitCode::Success);
}

#[test]
fn bars_on_a_terminal_do_not_reach_the_result() {
    let (stdout, stderr) = (Written::default(), Written::default());
    let program = Played { all_is_well: true, ..Played::default() };
    let code =
        run_with("collect", "", &program, Printer::new(stdout.clone(), true), Printer::new(stderr.clone(), true));
    assert_eq!(code, ExitCode::Success);
    assert!(stdout.text().starts_with("CLOUD"), "{}", stdout.text());
    assert_eq!(stderr.text(), "");
}

#[test]
fn kinds_can_be_filtered() {
    let out = |line: &str| cli(line, "", &Played::default()).0;
    assert_snapshot!(out("kinds"), @r"
    KIND            PROVIDER  IS        DELETABLE
    aws_account     aws       account   no
    aws_ec2_volume  aws       volume    yes
    volume          any       resource  no
    ");
    assert_snapshot!(out("kinds|--is=volume|--deletable|-o|csv"), @r"
    name,provider,bases,deletable
    aws_ec2_volume,aws,volume,true
    ");
    assert_eq!(out("kinds|account").lines().count(), 2);
    assert_eq!(out("kinds|--provider=gcp|-o|ndjson"), "");
}

#[test]
fn workflow_commands_reach_the_server() {
    let program = Played::default();
    assert_eq!(cli("workflows|run|collect|--server=http://x:1", "", &program).0, "collect\n");
    assert_eq!(*program.asked.lock().unwrap(), ["Run { workflow: \"collect\", wait: false } at http://x:1"]);
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let stderr = Written::default();
    for line in ["kinds", "search|q|-o|ndjson", "search|q|-o|csv", "--help", "check"] {
        let program = Played { rows: vec![instance("a", 2)], ..Played::default() };
        let code = run_with(line, "", &program, Printer::new(Closed, false), Printer::new(stderr.clone(), false));
        assert_eq!(code, ExitCode::Success, "{line}");
        assert!(!stderr.text().contains("error"), "{line}: {}", stderr.text());
    }
}

/// A file that is not there is a wrong configuration, not a crash.
#[test]
fn a_missing_file_is_reported() {
    let (_, stderr, code) = cli("--config.file=absent.yaml|check", "", &Played::default());
    assert_eq!(code, ExitCode::Configuration);
    assert!(stderr.contains("absent.yaml") && stderr.contains("there is no such file"), "{stderr}");
    assert!(fs::metadata("absent.yaml").is_err());
}
