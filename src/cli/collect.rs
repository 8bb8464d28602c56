//! `cloudgauge collect`.

use std::sync::Arc;

use super::progress::Progress;
use super::{CliError, ExitCode, Printer, Program};
use crate::config::{Loaded, Settings};
use crate::graph::Outcome;

pub(super) async fn run(
    settings: Loaded<Settings>,
    stdout: &Printer,
    stderr: &Printer,
    program: &dyn Program,
) -> Result<ExitCode, CliError> {
    let progress = Arc::new(Progress::new(stderr.clone()));
    let report = program.collect(settings, progress.clone()).await;
    let tally = progress.finish();
    let report = report?;
    stdout.print(&tally.to_string())?;
    Ok(match report.outcome() {
        Outcome::Complete => ExitCode::Success,
        Outcome::Partial => ExitCode::Incomplete,
        Outcome::Failed => ExitCode::Failure,
    })
}
