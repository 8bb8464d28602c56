//! What the commands of the command line do.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

use crate::{
    cli::{
        Answer, CheckSummary, CliError, Estimate, EstimateArguments, Forecast, KindRow, NeededKind, Permissions,
        PermissionsArguments, Program, ScopeRow, Scopes, Search, TestFile, WorkflowsCommand,
    },
    collect::{Collected, Collector, Observer, Report},
    config::{Input, Loaded, Settings},
    document::{Mistake, Mistakes},
    graph::{Draft, Generation, Graph, Inventory, Store},
    http::ListenError,
    model::{Clock, KindError, KindModel, SystemClock},
    provider::{
        NeededKinds, NoMeter, PriceReport, PriceRow, Provider as _,
        aws::{AwsProvider, AwsProviderError, Selection},
    },
    search::Query,
    store::StoreError,
    telemetry::LoggingError,
};

use super::{
    estimate, forecast,
    kinds::{self, kinds},
    needs::Needs,
    permissions,
    prepared::Prepared,
    providers::{aws, providers},
    remote, scopes, search, serve, storage, unit_tests,
};

/// The program behind the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Application;

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("{0}")]
    Mistakes(Mistakes),
    #[error("the kinds do not fit together")]
    Kinds(#[from] KindError),
    #[error("a provider cannot be set up")]
    Provider(#[from] AwsProviderError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Logging(#[from] LoggingError),
    #[error(transparent)]
    Storage(#[from] StoreError),
    #[error("signals cannot be received")]
    Signals(#[source] io::Error),
}

impl From<Mistakes> for StartError {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Mistakes(mistakes) => Self::Configuration(mistakes),
            other => Self::Failed(Box::new(other)),
        }
    }
}

#[async_trait]
impl Program for Application {
    async fn serve(&self, loaded: Loaded<Settings>, input: Input) -> Result<(), CliError> {
        Ok(serve::serve(loaded, input).await?)
    }

    async fn collect(&self, loaded: Loaded<Settings>, observer: Arc<dyn Observer>) -> Result<Report, CliError> {
        let kinds = kinds(&loaded).map_err(StartError::from)?;
        let needs = Prepared::new(&loaded, &kinds).map_err(StartError::from)?.needs;
        Ok(collect_once(&loaded, &needs, observer).await?.report)
    }

    async fn search_collected(
        &self,
        loaded: Loaded<Settings>,
        search: &Search,
        observer: Arc<dyn Observer>,
    ) -> Result<Answer, CliError> {
        let kinds = kinds(&loaded).map_err(StartError::from)?;
        let request = search::Request::from(search);
        let templates = &loaded.settings.search.templates;
        // A query that cannot be read should say so before minutes of collecting.
        let refused = |error: String| CliError::Failed(error.into());
        search::find(&empty(&kinds), templates, &request, SystemClock.now()).map_err(refused)?;
        let query = Query::parse_with(&search.query, templates).map_err(|error| refused(error.render()))?;
        // What metrics need does not matter to it.
        let needs = Needs::of_query(&query, &kinds);
        drop(Prepared::new(&loaded, &kinds).map_err(StartError::from)?);
        let collected = collect_once(&loaded, &needs, observer).await?;
        let (inventory, graph) = Draft::new(Arc::new(collected.inventory), kinds).seal();
        let now = SystemClock.now();
        let generation = Generation::new(1, Some(now), inventory, graph);
        let found = search::find(&generation, templates, &request, now).map_err(refused)?;
        Ok(found.answer("a fresh collection".to_owned()))
    }

    async fn search_server(&self, server: &str, search: &Search) -> Result<Answer, CliError> {
        remote::search(server, search).await
    }

    async fn search_stored(
        &self,
        loaded: Loaded<Settings>,
        file: Option<&Path>,
        search: &Search,
    ) -> Result<Option<Answer>, CliError> {
        let kinds = kinds(&loaded).map_err(StartError::from)?;
        let Some((generation, skipped)) = storage::find(&loaded.settings.storage, file, &kinds)? else {
            return Ok(None);
        };
        let now = SystemClock.now();
        let templates = &loaded.settings.search.templates;
        let found = search::find(&generation, templates, &search::Request::from(search), now);
        let found = found.map_err(|error| CliError::Failed(error.into()))?;
        let mut answer = found.age(now);
        answer.insert_str(0, "stored ");
        let mut answer = found.answer(answer);
        answer.notes.extend(skipped);
        Ok(Some(answer))
    }

    async fn scopes_server(&self, server: &str, scopes: &Scopes) -> Result<Answer<ScopeRow>, CliError> {
        remote::scopes(server, scopes).await
    }

    async fn scopes_stored(
        &self,
        loaded: Loaded<Settings>,
        file: Option<&Path>,
        scopes: &Scopes,
    ) -> Result<Option<Answer<ScopeRow>>, CliError> {
        let kinds = kinds(&loaded).map_err(StartError::from)?;
        let Some((generation, skipped)) = storage::find(&loaded.settings.storage, file, &kinds)? else {
            return Ok(None);
        };
        let now = SystemClock.now();
        let found = scopes::find(&generation, scopes, now).map_err(|error| CliError::Failed(error.into()))?;
        let source = format!("stored {}", found.age(now));
        let mut answer = found.answer(source);
        answer.notes.extend(skipped);
        Ok(Some(answer))
    }

    async fn workflows(&self, server: &str, command: &WorkflowsCommand) -> Result<String, CliError> {
        remote::workflows(server, command).await
    }

    fn check(&self, loaded: &Loaded<Settings>) -> Result<CheckSummary, Mistakes> {
        check(loaded)
    }

    async fn forecast(&self, loaded: &Loaded<Settings>, against: &str) -> Result<Forecast, CliError> {
        forecast::forecast(loaded, against).await
    }

    async fn test(&self, loaded: &Loaded<Settings>, files: &[PathBuf]) -> Result<Vec<TestFile>, Mistakes> {
        unit_tests::run(loaded, files).await
    }

    fn prices(&self, loaded: &Loaded<Settings>) -> Result<Vec<(String, PriceReport)>, CliError> {
        let provider = aws_once(loaded)?;
        Ok(provider.prices().map(|report| (provider.name().to_string(), report)).into_iter().collect())
    }

    fn prices_of(&self, loaded: &Loaded<Settings>, types: &[String]) -> Result<Vec<PriceRow>, CliError> {
        let provider = aws_once(loaded)?;
        Ok(types.iter().flat_map(|name| provider.prices_of(name)).collect())
    }

    async fn refresh_prices(&self, loaded: &Loaded<Settings>) -> Result<PathBuf, CliError> {
        let provider = aws_once(loaded)?;
        let Some(file) = provider.prices_file() else {
            let message = "there is no place to keep prices in: set `storage.path` or `providers.aws.prices.file`";
            return Err(CliError::Failed(message.into()));
        };
        provider.refresh_prices().await.map_err(|error| CliError::Failed(Box::new(error)))?;
        Ok(file.to_owned())
    }

    fn kinds(&self) -> Vec<KindRow> {
        kinds::rows()
    }

    fn needed_kinds(&self, loaded: &Loaded<Settings>) -> Result<Vec<NeededKind>, CliError> {
        let kinds = kinds(loaded).map_err(StartError::from)?;
        let needs = Prepared::new(loaded, &kinds).map_err(StartError::from)?.needs;
        let selection = Selection::new(&loaded.settings.providers.aws, NeededKinds::new(needs.kinds()));
        Ok(needs.rows(&selection.map_err(|error| CliError::Failed(error.into()))?))
    }

    async fn permissions(
        &self,
        loaded: &Loaded<Settings>,
        arguments: &PermissionsArguments,
    ) -> Result<Permissions, CliError> {
        permissions::permissions(loaded, arguments).await
    }

    async fn estimate(&self, loaded: &Loaded<Settings>, arguments: &EstimateArguments) -> Result<Estimate, CliError> {
        estimate::estimate(loaded, arguments).await
    }
}

/// The AWS provider of these settings, enabled or not, for a question or two.
fn aws_once(loaded: &Loaded<Settings>) -> Result<AwsProvider, StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let meter: Arc<dyn crate::provider::CallMeter> = Arc::new(NoMeter);
    // Prices do not depend on what is listed.
    Ok(aws(&loaded.settings, &NeededKinds::new(BTreeSet::new()), &meter, &clock)?)
}

