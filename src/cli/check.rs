//! `cloudgauge check`.

use super::arguments::CheckArguments;
use super::table::Cells;
use super::{CliError, ExitCode, Printer, Program, forecast};
use crate::config::{Loaded, Settings};

pub(super) async fn run(
    arguments: &CheckArguments,
    settings: &Loaded<Settings>,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let summary = program.check(settings).map_err(CliError::Configuration)?;
    if let Some(against) = &arguments.against {
        let forecast = program.forecast(settings, against).await?;
        return forecast::print(&forecast, arguments.output, stdout);
    }
    let mut cells = Cells::without_header();
    for (label, text) in summary.lines {
        cells.push([label, text]);
    }
    stdout.print(&format!("{cells}\nNothing is wrong.\n"))?;
    Ok(ExitCode::Success)
}
