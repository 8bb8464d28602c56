//! `cloudgauge prices`.

use serde_json::json;

use super::arguments::{OutputFormat, PricesArguments, PricesCommand};
use super::table::Cells;
use super::{CliError, ExitCode, Printer, Program, columns};
use crate::config::{Loaded, Settings};

pub(super) async fn run(
    arguments: &PricesArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    if let Some(PricesCommand::Refresh) = arguments.command {
        let file = program.refresh_prices(settings).await?;
        stdout.print(&format!(
            "{} holds the prices of today; a running server reads it at its start.\n",
            file.display()
        ))?;
        return Ok(ExitCode::Success);
    }
    if arguments.of.is_empty() {
        tables(arguments, settings, stdout, program)
    } else {
        of(arguments, settings, stdout, program)
    }
}

/// Where prices are from.
fn tables(
    arguments: &PricesArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let known = program.prices(settings)?;
    let sources = known.iter().flat_map(|(provider, report)| report.sources.iter().map(move |of| (provider, of)));
    if arguments.output == OutputFormat::Table {
        let mut cells = Cells::new(["provider", "table", "prices", "date", "source"]).numeric([2]);
        for (provider, of) in sources {
            cells.push([provider.as_str(), of.table, &of.prices.to_string(), &of.date.to_string(), &of.source]);
        }
        stdout.print(&format!("{cells}"))?;
    } else {
        let rows: Vec<_> = sources
            .map(|(provider, of)| {
                json!({"provider": provider, "table": of.table, "prices": of.prices, "date": of.date, "source": of.source})
            })
            .collect();
        let names = ["provider", "table", "prices", "date", "source"].map(String::from);
        columns::write(&rows, &names, arguments.output, stdout)?;
    }
    Ok(ExitCode::Success)
}

/// What things cost; exit code 1 where nothing has a price.
fn of(
    arguments: &PricesArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let mut rows = program.prices_of(settings, &arguments.of)?;
    rows.retain(|row| arguments.region.as_ref().is_none_or(|region| row.region == *region));
    if rows.is_empty() {
        let place = arguments.region.as_ref().map(|region| format!(" in {region}")).unwrap_or_default();
        let message = format!("no table has a price of {}{place}", arguments.of.join(", "));
        return Err(CliError::Failed(message.into()));
    }
    if arguments.output == OutputFormat::Table {
        let mut cells = Cells::new(["type", "region", "dollars", "per", "date", "source"]).numeric([2]);
        for row in &rows {
            let (dollars, date) = (row.dollars.to_string(), row.date.to_string());
            cells.push([row.name.as_str(), &row.region, &dollars, row.unit, &date, &row.source]);
        }
        stdout.print(&format!("{cells}"))?;
    } else {
        let rows: Vec<_> = rows.iter().map(|row| json!(row)).collect();
        let names = ["name", "region", "dollars", "unit", "date", "source"].map(String::from);
        columns::write(&rows, &names, arguments.output, stdout)?;
    }
    Ok(ExitCode::Success)
}
