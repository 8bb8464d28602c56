//! `cloudgauge estimate`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;

use super::arguments::{EstimateArguments, OutputFormat};
use super::table::Cells;
use super::{CliError, ExitCode, Printer, Program, columns};
use crate::config::{Loaded, Settings};
use crate::model::{Value, duration};

/// What one collection would take.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    pub accounts: usize,
    pub regions: usize,
    pub kinds: usize,
    pub services: Vec<ServiceEstimate>,
    pub calls: u64,
    /// Of them, those for details of single resources.
    pub detail_calls: u64,
    /// How long it takes, as far as the limits on rates decide that.
    pub seconds: f64,
    /// What AWS charges for the calls at most.
    pub dollars: f64,
    /// The most calls of one account.
    pub account_calls_max: u64,
    /// How often the workflows that collect run on average, by the schedule.
    pub runs_per_day: f64,
    /// What the numbers rest on, in words.
    pub assumptions: Vec<String>,
}

/// What one collection would take of one service.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ServiceEstimate {
    pub service: String,
    pub calls: u64,
    pub detail_calls: u64,
    /// Of the account and region that takes longest.
    pub seconds: f64,
    pub dollars: f64,
}

pub(super) async fn run(
    arguments: &EstimateArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let estimate = program.estimate(settings, arguments).await?;
    match arguments.output {
        OutputFormat::Table => stdout.print(&table(&estimate))?,
        OutputFormat::Json => {
            let text = serde_json::to_string_pretty(&estimate).map_err(|error| CliError::Failed(error.into()))?;
            stdout.print(&format!("{text}\n"))?;
        }
        format => {
            let rows: Vec<Value> = estimate.services.iter().map(|service| serde_json::json!(service)).collect();
            let names = ["service", "calls", "detail_calls", "seconds", "dollars"].map(String::from);
            columns::write(&rows, &names, format, stdout)?;
        }
    }
    Ok(ExitCode::Success)
}

fn table(estimate: &Estimate) -> String {
    let mut cells = Cells::new(["service", "calls", "of them details", "time", "dollars"]).numeric(1..5);
    for service in &estimate.services {
        cells.push([
            service.service.clone(),
            service.calls.to_string(),
            service.detail_calls.to_string(),
            time(service.seconds),
            dollars(service.dollars),
        ]);
    }
    cells.push([
        "one run".to_owned(),
        estimate.calls.to_string(),
        estimate.detail_calls.to_string(),
        time(estimate.seconds),
        dollars(estimate.dollars),
    ]);
    let mut periods = Cells::new(["", "runs", "calls", "dollars"]).numeric(1..4);
    for (name, days) in [("an hour", 1.0 / 24.0), ("a day", 1.0), ("a month", 30.0)] {
        let runs = estimate.runs_per_day * days;
        #[expect(clippy::cast_precision_loss, reason = "an estimate")]
        let requests = estimate.calls as f64 * runs;
        let digits = usize::from(runs.fract() != 0.0);
        let price = dollars(estimate.dollars * runs);
        periods.push([name.to_owned(), format!("{runs:.digits$}"), format!("{requests:.0}"), price]);
    }
    let mut text = format!("{cells}\n{periods}\n");
    for assumption in &estimate.assumptions {
        text.push_str(assumption);
        text.push('\n');
    }
    text
}

fn time(seconds: f64) -> String {
    let rounded = Duration::try_from_secs_f64(seconds.max(0.0).ceil()).unwrap_or(Duration::MAX);
    SignedDuration::try_from(rounded).map_or_else(|_| "ages".to_owned(), duration::format)
}

/// Two digits that mean something, and cents where it is more.
fn dollars(value: f64) -> String {
    match value {
        value if value <= 0.0 => String::new(),
        value if value >= 0.995 => format!("{value:.2}"),
        value => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a handful of digits")]
            let digits = (1.0 - value.log10().floor()).clamp(2.0, 12.0) as usize;
            format!("{value:.digits$}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sums_keep_two_digits() {
        assert_eq!(
            [0.0, 12.345, 0.5, 0.001_234, 0.000_000_4].map(dollars),
            ["", "12.35", "0.50", "0.0012", "0.00000040"]
        );
    }

    #[test]
    fn an_estimate_is_a_table_of_services_and_of_what_the_schedule_makes_of_it() {
        let estimate = Estimate {
            services: vec![
                ServiceEstimate { service: "ec2".to_owned(), calls: 120, seconds: 7.2, ..ServiceEstimate::default() },
                ServiceEstimate {
                    service: "s3".to_owned(),
                    calls: 91,
                    detail_calls: 90,
                    seconds: 8.0,
                    dollars: 0.000_041,
                },
            ],
            calls: 211,
            detail_calls: 90,
            seconds: 8.0,
            dollars: 0.000_041,
            runs_per_day: 24.0,
            assumptions: vec!["1 account, 2 regions.".to_owned()],
            ..Estimate::default()
        };
        insta::assert_snapshot!(table(&estimate));
    }
}
