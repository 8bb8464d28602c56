//! What the commands ask for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

use super::{
    CliError, Estimate, EstimateArguments, Forecast, Permissions, PermissionsArguments, ScopeRow, Scopes, TestFile,
    WorkflowsCommand,
};
use crate::collect::{Observer, Report};
use crate::config::{Input, Loaded, Settings};
use crate::document::Mistakes;
use crate::model::Value;
use crate::provider::{PriceReport, PriceRow};

/// The program behind the command line; the application implements it, tests play it.
///
/// Errors say [`CliError::Server`] when a running server could not be asked, so that the exit code is right.
#[async_trait]
pub trait Program: Send + Sync {
    /// Runs until it is told to stop. `input` is what the settings came from, to read them anew on reload.
    async fn serve(&self, settings: Loaded<Settings>, input: Input) -> Result<(), CliError>;

    /// Runs one collection and tells the observer how it goes on.
    async fn collect(&self, settings: Loaded<Settings>, observer: Arc<dyn Observer>) -> Result<Report, CliError>;

    /// Runs one collection and then a query over it.
    async fn search_collected(
        &self,
        settings: Loaded<Settings>,
        search: &Search,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, CliError>;

    /// Asks a running server for the answer to a query.
    async fn search_server(&self, server: &str, search: &Search) -> Result<Answer, CliError>;

    /// Runs a query over the generation in a file, or the one that was stored last; none where none is stored.
    async fn search_stored(
        &self,
        settings: Loaded<Settings>,
        file: Option<&Path>,
        search: &Search,
    ) -> Result<Option<Answer>, CliError>;

    /// Asks a running server for its ledger.
    async fn scopes_server(&self, server: &str, scopes: &Scopes) -> Result<Answer<ScopeRow>, CliError>;

    /// Shows the ledger of the generation in a file, or of the one that was stored last; none where none is stored.
    async fn scopes_stored(
        &self,
        settings: Loaded<Settings>,
        file: Option<&Path>,
        scopes: &Scopes,
    ) -> Result<Option<Answer<ScopeRow>>, CliError>;

    /// Asks a running server about its workflows; the answer is text for people.
    async fn workflows(&self, server: &str, command: &WorkflowsCommand) -> Result<String, CliError>;

    /// Checks everything that the settings refer to, without credentials or network.
    fn check(&self, settings: &Loaded<Settings>) -> Result<CheckSummary, Mistakes>;

    /// Says what the configured metrics would be for an inventory: a file, a folder, or a running server.
    async fn forecast(&self, settings: &Loaded<Settings>, against: &str) -> Result<Forecast, CliError>;

    /// Runs the unit tests of metrics in these files; without files those of the shipped definitions.
    async fn test(&self, settings: &Loaded<Settings>, files: &[PathBuf]) -> Result<Vec<TestFile>, Mistakes>;

    /// Where the prices are from that costs are computed from, provider by provider.
    fn prices(&self, settings: &Loaded<Settings>) -> Result<Vec<(String, PriceReport)>, CliError>;

    /// What types of instances and volumes cost.
    fn prices_of(&self, settings: &Loaded<Settings>, types: &[String]) -> Result<Vec<PriceRow>, CliError>;

    /// Asks the clouds for newer prices and keeps them; says in which file.
    async fn refresh_prices(&self, settings: &Loaded<Settings>) -> Result<PathBuf, CliError>;

    /// All kinds that the providers know, configured or not.
    fn kinds(&self) -> Vec<KindRow>;

    /// The kinds that the settings collect or would need to, and why.
    fn needed_kinds(&self, settings: &Loaded<Settings>) -> Result<Vec<NeededKind>, CliError>;

    /// The policies that collecting takes, or what is missing of them.
    async fn permissions(
        &self,
        settings: &Loaded<Settings>,
        arguments: &PermissionsArguments,
    ) -> Result<Permissions, CliError>;

    /// Says what one collection would take.
    async fn estimate(&self, settings: &Loaded<Settings>, arguments: &EstimateArguments) -> Result<Estimate, CliError>;
}

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    pub query: String,
    /// Rows at most.
    pub limit: usize,
    /// Whether to explain how the query is evaluated, rather than to answer it.
    pub explain: bool,
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<T = Value> {
    /// Node documents, or one object per group; scopes, where those were asked for.
    pub rows: Vec<T>,
    /// How the query is evaluated, where that was asked for; there are no rows then.
    pub explanation: Option<String>,
    /// What was searched and how old it is, in words: `generation 12, collected 5min ago`.
    pub source: String,
    /// What a person should know of the answer: that there is more, or what is dubious about the query.
    pub notes: Vec<String>,
}

impl<T> Default for Answer<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), explanation: None, source: String::new(), notes: Vec::new() }
    }
}

/// What would run with the checked settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckSummary {
    /// A few words and what they stand for: `("metrics", "44 families")`, in the order to be shown.
    pub lines: Vec<(String, String)>,
}

/// A line of the table of kinds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KindRow {
    pub name: String,
    /// The provider that lists it; none for a base kind.
    pub provider: Option<String>,
    /// What it inherits from directly.
    pub bases: Vec<String>,
    /// Everything it is, for `--is`: its own name and all bases, direct or not.
    #[serde(skip)]
    pub lineage: Vec<String>,
    /// Whether cleanup can delete it.
    pub deletable: bool,
}

/// A kind that is collected, or would have to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NeededKind {
    pub kind: String,
    pub provider: String,
    pub collected: bool,
    /// The setting that decided, where it was not the need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// The metrics that read it.
    pub metrics: Vec<String>,
    /// The cleanup rules that read it.
    pub rules: Vec<String>,
    /// The metrics and rules that follow edges through it.
    pub on_the_way_for: Vec<String>,
    /// What a rule deletes, and what resources of this kind may depend on.
    pub may_depend_on: Vec<String>,
}
