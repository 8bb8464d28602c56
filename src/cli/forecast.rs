//! `cloudgauge check --against`: what the metrics would be for an inventory.

use serde::Serialize;

use super::table::Cells;
use super::{CliError, ExitCode, OutputFormat, Printer};

/// Labels that the table shows of a metric.
const LABELS_SHOWN: usize = 3;

/// What the configured metrics would be, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Forecast {
    /// What inventory it is for, in words.
    pub against: String,
    pub series: usize,
    pub series_total_max: usize,
    pub bytes: u64,
    pub gzip_bytes: u64,
    pub metrics: Vec<MetricForecast>,
}

/// What one metric would be without limits on series.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MetricForecast {
    pub metric: String,
    pub definitions: Vec<String>,
    pub series: usize,
    pub series_max: usize,
    /// Whether it has more series than it may have.
    pub exceeds: bool,
    /// In the text format, plain and with gzip.
    pub bytes: u64,
    pub gzip_bytes: u64,
    /// How many values each label has, most first.
    pub labels: Vec<LabelForecast>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How many values a label has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabelForecast {
    pub label: String,
    pub values: usize,
}

/// Prints a forecast; what would be cut or cannot be computed makes it a failure.
pub(super) fn print(forecast: &Forecast, output: OutputFormat, stdout: &Printer) -> Result<ExitCode, CliError> {
    match output {
        OutputFormat::Table => stdout.print(&table(forecast))?,
        OutputFormat::Json => {
            let text = serde_json::to_string_pretty(forecast).map_err(|error| CliError::Failed(error.into()))?;
            stdout.print(&format!("{text}\n"))?;
        }
        OutputFormat::Ndjson => stdout.write(|stream| {
            for metric in &forecast.metrics {
                serde_json::to_writer(&mut *stream, metric)?;
                stream.write_all(b"\n")?;
            }
            Ok(())
        })?,
        OutputFormat::Csv => stdout.write(|stream| {
            let mut rows = csv::Writer::from_writer(stream);
            rows.write_record(["metric", "series", "series_max", "bytes", "gzip_bytes", "error"])?;
            for metric in &forecast.metrics {
                let numbers = [metric.series as u64, metric.series_max as u64, metric.bytes, metric.gzip_bytes];
                let numbers = numbers.map(|number| number.to_string());
                let [series, series_max, bytes, gzip_bytes] = &numbers;
                let error = metric.error.as_deref().unwrap_or_default();
                rows.write_record([&metric.metric, series, series_max, bytes, gzip_bytes, error])?;
            }
            rows.flush()
        })?,
    }
    let good = forecast.series <= forecast.series_total_max
        && forecast.metrics.iter().all(|metric| !metric.exceeds && metric.error.is_none());
    Ok(if good { ExitCode::Success } else { ExitCode::Failure })
}

fn table(forecast: &Forecast) -> String {
    let mut cells = Cells::new(["metric", "series", "of at most", "bytes", "gzip", "labels", ""]).numeric(1..5);
    for metric in &forecast.metrics {
        let labels = metric.labels.iter().take(LABELS_SHOWN);
        let labels: Vec<_> = labels.map(|label| format!("{} {}", label.label, label.values)).collect();
        let note = match (&metric.error, metric.exceeds) {
            (Some(error), _) => error.clone(),
            (None, true) => "TOO MANY".to_owned(),
            (None, false) => String::new(),
        };
        cells.push([
            metric.metric.clone(),
            metric.series.to_string(),
            metric.series_max.to_string(),
            metric.bytes.to_string(),
            metric.gzip_bytes.to_string(),
            labels.join(", "),
            note,
        ]);
    }
    let total = if forecast.series > forecast.series_total_max { "TOO MANY" } else { "" };
    cells.push([
        "all".to_owned(),
        forecast.series.to_string(),
        forecast.series_total_max.to_string(),
        forecast.bytes.to_string(),
        forecast.gzip_bytes.to_string(),
        String::new(),
        total.to_owned(),
    ]);
    format!("{cells}\nFor {}, without limits on series.\n", forecast.against)
}
