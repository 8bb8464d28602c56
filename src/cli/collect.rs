//! `cloudgauge collect`.

use std::sync::Arc;

use super::progress::Progress;
use super::{CliError, ExitCode, Printer, Program};
use crate::config::{Loaded, Settings};

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
    let is_complete = tally.is_complete() && report.unreachable.is_empty() && report.partial + report.failed == 0;
    Ok(if is_complete { ExitCode::Success } else { ExitCode::Incomplete })
}
