//! Forecasts: what the configured metrics would be for an inventory that somebody has.

use std::{path::Path, sync::Arc};

use crate::{
    cli::{CliError, Forecast, LabelForecast, MetricForecast, Search},
    collect::{Collector, NoObserver},
    config::{Loaded, Providers, Settings},
    graph::{Draft, Generation, Inventory, Outcome},
    metrics,
    model::{Clock, KindModel, SystemClock},
    provider::file,
};

use super::{kinds::kinds, prepared::Prepared, program::StartError, providers, remote, storage};

/// The word for the generation that was stored last.
const LATEST: &str = "latest";

/// How files of resources end.
const INVENTORY_FILES: [&str; 6] = ["yaml", "yml", "json", "ndjson", "jsonl", "csv"];

/// Groups that a server is asked for.
const ROWS_MAX: usize = 100_000;

/// Evaluates the definitions on what `against` names: the address of a server, a stored generation or the folder of
/// them, or a file of resources.
pub(super) async fn forecast(loaded: &Loaded<Settings>, against: &str) -> Result<Forecast, CliError> {
    let (forecast, source) = if against.starts_with("http://") || against.starts_with("https://") {
        let kinds = kinds(loaded).map_err(StartError::from)?;
        let definitions = Prepared::new(loaded, &kinds).map_err(StartError::from)?.definitions;
        let mut rows = Vec::new();
        for definition in &definitions {
            rows.push(ask(against, definition).await?);
        }
        (metrics::Forecast::of_rows(&rows, &definitions), format!("the inventory of the server at {against}"))
    } else {
        let (of, extension) = (Path::new(against), Path::new(against).extension().and_then(|text| text.to_str()));
        let is_inventory = extension.is_some_and(|extension| INVENTORY_FILES.contains(&extension));
        let (generation, kinds) = if is_inventory { inventory(loaded, against).await? } else { stored(loaded, of)? };
        let definitions = Prepared::new(loaded, &kinds).map_err(StartError::from)?.definitions;
        let forecast = metrics::Forecast::new(&generation, &definitions, SystemClock.now());
        (forecast, format!("{} resources of {against}", generation.inventory.resources()))
    };
    let forecast = forecast.map_err(|error| CliError::Failed(error.into()))?;
    Ok(table(forecast, source))
}

