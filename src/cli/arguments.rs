//! The grammar of the command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::scopes::ScopeColumn;
use crate::build;
use crate::config::Flag;
use crate::model::{FailureClass, duration};

const AFTER_HELP: &str = "\
Examples:
  cloudgauge                                          serve with ./cloudgauge.yaml, or the defaults
  cloudgauge --config.file=prod.yaml check            say what is wrong with a configuration
  cloudgauge collect                                  try out credentials and permissions
  cloudgauge search 'is(volume) and volume_status = available'

Settings come from files, then from variables such as CLOUDGAUGE__LOG__LEVEL=debug, then from flags.
Exit codes: 0 done, 1 failed, 2 wrong command line, 3 wrong configuration, 4 done in part,
5 no server.";

/// Cloud inventory as Prometheus metrics.
#[derive(Clone, Debug, Parser)]
#[command(name = "cloudgauge", version = build::LINE, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub settings: SettingFlags,

    #[command(flatten, next_help_heading = "Options of the server")]
    pub web: WebFlags,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that every command takes.
#[derive(Clone, Debug, Default, Args)]
pub struct SettingFlags {
    /// Configuration file; repeat it for several, later ones win.
    ///
    /// Without it: the first of ./cloudgauge.yaml, ./config/cloudgauge.yaml, /etc/cloudgauge/cloudgauge.yaml.
    #[arg(long = "config.file", value_name = "FILE", global = true)]
    pub config_files: Vec<PathBuf>,

    /// Least important messages that are logged: debug, info, warn or error.
    #[arg(long = "log.level", value_name = "LEVEL", global = true)]
    pub log_level: Option<String>,

    /// Form of log lines: logfmt or json.
    #[arg(long = "log.format", value_name = "FORMAT", global = true)]
    pub log_format: Option<String>,
}

/// Flags of the server, with or without the word `serve`.
#[derive(Clone, Debug, Default, Args)]
pub struct WebFlags {
    /// Address to listen on, for example `:9955` or `127.0.0.1:9955`; may be repeated.
    #[arg(long = "web.listen-address", value_name = "ADDRESS")]
    pub listen_addresses: Vec<String>,

    /// Path under which metrics are served.
    #[arg(long = "web.telemetry-path", value_name = "PATH")]
    pub telemetry_path: Option<String>,

    /// Scrapes that are answered at the same time; 0 for no limit.
    #[arg(long = "web.max-requests", value_name = "NUMBER")]
    pub max_requests: Option<String>,

    /// Leave out metrics about cloudgauge itself.
    #[arg(long = "web.disable-exporter-metrics")]
    pub disable_exporter_metrics: bool,

    /// Allow reload and shutdown over HTTP.
    #[arg(long = "web.enable-lifecycle")]
    pub enable_lifecycle: bool,
}

impl Arguments {
    /// The settings that were given as flags, to be checked with the rest of the configuration.
    pub fn flags(&self) -> Vec<Flag> {
        let behind = match &self.command {
            Some(Command::Serve(web)) => web.clone(),
            _ => WebFlags::default(),
        };
        let SettingFlags { config_files: _, log_level, log_format } = &self.settings;
        let log = [
            one("--log.level", &["log", "level"], log_level.as_ref()),
            one("--log.format", &["log", "format"], log_format.as_ref()),
        ];
        self.web.clone().or(behind).flags().into_iter().chain(log.into_iter().flatten()).collect()
    }
}

impl WebFlags {
    /// Flags in front of `serve` count where there are none behind it.
    fn or(self, behind: Self) -> Self {
        let listen_addresses =
            if behind.listen_addresses.is_empty() { self.listen_addresses } else { behind.listen_addresses };
        Self {
            listen_addresses,
            telemetry_path: behind.telemetry_path.or(self.telemetry_path),
            max_requests: behind.max_requests.or(self.max_requests),
            disable_exporter_metrics: behind.disable_exporter_metrics || self.disable_exporter_metrics,
            enable_lifecycle: behind.enable_lifecycle || self.enable_lifecycle,
        }
    }

