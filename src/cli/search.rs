//! `cloudgauge search`.

use std::sync::Arc;

use super::arguments::SearchArguments;
use super::progress::Progress;
use super::{Answer, CliError, ExitCode, OutputFormat, Printer, Program, columns};
use crate::config::{Loaded, Settings};

/// Asks a running server.
pub(super) async fn run_server(
    arguments: &SearchArguments,
    server: &str,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let answer = program.search_server(server, &arguments.query, arguments.limit).await?;
    print(answer, arguments, stdout, stderr)?;
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
    let answer = program.search_collected(settings, &arguments.query, arguments.limit, progress.clone()).await;
    let tally = progress.finish();
    print(answer?, arguments, stdout, stderr)?;
    // An answer over half an inventory must not pass for the whole.
    let code = if tally.is_complete() { ExitCode::Success } else { ExitCode::Incomplete };
    if code == ExitCode::Incomplete {
        stderr.print(&format!("\n{tally}"))?;
    }
    Ok(code)
}

fn print(answer: Answer, arguments: &SearchArguments, stdout: &Printer, stderr: &Printer) -> Result<(), CliError> {
    let Answer { mut rows, notes } = answer;
    rows.truncate(arguments.limit);
    for note in notes {
        stderr.print(&format!("{}\n", note.trim_end()))?;
    }
    if rows.is_empty() {
        stderr.print("Nothing was found.\n")?;
        if arguments.output == OutputFormat::Table {
            return Ok(());
        }
    }
    let columns = if arguments.columns.is_empty() { columns::default_for(&rows) } else { arguments.columns.clone() };
    columns::write(&rows, &columns, arguments.output, stdout)?;
    Ok(())
}