/// The rows of one definition, as a server computes them.
async fn ask(
    server: &str,
    definition: &metrics::Definition,
) -> Result<Result<Vec<crate::model::Value>, String>, CliError> {
    let search = Search { query: definition.query.to_string(), limit: ROWS_MAX, explain: false };
    match remote::search(server, &search).await {
        Ok(answer) if answer.rows.len() >= ROWS_MAX => {
            Ok(Err(format!("a server answers with {ROWS_MAX} groups at most")))
        }
        Ok(answer) => Ok(Ok(answer.rows)),
        // A kind or property that the server does not know fails one definition and not all.
        Err(CliError::Failed(error)) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

fn stored(loaded: &Loaded<Settings>, path: &Path) -> Result<(Generation, Arc<KindModel>), CliError> {
    let kinds = kinds(loaded).map_err(StartError::from)?;
    let mut config = loaded.settings.storage.clone();
    let file = if path == Path::new(LATEST) {
        None
    } else if path.is_dir() {
        config.path = Some(path.to_owned());
        None
    } else {
        Some(path)
    };
    let Some((generation, _)) = storage::find(&config, file, &kinds)? else {
        return Err(CliError::Failed(format!("no generation is stored in {}", path.display()).into()));
    };
    Ok((generation, kinds))
}

/// The resources of a file, as the provider `file` reads them.
async fn inventory(loaded: &Loaded<Settings>, path: &str) -> Result<(Generation, Arc<KindModel>), CliError> {
    let mut of_file = loaded.clone();
    let given = &of_file.settings.providers.file;
    let file = file::Config { enabled: true, files: vec![glob::Pattern::escape(path)], ..given.clone() };
    of_file.settings.providers = Providers { file, ..Providers::default() };
    // The name is the user's, who is where the command runs.
    of_file.files.clear();
    let kinds = kinds(&of_file).map_err(StartError::from)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let provider = Arc::new(providers::file(&of_file));
    let collector = Collector::new(of_file.settings.collect.clone(), vec![provider], clock.clone());
    let collected = collector.collect(&Inventory::default(), Arc::new(NoObserver)).await;
    if collected.report.outcome() != Outcome::Complete {
        let reasons = collected.report.unreachable.values().cloned();
        let failures = collected.inventory.ledger().filter_map(|(_, entry)| Some(entry.failure.as_ref()?.to_string()));
        let reason = reasons.chain(failures).next().unwrap_or_else(|| format!("{path} has no resources"));
        return Err(CliError::Failed(reason.into()));
    }
    let (inventory, graph) = Draft::new(Arc::new(collected.inventory), kinds.clone()).seal();
    Ok((Generation::new(1, Some(clock.now()), inventory, graph), kinds))
}

fn table(forecast: metrics::Forecast, against: String) -> Forecast {
    let metric = |metric: metrics::MetricForecast| MetricForecast {
        exceeds: metric.exceeds(),
        metric: metric.name,
        definitions: metric.definitions,
        series: metric.series,
        series_max: metric.series_max,
        bytes: metric.bytes,
        gzip_bytes: metric.gzip_bytes,
        labels: metric.labels.into_iter().map(|(label, values)| LabelForecast { label, values }).collect(),
        error: metric.error,
    };
    Forecast {
        against,
        series: forecast.series(),
        series_total_max: forecast.series_total_max,
        bytes: forecast.metrics.iter().map(|metric| metric.bytes).sum(),
        gzip_bytes: forecast.metrics.iter().map(|metric| metric.gzip_bytes).sum(),
        metrics: forecast.metrics.into_iter().map(metric).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{Input, load};

    fn loaded(text: &'static str) -> Loaded<Settings> {
        let read = Arc::new(move |_: &Path| Ok(text.as_bytes().to_vec()));
        load(&Input { files: vec!["c.yaml".into()], environment: Vec::new(), flags: Vec::new(), read }).unwrap()
    }

    const SETTINGS: &str = "
metrics:
  builtin: false
  definitions:
    servers:
      help: Servers
      search: 'aggregate(account as account, id as id: sum(1) as servers): is(server)'
      series_max: 2
providers: {file: {enabled: true, files: [servers.yaml]}, example: {enabled: false}}
";

    #[tokio::test]
    async fn a_file_of_resources_is_enough_for_a_forecast() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("[a] servers.yaml");
        let nodes = ["srv-0", "srv-1", "srv-2"].map(|id| format!("- {{id: {id}, kind: server}}"));
        let text = format!("account: cellar\nkinds: {{server: [instance]}}\nnodes:\n{}\n", nodes.join("\n"));
        fs::write(&file, text).unwrap();
        // The definition names a kind that only the file declares, so the configuration reads it too.
        let mut loaded = loaded(SETTINGS);
        loaded.settings.providers.file.files = vec![glob::Pattern::escape(&file.display().to_string())];
        let forecast = forecast(&loaded, &file.display().to_string()).await.unwrap();
        let [servers] = forecast.metrics.as_slice() else { panic!("{forecast:?}") };
        assert_eq!((servers.series, servers.series_max, servers.exceeds), (3, 2, true));
        assert_eq!(servers.labels[0], LabelForecast { label: "id".into(), values: 3 });
        assert_eq!(forecast.series, 3);
        assert!(forecast.against.starts_with("3 resources of "), "{}", forecast.against);
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_no_empty_inventory() {
        let folder = tempfile::tempdir().unwrap();
        let absent = folder.path().join("absent.yaml").display().to_string();
        let loaded = loaded("metrics: {builtin: false}\n");
        let error = forecast(&loaded, &absent).await.unwrap_err().to_string();
        assert!(error.contains("absent.yaml"), "{error}");
        let error = forecast(&loaded, &folder.path().display().to_string()).await.unwrap_err().to_string();
        assert!(error.starts_with("no generation is stored in "), "{error}");
        assert!(forecast(&loaded, "/absent").await.is_err());
    }
}