    fn flags(&self) -> Vec<Flag> {
        let addresses = (!self.listen_addresses.is_empty())
            .then(|| Flag::many("--web.listen-address", &["web", "listen_addresses"], self.listen_addresses.clone()));
        [
            addresses,
            one("--web.telemetry-path", &["web", "telemetry_path"], self.telemetry_path.as_ref()),
            one("--web.max-requests", &["web", "max_requests"], self.max_requests.as_ref()),
            switch(
                "--web.disable-exporter-metrics",
                &["web", "disable_exporter_metrics"],
                self.disable_exporter_metrics,
            ),
            switch("--web.enable-lifecycle", &["web", "enable_lifecycle"], self.enable_lifecycle),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

fn one(name: &'static str, path: &'static [&'static str], value: Option<&String>) -> Option<Flag> {
    value.map(|value| Flag::one(name, path, value))
}

/// A flag without a value: it can only switch on.
fn switch(name: &'static str, path: &'static [&'static str], given: bool) -> Option<Flag> {
    given.then(|| Flag::one(name, path, &true))
}

/// What to do; `serve` if nothing is said.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Collect on schedule and serve metrics; this is what happens without a command.
    Serve(WebFlags),

    /// Collect once, show how it goes, and say what was found and what failed.
    ///
    /// Nothing is served, kept or deleted: it tries out credentials, permissions and filters. Exit code 4 says that
    /// some accounts, regions or kinds could not be listed.
    #[command(after_help = "Example:\n  cloudgauge --config.file=new-account.yaml collect")]
    Collect,

    /// Run a query over the inventory of a running server, a stored generation, files, or a fresh collection.
    #[command(after_help = SEARCH_HELP)]
    Search(SearchArguments),

    /// Read the configuration and all definitions, and say what is wrong or what would run.
    ///
    /// Needs no credentials and no network, so it can run in CI. Exit code 3 says that something is wrong.
    #[command(after_help = CHECK_HELP)]
    Check(CheckArguments),

    /// Run unit tests of metrics: files with an inventory, a time, and the series that must come out.
    ///
    /// Needs no credentials and no network. Exit code 1 says that a test failed, 3 that something is wrong with a file.
    #[command(after_help = TEST_HELP)]
    Test(TestArguments),

    /// List the kinds of resources that can be collected and searched for.
    #[command(after_help = KINDS_HELP)]
    Kinds(KindsArguments),

    /// Print the IAM policies that collecting takes, or what is missing of them.
    ///
    /// Needs no credentials and no network unless `--probe` is given. Exit code 4 says that permissions are missing.
    #[command(after_help = PERMISSIONS_HELP)]
    Permissions(PermissionsArguments),

    /// Say how many calls one collection takes, how long that is, and what AWS charges for it.
    ///
    /// Needs no credentials and no network unless `--online` is given. Resources are counted in the stored generation if
    /// there is one, else assumed.
    #[command(after_help = ESTIMATE_HELP)]
    Estimate(EstimateArguments),
    /// Show how complete and how old what is known is: the ledger of a running server or a stored generation.
    ///
    /// A scope is one kind in one region of one account. Its line says how its last listing went, how old the last
    /// complete one is, how many resources are served, and what the listing cost.
    #[command(after_help = SCOPES_HELP)]
    Scopes(ScopesArguments),

    /// Show the prices that costs are computed from: tables with their sources and dates, or what single types cost.
    ///
    /// Needs no credentials, but for `refresh`.
    #[command(after_help = PRICES_HELP)]
    Prices(PricesArguments),

    /// Look at the workflows of a running server, start and stop them.
    Workflows(WorkflowsArguments),
}

const SEARCH_HELP: &str = "\
Where it looks, and only there, if one of --server, --generation, --file and --collect is given. Without
them: the server of CLOUDGAUGE_SERVER or http://127.0.0.1:9955 if one answers, else the generation that
was stored last. Which it was, and how old it is, is said on standard error.

The language: docs/search.md. Properties and kinds: `cloudgauge kinds`.

Examples:
  cloudgauge search 'is(instance) and instance_status = running and age > 30d'
  cloudgauge search 'aggregate(kind, region: sum(1) as count): is(resource)' --output=csv
  cloudgauge search 'is(volume)' --columns=id,name,volume_size,tags.owner
  cloudgauge search 'is(volume) {instance: <-- is(instance)}' --columns=id,instance.reported.name
  cloudgauge search --file='export/*.ndjson' 'aggregate(kind: sum(1) as count): all'
  cloudgauge search --collect 'is(bucket)' --output=ndjson | jq .reported.name
  cloudgauge search --explain 'is(volume) with(empty, <-- is(instance))'";

const KINDS_HELP: &str = "\
Examples:
  cloudgauge kinds --is=volume
  cloudgauge kinds --provider=aws --deletable
  cloudgauge kinds --needed                    what is collected, and what for
  cloudgauge kinds ec2";

const PERMISSIONS_HELP: &str = "\
Without --output each policy is printed as IAM takes it; what each is for is said on standard error. A policy has
6,144 characters at most, so there may be several; --wildcards makes fewer.

Examples:
  cloudgauge permissions aws > policy.json
  cloudgauge permissions aws --cleanup --output=json | jq '.[].name'
  cloudgauge permissions aws --probe           ask AWS what is missing";

const ESTIMATE_HELP: &str = "\
The time is what our limits on rates make of the calls; slow answers and throttling come on top. The price is AWS's
list price without the free tier; calls that are free, as most are, cost nothing.

Examples:
  cloudgauge estimate                          for the configured accounts and regions
  cloudgauge estimate --online                 for the accounts and regions that the credentials can see
  cloudgauge estimate --items=1000 --output=json";
const SCOPES_HELP: &str = "\
Examples:
  cloudgauge scopes --by=account,region              how complete each region of each account is
  cloudgauge scopes --failed                         what could not be listed completely, and why
  cloudgauge scopes --class=denied --by=kind
  cloudgauge scopes --older-than=6h --output=json
  cloudgauge scopes --kind=volume --account=production";

const PRICES_HELP: &str = "\
Examples:
  cloudgauge prices
  cloudgauge prices --of=t3.micro,gp3 --region=eu-west-1
  cloudgauge prices refresh                ask AWS, and keep the answer for the server";

const TEST_HELP: &str = "\
Examples:
  cloudgauge test                          the tests of the shipped definitions
  cloudgauge --config.file=prod.yaml test metrics/tests/*.yaml";

const CHECK_HELP: &str = "\
Examples:
  cloudgauge --config.file=prod.yaml check && systemctl reload cloudgauge
  cloudgauge --config.file=next.yaml check --against=/var/lib/cloudgauge     the last stored generation
  cloudgauge --config.file=next.yaml check --against=inventory.ndjson --output=json";

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArguments {
    /// Say how large the metrics would be for this inventory: a stored generation or the folder of them, a file with
    /// resources (YAML, JSON, NDJSON, CSV), or the address of a running server.
    ///
    /// Exit code 1 says that a metric would have more series than it may have.
    #[arg(long, value_name = "FILE|URL")]
    pub against: Option<String>,

    /// Form of the forecast.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT", requires = "against")]
    pub output: OutputFormat,
}

/// Arguments of `test`.
#[derive(Clone, Debug, Args)]
pub struct TestArguments {
    /// Files with tests of the configuration's definitions; without any, those of the shipped definitions are run.
    pub files: Vec<PathBuf>,
}

/// Arguments of `search`.
#[derive(Clone, Debug, Args)]
pub struct SearchArguments {
    /// The query; quote it for the shell.
    pub query: String,

    /// Form of the answer.
    #[arg(long, short, visible_alias = "format", value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,

    /// Properties to show in tables and CSV, separated by commas.
    ///
    /// A plain name is a property of the resource; `account`, `region` and the like are where it is; anything else is
    /// a path into the resource's document, such as `tags.owner` or `metadata.protected`.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub columns: Vec<String>,

    /// Rows at most.
    #[arg(long, default_value_t = 1000, value_name = "NUMBER")]
    pub limit: usize,

    /// Show how the query is evaluated instead of its answer.
    #[arg(long)]
    pub explain: bool,

    #[command(flatten)]
    pub server: Server,

    /// Look in a stored generation: a file, or `latest` for the one that was stored last.
    #[arg(long, value_name = "FILE|latest", conflicts_with = "server")]
    pub generation: Option<PathBuf>,

    /// Look in files of resources: YAML, JSON, NDJSON or CSV, as the provider `file` reads them; may be repeated.
    ///
    /// Patterns such as `export/**/*.ndjson` name several.
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["server", "generation"])]
    pub file: Vec<String>,

    /// Collect first, in this process.
    #[arg(long, conflicts_with_all = ["server", "generation", "file"])]
    pub collect: bool,
}

/// Arguments of `kinds`.
#[derive(Clone, Debug, Args)]
pub struct KindsArguments {
    /// Only kinds whose name contains this.
    pub name: Option<String>,

    /// Only kinds of this provider.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Only kinds that are this base kind.
    #[arg(long = "is", value_name = "KIND")]
    pub base: Option<String>,

    /// Only kinds that cleanup can delete.
    #[arg(long)]
    pub deletable: bool,

    /// Only kinds that the configuration collects or would need to, and why: metrics and rules that read them, searches
    /// that follow edges through them, and what a rule deletes that may have to wait for them.
    #[arg(long)]
    pub needed: bool,

    /// Form of the answer.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,
}

/// Arguments of `permissions`.
#[derive(Clone, Debug, Args)]
pub struct PermissionsArguments {
    /// Whose permissions: `aws`.
    #[arg(value_parser = ["aws"])]
    pub provider: String,

    /// With what deleting takes, for the kinds that the enabled rules can reach.
    #[arg(long)]
    pub cleanup: bool,

    /// Allow all of a service that describes and lists, which is shorter and lets more in.
    #[arg(long)]
    pub wildcards: bool,

    /// Ask AWS which of the permissions are missing, account by account. Where IAM may not be asked, everything is
    /// listed once to see what is refused.
    #[arg(long, conflicts_with_all = ["cleanup", "wildcards"])]
    pub probe: bool,

    /// Form of the answer.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,
}

/// Arguments of `estimate`.
#[derive(Clone, Debug, Args)]
pub struct EstimateArguments {
    /// Ask AWS for the accounts and their regions.
    #[arg(long)]
    pub online: bool,

    /// How many resources of a kind to assume in an account, spread over its regions, where none were counted yet.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    pub items: u64,

    /// Form of the answer.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,
}

/// Arguments of `scopes`.
#[derive(Clone, Debug, Args)]
pub struct ScopesArguments {
    /// Only scopes of this provider.
    #[arg(long, value_name = "NAME")]
    pub provider: Option<String>,

    /// Only scopes of this account, by name or id.
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,

    /// Only scopes of this region; `global` for what an account has only once.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,

    /// Only scopes of this kind, or of kinds that are this base kind.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,

    /// Only scopes whose last listing was not complete; denials that are expected are shown with `--class` alone.
    #[arg(long)]
    pub failed: bool,

    /// Only scopes whose last listing failed, in whole or in part, with this class: `denied`, `throttled`, `timeout`, ...
    #[arg(long, value_name = "CLASS", value_parser = class)]
    pub class: Option<FailureClass>,

    /// Only scopes whose last complete listing is older, or that never had one.
    #[arg(long, value_name = "DURATION", value_parser = age)]
    pub older_than: Option<Duration>,

    /// Add scopes up by these: provider, cloud, account, region, kind, class.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES")]
    pub by: Vec<ScopeColumn>,

    /// Rows at most.
    #[arg(long, default_value_t = 1000, value_name = "NUMBER")]
    pub limit: usize,

    /// Form of the answer.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,

    #[command(flatten)]
    pub server: Server,

    /// Look in a stored generation: a file, or `latest` for the one that was stored last.
    #[arg(long, value_name = "FILE|latest", conflicts_with = "server")]
    pub generation: Option<PathBuf>,
}

fn class(text: &str) -> Result<FailureClass, String> {
    let known = FailureClass::ALL.into_iter().find(|class| class.as_str() == text);
    known.ok_or_else(|| {
        let names: Vec<&str> = FailureClass::ALL.iter().map(|class| class.as_str()).collect();
        format!("write one of {}", names.join(", "))
    })
}

fn age(text: &str) -> Result<Duration, String> {
    let age = duration::parse(text).map_err(|error| error.to_string())?;
    Duration::try_from(age).map_err(|_| "an age is not negative".to_owned())
}

/// Arguments of `prices`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PricesArguments {
    #[command(subcommand)]
    pub command: Option<PricesCommand>,

    /// What these types of instances and volumes cost, instead of the tables; separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "TYPES")]
    pub of: Vec<String>,

    /// Only in this region.
    #[arg(long, value_name = "NAME", requires = "of")]
    pub region: Option<String>,

    /// Form of the answer.
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: OutputFormat,
}

/// What to do with prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum PricesCommand {
    /// Ask AWS for the prices of the regions of all accounts, and keep them where the server reads them at its start.
    ///
    /// What was kept before stays if that fails.
    Refresh,
}

/// Arguments of `workflows`.
#[derive(Clone, Debug, Args)]
pub struct WorkflowsArguments {
    #[command(subcommand)]
    pub command: WorkflowsCommand,

    #[command(flatten)]
    pub server: Server,
}

/// What to do with workflows.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum WorkflowsCommand {
    /// Name the workflows.
    List,
    /// Show a workflow's steps, hooks and schedule.
    Show { workflow: String },
    /// Start a workflow now, or queue it behind the one that runs.
    Run {
        workflow: String,
        /// Return when the run is over; exit code 1 says that it failed.
        #[arg(long)]
        wait: bool,
    },
    /// Show what runs now, and what waits.
    Running,
    /// Show how often workflows ran, or the last runs of one.
    History {
        workflow: Option<String>,
        /// Only runs that started after this time, for example `2026-01-31T12:00:00Z`.
        #[arg(long, value_name = "TIME", requires = "workflow")]
        started_after: Option<String>,
        /// Only runs that started before this time.
        #[arg(long, value_name = "TIME", requires = "workflow")]
        started_before: Option<String>,
        /// Only runs with errors.
        #[arg(long, requires = "workflow")]
        has_errors: bool,
        /// Runs at most, the newest.
        #[arg(long, default_value_t = 10, value_name = "NUMBER")]
        limit: usize,
    },
    /// Show the log of a run.
    Log { run: String },
    /// Stop a run.
    Stop { run: String },
}

/// Which server to ask.
#[derive(Clone, Debug, Args)]
pub struct Server {
    /// Address of the running server; without it that of `CLOUDGAUGE_SERVER`, or else `http://127.0.0.1:9955`.
    #[arg(long = "server", id = "server", value_name = "URL", global = true)]
    pub address: Option<String>,
}

impl Server {
    /// Whether the flag was given.
    pub fn is_given(&self) -> bool {
        self.address.is_some()
    }

    /// The flag, the variable, or the default.
    pub fn address(&self, environment: &[(OsString, OsString)]) -> String {
        let variable = || {
            let (_, value) = environment.iter().find(|(name, _)| name == SERVER_VARIABLE)?;
            Some(value.to_string_lossy().into_owned()).filter(|value| !value.is_empty())
        };
        self.address.clone().or_else(variable).unwrap_or_else(|| SERVER_DEFAULT.to_owned())
    }
}

const SERVER_VARIABLE: &str = "CLOUDGAUGE_SERVER";
const SERVER_DEFAULT: &str = "http://127.0.0.1:9955";

/// Forms of output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Table,
    /// One JSON array.
    Json,
    /// One JSON object per line, complete documents.
    Ndjson,
    /// Comma-separated values with a header, RFC 4180.
    Csv,
}
