//! `cloudgauge search`.

use std::sync::Arc;

use super::arguments::SearchArguments;
use super::progress::Progress;
use super::{CliError, ExitCode, Printer, Program, columns};
use crate::config::{Loaded, Settings};
use crate::model::Value;

/// Asks a running server.
pub(super) async fn run_server(
    arguments: &SearchArguments,
    server: &str,
    stdout: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let rows = program.search_server(server, &arguments.query, arguments.limit).await?;
    print(rows, arguments, stdout)?;
    Ok(ExitCode::Success)
}

/// Collects first.
pub(super) async fn run_collected(
    arguments: &SearchArguments,
    settings: Loaded<Settings>,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let progress = Arc::new(Progress::new(stderr.clone()));
    let rows = program.search_collected(settings, &arguments.query, arguments.limit, progress.clone()).await;
    let tally = progress.finish();
    print(rows?, arguments, stdout)?;
    // An answer over half an inventory must not pass for the whole.
    let code = if tally.is_complete() { ExitCode::Success } else { ExitCode::Incomplete };
    if code == ExitCode::Incomplete {
        stderr.print(&format!("\n{tally}"))?;
    }
    Ok(code)
}

fn print(mut rows: Vec<Value>, arguments: &SearchArguments, stdout: &Printer) -> Result<(), CliError> {
    rows.truncate(arguments.limit);
    let columns = if arguments.columns.is_empty() { columns::default_for(&rows) } else { arguments.columns.clone() };
    columns::write(&rows, &columns, arguments.output, stdout)?;
    Ok(())
}