async fn collect_once(
    loaded: &Loaded<Settings>,
    needs: &Needs,
    observer: Arc<dyn Observer>,
) -> Result<Collected, StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let meter: Arc<dyn crate::provider::CallMeter> = Arc::new(NoMeter);
    let providers = providers(loaded, &NeededKinds::new(needs.kinds()), &meter, &clock)?;
    let collector = Collector::new(loaded.settings.collect.clone(), providers, clock);
    Ok(collector.collect(&Inventory::default(), observer).await)
}

fn empty(kinds: &Arc<KindModel>) -> Generation {
    Store::new(Graph::empty(kinds.clone())).current().as_ref().clone()
}

fn check(loaded: &Loaded<Settings>) -> Result<CheckSummary, Mistakes> {
    let settings = &loaded.settings;
    let kinds = kinds(loaded).map_err(|error| {
        let mut mistakes = Mistakes::new();
        mistakes.push(Mistake::anywhere(error.to_string()));
        mistakes
    })?;
    let prepared = Prepared::new(loaded, &kinds)?;
    let enabled = [
        ("aws", settings.providers.aws.enabled),
        ("file", settings.providers.file.enabled),
        ("example", settings.providers.example.enabled),
    ];
    let list = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let providers = list(enabled.iter().filter(|(_, on)| *on).map(|(name, _)| (*name).to_owned()).collect());
    let schedules = settings.workflows.schedules.iter();
    let schedules = list(schedules.map(|(workflow, cron)| format!("{workflow} at `{cron}`")).collect());
    let cleanup = match (prepared.cleanup.enabled, prepared.cleanup.dry_run) {
        (false, _) => "off",
        (true, true) => "dry run",
        (true, false) => "deletes",
    };
    let mut lines = vec![
        ("files".to_owned(), list(loaded.files.iter().map(|file| file.display().to_string()).collect())),
        ("providers".to_owned(), providers),
        ("schedules".to_owned(), format!("{schedules} ({})", settings.workflows.time_zone)),
        ("hooks".to_owned(), settings.hooks.len().to_string()),
        ("metrics".to_owned(), prepared.definitions.families().count().to_string()),
        ("cleanup".to_owned(), cleanup.to_owned()),
        ("rules".to_owned(), list(prepared.rules.iter().map(|rule| rule.name.clone()).collect())),
    ];
    let aws = settings.providers.aws.enabled.then(|| aws_once(loaded)).and_then(Result::ok);
    let sources = aws.and_then(|aws| aws.prices()).unwrap_or_default().sources.into_iter();
    lines.extend(sources.map(|of| {
        let text = format!("{} of {} from {}, of {}", of.prices, of.table, of.source, of.date);
        ("prices".to_owned(), text)
    }));
    lines.extend(prepared.notes.iter().map(|note| ("note".to_owned(), format!("{}: {}", note.place, note.message))));
    Ok(CheckSummary { lines })
}
